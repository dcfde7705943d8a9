//! Volumes, and where containers mount them.

use std::{borrow::Cow, collections::HashSet};

use super::{Container, Part as _, Pod, source::text};
use crate::yaml::Node;

/// A volume in the file system of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount<'t> {
    /// The name of the volume.
    pub volume: Cow<'t, str>,
    /// Where it is mounted; cleaned.
    pub path: String,
    /// Whether the container may not write to it.
    pub read_only: bool,
}

impl<'t> Pod<'t> {
    /// The entries of `volumes`.
    pub fn volumes(self) -> impl Iterator<Item = Node<'t>> {
        self.list("volumes")
    }

    /// Whether a container mounts the volume; taken for granted of one that has no name.
    pub fn mounts_volume(self, volume: Node<'_>) -> bool {
        let Some(name) = text(volume, "name") else { return true };
        self.containers().any(|container| {
            let mut devices = container.list("volumeDevices");
            container.mounts().any(|mount| mount.volume == name)
                || devices.any(|device| text(device, "name").as_ref() == Some(&name))
        })
    }

    /// Whether it has volumes that the kubelet gives to the group of the pod.
    pub fn shares_volumes(self) -> bool {
        let mut volumes = self.volumes();
        volumes.any(|it| ["hostPath", "nfs"].iter().all(|key| it.get(key).is_none()))
            || !self.claim_templates().is_empty()
    }

    /// The names that a new volume must not take: those of volumes, and of claims, for each of
    /// which the controller adds a volume of the same name.
    pub fn volume_names(self) -> impl Iterator<Item = Cow<'t, str>> {
        let claims = self.claim_templates().into_iter();
        let metadata = claims.filter_map(|claim| claim.get("metadata"));
        self.volumes().chain(metadata).filter_map(|node| text(node, "name"))
    }

    /// Names for new volumes, one for each container and the path at which it mounts it: `tmp` of
    /// `/tmp`, or `tmp-CONTAINER` if several containers have one of that name. No name is taken here
    /// or by `others`, and each is one that the API server takes.
    pub fn new_volumes<'n>(
        self,
        places: &[(Container<'t>, &str)],
        others: impl Iterator<Item = Cow<'n, str>>,
    ) -> Vec<String> {
        if places.is_empty() {
            return Vec::new();
        }
        let mut taken: HashSet<String> = self.volume_names().map(Cow::into_owned).collect();
        taken.extend(others.map(Cow::into_owned));
        let base = |path: &str| path.trim_matches('/').replace('/', "-");
        let name = |(container, path): &(Container<'t>, &str)| {
            let base = base(path);
            let is_shared = places.iter().any(|(other, its)| {
                other.name() != container.name() && base == its.trim_matches('/').replace('/', "-")
            });
            let wanted = match is_shared {
                true => format!("{base}-{}", container.name()),
                false => base,
            };
            let name = free_name(&wanted, &taken);
            taken.insert(name.clone());
            name
        };
        places.iter().map(name).collect()
    }

    /// A name for a new volume: the one that is wanted, or, if that is taken here or by `others`, the
    /// same with a number behind it.
    pub fn new_volume<'n>(
        self,
        wanted: &str,
        others: impl Iterator<Item = Cow<'n, str>>,
    ) -> String {
        let mut taken: HashSet<String> = self.volume_names().map(Cow::into_owned).collect();
        taken.extend(others.map(Cow::into_owned));
        free_name(wanted, &taken)
    }

    /// The names of the volumes that are paths of the node, and those paths as they are written.
    pub fn host_paths(self) -> impl Iterator<Item = (Cow<'t, str>, Cow<'t, str>)> {
        self.volumes().filter_map(|volume| {
            let path = volume.at("hostPath/path")?.as_str()?;
            Some((text(volume, "name").unwrap_or_default(), path))
        })
    }
}

impl<'t> Container<'t> {
    /// The entries of `volumeMounts`.
    pub fn mounts(self) -> impl Iterator<Item = Mount<'t>> {
        self.list("volumeMounts").filter_map(|mount| {
            Some(Mount {
                volume: text(mount, "name")?,
                path: clean(&text(mount, "mountPath")?),
                read_only: mount.get("readOnly").and_then(Node::as_bool) == Some(true),
            })
        })
    }

    /// The mount above a path that lets nobody write there, so that nothing can be mounted in it
    /// either.
    pub fn closes(self, path: &str) -> Option<Mount<'t>> {
        const CLOSED: [&str; 4] = ["configMap", "secret", "projected", "downwardAPI"];
        let is_above = |mount: &Mount<'_>| {
            let below = path.strip_prefix(mount.path.trim_end_matches('/'));
            below.is_some_and(|below| below.starts_with('/'))
        };
        let is_closed = |mount: &Mount<'_>| {
            mount.read_only
                || self.pod().volumes().any(|volume| {
                    text(volume, "name").as_ref() == Some(&mount.volume)
                        && CLOSED.iter().any(|kind| volume.get(kind).is_some())
                })
        };
        self.mounts().find(|mount| is_above(mount) && is_closed(mount))
    }

    /// Whether a mount decides what stands at the path: one at that very path, or a writable one
    /// above it.
    pub fn mounts_over(self, path: &str) -> bool {
        let holds = |mount: &Mount<'_>| {
            let below = path.strip_prefix(mount.path.trim_end_matches('/'));
            !mount.read_only && below.is_some_and(|below| below.starts_with('/'))
        };
        self.mounts().any(|mount| mount.path == path || holds(&mount))
    }

    /// The paths of the node that it mounts, as they are written.
    pub fn host_paths(self) -> impl Iterator<Item = Cow<'t, str>> {
        let mounted: Vec<_> = self.mounts().map(|mount| mount.volume).collect();
        self.pod()
            .host_paths()
            .filter(move |(volume, _)| mounted.contains(volume))
            .map(|(_, path)| path)
    }
}

/// The longest name of a volume that the API server takes: a DNS label.
const MAX_NAME: usize = 63;

/// The name, made a DNS label, with a number behind it if it is taken.
fn free_name(wanted: &str, taken: &HashSet<String>) -> String {
    let label = |letter: char| match letter.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9') => letter,
        _ => '-',
    };
    let wanted: String = wanted.chars().map(label).collect();
    let wanted = wanted.trim_start_matches('-');
    let suffixes = std::iter::once(String::new()).chain((2_usize..).map(|n| format!("-{n}")));
    let mut names = suffixes.map(|suffix| {
        let room = wanted.len().min(MAX_NAME - suffix.len());
        format!("{}{suffix}", wanted[..room].trim_end_matches('-'))
    });
    names.find(|name| !taken.contains(name)).expect("only finitely many names are taken")
}

/// An absolute path without `.`, `..`, doubled and trailing slashes; `/var/run` is `/run`, to
/// which it is a link in every common image.
pub fn clean(path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    if let ["var", "run", ..] = steps[..] {
        steps.remove(0);
    }
    format!("/{}", steps.join("/"))
}
