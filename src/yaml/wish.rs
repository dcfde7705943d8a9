//! What should be so, and why it cannot be made so.

use super::{Pointer, Value};

/// One thing that should be so. None says how the text is laid out.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// The node holds this value; parents that are missing, or null, are made.
    Set {
        /// Where.
        at: Pointer,
        /// What.
        value: Value,
    },
    /// The list holds this item; a missing list is made, and a new item goes last.
    Include {
        /// The list.
        at: Pointer,
        /// The item.
        value: Value,
    },
    /// The list holds this item at this place, and what stood there and behind it moves up: what
    /// RFC 6902 calls `add` to a list. Items that are wished for at one place stand there in the
    /// order in which they were wished for, equal ones once.
    Insert {
        /// The place: an index up to the length of the list.
        at: Pointer,
        /// The item.
        value: Value,
    },
    /// There is no such node. What holds it stays, if only as `{}` or `[]`.
    Remove {
        /// Where.
        at: Pointer,
    },
}

impl Wish {
    /// The node that it speaks of.
    pub fn at(&self) -> &Pointer {
        match self {
            Wish::Set { at, .. }
            | Wish::Include { at, .. }
            | Wish::Insert { at, .. }
            | Wish::Remove { at } => at,
        }
    }

    /// The same, as one who stands at `root` says it; none if that is elsewhere.
    pub(crate) fn below(&self, root: &Pointer) -> Option<Wish> {
        let at = self.at().below(root)?;
        Some(match self {
            Wish::Set { value, .. } => Wish::Set { at, value: value.clone() },
            Wish::Include { value, .. } => Wish::Include { at, value: value.clone() },
            Wish::Insert { value, .. } => Wish::Insert { at, value: value.clone() },
            Wish::Remove { .. } => Wish::Remove { at },
        })
    }
}

/// Why a wish is not fulfilled, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of reason, to count by.
    pub kind: Cannot,
    /// The byte that is in the way.
    pub at: usize,
    /// The reason in full; a fragment in lower case.
    pub message: String,
}

/// The kinds of reasons for which an edit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cannot {
    /// The value is shared through an alias or a merge: editing it here would edit it elsewhere.
    Shared,
    /// A key on the way stands there more than once.
    Duplicate,
    /// There is no such place: a parent is no collection, or an index lies beyond its list.
    Missing,
    /// The text is written in a way that cannot be edited in place (`? key`, `a: b` in `[…]`).
    Layout,
    /// Another wish asks for something else at the same place.
    Conflict,
    /// The document cannot be read as Kubernetes would read it.
    Unreadable,
    /// The edited text would not have meant what was wished.
    Unfaithful,
}
