//! Which kustomizations take in what.
//!
//! In: the [`Overlays`], and one source or layer of them. Out: what lies over it.

use std::collections::HashSet;

use super::Overlays;

impl Overlays<'_> {
    /// Whether something is built of a source, and of nothing that may change it.
    pub(in super::super) fn spare(&self, source: usize) -> bool {
        let mut takers = self.of_source.get(&source).into_iter().flatten();
        takers.any(|&taker| !self.acts(taker) && self.ends(taker))
    }

    /// Whether a layer is the last one that may change what is built, in one way at least.
    pub(super) fn ends(&self, layer: usize) -> bool {
        let mut pending = vec![layer];
        let mut seen = HashSet::new();
        while let Some(layer) = pending.pop() {
            if !seen.insert(layer) {
                continue;
            }
            let Some(takers) = self.of_layer.get(&layer) else { return true };
            pending.extend(takers.iter().filter(|&&taker| !self.acts(taker)));
        }
        false
    }

    /// Every kustomization that takes in a source, by itself or through others.
    pub(in super::super) fn above_all(&self, source: usize) -> HashSet<usize> {
        let takers = |takers: Option<&Vec<usize>>| takers.cloned().unwrap_or_default();
        let mut pending = takers(self.of_source.get(&source));
        let mut found = HashSet::new();
        while let Some(layer) = pending.pop() {
            if found.insert(layer) {
                pending.extend(takers(self.of_layer.get(&layer)));
            }
        }
        found
    }

    /// The file of a kustomization that calls what is in a source otherwise, the first by name.
    pub(in super::super) fn renamer(&self, source: usize) -> Option<&str> {
        let layers = self.above_all(source).into_iter();
        let renames = layers.filter(|layer| self.any(*layer, |its| its.renames));
        renames.map(|layer| self.layers[layer].name).min()
    }

    /// The namespaces that kustomizations put a source in.
    pub(in super::super) fn namespaces_of(&self, source: usize) -> HashSet<&str> {
        let layers = self.above_all(source).into_iter();
        layers.filter_map(|layer| self.layers[layer].namespace.as_deref()).collect()
    }
}
