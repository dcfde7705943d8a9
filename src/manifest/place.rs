//! Where in the sources something stands, for people.
//!
//! In: the [`Source`]s, and an address in one of them. Out: a [`Place`].

use super::{Inventory, Source, is_kustomization};
use crate::{
    text::{Lines, Position},
    yaml::{Node, Pointer, Tree},
};

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the source.
    pub file: String,
    /// Where it stands in it.
    pub position: Position,
}

/// The sources, as far as it takes to find a place in them.
pub(super) struct Places<'t>(Vec<Named<'t>>);

struct Named<'t> {
    name: &'t str,
    tree: &'t Tree<'t>,
    lines: Lines<'t>,
}

impl<'t> Places<'t> {
    pub(super) fn new(sources: &'t [Source<'_>]) -> Places<'t> {
        let named = |source: &'t Source<'_>| Named {
            name: &source.name,
            tree: source.tree(),
            lines: Lines::new(source.tree().text()),
        };
        Places(sources.iter().map(named).collect())
    }

    /// The first document of each source that kustomize takes for its own, with the name of that.
    pub(super) fn kustomizations(&self) -> impl Iterator<Item = (&'t str, Node<'t>)> {
        let its = self.0.iter().filter(|source| is_kustomization(source.name));
        its.filter_map(|source| Some((source.name, source.tree.root(0)?)))
    }
}

impl Inventory<'_> {
    /// Where the node at an address stands; none if there is no such source.
    pub fn place(&self, source: usize, document: usize, at: &Pointer) -> Option<Place> {
        let Named { name, tree, lines } = self.places().0.get(source)?;
        let (node, _) = tree.root(document)?.walk(at);
        Some(Place { file: (*name).to_owned(), position: lines.position(node.span().start) })
    }
}
