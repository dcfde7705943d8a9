//! Who may do what: roles, their bindings, and the workloads that run as those who are bound.
//!
//! In: an [`Inventory`]. Out: what each role allows and where that holds, and who has it.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{Bound, Inventory, Object, Right, RoleRef, Selector, Whom, kustomize::folder};
use crate::yaml::{Node, Pointer};

/// The groups that have roles and bindings. The kinds of OpenShift were in the core group before it
/// had groups.
const GROUPS: &[&str] = &["rbac.authorization.k8s.io", "authorization.openshift.io", ""];

/// What belongs together, worked out once someone asks: most inputs have no roles.
pub(super) struct Links {
    /// The workloads that run as those whom a subject means, by the index of the binding and of the
    /// subject: their indices among all objects.
    runners: HashMap<(usize, usize), Vec<usize>>,
    /// The indices of the bindings that give a role, by its place.
    givers: HashMap<Spot, Vec<usize>>,
    /// The indices of bindings, by their places.
    bindings: HashMap<Spot, usize>,
}

/// The source, the document and the address of an object.
type Spot = (usize, usize, Pointer);

/// Where what a role allows holds, as far as its bindings tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nobody is bound to it.
    Unbound,
    /// Only in the namespaces of its bindings.
    Namespaces,
    /// In all namespaces, and for what is in none.
    Cluster,
}

/// Whether an object is a role or a binding, and not of a kind that is only called so.
pub(super) fn is_rbac(object: Object<'_>) -> bool {
    GROUPS.contains(&&*object.group())
}

impl<'t> Inventory<'t> {
    /// Whether it is of a group that has roles and bindings.
    pub fn is_rbac(&self, object: Object<'_>) -> bool {
        is_rbac(object)
    }

    /// All bindings, in the order of sources and documents.
    pub fn bindings(&self) -> &[Bound<'t>] {
        self.grants().bindings()
    }

    /// A binding, read; none if it is of a kind that is only called so.
    pub fn bound(&self, binding: Object<'_>) -> Option<&Bound<'t>> {
        self.links().bindings.get(&spot(binding)).map(|&index| &self.bindings()[index])
    }

    /// A role of a kind and a name; of several, the first.
    pub fn role_named(&self, kind: &str, name: &str) -> Option<Object<'t>> {
        let roles: Vec<Object<'t>> = match kind {
            "ClusterRole" => self.grants().cluster_roles(name).collect(),
            _ => self.grants().roles(name).collect(),
        };
        roles.into_iter().min_by_key(|role| spot(*role))
    }

    /// The ClusterRoles that take up what a ClusterRole allows.
    pub fn takers_of(&self, role: Object<'t>) -> Vec<Cow<'t, str>> {
        if role.kind() != "ClusterRole" {
            return Vec::new();
        }
        let here = self.grants().aggregated().iter().filter(|it| it.takes_up(role));
        let here = here.map(|it| it.name()).filter(|name| *name != role.name());
        let mut takers: Vec<Cow<'t, str>> = role.aggregates_to().into_iter().chain(here).collect();
        takers.sort();
        takers.dedup();
        takers
    }

    /// The bindings that give a role.
    pub fn bindings_to(&self, role: Object<'_>) -> Vec<&Bound<'t>> {
        let givers = self.links().givers.get(&spot(role)).into_iter().flatten();
        givers.map(|&index| &self.bindings()[index]).collect()
    }

    /// The roles that a binding gives: more than one where the input holds several states of one
    /// cluster, or where it is not known which of them is meant. Those that stand nearest to it are.
    pub fn roles_of(&self, binding: Object<'_>, role: &RoleRef<'_>) -> Vec<Object<'t>> {
        let (grants, whole) = (self.grants(), |it: &Object<'t>| self.gap(*it).is_none());
        let mut found: Vec<Object<'t>> = match role.is_cluster {
            true => grants.cluster_roles(&role.name).filter(whole).collect(),
            false => {
                let namespace = self.namespace_of(binding);
                let here = grants.roles_in(&role.name, namespace.as_deref());
                here.iter().copied().filter(whole).collect()
            }
        };
        if found.is_empty() && !role.is_cluster {
            let maybe = |it: &Object<'t>| self.may_share_namespace(binding, *it);
            found = grants.roles(&role.name).filter(whole).filter(maybe).collect();
        }
        let nearest = found.iter().map(|it| self.nearness(binding, *it)).max();
        found.retain(|it| Some(self.nearness(binding, *it)) == nearest);
        found.sort_by_key(|it| spot(*it));
        found
    }

    /// How near two objects stand to each other: in one file, in one folder, or not.
    fn nearness(&self, one: Object<'_>, other: Object<'_>) -> u8 {
        let folder_of = |object: Object<'_>| folder(self.names()[object.source()]);
        match () {
            _ if one.source() == other.source() => 2,
            _ if folder_of(one) == folder_of(other) => 1,
            _ => 0,
        }
    }

    /// Whether two objects are in the same namespace, or may be, as far as anyone can tell.
    pub fn may_share_namespace(&self, one: Object<'_>, other: Object<'_>) -> bool {
        let (Some(its), Some(others)) = (self.namespace_of(one), self.namespace_of(other)) else {
            return true;
        };
        let (put, and) = (self.put_in(one.source()), self.put_in(other.source()));
        its == others
            || put.contains(&*others)
            || and.contains(&*its)
            || put.intersection(&and).next().is_some()
    }

    /// What a role allows. One that is put together from others says nothing itself.
    ///
    /// Source: `ClusterRoleAggregationController` of `k8s.io/kubernetes`, which writes its `rules`.
    pub fn rights_of(&self, role: Object<'t>) -> Vec<Right<'t>> {
        let (mut rights, mut pending, mut seen) = (Vec::new(), vec![role], HashSet::new());
        while let Some(role) = pending.pop() {
            if !seen.insert(spot(role)) {
                continue;
            }
            if !role.is_aggregated() {
                rights.extend(role.rights());
                continue;
            }
            let first = pending.len();
            let roles = self.of_kind("ClusterRole").filter(|it| is_rbac(*it));
            pending.extend(roles.filter(|it| role.takes_up(*it)));
            pending[first..].reverse();
        }
        rights
    }

    /// What ClusterRoles of the input add to a built-in one. `admin` has all that `edit` has, and that
    /// all that `view` has.
    pub fn added_to(&self, built_in: &str) -> Vec<Right<'t>> {
        let chain = ["view", "edit", "admin"];
        let Some(last) = chain.iter().position(|name| *name == built_in) else { return Vec::new() };
        let adds = |role: &Object<'t>| {
            let to = role.aggregates_to();
            is_rbac(*role) && to.is_some_and(|to| chain[..=last].contains(&&*to))
        };
        self.of_kind("ClusterRole").filter(adds).flat_map(|role| self.rights_of(role)).collect()
    }

    /// Where what a role allows holds.
    pub fn reach_of(&self, role: Object<'_>) -> Reach {
        let bindings = self.bindings_to(role);
        match () {
            _ if bindings.iter().any(|bound| bound.is_wide) => Reach::Cluster,
            _ if bindings.is_empty() => Reach::Unbound,
            _ => Reach::Namespaces,
        }
    }

    /// The workloads that run as the account, or as one of those of the namespace, that a subject
    /// means.
    pub fn workloads_of(&self, bound: &Bound<'t>, subject: usize) -> Vec<Object<'t>> {
        let runners = &self.links().runners;
        let indices = runners.get(&(bound.index(), subject)).into_iter().flatten();
        indices.map(|&index| self.objects()[index]).collect()
    }

    fn links(&self) -> &Links {
        self.links.get_or_init(|| {
            let bindings = self.bindings().iter().enumerate();
            let bindings = bindings.map(|(index, bound)| (spot(bound.object), index)).collect();
            Links { runners: self.runners(), givers: self.givers(), bindings }
        })
    }

    fn givers(&self) -> HashMap<Spot, Vec<usize>> {
        let mut givers: HashMap<Spot, Vec<usize>> = HashMap::new();
        for (index, bound) in self.bindings().iter().enumerate() {
            let roles = bound.role.iter().flat_map(|role| self.roles_of(bound.object, role));
            roles.for_each(|role| givers.entry(spot(role)).or_default().push(index));
        }
        givers
    }

    fn runners(&self) -> HashMap<(usize, usize), Vec<usize>> {
        let mut runners: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
        if self.bindings().is_empty() {
            return runners;
        }
        let grants = self.grants();
        let runs = |object: &Object<'t>| object.workload().is_some() && self.gap(*object).is_none();
        let objects = self.objects().iter().enumerate().filter(|(_, object)| runs(object));
        for (index, &object) in objects {
            for pod in object.pods() {
                for (spot, _) in grants.reaching(self, object, &pod.account()) {
                    let whom = &grants.subject(spot).whom;
                    let is_one = matches!(whom, Whom::Account { .. });
                    let found = runners.entry(spot).or_default();
                    if (is_one || whom.accounts_of().is_some()) && found.last() != Some(&index) {
                        found.push(index);
                    }
                }
            }
        }
        runners
    }
}

fn spot(object: Object<'_>) -> Spot {
    (object.source(), object.document(), object.pointer())
}

impl<'t> Object<'t> {
    /// What a role says itself that it allows.
    pub fn rights(self) -> impl Iterator<Item = Right<'t>> {
        let rules = self.node().get("rules").into_iter().flat_map(Node::items);
        rules.map(move |node| Right { role: self, node })
    }

    /// Whether a role is put together from others.
    pub fn is_aggregated(self) -> bool {
        self.node().get("aggregationRule").is_some_and(|it| !it.is_null())
    }

    fn takes_up(self, role: Object<'_>) -> bool {
        let selectors = self.node().at("aggregationRule/clusterRoleSelectors");
        let mut selectors = selectors.into_iter().flat_map(Node::items);
        let labels = role.labels();
        selectors.any(|node| Selector::read(node).is_ok_and(|its| its.matches(&labels)))
    }

    /// The built-in role that takes up what a ClusterRole allows: `view`, `edit`, `admin`.
    fn aggregates_to(self) -> Option<Cow<'t, str>> {
        let labels = self.node().at("metadata/labels")?;
        labels.entries().find_map(|(key, value)| {
            let key = key.key().ok()?;
            let role = key.strip_prefix("rbac.authorization.k8s.io/aggregate-to-")?;
            let is_said = value.as_str().is_some_and(|it| it == "true");
            is_said.then(|| Cow::Owned(role.to_owned()))
        })
    }
}
