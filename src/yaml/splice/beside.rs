//! New documents, written directly before and behind those that are there.
//!
//! In: a document, a [`Side`] of it, and values. Out: the [`Edit`] that writes a document of each
//! value, or why none can stand there.

use super::{lines, style, style::Style};
use crate::{
    text::Edit,
    yaml::{Cannot, Kind, Node, Refusal, Tree, Value, cook, print::Layout},
};

/// A side of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::yaml) enum Side {
    Before,
    Behind,
}

/// Marks of lines that must stay at the top of a file: for the system, and for editors.
const MODES: [&str; 3] = ["#!", "-*-", " vim:"];
/// What says whose a file is.
const LICENSE: [&str; 3] = ["Copyright", "SPDX-", "Licensed under"];
/// What tells an editor the schema of the document that follows.
const SCHEMA: &str = "yaml-language-server:";

/// Writes new documents, one for each value and in their order.
pub(in crate::yaml) fn beside<'v>(
    tree: &Tree<'_>,
    document: usize,
    side: Side,
    values: impl IntoIterator<Item = &'v Value>,
) -> Edit {
    let text = tree.text();
    let at = place(tree, document, side);
    let layout = tree.root(document).map(|root| Style::new(root).block(root, at));
    let layout = layout.expect("a document stands beside one that is there");
    let line_break = layout.line_break;
    let mut new = String::new();
    if at == text.len() && !text.ends_with('\n') {
        new.push_str(line_break);
    }
    let opens = side == Side::Before && !tree.documents[document].explicit;
    for value in values {
        // What follows begins with `---`: no literal takes it in.
        let written = Layout { room: 0, ..layout }.document(value);
        let parts = match opens {
            true => [&*written, line_break, "---", line_break],
            false => ["---", line_break, &*written, line_break],
        };
        new.extend(parts);
    }
    Edit::insert(at, new)
}

/// Whether new documents can be written on a side of a document.
///
/// Errors: what is in the way.
pub(in crate::yaml) fn may_stand(
    tree: &Tree<'_>,
    document: usize,
    side: Side,
) -> Result<(), Refusal> {
    let text = tree.text();
    let Some(root) = tree.root(document) else {
        let message = format!("there is no document {document}");
        return Err(Refusal { kind: Cannot::Missing, at: text.len(), message });
    };
    let refuse = |at: usize, message: &str| {
        Err(Refusal { kind: Cannot::Layout, at, message: message.to_owned() })
    };
    let own = &tree.documents[document];
    let start = own.start as usize;
    if is_one_value(tree) {
        return refuse(start, "the text is one value in brackets, and has no place for another");
    }
    let next = match side {
        Side::Before => Some(own),
        Side::Behind => tree.documents.get(document + 1),
    };
    if let Some(next) = next.filter(|next| next.directives) {
        let message = "no document can stand between `%` directives and the one they are for";
        return refuse(next.start as usize, message);
    }
    let at = place(tree, document, side);
    let is_at_line = at == top(text) || at == text.len() || text.as_bytes()[at - 1] == b'\n';
    if lines::break_of(text, at) == "\r" || next.is_some_and(|it| it.explicit) && !is_at_line {
        return refuse(at, "kubectl finds documents only between lines that end with `\\n`");
    }
    let last = lines::tail(root);
    if at == text.len() && last.span().end == at && is_kept_open(last) {
        let message = "the text in the last line would end with a line break that it does not have";
        return refuse(last.span().start, message);
    }
    Ok(())
}

/// Whether a text is one value in brackets, as JSON is, which has no place for another.
pub fn is_one_value(tree: &Tree<'_>) -> bool {
    let [own] = &tree.documents[..] else { return false };
    let before = &tree.text()[..own.start as usize];
    let is_first_thing = before.trim_start_matches('\u{feff}').trim().is_empty();
    let is_flow = || tree.root(0).is_some_and(style::is_flow);
    !own.explicit && is_flow() && is_first_thing
}

/// Whether a block scalar says that its last line ends without a break, because the text does.
fn is_kept_open(scalar: Node<'_>) -> bool {
    let text = scalar.tree().text();
    matches!(scalar.kind(), Kind::Literal | Kind::Folded)
        && cook::header(scalar.raw()).chomp != Some(b'-')
        && !text.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// The byte between two lines at which new documents come.
///
/// Before a `---` all that stands around it stays with its document; at the end of the text all of
/// it stays with the last one.
fn place(tree: &Tree<'_>, document: usize, side: Side) -> usize {
    let next = match side {
        Side::Before => document,
        Side::Behind => document + 1,
    };
    match tree.documents.get(next) {
        Some(next) if next.explicit => next.start as usize,
        Some(next) => head_end(tree.text(), next.start as usize),
        None => tree.text().len(),
    }
}

/// The end of the lines at the top of a text that are for all of it, and not for the first
/// document alone, whose content starts at `start`: those that an empty line parts from it, its
/// license, and a line that must be the first one.
fn head_end(text: &str, start: usize) -> usize {
    let content = lines::line_start(text, start);
    let next = |&at: &usize| Some(lines::next_line(text, at));
    let above = std::iter::successors(Some(top(text)), next);
    let above: Vec<usize> = above.take_while(|&at| at < content).collect();
    let line = |at: usize| &text[at..lines::line_end(text, at)];
    let says = |at: usize, words: &[&str]| words.iter().any(|word| line(at).contains(word));
    let touch = |at: &&usize| !line(**at).trim_matches([' ', '\t']).is_empty();
    let touching = above.len() - above.iter().rev().take_while(touch).count();
    let is_license = above[touching..].iter().any(|&at| says(at, &LICENSE));
    let head = match touching {
        _ if is_license => above.len(),
        0 if above.first().is_some_and(|&at| says(at, &MODES)) => 1,
        _ => touching,
    };
    let schema = above.iter().position(|&at| line(at).contains(SCHEMA));
    let head = head.min(schema.unwrap_or(above.len()));
    above.get(head).copied().unwrap_or(content)
}

/// The first byte behind a BOM.
fn top(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}
