use super::{Check, Finding, Fix, Level, Profile, Rule, Version, World};
use crate::{manifest::Object, yaml::Node};

pub(super) const RULE: Rule = Rule {
    id: "dashboard-rights",
    title: "The Dashboard must not have all rights",
    why: "People work with rights of their own once they have logged in. What the account of the \
          Dashboard may do itself is what everyone may who gets past the login.",
    level: Level::Error,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://github.com/kubernetes/dashboard/blob/v2.7.0/docs/user/access-control/README.md",
        "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles",
    ],
    linux: false,
    check: Check::Object(&["ClusterRoleBinding", "RoleBinding"], check),
};

fn check(binding: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let Some(role) = binding.node().get("roleRef").filter(|role| is_all(binding, *role, world))
    else {
        return Vec::new();
    };
    let role = role.get("name").map(Node::text).unwrap_or_default();
    let own = world.inventory.namespace_of(binding);
    let subjects = binding.node().get("subjects").into_iter().flat_map(Node::items);
    let found = subjects.filter_map(|subject| {
        let word = |key| subject.get(key).and_then(Node::as_str);
        let name = word("name").filter(|_| word("kind").as_deref() == Some("ServiceAccount"))?;
        let namespace = word("namespace").or(own.clone());
        if !world.is_of_dashboard(namespace.as_deref(), &name) {
            return None;
        }
        let all = match &*binding.kind() {
            "RoleBinding" => "all rights in a namespace",
            _ => "all rights",
        };
        let message = format!("it gives `{name}`, the account of the Dashboard, {all}");
        let fix = Fix::manual(format!(
            "Take it out of the subjects: the Dashboard needs but a few rights in its own namespace, \
             and who logs in brings their own. Give `{role}` to those who need it, by name."
        ));
        Some(Finding::about(binding, subject, message, fix))
    });
    found.collect()
}

/// Whether a role gives every right: the one that everyone knows, or one that says so here.
fn is_all(binding: Object<'_>, role: Node<'_>, world: &World<'_>) -> bool {
    let word = |key| role.get(key).and_then(Node::as_str).unwrap_or_default();
    let (kind, name) = (word("kind"), word("name"));
    if kind == "ClusterRole" && name == "cluster-admin" {
        return true;
    }
    let namespace = world.inventory.namespace_of(binding);
    let is_named = |it: &Object<'_>| {
        it.name() == name
            && (kind == "ClusterRole" || world.inventory.namespace_of(*it) == namespace)
    };
    let everything = |rule: Node<'_>| {
        ["apiGroups", "resources", "verbs"].into_iter().all(|key| {
            rule.get(key).is_some_and(|list| list.items().any(|item| item.text() == "*"))
        })
    };
    let mut named = world.inventory.of_kind(&kind).filter(is_named);
    named.any(|it| it.node().get("rules").is_some_and(|rules| rules.items().any(everything)))
}
