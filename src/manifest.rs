//! Kubernetes objects as views of YAML nodes; owns nothing, and asks for nothing it does not need.
//!
//! In: the [`Tree`](crate::yaml::Tree)s of all sources. Out: their [`Object`]s, the [`Pod`]s that
//! those run, and the [`Inventory`] of all.

mod source;
mod object;
mod workload;
mod part;
mod pod;
mod container;
mod volume;
mod data;
mod need;
mod token;
mod stake;
mod fault;
mod refusal;
mod writes;
mod inventory;
mod kustomize;
mod overlay;
mod config_map;
mod place;

pub use config_map::Configured;
pub use container::{Container, List};
pub use inventory::{Binding, Inventory, OpenShift};
pub use kustomize::{is_kustomization, join, reads};
pub use need::is_system;
pub use object::{LOOKED_INTO, Object, Site};
pub use overlay::Overlay;
pub use part::Part;
pub use place::Place;
pub use pod::Pod;
pub use source::{Problem, Source};
pub use token::TokenUse;
pub use volume::{Mount, clean};
pub use workload::Workload;
