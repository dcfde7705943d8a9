//! Strategic merge patches: part of an object, laid over it.
//!
//! Source: `merge2` and `walk` of `sigs.k8s.io/kustomize/kyaml`, and the merge keys of
//! `k8s.io/api/core/v1`.

use serde_json::Map;

use crate::yaml::Value;

/// The groups whose types kustomize knows; lists of all others are replaced as a whole.
const KNOWN: &[&str] = &["", "apps", "batch", "extensions"];

/// The lists of a pod whose items are told apart by some of their fields; the others are replaced
/// as a whole.
fn keys(list: &str) -> &'static [&'static str] {
    match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "volumes"
        | "env"
        | "imagePullSecrets"
        | "resourceClaims"
        | "schedulingGates" => &["name"],
        "volumeMounts" => &["mountPath"],
        "volumeDevices" => &["devicePath"],
        "ports" => &["containerPort", "protocol"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey", "whenUnsatisfiable"],
        _ => &[],
    }
}

/// Lays a patch over an object; one that is deleted becomes null.
pub(super) fn merge(value: &mut Value, patch: &Value) {
    let api_version = value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let merge = Merge { knows: KNOWN.contains(&group) };
    // What an object is, no patch changes.
    let fixed = ["apiVersion", "kind"].map(|key| value.get(key).cloned());
    let name = value.pointer("/metadata/name").cloned();
    merge.value("", value, patch);
    if !value.is_object() {
        return;
    }
    for (key, its) in ["apiVersion", "kind"].into_iter().zip(fixed) {
        if let Some(its) = its {
            value[key] = its;
        }
    }
    if let (Some(name), Some(Value::Object(metadata))) = (name, value.get_mut("metadata")) {
        metadata.insert("name".to_owned(), name);
    }
}

struct Merge {
    knows: bool,
}

impl Merge {
    /// `field` is the key that the value stands at.
    fn value(&self, field: &str, value: &mut Value, patch: &Value) {
        match patch {
            Value::Object(patch) => self.map(value, patch),
            Value::Array(patch) => self.list(field, value, patch),
            patch => *value = patch.clone(),
        }
    }

    fn map(&self, value: &mut Value, patch: &Map<String, Value>) {
        match directive(patch) {
            Some("delete") => {
                *value = Value::Null;
                return;
            }
            Some("replace") => *value = Value::Object(Map::new()),
            _ => {}
        }
        if !value.is_object() {
            *value = Value::Object(Map::new());
        }
        let Value::Object(map) = value else { return };
        for (key, patch) in patch.iter().filter(|(key, _)| !key.starts_with('$')) {
            match patch {
                Value::Null => {
                    map.shift_remove(key);
                }
                patch => {
                    let value = map.entry(key.clone()).or_insert(Value::Null);
                    self.value(key, value, patch);
                    if value.is_null() {
                        map.shift_remove(key);
                    }
                }
            }
        }
    }

    fn list(&self, field: &str, value: &mut Value, patch: &[Value]) {
        let keys = if self.knows { keys(field) } else { &[] };
        let directive_of = |item: &Value| item.as_object().and_then(directive).map(str::to_owned);
        let mut old = match value.take() {
            Value::Array(items) => items,
            _ => Vec::new(),
        };
        let replaces = patch.iter().any(|item| {
            directive_of(item).as_deref() == Some("replace") && same(keys, item, item).is_none()
        });
        if keys.is_empty() || replaces {
            old.clear();
        }
        // What the patch speaks of comes first, in its order.
        let mut items = Vec::with_capacity(old.len() + patch.len());
        for item in patch {
            let found = old.iter().position(|its| same(keys, its, item) == Some(true));
            let mut merged = found.map_or(Value::Null, |index| old.remove(index));
            if directive_of(item).is_some() && same(keys, item, item).is_none() {
                continue;
            }
            self.value("", &mut merged, item);
            if !merged.is_null() {
                items.push(merged);
            }
        }
        items.extend(old);
        *value = Value::Array(items);
    }
}

fn directive(map: &Map<String, Value>) -> Option<&str> {
    map.get("$patch").and_then(Value::as_str)
}

/// Whether two items are one; none if they do not say so.
fn same(keys: &[&str], one: &Value, other: &Value) -> Option<bool> {
    let first = keys.first()?;
    let (its, others) = (one.get(first)?, other.get(first)?);
    let rest = keys[1..].iter().all(|key| match (one.get(key), other.get(key)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    });
    Some(its == others && rest)
}
