//! What a MutatingAdmissionPolicy writes into pods that do not say it.
//!
//! In: what is to be written. Out: a policy and its binding; a second run of it changes nothing.
//!
//! Its patches are JSON Patches: an `ApplyConfiguration` cannot set lists that are replaced as a
//! whole, such as `capabilities.drop`.
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/>.

use k8s_openapi::api::admissionregistration::v1::{
    JSONPatch, MatchResources, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding,
    MutatingAdmissionPolicyBindingSpec, MutatingAdmissionPolicySpec, Mutation,
};

use super::{NO_MIRROR, SYSTEM, condition, named, outside, rule, selector, variable};
use crate::{
    generate::to_value,
    manifest::{Container, List, Part, Pod},
    yaml::{Node, Value},
};

/// A field that is given to pods that do not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preset {
    /// `automountServiceAccountToken: false`
    Token,
    /// `seccompProfile: {type: RuntimeDefault}`, for the pod.
    Seccomp,
    /// `allowPrivilegeEscalation: false`, where the API server takes it.
    Escalation,
    /// `capabilities: {drop: [ALL]}`, where nothing is dropped.
    Capabilities,
    /// `readOnlyRootFilesystem: true`
    ReadOnlyRoot,
}

/// A MutatingAdmissionPolicy for pods as they are made: what makes them stays as it was written, so
/// that whoever compares it with a repository finds no difference.
#[derive(Clone, Debug)]
pub struct Mutating {
    /// What it and its binding are called.
    pub name: String,
    /// What is written, in this order.
    pub presets: Vec<Preset>,
    /// The namespaces whose pods are looked at; all but those of the system, if there are none.
    pub namespaces: Vec<String>,
}

/// The API server refuses all fields of Linux for Windows, and what runs there without saying so
/// does not start with them. No patch changes it, so it is worked out once.
const LINUX: &str = "\
object.spec.?os.?name.orValue('') != 'windows' &&
object.spec.?nodeSelector[?'kubernetes.io/os'].orValue('') != 'windows'
";
/// Before there was a field, an annotation said it, and both must say the same.
const SECCOMP: &str = "\
!has(object.spec.securityContext.seccompProfile) &&
!('seccomp.security.alpha.kubernetes.io/pod' in object.metadata.?annotations.orValue({}))";
const PRIVILEGED: &str = "container.?securityContext.?privileged.orValue(false)";

impl Preset {
    /// All of them, in the order in which they are written.
    pub const ALL: [Preset; 5] = [
        Preset::Token,
        Preset::Seccomp,
        Preset::Escalation,
        Preset::Capabilities,
        Preset::ReadOnlyRoot,
    ];

    /// The rule that asks the same of manifests.
    pub fn rule(self) -> &'static str {
        match self {
            Preset::Token => "automount-service-account-token",
            Preset::Seccomp => "seccomp-profile",
            Preset::Escalation => "allow-privilege-escalation",
            Preset::Capabilities => "drop-capabilities",
            Preset::ReadOnlyRoot => "read-only-root-filesystem",
        }
    }

    /// Whether a pod says all of it by itself, so that nothing is written.
    pub fn is_said(self, pod: Pod<'_>) -> bool {
        let each = |path: &str, spared: fn(Container<'_>) -> bool| {
            let mut lasting = pod.containers().filter(|it| it.place() != List::Ephemeral);
            lasting.all(|container| says(container, path) || spared(container))
        };
        let selector = pod.at("nodeSelector").and_then(|it| it.get("kubernetes.io/os"));
        let selected = selector.and_then(Node::as_str);
        let windows = pod.is_windows() || selected.as_deref() == Some("windows");
        match self {
            Preset::Token => says(pod, "automountServiceAccountToken"),
            _ if windows => true,
            Preset::Seccomp => {
                says(pod, "securityContext/seccompProfile") || pod.seccomp_annotation().is_some()
            }
            Preset::Escalation => each("securityContext/allowPrivilegeEscalation", |container| {
                container.is_privileged() || container.added().any(|it| it == "CAP_SYS_ADMIN")
            }),
            Preset::Capabilities => {
                each("securityContext/capabilities/drop", |it| it.is_privileged())
            }
            Preset::ReadOnlyRoot => each("securityContext/readOnlyRootFilesystem", |_| false),
        }
    }

    /// The patches, each an expression on the pod as those before it left it.
    fn patches(self) -> Vec<String> {
        match self {
            Preset::Token => vec![pod_patch(
                "!has(object.spec.automountServiceAccountToken)",
                "/spec/automountServiceAccountToken",
                "false",
            )],
            Preset::Seccomp => vec![
                pod_patch(
                    "variables.linux && !has(object.spec.securityContext)",
                    "/spec/securityContext",
                    "Object.spec.securityContext{}",
                ),
                pod_patch(
                    &format!("variables.linux && has(object.spec.securityContext) &&\n{SECCOMP}"),
                    "/spec/securityContext/seccompProfile",
                    "Object.spec.securityContext.seccompProfile{type: 'RuntimeDefault'}",
                ),
            ],
            Preset::Escalation => vec![container_patch(
                &format!(
                    "!has(container.securityContext.allowPrivilegeEscalation) && !{PRIVILEGED} &&\n\
                     !('CAP_SYS_ADMIN' in container.securityContext.?capabilities.?add.orValue([]))"
                ),
                "/securityContext/allowPrivilegeEscalation",
                "false",
            )],
            Preset::Capabilities => vec![
                container_patch(
                    &format!("!has(container.securityContext.capabilities) && !{PRIVILEGED}"),
                    "/securityContext/capabilities",
                    "Object.spec.containers.securityContext.capabilities{}",
                ),
                container_patch(
                    &format!(
                        "has(container.securityContext.capabilities) && !{PRIVILEGED} &&\n\
                         !has(container.securityContext.capabilities.drop)"
                    ),
                    "/securityContext/capabilities/drop",
                    "['ALL']",
                ),
            ],
            Preset::ReadOnlyRoot => vec![container_patch(
                "!has(container.securityContext.readOnlyRootFilesystem)",
                "/securityContext/readOnlyRootFilesystem",
                "true",
            )],
        }
    }

    fn is_of_containers(self) -> bool {
        matches!(self, Preset::Escalation | Preset::Capabilities | Preset::ReadOnlyRoot)
    }
}

impl Mutating {
    /// The policy, and the binding without which it does nothing.
    pub fn objects(&self) -> [Value; 2] {
        let of_containers = self.presets.iter().any(|preset| preset.is_of_containers());
        let room = of_containers.then(|| {
            let path = "/securityContext";
            let value = "Object.spec.containers.securityContext{}";
            container_patch("!has(container.securityContext)", path, value)
        });
        let linux = self.presets.iter().any(|preset| *preset != Preset::Token);
        let patches = self.presets.iter().flat_map(|preset| preset.patches());
        let mutation = |expression: String| Mutation {
            json_patch: Some(JSONPatch { expression: Some(expression) }),
            patch_type: "JSONPatch".to_owned(),
            ..Mutation::default()
        };
        let policy = MutatingAdmissionPolicy {
            metadata: named(&self.name),
            spec: Some(MutatingAdmissionPolicySpec {
                failure_policy: Some("Fail".to_owned()),
                match_conditions: Some(vec![condition("no-mirror-of-a-static-pod", NO_MIRROR)]),
                match_constraints: Some(MatchResources {
                    namespace_selector: Some(outside(SYSTEM)),
                    resource_rules: Some(vec![rule("", &["CREATE"], &["pods"])]),
                    ..MatchResources::default()
                }),
                mutations: Some(room.into_iter().chain(patches).map(mutation).collect()),
                // Webhooks put in containers, too.
                reinvocation_policy: Some("IfNeeded".to_owned()),
                variables: linux.then(|| vec![variable("linux", LINUX)]),
                ..MutatingAdmissionPolicySpec::default()
            }),
        };
        let binding = MutatingAdmissionPolicyBinding {
            metadata: named(&self.name),
            spec: Some(MutatingAdmissionPolicyBindingSpec {
                match_resources: (!self.namespaces.is_empty()).then(|| MatchResources {
                    namespace_selector: Some(selector("In", &self.namespaces)),
                    ..MatchResources::default()
                }),
                policy_name: Some(self.name.clone()),
                ..MutatingAdmissionPolicyBindingSpec::default()
            }),
        };
        [to_value(&policy), to_value(&binding)]
    }
}

/// Whether it says anything there; the API server takes null for nothing.
fn says<'t>(part: impl Part<'t>, path: &str) -> bool {
    part.at(path).is_some_and(|node| !node.is_null())
}

fn pod_patch(lacks: &str, path: &str, value: &str) -> String {
    format!("{lacks} ? [JSONPatch{{\n  op: 'add', path: '{path}',\n  value: {value}\n}}] : []\n")
}

/// The same in each container that runs, and in each before them.
fn container_patch(lacks: &str, path: &str, value: &str) -> String {
    let one = |list: &str, containers: &str| {
        let lacks = lacks.replace('\n', "\n    ");
        format!(
            "{containers}.transformList(index, container,\n    {lacks},\n    JSONPatch{{\n      op: \
             'add', path: '/spec/{list}/' + string(index) + '{path}',\n      value: {value}\n    }})"
        )
    };
    let main = one("containers", "object.spec.containers");
    let init = one("initContainers", "object.spec.?initContainers.orValue([])");
    format!("!variables.linux ? [] :\n  {main} +\n  {init}\n")
}
