use super::{
    Check, Finding, Fix, Level, Profile, Rule, Tie, Version, World,
    automount_service_account_token as pods, automount_service_account_token::FIELD, runners,
};
use crate::{manifest::Object, yaml::Node};

pub(super) const RULE: Rule = Rule {
    id: "service-account-automount",
    title: "Accounts must not give their token to pods that do not ask for it",
    why: "A pod that says nothing of it mounts the token of its account, and so does every one that is \
          added later.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting",
    ],
    linux: false,
    check: Check::Object(&["ServiceAccount"], check),
};

fn check(account: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let said = account.node().get(FIELD);
    let off = said.and_then(Node::as_bool) == Some(false);
    if off || !account.group().is_empty() {
        return Vec::new();
    }
    let at = said.unwrap_or(account.node());
    let users = world.inventory.users(account);
    if users.is_empty() {
        let message = "it gives its token to pods that do not ask for it, of which none is here";
        return vec![Finding::about(account, at, message, runners::absent(account, world)).note()];
    }
    let message = "it gives its token to pods that do not ask for it";
    let mut fix = match runners::mute(&users, world) {
        Some(pod) => {
            let object = pod.object();
            Fix::manual(format!(
                "{} `{}` names it, and does not say whether it mounts the token: say it there first.",
                object.kind(),
                object.name()
            ))
        }
        None => Fix::risky([account.set(FIELD, false)], runners::check_what(account)),
    };
    if !fix.wishes.is_empty() {
        for pod in runners::silent(&users) {
            fix = fix.needing(Tie::of(&pods::RULE, pod.object()));
        }
    }
    vec![Finding::about(account, at, message, fix).warning()]
}
