//! Admission policies: what the API server holds every pod to, whoever brings it.
//!
//! In: what is asked of pods. Out: a ValidatingAdmissionPolicy and its binding.
//!
//! Source: <https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/>.

mod control;
mod preset;
mod ratchet;
mod registry;

use k8s_openapi::{
    api::admissionregistration::v1::{
        MatchCondition, MatchResources, NamedRuleWithOperations, ValidatingAdmissionPolicy,
        ValidatingAdmissionPolicyBinding, ValidatingAdmissionPolicyBindingSpec,
        ValidatingAdmissionPolicySpec, Validation, Variable,
    },
    apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement, ObjectMeta},
};

pub use control::Control;
pub(super) use control::listed;
pub use preset::{Mutating, Preset};
pub use ratchet::{Missed, Ratchet, silent};

use super::to_value;
use crate::yaml::Value;

/// The namespaces that the cluster itself runs in: a policy that stops pods there stops the cluster.
const SYSTEM: &[&str] = &["kube-node-lease", "kube-public", "kube-system"];
/// The label that every namespace bears, with its name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// The spec of the pod, wherever the object keeps it. Its type is not known: no field is one of all
/// kinds, and the API server warns of each that a kind does not have.
const POD: &str = "\
has(dyn(object.spec).template) ? dyn(object.spec).template.spec :
has(dyn(object.spec).jobTemplate) ? dyn(object.spec).jobTemplate.spec.template.spec :
dyn(object.spec)
";
const CONTAINERS: &str =
    "variables.pod.?initContainers.orValue([]) + variables.pod.?containers.orValue([])";
const ALL: &str = "variables.containers + variables.pod.?ephemeralContainers.orValue([])";

/// Controllers scale what they made before the policy was there, and finalizers are taken off: only
/// what changes the pods is looked at.
const CHANGED: &str = "\
request.operation != 'UPDATE' ||
dyn(object.spec).?template != dyn(oldObject.spec).?template ||
dyn(object.spec).?jobTemplate != dyn(oldObject.spec).?jobTemplate ||
dyn(object.spec).?containers != dyn(oldObject.spec).?containers ||
dyn(object.spec).?initContainers != dyn(oldObject.spec).?initContainers ||
dyn(object.spec).?ephemeralContainers != dyn(oldObject.spec).?ephemeralContainers
";
/// What stands for a static pod runs whatever is said of it, and nothing else that bears the
/// annotation is run at all.
const NO_MIRROR: &str =
    "!('kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}))";

/// What a binding does about pods that do not meet its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Whoever applies them is told, and so is the audit log; nothing is stopped.
    Warn,
    /// They are refused.
    Deny,
}

/// A ValidatingAdmissionPolicy for pods and all that make pods.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it and its binding are called.
    pub name: String,
    /// Names of lists and values that validations speak of, beside `pod`, `containers` (those that
    /// run, and those before them) and `all` (ephemeral ones, too); each may use those before it.
    pub variables: Vec<(&'static str, String)>,
    /// What must hold.
    pub validations: Vec<Validation>,
    /// What happens where it does not.
    pub action: Action,
    /// The namespaces that are held to it; all but those of the system, if there are none.
    pub namespaces: Vec<String>,
}

impl Policy {
    /// The policy, and the binding without which it does nothing.
    pub fn objects(&self) -> [Value; 2] {
        let variables = [("pod", POD), ("containers", CONTAINERS), ("all", ALL)];
        let variables = variables.map(|(name, expression)| (name, expression.to_owned()));
        let used = |name: &str| self.speaks_of(name);
        let variables = variables.into_iter().filter(|(name, _)| used(name));
        let policy = ValidatingAdmissionPolicy {
            metadata: named(&self.name),
            spec: Some(ValidatingAdmissionPolicySpec {
                failure_policy: Some("Fail".to_owned()),
                match_conditions: Some(vec![
                    condition("pods-change", CHANGED),
                    condition("no-mirror-of-a-static-pod", NO_MIRROR),
                ]),
                match_constraints: Some(MatchResources {
                    namespace_selector: Some(outside(SYSTEM)),
                    resource_rules: Some(workloads()),
                    ..MatchResources::default()
                }),
                validations: Some(self.validations.clone()),
                variables: Some(
                    variables
                        .chain(self.variables.iter().cloned())
                        .map(|(name, expression)| variable(name, &expression))
                        .collect(),
                ),
                ..ValidatingAdmissionPolicySpec::default()
            }),
            status: None,
        };
        let actions: &[&str] = match self.action {
            Action::Warn => &["Warn", "Audit"],
            Action::Deny => &["Deny", "Audit"],
        };
        let binding = ValidatingAdmissionPolicyBinding {
            metadata: named(&self.name),
            spec: ValidatingAdmissionPolicyBindingSpec {
                match_resources: (!self.namespaces.is_empty()).then(|| MatchResources {
                    namespace_selector: Some(selector("In", &self.namespaces)),
                    ..MatchResources::default()
                }),
                policy_name: self.name.clone(),
                validation_actions: owned(actions),
                ..ValidatingAdmissionPolicyBindingSpec::default()
            },
        };
        [to_value(&policy), to_value(&binding)]
    }

    /// Whether anything that holds or is named here needs a variable, by itself or by another one.
    fn speaks_of(&self, name: &str) -> bool {
        let word = format!("variables.{name}");
        let names = |text: &str| text.contains(&word);
        let own = self.variables.iter().map(|(_, expression)| expression.as_str());
        let validations = self.validations.iter().flat_map(|it| {
            [Some(it.expression.as_str()), it.message_expression.as_deref()].into_iter().flatten()
        });
        let mut said = own.chain(validations);
        match name {
            "pod" => true,
            "containers" => said.any(names) || self.speaks_of("all"),
            _ => said.any(names),
        }
    }
}

/// What must hold, and what is said where it does not: always the same, or worked out.
pub(super) fn validation(
    expression: impl Into<String>,
    message: impl Into<String>,
    worked_out: Option<String>,
) -> Validation {
    Validation {
        expression: expression.into(),
        message: Some(message.into()),
        message_expression: worked_out,
        // As Pod Security has it.
        reason: Some("Forbidden".to_owned()),
    }
}

/// Pods, and what makes pods: who applies a Deployment is told at once, and not its controller.
fn workloads() -> Vec<NamedRuleWithOperations> {
    const BOTH: &[&str] = &["CREATE", "UPDATE"];
    vec![
        rule("", BOTH, &["pods", "pods/ephemeralcontainers", "replicationcontrollers"]),
        rule("apps", BOTH, &["daemonsets", "deployments", "replicasets", "statefulsets"]),
        rule("batch", BOTH, &["cronjobs", "jobs"]),
    ]
}

fn rule(group: &str, operations: &[&str], resources: &[&str]) -> NamedRuleWithOperations {
    NamedRuleWithOperations {
        api_groups: Some(owned(&[group])),
        api_versions: Some(owned(&["v1"])),
        operations: Some(owned(operations)),
        resources: Some(owned(resources)),
        ..NamedRuleWithOperations::default()
    }
}

fn outside(namespaces: &[&str]) -> LabelSelector {
    selector("NotIn", &owned(namespaces))
}

fn selector(operator: &str, namespaces: &[String]) -> LabelSelector {
    let requirement = LabelSelectorRequirement {
        key: NAME_LABEL.to_owned(),
        operator: operator.to_owned(),
        values: Some(namespaces.to_vec()),
    };
    LabelSelector { match_expressions: Some(vec![requirement]), ..LabelSelector::default() }
}

fn condition(name: &str, expression: &str) -> MatchCondition {
    MatchCondition { name: name.to_owned(), expression: expression.to_owned() }
}

fn variable(name: &str, expression: &str) -> Variable {
    Variable { name: name.to_owned(), expression: expression.to_owned() }
}

fn named(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}
