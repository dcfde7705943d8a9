//! What makes pods that no manifest shows, and where.
//!
//! In: an [`Inventory`]. Out: the namespaces that such objects fill.

use std::collections::{BTreeSet, HashMap};

use super::{Inventory, Object, whole::brings};
use crate::yaml::Node;

/// Where an object says that what it makes goes elsewhere.
const TARGETS: &[&str] = &["spec/targetNamespace", "spec/destination/namespace"];
/// The groups of Kubernetes that have no domain; their controllers make pods of what is looked at.
const BUILT_IN: &[&str] = &["", "apps", "autoscaling", "batch", "extensions", "policy"];
/// Groups of others whose objects make no pods.
const IDLE: &[&str] = &[
    "authorization.openshift.io",
    "bitnami.com",
    "cilium.io",
    "crd.projectcalico.org",
    "external-secrets.io",
    "image.openshift.io",
    "kyverno.io",
    "networking.istio.io",
    "policy.linkerd.io",
    "project.openshift.io",
    "projectcalico.org",
    "route.openshift.io",
    "security.istio.io",
    "security.openshift.io",
    "telemetry.istio.io",
    "traefik.containo.us",
    "traefik.io",
];
/// Kinds of other groups that make no pods.
const IDLE_KINDS: &[(&str, &[&str])] = &[
    ("cert-manager.io", &["Certificate", "CertificateRequest"]),
    ("keda.sh", &["ScaledObject", "TriggerAuthentication"]),
    (
        "monitoring.coreos.com",
        &[
            "AlertmanagerConfig",
            "PodMonitor",
            "Probe",
            "PrometheusRule",
            "ScrapeConfig",
            "ServiceMonitor",
        ],
    ),
];

impl<'t> Inventory<'t> {
    /// The namespaces that an object may be in: its own, and those that kustomizations put it in.
    pub fn namespaces_of(&self, object: Object<'_>) -> BTreeSet<String> {
        let put_in = self.put_in(object.source()).into_iter().map(str::to_owned);
        self.namespace_of(object).map(|it| it.into_owned()).into_iter().chain(put_in).collect()
    }

    /// What a namespace may be called: a kustomization renames it as it moves what is in it.
    pub fn names_of(&self, namespace: Object<'_>) -> BTreeSet<String> {
        let put_in = self.put_in(namespace.source()).into_iter().map(str::to_owned);
        put_in.chain([namespace.name().into_owned()]).collect()
    }

    /// Charts and what else fetches objects from elsewhere, by the namespaces that it fills.
    pub fn brought(&self) -> HashMap<String, Object<'t>> {
        self.filled(brings)
    }

    /// The same with whatever an operator may make pods of.
    pub fn operated(&self) -> HashMap<String, Object<'t>> {
        self.filled(|object| object.workload().is_none() && !is_idle(object))
    }

    fn filled(&self, fills: fn(Object<'t>) -> bool) -> HashMap<String, Object<'t>> {
        let mut filled = HashMap::new();
        for &object in self.objects().iter().filter(|object| fills(**object)) {
            let targets = TARGETS.iter().filter_map(|path| object.node().at(path));
            let targets = targets.filter_map(Node::as_str).map(|it| it.into_owned());
            for namespace in targets.chain(self.namespaces_of(object)) {
                filled.entry(namespace).or_insert(object);
            }
        }
        filled
    }
}

/// Whether nothing makes pods of an object.
fn is_idle(object: Object<'_>) -> bool {
    let (group, kind) = (object.group(), object.kind());
    let of_kubernetes = BUILT_IN.contains(&&*group) || group.ends_with(".k8s.io");
    let has_kind = |(its, kinds): &(&str, &[&str])| *its == group && kinds.contains(&&*kind);
    match &*group {
        // A controller runs the proxy of a Gateway beside it.
        "gateway.networking.k8s.io" => kind != "Gateway",
        _ => of_kubernetes || IDLE.contains(&&*group) || IDLE_KINDS.iter().any(has_kind),
    }
}
