use super::{Check, Context, Finding, Fix, Level, Profile, RESTRICTED, Rule, Version, names};
use crate::manifest::{Container, Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "run-as-user",
    title: "Containers must not be told to run as user 0",
    why: "User 0 is root, whatever the image says, and root in a container is root on the node \
          for whoever breaks out of it.",
    level: Level::Error,
    profile: Profile::Restricted,
    since: Version::v1(23),
    references: &[
        RESTRICTED,
        "https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/",
    ],
    linux: false,
    check: Check::Pod(check),
};

const FIELD: &str = "securityContext/runAsUser";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    if tamed(pod, context) {
        return Vec::new();
    }
    let (mut findings, mut follow) = (Vec::new(), Vec::new());
    for container in pod.containers() {
        match container.number(FIELD) {
            Some(0) => findings.push(said(container)),
            None => follow.push(container),
            Some(_) => {}
        }
    }
    if pod.number(FIELD) == Some(0) {
        findings.push(of_pod(pod, &follow));
    }
    findings
}

/// Whether root in the pod is nobody on its node, so that the standards let it be.
///
/// Source: KEP-127; `relaxPolicyForUserNamespacePod` of `k8s.io/pod-security-admission/policy`.
pub(super) fn tamed(pod: Pod<'_>, context: &Context<'_>) -> bool {
    context.settings.pod_security >= Version::v1(35) && pod.flag("hostUsers") == Some(false)
}

fn said(container: Container<'_>) -> Finding {
    let message = format!("container `{}` runs as user 0", container.name());
    Finding::at(container, FIELD, message, hold(container.pod(), container.non_root()))
}

fn of_pod(pod: Pod<'_>, follow: &[Container<'_>]) -> Finding {
    if follow.is_empty() {
        let fix = Fix::safe([pod.remove(FIELD)], "Every container names a user of its own.");
        return Finding::at(pod, FIELD, "the pod asks for user 0", fix);
    }
    let message = format!("the pod runs {} as user 0", names(follow));
    let refused = follow.iter().all(|container| container.non_root() == Some(true));
    Finding::at(pod, FIELD, message, hold(pod, Some(refused)))
}

/// Someone chose root, and no other user is known to work.
fn hold(pod: Pod<'_>, non_root: Option<bool>) -> Fix {
    let stands = match non_root {
        Some(true) => "The kubelet refuses it beside `runAsNonRoot: true`: name",
        _ => "Someone chose root, and nothing here shows who else it can be: name",
    };
    let host = ["hostNetwork", "hostPID", "hostIPC"].into_iter();
    let shared = host.into_iter().any(|field| pod.flag(field) == Some(true));
    let otherwise = match shared || !pod.workload().whole {
        true => "",
        false => ", or, where nodes have user namespaces, say `hostUsers: false`",
    };
    Fix::manual(format!("{stands} a user that it works as{otherwise}."))
}
