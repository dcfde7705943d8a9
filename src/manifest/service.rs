//! Services, and what leads to them from outside of their cluster.
//!
//! In: an [`Object`]. Out: the pods that it leads to, or the Services.

use std::borrow::Cow;

use super::{Object, Target, object::nodes_at, source::text};
use crate::yaml::Node;

/// A place where a kind names Services: the path of what names one, the key there that holds the name,
/// and the paths there that may hold the port.
type Naming = (&'static str, &'static str, &'static [&'static str]);

/// The kinds that lead to Services, and where they name them.
const ROUTES: &[(&str, &[Naming])] = &[
    ("GRPCRoute", BACKENDS),
    ("HTTPRoute", BACKENDS),
    (
        "Ingress",
        &[
            ("spec/defaultBackend/service", "name", NUMBER_OR_NAME),
            ("spec/rules/*/http/paths/*/backend/service", "name", NUMBER_OR_NAME),
            ("spec/backend", "serviceName", &["servicePort"]),
            ("spec/rules/*/http/paths/*/backend", "serviceName", &["servicePort"]),
        ],
    ),
    ("IngressRoute", &[("spec/routes/*/services/*", "name", &["port"])]),
    ("IngressRouteTCP", &[("spec/routes/*/services/*", "name", &["port"])]),
    // Its port is one for all of them, and not one of the Service: that is for others to read.
    ("Route", &[("spec/to", "name", &[]), ("spec/alternateBackends/*", "name", &[])]),
    ("TCPRoute", BACKENDS),
    ("TLSRoute", BACKENDS),
    (
        "VirtualService",
        &[
            ("spec/http/*/route/*/destination", "host", &["port/number"]),
            ("spec/tcp/*/route/*/destination", "host", &["port/number"]),
            ("spec/tls/*/route/*/destination", "host", &["port/number"]),
        ],
    ),
];
const BACKENDS: &[Naming] = &[("spec/rules/*/backendRefs/*", "name", &["port"])];
const NUMBER_OR_NAME: &[&str] = &["port/number", "port/name"];

/// A Service that something leads to.
#[derive(Clone, Debug)]
pub struct Backend<'t> {
    /// The name of the Service.
    pub name: Cow<'t, str>,
    /// Its namespace, where that is said.
    pub namespace: Option<Cow<'t, str>>,
    /// Its port, where that is said: the Service's own, not one of the pods.
    pub port: Option<Target<'t>>,
    /// The node that holds the name.
    pub node: Node<'t>,
}

impl<'t> Object<'t> {
    /// Whether it is a Service that leads to pods with labels that hold these values; one without a
    /// selector leads to none.
    pub fn selects<'l>(self, label: impl Fn(&str) -> Option<Cow<'l, str>>) -> bool {
        let is_its = |(key, value): (Node<'_>, Node<'_>)| {
            label(&key.text()).is_some_and(|label| label == value.text())
        };
        let mut selector = self.selector().peekable();
        selector.peek().is_some() && selector.all(is_its)
    }

    /// The labels by which a Service selects pods.
    pub fn selector(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
        self.node().at("spec/selector").into_iter().flat_map(Node::entries)
    }

    /// The port of a Route: that of the pods by its number, or that of the Service by its name.
    pub fn route_port(self) -> Option<Target<'t>> {
        self.node().at("spec/port/targetPort").and_then(Target::of)
    }

    /// The Services that it leads to from outside of the cluster: none if it is of a kind that leads
    /// to none.
    pub fn backends(self) -> Vec<Backend<'t>> {
        let kind = self.kind();
        let Some((_, paths)) = ROUTES.iter().find(|(its, _)| *its == kind) else {
            return Vec::new();
        };
        let named = paths.iter().flat_map(|naming| {
            nodes_at(self.node(), naming.0).into_iter().map(move |node| (node, naming))
        });
        named.filter_map(|(node, naming)| Backend::of(node, naming)).collect()
    }
}

impl<'t> Backend<'t> {
    fn of(node: Node<'t>, &(_, key, ports): &Naming) -> Option<Backend<'t>> {
        let of_services = text(node, "kind").is_none_or(|kind| kind == "Service");
        let name = text(node, key).filter(|_| of_services)?;
        let port = ports.iter().find_map(|port| Target::of(node.at(port)?));
        let namespace = text(node, "namespace");
        let backend = Backend { name, namespace, port, node: node.get(key)? };
        if key != "host" {
            return Some(backend);
        }
        // `web`, `web.shop` and `web.shop.svc.cluster.local` are one.
        let mut labels = backend.name.split('.').map(|label| Cow::Owned(label.to_owned()));
        let name = labels.next()?;
        let namespace = labels.next();
        Some(Backend { name, namespace, ..backend })
    }
}
