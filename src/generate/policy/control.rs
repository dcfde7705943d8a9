//! What Pod Security cannot say of pods, and a ValidatingAdmissionPolicy can.
//!
//! In: a [`Pod`], or the registries that are allowed. Out: whether it is met, or the CEL that asks.

use k8s_openapi::api::admissionregistration::v1::Validation;

use super::{registry, validation};
use crate::manifest::{Container, List, Part as _, Pod};

/// One thing that is asked of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Control {
    /// A pod says whether it mounts an API token.
    Token,
    /// Its account is its own.
    Account,
    /// Its containers do not write to their root file systems. Ephemeral ones may: they are for
    /// people who look for a fault, and bring their tools.
    ReadOnlyRoot,
    /// Its images come from where they may.
    Registry,
    /// Its images have a tag that means one thing, or a digest.
    Tag,
}

impl Control {
    /// All of them, in the order in which policies ask for them.
    pub const ALL: [Control; 5] =
        [Control::Token, Control::Account, Control::ReadOnlyRoot, Control::Registry, Control::Tag];

    /// The rule that asks the same of manifests.
    pub fn rule(self) -> &'static str {
        match self {
            Control::Token => "automount-service-account-token",
            Control::Account => "default-service-account",
            Control::ReadOnlyRoot => "read-only-root-filesystem",
            Control::Registry => "image-registry",
            Control::Tag => "image-tag",
        }
    }

    /// Whether a pod meets it; `registries` are those that are allowed.
    pub fn is_met(self, pod: Pod<'_>, registries: &[String]) -> bool {
        let mut all = pod.containers();
        let read_only = |container: Container<'_>| {
            container.place() == List::Ephemeral
                || container.flag("securityContext/readOnlyRootFilesystem") == Some(true)
        };
        match self {
            Control::Token => pod.flag("automountServiceAccountToken").is_some(),
            Control::Account => !["", "default"].contains(&&*pod.account()),
            Control::ReadOnlyRoot => pod.is_windows() || all.all(read_only),
            Control::Registry => all.all(|it| registry::allows(registries, &it.image())),
            Control::Tag => !all.any(Container::floats),
        }
    }

    /// What the policy works out first, and what it asks then.
    pub(super) fn ask(self, registries: &[String]) -> (Option<(&'static str, String)>, Validation) {
        match self {
            Control::Token => {
                let message = "Pods must say whether they mount an API token: set \
                               `automountServiceAccountToken`, to `false` unless they use it.";
                (None, validation("has(variables.pod.automountServiceAccountToken)", message, None))
            }
            Control::Account => {
                let own = "!(variables.pod.?serviceAccountName.orValue('') in ['', 'default'])";
                let message = "Pods must have an account of their own: set `serviceAccountName`, \
                               to another one than `default`.";
                (None, validation(own, message, None))
            }
            Control::ReadOnlyRoot => listed(
                "writable",
                "variables.pod.?os.?name.orValue('') == 'windows' ? [] :\n\
                 variables.containers.filter(container,\n  \
                 !container.?securityContext.?readOnlyRootFilesystem.orValue(false)\n\
                 ).map(container, container.name)\n"
                    .to_owned(),
                "Containers must not write to their root file system: set \
                 `securityContext.readOnlyRootFilesystem: true`, and mount volumes where they \
                 write.",
            ),
            Control::Registry => listed(
                "foreign",
                format!(
                    "variables.all.map(container, container.?image.orValue('')).filter(image,\n  \
                     !(image.matches('{}') ? image : 'docker.io/' + image).matches(\n    r'{}')\n)\n",
                    registry::NAMES_ONE,
                    registry::pattern(registries)
                ),
                &format!("Images must come from {}.", registries.join(", ")),
            ),
            Control::Tag => listed(
                "floating",
                "variables.all.map(container, container.?image.orValue('')).filter(image,\n  \
                 !image.matches('@|:[^/]+$') || image.endsWith(':latest')\n)\n"
                    .to_owned(),
                "Images must have a tag other than `latest`, or a digest.",
            ),
        }
    }
}

/// A validation that a list is empty, which says what is in it otherwise.
pub(in crate::generate) fn listed(
    name: &'static str,
    expression: String,
    message: &str,
) -> (Option<(&'static str, String)>, Validation) {
    let empty = format!("variables.{name}.size() == 0");
    let quoted = message.replace('\\', "\\\\").replace('\'', "\\'");
    let worked_out = format!("'{quoted} Not so: ' + variables.{name}.join(', ')");
    (Some((name, expression)), validation(empty, message, Some(worked_out)))
}
