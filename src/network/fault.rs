//! What is wrong with an object, so that nobody can say what it allows.

use std::fmt;

use crate::{
    manifest::{Flaw, Object},
    yaml::{Node, Pointer},
};

/// Why a cluster would not take an object, or why it cannot be told what it means here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which source it stands in, counted from 0.
    pub source: usize,
    /// Which document of that, counted from 0.
    pub document: usize,
    /// Where in that; of what lacks something, what holds it.
    pub at: Pointer,
    /// ``NetworkPolicy `shop/web` ``
    pub subject: String,
    /// What is wrong; a fragment in lower case.
    pub message: String,
}

impl Fault {
    /// What is wrong with a part of an object.
    pub(super) fn of(object: Object<'_>, subject: &str, flaw: Flaw<'_>) -> Fault {
        let at = flaw.node.pointer_below(object.node(), object.pointer());
        Fault::at(object, subject, at, flaw.message)
    }

    /// What is wrong at an address within the document of an object.
    pub(super) fn at(object: Object<'_>, subject: &str, at: Pointer, message: String) -> Fault {
        let (source, document) = (object.source(), object.document());
        Fault { source, document, at, subject: subject.to_owned(), message }
    }
}

/// ``NetworkPolicy `shop/web`: `/spec/ingress/0/from/0` has neither …``
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (at {})", self.subject, self.message, self.at)
    }
}

/// What to call an object before people: ``NetworkPolicy `shop/web` ``.
pub(super) fn title(kind: &str, namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{kind} `{namespace}/{name}`"),
        None => format!("{kind} `{name}`"),
    }
}

/// The value at a key, if there is one and it is not null, which is the same to Kubernetes.
pub(super) fn given<'t>(node: Node<'t>, key: &str) -> Option<Node<'t>> {
    node.get(key).filter(|value| !value.is_null())
}
