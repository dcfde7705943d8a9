//! Scalars: where they end. What they say is for `cook` to find out, once someone asks.

use super::super::{COOKED, Kind, WORD};
use super::{CLASS, Error, Parsed, Parser, class};

/// What may end a run of a plain scalar in block style, and in flow style.
const BLOCK_STOP: u8 = class::STOP;
const FLOW_STOP: u8 = class::STOP | class::FLOW;

impl Parser<'_> {
    /// Whether a plain scalar may begin here.
    #[inline(always)]
    fn is_plain_start(&self, in_flow: bool) -> bool {
        let byte = self.byte();
        let class = CLASS[byte as usize];
        if class & (class::INDICATOR | class::BLANK | class::BREAK | class::WIDE_BREAK) == 0 {
            return true;
        }
        match byte {
            b'-' => !self.is_blank_or_break(self.at + 1),
            b'?' | b':' => !in_flow && !self.is_blank_or_break(self.at + 1),
            0xC2 | 0xE2 => self.break_at(self.at) == 0,
            _ => false,
        }
    }

    /// Reads a plain scalar and the blanks and line breaks behind it.
    #[inline(always)]
    pub(super) fn plain(&mut self, in_flow: bool, lead: u32) -> Parsed<u32> {
        if !self.is_plain_start(in_flow) {
            return self.error("a value cannot begin with this character");
        }
        let start = self.at;
        let stops = if in_flow { FLOW_STOP } else { BLOCK_STOP };
        let mut flags = if self.is_class(start, class::RESOLVES) { 0 } else { WORD };
        loop {
            let stop = self.plain_run(start, stops, in_flow)?;
            let mut end = stop;
            while CLASS[self.bytes[end - 1] as usize] & class::BLANK != 0 {
                end -= 1;
            }
            self.at = stop;
            let goes_on = self.break_at(stop) > 0 && self.plain_goes_on(in_flow)?;
            if !goes_on {
                let node = self.push(Kind::Plain, start, end, lead);
                self.nodes[node as usize].flags = flags;
                return Ok(node);
            }
            flags |= COOKED;
        }
    }

    /// The end of what belongs to a plain scalar on this line.
    #[inline(always)]
    fn plain_run(&mut self, start: usize, stops: u8, in_flow: bool) -> Parsed<usize> {
        let mut at = self.at;
        loop {
            while at < self.bytes.len() && CLASS[self.bytes[at] as usize] & stops == 0 {
                at += 1;
            }
            match self.byte_at(at) {
                b':' if self.is_blank_or_break(at + 1) => return Ok(at),
                b':' if in_flow && self.is_class(at + 1, class::FLOW) => {
                    return self.error_at(at, "a blank must follow this `:`");
                }
                b'#' if at > start && self.is_class(at - 1, class::BLANK) => return Ok(at),
                b'?' if at > start => {
                    return self.error_at(at, "kubectl takes this `?` for an indicator: quote it");
                }
                0xC2 | 0xE2 if self.break_at(at) == 0 => at += 1,
                b':' | b'#' => at += 1,
                _ => return Ok(at),
            }
        }
    }

    /// Passes the line breaks behind a run; whether the scalar goes on behind them.
    #[inline(always)]
    fn plain_goes_on(&mut self, in_flow: bool) -> Parsed<bool> {
        let indent = self.indent + 1;
        loop {
            match self.byte() {
                b' ' => self.at += 1,
                b'\t' if self.column() < indent => {
                    return self.error("a tab cannot indent: use spaces");
                }
                b'\t' => self.at += 1,
                _ => match self.break_at(self.at) {
                    0 => break,
                    width => {
                        self.at += width;
                        self.line = self.at;
                    }
                },
            }
        }
        let ends = self.is_at_end()
            || !in_flow && self.column() < indent
            || self.byte() == b'#'
            || self.is_at_marker()
            || self.is_indicator(b':')
            || in_flow && self.is_class(self.at, class::FLOW);
        if ends {
            self.key_allowed = true;
            return Ok(false);
        }
        Ok(true)
    }

    pub(super) fn quoted(&mut self, lead: u32) -> Parsed<u32> {
        let start = self.at;
        let quote = self.byte();
        let mut flags = 0;
        let mut at = start + 1;
        loop {
            while at < self.bytes.len() && !is_quoted_stop(self.bytes[at], quote) {
                at += 1;
            }
            let byte = self.byte_at(at);
            if at >= self.bytes.len() {
                return self.error_at(start, "the quotes are never closed");
            }
            if byte == quote {
                if quote == b'"' || self.byte_at(at + 1) != b'\'' {
                    break;
                }
                flags = COOKED;
                at += 2;
            } else if byte == b'\\' {
                flags = COOKED;
                at = self.escape(at)?;
            } else {
                match self.break_at(at) {
                    0 => at += 1,
                    width => {
                        flags = COOKED;
                        at += width;
                        self.line = at;
                        if matches!(self.byte_at(at), b'-' | b'.') && self.is_marker(at) {
                            return self.error_at(at, "the document ends here, within quotes");
                        }
                    }
                }
            }
        }
        self.at = at + 1;
        let kind = if quote == b'"' { Kind::DoubleQuoted } else { Kind::SingleQuoted };
        let node = self.push(kind, start, self.at, lead);
        self.nodes[node as usize].flags = flags;
        Ok(node)
    }

    /// Sees to it that an escape is one; the byte behind it, or the line break that it escapes.
    fn escape(&self, at: usize) -> Parsed<usize> {
        let digits = match self.byte_at(at + 1) {
            // go-yaml knows `\'`, libyaml and JSON know `\/`.
            b'0' | b'a' | b'b' | b't' | b'\t' | b'n' | b'v' | b'f' | b'r' | b'e' | b' ' | b'"'
            | b'\'' | b'/' | b'\\' | b'N' | b'_' | b'L' | b'P' => 0,
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ if self.break_at(at + 1) > 0 => return Ok(at + 1),
            _ => return self.error_at(at, "there is no such escape"),
        };
        if digits == 0 {
            return Ok(at + 2);
        }
        let end = at + 2 + digits;
        match self.code(at + 2, digits) {
            None => self.error_at(at, "the escape has too few hexadecimal digits"),
            Some(code) if char::from_u32(code).is_some() => Ok(end),
            Some(0xD800..=0xDBFF) if self.is_low_surrogate(end) => Ok(end + 6),
            Some(_) => self.error_at(at, "there is no such character"),
        }
    }

    fn code(&self, at: usize, digits: usize) -> Option<u32> {
        let code = self.bytes.get(at..at + digits)?;
        let is_hexadecimal = code.iter().all(u8::is_ascii_hexdigit);
        let code = std::str::from_utf8(code).ok().filter(|_| is_hexadecimal)?;
        u32::from_str_radix(code, 16).ok()
    }

    /// JSON writes a character beyond U+FFFF as two escapes. kubectl takes a text that begins with
    /// `{` for JSON; a patch begins with `[`.
    fn is_low_surrogate(&self, at: usize) -> bool {
        self.text.trim_start().starts_with(['{', '['])
            && self.bytes[at..].starts_with(b"\\u")
            && matches!(self.code(at + 2, 4), Some(0xDC00..=0xDFFF))
    }

    /// Reads `|` or `>`, its header and all lines that belong to it.
    pub(super) fn block_scalar(&mut self, lead: u32) -> Parsed<u32> {
        let start = self.at;
        let kind = if self.byte() == b'|' { Kind::Literal } else { Kind::Folded };
        self.at += 1;
        let mut column = self.block_scalar_header()?;
        let width = self.break_at(self.at);
        self.at += width;
        self.line = self.at;
        let mut end = self.at;
        let mut deepest = 0;
        loop {
            // Here a line begins; there may be none.
            while self.byte() == b' ' && (column == 0 || self.column() < column) {
                self.at += 1;
            }
            deepest = deepest.max(self.column());
            if self.byte() == b'\t' && (column == 0 || self.column() < column) {
                return self.error("a tab cannot indent: use spaces");
            }
            match self.break_at(self.at) {
                0 => {}
                width => {
                    self.at += width;
                    self.line = self.at;
                    end = self.at;
                    continue;
                }
            }
            if column == 0 {
                column = deepest.max(self.indent + 1).max(1);
            }
            if self.is_at_end() {
                // kubectl ends the last line with a break if it has none.
                end = self.at;
                break;
            }
            if self.column() != column {
                break;
            }
            self.at = self.line_end(self.at);
            let width = self.break_at(self.at);
            self.at += width;
            end = self.at;
            if width == 0 {
                break;
            }
            self.line = self.at;
        }
        self.key_allowed = true;
        let node = self.push(kind, start, end, lead);
        self.nodes[node as usize].column = column as u32;
        Ok(node)
    }

    /// The column that the header asks for, or 0.
    fn block_scalar_header(&mut self) -> Parsed<isize> {
        let mut increment = 0;
        let mut chomps = false;
        loop {
            match self.byte() {
                b'+' | b'-' if !chomps => chomps = true,
                b'1'..=b'9' if increment == 0 => increment = isize::from(self.byte() - b'0'),
                b'0' if increment == 0 => return self.error("an indentation of 0 cannot be"),
                _ => break,
            }
            self.at += 1;
        }
        self.skip_blanks();
        if self.byte() == b'#' {
            self.comment();
        }
        if self.break_at(self.at) == 0 && !self.is_at_end() {
            return self.error("only a comment may follow `|` or `>` on its line");
        }
        Ok(if increment > 0 { self.indent.max(0) + increment } else { 0 })
    }
}

#[inline(always)]
fn is_quoted_stop(byte: u8, quote: u8) -> bool {
    byte == quote
        || byte == b'\\' && quote == b'"'
        || CLASS[byte as usize] & (class::BREAK | class::WIDE_BREAK) != 0
}

/// Sees to it that all characters are allowed; whether lines end with `\n` only.
///
/// libyaml and go-yaml take tabs, line breaks and what is printable; no control characters, no
/// DEL, no U+FFFE and U+FFFF.
pub(super) fn scan_characters(bytes: &[u8]) -> Parsed<bool> {
    const CHUNK: usize = 64;
    let mut has_only_line_feeds = true;
    for (index, chunk) in bytes.chunks(CHUNK).enumerate() {
        let mut odd = false;
        for &byte in chunk {
            odd |= (byte < 0x20) & (byte != b'\t') & (byte != b'\n') | (byte >= 0x7F);
        }
        if !odd {
            continue;
        }
        for at in index * CHUNK..index * CHUNK + chunk.len() {
            let allowed = match bytes[at] {
                b'\t' | b'\n' => true,
                b'\r' => {
                    has_only_line_feeds = false;
                    true
                }
                0x00..=0x1F | 0x7F => false,
                // A text is valid UTF-8: what follows the first byte of a character is there.
                0xC2 if bytes[at + 1] == 0x85 => {
                    has_only_line_feeds = false;
                    true
                }
                0xC2 => bytes[at + 1] >= 0xA0,
                0xE2 if bytes[at + 1] == 0x80 && bytes[at + 2] & 0xFE == 0xA8 => {
                    has_only_line_feeds = false;
                    true
                }
                0xEF => !(bytes[at + 1] == 0xBF && bytes[at + 2] >= 0xBE),
                _ => true,
            };
            if !allowed {
                return Err(Error::new(at, "control characters are not allowed"));
            }
        }
    }
    Ok(has_only_line_feeds)
}
