//! Which new documents stand beside which, once it is known who asks for them.
//!
//! In: groups that are not refused. Out: [`New`] documents, each of them once.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, hash_map::Entry},
};

use super::Group;
use crate::{
    text::Edit,
    yaml::{
        Node, Tree, Value,
        print::read_back,
        splice::{self, Side},
    },
};

/// A document that should stand directly beside the one of the group.
///
/// Equal ones that several groups of a text ask for are written once: before the first of their
/// documents, or else behind the last.
#[derive(Clone, Debug, PartialEq)]
pub enum Beside {
    /// The next one is the group's.
    Before(Value),
    /// The one before it is the group's.
    Behind(Value),
}

impl Beside {
    pub(super) fn side(&self) -> Side {
        match self {
            Beside::Before(_) => Side::Before,
            Beside::Behind(_) => Side::Behind,
        }
    }

    fn value(&self) -> &Value {
        match self {
            Beside::Before(value) | Beside::Behind(value) => value,
        }
    }
}

/// A document that is to be written.
pub(super) struct New<'b> {
    /// The document that it stands beside.
    pub(super) document: usize,
    pub(super) side: Side,
    pub(super) value: Cow<'b, Value>,
    /// Who asks for it.
    pub(super) groups: Vec<usize>,
}

impl New<'_> {
    /// How many of the documents that were there stand before it.
    pub(super) fn above(&self) -> usize {
        match self.side {
            Side::Before => self.document,
            Side::Behind => self.document + 1,
        }
    }

    fn spot(&self) -> (usize, Side) {
        (self.document, self.side)
    }

    /// Where it shows for each of its groups, if this is the root of it.
    pub(super) fn landings(&self, root: Node<'_>) -> Option<impl Iterator<Item = (usize, usize)>> {
        let first = root.entries().next().map_or(root, |(key, _)| key);
        let byte = first.span().start;
        root.says(&self.value).then(|| self.groups.iter().map(move |&group| (byte, group)))
    }
}

/// The new documents that some groups ask for, in the order of the text; those between the same
/// two in the order in which they were asked for.
pub(super) fn gather(groups: &[Group], kept: impl IntoIterator<Item = usize>) -> Vec<New<'_>> {
    let mut asked: Vec<(Side, usize, &Beside)> = kept
        .into_iter()
        .flat_map(|group| groups[group].beside.iter().map(move |it| (it.side(), group, it)))
        .collect();
    // Who needs it before a document is served by it wherever another one would have it.
    asked.sort_by_key(|(side, group, _)| (*side, *group));
    let mut new: Vec<New<'_>> = Vec::new();
    let mut known: HashMap<Cow<'_, Value>, usize> = HashMap::new();
    for (side, group, beside) in asked {
        let document = groups[group].document;
        match known.entry(read_back(beside.value())) {
            Entry::Occupied(entry) => {
                let new = &mut new[*entry.get()];
                new.groups.push(group);
                new.document = match (new.side, side) {
                    (Side::Before, Side::Before) => new.document.min(document),
                    (Side::Behind, Side::Behind) => new.document.max(document),
                    _ => new.document,
                };
            }
            Entry::Vacant(entry) => {
                let value = entry.key().clone();
                entry.insert(new.len());
                new.push(New { document, side, value, groups: vec![group] });
            }
        }
    }
    // Behind one document is before the next one.
    new.sort_by_key(|new| (new.above(), new.side == Side::Before));
    new
}

/// All edits, those that write new documents among them: at one byte in the order of the text.
pub(super) fn write(
    tree: &Tree<'_>,
    new: &[New<'_>],
    drafts: BTreeMap<usize, Vec<Edit>>,
) -> Vec<Edit> {
    let mut runs = new.chunk_by(|one, other| one.spot() == other.spot()).peekable();
    let write = |run: &[New<'_>]| {
        let (document, side) = run[0].spot();
        splice::beside(tree, document, side, run.iter().map(|new| &*new.value))
    };
    let mut edits = Vec::new();
    for (document, draft) in drafts {
        edits.extend(runs.next_if(|run| run[0].spot() == (document, Side::Before)).map(write));
        edits.extend(draft);
        edits.extend(runs.next_if(|run| run[0].spot() == (document, Side::Behind)).map(write));
    }
    edits
}
