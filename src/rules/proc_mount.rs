use super::{BASELINE, Check, Context, Finding, Fix, Level, Profile, Rule, Version, run_as_user};
use crate::manifest::{Container, Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "proc-mount",
    title: "Containers must not see all of /proc",
    why: "Runtimes hide those files of `/proc` that tell of the node's kernel or change it. \
          `Unmasked` shows them.",
    level: Level::Error,
    profile: Profile::Baseline,
    since: Version::FIRST,
    references: &[
        BASELINE,
        "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#proc-access",
    ],
    linux: false,
    check: Check::Pod(check),
};

const FIELD: &str = "securityContext/procMount";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let restricted = context.settings.profile > Profile::Baseline;
    if run_as_user::tamed(pod, context) && !restricted {
        return Vec::new();
    }
    let found = pod.containers().filter_map(|container| {
        let kind = container.at(FIELD).filter(|kind| !kind.is_null())?.text();
        let message = format!("container `{}` has `procMount: {kind}`", container.name());
        (kind != "Default").then(|| Finding::at(container, FIELD, message, fix(container)))
    });
    found.collect()
}

fn fix(container: Container<'_>) -> Fix {
    match container.pod().flag("hostUsers") {
        Some(false) => Fix::manual(
            "In a user namespace it may be for containers that it makes itself: `baseline` admits \
             that from v1.35 on, `restricted` does not.",
        ),
        _ => Fix::risky(
            [container.remove(FIELD)],
            "Since 1.30 the API server takes it only with `hostUsers: false`: check that it makes \
             no containers itself.",
        ),
    }
}
