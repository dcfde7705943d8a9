//! What lets a pod listen below 1024 without being root.
//!
//! In: a [`Pod`]. Out: wishes, all of which must come true together.

use super::{Context, Trust, host_namespaces};
use crate::{
    manifest::{Part as _, Pod},
    yaml::Wish,
};

const HOST_NETWORK: &str = "hostNetwork";

/// Whether some fix may ask for it.
pub(super) fn wanted(pod: Pod<'_>, context: &Context<'_>) -> bool {
    pod.containers().any(|container| {
        let low = || context.image(container).is_some_and(|image| image.low_port == Some(true));
        container.low_port().is_some() || low()
    })
}

/// The wishes, and how far they may be trusted; none where the API server takes no such sysctl: in
/// the network of the node, and of a pod that is not whole.
pub(super) fn free(pod: Pod<'_>, context: &Context<'_>) -> Option<(Vec<Wish>, Trust)> {
    if host_namespaces::stays(pod, HOST_NETWORK, context) || !pod.workload().whole {
        return None;
    }
    let mut wishes = vec![pod.free_ports()];
    if pod.flag(HOST_NETWORK) != Some(true) {
        return Some((wishes, Trust::Safe));
    }
    // The pod leaves that network in the same run, and has to with this.
    wishes.push(pod.set(HOST_NETWORK, false));
    Some((wishes, Trust::Risky))
}
