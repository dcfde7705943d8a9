//! Objects that the input lacks, as typed values.
//!
//! In: what an object is to say. Out: a [`Value`] to be printed or written beside others.

mod account;
mod policy;
mod psp;

use serde::Serialize;
use serde_json::Map;

use crate::yaml::Value;

pub use account::Account;
pub use policy::{Action, Control, Missed, Mutating, Policy, Preset, Ratchet, silent};
pub use psp::{Field, Standard, Translation, Went};

/// The keys that people write before all others, in their order.
const FIRST: &[&str] =
    &["apiVersion", "kind", "metadata", "name", "namespace", "labels", "annotations"];
/// Those that they write behind all others: what is asked stands behind the words that it uses.
const LAST: &[&str] = &["variables", "mutations", "validations"];
/// The maps that say nothing where they are empty, as many other maps do.
const IDLE: &[&str] = &["metadata", "labels", "annotations"];

/// A typed object as people write it: what it is and what it is called comes first, in every map of
/// it, and metadata that says nothing is left out.
pub fn to_value(object: &impl Serialize) -> Value {
    let value = serde_json::to_value(object);
    tidy(value.expect("the keys of typed objects are text, and their numbers are finite"))
}

fn tidy(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(tidy).collect()),
        Value::Object(map) => {
            let says = |key: &str, value: &Value| match value {
                Value::Null => false,
                Value::Object(map) => !(map.is_empty() && IDLE.contains(&key)),
                _ => true,
            };
            let tidied = map.into_iter().map(|(key, value)| (key, tidy(value)));
            let mut entries: Vec<(String, Value)> =
                tidied.filter(|(key, value)| says(key, value)).collect();
            entries.sort_by_key(|(key, _)| place(key));
            Value::Object(Map::from_iter(entries))
        }
        scalar => scalar,
    }
}

/// Where a key stands; those of one place stay as they are.
fn place(key: &str) -> usize {
    let first = FIRST.iter().position(|first| *first == key);
    let last = || LAST.iter().position(|last| *last == key).map_or(0, |last| last + 1);
    first.unwrap_or_else(|| FIRST.len() + last())
}

#[cfg(test)]
mod tests {
    use k8s_openapi::{
        api::core::v1::{LocalObjectReference, ServiceAccount},
        apimachinery::pkg::apis::meta::v1::ObjectMeta,
    };

    use super::*;

    #[test]
    fn a_typed_object_becomes_what_people_write() {
        let account = ServiceAccount {
            automount_service_account_token: Some(false),
            image_pull_secrets: Some(vec![LocalObjectReference { name: "hub".to_owned() }]),
            metadata: ObjectMeta {
                labels: Some([("app".to_owned(), "web".to_owned())].into()),
                name: Some("web".to_owned()),
                namespace: Some("shop".to_owned()),
                ..ObjectMeta::default()
            },
            secrets: None,
        };
        let written = r#"{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"web","namespace":"shop","labels":{"app":"web"}},"automountServiceAccountToken":false,"imagePullSecrets":[{"name":"hub"}]}"#;
        assert_eq!(to_value(&account).to_string(), written);
    }

    #[test]
    fn metadata_that_says_nothing_is_left_out_and_other_empty_maps_are_not() {
        let value = serde_json::json!({
            "kind": "Pod",
            "metadata": { "labels": {} },
            "spec": { "volumes": [{ "emptyDir": {}, "name": "tmp" }] },
        });
        let written = r#"{"kind":"Pod","spec":{"volumes":[{"name":"tmp","emptyDir":{}}]}}"#;
        assert_eq!(to_value(&value).to_string(), written);
    }
}
