//! What a container mounts that not every user can use.
//!
//! In: a [`Container`]. Out: what keeps its owners whatever a pod says, and whether a group is
//! needed to read or write the rest.

use std::borrow::Cow;

use super::{Container, Inventory, Part as _, Pod, object::nodes_at, source::text};
use crate::yaml::Node;

/// Volumes whose files keep the owners that a server gives them.
const SERVED: &[&str] = &["nfs", "cephfs", "glusterfs", "azureFile", "quobyte"];
/// Volumes that are there before the pod and after it, and whose files the kubelet gives to the
/// group of the pod.
const LASTING: &[&str] = &[
    "persistentVolumeClaim",
    "ephemeral",
    "awsElasticBlockStore",
    "azureDisk",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "gcePersistentDisk",
    "iscsi",
    "photonPersistentDisk",
    "portworxVolume",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];
/// Volumes whose files the kubelet writes, as root, with a mode that the pod names.
const WRITTEN: &[&str] = &["secret", "configMap", "projected", "downwardAPI"];
/// What everyone may read.
const FOR_ALL: i64 = 0o004;

impl<'t> Pod<'t> {
    /// The templates of the claims that its controller makes.
    pub(super) fn claim_templates(self) -> Vec<Node<'t>> {
        match self.workload().claims {
            "" => Vec::new(),
            path => nodes_at(self.object().node(), path),
        }
    }
}

impl<'t> Container<'t> {
    /// Why another user may not be let at the data that it mounts; a fragment.
    pub fn foreign_data(self, inventory: &Inventory<'_>) -> Option<String> {
        let served = self.mounted().find_map(|volume| {
            let kind = SERVED.iter().find(|kind| volume.get(kind).is_some())?;
            let name = text(volume, "name").unwrap_or_default();
            Some(format!("it mounts `{name}` ({kind}), whose files keep their owners"))
        });
        served.or_else(|| {
            let made = self.claimed().find(|claim| is_shared(*claim));
            let made = made.map(|claim| text_at(claim, "metadata/name"));
            let name = made.or_else(|| self.shared_claim(inventory))?;
            Some(format!(
                "it mounts `{name}`, which many nodes write to, and whose files mostly keep their \
                 owners"
            ))
        })
    }

    /// The name of a claim that it mounts which stands elsewhere, and is for many nodes.
    fn shared_claim(self, inventory: &Inventory<'_>) -> Option<Cow<'t, str>> {
        let mut named =
            self.mounted().filter_map(|it| it.at("persistentVolumeClaim/claimName")?.as_str());
        let namespace = inventory.namespace_of(self.pod().object());
        named.find(|name| {
            inventory.of_kind("PersistentVolumeClaim").any(|claim| {
                claim.name() == *name
                    && inventory.namespace_of(claim) == namespace
                    && is_shared(claim.node())
            })
        })
    }

    /// Whether it mounts what a user other than root can read or write only as one of a group that
    /// the pod names: data of its own, or files that are not for everyone.
    pub fn needs_group(self) -> bool {
        self.keeps_data() || self.mounted().any(is_private)
    }

    /// Whether it mounts data that outlives the pod, and may write to it.
    pub fn keeps_data(self) -> bool {
        let outlives = |volume: Node<'_>| {
            let mut sources = LASTING.iter().filter_map(|kind| volume.get(kind));
            sources.any(|source| source.get("readOnly").and_then(Node::as_bool) != Some(true))
        };
        self.claimed().next().is_some() || self.mounted().any(outlives)
    }

    /// The volumes that it mounts.
    fn mounted(self) -> impl Iterator<Item = Node<'t>> {
        let names: Vec<Cow<'t, str>> = self.mounts().map(|mount| mount.volume).collect();
        let is_named = move |volume: &Node<'t>| {
            text(*volume, "name").is_some_and(|name| names.contains(&name))
        };
        self.pod().volumes().filter(is_named)
    }

    /// The templates of claims that it mounts.
    fn claimed(self) -> impl Iterator<Item = Node<'t>> {
        let names: Vec<Cow<'t, str>> = self.mounts().map(|mount| mount.volume).collect();
        self.pod().claim_templates().into_iter().filter(move |claim| {
            let name = claim.get("metadata").and_then(|metadata| text(metadata, "name"));
            name.is_some_and(|name| names.contains(&name))
        })
    }
}

/// Whether nodes may write to a claim at the same time.
fn is_shared(claim: Node<'_>) -> bool {
    let mut modes = claim.at("spec/accessModes").into_iter().flat_map(Node::items);
    modes.any(|mode| mode.as_str().as_deref() == Some("ReadWriteMany"))
}

fn text_at<'t>(node: Node<'t>, path: &str) -> Cow<'t, str> {
    node.at(path).and_then(Node::as_str).unwrap_or_default()
}

/// Whether the kubelet writes files of a volume that not everyone may read.
fn is_private(volume: Node<'_>) -> bool {
    let closed = |mode: Option<Node<'_>>| {
        mode.and_then(Node::as_i64).is_some_and(|mode| mode & FOR_ALL == 0)
    };
    WRITTEN.iter().filter_map(|kind| volume.get(kind)).any(|source| {
        let lists = source.get("sources").into_iter().flat_map(Node::items).flat_map(|source| {
            WRITTEN.iter().filter_map(move |kind| source.get(kind)).collect::<Vec<_>>()
        });
        let mut items = [source].into_iter().chain(lists).filter_map(|it| it.get("items"));
        closed(source.get("defaultMode"))
            || items.any(|items| items.items().any(|item| closed(item.get("mode"))))
    })
}
