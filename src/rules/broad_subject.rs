use super::{Check, Finding, Fix, Level, Profile, Rule, Version, World, holders};
use crate::manifest::{Object, Right, RoleRef};

pub(super) const RULE: Rule = Rule {
    id: "broad-subject",
    title: "Bindings must not give rights to everyone whom the cluster knows",
    why: "`system:authenticated` holds every user and every pod, on some clouds everyone with an \
          account there; `system:serviceaccounts` holds every pod.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#service-account-permissions",
        "CIS GKE Benchmark 4.1.10; Kubescape C-0265",
    ],
    linux: false,
    check: Check::Object(holders::BINDINGS, check),
};

/// The roles that Kubernetes gives to everyone itself.
const PUBLIC: &[&str] = &[
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:cluster-trust-bundle-discovery",
    "system:service-account-issuer-discovery",
];

fn check(binding: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let Some((bound, role)) = holders::bound(binding, world) else { return Vec::new() };
    if PUBLIC.contains(&&*role.name) {
        return Vec::new();
    }
    let is_narrow = is_narrow(binding, role, world);
    let found = bound.subjects.iter().filter(|subject| subject.whom.is_everyone());
    let found = found.map(|subject| {
        let (kind, name, whom) = (role.kind(), &role.name, &subject.whom);
        let message = format!("everyone in {whom} gets {kind} `{name}`");
        let fix = Fix::manual(match is_narrow {
            true => "It only lets them read what it names: check that everyone may know that.",
            false => "Name the accounts, users or groups that need the role.",
        });
        let finding = Finding::about(binding, subject.node, message, fix);
        if is_narrow { finding.note() } else { finding.warning() }
    });
    found.collect()
}

/// Whether the role only lets objects be read that it names, or URLs that are no resources.
fn is_narrow(binding: Object<'_>, role: &RoleRef<'_>, world: &World<'_>) -> bool {
    let roles = world.inventory.roles_of(binding, role);
    let reads = |right: &Right<'_>| {
        let reads = ["get", "list", "watch"];
        let is_url =
            right.words("resources").is_empty() && right.word("nonResourceURLs", "*").is_none();
        let only_reads = right.words("verbs").iter().all(|verb| reads.contains(&&**verb));
        only_reads && (right.is_named() || is_url)
    };
    let mut rights = roles.iter().flat_map(|role| world.inventory.rights_of(*role));
    !roles.is_empty() && rights.all(|right| reads(&right))
}
