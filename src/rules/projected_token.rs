//! A token for those containers alone that use it.
//!
//! In: a [`Pod`] each of whose containers would mount the token of its account. Out: the fix that
//! mounts it where it is used, as the API server would, and nowhere else.
//!
//! Source: `TokenVolumeSource` and `mountServiceAccountToken` of
//! `k8s.io/kubernetes/plugin/pkg/admission/serviceaccount`. With the same volume come the same
//! rights to read it: the kubelet gives the token to the `fsGroup` of the pod, or to the user that
//! all its containers share, and lets everyone in the container read it otherwise (KEP 2451).

use serde_json::{Value, json};

use super::{Context, Fix, names, token};
use crate::{
    manifest::{Container, List, Part as _, Pod, clean},
    yaml::Wish,
};

/// Where client libraries look for it.
const PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// What the API server calls the volume, but for letters behind it that it makes up.
const NAME: &str = "kube-api-access";

/// Gives the token to those that use it; nothing if all do, or if it is not known which.
pub(super) fn fix(pod: Pod<'_>, field: &str, context: &Context<'_>) -> Option<Fix> {
    if !context.settings.token_per_container || !pod.workload().whole || pod.injected().is_some() {
        return None;
    }
    let uses = pod.containers().map(|it| (it, token::used_by(it, context)));
    let (uses, others): (Vec<_>, Vec<_>) = uses.partition(|(_, its_use)| its_use.is_some());
    let others: Vec<Container<'_>> = others.into_iter().map(|(it, _)| it).collect();
    let path = clean(PATH);
    // One that runs later gets no volume, and one that is there stays.
    let barred = |it: Container<'_>| {
        it.place() == List::Ephemeral || it.mounts_token() || it.closes(&path).is_some()
    };
    if uses.is_empty() || others.is_empty() || uses.iter().any(|(it, _)| barred(*it)) {
        return None;
    }
    // Who reads it is not told.
    if token::configured(pod, context).is_some() {
        return None;
    }
    let name = pod.new_volume(NAME, context.inventory.patched_volumes(pod.object()));
    let mount = json!({ "name": name, "mountPath": PATH, "readOnly": true });
    let mut wishes = vec![pod.set(field, false), pod.include("volumes", volume(&name))];
    let mounts = uses.iter().map(|(it, _)| it.include("volumeMounts", mount.clone()));
    wishes.extend(mounts.collect::<Vec<Wish>>());
    let uses: Vec<_> = uses.into_iter().filter_map(|(_, its_use)| its_use).collect();
    let shown: Vec<&str> = uses.iter().map(|its_use| &*its_use.shown).collect();
    let shown = format!("It goes to those that seem to use it: {}.", shown.join(", and "));
    let silent = token::silent(others.iter().copied(), context);
    let fix = match &silent {
        Some(_) => Fix::safe(wishes, format!("{shown} No other speaks to the API server.")),
        None => {
            let others = names(&others);
            Fix::risky(wishes, format!("{shown} Check that nothing in {others} does."))
        }
    };
    let evidence = uses.into_iter().filter_map(|its_use| its_use.evidence);
    let evidence =
        evidence.chain(silent.into_iter().flatten()).chain(context.said("token-per-container"));
    Some(fix.resting_on(evidence))
}

/// What the API server mounts by itself.
fn volume(name: &str) -> Value {
    json!({
        "name": name,
        "projected": {
            "defaultMode": 0o644,
            "sources": [
                { "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } },
                {
                    "configMap": {
                        "name": "kube-root-ca.crt",
                        "items": [{ "key": "ca.crt", "path": "ca.crt" }],
                    }
                },
                {
                    "downwardAPI": {
                        "items": [
                            {
                                "path": "namespace",
                                "fieldRef": {
                                    "apiVersion": "v1",
                                    "fieldPath": "metadata.namespace",
                                },
                            }
                        ]
                    }
                },
            ],
        },
    })
}
