use super::{
    Check, Context, Finding, Fix, Level, Profile, RESTRICTED, Root, Rule, Version, names,
    run_as::{self, Sorted},
    run_as_user,
};
use crate::manifest::{Container, Part, Pod};

pub(super) const RULE: Rule = Rule {
    id: "run-as-non-root",
    title: "Containers must not run as root",
    why: "Root in a container is root on the node for whoever breaks out of it.",
    level: Level::Error,
    profile: Profile::Restricted,
    since: Version::FIRST,
    references: &[RESTRICTED],
    linux: false,
    check: Check::Pod(check),
};

const FIELD: &str = "securityContext/runAsNonRoot";
const USER: &str = "securityContext/runAsUser";
const WINDOWS: &str =
    "The kubelet refuses an image that runs as `ContainerAdministrator`: check it.";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    if run_as_user::tamed(pod, context) {
        return Vec::new();
    }
    let Sorted { roots, said, unsaid } = Sorted::of(pod, context);
    let free = roots.is_empty();
    let held = roots.into_iter().filter_map(|(container, root)| held(container, root, context));
    let mut findings: Vec<Finding> = held.collect();
    let alone = |it| mend(it, &[it], || run_as::fix(it, &[it], context));
    findings.extend(said.into_iter().map(alone));
    findings.extend(pod_level(pod, free, unsaid.is_empty()));
    match run_as::is_of_pod(pod, context) && !unsaid.is_empty() {
        true => findings.push(mend(pod, &unsaid, || run_as::fix_all(pod, context).clone())),
        false => findings.extend(unsaid.into_iter().map(alone)),
    }
    findings
}

fn held(container: Container<'_>, root: &Root, context: &Context<'_>) -> Option<Finding> {
    let settings = context.settings;
    let refused = container.non_root() == Some(true);
    // The standards believe what is said, and the kubelet then keeps it from running as root.
    if refused && settings.profile < Profile::Hardened
        || container.user() == Some(0) && settings.runs(&run_as_user::RULE)
    {
        return None;
    }
    let (is, seems) = if root.certain { ("runs", "seems to") } else { ("may run", "may") };
    let message = format!("container `{}` {is} as root", container.name());
    let fix = Fix::manual(format!(
        "It {seems} need root: {}. {}",
        root.need,
        root.advice(container, context)
    ))
    .resting_on(root.evidence(container, context));
    let finding = match container.at(USER) {
        Some(_) => Finding::at(container, USER, message, fix),
        None if container.user() == Some(0) => Finding::at(container.pod(), USER, message, fix),
        None => Finding::at(container, FIELD, message, fix),
    };
    Some(if refused { finding.warning() } else { finding })
}

/// Restricted refuses what the pod says for root even if every container says otherwise.
fn pod_level(pod: Pod<'_>, free: bool, overridden: bool) -> Option<Finding> {
    let fix = match free {
        true => Fix::safe([pod.set(FIELD, true)], "Every container speaks for itself."),
        false => Fix::manual("Mend first its containers that stay root."),
    };
    let found = pod.flag(FIELD) == Some(false) && (overridden || !free);
    found.then(|| Finding::at(pod, FIELD, "the pod asks to run as root", fix))
}

fn mend<'t>(
    part: impl Part<'t>,
    containers: &[Container<'t>],
    fix: impl FnOnce() -> Fix,
) -> Finding {
    let windows = part.pod().is_windows() || part.pod().is_silent_windows();
    let fix = match windows {
        true => Fix::risky([part.set(FIELD, true)], WINDOWS),
        false => fix(),
    };
    Finding::at(part, FIELD, format!("{} may run as root", names(containers)), fix)
}
