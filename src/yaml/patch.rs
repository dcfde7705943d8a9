//! A patch that someone wrote, on any document of YAML or JSON.
//!
//! In: a text and a JSON Patch (RFC 6902) or a JSON merge patch (RFC 7396). Out: the text with the
//! patch applied in the fewest bytes, proven against the `json-patch` crate.

mod error;
mod number;

use std::collections::HashSet;

use json_patch::{Patch, PatchOperation, jsonptr};

pub use self::error::PatchError;
use self::number::inexact;
use super::{
    Error, Group, Kind, Node, Pointer, Tree, Value, Wish, edit, index, operations::find,
    print::read_back,
};
use crate::text::Edits;

/// What a file with a patch holds.
#[derive(Clone, Debug, PartialEq)]
pub enum PatchFile {
    /// RFC 6902: operations, one after the other.
    Operations(Patch),
    /// RFC 7396: what should be there, with null for what should not.
    Merge(Value),
}

/// A text to which a patch was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patched {
    /// The text; the one that was given, if all the patch asks for was so already.
    pub text: String,
    /// What a person should know about the document, though the patch was applied.
    pub warnings: Vec<Warning>,
}

/// Something about a document that does not stand in the way of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The byte of the text, before the patch.
    pub at: usize,
    /// What it is; a fragment in lower case.
    pub message: String,
}

impl PatchFile {
    /// Reads a patch, in JSON or in YAML: a list is a JSON Patch, a map a merge patch.
    ///
    /// Errors: [`PatchError::NoPatch`].
    pub fn parse(text: &str) -> Result<PatchFile, PatchError> {
        let refused = |at, message: String| PatchError::NoPatch { at, message };
        let unread = |error: Error| refused(Some(error.at), error.message.into_owned());
        let tree = Tree::parse(text).map_err(unread)?;
        let mut roots = tree.roots().filter(|root| root.kind() != Kind::Empty);
        let (Some(root), None) = (roots.next(), roots.next()) else {
            return Err(refused(None, "a patch is exactly one document".to_owned()));
        };
        if let Some((at, message)) = inexact(root) {
            return Err(refused(Some(at), message));
        }
        match root.value().map_err(unread)? {
            Value::Object(map) => Ok(PatchFile::Merge(Value::Object(map))),
            operations @ Value::Array(_) => serde_json::from_value(operations)
                .map(PatchFile::Operations)
                .map_err(|error| refused(None, error.to_string())),
            _ => {
                let message = "a patch is a list of operations (RFC 6902) or a map (RFC 7396)";
                Err(refused(Some(root.span().start), message.to_owned()))
            }
        }
    }
}

/// Applies a patch to one document of a text; all other bytes stay as they are.
///
/// Documents are counted from 0, empty ones too. Without a number the text must hold exactly one
/// document that is not empty. The operations of a JSON Patch are carried out one after the other.
/// What holds already is left as it is written: `0644` where 420 is wished.
///
/// Errors: the first operation that cannot be carried out, and why; nothing is done then.
pub fn patch(
    text: &str,
    document: Option<usize>,
    patch: &PatchFile,
) -> Result<Patched, PatchError> {
    let tree = Tree::parse(text).map_err(PatchError::Unreadable)?;
    let document = choose(&tree, document)?;
    let root = tree.root(document).expect("the document was chosen among those there are");
    let value = root.value().map_err(PatchError::Unreadable)?;
    let warnings = warnings(&tree, document);
    let mut work = Work { document, value, text: text.to_owned(), history: Vec::new() };
    let wanted = match patch {
        PatchFile::Operations(operations) => {
            let wanted = work.value.clone();
            for (index, operation) in operations.iter().enumerate() {
                work.operate(index, operation)?;
            }
            operated(wanted, operations)
        }
        PatchFile::Merge(patch) => {
            let mut wanted = work.value.clone();
            let patch = read_back(patch).into_owned();
            let mut wishes = Vec::new();
            merge(&work.value, &patch, &Pointer::root(), &mut wishes);
            json_patch::merge(&mut wanted, &patch);
            work.fulfil(None, wishes)?;
            Some(wanted)
        }
    };
    match wanted == Some(work.value) {
        true => Ok(Patched { text: work.text, warnings }),
        false => Err(PatchError::Unfaithful),
    }
}

fn choose(tree: &Tree<'_>, document: Option<usize>) -> Result<usize, PatchError> {
    let documents = tree.roots().len();
    if let Some(document) = document {
        return match document < documents {
            true => Ok(document),
            false => Err(PatchError::NoDocument { document, documents }),
        };
    }
    let roots = tree.roots().enumerate();
    let mut filled = roots.filter(|(_, root)| !root.is_null()).map(|(index, _)| index);
    match (filled.next(), filled.count()) {
        (Some(document), 0) => Ok(document),
        (None, _) => Err(PatchError::Ambiguous { documents: 0 }),
        (Some(_), more) => Err(PatchError::Ambiguous { documents: more + 1 }),
    }
}

/// What `json-patch` makes of a value.
fn operated(mut value: Value, operations: &Patch) -> Option<Value> {
    let operations: Vec<PatchOperation> = operations.iter().map(readable).collect();
    json_patch::patch(&mut value, &operations).ok()?;
    Some(value)
}

/// An operation with its value as it reads back once it is written.
fn readable(operation: &PatchOperation) -> PatchOperation {
    let mut operation = operation.clone();
    match &mut operation {
        PatchOperation::Add(add) => add.value = read_back(&add.value).into_owned(),
        PatchOperation::Replace(replace) => replace.value = read_back(&replace.value).into_owned(),
        PatchOperation::Test(test) => test.value = read_back(&test.value).into_owned(),
        _ => {}
    }
    operation
}

struct Work {
    document: usize,
    /// What the document says now.
    value: Value,
    text: String,
    /// The edits so far, in order.
    history: Vec<Edits>,
}

impl Work {
    fn operate(&mut self, number: usize, operation: &PatchOperation) -> Result<(), PatchError> {
        let number = Some(number);
        let path = pointer(operation.path());
        match operation {
            PatchOperation::Add(add) => self.add(number, path, read_back(&add.value).into_owned()),
            PatchOperation::Replace(replace) => {
                self.stands(number, &path)?;
                let wish =
                    Wish::Set { at: path.clone(), value: read_back(&replace.value).into_owned() };
                self.fulfil(number, vec![wish])
            }
            PatchOperation::Remove(_) => self.remove(number, path),
            PatchOperation::Copy(copy) => {
                let value = self.taken(number, &pointer(&copy.from))?;
                self.add(number, path, value)
            }
            PatchOperation::Move(shift) => {
                let from = pointer(&shift.from);
                let value = self.taken(number, &from)?;
                if path == from {
                    return Ok(());
                }
                if path.is_within(&from) {
                    let message = "a value cannot move into itself";
                    return Err(self.inapplicable(number, &path, message));
                }
                self.remove(number, from)?;
                self.add(number, path, value)
            }
            PatchOperation::Test(test) => {
                let found = self.stands(number, &path)?;
                if *found == *read_back(&test.value) {
                    return Ok(());
                }
                let message = format!("the test fails: the value is {}", brief(found));
                Err(self.inapplicable(number, &path, message))
            }
        }
    }

    fn add(
        &mut self,
        number: Option<usize>,
        path: Pointer,
        value: Value,
    ) -> Result<(), PatchError> {
        let Some((parent, last)) = path.split_last() else {
            let wish = Wish::Set { at: path.clone(), value };
            return self.fulfil(number, vec![wish]);
        };
        let wish = match find(&self.value, parent) {
            Some(Value::Object(_)) => Wish::Set { at: path.clone(), value },
            Some(Value::Array(items)) => {
                let place = if last == "-" { Some(items.len()) } else { index(&last) };
                let Some(place) = place.filter(|place| *place <= items.len()) else {
                    let message = format!("the list has {} items and no place there", items.len());
                    return Err(self.inapplicable(number, &path, message));
                };
                let list = path.parent().unwrap_or_default();
                Wish::Insert { at: list.child(place.to_string()), value }
            }
            Some(_) => {
                let message = "what it should be added to is neither a map nor a list";
                return Err(self.inapplicable(number, &path, message));
            }
            None => {
                let message = "what it should be added to does not exist";
                return Err(self.inapplicable(number, &path, message));
            }
        };
        self.fulfil(number, vec![wish])
    }

    fn remove(&mut self, number: Option<usize>, path: Pointer) -> Result<(), PatchError> {
        self.stands(number, &path)?;
        self.fulfil(number, vec![Wish::Remove { at: path.clone() }])
    }

    /// The value at an address that must exist.
    fn stands(&self, number: Option<usize>, path: &Pointer) -> Result<&Value, PatchError> {
        let found = find(&self.value, path.tokens());
        found.ok_or_else(|| self.inapplicable(number, path, "there is no such value"))
    }

    /// The value at an address that must exist, to be written elsewhere.
    fn taken(&self, number: Option<usize>, path: &Pointer) -> Result<Value, PatchError> {
        let value = self.stands(number, path)?.clone();
        let tree = Tree::parse(&self.text).map_err(PatchError::Unreadable)?;
        let node = tree.root(self.document).map(|root| root.walk(path).0);
        match node.and_then(inexact) {
            Some((_, message)) => Err(self.inapplicable(number, path, message)),
            None => Ok(value),
        }
    }

    fn inapplicable(
        &self,
        operation: Option<usize>,
        path: &Pointer,
        message: impl Into<String>,
    ) -> PatchError {
        let tree = Tree::parse(&self.text).ok();
        let root = tree.as_ref().and_then(|tree| tree.root(self.document));
        let at = root.map_or(0, |root| root.walk(path).0.span().start);
        let (pointer, message) = (path.clone(), message.into());
        PatchError::Inapplicable { operation, pointer, at: self.original(at), message }
    }

    /// Edits the text, which is proven in doing so.
    fn fulfil(&mut self, operation: Option<usize>, wishes: Vec<Wish>) -> Result<(), PatchError> {
        // The text was parsed before, and what was edited since was parsed to prove it.
        let tree = Tree::parse(&self.text).map_err(PatchError::Unreadable)?;
        let alone = |wish: &Wish| Group {
            document: self.document,
            wishes: vec![wish.clone()],
            beside: Vec::new(),
        };
        let groups: Vec<Group> = wishes.iter().map(alone).collect();
        let edited = edit(&tree, &groups);
        drop(tree);
        if let Some((index, mut refusal)) = edited.refused.into_iter().next() {
            refusal.at = self.original(refusal.at);
            let pointer = wishes[index].at().clone();
            return Err(PatchError::Refused { operation, pointer, refusal });
        }
        if edited.edits.is_empty() {
            return Ok(());
        }
        self.text = edited.text;
        self.history.push(edited.edits);
        let tree = Tree::parse(&self.text).map_err(PatchError::Unreadable)?;
        let root = tree.root(self.document).ok_or(PatchError::Unfaithful)?;
        self.value = root.value().map_err(PatchError::Unreadable)?;
        Ok(())
    }

    /// The byte of the text that was given, for one of the text as it is now.
    fn original(&self, at: usize) -> usize {
        self.history.iter().rev().fold(at, |at, edits| before(edits, at))
    }
}

/// The byte before some edits, for one after them; that of the edit, if it was inserted.
fn before(edits: &Edits, at: usize) -> usize {
    let mut grown = 0_isize;
    for edit in edits.as_slice() {
        let start = edit.span.start.saturating_add_signed(grown);
        if at < start {
            break;
        }
        if at < start + edit.insert.len() {
            return edit.span.start;
        }
        grown += edit.insert.len() as isize - edit.span.len() as isize;
    }
    at.saturating_add_signed(-grown)
}

fn pointer(path: &jsonptr::Pointer) -> Pointer {
    Pointer::parse(path.as_str()).expect("`jsonptr` keeps the notation of RFC 6901 too")
}

/// The start of a value, for a message.
fn brief(value: &Value) -> String {
    const LONG: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The wishes that a merge patch stands for.
fn merge(old: &Value, patch: &Value, at: &Pointer, wishes: &mut Vec<Wish>) {
    let (Value::Object(old), Value::Object(patch)) = (old, patch) else {
        // Nulls in it speak of what is not there.
        let mut value = Value::Null;
        json_patch::merge(&mut value, patch);
        wishes.push(Wish::Set { at: at.clone(), value });
        return;
    };
    for (key, value) in patch {
        let at = at.child(key.as_str());
        match (old.get(key), value) {
            (None, Value::Null) => {}
            (Some(_), Value::Null) => wishes.push(Wish::Remove { at }),
            (old, value) => merge(old.unwrap_or(&Value::Null), value, &at, wishes),
        }
    }
}

/// What is odd about a document, though a patch can be applied to it.
fn warnings(tree: &Tree<'_>, document: usize) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let Some(root) = tree.root(document) else {
        return warnings;
    };
    let start = tree.documents[document].start as usize;
    let line = start + super::cook::line_len(&tree.text()[start..]);
    let explicit = tree.documents[document].explicit;
    if explicit && root.kind() != Kind::Empty && root.span().start < line {
        let message = "kubectl rejects content on the line of a `---`".to_owned();
        warnings.push(Warning { at: root.span().start, message });
    }
    let mut open: Vec<Node<'_>> = vec![root];
    while let Some(node) = open.pop() {
        let mut seen = HashSet::new();
        for (key, _) in node.entries().filter(|(key, _)| !key.is_merge()) {
            let Ok(name) = key.key() else { continue };
            if seen.contains(&name) {
                let message =
                    format!("the key `{name}` stands here more than once; the last one counts");
                warnings.push(Warning { at: key.span().start, message });
            }
            seen.insert(name);
        }
        open.extend(node.children().filter(|child| !child.kind().is_scalar()));
    }
    warnings.sort_by_key(|warning| warning.at);
    warnings
}
