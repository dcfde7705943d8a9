//! What a pod and its containers have in common: fields that are read, and wished for.

use std::borrow::Cow;

use super::{Container, Pod};
use crate::yaml::{Node, Pointer, Value, Wish};

pub(super) const SECURITY_CONTEXT: &str = "securityContext";

/// A pod, or one of its containers. Paths are keys that hold no slash: `securityContext/privileged`.
pub trait Part<'t>: Copy {
    /// The map that holds the fields.
    fn node(self) -> Node<'t>;

    /// The pod that it is, or is part of.
    fn pod(self) -> Pod<'t>;

    /// The container that it is, if it is one.
    fn container(self) -> Option<Container<'t>>;

    /// What to call it in a sentence: `the pod`, ``container `app` ``.
    fn title(self) -> String;

    /// The value of its `securityContext`.
    fn security_context(self) -> Option<Node<'t>>;

    /// The node at a field.
    fn at(self, path: &str) -> Option<Node<'t>> {
        match path.strip_prefix(SECURITY_CONTEXT).and_then(|rest| rest.strip_prefix('/')) {
            Some(field) => self.security_context()?.at(field),
            None => self.node().at(path),
        }
    }

    /// A truth value.
    fn flag(self, path: &str) -> Option<bool> {
        self.at(path).and_then(Node::as_bool)
    }

    /// A string.
    fn word(self, path: &str) -> Option<Cow<'t, str>> {
        self.at(path).and_then(Node::as_str)
    }

    /// A whole number.
    fn number(self, path: &str) -> Option<i64> {
        self.at(path).and_then(Node::as_i64)
    }

    /// The entries of a list.
    fn list(self, path: &str) -> impl Iterator<Item = Node<'t>> {
        self.at(path).into_iter().flat_map(Node::items)
    }

    /// The strings of a list.
    fn words(self, path: &str) -> impl Iterator<Item = Cow<'t, str>> {
        self.list(path).filter_map(Node::as_str)
    }

    /// Its address within the document.
    fn pointer(self) -> Pointer {
        self.address(self.node())
    }

    /// The address of a node within it, or within the object that runs it.
    fn address(self, node: Node<'t>) -> Pointer {
        let object = self.pod().object();
        node.pointer_below(object.node(), object.pointer())
    }

    /// The wish that the field held this value.
    fn set(self, path: &str, value: impl Into<Value>) -> Wish {
        Wish::Set { at: self.pointer().into_join(path), value: value.into() }
    }

    /// The wish that the list held this item.
    fn include(self, path: &str, value: impl Into<Value>) -> Wish {
        Wish::Include { at: self.pointer().into_join(path), value: value.into() }
    }

    /// The wish that there were no such field.
    fn remove(self, path: &str) -> Wish {
        Wish::Remove { at: self.pointer().into_join(path) }
    }

    /// The annotation that named its seccomp profile before there was a field: its key and value.
    fn seccomp_annotation(self) -> Option<(String, Cow<'t, str>)> {
        let annotations = self.pod().annotations()?;
        let key = match self.container() {
            None => "seccomp.security.alpha.kubernetes.io/pod".to_owned(),
            Some(its) => format!("container.seccomp.security.alpha.kubernetes.io/{}", its.name()),
        };
        let value = annotations.get(&key)?.as_str()?;
        Some((key, value))
    }
}

impl<'t> Part<'t> for Pod<'t> {
    fn node(self) -> Node<'t> {
        self.spec()
    }

    fn security_context(self) -> Option<Node<'t>> {
        Pod::security_context(self)
    }

    fn pod(self) -> Pod<'t> {
        self
    }

    fn container(self) -> Option<Container<'t>> {
        None
    }

    fn title(self) -> String {
        "the pod".to_owned()
    }
}

impl<'t> Part<'t> for Container<'t> {
    fn node(self) -> Node<'t> {
        self.entry()
    }

    // Its place is known, and need not be found again in what may be a long list.
    fn pointer(self) -> Pointer {
        self.owner().pointer().into_join(self.place().key()).into_item(self.index())
    }

    fn security_context(self) -> Option<Node<'t>> {
        Container::security_context(self)
    }

    fn pod(self) -> Pod<'t> {
        self.owner()
    }

    fn container(self) -> Option<Container<'t>> {
        Some(self)
    }

    fn title(self) -> String {
        format!("container `{}`", self.name())
    }
}
