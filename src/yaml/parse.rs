//! Text to [`Tree`] in one pass, accepting what libyaml accepts.
//!
//! In: a text. Out: its documents as flat nodes that know their bytes, or the first [`Error`].
//!
//! libyaml reads in three stages: characters to tokens, tokens to events, events to nodes. A token
//! depends on what came before it through two values only, the column of the innermost block
//! collection and whether a key may begin; so one recursive descent that carries these two,
//! [`Parser::indent`] and [`Parser::key_allowed`], decides as libyaml does, without a queue. A node
//! is scanned first; if a `:` follows on its line it was a key, and a map is opened around it.

mod block;
mod bytes;
mod directive;
mod flow;
mod properties;
mod scalar;

use std::borrow::Cow;

use self::{
    bytes::{CLASS, class},
    scalar::scan_characters,
};
use super::{
    Data, Document, Error, KEY, Kind, NONE, PROPERTIES, Properties, Range, TagHandle, Tree,
};

/// How deep a text may nest. The parser calls itself: this bounds its stack to half a megabyte.
pub const MAX_DEPTH: usize = 400;

/// What is said of a text that nests deeper.
pub const TOO_DEEP: &str = "nested too deep: more than 400 levels";

/// How many nodes there is room for before it is known how many a large text has.
const FEW: usize = 4096;

/// As libyaml and go-yaml have it, in characters.
const MAX_KEY_LEN: usize = 1024;

type Parsed<T> = Result<T, Error>;

pub(super) fn parse(text: Cow<'_, str>) -> Parsed<Tree<'_>> {
    let mut parser = Parser::new(&text)?;
    while parser.document()? {}
    let Tree { nodes, properties, comments, documents, handles, .. } = parser.take();
    Ok(Tree { text, nodes, properties, comments, documents, handles })
}

/// The documents of a text, each as a tree of its own, which is the text's as well; what follows
/// an error is none.
pub(super) struct Documents<'s> {
    parser: Option<Parser<'s>>,
}

/// Reads a text as [`parse`] does, but keeps no document once the next one is read.
pub(super) fn documents(text: &str) -> Parsed<Documents<'_>> {
    Ok(Documents { parser: Some(Parser::new(text)?) })
}

impl<'s> Iterator for Documents<'s> {
    type Item = Parsed<Tree<'s>>;

    fn next(&mut self) -> Option<Parsed<Tree<'s>>> {
        let parser = self.parser.as_mut()?;
        let next = match parser.document() {
            Ok(true) => return Some(Ok(parser.take())),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        };
        self.parser = None;
        next
    }
}

struct Parser<'s> {
    text: &'s str,
    bytes: &'s [u8],
    /// The next byte to read.
    at: usize,
    /// The first byte of its line.
    line: usize,
    /// The column of the innermost block collection; -1 outside of all.
    indent: isize,
    /// Whether a key, or an entry of a block list, may begin here: libyaml's `simple_key_allowed`.
    /// It also decides whether a tab is blank space.
    key_allowed: bool,
    /// No line ends with anything but `\n`.
    has_only_line_feeds: bool,
    depth: usize,
    /// Whether no document was read yet.
    is_first: bool,
    /// Where the text begins that the nodes are of.
    from: usize,
    /// How many nodes to make room for at first.
    room: usize,
    /// How many nodes the largest document had that was taken.
    largest: usize,
    nodes: Vec<Data>,
    properties: Vec<Properties>,
    comments: Vec<Range>,
    documents: Vec<Document>,
    handles: Vec<TagHandle>,
}

impl<'s> Parser<'s> {
    fn new(text: &'s str) -> Parsed<Parser<'s>> {
        if text.len() >= NONE as usize {
            return Err(Error::new(0, "the text is larger than 4 GiB"));
        }
        let has_only_line_feeds = scan_characters(text.as_bytes())?;
        let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Ok(Parser {
            text,
            bytes: text.as_bytes(),
            at: start,
            line: start,
            indent: -1,
            key_allowed: true,
            has_only_line_feeds,
            depth: 0,
            is_first: true,
            from: start,
            // A byte in nine starts a node where there are many; what large files are like shows soon.
            room: (text.len() / 9 + 8).min(FEW),
            largest: 0,
            nodes: Vec::new(),
            properties: Vec::new(),
            comments: Vec::new(),
            documents: Vec::new(),
            handles: Vec::new(),
        })
    }

    #[cold]
    fn error<T>(&self, message: &'static str) -> Parsed<T> {
        self.error_at(self.at, message)
    }

    #[cold]
    fn error_at<T>(&self, at: usize, message: &'static str) -> Parsed<T> {
        Err(Error::new(at.min(self.bytes.len()), message))
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => self.error(TOO_DEEP),
            false => Ok(()),
        }
    }

    #[inline(always)]
    fn push(&mut self, kind: Kind, start: usize, end: usize, lead: u32) -> u32 {
        let id = self.nodes.len() as u32;
        if self.nodes.len() == self.nodes.capacity() {
            self.make_room();
        }
        self.nodes.push(Data {
            start: start as u32,
            end: end as u32,
            first: NONE,
            next: NONE,
            parent: NONE,
            lead,
            column: 0,
            kind,
            flags: 0,
        });
        id
    }

    /// Makes room for as many nodes as the rest of the text has if it is like what was read: twice
    /// as much room as there was, as lists grow, would be left half empty.
    #[cold]
    fn make_room(&mut self) {
        let read = (self.at - self.from).max(1) as u64;
        let all = (self.text.len() - self.from) as u64;
        let expected = self.nodes.len() as u64 * all / read * 17 / 16;
        let more = (expected as usize).saturating_sub(self.nodes.len());
        self.nodes.reserve_exact(more.max(self.nodes.len() / 16 + 16));
    }

    /// Nothing, where a node might be.
    fn push_empty(&mut self, at: usize, lead: u32, properties: Pending) -> u32 {
        let id = self.push(Kind::Empty, at, at, lead);
        self.attach(id, properties);
        id
    }

    fn attach(&mut self, node: u32, Pending { anchor, tag }: Pending) {
        if anchor.is_some() || tag.is_some() {
            self.nodes[node as usize].flags |= PROPERTIES;
            self.properties.push(Properties { node, anchor, tag });
        }
    }

    /// Appends a child; `last` is the one before it.
    #[inline(always)]
    fn link(&mut self, parent: u32, last: &mut u32, child: u32) {
        match *last {
            NONE => self.nodes[parent as usize].first = child,
            last => self.nodes[last as usize].next = child,
        }
        self.nodes[child as usize].parent = parent;
        *last = child;
    }

    /// Appends a key to a map.
    #[inline(always)]
    fn link_key(&mut self, map: u32, last: &mut u32, key: u32) {
        self.nodes[key as usize].flags |= KEY;
        self.link(map, last, key);
    }

    /// Where the text of an entry ends: at its value, or at the indicator of an empty one.
    fn end_of(&self, node: u32) -> u32 {
        let node = &self.nodes[node as usize];
        match node.lead {
            NONE => node.end,
            lead => node.end.max(lead + 1),
        }
    }

    /// Reads the next document, if there is one.
    fn document(&mut self) -> Parsed<bool> {
        self.skip();
        let is_first = std::mem::take(&mut self.is_first);
        if self.nodes.capacity() == 0 {
            self.nodes.reserve_exact(self.room);
        }
        while !is_first && self.is_at_marker() && self.byte() == b'.' {
            self.at += 3;
            self.key_allowed = false;
            self.skip();
        }
        let directives = self.directives()?;
        let start = self.at;
        if self.is_at_end() {
            return match directives {
                true => self.error("a directive must be followed by `---`"),
                false => Ok(false),
            };
        }
        let root = if self.is_at_marker() && self.byte() == b'-' {
            self.at += 3;
            self.key_allowed = false;
            let after = self.at;
            self.skip();
            self.block_node(NONE, false, after)?
        } else if is_first && !directives && !self.is_at_marker() {
            self.block_node(NONE, false, self.at)?
        } else {
            return self.error("a document must begin with `---` here");
        };
        let explicit = self.byte_at(start) == b'-' && self.is_marker(start);
        let nodes = self.nodes.len() as u32;
        self.documents.push(Document { start: start as u32, root, nodes, explicit, directives });
        self.skip();
        match self.is_at_document_end() {
            true => Ok(true),
            false => self.error("text follows the end of the document without a `---`"),
        }
    }

    /// What was read since it was taken last.
    fn take(&mut self) -> Tree<'s> {
        // The next document is most often like one of those before it.
        self.largest = self.largest.max(self.nodes.len());
        (self.from, self.room) = (self.at, self.largest);
        let mut properties = std::mem::take(&mut self.properties);
        properties.sort_unstable_by_key(|properties| properties.node);
        Tree {
            text: Cow::Borrowed(self.text),
            nodes: std::mem::take(&mut self.nodes),
            properties,
            comments: std::mem::take(&mut self.comments),
            documents: std::mem::take(&mut self.documents),
            handles: std::mem::take(&mut self.handles),
        }
    }
}

/// The anchor and the tag that were read before their node.
#[derive(Clone, Copy, Default)]
struct Pending {
    anchor: Option<Range>,
    tag: Option<Range>,
}

impl Pending {
    fn is_none(self) -> bool {
        self.anchor.is_none() && self.tag.is_none()
    }
}
