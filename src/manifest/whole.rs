//! Whether the sources hold all that their makers have.
//!
//! In: an [`Inventory`]. Out: whether something in it brings more objects from elsewhere.

use std::collections::HashSet;

use super::{Inventory, Object, join, kustomize::folder};
use crate::yaml::Node;

/// What fetches or makes objects that no manifest shows: groups, and kinds of them.
const BRINGERS: &[(&str, &[&str])] = &[
    ("helm.toolkit.fluxcd.io", &["HelmRelease"]),
    ("kustomize.toolkit.fluxcd.io", &["Kustomization"]),
    ("helm.cattle.io", &["HelmChart"]),
    ("argoproj.io", &["Application", "ApplicationSet"]),
    ("operators.coreos.com", &["Subscription", "ClusterServiceVersion"]),
];

impl Inventory<'_> {
    /// Whether something brings more objects from elsewhere: a chart, an operator, or what a
    /// kustomization names and is not here.
    pub fn lacks_some(&self) -> bool {
        let brings = |object: &Object<'_>| brings(*object);
        let mut kustomizations = self.places().kustomizations().peekable();
        if kustomizations.peek().is_none() {
            return self.objects().iter().any(brings);
        }
        let here = self.paths();
        kustomizations.any(|(name, root)| reaches_out(name, root, &here))
            || self.objects().iter().any(brings)
    }

    /// The paths of all sources, and of the folders that they are in.
    fn paths(&self) -> HashSet<String> {
        let mut paths = HashSet::new();
        for name in self.names() {
            let mut path = join("", name);
            while !path.is_empty() && paths.insert(path.clone()) {
                path = folder(&path).to_owned();
            }
        }
        paths
    }
}

/// Whether a kustomization takes in what is not here.
fn reaches_out(name: &str, kustomization: Node<'_>, here: &HashSet<String>) -> bool {
    let own = folder(name);
    let items = |key: &str| kustomization.get(key).into_iter().flat_map(Node::items);
    let resources = ["resources", "bases", "components"].into_iter().flat_map(items);
    let is_here = |path: &str| here.contains(&join(own, path)) || join(own, path).is_empty();
    let mut resources = resources.filter_map(Node::as_str);
    items("helmCharts").next().is_some() || resources.any(|path| !is_here(&path))
}

/// Whether an object brings others from elsewhere.
pub(super) fn brings(object: Object<'_>) -> bool {
    let kind = object.kind();
    let its =
        |(group, kinds): &(&str, &[&str])| kinds.contains(&&*kind) && object.group() == *group;
    BRINGERS.iter().any(its)
}
