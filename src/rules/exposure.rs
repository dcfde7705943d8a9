//! What opens a Service to those outside of its cluster.
//!
//! In: an [`Object`]. Out: an [`Opening`] of a Service, with what closes it; or what guards an
//! Ingress.

use super::Fix;
use crate::{
    manifest::Object,
    yaml::{Node, Pointer, Wish},
};

const TYPE: &str = "spec/type";
const EXTERNAL_IPS: &str = "spec/externalIPs";
/// What the API server refuses beside `type: ClusterIP`, or what means nothing there.
///
/// Source: `validateService` of `k8s.io/kubernetes/pkg/apis/core/validation`.
const OF_OTHER_TYPES: &[&str] = &[
    "spec/allocateLoadBalancerNodePorts",
    EXTERNAL_IPS,
    "spec/externalTrafficPolicy",
    "spec/healthCheckNodePort",
    "spec/loadBalancerClass",
    "spec/loadBalancerIP",
    "spec/loadBalancerSourceRanges",
];
/// The annotation that was there before `loadBalancerSourceRanges`.
const RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
/// What makes a load balancer one of an inner network, and how what it says then begins.
const INNER: &[(&str, &str)] = &[
    ("cloud.google.com/load-balancer-type", "Internal"),
    ("networking.gke.io/load-balancer-type", "Internal"),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "intranet"),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", "true"),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", "true"),
];
/// The annotations with which an Ingress lets in only some.
const GUARDS: &[&str] = &[
    "nginx.ingress.kubernetes.io/auth-signin",
    "nginx.ingress.kubernetes.io/auth-tls-secret",
    "nginx.ingress.kubernetes.io/auth-type",
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/denylist-source-range",
    "nginx.ingress.kubernetes.io/whitelist-source-range",
    "traefik.ingress.kubernetes.io/router.middlewares",
    "alb.ingress.kubernetes.io/auth-type",
    "alb.ingress.kubernetes.io/inbound-cidrs",
    "haproxy.org/allow-list",
    "haproxy.org/whitelist",
];

/// How a Service is open.
pub(super) struct Opening<'t> {
    service: Object<'t>,
    /// The node that opens it.
    pub(super) node: Node<'t>,
    /// A fragment: `` by `type: NodePort` ``.
    pub(super) how: String,
    /// Who narrows it; a fragment.
    pub(super) guard: Option<String>,
}

impl<'t> Opening<'t> {
    pub(super) fn of(service: Object<'t>) -> Option<Opening<'t>> {
        let node = service.node();
        let of_type = node.at(TYPE).and_then(|it| Some((it, it.as_str()?)));
        let (node, how) = match of_type {
            Some((it, kind)) if matches!(&*kind, "NodePort" | "LoadBalancer") => {
                (it, format!("`type: {kind}`"))
            }
            Some((_, kind)) if kind == "ExternalName" => return None,
            _ => {
                let ips = node.at(EXTERNAL_IPS).filter(|ips| ips.items().next().is_some())?;
                (ips, "`externalIPs`".to_owned())
            }
        };
        let inner = INNER.iter().find(|(key, value)| {
            annotation(service, key).is_some_and(|it| it.text().starts_with(value))
        });
        let ranges =
            service.node().at("spec/loadBalancerSourceRanges").map(|_| "loadBalancerSourceRanges");
        let ranges = ranges.or_else(|| annotation(service, RANGES).map(|_| RANGES));
        let guard = match (inner, ranges) {
            (Some((key, _)), _) => Some(format!("`{key}` keeps it within a network of your own")),
            (_, Some(key)) => Some(format!("`{key}` lets in only some")),
            _ => None,
        };
        Some(Opening { service, node, how, guard })
    }

    /// Closes it to all but those in the cluster.
    pub(super) fn close(&self) -> Vec<Wish> {
        let service = self.service;
        let has = |path: &&&str| service.node().at(path).is_some();
        let fields = OF_OTHER_TYPES.iter().filter(has).map(|path| service.remove(path));
        let mut wishes: Vec<Wish> = fields.collect();
        if service.node().at(TYPE).is_some_and(|it| it.text() != "ClusterIP") {
            wishes.push(service.set(TYPE, "ClusterIP"));
        }
        let ports = service.node().at("spec/ports").into_iter().flat_map(Node::items);
        let ports = ports.filter_map(|port| port.get("nodePort"));
        wishes.extend(ports.map(|node| Wish::Remove { at: service.address(node) }));
        let ranges = annotation(service, RANGES)
            .map(|_| Wish::Remove { at: annotations(service).child(RANGES) });
        wishes.extend(ranges);
        wishes
    }
}

fn annotations(object: Object<'_>) -> Pointer {
    object.pointer().into_join("metadata/annotations")
}

fn annotation<'t>(object: Object<'t>, key: &str) -> Option<Node<'t>> {
    object.node().at("metadata/annotations")?.get(key)
}

/// What of an Ingress lets in only some: the key of an annotation.
pub(super) fn guard(ingress: Object<'_>) -> Option<&'static str> {
    GUARDS.iter().copied().find(|key| annotation(ingress, key).is_some())
}

/// Whether an object leads there from outside: all of those do that are looked into, but for what
/// stays within a mesh.
pub(super) fn is_public(route: Object<'_>) -> bool {
    if route.kind() != "VirtualService" {
        return true;
    }
    let gateways = route.node().at("spec/gateways").into_iter().flat_map(Node::items);
    gateways.into_iter().any(|gateway| gateway.text() != "mesh")
}

/// What those who want in can do instead.
pub(super) fn advise(what: &str) -> Fix {
    Fix::manual(format!(
        "{what}, and let those who need it come through `kubectl port-forward`; or put something \
         before it that asks them who they are."
    ))
}
