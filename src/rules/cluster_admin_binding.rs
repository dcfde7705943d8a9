use super::{
    Check, Finding, Fix, Level, Profile, Rule, Version, World,
    holders::{self, listed},
};
use crate::manifest::{Bound, Object, RoleRef, Whom};

pub(super) const RULE: Rule = Rule {
    id: "cluster-admin-binding",
    title: "Bindings must not make anyone `cluster-admin`",
    why: "Who holds the token of one pod then holds the cluster: every Secret, every node, every right.",
    level: Level::Error,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
        "CIS Kubernetes Benchmark 5.1.1; Kubescape C-0035, C-0185; Trivy KSV-0111",
    ],
    linux: false,
    check: Check::Object(holders::BINDINGS, check),
};

fn check(binding: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let Some((bound, role)) = holders::bound(binding, world) else { return Vec::new() };
    let of_system = bound.subjects.iter().all(|subject| subject.whom.is_of_system());
    if bound.subjects.is_empty()
        || binding.is_bootstrap() && of_system
        || !is_all(bound, role, world)
    {
        return Vec::new();
    }
    let subjects = bound.subjects.iter().enumerate();
    let who = listed(
        subjects
            .map(|(place, it)| format!("{}{}", it.whom, holders::running(bound, place, world)))
            .collect(),
    );
    let place = match (bound.is_wide, world.inventory.namespace_of(binding)) {
        (true, _) => "in the cluster".to_owned(),
        (false, Some(namespace)) => format!("in namespace `{namespace}`"),
        (false, None) => "in a namespace".to_owned(),
    };
    let fix = Fix::manual(
        "Bind a role that holds only what is needed, such as `admin` by a RoleBinding. `roleRef` \
         cannot be changed: make another binding, and delete this one.",
    );
    let node = role.node.get("name").unwrap_or(role.node);
    let finding = Finding::about(binding, node, format!("{who} may do everything {place}"), fix);
    let is_open =
        |whom: &Whom<'_>| whom.is_anonymous() || whom.is_of_accounts() || whom.is_everyone();
    match bound.subjects.iter().any(|subject| is_open(&subject.whom)) {
        true => vec![finding],
        false => vec![finding.warning()],
    }
}

/// Whether a role allows everything, by its name or by what it says.
fn is_all(bound: &Bound<'_>, role: &RoleRef<'_>, world: &World<'_>) -> bool {
    if role.is_cluster && role.name == "cluster-admin" {
        return true;
    }
    let inventory = world.inventory;
    let roles = inventory.roles_of(bound.object, role);
    roles.into_iter().any(|role| inventory.rights_of(role).iter().any(|right| right.is_all()))
}
