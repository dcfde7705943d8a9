//! What aliases and merges share.
//!
//! In: a document. Out: which nodes cannot be edited without editing others.

use serde_json::{Map, Value};

use crate::yaml::{Kind, Node};

/// The anchors of a document that an alias uses.
pub(super) struct Shared<'t> {
    /// Each alias with the node that it stands for.
    uses: Vec<(Node<'t>, Node<'t>)>,
}

impl<'t> Shared<'t> {
    pub(super) fn new(root: Node<'t>) -> Shared<'t> {
        let mut anchors: Vec<(&str, Node<'t>)> = Vec::new();
        let mut uses = Vec::new();
        if !root.tree().properties.iter().any(|properties| properties.anchor.is_some()) {
            return Shared { uses };
        }
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            if let Some(anchor) = node.anchor() {
                anchors.push((&node.tree().text()[anchor.start + 1..anchor.end], node));
            }
            if node.kind() == Kind::Alias {
                // An anchor may be given again; what counts is the last one before the alias.
                let name = &node.raw()[1..];
                let target = anchors.iter().rev().find(|(anchor, _)| *anchor == name);
                uses.extend(target.map(|(_, target)| (node, *target)));
            }
            let from = open.len();
            open.extend(node.children());
            open[from..].reverse();
        }
        Shared { uses }
    }

    /// Whether an alias stands for this node.
    pub(super) fn is_used(&self, node: Node<'_>) -> bool {
        self.uses.iter().any(|(_, target)| target.id == node.id)
    }

    /// A node within `node`, or itself, that an alias outside of it stands for.
    pub(super) fn used_outside(&self, node: Node<'_>) -> Option<Node<'t>> {
        let (start, end) = (node.span().start, node.span().end);
        let within = |other: Node<'_>| start <= other.span().start && other.span().end <= end;
        let lost = self
            .uses
            .iter()
            .find(|(alias, target)| (target.id == node.id || within(*target)) && !within(*alias));
        lost.map(|(_, target)| *target)
    }
}

/// What the merges (`<<`) of a map bring in, and the place of the last of them among its entries.
///
/// What cannot be read is not brought in; a document that has such is never edited.
pub(super) fn merged(map: Node<'_>) -> Option<(usize, Map<String, Value>)> {
    let mut found: Option<(usize, Map<String, Value>)> = None;
    for (place, (key, value)) in map.entries().enumerate() {
        if !key.is_merge() {
            continue;
        }
        let (last, all) = found.get_or_insert_with(|| (place, Map::new()));
        *last = place;
        match value.value() {
            Ok(Value::Object(map)) => all.extend(map),
            Ok(Value::Array(maps)) => {
                // Of a list the first one wins.
                let maps = maps.into_iter().rev().filter_map(|map| match map {
                    Value::Object(map) => Some(map),
                    _ => None,
                });
                all.extend(maps.flatten());
            }
            _ => {}
        }
    }
    found
}
