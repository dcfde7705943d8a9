//! A patch of a kustomization.

use json_patch::{
    AddOperation, PatchOperation,
    jsonptr::{PointerBuf, Token},
};

use super::{Target, merge::merge};
use crate::{
    manifest::{Source, source::text},
    yaml::{Node, Tree, Value},
};

pub(super) struct Patch {
    target: Target,
    change: Change,
}

enum Change {
    /// A part of an object, laid over it.
    Merge(Value),
    /// RFC 6902
    Operations(json_patch::Patch),
    /// Nobody can tell, and why.
    Unknown(String),
}

impl Patch {
    /// The patches of an entry of `patches`, `patchesJson6902` or `patchesStrategicMerge`: at
    /// hand, or in a file.
    ///
    /// An error says what is wrong, as a fragment.
    pub(super) fn read<'f>(
        entry: Node<'_>,
        file: &impl Fn(&str) -> Option<&'f Source<'f>>,
    ) -> Result<Vec<Patch>, String> {
        let inline =
            |text: &str| Tree::parse(text.to_owned()).map_err(|error| error.message.to_string());
        let target = entry.get("target").filter(|target| target.kind().is_map());
        let named = |path: &str| match file(path) {
            Some(source) => Patch::all(source.tree(), target),
            None => Ok(vec![Patch::unknown(target, format!("its patch `{path}` cannot be read"))?]),
        };
        if let Some(merge) = entry.as_str() {
            return match merge.contains('\n') {
                true => Patch::all(&inline(&merge)?, None),
                false => named(&merge),
            };
        }
        match (text(entry, "path"), text(entry, "patch")) {
            (Some(path), _) => named(&path),
            (None, Some(patch)) => Patch::all(&inline(&patch)?, target),
            (None, None) => Err("a patch without `path` and `patch`".to_owned()),
        }
    }

    /// The replacements of an entry of `replacements`, whose values nobody looks for.
    pub(super) fn replacements<'f>(
        entry: Node<'_>,
        file: &impl Fn(&str) -> Option<&'f Source<'f>>,
    ) -> Result<Vec<Patch>, String> {
        const WHY: &str = "its replacements may put anything there";
        let of_one = |entry: Node<'_>| {
            let targets = entry.get("targets").into_iter().flat_map(Node::items);
            let targets = targets.filter(|target| {
                let paths = target.get("fieldPaths").into_iter().flat_map(Node::items);
                paths.filter_map(Node::as_str).any(|path| !path.starts_with("metadata."))
            });
            let unknown = |target: Node<'_>| Patch::unknown(target.get("select"), WHY.to_owned());
            targets.map(unknown).collect::<Result<Vec<_>, _>>()
        };
        let Some(path) = text(entry, "path") else { return of_one(entry) };
        let Some(source) = file(&path) else {
            return Ok(vec![Patch::unknown(None, WHY.to_owned())?]);
        };
        let mut patches = Vec::new();
        for root in source.tree().roots() {
            match root.kind().is_list() {
                true => root.items().try_for_each(|entry| {
                    patches.extend(of_one(entry)?);
                    Ok::<_, String>(())
                })?,
                false => patches.extend(of_one(root)?),
            }
        }
        Ok(patches)
    }

    fn unknown(target: Option<Node<'_>>, why: String) -> Result<Patch, String> {
        let target = target.map(Target::select).unwrap_or_default();
        Ok(Patch { target, change: Change::Unknown(why) })
    }

    fn all(tree: &Tree<'_>, target: Option<Node<'_>>) -> Result<Vec<Patch>, String> {
        let patch = |root: Node<'_>| {
            let value = root.value().map_err(|error| error.message.to_string())?;
            let selected = target.map(Target::select);
            let change = match value {
                Value::Array(_) => {
                    let operations: Vec<PatchOperation> = serde_json::from_value(value)
                        .map_err(|error| format!("its operations are not RFC 6902: {error}"))?;
                    Change::Operations(json_patch::Patch(operations))
                }
                value @ Value::Object(_) => Change::Merge(value),
                _ => return Err("a patch that is neither a map nor a list".to_owned()),
            };
            let target = match (selected, &change) {
                (Some(target), _) => target,
                (None, Change::Merge(value)) => Target::of_patch(value),
                (None, _) => return Err("a patch without `target`".to_owned()),
            };
            Ok(Patch { target, change })
        };
        let roots = tree.roots().filter(|root| !root.is_null());
        roots.flat_map(parts).map(patch).collect()
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Changes a value that the target matches; one that is deleted becomes null.
    pub(super) fn apply(&self, value: &mut Value) -> Result<(), String> {
        match &self.change {
            Change::Merge(patch) => {
                merge(value, patch);
                Ok(())
            }
            Change::Operations(patch) => patch.iter().try_for_each(|operation| {
                let operation = lenient(operation, value);
                json_patch::patch(value, &[operation])
                    .map_err(|error| format!("its patch cannot be applied: {}", words(&error)))
            }),
            Change::Unknown(why) => Err(why.clone()),
        }
    }
}

/// The operation as RFC 6902 has it: the library that kustomize uses takes `replace` of a key that is
/// missing for `add`, and counts from the end where an index is negative.
fn lenient(operation: &PatchOperation, value: &Value) -> PatchOperation {
    let mut operation = operation.clone();
    match &mut operation {
        PatchOperation::Add(it) => it.path = from_the_start(&it.path, value, 1),
        PatchOperation::Remove(it) => it.path = from_the_start(&it.path, value, 0),
        PatchOperation::Replace(it) => it.path = from_the_start(&it.path, value, 0),
        PatchOperation::Test(it) => it.path = from_the_start(&it.path, value, 0),
        PatchOperation::Move(_) | PatchOperation::Copy(_) => {}
    }
    match operation {
        PatchOperation::Replace(it) if value.pointer(it.path.as_str()).is_none() => {
            PatchOperation::Add(AddOperation { path: it.path, value: it.value })
        }
        other => other,
    }
}

/// A path in which no index is negative; `room` is how many items more the last list may have.
fn from_the_start(path: &PointerBuf, value: &Value, room: usize) -> PointerBuf {
    let count = path.tokens().count();
    let mut found = PointerBuf::new();
    for (place, token) in path.tokens().enumerate() {
        let token = token.decoded();
        let list = value.pointer(found.as_str()).and_then(Value::as_array);
        let back = token.strip_prefix('-').and_then(|digits| digits.parse::<usize>().ok());
        let room = if place + 1 == count { room } else { 0 };
        let index = list.zip(back).and_then(|(list, back)| (list.len() + room).checked_sub(back));
        match index {
            Some(index) => found.push_back(Token::new(index.to_string())),
            None => found.push_back(Token::new(token.into_owned())),
        }
    }
    found
}

/// The patches that a list of objects holds, or the one that this is.
fn parts(root: Node<'_>) -> Vec<Node<'_>> {
    let is_list = text(root, "kind").is_some_and(|kind| kind.ends_with("List"));
    match root.get("items").filter(|items| is_list && items.kind().is_list()) {
        Some(items) => items.items().collect(),
        None => vec![root],
    }
}

/// What json-patch says, in one line and small letters.
fn words(error: &json_patch::PatchError) -> String {
    format!("nothing fits `{}` ({})", error.path, error.kind)
}
