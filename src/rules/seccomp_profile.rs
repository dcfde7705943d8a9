use super::{Check, Context, Finding, Fix, Level, Profile, RESTRICTED, Rule, Version, names};
use crate::manifest::{Part, Pod};

pub(super) const RULE: Rule = Rule {
    id: "seccomp-profile",
    title: "Containers must run under a seccomp profile",
    why: "Without one the whole kernel is open to a program: hundreds of system calls that few \
          programs use, and in which holes are found.",
    level: Level::Error,
    profile: Profile::Baseline,
    since: Version::FIRST,
    references: &[RESTRICTED, "https://kubernetes.io/docs/reference/node/seccomp/"],
    linux: true,
    check: Check::Pod(check),
};

const PROFILE: &str = "securityContext/seccompProfile";
const TYPE: &str = "securityContext/seccompProfile/type";
const LOCAL: &str = "securityContext/seccompProfile/localhostProfile";
const LOCALHOST: &str = "It names a profile: a node that lacks it starts no pod.";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let each = pod.containers().filter_map(|container| said(container, context));
    let said = said(pod, context).into_iter().chain(each);
    let asked = context.settings.asks(Profile::Restricted, Version::v1(19)) && !speaks(pod);
    said.chain(asked.then(|| unsaid(pod)).into_iter().flatten()).collect()
}

fn speaks<'t>(part: impl Part<'t>) -> bool {
    part.at(PROFILE).is_some_and(|it| !it.is_null()) || part.seccomp_annotation().is_some()
}

fn allowed<'t>(part: impl Part<'t>) -> bool {
    matches!(part.word(TYPE).as_deref(), Some("RuntimeDefault" | "Localhost"))
}

/// What one part says, if it should say something else or in another place.
fn said<'t>(part: impl Part<'t>, context: &Context<'_>) -> Option<Finding> {
    let off = !allowed(part) && part.at(PROFILE).is_some_and(|it| !it.is_null());
    let Some((key, annotation)) = part.seccomp_annotation() else {
        let asked = off && context.settings.asks(Profile::Baseline, Version::v1(19));
        return asked.then(|| {
            let message = format!("{} runs without a seccomp profile", part.title());
            Finding::at(part, TYPE, message, mend(part))
        });
    };
    let local = annotation.strip_prefix("localhost/").filter(|it| !it.is_empty());
    let old = context.settings.pod_security < Version::v1(19);
    let refused = match part.container() {
        _ if old => local.is_none() && !annotation.ends_with("/default"),
        _ if off || allowed(part) || context.settings.profile == Profile::Baseline => off,
        Some(container) => !allowed(container.pod()),
        None => part.pod().containers().any(|it| !speaks(it)),
    };
    // The API server refuses one that differs from the field, and heeds none since 1.27.
    let mut fix = match local {
        _ if allowed(part) => Fix::safe([], "The field is what counts."),
        Some(profile) if !off => {
            let wishes = [part.set(TYPE, "Localhost"), part.set(LOCAL, profile)];
            Fix::risky(wishes, LOCALHOST)
        }
        _ => mend(part),
    };
    fix.wishes.push(part.pod().remove_annotation(&key));
    let message = format!("{} names its seccomp profile in an annotation", part.title());
    let finding = Finding::on(part, part.pod().annotations()?.get(&key)?, message, fix);
    let asked = refused || context.settings.profile == Profile::Hardened;
    asked.then(|| if refused { finding } else { finding.warning() })
}

/// The containers that follow a pod which says nothing.
fn unsaid(pod: Pod<'_>) -> Vec<Finding> {
    let silent: Vec<_> = pod.containers().filter(|container| !speaks(*container)).collect();
    let message = |silent: &[_]| format!("{} may make any system call", names(silent));
    if pod.workload().whole && !silent.is_empty() {
        return vec![Finding::at(pod, TYPE, message(&silent), mend(pod))];
    }
    silent.into_iter().map(|it| Finding::at(it, TYPE, message(&[it]), mend(it))).collect()
}

/// The API server takes a profile's name beside no other type than `Localhost`.
fn mend<'t>(part: impl Part<'t>) -> Fix {
    let reason = "Check that it makes none of the rarer system calls (`mount`, `unshare`, \
                  `keyctl`, `io_uring`).";
    match (part.at(LOCAL), part.at(TYPE)) {
        (Some(_), None) => Fix::risky([part.set(TYPE, "Localhost")], LOCALHOST),
        (Some(_), _) => Fix::manual("It names a profile: say `type: Localhost`, or take it away."),
        _ => Fix::risky([part.set(TYPE, "RuntimeDefault")], reason),
    }
}
