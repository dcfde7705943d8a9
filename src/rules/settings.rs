use std::collections::BTreeMap;

use super::{Override, Profile, Registries, Rule, Version};
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
    /// What is said of rules in the place of what they say themselves, by their ids.
    pub overrides: BTreeMap<String, Override>,
    /// Which version of the Pod Security Standards the profiles hold pods to.
    pub pod_security: Version,
    /// What the user knows of images.
    pub images: images::Own,
    /// What a missing namespace means; without it, a missing one is one of its own.
    pub default_namespace: Option<String>,
    /// What the manifests are for; without it, what they hold tells.
    pub platform: Option<Platform>,
    /// The `runAsUser` of images of which no other user is known.
    pub run_as_user: Option<u32>,
    /// The `fsGroup` of pods that get that user, or that must not run as root.
    pub fs_group: Option<u32>,
    /// Whether a token goes to those containers alone that seem to use it, where there are others.
    pub token_per_container: bool,
    /// Whether namespaces are to refuse pods that do not meet the level that is reached.
    pub enforce: bool,
    /// Where images come from.
    pub registries: Registries,
    /// Whether it is to be told what fixes rest on.
    pub evidence: bool,
}

/// A kind of cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Pods run as the users that they name.
    Kubernetes,
    /// Each namespace has users of its own, and a pod that names another one is rejected.
    OpenShift,
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
