//! What lets in pods by the account that they run as, and is no binding.
//!
//! In: the [`Inventory`]. Out: what speaks of the accounts called `default`, and of whose.

use std::borrow::Cow;

use crate::{
    manifest::{Inventory, Object, folder, stands_below},
    yaml::Value,
};

/// Everything that lets in a `default`.
#[derive(Default)]
pub(super) struct Admitted(Vec<Admission>);

struct Admission {
    /// `AuthorizationPolicy db`
    by: String,
    /// The namespace of the account; none if it may be in any.
    namespace: Option<String>,
    /// Where it stands.
    folder: String,
}

impl Admitted {
    pub(super) fn of(inventory: &Inventory<'_>) -> Admitted {
        let kinds = ["SecurityContextConstraints", "AuthorizationPolicy", "MeshTLSAuthentication"];
        let mut admitted = Admitted::default();
        for object in kinds.iter().flat_map(|kind| inventory.of_kind(kind)) {
            let Ok(value) = object.node().value() else { continue };
            let own = inventory.namespace_of(object);
            let mut namespaces = Vec::new();
            let Value::Object(map) = &value else { continue };
            let parts = map.iter().filter(|(key, _)| *key != "metadata");
            parts.for_each(|(_, part)| named(part, own.as_deref(), &mut namespaces));
            namespaces.dedup();
            let folder = folder(inventory.name_of(object)).to_owned();
            admitted.0.extend(namespaces.into_iter().map(|namespace| Admission {
                by: format!("{} {}", object.kind(), object.name()),
                namespace,
                folder: folder.clone(),
            }));
        }
        admitted
    }

    /// What lets in a workload as `default`. The namespace of one that does not say it may be that of
    /// what stands in its folder or above.
    pub(super) fn by(&self, object: Object<'_>, inventory: &Inventory<'_>) -> Option<&str> {
        let namespace: Option<Cow<'_, str>> = inventory.namespace_of(object);
        let own = inventory.name_of(object);
        let lets_in = |it: &&Admission| match (&it.namespace, namespace.as_deref()) {
            (Some(its), Some(namespace)) => its == namespace,
            (None, Some(_)) => true,
            (_, None) => stands_below(own, &it.folder),
        };
        self.0.iter().find(lets_in).map(|it| it.by.as_str())
    }
}

/// The namespaces of all `default` that a value names: as Kubernetes calls them as users, by the
/// identities of Istio (`cluster.local/ns/shop/sa/default`) and Linkerd
/// (`default.shop.serviceaccount.identity.linkerd.cluster.local`), or as a reference.
fn named(value: &Value, own: Option<&str>, found: &mut Vec<Option<String>>) {
    match value {
        Value::String(text) => {
            if let Some(rest) = text.strip_prefix("system:serviceaccount:")
                && let Some(namespace) = rest.strip_suffix(":default")
            {
                found.push(Some(namespace.to_owned()));
            } else if let Some(rest) = text.strip_suffix("/sa/default") {
                let namespace = rest.rsplit_once("ns/").map(|(_, namespace)| namespace);
                found.push(namespace.filter(|its| !its.contains('*')).map(str::to_owned));
            } else if let Some(rest) = text.strip_prefix("default.")
                && rest.contains(".serviceaccount.")
            {
                let namespace = rest.split('.').next().filter(|its| *its != "*");
                found.push(namespace.map(str::to_owned));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| named(item, own, found)),
        Value::Object(map) => {
            let word = |key: &str| map.get(key).and_then(Value::as_str);
            if word("name") == Some("default")
                && word("kind").is_none_or(|it| it == "ServiceAccount")
            {
                found.push(word("namespace").or(own).map(str::to_owned));
            }
            map.values().for_each(|value| named(value, own, found));
        }
        _ => {}
    }
}
