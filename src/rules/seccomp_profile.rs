use super::{Context, Finding, Fix, Level, Profile, RESTRICTED, Rule, names};
use crate::manifest::{Part, Pod};

pub(super) const RULE: Rule = Rule {
    id: "seccomp-profile",
    title: "Containers must run under a seccomp profile",
    why: "Without one the whole kernel is open to a program: hundreds of system calls that few \
          programs use, and in which holes are found.",
    level: Level::Error,
    profile: Profile::Baseline,
    references: &[RESTRICTED, "https://kubernetes.io/docs/reference/node/seccomp/"],
    linux: true,
    check,
};

const TYPE: &str = "securityContext/seccompProfile/type";
const LOCAL: &str = "securityContext/seccompProfile/localhostProfile";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let restricted = context.settings.profile > Profile::Baseline;
    let mut findings: Vec<Finding> = said(pod, restricted).into_iter().collect();
    findings.extend(pod.containers().filter_map(|container| said(container, restricted)));
    if restricted && !speaks(pod) {
        findings.extend(unsaid(pod));
    }
    findings
}

fn speaks<'t>(part: impl Part<'t>) -> bool {
    part.word(TYPE).is_some() || part.seccomp_annotation().is_some()
}

/// What one part says, if it should say something else or in another place.
fn said<'t>(part: impl Part<'t>, restricted: bool) -> Option<Finding> {
    let field = part.word(TYPE);
    let off = field.as_deref() == Some("Unconfined");
    let Some((key, annotation)) = part.seccomp_annotation() else {
        let message = || format!("{} switches seccomp off", part.title());
        return off.then(|| Finding::at(part, TYPE, message(), mend(part)));
    };
    if !restricted && !off && annotation != "unconfined" {
        return None;
    }
    // The API server refuses an annotation that differs from the field, and gives those without a
    // field no effect since 1.27.
    let local = annotation.strip_prefix("localhost/").filter(|profile| !profile.is_empty());
    let mut fix = match (&field, local) {
        (None, Some(profile)) => Fix::risky(
            [part.set(TYPE, "Localhost"), part.set(LOCAL, profile)],
            "A node that lacks the profile starts no pod.",
        ),
        (Some(_), _) if !off => Fix::safe([], "The field is what counts."),
        _ => mend(part),
    };
    fix.wishes.push(part.pod().remove_annotation(&key));
    let at = part.address(part.pod().annotations()?.get(&key)?);
    let message = format!("{} names its seccomp profile in an annotation", part.title());
    Some(Finding { at, ..Finding::at(part, TYPE, message, fix) })
}

/// The containers that follow a pod which says nothing.
fn unsaid(pod: Pod<'_>) -> Vec<Finding> {
    let silent: Vec<_> = pod.containers().filter(|container| !speaks(*container)).collect();
    if silent.is_empty() || !pod.workload().whole {
        let message = |title: String| format!("{title} may make any system call");
        let each = silent.into_iter();
        return each.map(|it| Finding::at(it, TYPE, message(it.title()), mend(it))).collect();
    }
    let message = format!("{} may make any system call", names(&silent));
    vec![Finding::at(pod, TYPE, message, mend(pod))]
}

fn mend<'t>(part: impl Part<'t>) -> Fix {
    // The API server takes a profile's name beside no other type.
    match (part.at(LOCAL), part.at(TYPE)) {
        (Some(_), None) => {
            let reason = "It names a profile: a node that lacks it starts no pod.";
            return Fix::risky([part.set(TYPE, "Localhost")], reason);
        }
        (Some(_), Some(_)) => {
            return Fix::manual("It names a profile: say `type: Localhost`, or take that away.");
        }
        _ => {}
    }
    let calls = "`mount`, `unshare`, `keyctl`, `io_uring`";
    let reason = format!("Check that it makes none of the rarer system calls ({calls}).");
    Fix::risky([part.set(TYPE, "RuntimeDefault")], reason)
}
