use super::{BASELINE, Check, Context, Finding, Fix, Level, Profile, Rule, Version};
use crate::manifest::{Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "host-namespaces",
    title: "Pods must not share namespaces with their node",
    why: "In the node's namespaces a pod sees, and can reach, the processes, memory or network \
          interfaces of everything that runs there; no NetworkPolicy holds it.",
    level: Level::Error,
    profile: Profile::Baseline,
    since: Version::FIRST,
    references: &[BASELINE],
    linux: false,
    check: Check::Pod(check),
};

/// The fields, what they share, and what to check when that ends.
const FIELDS: &[(&str, &str, &str)] = &[
    (
        "hostNetwork",
        "network",
        "who reaches it at the node's address, and which local ports it calls",
    ),
    ("hostPID", "processes", "whether it looks at or signals processes of the node"),
    (
        "hostIPC",
        "interprocess communication",
        "whether it shares memory with processes of the node",
    ),
];

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let shared = FIELDS.iter().filter(|(field, ..)| pod.flag(field) == Some(true));
    shared
        .map(|&(field, what, check)| {
            let message = format!("the pod shares the {what} of its node");
            let fix = match pod.needs_host(field) {
                Some(need) => Fix::manual(format!(
                    "It seems to need it: {need}. Find another way, or keep it in a namespace of \
                     its own."
                ))
                .resting_on(context.shown(pod, &need)),
                None => Fix::risky([pod.set(field, false)], format!("Check {check}.")),
            };
            Finding::at(pod, field, message, fix)
        })
        .collect()
}

/// Whether the pod stays in a namespace of its node, whatever is mended.
pub(super) fn stays(pod: Pod<'_>, field: &str, context: &Context<'_>) -> bool {
    let mended = context.settings.leaves(&RULE).is_none() && pod.needs_host(field).is_none();
    pod.flag(field) == Some(true) && !mended
}

/// Whether the pod shares a namespace with its node that it seems to need.
pub(super) fn needed(pod: Pod<'_>) -> bool {
    let mut shared = FIELDS.iter().filter(|(field, ..)| pod.flag(field) == Some(true));
    shared.any(|(field, ..)| pod.needs_host(field).is_some())
}
