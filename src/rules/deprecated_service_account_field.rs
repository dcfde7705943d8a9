use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Version};
use crate::manifest::{Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "deprecated-service-account-field",
    title: "Pods must name their account by `serviceAccountName`",
    why: "`serviceAccount` is an alias that Kubernetes gave up. Tools that read only the other field \
          take the pod for one of `default`.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec",
    ],
    linux: false,
    check: Check::Pod(check),
};

const OLD: &str = "serviceAccount";
const NEW: &str = "serviceAccountName";

fn check(pod: Pod<'_>, _: &Context<'_>) -> Vec<Finding> {
    let Some(old) = pod.word(OLD).filter(|old| !old.is_empty()) else { return Vec::new() };
    let (wishes, reason) = match pod.word(NEW).filter(|new| !new.is_empty()) {
        None if old == "default" => {
            (vec![pod.remove(OLD)], "It is what a pod gets that names none.".to_owned())
        }
        None => {
            (vec![pod.set(NEW, &*old), pod.remove(OLD)], "It stays the same account.".to_owned())
        }
        Some(new) => (
            vec![pod.remove(OLD)],
            format!("Kubernetes goes by the other field, which says `{new}`."),
        ),
    };
    let message = format!("the pod names its account `{old}` by a deprecated field");
    vec![Finding::at(pod, OLD, message, Fix::safe(wishes, reason)).warning()]
}
