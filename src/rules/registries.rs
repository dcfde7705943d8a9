//! Where images come from, and where they are to come from.
//!
//! In: the text of a container's `image`. Out: what is to stand there.

use std::collections::BTreeMap;

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

/// The name of a repository in full, and what stands behind it: a tag, a digest, or both.
///
/// Source: `ParseDockerRef` of `github.com/distribution/reference`.
fn in_full(image: &str) -> Option<(String, &str)> {
    let end = image.find('@').unwrap_or(image.len());
    let path = image[..end].rfind('/').map_or(0, |slash| slash + 1);
    let end = image[path..end].find(':').map_or(end, |colon| path + colon);
    let (name, version) = image.split_at(end);
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_:[]".contains(&byte);
    if name.is_empty() || !name.bytes().all(known) || name.split('/').any(str::is_empty) {
        return None;
    }
    let is_host = |host: &str| host.contains(['.', ':']) || host == "localhost";
    let name = match name.split_once('/') {
        Some(("index.docker.io", path)) => format!("docker.io/{path}"),
        Some((host, _)) if is_host(host) => name.to_owned(),
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    };
    match name.strip_prefix("docker.io/") {
        Some(path) if !path.contains('/') => Some((format!("docker.io/library/{path}"), version)),
        _ => Some((name, version)),
    }
}
