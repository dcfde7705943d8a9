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
mod directive;
mod flow;
mod properties;
mod scalar;

use std::borrow::Cow;

use self::scalar::scan_characters;
use super::{Data, Document, Error, KEY, Kind, NONE, PROPERTIES, Properties, Range, TagHandle, Tree};

/// How deep a text may nest. The parser calls itself: this bounds its stack to half a megabyte.
pub const MAX_DEPTH: usize = 400;

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
    nodes: Vec<Data>,
    properties: Vec<Properties>,
    comments: Vec<Range>,
    documents: Vec<Document>,
    handles: Vec<TagHandle>,
}

/// What a byte may be the start of.
mod class {
    /// A line break.
    pub(super) const BREAK: u8 = 1;
    /// A space or a tab.
    pub(super) const BLANK: u8 = 2;
    /// Something that may end a plain scalar.
    pub(super) const STOP: u8 = 4;
    /// `,` `[` `]` `{` `}`, and `?`, at which go-yaml ends a plain scalar in flow style.
    pub(super) const FLOW: u8 = 8;
    /// The first byte of NEL, LS or PS, and of other characters.
    pub(super) const WIDE_BREAK: u8 = 16;
    /// An indicator, which starts no plain scalar.
    pub(super) const INDICATOR: u8 = 32;
    /// Part of an anchor's name.
    pub(super) const NAME: u8 = 64;
    /// The first byte of a plain scalar that may be something else than a string.
    pub(super) const RESOLVES: u8 = 128;
}

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let sets: [(&[u8], u8); 8] = [
        (b"\n\r\0", class::BREAK | class::STOP),
        (b" \t", class::BLANK),
        (b":#", class::STOP),
        (b"\xC2\xE2", class::STOP | class::WIDE_BREAK),
        (b",[]{}?", class::FLOW),
        (b"-?:,[]{}#&*!|>'\"%@`", class::INDICATOR),
        (b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-", class::NAME),
        (b"yYnNtTfFoO~.0123456789+-<", class::RESOLVES),
    ];
    let mut set = 0;
    while set < sets.len() {
        let (bytes, class) = sets[set];
        let mut index = 0;
        while index < bytes.len() {
            table[bytes[index] as usize] |= class;
            index += 1;
        }
        set += 1;
    }
    table
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
            // A byte in twelve starts a node in small files; what large ones are like shows soon.
            room: (text.len() / 14 + 8).min(FEW),
            nodes: Vec::new(),
            properties: Vec::new(),
            comments: Vec::new(),
            documents: Vec::new(),
            handles: Vec::new(),
        })
    }

    /// The byte at an offset; behind the end NUL, which no text may hold.
    #[inline(always)]
    fn byte_at(&self, at: usize) -> u8 {
        match self.bytes.get(at) {
            Some(&byte) => byte,
            None => 0,
        }
    }

    #[inline(always)]
    fn byte(&self) -> u8 {
        self.byte_at(self.at)
    }

    #[inline(always)]
    fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    #[inline(always)]
    fn column(&self) -> isize {
        (self.at - self.line) as isize
    }

    #[inline(always)]
    fn is_class(&self, at: usize, class: u8) -> bool {
        CLASS[self.byte_at(at) as usize] & class != 0
    }

    /// The width of the line break at an offset, or 0.
    #[inline(always)]
    fn break_at(&self, at: usize) -> usize {
        match self.byte_at(at) {
            b'\n' => 1,
            b'\r' | 0xC2 | 0xE2 => super::cook::line_break(&self.bytes[at..]),
            _ => 0,
        }
    }

    /// Whether a blank, a line break or the end is at an offset.
    #[inline(always)]
    fn is_blank_or_break(&self, at: usize) -> bool {
        let class = CLASS[self.byte_at(at) as usize];
        class & (class::BLANK | class::BREAK) != 0
            || class & class::WIDE_BREAK != 0 && self.break_at(at) > 0
    }

    #[inline(always)]
    fn is_indicator(&self, indicator: u8) -> bool {
        self.byte() == indicator && self.is_blank_or_break(self.at + 1)
    }

    /// Whether `---` or `...` stands at the start of this line.
    #[inline(always)]
    fn is_at_marker(&self) -> bool {
        self.at == self.line && matches!(self.byte(), b'-' | b'.') && self.is_marker(self.at)
    }

    fn is_marker(&self, at: usize) -> bool {
        let byte = self.byte_at(at);
        self.byte_at(at + 1) == byte
            && self.byte_at(at + 2) == byte
            && self.is_blank_or_break(at + 3)
    }

    /// Whether this document ends here: at its end, at a marker, or at a directive.
    #[inline(always)]
    fn is_at_document_end(&self) -> bool {
        self.is_at_end() || self.is_at_marker() || self.at == self.line && self.byte() == b'%'
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
            true => self.error("nested too deep"),
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

    /// The end of the line at an offset, before its break.
    #[inline(always)]
    fn line_end(&self, from: usize) -> usize {
        match self.has_only_line_feeds {
            true => memchr::memchr(b'\n', &self.bytes[from..])
                .map_or(self.bytes.len(), |offset| from + offset),
            false => from + super::cook::line_len(&self.text[from..]),
        }
    }

    fn comment(&mut self) {
        let end = self.line_end(self.at);
        self.comments.push(Range { start: self.at as u32, end: end as u32 });
        self.at = end;
    }

    /// Passes what stands between tokens: blanks, comments, line breaks.
    #[inline(always)]
    fn skip(&mut self) {
        loop {
            match self.byte() {
                b' ' => self.at += 1,
                b'\n' => self.next_line(1),
                b'#' => self.comment(),
                b'\t' if !self.key_allowed => self.at += 1,
                b'\r' | 0xC2 | 0xE2 => match self.break_at(self.at) {
                    0 => return,
                    width => self.next_line(width),
                },
                0xEF if self.at == self.line && self.is_byte_order_mark() => {
                    // To libyaml it takes up a column.
                    self.at += 3;
                    self.line = self.at - 1;
                }
                _ => return,
            }
        }
    }

    #[inline(always)]
    fn next_line(&mut self, width: usize) {
        self.at += width;
        self.line = self.at;
        self.key_allowed = true;
    }

    fn is_byte_order_mark(&self) -> bool {
        self.bytes[self.at..].starts_with("\u{feff}".as_bytes())
    }

    /// Passes blanks within the line.
    #[inline(always)]
    fn skip_blanks(&mut self) {
        while self.is_class(self.at, class::BLANK) {
            self.at += 1;
        }
    }

    /// Whether what began at `start` is short enough for a key.
    fn is_key_len(&self, start: usize) -> bool {
        self.at - start <= MAX_KEY_LEN || self.text[start..self.at].chars().count() <= MAX_KEY_LEN
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
        // The next document is most often like this one.
        (self.from, self.room) = (self.at, self.nodes.len());
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
