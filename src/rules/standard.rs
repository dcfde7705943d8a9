//! The Pod Security Standards: their levels, as profiles, and their versions.

use std::fmt;

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

/// A version of the Pod Security Standards, which have those of Kubernetes; the latest by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32);

impl Version {
    /// The first one.
    pub const FIRST: Version = Version::v1(0);
    /// The newest one that there is.
    pub const LATEST: Version = Version::v1(u32::MAX);

    /// The newest one that the rules know.
    const KNOWN: Version = Version::v1(37);

    /// `v1.MINOR`; one that is yet to come asks for what the latest asks for.
    pub const fn v1(minor: u32) -> Version {
        Version(minor)
    }

    /// What stands behind `v1.`.
    pub fn minor(self) -> u32 {
        self.0
    }

    /// The same; in the place of the latest, the newest one that the rules know: what is written
    /// down does not change its meaning with the cluster.
    pub fn pinned(self) -> Version {
        if self == Version::LATEST { Version::KNOWN } else { self }
    }

    /// What a label says: `latest`, or `v1.34`.
    ///
    /// Source: `ParseVersion` of `k8s.io/pod-security-admission/api`.
    pub(super) fn of_label(text: &str) -> Option<Version> {
        if text == "latest" {
            return Some(Version::LATEST);
        }
        let minor = text.strip_prefix("v1.").filter(|minor| !minor.starts_with('+'))?;
        let minor: u32 = minor.parse().ok()?;
        (text == format!("v1.{minor}")).then_some(Version(minor))
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
