//! Who reaches whom: what NetworkPolicies allow between workloads, and with the world outside.
//!
//! In: the [`Inventory`](crate::manifest::Inventory). Out: the [`Cluster`] that it describes, its
//! [`Policies`], the [`Engine`] that answers for them, and the [`Entry`]s that lead into it.
//!
//! Source: <https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>.

mod ranges;
mod ports;
mod addresses;
mod fault;
mod policy;
mod reading;
mod cluster;
mod matches;
mod engine;
mod outside;
mod entry;

pub use addresses::{Addresses, Block};
pub use cluster::{Cluster, Member, NamedPort, Pods};
pub use engine::{End, Engine, HostNetwork};
pub use entry::{Entry, entries};
pub use fault::Fault;
pub use policy::{Direction, Opening, Peer, Policies, Policy, Rule};
pub use ports::{Ports, Protocol};
