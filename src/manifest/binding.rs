//! Who is bound to which role.
//!
//! In: the bindings of all sources. Out: [`Grants`], in which each is found by its role and by the
//! accounts that it names.

use std::{borrow::Cow, collections::HashMap};

use super::{Inventory, Object, Whom, folder, rights::is_rbac, source::text, stands_below};
use crate::yaml::{Node, Pointer};

/// Everything that bindings say.
#[derive(Default)]
pub(super) struct Grants<'t> {
    bindings: Vec<Bound<'t>>,
    /// The subjects that are one account, by its name.
    of_accounts: HashMap<Cow<'t, str>, Vec<Spot>>,
    /// The subjects that are groups of accounts.
    of_groups: Vec<Spot>,
    /// The roles, by their names.
    roles: HashMap<Cow<'t, str>, Namesakes<'t>>,
    /// The ClusterRoles that are put together from others.
    aggregated: Vec<Object<'t>>,
}

/// The roles of one name.
#[derive(Default)]
struct Namesakes<'t> {
    of_cluster: Vec<Object<'t>>,
    /// By the namespace that they are in; an empty one is not known.
    of_namespaces: HashMap<Cow<'t, str>, Vec<Object<'t>>>,
}

/// A subject: the index of its binding, and its own there.
type Spot = (usize, usize);

/// What a binding says.
pub struct Bound<'t> {
    /// The binding.
    pub object: Object<'t>,
    /// Its place among all bindings.
    index: usize,
    /// Whether it holds in all namespaces.
    pub is_wide: bool,
    /// The role that it gives, if it names one.
    pub role: Option<RoleRef<'t>>,
    /// Those to whom it gives it.
    pub subjects: Vec<Subject<'t>>,
}

/// A role, as a binding names it.
#[derive(Clone, Debug)]
pub struct RoleRef<'t> {
    /// Where it says so.
    pub node: Node<'t>,
    /// Whether it is a ClusterRole; else it is a Role in the namespace of the binding.
    pub is_cluster: bool,
    /// Its name.
    pub name: Cow<'t, str>,
}

/// A subject of a binding.
#[derive(Clone, Debug)]
pub struct Subject<'t> {
    /// Where it says so.
    pub node: Node<'t>,
    /// Whom it means.
    pub whom: Whom<'t>,
}

/// A binding that gives rights to a ServiceAccount, and where it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// `RoleBinding` or `ClusterRoleBinding`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The source that it is in.
    pub source: usize,
    /// The document of the source.
    pub document: usize,
    /// Its place among all bindings.
    index: usize,
    /// The subject that matched.
    pub at: Pointer,
    /// Whether the namespaces are known to be the same; else one of them is not said.
    pub certain: bool,
}

impl<'t> Grants<'t> {
    /// Takes a role that is in a namespace.
    pub(super) fn add_role(&mut self, role: Object<'t>, namespace: Option<Cow<'t, str>>) {
        if !is_rbac(role) {
            return;
        }
        let namesakes = self.roles.entry(role.name()).or_default();
        match role.kind() == "ClusterRole" {
            true => namesakes.of_cluster.push(role),
            false => {
                namesakes.of_namespaces.entry(namespace.unwrap_or_default()).or_default().push(role)
            }
        }
        if role.is_aggregated() {
            self.aggregated.push(role);
        }
    }

    /// Takes a binding that is in a namespace.
    pub(super) fn add_binding(&mut self, object: Object<'t>, namespace: Option<Cow<'t, str>>) {
        if !is_rbac(object) {
            return;
        }
        let index = self.bindings.len();
        let bound = Bound::of(object, index, namespace.as_ref());
        for (place, subject) in bound.subjects.iter().enumerate() {
            match &subject.whom {
                Whom::Account { name, .. } => {
                    self.of_accounts.entry(name.clone()).or_default().push((index, place));
                }
                whom if whom.is_of_accounts() => self.of_groups.push((index, place)),
                _ => {}
            }
        }
        self.bindings.push(bound);
    }

    /// All bindings, in the order of sources and documents.
    pub(super) fn bindings(&self) -> &[Bound<'t>] {
        &self.bindings
    }

    /// Whether any subject is an account of this name.
    pub(super) fn names(&self, account: &str) -> bool {
        self.of_accounts.contains_key(account)
    }

    /// The ClusterRoles of a name.
    pub(super) fn cluster_roles(&self, name: &str) -> impl Iterator<Item = Object<'t>> {
        self.roles.get(name).into_iter().flat_map(|it| &it.of_cluster).copied()
    }

    /// The Roles of a name that are in a namespace.
    pub(super) fn roles_in(&self, name: &str, namespace: Option<&str>) -> &[Object<'t>] {
        let namesakes = self.roles.get(name);
        let roles = namesakes.and_then(|it| it.of_namespaces.get(namespace.unwrap_or_default()));
        roles.map(Vec::as_slice).unwrap_or_default()
    }

    /// The Roles of a name, in all namespaces.
    pub(super) fn roles(&self, name: &str) -> impl Iterator<Item = Object<'t>> {
        let namesakes = self.roles.get(name).into_iter();
        namesakes.flat_map(|it| it.of_namespaces.values()).flatten().copied()
    }

    /// The ClusterRoles that are put together from others.
    pub(super) fn aggregated(&self) -> &[Object<'t>] {
        &self.aggregated
    }

    /// The subjects that mean an account, those of its own name first; each with whether it is
    /// certain that they do.
    pub(super) fn reaching(
        &self,
        inventory: &Inventory<'_>,
        object: Object<'_>,
        account: &str,
    ) -> Vec<(Spot, bool)> {
        let namespace = inventory.namespace_of(object);
        let namespace = namespace.as_deref();
        let named = self.of_accounts.get(account).map(Vec::as_slice).unwrap_or_default();
        if named.is_empty() && self.of_groups.is_empty() {
            return Vec::new();
        }
        let put_in = inventory.put_in(object.source());
        let mut reaching: Vec<(Spot, bool)> = named
            .iter()
            .filter_map(|&spot| {
                let Whom::Account { namespace: its, .. } = &self.subject(spot).whom else {
                    return None;
                };
                match its.as_deref() {
                    its if its == namespace => Some((spot, true)),
                    its if account != "default" && (its.is_none() || namespace.is_none()) => {
                        Some((spot, false))
                    }
                    Some(its) if put_in.contains(its) => Some((spot, false)),
                    _ => None,
                }
            })
            .collect();
        reaching.sort_by_key(|(_, certain)| !certain);
        let of_groups = self.of_groups.iter().filter(|spot| {
            self.subject(**spot).whom.accounts_of().is_none_or(|its| Some(its) == namespace)
        });
        reaching.extend(of_groups.map(|&spot| (spot, true)));
        reaching
    }

    pub(super) fn subject(&self, (binding, subject): Spot) -> &Subject<'t> {
        &self.bindings[binding].subjects[subject]
    }
}

impl<'t> Bound<'t> {
    fn of(object: Object<'t>, index: usize, namespace: Option<&Cow<'t, str>>) -> Bound<'t> {
        let subjects = object.node().get("subjects").into_iter().flat_map(Node::items);
        let subject = |node| Some(Subject { node, whom: Whom::of(node, namespace)? });
        Bound {
            object,
            index,
            is_wide: object.kind() == "ClusterRoleBinding",
            role: object.node().get("roleRef").and_then(RoleRef::of),
            subjects: subjects.filter_map(subject).collect(),
        }
    }
}

impl Bound<'_> {
    /// Its place among all bindings.
    pub(super) fn index(&self) -> usize {
        self.index
    }
}

impl<'t> RoleRef<'t> {
    fn of(node: Node<'t>) -> Option<RoleRef<'t>> {
        let name = text(node, "name")?;
        // OpenShift's own group says no kind, and a namespace for Roles.
        let is_cluster = match text(node, "kind") {
            Some(kind) => kind == "ClusterRole",
            None => text(node, "namespace").is_none(),
        };
        Some(RoleRef { node, is_cluster, name })
    }

    /// `ClusterRole` or `Role`
    pub fn kind(&self) -> &'static str {
        if self.is_cluster { "ClusterRole" } else { "Role" }
    }
}

impl<'t> Inventory<'t> {
    /// What says a binding of an account.
    pub fn object_of(&self, binding: &Binding) -> Object<'t> {
        self.grants().bindings[binding.index].object
    }

    /// A binding that gives rights to an account `default` of which nobody can tell whether it is that
    /// of an object, since one of them says no namespace; and whether it looks so: it is that of the
    /// namespace where `kubectl` puts what says none, or one of the two stands in the folder of the
    /// other or below.
    pub fn perhaps_bound(&self, object: Object<'_>) -> Option<(Object<'t>, bool)> {
        let grants = self.grants();
        let namespace = self.namespace_of(object);
        let own = self.name_of(object);
        let seems = |&(binding, subject): &Spot| {
            let bound = &grants.bindings[binding];
            let Whom::Account { namespace: its, .. } = &bound.subjects[subject].whom else {
                return None;
            };
            if *its == namespace || its.is_some() && namespace.is_some() {
                return None;
            }
            let file = self.name_of(bound.object);
            let is_near = stands_below(own, folder(file)) || stands_below(file, folder(own));
            Some((bound.object, is_near || its.as_deref() == Some("default")))
        };
        let perhaps = grants.of_accounts.get("default")?.iter().filter_map(seems);
        perhaps.reduce(|first, next| if first.1 { first } else { next })
    }

    /// The bindings that plausibly mean a ServiceAccount, those of its own name first.
    ///
    /// Of accounts whose namespace is not known, of those that a binding names without saying where,
    /// and of those that a kustomization puts there, it is not certain; the account `default` exists
    /// in every namespace, so that its name alone tells nothing. `system:authenticated` holds people
    /// too and tells nothing of pods. All accounts of a cluster may have rights in one namespace
    /// without any pod using them; there, its own pods may.
    pub fn bindings_of(&self, object: Object<'_>, account: &str) -> Vec<Binding> {
        let grants = self.grants();
        let namespace = self.namespace_of(object);
        let tells = |spot: Spot| match &grants.subject(spot).whom {
            Whom::Account { .. } => true,
            whom if whom.is_authenticated() => false,
            whom if whom.accounts_of().is_some() => true,
            _ => {
                let bound = &grants.bindings[spot.0];
                bound.is_wide || self.namespace_of(bound.object) == namespace
            }
        };
        let reaching = grants.reaching(self, object, account).into_iter();
        let reaching = reaching.filter(|(spot, _)| tells(*spot));
        reaching
            .map(|(spot, certain)| {
                let binding = grants.bindings[spot.0].object;
                Binding {
                    kind: binding.kind().into_owned(),
                    name: binding.name().into_owned(),
                    source: binding.source(),
                    document: binding.document(),
                    index: spot.0,
                    at: grants.subject(spot).node.pointer(),
                    certain,
                }
            })
            .collect()
    }
}
