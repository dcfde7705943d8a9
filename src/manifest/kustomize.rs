//! Which files are patches: parts of workloads, that kustomize lays over whole ones.
//!
//! In: the [`Source`]s. Out: those that a `kustomization.yaml` among them applies as
//! a patch.

use std::{borrow::Cow, collections::HashMap};

use super::{Source, source::text};
use crate::yaml::{Node, Tree};

/// The names under which kustomize looks for its own file.
pub const KUSTOMIZATIONS: &[&str] = &["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The sources that are patches, by their index, each with the file that says so.
pub(super) fn patches<'t>(sources: &'t [Source<'_>]) -> HashMap<usize, &'t str> {
    let mut named_by = HashMap::new();
    for source in sources {
        if is_kustomization(&source.name) {
            let paths = source.tree().roots().flat_map(named);
            named_by.extend(
                paths.map(|path| (join(folder(&source.name), &path), source.name.as_str())),
            );
        }
    }
    if named_by.is_empty() {
        return HashMap::new();
    }
    let by = |(index, source): (usize, &Source<'_>)| {
        Some((index, *named_by.get(&join("", &source.name))?))
    };
    sources.iter().enumerate().filter_map(by).collect()
}

/// Whether kustomize would take a source for its own, by its name.
pub fn is_kustomization(name: &str) -> bool {
    KUSTOMIZATIONS.contains(&name.rsplit_once('/').map_or(name, |(_, file)| file))
}

/// The files that a kustomization names as patches.
///
/// Source: `types.Kustomization` of `sigs.k8s.io/kustomize/api`; an entry of
/// `patchesStrategicMerge` may also be a patch itself, and so may one of `patches`, as long as all of
/// those are strings.
fn named(kustomization: Node<'_>) -> Vec<String> {
    let items = |key: &str| kustomization.get(key).into_iter().flat_map(Node::items);
    let paths = items("patches").chain(items("patchesJson6902"));
    let paths = paths.filter_map(|patch| text(patch, "path"));
    let merges = items("patchesStrategicMerge").chain(items("patches")).filter_map(Node::as_str);
    let merges = merges.filter(|merge| !merge.contains('\n'));
    paths.chain(merges).map(|path| path.into_owned()).collect()
}

/// What a kustomization, of which this is the root, takes objects from: files and folders.
pub fn resources(root: Node<'_>) -> impl Iterator<Item = Cow<'_, str>> {
    root.get("resources").into_iter().flat_map(Node::items).filter_map(Node::as_str)
}

/// The files that a kustomization reads, and that no one would take for objects.
pub fn reads(name: &str, tree: &Tree<'_>) -> Vec<String> {
    let more = |root: Node<'_>| {
        let items = |key: &str| root.get(key).into_iter().flat_map(Node::items);
        let paths = items("replacements").filter_map(|entry| text(entry, "path"));
        let paths = paths.chain(items("transformers").filter_map(Node::as_str));
        paths.map(|path| path.into_owned()).collect::<Vec<_>>()
    };
    let paths = tree.roots().flat_map(|root| named(root).into_iter().chain(more(root)));
    paths.map(|path| join(folder(name), &path)).collect()
}

/// The folder that a file is in.
pub fn folder(name: &str) -> &str {
    name.rsplit_once('/').unwrap_or_default().0
}

/// Whether a file stands in a folder or below.
pub fn stands_below(name: &str, folder: &str) -> bool {
    folder.is_empty() || name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// A path as seen from a folder, without `.` and `..`.
pub fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() && !path.starts_with('.') && !path.contains("/.") && !path.contains("//") {
        return path.trim_end_matches('/').to_owned();
    }
    let is_absolute =
        [folder, path].iter().find(|it| !it.is_empty()).is_some_and(|it| it.starts_with('/'));
    let mut steps: Vec<&str> = Vec::new();
    for step in folder.split('/').chain(path.split('/')) {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    format!("{}{}", if is_absolute { "/" } else { "" }, steps.join("/"))
}
