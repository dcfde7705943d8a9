//! What asks for containers that no manifest shows: a webhook writes them into pods.

use std::borrow::Cow;

use super::{Object, Pod, source::text};
use crate::yaml::Node;

/// Labels and annotations of namespaces and pods that ask for sidecars, with the values that do; none
/// is any value.
const ASK: &[(&str, &[&str])] = &[
    ("istio-injection", &["enabled"]),
    ("istio.io/rev", &[]),
    ("sidecar.istio.io/inject", &["true"]),
    ("linkerd.io/inject", &["enabled", "ingress"]),
    ("consul.hashicorp.com/connect-inject", &["true"]),
    ("kuma.io/sidecar-injection", &["enabled", "true"]),
    ("openservicemesh.io/sidecar-injection", &["enabled", "true", "yes"]),
    ("appmesh.k8s.aws/sidecarInjectorWebhook", &["enabled"]),
    ("vault.hashicorp.com/agent-inject", &["true"]),
    ("dapr.io/enabled", &["true"]),
];

impl<'t> Object<'t> {
    /// The key by which a namespace asks for sidecars in its pods.
    pub fn asks_for_sidecars(self) -> Option<&'static str> {
        asked(self.node())
    }
}

impl<'t> Pod<'t> {
    /// The key by which it asks for a sidecar.
    pub fn asks_for_sidecar(self) -> Option<&'static str> {
        asked(self.template())
    }
}

fn asked(holder: Node<'_>) -> Option<&'static str> {
    let maps = ["metadata/labels", "metadata/annotations"].map(|path| holder.at(path));
    let said = |key: &str| maps.into_iter().flatten().find_map(|map| text(map, key));
    let asks = |values: &[&str], said: Cow<'_, str>| values.is_empty() || values.contains(&&*said);
    ASK.iter().find(|(key, values)| said(key).is_some_and(|said| asks(values, said))).map(|it| it.0)
}
