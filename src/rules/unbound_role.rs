use super::{Check, Finding, Fix, Level, Profile, Rule, Version, World, holders};
use crate::manifest::{Object, Reach};

pub(super) const RULE: Rule = Rule {
    id: "unbound-role",
    title: "Roles must be bound to someone",
    why: "A role that nobody has waits for whoever may bind it, and hides which roles count.",
    level: Level::Note,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#periodic-review",
    ],
    linux: false,
    check: Check::Object(holders::ROLES, check),
};

fn check(role: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let inventory = world.inventory;
    let is_own = inventory.is_rbac(role) && !role.is_bootstrap() && !role.name().is_empty();
    // Where nothing is bound, the bindings are elsewhere.
    if !is_own || inventory.bindings().is_empty() || !world.is_complete() {
        return Vec::new();
    }
    if inventory.reach_of(role) != Reach::Unbound || !inventory.takers_of(role).is_empty() {
        return Vec::new();
    }
    let fix = Fix::manual("Delete it, unless it is bound by what is not in these files.");
    let node = role.node().at("metadata/name").unwrap_or(role.node());
    vec![Finding::about(role, node, "nobody in these files is bound to it", fix).note()]
}
