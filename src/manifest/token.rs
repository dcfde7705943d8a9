//! What shows that a pod speaks to the API server.
//!
//! In: a [`Pod`]. Out: a fragment that says what shows it: `` `web` runs … ``.

use std::borrow::Cow;

use super::{Container, Part as _, Pod, need::words};

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
impl Pod<'_> {
    /// What shows that it speaks to the API server.
    pub fn uses_token(self) -> Option<String> {
        let annotation = |key: &str| self.annotations()?.get(key)?.as_str();
        let injected = INJECTORS.iter().find(|key| annotation(key).is_some_and(|it| enables(&it)));
        if let Some(key) = injected {
            return Some(format!("the sidecar that `{key}` asks for does"));
        }
        self.containers().find_map(|container| {
            if container.mounts().any(|mount| mount.path.starts_with(TOKEN_PATH)) {
                return Some(format!("`{}` mounts something where it lies", container.name()));
            }
            let image = container.image();
            let program = API_PROGRAMS.iter().find(|it| words(&image).any(|word| word == **it));
            if let Some(program) = program.copied().or_else(|| container.runs(API_PROGRAMS)) {
                return Some(format!("`{}` runs `{program}`", container.name()));
            }
            let named = container
                .commands()
                .chain(container.values())
                .find_map(|text| API_NAMES.iter().copied().find(|name| text.contains(name)))?;
            Some(format!("`{}` speaks of `{named}`", container.name()))
        })
    }
}

impl<'t> Container<'t> {
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
