//! A patch of a kustomization.

use json_patch::{AddOperation, PatchOperation};

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
        // What is not at hand holds nothing for workloads, or whoever left it out knows of it.
        let named = |path: &str| match file(path) {
            Some(source) => Patch::all(source.tree(), target),
            None => Ok(Vec::new()),
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
                value => Change::Merge(value),
            };
            let target = match (selected, &change) {
                (Some(target), _) => target,
                (None, Change::Merge(value)) => Target::of_patch(value),
                (None, Change::Operations(_)) => return Err("a patch without `target`".to_owned()),
            };
            Ok(Patch { target, change })
        };
        tree.roots().filter(|root| !root.is_null()).map(patch).collect()
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
        }
    }
}

/// The library that kustomize uses takes `replace` of a key that is missing for `add`.
fn lenient(operation: &PatchOperation, value: &Value) -> PatchOperation {
    match operation {
        PatchOperation::Replace(it) if value.pointer(it.path.as_str()).is_none() => {
            PatchOperation::Add(AddOperation { path: it.path.clone(), value: it.value.clone() })
        }
        other => other.clone(),
    }
}

/// What json-patch says, in one line and small letters.
fn words(error: &json_patch::PatchError) -> String {
    format!("nothing fits `{}` ({})", error.path, error.kind)
}
