use super::{Check, Finding, Level, Profile, Rule, Version, World, holders};
use crate::manifest::Object;

pub(super) const RULE: Rule = Rule {
    id: "token-requests",
    title: "Roles must not let tokens be made for any account",
    why: "Who makes a token for an account has its rights, and those of all accounts together are \
          seldom less than `cluster-admin`.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#token-request",
        "CIS Kubernetes Benchmark 5.1.13",
    ],
    linux: false,
    check: Check::Object(holders::ROLES, check),
};

fn check(role: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let rights = holders::plain_rights(role, world).into_iter().filter(|right| !right.is_named());
    let nodes = rights.filter_map(|right| {
        let node = right.resource("", "serviceaccounts/token")?;
        (!right.verbs(&["create"]).is_empty()).then_some(node)
    });
    let of_namespace = if holders::is_wide(role, world) { "" } else { " of the namespace" };
    let message =
        format!("`create` on `serviceaccounts/token`: a token for any account{of_namespace}");
    let advice = "Name the accounts that it needs tokens for in `resourceNames`.";
    let fix = || holders::advise(role, world, advice);
    let finding = |node| Finding::about(role, node, message.clone(), fix()).warning();
    nodes.map(finding).collect()
}
