use super::{BASELINE, Check, Context, Finding, Fix, Level, Profile, Rule, Version};
use crate::{
    manifest::{Container, Part as _, Pod},
    yaml::Wish,
};

pub(super) const RULE: Rule = Rule {
    id: "privileged",
    title: "Containers must not be privileged",
    why: "A privileged container has all devices and all capabilities of its node: whoever \
          controls it controls the node.",
    level: Level::Error,
    profile: Profile::Baseline,
    since: Version::FIRST,
    references: &[BASELINE],
    linux: true,
    check: Check::Pod(check),
};

const FIELD: &str = "securityContext/privileged";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    // Knative refuses the field, whatever it says.
    let may_say = pod.workload().whole && !pod.is_windows();
    let says = context.settings.profile == Profile::Hardened && may_say;
    pod.containers()
        .filter_map(|container| match container.flag(FIELD) {
            Some(true) => Some(is_privileged(container, context)),
            None if says => Some(is_unsaid(container)),
            _ => None,
        })
        .collect()
}

fn is_privileged(container: Container<'_>, context: &Context<'_>) -> Finding {
    let message = format!("container `{}` is privileged", container.name());
    let fix = match container.needs_privilege() {
        Some(need) => Fix::manual(format!(
            "It seems to need it: {need}. Give it the capabilities and devices that it uses \
             instead, or keep it in a namespace of its own."
        ))
        .resting_on(context.shown(container, &need)),
        None => Fix::risky(
            [said_otherwise(container)],
            "Nothing here shows what it needs that for: check devices, mounts and kernel settings.",
        ),
    };
    Finding::at(container, FIELD, message, fix)
}

fn said_otherwise(container: Container<'_>) -> Wish {
    match container.pod().workload().whole {
        true => container.set(FIELD, false),
        false => container.remove(FIELD),
    }
}

fn is_unsaid(container: Container<'_>) -> Finding {
    let name = container.name();
    if container.at(FIELD).is_some_and(|node| !node.is_null()) {
        let message = format!("container `{name}` says neither yes nor no to `privileged`");
        let fix = Fix::manual("The API server does not read that: write `false`, or `true`.");
        return Finding::at(container, FIELD, message, fix);
    }
    let message = format!("container `{name}` does not say that it is not privileged");
    let fix = Fix::safe([container.set(FIELD, false)], "It is what the API server assumes.");
    Finding::at(container, FIELD, message, fix).warning()
}
