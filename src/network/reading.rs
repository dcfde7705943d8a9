//! The spec of a NetworkPolicy, held to all that the API server asks of one.
//!
//! In: an object. Out: what it selects and allows, with the defaults filled in; or its [`Flaw`]s.
//!
//! Source: `ValidateNetworkPolicySpec` of `k8s.io/kubernetes/pkg/apis/networking/validation`, and
//! `SetDefaults_NetworkPolicy` of `k8s.io/kubernetes/pkg/apis/networking/v1`.

use super::{Addresses, Block, Direction, Opening, Peer, Ports, Protocol, Rule, fault::given};
use crate::{
    manifest::{Flaw, Object, Selector},
    yaml::Node,
};

/// What a NetworkPolicy says.
pub(super) struct Spec {
    pub(super) subjects: Selector,
    pub(super) ingress: Option<Vec<Rule>>,
    pub(super) egress: Option<Vec<Rule>>,
}

/// Whether it is one that Kubernetes knows: Calico has a kind of the same name.
pub(super) fn is_policy(object: Object<'_>) -> bool {
    ["networking.k8s.io", "extensions"].contains(&&*object.group())
}

/// Errors: what the API server refuses.
pub(super) fn read(object: Object<'_>) -> Result<Spec, Vec<Flaw<'_>>> {
    let mut reader = Reader(Vec::new());
    let Some(spec) = given(object.node(), "spec") else {
        let every = Selector::default();
        return Ok(Spec { subjects: every, ingress: Some(Vec::new()), egress: None });
    };
    if !spec.kind().is_map() {
        return Err(vec![Flaw::new(spec, "it is no map")]);
    }
    let subjects = reader.selector(spec, "podSelector").unwrap_or_default();
    let mut rules = Direction::ALL.map(|direction| {
        let listed = reader.list(spec, direction.key()).unwrap_or_default();
        listed.into_iter().map(|rule| reader.rule(rule, direction)).collect::<Vec<_>>()
    });
    let named = reader.types(spec);
    let mut said = |direction: Direction| {
        let rules = std::mem::take(&mut rules[direction as usize]);
        let isolates = match (named.is_empty(), direction) {
            (false, _) => named.contains(&direction),
            // Every policy isolated its pods in this direction before there was another.
            (true, Direction::Ingress) => true,
            (true, Direction::Egress) => !rules.is_empty(),
        };
        isolates.then_some(rules)
    };
    let (ingress, egress) = (said(Direction::Ingress), said(Direction::Egress));
    if reader.0.is_empty() { Ok(Spec { subjects, ingress, egress }) } else { Err(reader.0) }
}

/// What is wrong so far.
struct Reader<'t>(Vec<Flaw<'t>>);

impl<'t> Reader<'t> {
    fn flaw(&mut self, node: Node<'t>, message: impl Into<String>) {
        self.0.push(Flaw::new(node, message));
    }

    /// The items of a list; none if there is no list.
    fn list(&mut self, node: Node<'t>, key: &str) -> Option<Vec<Node<'t>>> {
        let list = given(node, key)?;
        if !list.kind().is_list() {
            self.flaw(list, "it is no list");
        }
        Some(list.items().collect())
    }

    fn selector(&mut self, node: Node<'t>, key: &str) -> Option<Selector> {
        match Selector::read(given(node, key)?) {
            Ok(selector) => Some(selector),
            Err(flaws) => {
                self.0.extend(flaws);
                None
            }
        }
    }

    fn types(&mut self, spec: Node<'t>) -> Vec<Direction> {
        let listed = self.list(spec, "policyTypes").unwrap_or_default();
        if let Some(third) = listed.get(2) {
            self.flaw(*third, "there are no more than two policy types");
        }
        let mut named = Vec::new();
        for node in listed {
            let text = node.as_str();
            match Direction::ALL.into_iter().find(|it| text.as_deref() == Some(it.name())) {
                Some(direction) => named.push(direction),
                None => self.flaw(node, "the policy type is neither `Ingress` nor `Egress`"),
            }
        }
        named
    }

    /// A rule that is null allows all, as an empty one does.
    fn rule(&mut self, rule: Node<'t>, direction: Direction) -> Rule {
        if !rule.kind().is_map() && !rule.is_null() {
            self.flaw(rule, "it is no map");
        }
        // Empty lists are the same as none: anyone, and every port.
        let peers = self.list(rule, direction.peers()).filter(|peers| !peers.is_empty());
        let ports = self.list(rule, "ports").filter(|ports| !ports.is_empty());
        Rule {
            peers: peers.map(|it| it.into_iter().filter_map(|peer| self.peer(peer)).collect()),
            ports: ports.map(|it| it.into_iter().filter_map(|port| self.opening(port)).collect()),
        }
    }

    fn peer(&mut self, peer: Node<'t>) -> Option<Peer> {
        let [pods, namespaces, block] =
            ["podSelector", "namespaceSelector", "ipBlock"].map(|key| given(peer, key));
        match (pods.or(namespaces), block) {
            (None, None) => {
                let message = "a peer has a `podSelector`, a `namespaceSelector` or an `ipBlock`";
                self.flaw(peer, message);
                None
            }
            (Some(_), Some(block)) => {
                self.flaw(block, "a peer has no `ipBlock` beside a selector");
                None
            }
            (Some(_), None) => {
                let namespaces = self.selector(peer, "namespaceSelector");
                let pods = self.selector(peer, "podSelector").unwrap_or_default();
                Some(Peer::Pods { namespaces, pods })
            }
            (None, Some(block)) => self.block(block).map(Peer::Addresses),
        }
    }

    fn block(&mut self, block: Node<'t>) -> Option<Addresses> {
        let cidr = block.get("cidr").unwrap_or(block);
        let whole = self.cidr(cidr)?;
        let mut addresses = Addresses::from(whole);
        for node in self.list(block, "except").unwrap_or_default() {
            let Some(except) = self.cidr(node) else { continue };
            if !whole.is_wider_than(except) {
                self.flaw(node, "it is not a part of the `cidr` that it is an exception of");
            }
            addresses = addresses.difference(&Addresses::from(except));
        }
        Some(addresses)
    }

    fn cidr(&mut self, node: Node<'t>) -> Option<Block> {
        let text = node.as_str().unwrap_or_default();
        let block = Block::parse(&text);
        if block.is_none() {
            self.flaw(node, format!("`{text}` is no CIDR like `10.0.0.0/8` or `2001:db8::/32`"));
        }
        block
    }

    fn opening(&mut self, node: Node<'t>) -> Option<Opening> {
        if !node.kind().is_map() && !node.is_null() {
            self.flaw(node, "it is no map");
        }
        let protocol = match given(node, "protocol") {
            None => Some(Protocol::Tcp),
            Some(protocol) => {
                let known = protocol.as_str().and_then(|name| Protocol::parse(&name));
                if known.is_none() {
                    self.flaw(protocol, "the protocol is none of `TCP`, `UDP` and `SCTP`");
                }
                known
            }
        };
        let end = given(node, "endPort");
        let Some(port) = given(node, "port") else {
            if let Some(end) = end {
                self.flaw(end, "there is no `port` that the range begins with");
            }
            return protocol.map(|protocol| Opening::Numbers(Ports::range(protocol, 1, u16::MAX)));
        };
        if let Some(name) = port.as_str() {
            if let Some(end) = end {
                self.flaw(end, format!("a range begins with a number, and `{name}` is a name"));
            }
            if !is_port_name(&name) {
                self.flaw(port, format!("`{name}` can be no port's name: {PORT_NAME}"));
            }
            return protocol.map(|protocol| Opening::Named(protocol, name.into_owned()));
        }
        let first = self.number(port)?;
        let last = end.map_or(Some(first), |end| self.number(end))?;
        if let Some(end) = end.filter(|_| last < first) {
            self.flaw(end, format!("the range ends with {last}, before it begins with {first}"));
        }
        protocol.map(|protocol| Opening::Numbers(Ports::range(protocol, first, last)))
    }

    fn number(&mut self, node: Node<'t>) -> Option<u16> {
        let number = node.as_i64().and_then(|number| u16::try_from(number).ok());
        let number = number.filter(|number| *number > 0);
        if number.is_none() {
            self.flaw(node, "a port is a number from 1 to 65535");
        }
        number
    }
}

const PORT_NAME: &str = "those are at most 15 lowercase letters, digits and single `-` between them, \
                         and hold a letter";

/// Source: `IsValidPortName` of `k8s.io/apimachinery/pkg/util/validation`.
fn is_port_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let dashes = name.contains("--") || name.starts_with('-') || name.ends_with('-');
    name.len() <= 15
        && name.bytes().all(is_inner)
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && !dashes
}
