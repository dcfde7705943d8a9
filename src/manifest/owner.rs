//! What runs a pod, where that is not the object that describes it.
//!
//! In: an [`Object`]. Out: its [`Owner`].

use std::borrow::Cow;

use super::{Object, source::text};
use crate::yaml::Node;

/// The object that made another, and looks after it; it is in the same namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner<'t> {
    /// `ReplicaSet`; empty where that is not said.
    pub kind: Cow<'t, str>,
    /// Its name.
    pub name: Cow<'t, str>,
}

impl<'t> Object<'t> {
    /// The one of its owners that controls it.
    pub fn controller(self) -> Option<Owner<'t>> {
        let owners = self.node().at("metadata/ownerReferences")?;
        let controls =
            |owner: &Node<'_>| owner.get("controller").and_then(Node::as_bool) == Some(true);
        let owner = owners.items().find(controls)?;
        let kind = text(owner, "kind").unwrap_or_default();
        Some(Owner { kind, name: text(owner, "name")? })
    }
}
