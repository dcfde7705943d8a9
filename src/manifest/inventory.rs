//! All objects of all sources, and who may do what.
//!
//! In: the [`Source`]s. Out: their objects by name, and the bindings of ServiceAccounts.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    iter,
};

use super::{
    LOOKED_INTO, Object, Overlay, Pod, Source, config_map::ConfigMaps, kustomize,
    overlay::Overlays, place::Places, source::text,
};
use crate::yaml::{Node, Pointer};

/// Every object there is to see.
pub struct Inventory<'t> {
    objects: Vec<Object<'t>>,
    default_namespace: Option<&'t str>,
    /// What the objects speak for that only OpenShift has.
    openshift: Realm<'t>,
    /// The sources that are patches, each with the file that says so.
    patches: HashMap<usize, &'t str>,
    overlays: Overlays<'t>,
    /// What the sources are called.
    names: Vec<&'t str>,
    /// What is in those, by the names of what they are laid over.
    patched: HashMap<Cow<'t, str>, Vec<Object<'t>>>,
    accounts: HashMap<Cow<'t, str>, Vec<Object<'t>>>,
    /// What rules look into, and what else may tell something of workloads, by its kind.
    by_kind: HashMap<Cow<'t, str>, Vec<Object<'t>>>,
    config_maps: ConfigMaps<'t>,
    places: Places<'t>,
    /// What is granted to accounts, by their name.
    grants: HashMap<Cow<'t, str>, Vec<Grant<'t>>>,
    /// What is granted to the accounts of a namespace, or to all.
    group_grants: Vec<Grant<'t>>,
}

/// What objects speak for: everything in their namespaces, in their folders and below, and in what
/// kustomizations build of them.
#[derive(Default)]
struct Realm<'t> {
    /// The file of the first of them.
    first: Option<&'t str>,
    namespaces: HashSet<Cow<'t, str>>,
    folders: HashSet<&'t str>,
    builds: HashSet<usize>,
}

/// Whether an object is for OpenShift, as far as others tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenShift<'t> {
    /// Nothing tells of it.
    Nowhere,
    /// What stands in this file does, but it may be for another cluster.
    Elsewhere(&'t str),
    /// What belongs to it does.
    Here,
}

/// A subject of a binding.
struct Grant<'t> {
    /// The namespace of the accounts that it speaks of.
    namespace: Where<'t>,
    binding: Object<'t>,
    subject: Node<'t>,
}

enum Where<'t> {
    Anywhere,
    In(Option<Cow<'t, str>>),
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
    /// The subject that matched.
    pub at: Pointer,
    /// Whether the namespaces are known to be the same; else one of them is not said.
    pub certain: bool,
}

impl<'t> Inventory<'t> {
    /// Reads the sources in their order. Without `default_namespace`, objects that name no
    /// namespace are taken to share one that has no name.
    pub fn new(sources: &'t [Source<'_>], default_namespace: Option<&'t str>) -> Inventory<'t> {
        let mut inventory = Inventory {
            objects: Vec::new(),
            default_namespace,
            openshift: Realm::default(),
            patches: kustomize::patches(sources),
            overlays: Overlays::new(sources),
            names: sources.iter().map(|source| source.name.as_str()).collect(),
            patched: HashMap::new(),
            accounts: HashMap::new(),
            by_kind: HashMap::new(),
            config_maps: ConfigMaps::generated(sources),
            places: Places::new(sources),
            grants: HashMap::new(),
            group_grants: Vec::new(),
        };
        for (index, source) in sources.iter().enumerate() {
            source.objects(index).for_each(|object| inventory.add(object));
        }
        inventory
    }

    /// Whether what is said of workloads may depend on it.
    pub(super) fn takes(object: Object<'_>) -> bool {
        let kind = object.kind();
        const TELLING: &[&str] = &[
            "AuthorizationPolicy",
            "ConfigMap",
            "Kustomization",
            "LimitRange",
            "MeshTLSAuthentication",
            "PersistentVolumeClaim",
        ];
        TELLING.contains(&&*kind)
            || LOOKED_INTO.contains(&&*kind)
            || of_openshift(object)
            || kind.ends_with("Transformer")
    }

    /// Whether an object seems to be for OpenShift: one that only OpenShift has is in its namespace,
    /// in its folder or above, or in something that a kustomization builds of both.
    pub fn openshift(&self, object: Object<'_>) -> OpenShift<'t> {
        let realm = &self.openshift;
        let Some(first) = realm.first else { return OpenShift::Nowhere };
        let own = kustomize::folder(self.names[object.source()]);
        let above = iter::successors(Some(own), |folder| Some(folder.rsplit_once('/')?.0));
        let mut folders = above.filter(|folder| *folder == own || !folder.is_empty());
        let builds = || self.overlays.above_all(object.source());
        let here = folders.any(|folder| realm.folders.contains(folder))
            || self.namespace_of(object).is_some_and(|it| realm.namespaces.contains(&it))
            || !realm.builds.is_empty() && !realm.builds.is_disjoint(&builds());
        if here { OpenShift::Here } else { OpenShift::Elsewhere(first) }
    }

    fn add(&mut self, object: Object<'t>) {
        self.objects.push(object);
        if of_openshift(object) {
            let name = self.names[object.source()];
            let namespace = self.namespace_of(object);
            let realm = &mut self.openshift;
            realm.first.get_or_insert(name);
            realm.namespaces.extend(namespace);
            realm.folders.insert(kustomize::folder(name));
            realm.builds.extend(self.overlays.above_all(object.source()));
        }
        if self.patches.contains_key(&object.source()) {
            self.patched.entry(object.name()).or_default().push(object);
        }
        if !Inventory::takes(object) {
            return;
        }
        match &*object.kind() {
            "ServiceAccount" if object.group().is_empty() => {
                self.accounts.entry(object.name()).or_default().push(object);
            }
            "RoleBinding" | "ClusterRoleBinding" => {
                let subjects = object.node().get("subjects").into_iter().flat_map(Node::items);
                subjects.for_each(|subject| self.add_subject(object, subject));
            }
            "ConfigMap" => self.config_maps.add(object, self.namespace_of(object)),
            _ => {}
        }
        self.by_kind.entry(object.kind()).or_default().push(object);
    }

    fn add_subject(&mut self, binding: Object<'t>, subject: Node<'t>) {
        let (Some(kind), Some(name)) = (text(subject, "kind"), text(subject, "name")) else {
            return;
        };
        let grant = |namespace| Grant { namespace, binding, subject };
        match &*kind {
            "ServiceAccount" => {
                // The API server takes subjects that name none, and means the binding's.
                let namespace = text(subject, "namespace").or_else(|| self.namespace_of(binding));
                self.grants.entry(name).or_default().push(grant(Where::In(namespace)));
            }
            "User" => {
                let Some((namespace, name)) = name
                    .strip_prefix("system:serviceaccount:")
                    .and_then(|account| account.split_once(':'))
                else {
                    return;
                };
                let namespace = Where::In(Some(Cow::Owned(namespace.to_owned())));
                self.grants.entry(Cow::Owned(name.to_owned())).or_default().push(grant(namespace));
            }
            "Group" => self.group_grants.extend(self.members(binding, &name).map(grant)),
            _ => {}
        }
    }

    /// The accounts that a binding to a group plausibly means.
    ///
    /// `system:authenticated` holds people too and tells nothing of pods. All accounts of a cluster
    /// may have rights in one namespace without any pod using them; there, its own pods may.
    fn members(&self, binding: Object<'t>, group: &str) -> Option<Where<'t>> {
        match group.strip_prefix("system:serviceaccounts")? {
            "" if binding.kind() == "ClusterRoleBinding" => Some(Where::Anywhere),
            "" => Some(Where::In(self.namespace_of(binding))),
            one => Some(Where::In(Some(Cow::Owned(one.strip_prefix(':')?.to_owned())))),
        }
    }

    /// Why a workload is not looked into: something else is to complete it.
    pub fn gap(&self, object: Object<'_>) -> Option<String> {
        let patch = self.patches.get(&object.source());
        patch.map(|by| format!("`{by}` applies it as a patch")).or_else(|| object.gap())
    }

    /// The names of the volumes that patches add to a workload of this name.
    pub fn patched_volumes(&self, object: Object<'_>) -> impl Iterator<Item = Cow<'t, str>> {
        let kind = object.kind();
        let patches = self.patched.get(&*object.name()).into_iter().flatten().copied();
        let patches: Vec<Object<'t>> = patches.filter(|patch| patch.kind() == kind).collect();
        patches.into_iter().flat_map(Object::pods).flat_map(Pod::volume_names)
    }

    /// What kustomizations at hand make of an object, each that may change it.
    pub fn overlays(&self, object: Object<'_>) -> Vec<Overlay<'_>> {
        self.overlays.of(object)
    }

    /// The objects, in the order of sources and documents.
    pub fn objects(&self) -> &[Object<'t>] {
        &self.objects
    }

    /// The namespace that an object is in, as far as that is known.
    pub fn namespace_of<'o>(&self, object: Object<'o>) -> Option<Cow<'o, str>>
    where
        't: 'o,
    {
        object.namespace().or(self.default_namespace.map(Cow::Borrowed))
    }

    /// The objects of a kind that is [looked into](LOOKED_INTO) or tells something of workloads;
    /// whatever their groups.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = Object<'t>> {
        self.by_kind.get(kind).into_iter().flatten().copied()
    }

    /// The ServiceAccounts of that name and namespace: more than one where the input holds several
    /// states of one cluster, or several clusters.
    pub fn accounts(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> impl Iterator<Item = Object<'t>> {
        let named = self.accounts.get(name).into_iter().flatten().copied();
        named.filter(move |account| self.namespace_of(*account).as_deref() == namespace)
    }

    /// The ServiceAccounts of that name, in whatever namespaces.
    pub fn accounts_named(&self, name: &str) -> impl Iterator<Item = Object<'t>> {
        self.accounts.get(name).into_iter().flatten().copied()
    }

    /// Whether any binding names an account so, in whatever namespace.
    pub fn is_granted(&self, account: &str) -> bool {
        self.grants.contains_key(account)
    }

    pub(super) fn places(&self) -> &Places<'t> {
        &self.places
    }

    pub(super) fn config_maps(&self) -> &ConfigMaps<'t> {
        &self.config_maps
    }

    /// The bindings that give rights to a ServiceAccount, those of its own name first.
    ///
    /// Of accounts whose namespace is not known, of those that a binding names without saying where,
    /// and of those that a kustomization puts there, it is not certain; the account `default` exists
    /// in every namespace, so that its name alone tells nothing.
    pub fn bindings_of(&self, object: Object<'_>, account: &str) -> Vec<Binding> {
        let namespace = self.namespace_of(object);
        let namespace = namespace.as_deref();
        let put_in = self.overlays.namespaces_of(object.source());
        let named = self.grants.get(account).into_iter().flatten();
        let named = named.filter_map(|grant| match &grant.namespace {
            Where::In(its) if its.as_deref() == namespace => Some(grant.binding(true)),
            Where::In(its) if account != "default" && (its.is_none() || namespace.is_none()) => {
                Some(grant.binding(false))
            }
            Where::In(Some(its)) if put_in.contains(&**its) => Some(grant.binding(false)),
            _ => None,
        });
        let of_groups = self.group_grants.iter().filter(|grant| match &grant.namespace {
            Where::Anywhere => true,
            Where::In(its) => its.as_deref() == namespace,
        });
        let mut bindings: Vec<Binding> = named.collect();
        bindings.sort_by_key(|binding| !binding.certain);
        bindings.extend(of_groups.map(|grant| grant.binding(true)));
        bindings
    }
}

/// Whether an object is of a kind that tells that the cluster is one of OpenShift. Its groups are
/// younger than the kinds, which the core group had before.
fn of_openshift(object: Object<'_>) -> bool {
    let kinds = ["Route", "DeploymentConfig", "SecurityContextConstraints"];
    kinds.contains(&&*object.kind()) && {
        let group = object.group();
        group.is_empty() || group.ends_with(".openshift.io")
    }
}

impl Grant<'_> {
    fn binding(&self, certain: bool) -> Binding {
        Binding {
            kind: self.binding.kind().into_owned(),
            name: self.binding.name().into_owned(),
            source: self.binding.source(),
            document: self.binding.document(),
            at: self.subject.pointer(),
            certain,
        }
    }
}
