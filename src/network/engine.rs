//! Who may connect to whom.
//!
//! In: a [`Cluster`] and its [`Policy`]s. Out: an [`Engine`], which tells the ports at which one end
//! may connect to another.
//!
//! A connection is allowed if both of its ends allow it. An end that no policy isolates in that
//! direction allows everything; else it allows what any of the policies does.

use core::net::IpAddr;
use std::collections::HashMap;

use super::{
    Cluster, Direction, Fault, Member, Opening, Peer, Pods, Policy, Ports, Rule,
    matches::{Gate, Guest, Matches},
};

/// What pods on the network of their node are taken for: the API leaves it open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostNetwork {
    /// Nodes, as most network plugins do: no policy is for them, and no selector takes them. Their
    /// addresses are not known, so only a block of all addresses is sure to hold them.
    #[default]
    Node,
    /// Pods like others.
    Pod,
}

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub enum End<'c> {
    /// The pods of a member of the engine's cluster.
    Member(&'c Member<'c>),
    /// Some pod of some namespace, and nothing more is known of either.
    Unknown,
    /// An address outside of the cluster.
    Address(IpAddr),
}

/// One end, of which each policy knows what to make.
#[derive(Clone, Copy)]
enum Side {
    /// By their number.
    Pods(usize),
    Unknown,
    Address(IpAddr),
}

/// Answers for a cluster with policies.
pub struct Engine<'c> {
    cluster: &'c Cluster<'c>,
    policies: &'c [Policy<'c>],
    host_network: HostNetwork,
    matches: Matches<'c>,
    /// By direction and policy: what it allows there; none if it does not isolate.
    gates: [Vec<Option<Vec<Gate<'c>>>>; 2],
    /// By direction and pods: the policies that isolate them.
    isolating: [Vec<Vec<usize>>; 2],
}

impl<'c> Engine<'c> {
    /// Works out which policies are for whom. Takes time by pods and selectors, and by pods and
    /// policies of one namespace; each question then takes time by the policies of its two ends.
    pub fn new(
        cluster: &'c Cluster<'c>,
        policies: &'c [Policy<'c>],
        host_network: HostNetwork,
    ) -> Engine<'c> {
        let matches = Matches::new(cluster, policies);
        let gates = Direction::ALL.map(|direction| {
            policies.iter().map(|policy| matches.gates(policy, direction)).collect()
        });
        let isolating = Direction::ALL.map(|_| vec![Vec::new(); cluster.pods().len()]);
        let mut engine = Engine { cluster, policies, host_network, matches, gates, isolating };
        let mut by_namespace: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
        for (index, policy) in policies.iter().enumerate() {
            by_namespace.entry(policy.namespace.as_deref()).or_default().push(index);
        }
        for (number, pods) in cluster.pods().iter().enumerate() {
            if engine.is_node(pods) {
                continue;
            }
            let near = by_namespace.get(&pods.namespace.as_deref()).into_iter().flatten();
            let its = near.copied().filter(|&it| engine.matches.is_for(&policies[it], number));
            for index in its.collect::<Vec<_>>() {
                for direction in Direction::ALL.map(|direction| direction as usize) {
                    if engine.gates[direction][index].is_some() {
                        engine.isolating[direction][number].push(index);
                    }
                }
            }
        }
        engine
    }

    /// The cluster that it answers for.
    pub fn cluster(&self) -> &'c Cluster<'c> {
        self.cluster
    }

    /// The ports at which every pod of the source may connect to every pod of the destination. A
    /// pod always reaches itself, so a member is asked for two of its pods, if it may have two.
    pub fn allowed(&self, source: End<'_>, destination: End<'_>) -> Ports {
        if let (End::Member(one), End::Member(two)) = (source, destination)
            && one.is_alone
            && one.pods == two.pods
        {
            return Ports::all();
        }
        let mut allowed = Ports::all();
        for destination in sides(destination) {
            for source in sides(source) {
                allowed = allowed.intersection(&self.lets_out(source, destination));
                if !allowed.is_empty() {
                    allowed = allowed.intersection(&self.lets_in(source, destination));
                }
                if allowed.is_empty() {
                    return allowed;
                }
            }
        }
        allowed
    }

    /// Whether a policy is for any pod of a member, so that in this direction only what is allowed
    /// passes.
    pub fn isolates(&self, member: &Member<'_>, direction: Direction) -> bool {
        self.policies_of(member, direction).next().is_some()
    }

    /// The policies that isolate any pod of a member in a direction.
    pub fn policies_of(
        &self,
        member: &Member<'_>,
        direction: Direction,
    ) -> impl Iterator<Item = &'c Policy<'c>> {
        let isolating = &self.isolating[direction as usize];
        let indices = member.pods.iter().flat_map(|&pods| isolating[pods].iter().copied());
        let mut indices: Vec<usize> = indices.collect();
        indices.sort_unstable();
        indices.dedup();
        indices.into_iter().map(|index| &self.policies[index])
    }

    /// The members of which a policy is for any pod.
    pub fn members_of(&self, policy: &Policy<'_>) -> impl Iterator<Item = &'c Member<'c>> {
        let members = self.cluster.members().iter();
        members.filter(move |member| {
            let mut pods = self.cluster.pods_of(member);
            pods.any(|pods| {
                pods.namespace == policy.namespace
                    && !self.is_node(pods)
                    && policy.subjects.matches(&pods.labels)
            })
        })
    }

    /// The policies that tell pods of one member apart: what they allow is not the same for all of
    /// it. The engine tells what is allowed for each of the pods.
    pub fn told_apart(&self) -> Vec<Fault> {
        let mixed = self.cluster.members().iter().filter(|member| member.pods.len() > 1);
        let mixed: Vec<&Member<'_>> = mixed.collect();
        let mut faults = Vec::new();
        for policy in self.policies {
            for member in &mixed {
                let pods: Vec<&Pods> = self.cluster.pods_of(member).collect();
                let is_split = |takes: &dyn Fn(&Pods) -> bool| {
                    pods.iter().any(|it| takes(it)) && !pods.iter().all(|it| takes(it))
                };
                let is_near = member.namespace == policy.namespace;
                let message =
                    || format!("it takes some of the pods of {}, and not others", member.title());
                if is_near && is_split(&|pods| policy.subjects.matches(&pods.labels)) {
                    let at = policy.object.pointer().into_join("spec").into_join("podSelector");
                    faults.push(Fault::at(policy.object, &policy.title(), at, message()));
                }
                for direction in Direction::ALL {
                    let rules = policy.rules(direction).into_iter().flatten().enumerate();
                    for (index, rule) in rules {
                        let splits = |peer: &Peer| match peer {
                            Peer::Pods { namespaces, pods } => {
                                (is_near || namespaces.is_some())
                                    && is_split(&|its| pods.matches(&its.labels))
                            }
                            Peer::Addresses(_) => false,
                        };
                        if rule.peers.iter().flatten().any(splits) {
                            let at = policy.rule_pointer(direction, index);
                            faults.push(Fault::at(policy.object, &policy.title(), at, message()));
                        }
                    }
                }
            }
        }
        faults
    }

    fn lets_out(&self, source: Side, destination: Side) -> Ports {
        self.lets(source, Direction::Egress, destination, self.pods_at(destination))
    }

    fn lets_in(&self, source: Side, destination: Side) -> Ports {
        self.lets(destination, Direction::Ingress, source, self.pods_at(destination))
    }

    /// What one end allows in a direction with the other; `target` are the pods that are connected
    /// to, which give ports their names.
    fn lets(&self, end: Side, direction: Direction, other: Side, target: Option<&Pods>) -> Ports {
        let Side::Pods(pods) = end else { return Ports::all() };
        let Some(gates) = self.gates_of(pods, direction) else { return Ports::all() };
        let mut allowed = Ports::none();
        for (policy, gate) in gates {
            if self.is_guest(policy, gate, other) {
                allowed = allowed.union(&openings(gate.rule, target));
            }
            if allowed.is_all() {
                break;
            }
        }
        allowed
    }

    /// What may pass pods in a direction, if they are isolated in it.
    pub(super) fn gates_of(
        &self,
        pods: usize,
        direction: Direction,
    ) -> Option<impl Iterator<Item = (&'c Policy<'c>, &Gate<'c>)>> {
        let isolating = &self.isolating[direction as usize][pods];
        if isolating.is_empty() {
            return None;
        }
        let gates = &self.gates[direction as usize];
        Some(isolating.iter().flat_map(move |&index| {
            let gates = gates[index].iter().flatten();
            gates.map(move |gate| (&self.policies[index], gate))
        }))
    }

    fn is_guest(&self, policy: &Policy<'_>, gate: &Gate<'_>, other: Side) -> bool {
        let Some(guests) = &gate.guests else { return true };
        guests.iter().any(|guest| match (guest, other) {
            (&Guest::Pods { namespaces, pods }, Side::Pods(its)) => {
                let found = &self.cluster.pods()[its];
                let is_there = match namespaces {
                    Some(selector) => self.matches.takes_namespace(selector, its),
                    None => found.namespace == policy.namespace,
                };
                is_there && !self.is_node(found) && self.matches.takes(pods, its)
            }
            (&Guest::Pods { namespaces, pods }, Side::Unknown) => {
                namespaces.is_some_and(|it| self.matches.is_all(it)) && self.matches.is_all(pods)
            }
            (Guest::Pods { .. }, Side::Address(_)) => false,
            (Guest::Addresses(addresses), Side::Address(its)) => addresses.contains(its),
            (Guest::Addresses(addresses), Side::Pods(its)) => {
                self.is_node(&self.cluster.pods()[its]) && addresses.is_whole_family()
            }
            (Guest::Addresses(_), Side::Unknown) => false,
        })
    }

    /// The pods that can give names to ports.
    fn pods_at(&self, side: Side) -> Option<&'c Pods> {
        match side {
            Side::Pods(pods) => self.cluster.pods().get(pods).filter(|pods| !self.is_node(pods)),
            Side::Unknown | Side::Address(_) => None,
        }
    }

    /// Whether pods are taken for the node that they are on.
    fn is_node(&self, pods: &Pods) -> bool {
        pods.on_host && self.host_network == HostNetwork::Node
    }
}

/// The ports that a rule names at pods; without those, names mean nothing.
pub(super) fn openings(rule: &Rule, target: Option<&Pods>) -> Ports {
    let Some(openings) = &rule.ports else { return Ports::all() };
    openings.iter().fold(Ports::none(), |all, opening| match opening {
        Opening::Numbers(ports) => all.union(ports),
        Opening::Named(protocol, name) => match target {
            Some(pods) => all.union(&pods.named(*protocol, name)),
            None => all,
        },
    })
}

fn sides(end: End<'_>) -> Vec<Side> {
    match end {
        End::Member(member) => member.pods.iter().map(|&pods| Side::Pods(pods)).collect(),
        End::Unknown => vec![Side::Unknown],
        End::Address(address) => vec![Side::Address(address)],
    }
}
