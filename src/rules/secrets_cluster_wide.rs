use super::{
    Check, Finding, Level, Profile, Rule, Version, World,
    holders::{self, verbs},
};
use crate::manifest::Object;

pub(super) const RULE: Rule = Rule {
    id: "secrets-cluster-wide",
    title: "ClusterRoles must not let the Secrets of all namespaces be read",
    why: "Secrets hold the passwords, keys and tokens of everything else in the cluster; `list` and \
          `watch` show what is in them, as `get` does.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets",
        "CIS Kubernetes Benchmark 5.1.2; Kubescape C-0015, C-0186; Trivy KSV-0041; Checkov CKV2_K8S_5",
    ],
    linux: false,
    check: Check::Object(&["ClusterRole"], check),
};

fn check(role: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let rights = holders::plain_rights(role, world);
    let reads = rights.into_iter().filter(|right| !right.is_named()).filter_map(|right| {
        let reading = right.verbs(&["get", "list", "watch"]);
        let node = right.resource("", "secrets").filter(|_| !reading.is_empty())?;
        let reading: Vec<_> = reading.into_iter().map(|verb| verb.text()).collect();
        Some((node, format!("{} on the Secrets of all namespaces", verbs(&reading))))
    });
    let reads: Vec<_> = reads.collect();
    if reads.is_empty() || !holders::is_wide(role, world) {
        return Vec::new();
    }
    let advice = "Name the Secrets in `resourceNames`, or bind it by RoleBindings in the namespaces \
                  whose Secrets it needs.";
    let fix = || holders::advise(role, world, advice);
    let found = reads.into_iter();
    found.map(|(node, message)| Finding::about(role, node, message, fix()).warning()).collect()
}
