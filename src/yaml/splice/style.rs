//! The manner in which a document is written, read off the nearest example.
//!
//! In: the [`Node`] that gets an entry. Out: how the entry is laid out.

use std::cell::OnceCell;

use super::lines;
use crate::{
    text::Span,
    yaml::{
        Kind, Node, Value,
        print::{Flow, Layout, Spread},
    },
};

/// Two spaces, and lists flush with their key, as `kubectl` prints them.
const STEP: usize = 2;
const LIST: usize = 0;
/// How many entries of a long list are looked at to see how others are written: there may be very
/// many, and each may be edited.
const FEW: usize = 64;

/// The examples of a document, found when they are first needed.
pub(super) struct Style<'t> {
    root: Node<'t>,
    steps: OnceCell<Vec<(usize, usize)>>,
    lists: OnceCell<Vec<(usize, usize)>>,
    gaps: OnceCell<Vec<(usize, usize)>>,
    spread_lists: OnceCell<bool>,
}

impl<'t> Style<'t> {
    pub(super) fn new(root: Node<'t>) -> Style<'t> {
        Style {
            root,
            steps: OnceCell::new(),
            lists: OnceCell::new(),
            gaps: OnceCell::new(),
            spread_lists: OnceCell::new(),
        }
    }

    /// The layout of a block that is written at the line of `at`, below `node`.
    pub(super) fn block(&self, node: Node<'t>, at: usize) -> Layout<'t> {
        let text = node.tree().text();
        Layout {
            step: self.nearest(node, at, Measure::Step).unwrap_or(STEP),
            list: self.nearest(node, at, Measure::List).unwrap_or(LIST),
            gap: self.nearest(node, at, Measure::Gap).unwrap_or(1),
            line_break: lines::break_of(text, at),
            room: lines::room(text, at),
        }
    }

    /// The example that is nearest to a node: among its own entries, then, a level up at a time,
    /// among its siblings' and on the way to it, then anywhere in the document.
    fn nearest(&self, node: Node<'t>, at: usize, of: Measure) -> Option<usize> {
        let mut level = Some(node);
        while let Some(node) = level {
            if let Some(found) = among(node, of) {
                return Some(found);
            }
            let items = node.kind() == Kind::BlockList;
            let mut siblings = node.items().take(FEW);
            let sibling = items.then(|| siblings.find_map(|item| among(item, of))).flatten();
            if sibling.is_some() {
                return sibling;
            }
            level = node.parent();
        }
        let known = match of {
            Measure::Step => &self.steps,
            Measure::List => &self.lists,
            Measure::Gap => &self.gaps,
        };
        let examples = known.get_or_init(|| examples(self.root, of));
        let behind = examples.partition_point(|(place, _)| *place < at);
        let around = [examples.get(behind), behind.checked_sub(1).map(|before| &examples[before])];
        let nearest = around.into_iter().flatten().min_by_key(|(place, _)| place.abs_diff(at));
        nearest.map(|(_, found)| *found)
    }

    /// The layout of what is written in a flow collection.
    pub(super) fn flow(&self, node: Node<'t>) -> Flow<'t> {
        let text = node.tree().text();
        let json = is_json(node);
        let like = match node.kind() {
            Kind::FlowList => node.items().last().map_or(Kind::Plain, Node::kind),
            _ => Kind::Plain,
        };
        let tight = within(node, |node| {
            let (key, value) = node.entries().find(|(key, value)| {
                key.kind() == Kind::DoubleQuoted && value.kind() != Kind::Empty
            })?;
            Some(value.lead()? == key.span().end && lines::entry_start(value) == value.lead()? + 1)
        });
        let close = within(node, |node| {
            let starts: Vec<usize> = entry_starts(node).take(2).collect();
            let [_, second] = starts[..] else {
                return None;
            };
            Some(text.as_bytes()[second - 1] == b',')
        });
        let tight = tight.unwrap_or(false);
        Flow {
            json,
            like,
            colon: if tight { ":" } else { ": " },
            comma: if close.unwrap_or(tight && json) { "," } else { ", " },
            padded: [Kind::FlowMap, Kind::FlowList].map(|kind| is_padded(node, kind)),
            spread: json.then(|| self.spread(node)).flatten(),
        }
    }

    /// A list of scalars as those beside it in a map are written, if they have brackets.
    pub(super) fn bracketed(&self, map: Node<'t>, value: &Value) -> Option<String> {
        let list = bracketed(map).filter(|_| is_short_list(value))?;
        Some(Flow { spread: None, ..self.flow(list) }.value(value))
    }

    /// How JSON is spread over lines where maps begin and end on the lines of their list: `[{`.
    fn hanging(&self, list: Node<'t>) -> Option<Spread<'t>> {
        let map = list.items().last().filter(|item| item.kind() == Kind::FlowMap)?;
        let entry = entry_starts(map).next().filter(|_| has_lines(map))?;
        let text = list.tree().text();
        Some(Spread {
            line_break: lines::break_of(text, map.span().start),
            indent: indent(text, map.span().start).to_owned(),
            step: step(map, entry),
            lists: *self.spread_lists.get_or_init(|| lists_are_spread(self.root)),
        })
    }

    /// How JSON is spread over lines, if the nearest collection with entries is.
    fn spread(&self, node: Node<'t>) -> Option<Spread<'t>> {
        let text = node.tree().text();
        let (around, entry) = within(node, |node| Some((node, entry_starts(node).last()?)))?;
        if !has_lines(around) {
            return self.hanging(node);
        }
        let step = step(around, entry);
        let at = if around.id == node.id { entry } else { node.span().start };
        Some(Spread {
            line_break: lines::break_of(text, node.span().start),
            indent: indent(text, at).to_owned(),
            step,
            lists: *self.spread_lists.get_or_init(|| lists_are_spread(self.root)),
        })
    }
}

/// What is read off an example.
#[derive(Clone, Copy)]
enum Measure {
    /// How far the map at a key stands right of the key.
    Step,
    /// How far the list at a key stands right of the key.
    List,
    /// The blanks behind the dashes of the list at a key.
    Gap,
}

impl Measure {
    fn of(self, map: Node<'_>, value: Node<'_>) -> Option<usize> {
        let (kind, least) = match self {
            Measure::Step => (Kind::BlockMap, 1),
            Measure::List => (Kind::BlockList, 0),
            Measure::Gap if value.kind() == Kind::BlockList => return Some(dash(value).1),
            Measure::Gap => return None,
        };
        let offset = value.column().checked_sub(map.column())?;
        (value.kind() == kind && offset >= least).then_some(offset)
    }
}

fn among(map: Node<'_>, of: Measure) -> Option<usize> {
    if map.kind() != Kind::BlockMap {
        return None;
    }
    let entries = map.entries().filter(|(key, _)| !key.is_explicit());
    entries.filter_map(|(_, value)| of.of(map, value)).last()
}

/// The bytes at which examples stand, first byte first, and what is read off them.
fn examples(root: Node<'_>, of: Measure) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if let Some(example) = among(node, of) {
            found.push((node.span().start, example));
        }
        open.extend(node.children().filter(|child| !child.kind().is_scalar()));
    }
    found.sort_unstable();
    found
}

/// What can be told from a flow collection, or else from those around it.
fn within<'t, T>(node: Node<'t>, tell: impl Fn(Node<'t>) -> Option<T>) -> Option<T> {
    let around = std::iter::successors(Some(node), |node| node.parent());
    around.take_while(|node| is_flow(*node)).find_map(tell)
}

pub(super) fn is_flow(node: Node<'_>) -> bool {
    matches!(node.kind(), Kind::FlowMap | Kind::FlowList)
}

/// Whether keys are quoted as JSON has them; where there are none yet, whether all of the document
/// is in braces.
fn is_json(node: Node<'_>) -> bool {
    let told =
        within(node, |node| node.entries().next().map(|(key, _)| key.kind() == Kind::DoubleQuoted));
    told.unwrap_or_else(|| {
        let root = std::iter::successors(Some(node), |node| node.parent()).last();
        root.is_some_and(is_flow)
    })
}

/// The blanks that an entry of a collection has more than the line that opens it.
fn step<'t>(around: Node<'t>, entry: usize) -> &'t str {
    let text = around.tree().text();
    let inner = indent(text, entry).strip_prefix(indent(text, around.span().start));
    inner.filter(|step| !step.is_empty()).unwrap_or("  ")
}

/// The first byte of each entry of a flow collection.
pub(super) fn entry_starts(node: Node<'_>) -> impl Iterator<Item = usize> {
    let width = if node.kind().is_map() { 2 } else { 1 };
    node.children().step_by(width).map(lines::entry_start)
}

/// Whether each entry of a flow collection has a line of its own.
pub(super) fn has_lines(node: Node<'_>) -> bool {
    let text = node.tree().text();
    let starts: Vec<usize> = entry_starts(node).collect();
    match starts[..] {
        [] => false,
        [only] => lines::starts_line(text, only) && lines::starts_line(text, node.span().end - 1),
        [.., before, last] => {
            let first = starts.len() == 2;
            lines::starts_line(text, last) && (first || lines::starts_line(text, before))
        }
    }
}

/// The blanks before the first thing on the line of `at`.
pub(super) fn indent(text: &str, at: usize) -> &str {
    let start = lines::line_start(text, at);
    let line = &text[start..at];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Whether blanks stand within the braces or brackets of the nearest collection on one line: the
/// node, its entries, those that it is in.
fn is_padded(node: Node<'_>, kind: Kind) -> bool {
    let text = node.tree().text();
    let tell = |node: Node<'_>| {
        let first = entry_starts(node).next().filter(|_| node.kind() == kind && !node.is_pair())?;
        let gap = Span::new(node.span().start + 1, first);
        lines::is_blank(text, gap).then(|| !gap.is_empty())
    };
    within(node, |node| tell(node).or_else(|| node.children().take(FEW).find_map(tell)))
        .unwrap_or(false)
}

/// How many blanks stand between the end of an entry and a comma; or, where none stand behind the
/// opening bracket, the closing one.
pub(super) fn loose(node: Node<'_>, end: usize) -> usize {
    let text = node.tree().text();
    // A pair without braces begins with its key, and so with any character.
    let second = text.as_bytes().get(node.span().start + 1);
    let padded = matches!(second, Some(b' ' | b'\t' | b'\n' | b'\r'));
    let rest = text[end..].trim_start_matches([' ', '\t']);
    match rest.starts_with(',') || rest.starts_with(['}', ']']) && !padded {
        true => text.len() - end - rest.len(),
        false => 0,
    }
}

/// A list of scalars in brackets, if the last list of scalars among the entries of a map is one.
fn bracketed(map: Node<'_>) -> Option<Node<'_>> {
    let is_list = |list: &Node<'_>| {
        let filled = list.items().next().is_some();
        filled && list.items().all(|item| item.kind().is_scalar())
    };
    let lists = map.entries().map(|(_, value)| value).filter(is_list);
    lists.last().filter(|list| list.kind() == Kind::FlowList && !has_lines(*list))
}

/// Whether a value is a list of scalars, and not an empty one.
fn is_short_list(value: &Value) -> bool {
    let scalars = |items: &Vec<Value>| {
        !items.is_empty() && !items.iter().any(|it| it.is_array() || it.is_object())
    };
    value.as_array().is_some_and(scalars)
}

/// Whether the document has lists of scalars on several lines, as its first one tells.
fn lists_are_spread(root: Node<'_>) -> bool {
    let text = root.tree().text();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        let scalars =
            node.kind() == Kind::FlowList && node.items().all(|item| item.kind().is_scalar());
        if scalars && node.items().next().is_some() {
            let span = node.span();
            return lines::line_end(text, span.start) < span.end;
        }
        let from = open.len();
        open.extend(node.children().filter(|child| !child.kind().is_scalar()));
        open[from..].reverse();
    }
    true
}

/// The column of a compact map or list below a dash, told by an item of the list; and the blanks
/// behind its dash.
pub(super) fn dash(list: Node<'_>) -> (Option<usize>, usize) {
    let text = list.tree().text();
    let Some((item, lead)) = list.items().last().and_then(|item| Some((item, item.lead()?))) else {
        return (None, 1);
    };
    let start = lines::content_start(item);
    let gap = Span::new(lead + 1, start.max(lead + 1));
    if !gap.is_empty() && lines::is_blank(text, gap) {
        return (None, gap.len());
    }
    let below = matches!(item.kind(), Kind::BlockMap | Kind::BlockList);
    (below.then(|| item.column()), 1)
}
