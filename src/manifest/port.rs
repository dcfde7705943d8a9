//! Ports: those that containers declare, those of Services, and how one names the other.
//!
//! In: a [`Container`], or a Service. Out: its ports.

use std::borrow::Cow;

use super::{Container, Object, Part as _, source::text};
use crate::yaml::Node;

/// A port of a container, as it declares it; it may listen at others, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort<'t> {
    /// What it is called, if it has a name.
    pub name: Option<Cow<'t, str>>,
    /// `TCP` unless it says otherwise.
    pub protocol: Cow<'t, str>,
    /// Its number.
    pub number: u16,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort<'t> {
    /// What it is called, if it has a name.
    pub name: Option<Cow<'t, str>>,
    /// `TCP` unless it says otherwise.
    pub protocol: Cow<'t, str>,
    /// Its own number.
    pub number: u16,
    /// The port of the pods that it leads to.
    pub target: Target<'t>,
}

/// How a port is named where another object means it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target<'t> {
    /// By its number.
    Number(u16),
    /// By its name.
    Name(Cow<'t, str>),
}

impl<'t> Target<'t> {
    /// Reads a number or a name; none if it is neither.
    pub(super) fn of(node: Node<'t>) -> Option<Target<'t>> {
        match node.as_i64() {
            Some(number) => Some(Target::Number(port(number)?)),
            None => node.as_str().filter(|name| !name.is_empty()).map(Target::Name),
        }
    }
}

impl<'t> Container<'t> {
    /// The ports that it declares.
    pub fn ports(self) -> impl Iterator<Item = ContainerPort<'t>> {
        self.list("ports").filter_map(|node| {
            let number = port(node.get("containerPort")?.as_i64()?)?;
            Some(ContainerPort { name: text(node, "name"), protocol: protocol(node), number })
        })
    }

    /// Whether it runs as long as its pod does: other init containers end before it begins.
    pub fn stays(self) -> bool {
        let is_sidecar = || self.word("restartPolicy").as_deref() == Some("Always");
        self.place() != super::List::Init || is_sidecar()
    }
}

impl<'t> Object<'t> {
    /// The ports of a Service.
    pub fn service_ports(self) -> impl Iterator<Item = ServicePort<'t>> {
        let ports = self.node().at("spec/ports").into_iter().flat_map(Node::items);
        ports.filter_map(|node| {
            let number = port(node.get("port")?.as_i64()?)?;
            let target = node.get("targetPort").and_then(Target::of);
            let target = target.unwrap_or(Target::Number(number));
            Some(ServicePort { name: text(node, "name"), protocol: protocol(node), number, target })
        })
    }
}

fn protocol(port: Node<'_>) -> Cow<'_, str> {
    text(port, "protocol").unwrap_or(Cow::Borrowed("TCP"))
}

/// A number that can be a port's; 0 is none.
fn port(number: i64) -> Option<u16> {
    u16::try_from(number).ok().filter(|number| *number > 0)
}
