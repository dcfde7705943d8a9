//! Bytes, spans and edits; knows nothing of YAML.
//!
//! In: a text and edits to it. Out: the edited text, and where in it a byte stands for a person.

use std::{fmt, sync::OnceLock};

/// A half-open range of bytes in one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to `end`, which is not one of them.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    /// The place between two bytes.
    pub fn at(offset: usize) -> Span {
        Span { start: offset, end: offset }
    }

    /// How many bytes it holds.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it holds none.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// Put `insert` in the place of the bytes of `span`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub insert: String,
}

impl Edit {
    /// New text between two bytes.
    pub fn insert(offset: usize, insert: impl Into<String>) -> Edit {
        Edit { span: Span::at(offset), insert: insert.into() }
    }

    /// Other text for the bytes of `span`.
    pub fn replace(span: Span, insert: impl Into<String>) -> Edit {
        Edit { span, insert: insert.into() }
    }

    /// No text for the bytes of `span`.
    pub fn delete(span: Span) -> Edit {
        Edit { span, insert: String::new() }
    }
}

/// Edits to one source.
///
/// Invariant: sorted and disjoint. Edits that insert at one byte stay in the order they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits(Vec<Edit>);

impl Edits {
    /// Sorts the edits; those that start at one byte keep their order.
    ///
    /// Errors: the first two that overlap.
    pub fn new(mut edits: Vec<Edit>) -> Result<Edits, Box<(Edit, Edit)>> {
        edits.sort_by_key(|edit| edit.span.start);
        match edits.windows(2).find(|pair| pair[1].span.start < pair[0].span.end) {
            Some(pair) => Err(Box::new((pair[0].clone(), pair[1].clone()))),
            None => Ok(Edits(edits)),
        }
    }

    /// The edits, first byte first.
    pub fn as_slice(&self) -> &[Edit] {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The byte of the edited text at which a byte of the old one is, or what came in its place.
    pub fn moved(&self, offset: usize) -> usize {
        let mut moved = offset;
        for edit in &self.0 {
            if offset < edit.span.end {
                // Within what an edit replaces, only its start is known on the other side.
                return moved - offset.saturating_sub(edit.span.start);
            }
            moved = moved + edit.insert.len() - edit.span.len();
        }
        moved
    }

    /// The text with every edit made.
    pub fn apply(&self, text: &str) -> String {
        let grown: usize = self.0.iter().map(|edit| edit.insert.len()).sum();
        let mut out = String::with_capacity(text.len() + grown);
        let mut copied = 0;
        for edit in &self.0 {
            out.push_str(&text[copied..edit.span.start]);
            out.push_str(&edit.insert);
            copied = edit.span.end;
        }
        out.push_str(&text[copied..]);
        out
    }
}

/// Where a byte stands, as editors count: lines and characters from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters (Unicode scalar values).
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Finds the line of a byte without reading the text again for each.
///
/// Lines end at `\n`, at `\r\n`, and at a lone `\r`, as YAML has it.
pub struct Lines<'s> {
    text: &'s str,
    /// Where each begins; found once someone asks.
    starts: OnceLock<Vec<usize>>,
    /// How many characters begin before each block of bytes; counted once a line is long enough
    /// to ask for it.
    characters: OnceLock<Vec<usize>>,
}

/// How many bytes are counted anew for each position, at most.
const BLOCK: usize = 1024;

impl<'s> Lines<'s> {
    /// Reads nothing until it is asked, and then the text once.
    pub fn new(text: &'s str) -> Lines<'s> {
        Lines { text, starts: OnceLock::new(), characters: OnceLock::new() }
    }

    fn starts(&self) -> &[usize] {
        self.starts.get_or_init(|| {
            let bytes = self.text.as_bytes();
            // To count first is quicker than to let the list grow, and leaves no room unused.
            let mut starts = Vec::with_capacity(memchr::memchr_iter(b'\n', bytes).count() + 1);
            starts.push(0);
            starts.extend(
                memchr::memchr2_iter(b'\n', b'\r', bytes)
                    .filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'))
                    .map(|at| at + 1),
            );
            starts
        })
    }

    /// The position of a byte; one past the end of the text is the end of its last line.
    pub fn position(&self, offset: usize) -> Position {
        let starts = self.starts();
        let line = starts.partition_point(|&start| start <= offset);
        let start = starts[line - 1];
        let end = offset.min(self.text.len());
        let before = &self.text.as_bytes()[start..end];
        let mut column = match before.len() <= 2 * BLOCK {
            true => characters(before),
            false => self.characters_before(end) - self.characters_before(start),
        };
        // A BOM is no character of its own.
        if start == 0 && before.starts_with("\u{feff}".as_bytes()) {
            column -= 1;
        }
        Position { line, column: column + 1 }
    }

    /// How many characters begin before a byte. A text may be one line of many megabytes, and is
    /// not to be counted from its start each time.
    fn characters_before(&self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let counted = self.characters.get_or_init(|| {
            let mut sum = 0;
            let blocks = bytes.chunks(BLOCK).map(|block| {
                let before = sum;
                sum += characters(block);
                before
            });
            blocks.collect()
        });
        // The end of the text may be that of its last block.
        let block = (offset / BLOCK).min(counted.len() - 1);
        counted[block] + characters(&bytes[block * BLOCK..offset])
    }

    /// The text of a line, counted from 1, without its end.
    pub fn line(&self, line: usize) -> &'s str {
        let starts = self.starts();
        let start = starts[line - 1];
        let end = starts.get(line).copied().unwrap_or(self.text.len());
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// How many there are; a text that ends with a line break has an empty last one.
    pub fn count(&self) -> usize {
        self.starts().len()
    }
}

/// How many characters begin in bytes of UTF-8: continuation bytes begin none.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_long_lines_are_those_of_short_ones() {
        let text = format!("\u{feff}{}\nß{}", "aß€".repeat(2 * BLOCK), "ßa".repeat(3 * BLOCK));
        let lines = Lines::new(&text);
        let (mut line, mut column) = (1, 1);
        for (at, char) in text.char_indices().skip(1) {
            assert_eq!(lines.position(at), Position { line, column }, "byte {at}");
            (line, column) = if char == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        assert_eq!(lines.position(text.len()), Position { line, column });
    }
}
