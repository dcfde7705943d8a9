//! Where images come from, for people and in CEL.
//!
//! In: names of registries, or of folders in them. Out: whether an image comes from there, and a
//! pattern that tells the same.

use std::collections::BTreeSet;

use crate::images::Reference;

/// What the images begin with that name a registry, and no folder of the hub.
pub(super) const NAMES_ONE: &str = "^([^/]*[.:A-Z][^/]*|localhost)/";
const HUB: &str = "docker.io";

/// Whether an image comes from one of them; not if its text does not say where it comes from.
pub(super) fn allows(registries: &[String], image: &str) -> bool {
    let Some(name) = in_full(image) else { return false };
    registries.iter().any(|prefix| {
        let rest = name.strip_prefix(prefix.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The folder that an image lies in, or the registry if it lies in none.
pub(super) fn folder(image: &str) -> Option<String> {
    let name = in_full(image)?;
    let (registry, repository) = name.split_once('/')?;
    Some(match repository.split_once('/') {
        Some((folder, _)) => format!("{registry}/{folder}"),
        None => registry.to_owned(),
    })
}

/// Without those that lie in another one.
pub(super) fn outermost(registries: BTreeSet<String>) -> Vec<String> {
    let within = |inner: &str| {
        registries
            .iter()
            .any(|outer| inner.strip_prefix(&**outer).is_some_and(|rest| rest.starts_with('/')))
    };
    registries.iter().filter(|it| !within(it)).cloned().collect()
}

/// What a repository is called in full.
fn in_full(image: &str) -> Option<String> {
    let reference = Reference::parse(image)?;
    let (registry, repository) = (reference.registry(), reference.repository());
    let registry = if registry == "index.docker.io" { HUB } else { registry };
    let library = if registry == HUB && !repository.contains('/') { "library/" } else { "" };
    Some(format!("{registry}/{library}{repository}"))
}

/// A regular expression for images that name their registry, and come from one of these. What is
/// official on the hub stands in `library`, whether that is written or not.
pub(super) fn pattern(registries: &[String]) -> String {
    let patterns: Vec<String> = registries.iter().map(|it| one(it.trim_end_matches('/'))).collect();
    format!("^({})", patterns.join("|"))
}

fn one(prefix: &str) -> String {
    const END: &str = "([/:@]|$)";
    let (registry, folders) = match prefix.split_once('/') {
        Some((registry, folders)) => (registry, Some(folders)),
        None => (prefix, None),
    };
    let registry = match registry {
        HUB => "(index[.])?docker[.]io".to_owned(),
        other => literal(other),
    };
    let folders = match folders {
        None => String::new(),
        Some(folders) if prefix.starts_with("docker.io/") => match folders.split_once('/') {
            None if folders == "library" => "(library/|[^/]+$)".to_owned(),
            None => format!("{}/", literal(folders)),
            Some(("library", image)) => {
                let image = literal(image);
                format!("(library/{image}{END}|{image}([:@]|$))")
            }
            Some(_) => format!("{}{END}", literal(folders)),
        },
        Some(folders) => format!("{}{END}", literal(folders)),
    };
    format!("{registry}/{folders}")
}

/// A text as a regular expression that means it, without quotes.
fn literal(text: &str) -> String {
    let one = |letter: char| match letter {
        '.' => "[.]".to_owned(),
        '-' | '_' | '/' | ':' => letter.to_string(),
        _ if letter.is_ascii_alphanumeric() => letter.to_string(),
        _ => format!("\\x{{{:x}}}", u32::from(letter)),
    };
    text.chars().map(one).collect()
}
