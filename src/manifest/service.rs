//! Services, and what leads to them from outside of their cluster.
//!
//! In: an [`Object`]. Out: the pods that it leads to, or the Services.

use std::borrow::Cow;

use super::{Object, object::nodes_at, source::text};
use crate::yaml::Node;

/// The kinds that lead to Services, and where they name them: the path of what names one, and the
/// key there that holds the name.
const ROUTES: &[(&str, &[(&str, &str)])] = &[
    ("GRPCRoute", BACKENDS),
    ("HTTPRoute", BACKENDS),
    (
        "Ingress",
        &[
            ("spec/defaultBackend/service", "name"),
            ("spec/rules/*/http/paths/*/backend/service", "name"),
            ("spec/backend", "serviceName"),
            ("spec/rules/*/http/paths/*/backend", "serviceName"),
        ],
    ),
    ("IngressRoute", &[("spec/routes/*/services/*", "name")]),
    ("IngressRouteTCP", &[("spec/routes/*/services/*", "name")]),
    ("Route", &[("spec/to", "name"), ("spec/alternateBackends/*", "name")]),
    ("TCPRoute", BACKENDS),
    ("TLSRoute", BACKENDS),
    (
        "VirtualService",
        &[
            ("spec/http/*/route/*/destination", "host"),
            ("spec/tcp/*/route/*/destination", "host"),
            ("spec/tls/*/route/*/destination", "host"),
        ],
    ),
];
const BACKENDS: &[(&str, &str)] = &[("spec/rules/*/backendRefs/*", "name")];

/// A Service that something leads to.
#[derive(Clone, Debug)]
pub struct Backend<'t> {
    /// The name of the Service.
    pub name: Cow<'t, str>,
    /// Its namespace, where that is said.
    pub namespace: Option<Cow<'t, str>>,
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

    /// The Services that it leads to from outside of the cluster: none if it is of a kind that leads
    /// to none.
    pub fn backends(self) -> Vec<Backend<'t>> {
        let kind = self.kind();
        let Some((_, paths)) = ROUTES.iter().find(|(its, _)| *its == kind) else {
            return Vec::new();
        };
        let named = paths.iter().flat_map(|(path, key)| {
            nodes_at(self.node(), path).into_iter().map(|node| (node, *key))
        });
        named.filter_map(|(node, key)| Backend::of(node, key)).collect()
    }
}

impl<'t> Backend<'t> {
    fn of(node: Node<'t>, key: &str) -> Option<Backend<'t>> {
        let of_services = text(node, "kind").is_none_or(|kind| kind == "Service");
        let name = text(node, key).filter(|_| of_services)?;
        let backend = Backend { name, namespace: text(node, "namespace"), node: node.get(key)? };
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
