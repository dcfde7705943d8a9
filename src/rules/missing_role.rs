use super::{Check, Finding, Fix, Level, Profile, Rule, Version, World, holders};
use crate::manifest::{Object, OpenShift, RoleRef};

pub(super) const RULE: Rule = Rule {
    id: "missing-role",
    title: "Bindings must name a role that is there",
    why: "A binding to a role that is not there gives nothing; and whoever may create the role decides \
          later what it gives.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding",
    ],
    linux: false,
    check: Check::Object(holders::BINDINGS, check),
};

fn check(binding: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let Some((bound, role)) = holders::bound(binding, world) else { return Vec::new() };
    let inventory = world.inventory;
    let is_there = role.is_built_in() || !inventory.roles_of(binding, role).is_empty();
    if is_there || bound.is_wide && !role.is_cluster {
        return Vec::new();
    }
    // OpenShift has more roles of its own, and operators of it make some.
    if !world.is_complete() || inventory.openshift(binding) != OpenShift::Nowhere {
        return Vec::new();
    }
    let node = role.node.get("name").unwrap_or(role.node);
    let (kind, name) = (role.kind(), &role.name);
    if let Some(other) = near(binding, role, world) {
        let message = format!("there is no {kind} `{name}` in these files, but {other}");
        let fix =
            Fix::manual("`roleRef` cannot be changed: make another binding, and delete this one.");
        return vec![Finding::about(binding, node, message, fix).warning()];
    }
    let message = format!("there is no {kind} `{name}` in these files");
    let fix = Fix::manual("Check that something else makes it; else delete the binding.");
    vec![Finding::about(binding, node, message, fix).note()]
}

/// What may be meant: a role of that name of the other kind, or in another namespace.
fn near(binding: Object<'_>, role: &RoleRef<'_>, world: &World<'_>) -> Option<String> {
    let inventory = world.inventory;
    let named = |kind: &str| inventory.role_named(kind, &role.name);
    let other = if role.is_cluster { "Role" } else { "ClusterRole" };
    if named(other).is_some() {
        return Some(format!("a {other} of that name"));
    }
    let elsewhere = named("Role").filter(|_| !role.is_cluster)?;
    let namespace = inventory.namespace_of(elsewhere)?.into_owned();
    let own = inventory.namespace_of(binding)?;
    (own != namespace).then(|| format!("one in namespace `{namespace}`"))
}
