//! What is wrong with a pod so that no cluster runs it.
//!
//! In: a [`Pod`]. Out: fragments that say what is refused.
//!
//! Source: `ValidatePodSpec` of `k8s.io/kubernetes/pkg/apis/core/validation`, and
//! `verifyRunAsNonRoot` of `k8s.io/kubernetes/pkg/kubelet/kuberuntime`.

use std::{borrow::Cow, collections::HashSet};

use super::{Container, Part as _, Pod, source::text};
use crate::yaml::Node;

impl<'t> Pod<'t> {
    /// What the API server refuses of it, or the kubelet; of what fixes and patches may bring.
    pub fn faults(self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut names = HashSet::new();
        for name in self.volume_names().filter(|name| !names.insert(name.clone())) {
            // A claim takes the place of a volume of its name.
            if self.volumes().filter(|it| text(*it, "name").as_ref() == Some(&name)).count() > 1 {
                faults.push(format!("two volumes are called `{name}`"));
            }
        }
        for volume in self.volumes() {
            let sources =
                volume.entries().filter(|(key, value)| key.text() != "name" && !value.is_null());
            if sources.count() > 1 {
                let name = text(volume, "name").unwrap_or_default();
                faults.push(format!("volume `{name}` is of two kinds"));
            }
        }
        self.containers().for_each(|container| container.faults(&names, &mut faults));
        faults
    }

    fn runs_as_non_root(self, container: Container<'t>) -> bool {
        let field = "securityContext/runAsNonRoot";
        container.flag(field).or_else(|| self.flag(field)) == Some(true)
    }
}

impl<'t> Container<'t> {
    fn faults(self, volumes: &HashSet<Cow<'t, str>>, faults: &mut Vec<String>) {
        let name = self.name();
        let mut paths = HashSet::new();
        for mount in self.mounts() {
            if !volumes.contains(&mount.volume) {
                faults.push(format!(
                    "container `{name}` mounts `{}`, which is no volume",
                    mount.volume
                ));
            }
            if !paths.insert(mount.path.clone()) {
                faults.push(format!("container `{name}` mounts two volumes at `{}`", mount.path));
            }
        }
        let field = "securityContext/runAsUser";
        let user = self.at(field).or_else(|| self.pod().at(field)).and_then(Node::as_i64);
        if user == Some(0) && self.pod().runs_as_non_root(self) {
            faults.push(format!("container `{name}` is to run as root, and not as root"));
        }
    }
}
