//! NetworkPolicies, as Kubernetes takes them.
//!
//! In: an object. Out: a [`Policy`] that says who is isolated, and what is allowed all the same; or
//! the [`Fault`]s for which the API server refuses it.

use super::{
    Addresses, Fault, Ports, Protocol,
    fault::title,
    reading::{is_policy, read},
};
use crate::{
    manifest::{Inventory, Object, Selector},
    yaml::Pointer,
};

/// Which way a connection is opened, as seen from a pod; answers need no allowing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// To the pod.
    Ingress,
    /// From the pod.
    Egress,
}

impl Direction {
    /// Both of them.
    pub const ALL: [Direction; 2] = [Direction::Ingress, Direction::Egress];

    /// As the API calls it among `policyTypes`.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Ingress => "Ingress",
            Direction::Egress => "Egress",
        }
    }

    /// The key of its rules in the spec.
    pub fn key(self) -> &'static str {
        match self {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        }
    }

    /// The key of the peers in its rules.
    pub fn peers(self) -> &'static str {
        match self {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        }
    }
}

/// The NetworkPolicies of an inventory.
#[derive(Clone, Debug, Default)]
pub struct Policies<'t> {
    /// Those that a cluster would take, in the order of sources and documents.
    pub valid: Vec<Policy<'t>>,
    /// What is wrong with the others.
    pub faults: Vec<Fault>,
}

impl<'t> Policies<'t> {
    /// Reads the NetworkPolicies, but for those that are only patches of others.
    pub fn new(inventory: &Inventory<'t>) -> Policies<'t> {
        let mut policies = Policies::default();
        let objects = inventory.of_kind("NetworkPolicy").filter(|object| is_policy(*object));
        for object in objects.filter(|object| !inventory.is_patch(*object)) {
            let namespace = inventory.namespace_of(object).map(|it| it.into_owned());
            match Policy::read(object, namespace) {
                Ok(policy) => policies.valid.push(policy),
                Err(faults) => policies.faults.extend(faults),
            }
        }
        policies
    }
}

/// One NetworkPolicy: the pods that it selects are isolated, but for what one of all the policies
/// that select them allows.
#[derive(Clone, Debug)]
pub struct Policy<'t> {
    /// Where it stands.
    pub object: Object<'t>,
    /// Its namespace, as far as that is known: it selects only pods of that.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The pods that it is for.
    pub subjects: Selector,
    /// What it lets in; without a list it leaves alone who connects to its pods, and with an empty
    /// one it lets nobody.
    pub ingress: Option<Vec<Rule>>,
    /// The same of what its pods connect to.
    pub egress: Option<Vec<Rule>>,
}

/// What a policy allows: all of its peers at all of its ports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rule {
    /// Who is at the other end; without a list that is anyone, be they in the cluster or not.
    pub peers: Option<Vec<Peer>>,
    /// The ports at the end that is connected to; without a list those are all.
    pub ports: Option<Vec<Opening>>,
}

/// Who may be at the other end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// Pods.
    Pods {
        /// Their namespaces; without a selector that of the policy.
        namespaces: Option<Selector>,
        /// Their labels.
        pods: Selector,
    },
    /// Addresses outside of the cluster: whether those of pods are meant, too, the API leaves open.
    Addresses(Addresses),
}

/// The ports that a rule names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Opening {
    /// By number, the same for every pod.
    Numbers(Ports),
    /// By a name that each pod may give to another port.
    Named(Protocol, String),
}

impl<'t> Policy<'t> {
    /// Reads an object of that kind; `namespace` is the one that it is in, as far as that is known.
    ///
    /// Errors: what the API server refuses, each with its reason.
    pub fn read(object: Object<'t>, namespace: Option<String>) -> Result<Policy<'t>, Vec<Fault>> {
        let title = title("NetworkPolicy", namespace.as_deref(), &object.name());
        let faults = |flaws: Vec<_>| {
            flaws.into_iter().map(|flaw| Fault::of(object, &title, flaw)).collect::<Vec<_>>()
        };
        let spec = read(object).map_err(faults)?;
        let name = object.name().into_owned();
        let (subjects, ingress, egress) = (spec.subjects, spec.ingress, spec.egress);
        Ok(Policy { object, namespace, name, subjects, ingress, egress })
    }

    /// What it allows in a direction; none if it does not isolate in that.
    pub fn rules(&self, direction: Direction) -> Option<&[Rule]> {
        match direction {
            Direction::Ingress => self.ingress.as_deref(),
            Direction::Egress => self.egress.as_deref(),
        }
    }

    /// The address within its document of one of its rules.
    pub fn rule_pointer(&self, direction: Direction, rule: usize) -> Pointer {
        self.object.pointer().into_join("spec").into_join(direction.key()).into_item(rule)
    }

    /// What to call it before people.
    pub fn title(&self) -> String {
        title("NetworkPolicy", self.namespace.as_deref(), &self.name)
    }
}
