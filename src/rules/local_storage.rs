//! What the first volume on the disk of its node means to a pod.
//!
//! In: a [`Pod`]. Out: a sentence.

use crate::{manifest::Pod, yaml::Node};

const EVICTABLE: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";

/// What to know of a pod that gets an `emptyDir`, unless it was so before.
///
/// Source: `skip-nodes-with-local-storage` of the Cluster Autoscaler, which is on by default.
pub(super) fn told(pod: Pod<'_>) -> Option<&'static str> {
    let is_on_disk = |volume: Node<'_>| {
        let memory = volume.at("emptyDir/medium").and_then(Node::as_str);
        let scratch = volume.get("emptyDir").is_some() && memory.as_deref() != Some("Memory");
        scratch || volume.get("hostPath").is_some()
    };
    let evictable = pod.annotations().and_then(|its| its.get(EVICTABLE)).map(Node::text);
    // It leaves out DaemonSets, and moves no pod that nothing creates anew.
    let is_moved = !matches!(&*pod.workload().kind, "DaemonSet" | "Pod");
    let was_so = pod.volumes().any(is_on_disk) || evictable.as_deref() == Some("true");
    (is_moved && !was_so)
        .then_some("With an `emptyDir` the Cluster Autoscaler no longer empties its node.")
}
