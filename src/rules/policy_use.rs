//! Which namespaces a PodSecurityPolicy holds for.
//!
//! In: the roles and bindings of an [`Inventory`]. Out: the namespaces whose pods may use it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    manifest::{Inventory, Object},
    yaml::Node,
};

/// Who may use policies, as far as the input tells.
#[derive(Debug, Default)]
pub(super) struct PolicyUses {
    /// By the name of the policy.
    named: BTreeMap<String, Reach>,
    /// All of them.
    any: Reach,
}

/// Where pods may use a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// In these namespaces.
    pub(super) namespaces: BTreeSet<String>,
    /// In others that are not known, or in all.
    pub(super) beyond: bool,
}

/// Which policies a role lets use; none is all of them.
type Names = Option<BTreeSet<String>>;

impl PolicyUses {
    pub(super) fn of(inventory: &Inventory<'_>) -> PolicyUses {
        let mut roles: BTreeMap<(Option<String>, String), Vec<Names>> = BTreeMap::new();
        for kind in ["Role", "ClusterRole"] {
            for role in inventory.of_kind(kind) {
                let namespace = match kind {
                    "Role" => Some(inventory.namespace_of(role).unwrap_or_default().into_owned()),
                    _ => None,
                };
                let rules = role.node().get("rules").into_iter().flat_map(Node::items);
                let names: Vec<Names> = rules.filter_map(policies).collect();
                if !names.is_empty() {
                    roles.entry((namespace, role.name().into_owned())).or_default().extend(names);
                }
            }
        }
        let mut uses = PolicyUses::default();
        if roles.is_empty() {
            return uses;
        }
        for kind in ["RoleBinding", "ClusterRoleBinding"] {
            for binding in inventory.of_kind(kind) {
                let word = |path| Some(binding.node().at(path)?.as_str()?.into_owned());
                let Some(name) = word("roleRef/name") else { continue };
                let own = inventory.namespace_of(binding).unwrap_or_default().into_owned();
                let namespace = word("roleRef/kind").filter(|kind| kind == "Role").map(|_| own);
                let Some(names) = roles.get(&(namespace, name)) else { continue };
                let reach = Reach::of(binding, inventory);
                names.iter().for_each(|names| uses.add(names.as_ref(), &reach));
            }
        }
        uses
    }

    fn add(&mut self, names: Option<&BTreeSet<String>>, reach: &Reach) {
        match names {
            None => self.any.extend(reach),
            Some(names) => {
                for name in names {
                    self.named.entry(name.clone()).or_default().extend(reach);
                }
            }
        }
    }

    /// Where pods may use the policy of this name.
    pub(super) fn reach(&self, name: &str) -> Reach {
        let mut reach = self.any.clone();
        self.named.get(name).into_iter().for_each(|own| reach.extend(own));
        reach
    }
}

impl Reach {
    /// A RoleBinding lets the pods of its namespace use it; a ClusterRoleBinding those of its
    /// accounts, wherever they are, and whatever people and their groups make.
    fn of(binding: Object<'_>, inventory: &Inventory<'_>) -> Reach {
        let mut reach = Reach::default();
        if binding.kind() == "RoleBinding" {
            match inventory.namespace_of(binding) {
                Some(namespace) => drop(reach.namespaces.insert(namespace.into_owned())),
                None => reach.beyond = true,
            }
            return reach;
        }
        for subject in binding.node().get("subjects").into_iter().flat_map(Node::items) {
            let word = |key| subject.get(key).and_then(Node::as_str);
            let namespace = match word("kind").as_deref() {
                Some("ServiceAccount") => word("namespace").map(|it| it.into_owned()),
                _ => word("name").and_then(|name| {
                    Some(name.strip_prefix("system:serviceaccounts:")?.to_owned())
                }),
            };
            match namespace {
                Some(namespace) => drop(reach.namespaces.insert(namespace)),
                None => reach.beyond = true,
            }
        }
        reach
    }

    /// The namespaces, as a command takes them.
    pub(super) fn words(&self) -> String {
        let names: Vec<&str> = self.namespaces.iter().map(String::as_str).collect();
        match names.is_empty() {
            true if self.beyond => "--all".to_owned(),
            true => "NAMESPACE".to_owned(),
            false => names.join(" "),
        }
    }

    fn extend(&mut self, other: &Reach) {
        self.namespaces.extend(other.namespaces.iter().cloned());
        self.beyond |= other.beyond;
    }
}

/// The policies that a rule of a role lets use, if any.
fn policies(rule: Node<'_>) -> Option<Names> {
    let says = |key: &str, words: &[&str]| {
        let mut items = rule.get(key).into_iter().flat_map(Node::items).filter_map(Node::as_str);
        items.any(|item| item == "*" || words.contains(&&*item))
    };
    let uses = says("verbs", &["use"])
        && says("resources", &["podsecuritypolicies"])
        && says("apiGroups", &["policy", "extensions"]);
    let names = rule.get("resourceNames").into_iter().flat_map(Node::items);
    let names: BTreeSet<String> =
        names.filter_map(Node::as_str).map(|it| it.into_owned()).collect();
    uses.then(|| (!names.is_empty()).then_some(names))
}
