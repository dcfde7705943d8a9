use super::{Check, Finding, Level, Profile, Rule, Version, World, holders, quoted};
use crate::manifest::Object;

pub(super) const RULE: Rule = Rule {
    id: "pods-exec",
    title: "Roles must not let anyone into running pods",
    why: "Who opens a shell in a pod reads its Secrets and acts with its account. Before v1.35 `get` is \
          enough for it, since a WebSocket begins with one.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
        "Kubescape C-0002, C-0063; Trivy KSV-0053; Checkov CKV2_K8S_2",
    ],
    linux: false,
    check: Check::Object(holders::ROLES, check),
};

/// What leads into a pod, and the verbs that open it.
const DOORS: &[(&str, &[&str])] = &[
    ("pods/exec", &["create", "get"]),
    ("pods/attach", &["create", "get"]),
    ("pods/portforward", &["create", "get"]),
    ("pods/ephemeralcontainers", &["patch", "update"]),
];

fn check(role: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let rights = holders::plain_rights(role, world).into_iter().filter(|right| !right.is_named());
    let found = rights.filter_map(|right| {
        let open = |(door, verbs): &(&'static str, &[&str])| {
            let node = right.resource("", door)?;
            (!right.verbs(verbs).is_empty()).then_some((node, *door))
        };
        let doors: Vec<_> = DOORS.iter().filter_map(open).collect();
        let (node, _) = *doors.first()?;
        Some((node, quoted(doors.into_iter().map(|(_, door)| door))))
    });
    let place = if holders::is_wide(role, world) { "any pod" } else { "any pod of the namespace" };
    let advice = "Take it away, unless debugging pods is what it is for.";
    let fix = || holders::advise(role, world, advice);
    let finding = |(node, doors)| {
        let message = format!("{doors} of {place}");
        Finding::about(role, node, message, fix()).warning()
    };
    found.map(finding).collect()
}
