use super::{
    Check, Finding, Level, Profile, Rule, Version, World,
    holders::{self, verbs},
};
use crate::manifest::Object;

pub(super) const RULE: Rule = Rule {
    id: "nodes-proxy",
    title: "Roles must not give the whole API of the kubelet",
    why: "`nodes/proxy` runs commands in every pod of a node, past admission and the audit log; `get` is \
          enough for it, since a WebSocket begins with one.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#access-to-proxy-subresource-of-nodes",
        "CIS Kubernetes Benchmark 5.1.10; Kubescape C-0280; Trivy KSV-0047; Checkov CKV2_K8S_2",
    ],
    linux: false,
    check: Check::Object(&["ClusterRole"], check),
};

fn check(role: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let rights = holders::plain_rights(role, world).into_iter().filter(|right| !right.is_named());
    let found = rights.filter_map(|right| {
        let asking = right.verbs(&["create", "get", "patch", "update", "delete"]);
        let node = right.resource("", "nodes/proxy").filter(|_| !asking.is_empty())?;
        let asking: Vec<_> = asking.into_iter().map(|verb| verb.text()).collect();
        Some((node, format!("{} on `nodes/proxy`: commands in every pod", verbs(&asking))))
    });
    let found: Vec<_> = found.collect();
    // Nodes are in no namespace: a RoleBinding gives nothing of them.
    if found.is_empty() || !holders::is_wide(role, world) {
        return Vec::new();
    }
    let advice = "Metrics, statistics and logs need only `nodes/metrics`, `nodes/stats` and \
                  `nodes/log`; from v1.33 on there are `nodes/pods`, `nodes/healthz` and \
                  `nodes/configz`, too.";
    let fix = || holders::advise(role, world, advice);
    let found = found.into_iter();
    found.map(|(node, message)| Finding::about(role, node, message, fix()).warning()).collect()
}
