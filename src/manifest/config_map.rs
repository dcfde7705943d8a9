//! What the configuration of programs shows: the ConfigMaps that their pods read.
//!
//! In: the ConfigMaps of all sources, and those that kustomize makes of files and literals. Out: a
//! fragment that says what shows that a pod speaks to the API server.

use std::{borrow::Cow, cell::OnceCell, collections::HashMap};

use super::{Inventory, Object, Part as _, Pod, Source, kustomize, source::text};
use crate::yaml::Node;

/// What the configuration of a program names that speaks to the API server.
const NAMES: &[&str] = &[
    "/run/secrets/kubernetes.io",
    "kubernetes.default",
    "kubernetes_sd_config",
    "KUBERNETES_SERVICE_HOST",
    "in_cluster",
    "in-cluster",
    "inCluster",
    "InCluster",
    "leader-elect",
    "leaderElect",
];

/// What each of these has in it: most texts have none.
const STEMS: &[&str] = &["kubernetes", "KUBERNETES", "luster", "leader"];

/// The ConfigMaps of all sources, by name.
#[derive(Default)]
pub(super) struct ConfigMaps<'t> {
    named: HashMap<Cow<'t, str>, Vec<ConfigMap<'t>>>,
}

/// A ConfigMap.
struct ConfigMap<'t> {
    namespace: Option<Cow<'t, str>>,
    data: Data<'t>,
}

/// What it holds.
enum Data<'t> {
    /// That of an object.
    Object(Object<'t>),
    /// Texts that kustomize takes for it, by their keys.
    Texts(Vec<(String, Cow<'t, str>)>),
}

/// A ConfigMap that a pod reads: its name, and the keys if it does not read all.
struct Reading<'t> {
    name: Cow<'t, str>,
    /// The volume by which it reads it, if it mounts it.
    volume: Option<Node<'t>>,
    keys: Option<Vec<Cow<'t, str>>>,
}

impl<'t> ConfigMaps<'t> {
    /// Those that kustomize makes.
    pub(super) fn generated(sources: &'t [Source<'_>]) -> ConfigMaps<'t> {
        let mut maps = ConfigMaps::default();
        let files = Files { sources, by_path: OnceCell::new() };
        for source in sources.iter().filter(|it| kustomize::is_kustomization(&it.name)) {
            let folder = kustomize::folder(&source.name);
            let makes = source.tree().roots().filter_map(|root| root.get("configMapGenerator"));
            for made in makes.flat_map(Node::items) {
                let Some(name) = text(made, "name") else { continue };
                let data = Data::Texts(taken(made, folder, &files));
                let map = ConfigMap { namespace: text(made, "namespace"), data };
                maps.named.entry(name).or_default().push(map);
            }
        }
        maps
    }

    pub(super) fn add(&mut self, object: Object<'t>, namespace: Option<Cow<'t, str>>) {
        let map = ConfigMap { namespace, data: Data::Object(object) };
        self.named.entry(object.name()).or_default().push(map);
    }
}

/// What kustomize takes for a ConfigMap, as far as that is at hand.
///
/// Source: `types.KvPairSources` of `sigs.k8s.io/kustomize/api`.
fn taken<'t>(made: Node<'t>, folder: &str, files: &Files<'t, '_>) -> Vec<(String, Cow<'t, str>)> {
    let items =
        |key: &str| made.get(key).into_iter().flat_map(Node::items).filter_map(Node::as_str);
    let literals = items("literals").filter_map(|literal| {
        let (key, value) = literal.split_once('=')?;
        Some((key.to_owned(), Cow::Owned(value.to_owned())))
    });
    let texts = items("files").filter_map(|file| {
        let (key, path) = match file.split_once('=') {
            Some((key, path)) => (key, path),
            None => (file.rsplit_once('/').map_or(&*file, |(_, name)| name), &*file),
        };
        let text = files.text(&kustomize::join(folder, path))?;
        Some((key.to_owned(), Cow::Borrowed(text)))
    });
    literals.chain(texts).collect()
}

/// The sources without objects by their paths, once someone asks.
struct Files<'t, 's> {
    sources: &'t [Source<'s>],
    by_path: OnceCell<HashMap<String, &'t Source<'s>>>,
}

impl<'t, 's> Files<'t, 's> {
    fn text(&self, path: &str) -> Option<&'t str> {
        let by_path = self.by_path.get_or_init(|| {
            let named = |source: &'t Source<'s>| (kustomize::join("", &source.name), source);
            // What holds objects is for the API server.
            let plain = self.sources.iter().filter(|source| source.objects(0).next().is_none());
            plain.map(named).collect()
        });
        by_path.get(path).map(|source| source.tree().text())
    }
}

/// What a ConfigMap shows.
pub struct Configured<'t> {
    /// A fragment: ``ConfigMap `web` speaks of …``.
    pub shown: String,
    /// Its name.
    pub name: String,
    /// The object, unless kustomize is to make it.
    pub object: Option<Object<'t>>,
}

impl<'t> Inventory<'t> {
    /// What of its configuration shows that a pod speaks to the API server.
    pub fn configured(&self, pod: Pod<'_>) -> Option<Configured<'t>> {
        let maps = &self.config_maps().named;
        if maps.is_empty() {
            return None;
        }
        let namespace = self.namespace_of(pod.object());
        // Something else may name the namespace that is missing.
        let near = |map: &&ConfigMap<'_>| {
            map.namespace == namespace || map.namespace.is_none() || namespace.is_none()
        };
        // Whether a volume is mounted is asked last, since it takes longest to tell.
        let reads =
            |reading: &Reading<'_>| reading.volume.is_none_or(|volume| pod.mounts_volume(volume));
        pod.config_maps().find_map(|reading| {
            let mut maps = maps.get(&*reading.name)?.iter().filter(near);
            let found = maps.find_map(|map| Some((map, map.speaks(&reading)?)));
            let (map, (key, named)) = found.filter(|_| reads(&reading))?;
            let object = match map.data {
                Data::Object(object) => Some(object),
                Data::Texts(_) => None,
            };
            let shown = format!("ConfigMap `{}` speaks of `{named}` in `{key}`", reading.name);
            Some(Configured { shown, name: reading.name.into_owned(), object })
        })
    }
}

impl ConfigMap<'_> {
    /// The first key that speaks of the API server, and what it names.
    fn speaks(&self, reading: &Reading<'_>) -> Option<(String, &'static str)> {
        let reads = |key: &str| {
            reading.keys.as_ref().is_none_or(|keys| keys.iter().any(|its| **its == *key))
        };
        match &self.data {
            Data::Object(object) => {
                let mut data = object.node().get("data").into_iter().flat_map(Node::entries);
                data.find_map(|(key, value)| {
                    let key = key.text();
                    // What it names has nothing that has to be escaped.
                    let its = Some(value).filter(|_| reads(&key))?.raw();
                    Some((key.into_owned(), speaks(its)?))
                })
            }
            Data::Texts(texts) => texts
                .iter()
                .filter(|(key, _)| reads(key))
                .find_map(|(key, text)| Some((key.clone(), speaks(text)?))),
        }
    }
}

impl<'t> Pod<'t> {
    /// The ConfigMaps that its volumes hold, or that it takes variables from.
    fn config_maps(self) -> impl Iterator<Item = Reading<'t>> {
        let held = self.volumes().flat_map(|volume| {
            let parts = volume.at("projected/sources").into_iter().flat_map(Node::items);
            let maps = [volume].into_iter().chain(parts).filter_map(|part| part.get("configMap"));
            maps.filter_map(move |map| Reading::of(map, Some(volume)))
        });
        let taken = self.containers().flat_map(|container| {
            let all = container.list("envFrom").filter_map(|from| from.get("configMapRef"));
            let one = container.list("env").filter_map(|it| it.at("valueFrom/configMapKeyRef"));
            all.chain(one).filter_map(|source| Reading::of(source, None))
        });
        held.chain(taken)
    }
}

impl<'t> Reading<'t> {
    /// `source` is what names the ConfigMap; and a key, or items that have one each.
    fn of(source: Node<'t>, volume: Option<Node<'t>>) -> Option<Reading<'t>> {
        let keys = match source.get("items") {
            Some(items) => Some(items.items().filter_map(|item| text(item, "key")).collect()),
            None => text(source, "key").map(|key| vec![key]),
        };
        Some(Reading { name: text(source, "name")?, volume, keys })
    }
}

/// What a text names that only a program reads which speaks to the API server.
fn speaks(text: &str) -> Option<&'static str> {
    let has = |name: &str| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some();
    if !STEMS.iter().any(|stem| has(stem)) {
        return None;
    }
    NAMES.iter().copied().find(|name| {
        memchr::memmem::find_iter(text.as_bytes(), name).any(|at| {
            // `main_cluster` is something else, while `/var` may stand before a path.
            name.starts_with('/') || at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric()
        })
    })
}

/// Whether a text that is no object may be of use, if kustomize makes a ConfigMap of it.
pub(super) fn may_speak(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"kubernetes").is_some() && speaks(text).is_some()
}
