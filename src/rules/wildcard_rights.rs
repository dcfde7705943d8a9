use super::{Check, Finding, Level, Profile, Rule, Version, World, holders, wildcard};
use crate::manifest::Object;

pub(super) const RULE: Rule = Rule {
    id: "wildcard-rights",
    title: "Roles must name the verbs and resources that they allow",
    why: "`*` also allows what nobody thought of: reading Secrets, opening a shell in pods, granting \
          oneself more; and whatever later versions and new custom resources add.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
        "CIS Kubernetes Benchmark 5.1.3; Kubescape C-0187; Trivy KSV-0044, KSV-0045, KSV-0046; Checkov CKV_K8S_49",
    ],
    linux: false,
    check: Check::Object(holders::ROLES, check),
};

const LISTS: [&str; 4] = ["verbs", "resources", "apiGroups", "nonResourceURLs"];
fn check(role: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let rights = holders::rights(role, world);
    let is_wide = holders::is_wide(role, world);
    let fix = || {
        holders::advise(
            role,
            world,
            "Name the verbs and resources that it uses; the audit log of the API server tells them.",
        )
    };
    let found = rights.into_iter().filter_map(|right| {
        let star = LISTS.iter().find_map(|list| right.word(list, "*"))?;
        let finding = Finding::about(role, star, wildcard::told(right, is_wide)?, fix());
        Some(if wildcard::is_open(right) { finding.warning() } else { finding.note() })
    });
    found.collect()
}
