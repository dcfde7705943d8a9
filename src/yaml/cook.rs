//! What a scalar says once it is unfolded and unescaped.
//!
//! In: a scalar [`Node`]. Out: its text; borrowed wherever the source has it in one piece.

use std::borrow::Cow;

use super::{COOKED, Kind, Node};

pub(super) fn text(node: Node<'_>) -> Cow<'_, str> {
    let raw = node.raw();
    let cooked = node.data().flags & COOKED != 0;
    match node.kind() {
        Kind::Plain if cooked => Cow::Owned(fold(raw, Escapes::None)),
        Kind::Plain => Cow::Borrowed(raw),
        Kind::SingleQuoted if cooked => Cow::Owned(fold(inner(raw), Escapes::Quote)),
        Kind::DoubleQuoted if cooked => Cow::Owned(fold(inner(raw), Escapes::Backslash)),
        Kind::SingleQuoted | Kind::DoubleQuoted => Cow::Borrowed(inner(raw)),
        Kind::Literal | Kind::Folded => Cow::Owned(block(node)),
        Kind::Alias => Cow::Borrowed(&raw[1..]),
        Kind::Empty | Kind::BlockMap | Kind::BlockList | Kind::FlowMap | Kind::FlowList => {
            Cow::Borrowed("")
        }
    }
}

fn inner(raw: &str) -> &str {
    &raw[1..raw.len() - 1]
}

/// The width of the line break at the start of `bytes`, or 0: YAML 1.1 counts NEL, LS and PS too.
pub(super) fn line_break(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        [0xC2, 0x85, ..] => 2,
        [0xE2, 0x80, 0xA8 | 0xA9, ..] => 3,
        _ => 0,
    }
}

/// Every line break reads as `\n`, but LS and PS, which stay what they are.
fn push_break(out: &mut String, rest: &str) {
    match rest.as_bytes()[0] {
        0xE2 => out.push_str(&rest[..3]),
        _ => out.push('\n'),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    None,
    /// `''`
    Quote,
    /// `\n`
    Backslash,
}

/// Unfolds the lines of a plain or quoted scalar.
fn fold(raw: &str, escapes: Escapes) -> String {
    let bytes = raw.as_bytes();
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    let mut copied = 0;
    while at < bytes.len() {
        match bytes[at] {
            b' ' | b'\t' | b'\n' | b'\r' | 0xC2 | 0xE2 => {
                let blanks = at + blank_len(&bytes[at..]);
                if line_break(&bytes[blanks..]) == 0 {
                    at = blanks.max(at + 1);
                    continue;
                }
                out.push_str(&raw[copied..at]);
                let mut breaks = String::new();
                at = skip_breaks(raw, blanks, &mut breaks);
                // A single break is a blank; of several the first one goes, unless it is LS or PS.
                match breaks.strip_prefix('\n') {
                    Some("") => out.push(' '),
                    Some(further) => out.push_str(further),
                    None => out.push_str(&breaks),
                }
                copied = at;
            }
            b'\'' if escapes == Escapes::Quote => {
                out.push_str(&raw[copied..=at]);
                at += 2;
                copied = at;
            }
            b'\\' if escapes == Escapes::Backslash => {
                out.push_str(&raw[copied..at]);
                at = match line_break(&bytes[at + 1..]) {
                    0 => unescape(raw, at + 1, &mut out),
                    width => skip_breaks(raw, at + 1 + width, &mut out),
                };
                copied = at;
            }
            _ => at += 1,
        }
    }
    out.push_str(&raw[copied..]);
    out
}

fn blank_len(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Passes blanks and line breaks, and writes the breaks down.
fn skip_breaks(raw: &str, mut at: usize, breaks: &mut String) -> usize {
    let bytes = raw.as_bytes();
    loop {
        at += blank_len(&bytes[at..]);
        let width = line_break(&bytes[at..]);
        if width == 0 {
            return at;
        }
        push_break(breaks, &raw[at..]);
        at += width;
    }
}

/// Reads the escape behind a backslash; the parser has seen to it that there is one.
fn unescape(raw: &str, at: usize, out: &mut String) -> usize {
    let code = |at: usize, digits: usize| u32::from_str_radix(&raw[at..at + digits], 16).ok();
    let hex = |digits: usize| match code(at + 1, digits) {
        // JSON's two escapes for one character.
        Some(high @ 0xD800..=0xDBFF) => {
            let low = code(at + 7, 4).unwrap_or_default() & 0x3FF;
            (char::from_u32(0x10000 + ((high & 0x3FF) << 10 | low)), at + 11)
        }
        code => (code.and_then(char::from_u32), at + 1 + digits),
    };
    let some = |char: char| (Some(char), at + 1);
    let (char, next) = match raw.as_bytes()[at] {
        b'0' => some('\0'),
        b'a' => some('\x07'),
        b'b' => some('\x08'),
        b't' | b'\t' => some('\t'),
        b'n' => some('\n'),
        b'v' => some('\x0b'),
        b'f' => some('\x0c'),
        b'r' => some('\r'),
        b'e' => some('\x1b'),
        b'N' => some('\u{85}'),
        b'_' => some('\u{a0}'),
        b'L' => some('\u{2028}'),
        b'P' => some('\u{2029}'),
        b'x' => hex(2),
        b'u' => hex(4),
        b'U' => hex(8),
        byte => some(char::from(byte)),
    };
    out.push(char.expect("the parser takes no escape without a character"));
    next
}

/// The length of the line at the start of `text`, without its break.
pub(super) fn line_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let end = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
    let line = &bytes[..end];
    if memchr::memchr3(b'\r', 0xC2, 0xE2, line).is_none() {
        return end;
    }
    (0..end).find(|&at| line_break(&bytes[at..]) > 0).unwrap_or(end)
}

/// The header of a block scalar: `|2-`.
pub(super) struct Header {
    /// `-` strips the trailing line breaks, `+` keeps all of them; else one stays.
    pub(super) chomp: Option<u8>,
    /// The byte behind the header's line.
    pub(super) body: usize,
}

pub(super) fn header(raw: &str) -> Header {
    let bytes = raw.as_bytes();
    let indicators = bytes[1..].iter().take_while(|byte| matches!(byte, b'+' | b'-' | b'1'..=b'9'));
    let chomp = indicators.copied().find(|byte| matches!(byte, b'+' | b'-'));
    let end = line_len(raw);
    Header { chomp, body: end + line_break(&bytes[end..]) }
}

/// Whether the scalar ends within the text's last line. kubectl reads line by line, and gives
/// that one a line feed if it has none.
fn is_cut_off(node: Node<'_>) -> bool {
    let text = node.tree.text();
    node.span().end == text.len() && !text.ends_with(['\n', '\r'])
}

fn block(node: Node<'_>) -> String {
    let raw = node.raw();
    let bytes = raw.as_bytes();
    let Header { chomp, body: mut at } = header(raw);
    let folded = node.kind() == Kind::Folded;
    let mut out = String::with_capacity(raw.len());
    // The break of the last line with content, and the empty lines since.
    let mut line_end = String::new();
    let mut empty = String::new();
    let mut last_began_blank = false;
    let mut is_terminated = at > 0 && line_break(&bytes[line_len(raw)..]) > 0;
    loop {
        let indent = bytes[at..].iter().take(node.column()).take_while(|&&byte| byte == b' ');
        at += indent.count();
        if at >= bytes.len() {
            if is_terminated && is_cut_off(node) {
                empty.push('\n');
            }
            break;
        }
        let width = line_break(&bytes[at..]);
        if width > 0 {
            push_break(&mut empty, &raw[at..]);
            at += width;
            continue;
        }
        let begins_blank = matches!(bytes[at], b' ' | b'\t');
        if folded && line_end.starts_with('\n') && !last_began_blank && !begins_blank {
            if empty.is_empty() {
                out.push(' ');
            }
        } else {
            out.push_str(&line_end);
        }
        line_end.clear();
        out.push_str(&empty);
        empty.clear();
        last_began_blank = begins_blank;
        let end = at + line_len(&raw[at..]);
        out.push_str(&raw[at..end]);
        let width = line_break(&bytes[end..]);
        match width {
            0 => line_end.push('\n'),
            _ => push_break(&mut line_end, &raw[end..]),
        }
        is_terminated = width > 0;
        at = end + width;
    }
    if chomp != Some(b'-') {
        out.push_str(&line_end);
    }
    if chomp == Some(b'+') {
        out.push_str(&empty);
    }
    out
}
