use super::{
    Check, Context, Finding, Fix, Level, Profile, Rule, Tie, Version, projected_token, token,
    token::Use,
};
use crate::manifest::{Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "automount-service-account-token",
    title: "Pods must not mount an API token that they do not use",
    why: "Whoever reads a file in the pod can speak to the API server as its ServiceAccount.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting",
    ],
    linux: false,
    check: Check::Pod(check),
};

pub(super) const FIELD: &str = "automountServiceAccountToken";

pub(super) fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let said = pod.flag(FIELD);
    let account = pod.account();
    if !said.unwrap_or_else(|| token::is_mounted_by_account(pod, context)) {
        return Vec::new();
    }
    if pod.is_static() {
        return vec![of_node(pod)];
    }
    // What the account says in the place of its pods depends on what they say.
    let tied = |fix: Fix| match context.inventory.has_account(&account) {
        true => fix.tied(Tie::of(&RULE, pod.object())),
        false => fix,
    };
    if let Some(fix) = projected_token::fix(pod, FIELD, context) {
        let message = "containers of the pod that do not seem to use an API token mount one";
        let tie = Tie::of(&RULE, pod.object());
        return vec![Finding::at(pod, FIELD, message, fix.tied(tie)).warning()];
    }
    let its_use = Use::of(pod, context);
    let used = its_use.is_some();
    let fix = match (its_use, said) {
        // Knative takes no other value than `false`.
        (Some(_), Some(_)) => return Vec::new(),
        (Some(_), None) if !pod.workload().whole => return Vec::new(),
        (Some(its_use), None) => its_use.keep(pod, FIELD, context),
        (None, Some(_)) => Fix::manual(
            "Someone said `true`, and nothing here shows what for: say `false` if it does not \
             speak to the API server.",
        ),
        (None, None) => token::leave(pod, FIELD, context),
    };
    let message = match said {
        None if used => "the pod does not say that it mounts an API token".to_owned(),
        _ => format!(
            "the pod mounts an API token of `{account}`, and no binding here gives it rights"
        ),
    };
    vec![Finding::at(pod, FIELD, message, tied(fix)).warning()]
}

/// The kubelet gives a static pod no token, and the API server refuses its mirror if that names a
/// ServiceAccount.
fn of_node(pod: Pod<'_>) -> Finding {
    let fix = Fix::manual(
        "It looks like a static pod of a node, which gets none: if it is another pod, say `false`.",
    );
    let message = "the pod does not say that it mounts no API token";
    Finding { level: Level::Note, ..Finding::at(pod, FIELD, message, fix) }
}
