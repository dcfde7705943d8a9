use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Version, token, token::Use};
use crate::{
    manifest::{Object, Part as _, Pod},
    yaml::Node,
};

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

const FIELD: &str = "automountServiceAccountToken";
const SILENT: &str =
    "No program of its images speaks to the API server, and no binding gives it rights.";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let said = pod.flag(FIELD);
    let inventory = context.inventory;
    let namespace = inventory.namespace_of(pod.object());
    let account = pod.account();
    // What the account says counts where the pod says nothing, if all that have its name say it.
    let mut accounts = inventory.accounts(namespace.as_deref(), &account).peekable();
    let off = |object: Object<'_>| object.node().get(FIELD).and_then(Node::as_bool) == Some(false);
    let mounts = said.unwrap_or_else(|| accounts.peek().is_none() || !accounts.all(off));
    if !mounts {
        return Vec::new();
    }
    if pod.is_static() {
        return vec![of_node(pod)];
    }
    let its_use = Use::of(pod, context);
    let used = its_use.is_some();
    let silent = || token::silent(pod, context).filter(|_| account == "default");
    let fix = match (its_use, said) {
        // Knative takes no other value than `false`.
        (Some(_), Some(_)) => return Vec::new(),
        (Some(_), None) if !pod.workload().whole => return Vec::new(),
        (Some(its_use), None) => its_use.keep(pod, FIELD, context),
        (None, Some(_)) => Fix::manual(
            "Someone said `true`, and nothing here shows what for: say `false` if it does not \
             speak to the API server.",
        ),
        (None, None) => match silent() {
            Some(evidence) => Fix::safe([pod.set(FIELD, false)], SILENT).resting_on(evidence),
            None => Fix::risky([pod.set(FIELD, false)], check_what(&account)),
        },
    };
    let message = match said {
        None if used => "the pod does not say that it mounts an API token".to_owned(),
        _ => format!(
            "the pod mounts an API token of `{account}`, and no binding here gives it rights"
        ),
    };
    vec![Finding::at(pod, FIELD, message, fix).warning()]
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

fn check_what(account: &str) -> String {
    let what = match account {
        "default" => "Check that nothing outside of these files gives rights to `default`",
        _ => "It has an account of its own: check that it does not call the API server",
    };
    format!("{what}, and that no sidecar that is injected needs the token.")
}
