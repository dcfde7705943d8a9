//! Kubernetes objects as views of YAML nodes; owns nothing, and asks for nothing it does not need.
//!
//! In: the [`Tree`](crate::yaml::Tree)s of all sources. Out: their [`Object`]s, the [`Pod`]s that
//! those run, and the [`Inventory`] of all.

mod source;
mod selector;
mod object;
mod workload;
mod part;
mod pod;
mod container;
mod volume;
mod data;
mod need;
mod token;
mod mesh;
mod stake;
mod fault;
mod refusal;
mod writes;
mod whom;
mod right;
mod rights;
mod binding;
mod bootstrap;
mod service;
mod port;
mod owner;
mod inventory;
mod user;
mod kustomize;
mod overlay;
mod config_map;
mod whole;
mod unseen;
mod place;

pub use binding::{Binding, Bound, RoleRef, Subject};
pub use config_map::Configured;
pub use container::{Container, List};
pub use inventory::{Inventory, OpenShift};
pub use kustomize::{
    KUSTOMIZATIONS, folder, is_kustomization, join, reads, resources, stands_below,
};
pub use need::is_system;
pub use object::{LOOKED_INTO, Object, Site};
pub use overlay::Overlay;
pub use owner::Owner;
pub use part::Part;
pub use place::Place;
pub use pod::Pod;
pub use port::{ContainerPort, ServicePort, Target};
pub use right::Right;
pub use rights::Reach;
pub use selector::{Flaw, Labels, Requirement, Selector, Test};
pub use service::Backend;
pub use source::{Problem, Source};
pub use token::TokenUse;
pub use volume::{Mount, clean};
pub use whom::Whom;
pub use workload::Workload;
