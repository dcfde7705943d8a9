//! Where images come from, and where they are to come from.
//!
//! In: the text of a container's `image`. Out: what is to stand there.

use std::collections::BTreeMap;

use crate::images::Reference;

/// Where images come from. Names are those of repositories in full, or begin them at a slash:
/// `docker.io/library`, `registry.example.com`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registries {
    /// Where they may come from, besides mirrors; empty for anywhere.
    pub allow: Vec<String>,
    /// What has a mirror, with that mirror: `docker.io`, `registry.example.com/hub`.
    pub mirrors: BTreeMap<String, String>,
}

/// What is to be said of an image.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It comes from where it may.
    Allowed,
    /// It comes from elsewhere, and nobody names a mirror.
    Elsewhere,
    /// A mirror holds it, under this reference.
    Mirrored(String),
    /// Its text does not say where it comes from.
    Unknown,
}

impl Registries {
    pub(super) fn origin(&self, image: &str) -> Origin {
        if self.allow.is_empty() && self.mirrors.is_empty() {
            return Origin::Allowed;
        }
        let Some((name, version)) = in_full(image) else { return Origin::Unknown };
        let below = |prefix: &str| {
            let rest = name.strip_prefix(prefix.trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/')).then_some(rest.to_owned())
        };
        let mut allowed = self.allow.iter().chain(self.mirrors.values());
        if allowed.any(|prefix| below(prefix).is_some()) {
            return Origin::Allowed;
        }
        // The one that says most of the name counts.
        let mirrors = self.mirrors.iter().filter_map(|(of, mirror)| Some((below(of)?, mirror)));
        match mirrors.min_by_key(|(rest, _)| rest.len()) {
            Some((rest, mirror)) => {
                Origin::Mirrored(format!("{}{rest}{version}", mirror.trim_end_matches('/')))
            }
            None if self.allow.is_empty() => Origin::Allowed,
            None => Origin::Elsewhere,
        }
    }
}

/// The name of a repository in full, where it is pulled from, and what stands behind it: a tag, a
/// digest, or both.
fn in_full(image: &str) -> Option<(String, &str)> {
    let reference = Reference::parse(image)?;
    let (registry, repository) = (reference.registry(), reference.repository());
    // One that is not written is no part of the text.
    let behind = image.strip_prefix(registry).and_then(|rest| rest.strip_prefix('/'));
    let version = behind.unwrap_or(image).strip_prefix(repository)?;
    let registry = if registry == "index.docker.io" { "docker.io" } else { registry };
    let library =
        if registry == "docker.io" && !repository.contains('/') { "library/" } else { "" };
    Some((format!("{registry}/{library}{repository}"), version))
}
