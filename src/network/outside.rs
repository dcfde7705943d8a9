//! What passes between a member and the world outside of the cluster.
//!
//! In: an [`Engine`], and a [`Member`] of its cluster. Out: all addresses, parted by the ports that
//! are allowed with them.

use std::collections::BTreeMap;

use super::{Addresses, Direction, Engine, Member, Ports, engine::openings, matches::Guest};

/// Addresses by what is allowed with each of them.
type Parts = BTreeMap<Ports, Addresses>;

impl Engine<'_> {
    /// The ports at which addresses outside of the cluster may connect to each pod of a member, or
    /// the other way round, each with all addresses for which that holds. Where nothing is allowed
    /// there is no entry.
    pub fn outside(&self, member: &Member<'_>, direction: Direction) -> Vec<(Ports, Addresses)> {
        let each = member.pods.iter().map(|&pods| self.parts(pods, direction));
        let both = |one: Parts, two: Parts| {
            let mut parts = Parts::new();
            for (ports, addresses) in &one {
                for (others, shared) in &two {
                    let shared = addresses.intersection(shared);
                    add(&mut parts, ports.intersection(others), shared);
                }
            }
            parts
        };
        let parts = each.reduce(both).unwrap_or_default();
        parts.into_iter().filter(|(ports, _)| !ports.is_empty()).collect()
    }

    fn parts(&self, pods: usize, direction: Direction) -> Parts {
        let Some(gates) = self.gates_of(pods, direction) else {
            return Parts::from([(Ports::all(), Addresses::all())]);
        };
        let mut parts = Parts::from([(Ports::none(), Addresses::all())]);
        let target = match direction {
            Direction::Ingress => self.cluster().pods().get(pods),
            Direction::Egress => None,
        };
        for (_, gate) in gates {
            let block = |guest: &Guest<'_>| match guest {
                Guest::Addresses(addresses) => (*addresses).clone(),
                Guest::Pods { .. } => Addresses::none(),
            };
            let addresses = match &gate.guests {
                None => Addresses::all(),
                Some(guests) => {
                    guests.iter().map(block).fold(Addresses::none(), |all, block| all.union(&block))
                }
            };
            if !addresses.is_empty() {
                parts = split(parts, &addresses, &openings(gate.rule, target));
            }
        }
        parts
    }
}

/// Allows more ports for some of the addresses.
fn split(parts: Parts, addresses: &Addresses, more: &Ports) -> Parts {
    let mut split = Parts::new();
    for (ports, its) in parts {
        add(&mut split, ports.union(more), its.intersection(addresses));
        add(&mut split, ports, its.difference(addresses));
    }
    split
}

fn add(parts: &mut Parts, ports: Ports, addresses: Addresses) {
    if !addresses.is_empty() {
        let part = parts.entry(ports).or_default();
        *part = part.union(&addresses);
    }
}
