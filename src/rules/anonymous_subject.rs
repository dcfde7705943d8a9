use super::{Check, Finding, Fix, Level, Profile, Rule, Version, World, holders};
use crate::manifest::{Object, Right, RoleRef};

pub(super) const RULE: Rule = Rule {
    id: "anonymous-subject",
    title: "Bindings must not give rights to those who do not say who they are",
    why: "Whoever reaches the API server has them, from the Internet too if that leads there; known \
          attacks begin with this.",
    level: Level::Error,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
        "CIS GKE Benchmark 4.1.8, 4.1.9; Kubescape C-0262; Trivy KSV-0122",
    ],
    linux: false,
    check: Check::Object(holders::BINDINGS, check),
};

/// The roles that are there to be read by everyone: versions and health, how to check tokens, how
/// to join.
const PUBLIC: &[&str] = &[
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
    "kubeadm:bootstrap-signer-clusterinfo",
];
/// What the first of them allows.
const URLS: &[&str] = &["/healthz", "/livez", "/readyz", "/version", "/version/"];

fn check(binding: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let Some((bound, role)) = holders::bound(binding, world) else { return Vec::new() };
    if is_public(binding, role, world) {
        return Vec::new();
    }
    let found = bound.subjects.iter().filter(|subject| subject.whom.is_anonymous());
    let found = found.map(|subject| {
        let (kind, name) = (role.kind(), &role.name);
        let message = format!("anyone at all gets {kind} `{name}`, as {}", subject.whom);
        let fix = Fix::manual(
            "Take it away, and name the accounts, users or groups that need the role. Look in the \
             audit log for requests of `system:anonymous` first.",
        );
        Finding::about(binding, subject.node, message, fix)
    });
    found.collect()
}

/// Whether the role allows nothing but what everyone may know.
fn is_public(binding: Object<'_>, role: &RoleRef<'_>, world: &World<'_>) -> bool {
    if PUBLIC.contains(&&*role.name) {
        return true;
    }
    let roles = world.inventory.roles_of(binding, role);
    let reads = |right: &Right<'_>| {
        let urls = right.words("nonResourceURLs");
        let all = !urls.is_empty() && urls.iter().all(|url| URLS.contains(&&**url));
        all && right.words("resources").is_empty() && right.words("verbs") == ["get"]
    };
    let mut rights = roles.iter().flat_map(|role| world.inventory.rights_of(*role));
    !roles.is_empty() && rights.all(|right| reads(&right))
}
