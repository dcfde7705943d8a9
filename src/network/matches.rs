//! Which selectors take which pods: each is asked once, whatever is asked later.
//!
//! In: a [`Cluster`] and [`Policy`]s. Out: [`Gate`]s, whose guests are known by number.

use std::collections::HashMap;

use super::{Addresses, Cluster, Direction, Peer, Pods, Policy, Rule};
use crate::manifest::{Labels, Selector};

/// A rule that knows whom it lets pass.
pub(super) struct Gate<'c> {
    pub(super) rule: &'c Rule,
    /// Without a list it lets anyone pass.
    pub(super) guests: Option<Vec<Guest<'c>>>,
}

/// Whom a rule lets pass; selectors by their numbers.
pub(super) enum Guest<'c> {
    /// Pods; without a selector of namespaces those of the policy's.
    Pods { namespaces: Option<usize>, pods: usize },
    /// Addresses outside of the cluster.
    Addresses(&'c Addresses),
}

/// What the selectors of all policies take.
pub(super) struct Matches<'c> {
    selectors: Vec<&'c Selector>,
    numbers: HashMap<&'c Selector, usize>,
    /// By pods, then by selector: whether it takes their labels.
    pods: Vec<bool>,
    /// By namespace, then by selector: whether it takes its labels.
    namespaces: Vec<bool>,
    /// By pods: the number of their namespace.
    places: Vec<usize>,
}

impl<'c> Matches<'c> {
    pub(super) fn new(cluster: &Cluster<'_>, policies: &'c [Policy<'_>]) -> Matches<'c> {
        let mut matches = Matches {
            selectors: Vec::new(),
            numbers: HashMap::new(),
            pods: Vec::new(),
            namespaces: Vec::new(),
            places: Vec::new(),
        };
        for policy in policies {
            selectors_of(policy).for_each(|selector| matches.number(selector));
        }
        let names = cluster.namespaces().map(|(name, _)| name);
        let numbers: HashMap<Option<&str>, usize> =
            names.enumerate().map(|(number, name)| (name, number)).collect();
        let place = |pods: &Pods| numbers.get(&pods.namespace.as_deref()).copied();
        matches.places = cluster.pods().iter().map(|it| place(it).unwrap_or_default()).collect();
        matches.pods = matches.row(cluster.pods().iter().map(|pods| &pods.labels));
        matches.namespaces = matches.row(cluster.namespaces().map(|(_, labels)| labels));
        matches
    }

    fn number(&mut self, selector: &'c Selector) {
        let next = self.selectors.len();
        let number = *self.numbers.entry(selector).or_insert(next);
        if number == next {
            self.selectors.push(selector);
        }
    }

    fn row<'l>(&self, labels: impl Iterator<Item = &'l Labels>) -> Vec<bool> {
        labels.flat_map(|its| self.selectors.iter().map(|it| it.matches(its))).collect()
    }

    /// What a policy allows in a direction; none if it does not isolate in that.
    pub(super) fn gates(&self, policy: &'c Policy<'_>, way: Direction) -> Option<Vec<Gate<'c>>> {
        let guest = |peer: &'c Peer| match peer {
            Peer::Pods { namespaces, pods } => Guest::Pods {
                namespaces: namespaces.as_ref().map(|selector| self.numbers[selector]),
                pods: self.numbers[pods],
            },
            Peer::Addresses(addresses) => Guest::Addresses(addresses),
        };
        let gate = |rule: &'c Rule| Gate {
            rule,
            guests: rule.peers.as_ref().map(|peers| peers.iter().map(guest).collect()),
        };
        Some(policy.rules(way)?.iter().map(gate).collect())
    }

    /// Whether a selector, by its number, takes any labels.
    pub(super) fn is_all(&self, selector: usize) -> bool {
        self.selectors[selector].is_all()
    }

    /// Whether a selector, by its number, takes pods, by theirs.
    pub(super) fn takes(&self, selector: usize, pods: usize) -> bool {
        self.pods[pods * self.selectors.len() + selector]
    }

    /// Whether a selector, by its number, takes the namespace of pods.
    pub(super) fn takes_namespace(&self, selector: usize, pods: usize) -> bool {
        self.namespaces[self.places[pods] * self.selectors.len() + selector]
    }

    /// Whether a policy is for pods that are in its namespace.
    pub(super) fn is_for(&self, policy: &Policy<'_>, pods: usize) -> bool {
        self.takes(self.numbers[&policy.subjects], pods)
    }
}

fn selectors_of<'c>(policy: &'c Policy<'_>) -> impl Iterator<Item = &'c Selector> {
    let rules = [&policy.ingress, &policy.egress].into_iter().flatten().flatten();
    let peers = rules.filter_map(|rule| rule.peers.as_ref()).flatten();
    let asked = peers.flat_map(|peer| match peer {
        Peer::Pods { namespaces, pods } => [namespaces.as_ref(), Some(pods)],
        Peer::Addresses(_) => [None, None],
    });
    [&policy.subjects].into_iter().chain(asked.flatten())
}
