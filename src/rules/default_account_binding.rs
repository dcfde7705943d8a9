use serde_json::json;

use super::{
    Check, Finding, Fix, Level, Profile, Rule, Tie, Version, World, default_service_account,
};
use crate::{manifest::Object, yaml::Node};

pub(super) const RULE: Rule = Rule {
    id: "default-account-binding",
    title: "Bindings must not give rights to the account `default`",
    why: "Every pod of the namespace that names no account gets them, and so does whoever may make \
          a pod there.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
        "CIS Kubernetes Benchmark 5.1.5",
    ],
    linux: false,
    check: Check::Object(&["ClusterRoleBinding", "RoleBinding"], check),
};

fn check(binding: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        named(binding).map(|subject| stays(binding, subject)).collect();
    if findings.is_empty() {
        return findings;
    }
    for (object, account) in world.sharers().leavers(binding, world) {
        let (kind, name) = (object.kind(), object.name());
        let mut subject = json!({ "kind": "ServiceAccount", "name": account });
        let namespace = world.inventory.namespace_of(object);
        if let Some(namespace) = namespace.or_else(|| binding.namespace()) {
            subject["namespace"] = json!(namespace);
        }
        let reason = format!(
            "{kind} `{name}` keeps the rights that it has. Who applies the binding must have these \
             rights, or may `bind` the role; take it away again if it needs none."
        );
        let fix = Fix::risky([binding.include("subjects", subject)], reason)
            .tied(Tie::of(&RULE, binding).about(object))
            .needing(Tie::of(&default_service_account::RULE, object));
        let message = format!("{kind} `{name}` has rights as `default`, which it leaves");
        let subjects = binding.node().get("subjects").unwrap_or(binding.node());
        findings.push(Finding::about(binding, subjects, message, fix).warning());
    }
    findings
}

/// The subjects that are the account `default` of a namespace.
fn named<'t>(binding: Object<'t>) -> impl Iterator<Item = Node<'t>> {
    let subjects = binding.node().get("subjects").into_iter().flat_map(Node::items);
    subjects.filter(|subject| {
        let word = |key| subject.get(key).and_then(Node::as_str).unwrap_or_default();
        match &*word("kind") {
            "ServiceAccount" => word("name") == "default",
            "User" => {
                let name = word("name");
                name.starts_with("system:serviceaccount:") && name.ends_with(":default")
            }
            _ => false,
        }
    })
}

fn stays(binding: Object<'_>, subject: Node<'_>) -> Finding {
    let fix = Fix::manual(
        "Name the accounts that need the rights, and take `default` away once nothing runs as it.",
    );
    let message = "the account `default` gets rights, and with it every pod that names no other";
    Finding::about(binding, subject, message, fix).warning()
}
