//! Who there is: workloads with the pods that they run, and the namespaces of those.
//!
//! In: the [`Inventory`]. Out: a [`Cluster`].

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use super::{Fault, Ports, Protocol, fault::title};
use crate::manifest::{Inventory, Labels, Object, Pod, Target};

/// The label that every namespace bears, with its name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";
/// Pods are kept by workloads, and those by at most a few others.
const MAX_OWNERS: usize = 8;

/// What manifests put into a cluster, as far as the network sees it.
#[derive(Clone, Debug, Default)]
pub struct Cluster<'t> {
    members: Vec<Member<'t>>,
    pods: Vec<Pods>,
    namespaces: BTreeMap<Option<String>, Labels>,
    faults: Vec<Fault>,
}

/// A workload, with everything that runs pods for it; or a pod that nothing owns.
#[derive(Clone, Debug)]
pub struct Member<'t> {
    /// Its namespace, as far as that is known.
    pub namespace: Option<String>,
    /// Its kind; that of an owner that is not among the manifests is as its pods call it.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The objects that describe its pods.
    pub objects: Vec<Object<'t>>,
    /// Whether it is a single pod.
    pub is_alone: bool,
    /// Which of the cluster's [`Pods`] it runs: most run pods that are all alike.
    pub(super) pods: Vec<usize>,
}

/// Pods that are alike to the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pods {
    /// Their namespace, as far as that is known.
    pub namespace: Option<String>,
    /// Their labels.
    pub labels: Labels,
    /// The ports that they give names to.
    pub ports: Vec<NamedPort>,
    /// Whether they have no address of their own, but that of their node.
    pub on_host: bool,
}

/// A port that pods give a name to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPort {
    /// Its name.
    pub name: String,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its number.
    pub number: u16,
}

type Key<'t> = (Option<Cow<'t, str>>, Cow<'t, str>, Cow<'t, str>);

impl<'t> Cluster<'t> {
    /// Finds the members and namespaces. A workload that something else is to complete is no
    /// member, nor is a PodTemplate, which runs nothing.
    pub fn new(inventory: &Inventory<'t>) -> Cluster<'t> {
        let mut cluster = Cluster::default();
        cluster.add_namespaces(inventory);
        let objects = inventory.objects().iter().copied();
        let is_whole = |object: &Object<'t>| match &*object.kind() {
            "PodTemplate" => false,
            // What a cluster tells of its pods is often cut down to what matters to others.
            "Pod" => !inventory.is_patch(*object),
            _ => object.workload().is_some() && inventory.gap(*object).is_none(),
        };
        let runs = |object: &Object<'t>| is_whole(object) && !object.pods().is_empty();
        let workloads: Vec<Object<'t>> = objects.filter(runs).collect();
        let key =
            |object: Object<'t>| (inventory.namespace_of(object), object.kind(), object.name());
        let by_key: HashMap<Key<'t>, Object<'t>> =
            workloads.iter().map(|&object| (key(object), object)).collect();
        let mut places = HashMap::new();
        for object in workloads {
            let owner = owner(key(object), object, &by_key);
            let is_owned = owner != key(object);
            let place = *places.entry(owner.clone()).or_insert_with(|| {
                cluster.members.push(Member::new(&owner));
                cluster.members.len() - 1
            });
            let pods = object.pods().into_iter().map(|pod| Pods::of(pod, owner.0.as_deref()));
            cluster.add(place, pods.collect());
            let member = &mut cluster.members[place];
            member.objects.push(object);
            member.is_alone = !is_owned && object.kind() == "Pod" && member.objects.len() == 1;
        }
        cluster
    }

    fn add_namespaces(&mut self, inventory: &Inventory<'t>) {
        let mut objects: HashMap<String, Object<'t>> = HashMap::new();
        let namespaces = inventory.of_kind("Namespace").filter(|it| it.group().is_empty());
        for object in namespaces.filter(|object| !inventory.is_patch(*object)) {
            let name = object.name().into_owned();
            let labels = with_name(object.labels(), Some(&name));
            let before = self.namespaces.insert(Some(name.clone()), labels.clone());
            // Where it stands twice with the same labels, it is the same.
            if let Some(other) = objects.get(&name).filter(|_| before != Some(labels)) {
                let title = title("Namespace", None, &name);
                let file = inventory.name_of(*other);
                let message = format!("it is in `{file}`, too, with other labels");
                self.faults.push(Fault::at(object, &title, object.pointer(), message));
            }
            objects.insert(name, object);
        }
    }

    fn add(&mut self, place: usize, pods: Vec<Pods>) {
        let member = &mut self.members[place];
        for pods in pods {
            let name = pods.namespace.clone();
            let labels = || with_name(Labels::new(), name.as_deref());
            self.namespaces.entry(name.clone()).or_insert_with(labels);
            if !member.pods.iter().any(|&its| self.pods[its] == pods) {
                member.pods.push(self.pods.len());
                self.pods.push(pods);
            }
        }
    }

    /// The workloads, in the order of sources and documents.
    pub fn members(&self) -> &[Member<'t>] {
        &self.members
    }

    /// The pods that a member runs: more than one where they are not all alike.
    pub fn pods_of(&self, member: &Member<'t>) -> impl Iterator<Item = &Pods> {
        member.pods.iter().map(|&index| &self.pods[index])
    }

    /// All pods, each kind once.
    pub(super) fn pods(&self) -> &[Pods] {
        &self.pods
    }

    /// The namespaces that there are, with the labels that they bear.
    pub fn namespaces(&self) -> impl Iterator<Item = (Option<&str>, &Labels)> {
        self.namespaces.iter().map(|(name, labels)| (name.as_deref(), labels))
    }

    /// Why it cannot be told what is in the cluster.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl<'t> Member<'t> {
    fn new((namespace, kind, name): &Key<'_>) -> Member<'t> {
        // Who leaves out what kind it is controls pods all the same.
        let kind = if kind.is_empty() { "Pod" } else { kind };
        Member {
            namespace: namespace.as_deref().map(str::to_owned),
            kind: kind.to_owned(),
            name: name.clone().into_owned(),
            objects: Vec::new(),
            is_alone: false,
            pods: Vec::new(),
        }
    }

    /// What to call it before people.
    pub fn title(&self) -> String {
        title(&self.kind, self.namespace.as_deref(), &self.name)
    }
}

impl Pods {
    fn of(pod: Pod<'_>, namespace: Option<&str>) -> Pods {
        let containers = pod.containers().filter(|container| container.stays());
        let named = containers.flat_map(|container| container.ports()).filter_map(|port| {
            let protocol = Protocol::parse(&port.protocol)?;
            Some(NamedPort { name: port.name?.into_owned(), protocol, number: port.number })
        });
        Pods {
            namespace: namespace.map(str::to_owned),
            labels: pod.labels(),
            ports: named.collect(),
            on_host: pod.is_on_host(),
        }
    }

    /// The ports to which they give a name.
    pub fn named(&self, protocol: Protocol, name: &str) -> Ports {
        let named = self.ports.iter().filter(|it| it.protocol == protocol && it.name == name);
        let ports = named.map(|port| Ports::one(protocol, port.number));
        ports.fold(Ports::none(), |all, port| all.union(&port))
    }

    /// The ports that another object means.
    pub fn target(&self, protocol: Protocol, target: &Target<'_>) -> Ports {
        match target {
            Target::Number(number) => Ports::one(protocol, *number),
            Target::Name(name) => self.named(protocol, name),
        }
    }
}

/// Who runs what an object describes: the controller of its controllers, as far as they are here.
fn owner<'t>(
    mut key: Key<'t>,
    mut object: Object<'t>,
    by_key: &HashMap<Key<'t>, Object<'t>>,
) -> Key<'t> {
    for _ in 0..MAX_OWNERS {
        // A node owns the pods that its kubelet found in a file: those are by themselves.
        let Some(owner) = object.controller().filter(|owner| owner.kind != "Node") else { break };
        key = (key.0, owner.kind, owner.name);
        match by_key.get(&key) {
            Some(above) => object = *above,
            None => break,
        }
    }
    key
}

fn with_name(mut labels: Labels, name: Option<&str>) -> Labels {
    labels.insert(NAME_LABEL.to_owned(), name.unwrap_or_default().to_owned());
    labels
}
