//! YAML that remembers where it came from; knows nothing of Kubernetes objects.
//!
//! In: a text. Out: a [`Tree`] whose [`Node`]s know their bytes and their [`Pointer`]; and the
//! way back, from [`Wish`]es to the fewest [`Edits`](crate::text::Edits) that fulfil them.
//!
//! What is accepted, and what a scalar or a key means, is what `kubectl` makes of it: libyaml's
//! grammar (go-yaml v2 is a port of it) and `sigs.k8s.io/yaml`'s conversion to JSON.

mod pointer;
mod wish;
mod parse;
mod node;
mod cook;
mod resolve;
mod separators;
mod tag;
mod value;
mod print;
mod splice;
mod operations;
mod outline;
mod trail;
mod edit;
mod patch;

use std::{borrow::Cow, fmt};

pub use edit::{Beside, Edited, Group, edit};
pub use operations::{operations, operations_below};
pub use parse::{MAX_DEPTH, TOO_DEEP};
pub use patch::{PatchError, PatchFile, Patched, Warning, patch};
pub(crate) use pointer::index;
pub use pointer::{Pointer, Token, Tokens};
pub use print::print;
pub use resolve::Scalar;
pub use serde_json::Value;
pub use splice::{is_one_value, splice};
pub use trail::Trail;
pub use value::Reading;
pub use wish::{Cannot, Refusal, Wish};

use crate::text::Span;

/// Every document of one source.
#[derive(Debug)]
pub struct Tree<'s> {
    text: Cow<'s, str>,
    nodes: Vec<Data>,
    /// Sorted by node.
    properties: Vec<Properties>,
    comments: Vec<Range>,
    documents: Vec<Document>,
    /// What `%TAG` directives define.
    handles: Vec<TagHandle>,
}

/// A cursor into a [`Tree`]: cheap to copy, and always able to say where it is.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree<'t>,
    id: u32,
}

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Nothing at all, which reads as null: `key:`.
    Empty,
    /// A scalar without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// A map by indentation.
    BlockMap,
    /// A list by indentation.
    BlockList,
    /// `{…}`, or one pair without braces within `[…]`.
    FlowMap,
    /// `[…]`
    FlowList,
    /// `*name`
    Alias,
}

impl Kind {
    /// A map in either style.
    pub fn is_map(self) -> bool {
        matches!(self, Kind::BlockMap | Kind::FlowMap)
    }

    /// A list in either style.
    pub fn is_list(self) -> bool {
        matches!(self, Kind::BlockList | Kind::FlowList)
    }

    /// Neither map nor list nor alias.
    pub fn is_scalar(self) -> bool {
        !self.is_map() && !self.is_list() && self != Kind::Alias
    }
}

/// Why a text is no YAML that Kubernetes would read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The byte at which reading stopped.
    pub at: usize,
    /// What is wrong there; a fragment in lower case.
    pub message: Cow<'static, str>,
}

const NONE: u32 = u32::MAX;

/// The raw form of a node.
#[derive(Clone, Copy, Debug)]
struct Data {
    start: u32,
    end: u32,
    /// The first child; of a map, keys and values take turns.
    first: u32,
    next: u32,
    parent: u32,
    /// The byte of the `-`, `:` or `?` that introduces the node.
    lead: u32,
    /// Of a block collection: its column; of a block scalar: the column of its content.
    column: u32,
    kind: Kind,
    flags: u8,
}

/// The raw text between its delimiters is not the value: it is folded or has escapes.
const COOKED: u8 = 1;
/// A key behind `?`.
const EXPLICIT: u8 = 2;
/// A pair within `[…]` that has no braces of its own.
const PAIR: u8 = 4;
/// There is an entry in [`Tree::properties`].
const PROPERTIES: u8 = 8;
/// A plain scalar that begins as nothing but a string can.
const WORD: u8 = 16;
/// A key of a map.
const KEY: u8 = 32;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Range {
    start: u32,
    end: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Properties {
    node: u32,
    anchor: Option<Range>,
    tag: Option<Range>,
}

#[derive(Clone, Copy, Debug)]
struct Document {
    /// The `---`, or the first byte of content where there is none.
    start: u32,
    root: u32,
    /// How many nodes there are up to its last one.
    nodes: u32,
    explicit: bool,
    /// Whether a `%` directive stands before it.
    directives: bool,
}

/// A `%TAG` directive: `!e!` stands for a prefix within one document.
#[derive(Clone, Copy, Debug)]
struct TagHandle {
    document: u32,
    handle: Range,
    prefix: Range,
}

impl Range {
    fn span(self) -> Span {
        Span::new(self.start as usize, self.end as usize)
    }
}

impl<'s> Tree<'s> {
    /// Reads all documents of a text.
    ///
    /// Errors: what libyaml would not read either, and texts of 4 GiB or more.
    pub fn parse(text: impl Into<Cow<'s, str>>) -> Result<Tree<'s>, Error> {
        parse::parse(text.into())
    }

    /// Reads all documents of a text, each of them as a tree of its own that has only its nodes;
    /// one that is let go before the next one is read takes no room any longer.
    ///
    /// Errors: as for [`Tree::parse`], at the document that is in the way.
    pub(crate) fn documents(
        text: &'s str,
    ) -> Result<impl Iterator<Item = Result<Tree<'s>, Error>>, Error> {
        parse::documents(text)
    }

    /// What was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The root of each document, empty ones too.
    pub fn roots(&self) -> impl ExactSizeIterator<Item = Node<'_>> {
        self.documents.iter().map(|document| Node { tree: self, id: document.root })
    }

    /// The root of one document, counted from 0.
    pub fn root(&self, document: usize) -> Option<Node<'_>> {
        self.documents.get(document).map(|document| Node { tree: self, id: document.root })
    }

    /// What it takes to know what a document says, told without decoding it; none if there is no
    /// such document.
    ///
    /// Errors: what [`Node::value`] gives where there are neither aliases nor merges before it.
    pub fn reading(&self, document: usize) -> Option<Result<Reading, Error>> {
        (document < self.documents.len()).then(|| value::reading(self, document))
    }

    /// Whether kubectl splits the text into the very documents that YAML sees.
    ///
    /// Errors: the first place where it does not, and what it makes of it.
    pub fn separators(&self) -> Result<(), Error> {
        separators::check(self)
    }

    /// The comments, from their `#` to the end of the line.
    pub fn comments(&self) -> impl ExactSizeIterator<Item = Span> {
        self.comments.iter().map(|range| range.span())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl Error {
    fn new(at: usize, message: impl Into<Cow<'static, str>>) -> Error {
        Error { at, message: message.into() }
    }
}
