//! What leads into the cluster through a controller: Ingresses, Routes, and those of Gateways.
//!
//! In: the [`Inventory`] and its [`Cluster`]. Out: an [`Entry`] for each workload that is led to.

use std::{borrow::Cow, collections::HashMap};

use super::{Cluster, Member, Ports, Protocol};
use crate::manifest::{Backend, Inventory, Object, ServicePort, Target};

/// The kinds that lead in through pods of a controller, of which nothing else is known.
const KINDS: &[&str] = &[
    "GRPCRoute",
    "HTTPRoute",
    "Ingress",
    "IngressRoute",
    "IngressRouteTCP",
    "Route",
    "TCPRoute",
    "TLSRoute",
];

/// A way into the cluster, which is open if the policies allow it to
/// [any pod](super::End::Unknown).
#[derive(Clone, Debug)]
pub struct Entry<'c> {
    /// What leads in.
    pub route: Object<'c>,
    /// The Service that it leads to.
    pub service: Object<'c>,
    /// Where that leads.
    pub member: &'c Member<'c>,
    /// The ports of its pods that are led to.
    pub ports: Ports,
}

/// Every entry, in the order of sources and documents within each kind.
pub fn entries<'c>(inventory: &Inventory<'c>, cluster: &'c Cluster<'c>) -> Vec<Entry<'c>> {
    let mut members: HashMap<Option<&str>, Vec<&'c Member<'c>>> = HashMap::new();
    for member in cluster.members() {
        members.entry(member.namespace.as_deref()).or_default().push(member);
    }
    let mut services: HashMap<(Option<Cow<'_, str>>, Cow<'_, str>), Object<'c>> = HashMap::new();
    for service in inventory.of_kind("Service").filter(|service| service.group().is_empty()) {
        services.insert((inventory.namespace_of(service), service.name()), service);
    }
    let mut entries = Vec::new();
    for route in KINDS.iter().flat_map(|kind| inventory.of_kind(kind)) {
        let namespace = inventory.namespace_of(route);
        for backend in route.backends() {
            let there = backend.namespace.clone().or_else(|| namespace.clone());
            let near = members.get(&there.as_deref()).into_iter().flatten();
            let Some(&service) = services.get(&(there.clone(), backend.name.clone())) else {
                continue;
            };
            for member in near.copied() {
                let ports = ports(route, &backend, service, member, cluster);
                if !ports.is_empty() {
                    entries.push(Entry { route, service, member, ports });
                }
            }
        }
    }
    entries
}

/// The ports of a member's pods that a backend leads to: none if its Service does not lead there.
fn ports(
    route: Object<'_>,
    backend: &Backend<'_>,
    service: Object<'_>,
    member: &Member<'_>,
    cluster: &Cluster<'_>,
) -> Ports {
    let mut led = Ports::none();
    for pods in cluster.pods_of(member) {
        if !service.selects(|key| pods.labels.get(key).map(|value| value.as_str().into())) {
            continue;
        }
        for port in service.service_ports() {
            // Controllers speak HTTP or TLS, over TCP.
            let Some(protocol @ Protocol::Tcp) = Protocol::parse(&port.protocol) else { continue };
            let targets = pods.target(protocol, &port.target);
            let is_meant = match route.route_port() {
                Some(meant) => is_route_port(&meant, &port, &targets),
                None => backend.port.as_ref().is_none_or(|meant| {
                    is_port(meant, &port) || is_route_port(meant, &port, &targets)
                }),
            };
            if is_meant {
                led = led.union(&targets);
            }
        }
    }
    led
}

/// Whether the port of a Service is the one that is meant by its own number or name.
fn is_port(meant: &Target<'_>, port: &ServicePort<'_>) -> bool {
    match meant {
        Target::Number(number) => *number == port.number,
        Target::Name(name) => port.name.as_ref() == Some(name),
    }
}

/// The same where a number is that of the pods' port. OpenShift takes it so, and controllers of
/// Ingresses take either.
///
/// Source: `serviceEndpoints` of `k8s.io/ingress-nginx/internal/ingress/controller`.
fn is_route_port(meant: &Target<'_>, port: &ServicePort<'_>, targets: &Ports) -> bool {
    match meant {
        Target::Number(number) => targets.contains(Protocol::Tcp, *number),
        Target::Name(_) => is_port(meant, port) || port.target == *meant,
    }
}
