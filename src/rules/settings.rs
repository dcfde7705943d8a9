use std::fmt;

use super::Rule;
use crate::images;

/// What is wanted.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Which rules run.
    pub profile: Profile,
    /// The ids of the only rules that run; empty for all.
    pub select: Vec<String>,
    /// The ids of rules that do not run.
    pub ignore: Vec<String>,
    /// The ids of rules whose fixes are written although there is no proof that they do no harm.
    pub accept_risk: Vec<String>,
    /// Which version of the Pod Security Standards the profiles hold pods to.
    pub pod_security: Version,
    /// What the user knows of images.
    pub images: images::Own,
    /// What runs the pods.
    pub platform: Platform,
    /// What a missing namespace means; without it, a missing one is one of its own.
    pub default_namespace: Option<String>,
}

impl Settings {
    /// Whether a rule runs.
    pub fn runs(&self, rule: &Rule) -> bool {
        let named = |ids: &[String]| ids.iter().any(|id| id == rule.id);
        self.asks(rule.profile, rule.since)
            && (self.select.is_empty() || named(&self.select))
            && !named(&self.ignore)
    }

    /// Whether what a profile has asked for since a version is asked for; `hardened` asks for
    /// everything, whatever the version.
    pub(super) fn asks(&self, profile: Profile, since: Version) -> bool {
        let is_hardened = self.profile == Profile::Hardened;
        profile <= self.profile && (since <= self.pod_security || is_hardened)
    }

    pub(super) fn accepts(&self, id: &str) -> bool {
        self.accept_risk.iter().any(|accepted| accepted == id)
    }
}

/// Which rules run, and what `fix` aims at; each holds those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// The Pod Security Standard *baseline*.
    Baseline,
    /// The Pod Security Standard *restricted*.
    Restricted,
    /// *Restricted*, and everything else that is known to help.
    #[default]
    Hardened,
}

/// What runs the pods, where that makes a difference to what they may say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Platform {
    /// Kubernetes as it is.
    #[default]
    Kubernetes,
    /// OpenShift, which chooses the users of pods and refuses those that choose for themselves.
    OpenShift,
}

/// A version of the Pod Security Standards, which have those of Kubernetes; the latest by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32);

impl Version {
    /// The first one.
    pub const FIRST: Version = Version::v1(0);
    /// The newest one that there is.
    pub const LATEST: Version = Version::v1(u32::MAX);

    /// `v1.MINOR`; one that is yet to come asks for what the latest asks for.
    pub const fn v1(minor: u32) -> Version {
        Version(minor)
    }

    /// What stands behind `v1.`.
    pub fn minor(self) -> u32 {
        self.0
    }
}

impl Default for Version {
    fn default() -> Version {
        Version::LATEST
    }
}

/// `v1.34`, `latest`
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Version::LATEST => f.write_str("latest"),
            Version(minor) => write!(f, "v1.{minor}"),
        }
    }
}
