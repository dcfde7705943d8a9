use super::{
    Check, Finding, Level, Profile, Rule, Version, World,
    holders::{self, words},
};
use crate::manifest::{Object, Right};

pub(super) const RULE: Rule = Rule {
    id: "rights-escalation",
    title: "Roles must not let anyone take rights that they were not given",
    why: "`escalate` writes roles that hold more than their writer has, `bind` gives any role to anyone, \
          and `impersonate` acts as someone else: each leads to `cluster-admin`.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#escalate-verb",
        "CIS Kubernetes Benchmark 5.1.8; Kubescape C-0065, C-0191; Trivy KSV-0043; Checkov CKV_K8S_157, CKV_K8S_158, CKV2_K8S_3",
    ],
    linux: false,
    check: Check::Object(holders::ROLES, check),
};

const RBAC: &str = "rbac.authorization.k8s.io";
/// Verbs that Kubernetes asks for beside the usual ones, and on what.
const VERBS: &[(&str, &[(&str, &str)])] = &[
    ("escalate", &[(RBAC, "clusterroles"), (RBAC, "roles")]),
    ("bind", &[(RBAC, "clusterroles"), (RBAC, "roles")]),
    (
        "impersonate",
        &[
            ("", "users"),
            ("", "groups"),
            ("", "serviceaccounts"),
            ("authentication.k8s.io", "uids"),
        ],
    ),
];

fn check(role: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let rights = holders::plain_rights(role, world);
    let found = rights.into_iter().flat_map(|right| {
        VERBS.iter().filter_map(move |(verb, on)| {
            let node = *right.verbs(&[verb]).first()?;
            let on: Vec<&str> = on
                .iter()
                .filter(|(group, resource)| right.resource(group, resource).is_some())
                .map(|(_, resource)| *resource)
                .collect();
            let is_meant = !on.is_empty() && !is_bounded(right, verb);
            is_meant.then(|| (node, format!("`{verb}` on {}", words(&on)), *verb))
        })
    });
    let found = found.map(|(node, message, verb)| {
        let fix = holders::advise(role, world, advice(verb));
        Finding::about(role, node, message, fix).warning()
    });
    found.collect()
}

fn advice(verb: &str) -> &'static str {
    match verb {
        "escalate" => "Who has all that is in a role may write it without `escalate`.",
        "bind" => {
            "Who has all that is in a role may bind it without `bind`; else name the roles in \
             `resourceNames`."
        }
        _ => "Name in `resourceNames` whom it may be.",
    }
}

/// Whether it only reaches what it names. A role that may be escalated may hold anything, whatever
/// its name.
fn is_bounded(right: Right<'_>, verb: &str) -> bool {
    verb != "escalate" && right.is_named()
}
