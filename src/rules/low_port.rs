//! What lets a pod listen below 1024 without being root.
//!
//! In: a [`Pod`]. Out: wishes, all of which must come true together.

use super::{Context, Trust, host_namespaces};
use crate::{
    manifest::{Part as _, Pod},
    yaml::Wish,
};

const HOST_NETWORK: &str = "hostNetwork";

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
