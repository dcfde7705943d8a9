//! The addresses of nodes.
//!
//! Source: RFC 6901.

use std::{borrow::Cow, fmt};

/// The address of a node within its document, as in RFC 6901: `/spec/containers/0/name`.
///
/// It is kept as that text: there is one for every finding and one for every wish, and most are
/// only told or walked to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(String);

/// One step of a [`Pointer`], unescaped.
pub type Token<'p> = Cow<'p, str>;

/// The steps of a [`Pointer`], or of a part of one.
#[derive(Clone, Debug)]
pub struct Tokens<'p>(Option<&'p str>);

impl Pointer {
    /// The address of the document's root.
    pub fn root() -> Pointer {
        Pointer::default()
    }

    /// Reads RFC 6901: empty, or tokens that each follow a `/`, with `~0` for `~` and `~1` for `/`.
    pub fn parse(text: &str) -> Option<Pointer> {
        let begins = text.is_empty() || text.starts_with('/');
        let escapes = || text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        (begins && escapes()).then(|| Pointer(text.to_owned()))
    }

    /// As RFC 6901 writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The steps, unescaped.
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens::of(&self.0)
    }

    /// Whether it is that of the document's root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The address `path` below this one; for keys that hold neither slash nor tilde.
    pub fn join(&self, path: &str) -> Pointer {
        let mut text = String::with_capacity(self.0.len() + 1 + path.len());
        text.extend([&self.0, "/", path]);
        Pointer(text)
    }

    /// The same as [`Pointer::join`], without a copy.
    pub fn into_join(mut self, path: &str) -> Pointer {
        self.0.reserve_exact(1 + path.len());
        self.0.extend(["/", path]);
        self
    }

    /// The address of one entry, whatever its key holds.
    pub fn child(&self, token: impl AsRef<str>) -> Pointer {
        let mut child = self.clone();
        child.push(token.as_ref());
        child
    }

    /// Goes on to an entry, whatever its key holds.
    pub(super) fn push(&mut self, token: &str) {
        self.0.push('/');
        match token.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
            true => self.0.push_str(&token.replace('~', "~0").replace('/', "~1")),
            false => self.0.push_str(token),
        }
    }

    /// The address of an item of a list, without a copy.
    pub fn into_item(mut self, index: usize) -> Pointer {
        self.push_index(index);
        self
    }

    /// Goes on to an item of a list.
    pub(super) fn push_index(&mut self, index: usize) {
        match u8::try_from(index) {
            Ok(digit @ 0..10) => self.0.extend(['/', char::from(b'0' + digit)]),
            _ => self.push(&index.to_string()),
        }
    }

    /// Makes room for the steps down to a container; there are so many addresses that more would show.
    pub(super) fn with_room(mut self) -> Pointer {
        const ROOM: usize = 32;
        self.0.reserve(ROOM);
        self
    }

    /// The address of the collection that holds the entry.
    pub fn parent(&self) -> Option<Pointer> {
        self.split().map(|(parent, _)| Pointer(parent.to_owned()))
    }

    /// The address of the collection that holds the entry, and the token that leads to it there.
    pub(super) fn split_last(&self) -> Option<(Tokens<'_>, Token<'_>)> {
        self.split().map(|(parent, last)| (Tokens::of(parent), unescape(last)))
    }

    fn split(&self) -> Option<(&str, &str)> {
        self.0.rsplit_once('/')
    }

    /// Whether it is the address of `other` or of something within it.
    pub fn is_within(&self, other: &Pointer) -> bool {
        self.rest(other).is_some()
    }

    /// The same place, seen from `other`; none if that does not hold it.
    pub(crate) fn below(&self, other: &Pointer) -> Option<Pointer> {
        self.rest(other).map(|rest| Pointer(rest.to_owned()))
    }

    fn rest(&self, other: &Pointer) -> Option<&str> {
        let rest = self.0.strip_prefix(&other.0);
        rest.filter(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl<'p> Tokens<'p> {
    /// Those of a text that is empty, or begins with a `/`.
    pub(super) fn of(text: &'p str) -> Tokens<'p> {
        Tokens(text.get(1..))
    }

    /// How many bytes are left of the text.
    pub(super) fn left(&self) -> usize {
        self.0.map_or(0, |rest| 1 + rest.len())
    }
}

impl<'p> Iterator for Tokens<'p> {
    type Item = Token<'p>;

    fn next(&mut self) -> Option<Token<'p>> {
        let text = self.0?;
        let mut is_escaped = false;
        // Most tokens are so short that a search for either mark would take longer to begin.
        let end = text.bytes().position(|byte| {
            is_escaped |= byte == b'~';
            byte == b'/'
        });
        let (token, rest) = match end {
            Some(end) => (&text[..end], Some(&text[end + 1..])),
            None => (text, None),
        };
        self.0 = rest;
        Some(if is_escaped { unescape(token) } else { Cow::Borrowed(token) })
    }
}

fn unescape(token: &str) -> Token<'_> {
    match token.contains('~') {
        true => Cow::Owned(token.replace("~1", "/").replace("~0", "~")),
        false => Cow::Borrowed(token),
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An index of RFC 6901: digits without a leading zero.
pub(crate) fn index(token: &str) -> Option<usize> {
    let plain = token == "0" || token.starts_with(|first: char| matches!(first, '1'..='9'));
    plain.then(|| token.parse().ok()).flatten()
}
