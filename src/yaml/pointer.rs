//! The addresses of nodes.
//!
//! Source: RFC 6901.

use std::fmt;

/// The address of a node within its document, as in RFC 6901: `/spec/containers/0/name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(pub(super) Vec<Token>);

/// One step of a [`Pointer`], unescaped; short ones, which is nearly all, need no memory of their own.
pub type Token = compact_str::CompactString;

impl Pointer {
    /// The address of the document's root.
    pub fn root() -> Pointer {
        Pointer(Vec::new())
    }

    /// Reads RFC 6901: empty, or tokens that each follow a `/`, with `~0` for `~` and `~1` for `/`.
    pub fn parse(text: &str) -> Option<Pointer> {
        if text.is_empty() {
            return Some(Pointer::root());
        }
        let tokens = text.strip_prefix('/')?.split('/');
        tokens.map(unescape).collect::<Option<_>>().map(Pointer)
    }

    /// The steps, unescaped.
    pub fn tokens(&self) -> &[Token] {
        &self.0
    }

    /// The address `path` below this one; for keys that hold no slash.
    pub fn join(&self, path: &str) -> Pointer {
        let below = path.split('/').map(Token::from);
        Pointer(self.0.iter().cloned().chain(below).collect())
    }

    /// The same as [`Pointer::join`], without a copy.
    pub fn into_join(mut self, path: &str) -> Pointer {
        self.0.extend(path.split('/').map(Token::from));
        self
    }

    /// The address of one entry, whatever its key holds.
    pub fn child(&self, token: impl Into<Token>) -> Pointer {
        Pointer(self.0.iter().cloned().chain([token.into()]).collect())
    }

    /// The address of the collection that holds the entry.
    pub fn parent(&self) -> Option<Pointer> {
        let (_, parent) = self.0.split_last()?;
        Some(Pointer(parent.to_vec()))
    }

    /// Whether it is the address of `other` or of something within it.
    pub fn is_within(&self, other: &Pointer) -> bool {
        self.0.starts_with(&other.0)
    }
}

fn unescape(token: &str) -> Option<Token> {
    if !token.contains('~') {
        return Some(Token::from(token));
    }
    let rest = token.replace("~0", "").replace("~1", "");
    (!rest.contains('~')).then(|| Token::from(token.replace("~1", "/").replace("~0", "~")))
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for token in &self.0 {
            f.write_str("/")?;
            match token.contains(['~', '/']) {
                true => f.write_str(&token.replace('~', "~0").replace('/', "~1"))?,
                false => f.write_str(token)?,
            }
        }
        Ok(())
    }
}

impl FromIterator<Token> for Pointer {
    fn from_iter<I: IntoIterator<Item = Token>>(tokens: I) -> Pointer {
        Pointer(tokens.into_iter().collect())
    }
}

/// An index of RFC 6901: digits without a leading zero.
pub(crate) fn index(token: &str) -> Option<usize> {
    let plain = token == "0" || token.starts_with(|first: char| matches!(first, '1'..='9'));
    plain.then(|| token.parse().ok()).flatten()
}
