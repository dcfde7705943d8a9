//! What shows that a pod speaks to the API server.
//!
//! In: a [`Pod`]. Out: a [`TokenUse`], which says what shows it.

use std::borrow::Cow;

use super::{Container, Part as _, Pod, need::words};
use crate::yaml::Node;

/// Annotations that ask for a sidecar which needs the token of the pod.
const INJECTORS: &[&str] =
    &["vault.hashicorp.com/agent-inject", "dapr.io/enabled", "linkerd.io/inject"];
/// Where the token lies; cleaned.
const TOKEN_PATH: &str = "/run/secrets/kubernetes.io";
/// What a program names that speaks to the API server.
const API_NAMES: &[&str] = &[
    "/run/secrets/kubernetes.io",
    "kubernetes.default",
    "KUBERNETES_SERVICE_HOST",
    "leader-elect",
    "in-cluster",
];
/// Programs that do nothing but speak to the API server.
const API_PROGRAMS: &[&str] = &["kubectl", "oc"];

/// What shows that a pod speaks to the API server.
#[derive(Clone, Debug)]
pub struct TokenUse<'t> {
    /// A fragment: `` `web` runs … ``.
    pub shown: String,
    /// Whether it certainly does; else the words only look like it.
    pub certain: bool,
    /// The node that shows it.
    pub node: Node<'t>,
}

impl<'t> Pod<'t> {
    /// What shows that it speaks to the API server.
    pub fn uses_token(self) -> Option<TokenUse<'t>> {
        if let Some((key, node)) = self.injected() {
            let shown = format!("the sidecar that `{key}` asks for does");
            return Some(TokenUse { shown, certain: true, node });
        }
        self.containers().find_map(|container| {
            let shown = container.speaks_to_api()?;
            Some(TokenUse { shown, certain: false, node: container.node() })
        })
    }

    /// The annotation that asks for a sidecar which needs the token of the pod: its key and value.
    pub fn injected(self) -> Option<(&'static str, Node<'t>)> {
        let annotations = self.annotations()?;
        INJECTORS.iter().find_map(|key| {
            let node = annotations.get(key)?;
            node.as_str().is_some_and(|it| enables(&it)).then_some((*key, node))
        })
    }
}

impl<'t> Container<'t> {
    /// What looks as if it spoke to the API server.
    pub fn speaks_to_api(self) -> Option<String> {
        let name = self.name();
        if self.mounts_token() {
            return Some(format!("`{name}` mounts something where it lies"));
        }
        let image = self.image();
        let program = API_PROGRAMS.iter().find(|it| words(&image).any(|word| word == **it));
        if let Some(program) = program.copied().or_else(|| self.runs(API_PROGRAMS)) {
            return Some(format!("`{name}` runs `{program}`"));
        }
        let mut texts = self.commands().chain(self.values());
        let named = |text: &str| API_NAMES.iter().copied().find(|name| text.contains(name));
        let named = texts.find_map(|text| named(&text))?;
        Some(format!("`{name}` speaks of `{named}`"))
    }

    /// Whether it mounts something where the token lies, which keeps the API server from mounting it.
    pub fn mounts_token(self) -> bool {
        self.mounts().any(|mount| mount.path.starts_with(TOKEN_PATH))
    }

    /// What is ever started in it: itself, its hooks and its probes.
    fn commands(self) -> impl Iterator<Item = Cow<'t, str>> {
        let others = [
            "lifecycle/postStart/exec/command",
            "lifecycle/preStop/exec/command",
            "startupProbe/exec/command",
            "livenessProbe/exec/command",
            "readinessProbe/exec/command",
        ];
        self.run().chain(others.into_iter().flat_map(move |path| self.words(path)))
    }
}

fn enables(annotation: &str) -> bool {
    matches!(annotation, "true" | "enabled" | "ingress")
}
