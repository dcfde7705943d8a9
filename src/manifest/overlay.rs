//! What kustomizations make of a workload: built in memory, without names, labels and the like,
//! which no rule reads.
//!
//! In: the [`Source`]s that are kustomizations, and those that are patches. Out: the [`Overlay`]s
//! of an object, each of which builds a value from that of the object.
//!
//! Source: `sigs.k8s.io/kustomize/api`: the order of `configureBuiltinTransformers`.

mod rename;
mod merge;
mod patch;
mod reach;
mod target;

use std::collections::{HashMap, HashSet};

use self::{
    patch::Patch,
    rename::Images,
    target::{Identity, Target},
};
use super::{
    Object, Source,
    kustomize::{folder, is_kustomization, join},
    source::text,
};
use crate::yaml::{Node, Value};

/// Every kustomization, and what each takes in.
#[derive(Default)]
pub(super) struct Overlays<'t> {
    layers: Vec<Layer<'t>>,
    /// By a file: which kustomizations name it as a resource.
    of_source: HashMap<usize, Vec<usize>>,
    /// By a kustomization: which others name its folder.
    of_layer: HashMap<usize, Vec<usize>>,
}

/// A kustomization, and those that it takes in to lie over all of what it builds.
pub struct Overlay<'i> {
    overlays: &'i Overlays<'i>,
    /// From the object upwards.
    path: Vec<usize>,
    /// Why it is not built; the path is that of one of those that are left out.
    left_out: Option<&'static str>,
}

/// What one kustomization does to each object that it takes in.
struct Layer<'t> {
    /// The name of its source.
    name: &'t str,
    /// The layers of its components, which come first.
    components: Vec<usize>,
    /// `patchesStrategicMerge`, then `patches`.
    patches: Vec<Patch>,
    /// What takes its values from elsewhere.
    replacements: Vec<Patch>,
    namespace: Option<String>,
    prefix: String,
    suffix: String,
    /// Whether it calls objects otherwise.
    renames: bool,
    /// By which the targets of later patches may tell objects.
    labels: Vec<(String, String)>,
    annotations: Vec<(String, String)>,
    /// `patchesJson6902`, for which names have changed.
    late_patches: Vec<Patch>,
    images: Images,
    /// Why nobody can tell what it builds.
    obstacle: Option<String>,
}

/// An object on its way through the layers.
struct Building {
    value: Value,
    /// Its namespaces and names, as kustomize remembers them all.
    identity: Identity,
    /// How many layers were laid over it.
    layers: usize,
}

/// How many kustomizations may lie over each other, how many builds of an object are looked at, in
/// how many ways they are come by, and how many layers one of them may have, with components.
const MAX_DEPTH: usize = 16;
const MAX_BUILDS: usize = 512;
const MAX_PATHS: usize = 4096;
const MAX_LAYERS: usize = 256;

const TOO_DEEP: &str = "more kustomizations lie over it than are looked at";
const TOO_MANY: &str = "more kustomizations build it than are looked at";

impl<'t> Overlays<'t> {
    pub(super) fn new(sources: &'t [Source<'_>]) -> Overlays<'t> {
        let mut overlays = Overlays::default();
        if !sources.iter().any(|source| is_kustomization(&source.name)) {
            return overlays;
        }
        let by_path: HashMap<String, usize> =
            sources.iter().enumerate().map(|(index, it)| (join("", &it.name), index)).collect();
        let kustomizations = sources.iter().filter(|source| is_kustomization(&source.name));
        let roots: Vec<(&'t Source<'_>, Node<'t>)> =
            kustomizations.filter_map(|source| Some((source, source.tree().root(0)?))).collect();
        let by_folder: HashMap<String, usize> = roots
            .iter()
            .enumerate()
            .map(|(layer, (source, _))| (join(folder(&source.name), ""), layer))
            .collect();
        for (layer, (source, root)) in roots.iter().enumerate() {
            let folder = folder(&source.name);
            let paths = |key: &'static str| items(*root, key).filter_map(Node::as_str);
            let resources = paths("resources").chain(paths("bases")).chain(paths("components"));
            let resources: HashSet<String> = resources.map(|path| join(folder, &path)).collect();
            for path in resources {
                if let Some(other) = by_folder.get(&path) {
                    overlays.of_layer.entry(*other).or_default().push(layer);
                } else if let Some(file) = by_path.get(&path) {
                    overlays.of_source.entry(*file).or_default().push(layer);
                }
            }
            let components =
                paths("components").filter_map(|path| by_folder.get(&join(folder, &path)).copied());
            let file = |path: &str| by_path.get(&join(folder, path)).map(|&it| &sources[it]);
            overlays.layers.push(Layer {
                components: components.collect(),
                ..Layer::new(&source.name, *root, &file)
            });
        }
        overlays
    }

    /// Every build that an object is part of and that does something to it, or may; the last one
    /// stands for those that are too many.
    pub(super) fn of(&self, object: Object<'_>) -> Vec<Overlay<'_>> {
        let mut found = Vec::new();
        let mut pending: Vec<Vec<usize>> = self.above(&self.of_source, object.source(), &[]);
        let mut left_out = None;
        let mut paths = 0;
        while let Some(path) = pending.pop() {
            paths += 1;
            let last = path[path.len() - 1];
            let acts = self.acts(last);
            if paths > MAX_PATHS || acts && found.len() == MAX_BUILDS {
                left_out = Some(Overlay { overlays: self, path, left_out: Some(TOO_MANY) });
                break;
            }
            let above = self.above(&self.of_layer, last, &path);
            if path.len() == MAX_DEPTH && self.of_layer.contains_key(&last) {
                let path = path.clone();
                left_out = Some(Overlay { overlays: self, path, left_out: Some(TOO_DEEP) });
            }
            if acts {
                found.push(Overlay { overlays: self, path, left_out: None });
            }
            pending.extend(above);
        }
        found.sort_by(|one, other| one.name().cmp(other.name()));
        found.extend(left_out);
        found
    }

    /// The path, and one layer more: in every way that there is.
    fn above(
        &self,
        takers: &HashMap<usize, Vec<usize>>,
        below: usize,
        path: &[usize],
    ) -> Vec<Vec<usize>> {
        let takers = takers.get(&below).into_iter().flatten().filter(|taker| !path.contains(taker));
        let longer = takers.map(|&taker| path.iter().copied().chain([taker]).collect());
        if path.len() < MAX_DEPTH { longer.collect() } else { Vec::new() }
    }

    /// Whether a layer may change objects in a way that rules can see.
    fn acts(&self, layer: usize) -> bool {
        self.any(layer, Layer::acts)
    }

    /// Whether a layer is such, or one of its components.
    fn any(&self, layer: usize, is: impl Fn(&Layer<'t>) -> bool) -> bool {
        let mut pending = vec![layer];
        let mut seen = HashSet::new();
        while let Some(layer) = pending.pop() {
            if !seen.insert(layer) {
                continue;
            }
            let its = &self.layers[layer];
            if is(its) {
                return true;
            }
            pending.extend(&its.components);
        }
        false
    }

    /// Lays a layer over an object, its components first but for the one that the object is from.
    fn lay(
        &self,
        building: &mut Building,
        layer: usize,
        from: Option<usize>,
        depth: usize,
    ) -> Result<(), String> {
        let its = &self.layers[layer];
        building.layers += 1;
        if building.layers > MAX_LAYERS {
            return Err("it has too many components".to_owned());
        }
        if depth < MAX_DEPTH {
            for &component in its.components.iter().filter(|&&component| Some(component) != from) {
                self.lay(building, component, None, depth + 1)?;
            }
        }
        its.lay(building)
    }
}

impl Overlay<'_> {
    /// The file of the kustomization.
    pub fn name(&self) -> &str {
        self.overlays.layers[self.path[self.path.len() - 1]].name
    }

    /// Whether what comes out is used as it is, as far as anyone sees, and not only taken in by
    /// others that may change it.
    pub fn is_last(&self) -> bool {
        self.left_out.is_some() || self.overlays.ends(self.path[self.path.len() - 1])
    }

    /// What comes out for an object whose value is this; null if it is deleted.
    ///
    /// # Errors
    ///
    /// A fragment that says what cannot be applied, or is not at hand.
    pub fn build(&self, object: Object<'_>, value: Value) -> Result<Value, String> {
        if let Some(why) = self.left_out {
            return Err(why.to_owned());
        }
        let mut building = Building { value, identity: Identity::of(object), layers: 0 };
        let mut from = None;
        for &layer in &self.path {
            self.overlays.lay(&mut building, layer, from, 0)?;
            from = Some(layer);
        }
        Ok(building.value)
    }
}

impl<'t> Layer<'t> {
    /// `file` finds a source by its path as the kustomization has it.
    fn new<'f>(
        name: &'t str,
        root: Node<'_>,
        file: &impl Fn(&str) -> Option<&'f Source<'f>>,
    ) -> Layer<'t> {
        let mut layer = Layer {
            name,
            components: Vec::new(),
            patches: Vec::new(),
            replacements: Vec::new(),
            namespace: text(root, "namespace").map(Into::into),
            prefix: text(root, "namePrefix").unwrap_or_default().into(),
            suffix: text(root, "nameSuffix").unwrap_or_default().into(),
            renames: ["namePrefix", "nameSuffix"].iter().any(|key| text(root, key).is_some()),
            labels: pairs(root.get("commonLabels"))
                .chain(items(root, "labels").flat_map(|entry| pairs(entry.get("pairs"))))
                .collect(),
            annotations: pairs(root.get("commonAnnotations")).collect(),
            late_patches: Vec::new(),
            images: Images::of(items(root, "images")),
            obstacle: None,
        };
        let mut transformers = items(root, "transformers").filter_map(Node::as_str);
        if let Some(path) = transformers.find(|path| !is_harmless(file(path))) {
            layer.obstacle = Some(format!("its transformer `{path}` may do anything"));
        }
        let mut transformers = items(root, "transformers").filter_map(Node::as_str);
        layer.renames |= transformers.any(|path| renames(file(&path)));
        let read = |entries: &[Node<'_>], obstacle: &mut Option<String>| {
            let mut patches = Vec::new();
            for entry in entries {
                match Patch::read(*entry, file) {
                    Ok(read) => patches.extend(read),
                    Err(reason) => *obstacle = Some(reason),
                }
            }
            patches
        };
        let list = |key: &str| items(root, key).collect::<Vec<_>>();
        layer.patches = read(&list("patchesStrategicMerge"), &mut layer.obstacle);
        layer.patches.extend(read(&list("patches"), &mut layer.obstacle));
        layer.late_patches = read(&list("patchesJson6902"), &mut layer.obstacle);
        for entry in list("replacements") {
            match Patch::replacements(entry, file) {
                Ok(read) => layer.replacements.extend(read),
                Err(reason) => layer.obstacle = Some(reason),
            }
        }
        layer
    }

    fn acts(&self) -> bool {
        let patches = [&self.patches, &self.late_patches, &self.replacements];
        patches.iter().any(|patches| !patches.is_empty())
            || !self.images.is_empty()
            || self.obstacle.is_some()
    }

    fn lay(&self, building: &mut Building) -> Result<(), String> {
        if let Some(obstacle) = &self.obstacle {
            return Err(obstacle.clone());
        }
        building.apply(&self.patches)?;
        building.identity.becomes(self.namespace.as_deref(), &self.prefix, &self.suffix);
        building.mark("labels", &self.labels);
        building.mark("annotations", &self.annotations);
        building.apply(&self.late_patches)?;
        self.images.rename(&mut building.value);
        building.apply(&self.replacements)
    }
}

impl Building {
    /// Writes pairs into a field of the metadata.
    fn mark(&mut self, field: &str, pairs: &[(String, String)]) {
        let Some(Value::Object(metadata)) = self.value.get_mut("metadata") else { return };
        if pairs.is_empty() {
            return;
        }
        let words = metadata.entry(field).or_insert(Value::Null);
        if !words.is_object() {
            *words = Value::Object(serde_json::Map::new());
        }
        for (key, word) in pairs {
            words[key.as_str()] = Value::String(word.clone());
        }
    }

    fn apply(&mut self, patches: &[Patch]) -> Result<(), String> {
        for patch in patches {
            if !self.value.is_null() && patch.target().matches(&self.identity, &self.value) {
                patch.apply(&mut self.value)?;
            }
        }
        Ok(())
    }
}

/// Whether a transformer is at hand and changes nothing that rules read.
fn is_harmless(transformer: Option<&Source<'_>>) -> bool {
    const HARMLESS: &[&str] = &[
        "LabelTransformer",
        "AnnotationsTransformer",
        "NamespaceTransformer",
        "PrefixTransformer",
        "PrefixSuffixTransformer",
        "SuffixTransformer",
        "ReplicaCountTransformer",
    ];
    transformer.is_some_and(|source| {
        let mut kinds = source.tree().roots().map(|root| text(root, "kind").unwrap_or_default());
        kinds.all(|kind| HARMLESS.contains(&&*kind))
    })
}

/// Whether a transformer calls objects otherwise.
fn renames(transformer: Option<&Source<'_>>) -> bool {
    transformer.is_some_and(|source| {
        let mut kinds = source.tree().roots().filter_map(|root| text(root, "kind"));
        kinds.any(|kind| kind.starts_with("Prefix") || kind.starts_with("Suffix"))
    })
}

/// What a map says, each value as it is written.
fn pairs<'t>(map: Option<Node<'t>>) -> impl Iterator<Item = (String, String)> {
    let entries = map.into_iter().flat_map(Node::entries);
    entries.filter_map(|(key, value)| {
        Some((
            key.as_str()?.into_owned(),
            value.as_str().unwrap_or_else(|| value.text()).into_owned(),
        ))
    })
}

fn items<'t>(node: Node<'t>, key: &str) -> impl Iterator<Item = Node<'t>> {
    node.get(key).into_iter().flat_map(Node::items)
}
