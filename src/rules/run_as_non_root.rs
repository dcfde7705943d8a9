use super::{Context, Finding, Fix, Level, Profile, RESTRICTED, Root, Rule, Trust, names};
use crate::manifest::{Container, Part, Pod};

pub(super) const RULE: Rule = Rule {
    id: "run-as-non-root",
    title: "Containers must not run as root",
    why: "Root in a container is root on the node for whoever breaks out of it.",
    level: Level::Error,
    profile: Profile::Restricted,
    references: &[RESTRICTED],
    linux: false,
    check,
};

const FIELD: &str = "securityContext/runAsNonRoot";
const USER: &str = "securityContext/runAsUser";
const LINUX: &str = "The kubelet refuses an image whose `USER` is no number, or 0: check it.";
const WINDOWS: &str =
    "The kubelet refuses an image that runs as `ContainerAdministrator`: check it.";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let (mut findings, mut unsaid) = (Vec::new(), Vec::new());
    for container in pod.containers() {
        let said = container.flag(FIELD).is_some();
        match context.root(container) {
            Some(root) => findings.push(held(container, root)),
            None if container.non_root() == Some(true) => {}
            None if said => findings.push(mend(container, &[container])),
            None => unsaid.push(container),
        }
    }
    let free = findings.iter().all(|finding| finding.fix.trust != Trust::Manual);
    findings.extend(pod_level(pod, free, unsaid.is_empty()));
    match free && pod.workload().whole && !unsaid.is_empty() {
        true => findings.push(mend(pod, &unsaid)),
        false => findings.extend(unsaid.into_iter().map(|it| mend(it, &[it]))),
    }
    findings
}

fn held(container: Container<'_>, root: Root) -> Finding {
    let (is, seems) = if root.certain { ("runs", "seems to") } else { ("may run", "may") };
    let message = format!("container `{}` {is} as root", container.name());
    let fix = Fix::manual(format!("It {seems} need root: {}. {}", root.need, root.advice()));
    match container.at(USER) {
        Some(_) => Finding::at(container, USER, message, fix),
        None if container.user() == Some(0) => Finding::at(container.pod(), USER, message, fix),
        None => Finding::at(container, FIELD, message, fix),
    }
}

/// Restricted refuses what the pod says for root even if every container says otherwise.
fn pod_level(pod: Pod<'_>, free: bool, overridden: bool) -> Vec<Finding> {
    let finding = |field, fix| Finding::at(pod, field, "the pod asks to run as root", fix);
    let reason = "Every container speaks for itself.";
    let mut findings = Vec::new();
    if pod.number(USER) == Some(0) && free {
        findings.push(finding(USER, Fix::safe([pod.remove(USER)], reason)));
    }
    match pod.flag(FIELD) {
        Some(false) if !free => {
            findings.push(finding(FIELD, Fix::manual("Mend first its containers that stay root.")));
        }
        Some(false) if overridden => {
            findings.push(finding(FIELD, Fix::safe([pod.set(FIELD, true)], reason)));
        }
        _ => {}
    }
    findings
}

fn mend<'t>(part: impl Part<'t>, containers: &[Container<'t>]) -> Finding {
    let wish = part.set(FIELD, true);
    let windows = part.pod().is_windows() || part.pod().is_silent_windows();
    let check = if windows { WINDOWS } else { LINUX };
    let fix = match containers.iter().all(|container| container.user().is_some()) {
        true => Fix::safe([wish], "The user that it names is not root."),
        false => Fix::risky([wish], check),
    };
    Finding::at(part, FIELD, format!("{} may run as root", names(containers)), fix)
}
