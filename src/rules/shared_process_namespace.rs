use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Version};
use crate::manifest::{List, Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "shared-process-namespace",
    title: "Containers must not share their processes with others of their pod",
    why: "In a shared process namespace each container sees the arguments of the others, and as the same \
          user reads their environment and files and can stop them.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/",
    ],
    linux: true,
    check: Check::Pod(check),
};

const FIELD: &str = "shareProcessNamespace";

fn check(pod: Pod<'_>, _: &Context<'_>) -> Vec<Finding> {
    if pod.flag(FIELD) != Some(true) {
        return Vec::new();
    }
    let others = pod
        .containers()
        .filter(|container| container.place() != List::Main || { container.index() > 0 });
    let fix = match others.count() {
        0 => Fix::risky(
            [pod.set(FIELD, false)],
            "It has one container, which becomes process 1: check that it ends its children, and \
             that no sidecar is injected which has to see it.",
        ),
        _ => Fix::manual(
            "Someone said `true`: find out which container signals or traces another one, and say \
             `false` if none does.",
        ),
    };
    let message = "the containers of the pod share their processes";
    vec![Finding::at(pod, FIELD, message, fix).warning()]
}
