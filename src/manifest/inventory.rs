//! All objects of all sources.
//!
//! In: the [`Source`]s. Out: their objects by name, and what else they tell of each other.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    iter,
    sync::OnceLock,
};

use super::{
    LOOKED_INTO, Object, Overlay, Pod, Source, binding::Grants, config_map::ConfigMaps, kustomize,
    overlay::Overlays, place::Places, rights::Links, user::Users, whole::brings,
};

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
    users: Users,
    places: Places<'t>,
    grants: Grants<'t>,
    pub(super) links: OnceLock<Links>,
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
            users: Users::default(),
            places: Places::new(sources),
            grants: Grants::default(),
            links: OnceLock::new(),
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
            "NetworkPolicy",
            "PersistentVolumeClaim",
            "ValidatingAdmissionPolicy",
        ];
        TELLING.contains(&&*kind)
            || LOOKED_INTO.contains(&&*kind)
            || of_openshift(object)
            || kind.ends_with("Transformer")
            || brings(object)
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
                self.grants.add_binding(object, self.namespace_of(object));
            }
            "Role" | "ClusterRole" => self.grants.add_role(object, self.namespace_of(object)),
            "ConfigMap" => self.config_maps.add(object, self.namespace_of(object)),
            _ => {}
        }
        self.by_kind.entry(object.kind()).or_default().push(object);
    }

    /// Why a workload is not looked into: something else is to complete it.
    pub fn gap(&self, object: Object<'_>) -> Option<String> {
        let patch = self.patches.get(&object.source());
        patch.map(|by| format!("`{by}` applies it as a patch")).or_else(|| object.gap())
    }

    /// Whether a kustomization applies it as a patch.
    pub fn is_patch(&self, object: Object<'_>) -> bool {
        self.patches.contains_key(&object.source())
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

    /// What the source of an object is called.
    pub fn name_of(&self, object: Object<'_>) -> &'t str {
        self.names[object.source()]
    }

    /// Whether a kustomization builds an object that no other may change, as it is.
    pub fn is_built_as_it_is(&self, object: Object<'_>) -> bool {
        self.overlays.spare(object.source())
    }

    /// A kustomization that calls what an object names otherwise, and does not know that it names
    /// an account.
    ///
    /// Source: `namereference.go` of `sigs.k8s.io/kustomize/api`.
    pub fn loses_account(&self, object: Object<'_>) -> Option<&str> {
        const FOLLOWED: &[&str] = &[
            "CronJob",
            "DaemonSet",
            "Deployment",
            "Job",
            "Pod",
            "ReplicationController",
            "StatefulSet",
        ];
        let is_followed = FOLLOWED.contains(&&*object.kind());
        if is_followed { None } else { self.overlays.renamer(object.source()) }
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
        self.grants.names(account)
    }

    pub(super) fn places(&self) -> &Places<'t> {
        &self.places
    }

    /// Whether there is a ServiceAccount of that name, whatever its namespace.
    pub fn has_account(&self, name: &str) -> bool {
        self.accounts.contains_key(name)
    }

    pub(super) fn users_by_account(&self) -> &Users {
        &self.users
    }

    pub(super) fn config_maps(&self) -> &ConfigMaps<'t> {
        &self.config_maps
    }

    /// What the sources are called, in their order.
    pub(super) fn names(&self) -> &[&'t str] {
        &self.names
    }

    pub(super) fn grants(&self) -> &Grants<'t> {
        &self.grants
    }

    /// The namespaces that kustomizations put what is in a source in.
    pub(super) fn put_in(&self, source: usize) -> HashSet<&str> {
        self.overlays.namespaces_of(source)
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
