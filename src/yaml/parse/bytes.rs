//! What stands at a byte, and what is passed between two tokens.

use super::super::{Range, cook};
use super::{MAX_KEY_LEN, Parser};

/// What a byte may be the start of.
pub(super) mod class {
    /// A line break.
    pub(in super::super) const BREAK: u8 = 1;
    /// A space or a tab.
    pub(in super::super) const BLANK: u8 = 2;
    /// Something that may end a plain scalar.
    pub(in super::super) const STOP: u8 = 4;
    /// `,` `[` `]` `{` `}`, and `?`, at which go-yaml ends a plain scalar in flow style.
    pub(in super::super) const FLOW: u8 = 8;
    /// The first byte of NEL, LS or PS, and of other characters.
    pub(in super::super) const WIDE_BREAK: u8 = 16;
    /// An indicator, which starts no plain scalar.
    pub(in super::super) const INDICATOR: u8 = 32;
    /// Part of an anchor's name.
    pub(in super::super) const NAME: u8 = 64;
    /// The first byte of a plain scalar that may be something else than a string.
    pub(in super::super) const RESOLVES: u8 = 128;
}

pub(super) static CLASS: [u8; 256] = classes();

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

impl Parser<'_> {
    /// The byte at an offset; behind the end NUL, which no text may hold.
    #[inline(always)]
    pub(super) fn byte_at(&self, at: usize) -> u8 {
        match self.bytes.get(at) {
            Some(&byte) => byte,
            None => 0,
        }
    }

    #[inline(always)]
    pub(super) fn byte(&self) -> u8 {
        self.byte_at(self.at)
    }

    #[inline(always)]
    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    #[inline(always)]
    pub(super) fn column(&self) -> isize {
        (self.at - self.line) as isize
    }

    #[inline(always)]
    pub(super) fn is_class(&self, at: usize, class: u8) -> bool {
        CLASS[self.byte_at(at) as usize] & class != 0
    }

    /// The width of the line break at an offset, or 0.
    #[inline(always)]
    pub(super) fn break_at(&self, at: usize) -> usize {
        match self.byte_at(at) {
            b'\n' => 1,
            b'\r' | 0xC2 | 0xE2 => cook::line_break(&self.bytes[at..]),
            _ => 0,
        }
    }

    /// Whether a blank, a line break or the end is at an offset.
    #[inline(always)]
    pub(super) fn is_blank_or_break(&self, at: usize) -> bool {
        let class = CLASS[self.byte_at(at) as usize];
        class & (class::BLANK | class::BREAK) != 0
            || class & class::WIDE_BREAK != 0 && self.break_at(at) > 0
    }

    #[inline(always)]
    pub(super) fn is_indicator(&self, indicator: u8) -> bool {
        self.byte() == indicator && self.is_blank_or_break(self.at + 1)
    }

    /// Whether `---` or `...` stands at the start of this line.
    #[inline(always)]
    pub(super) fn is_at_marker(&self) -> bool {
        self.at == self.line && matches!(self.byte(), b'-' | b'.') && self.is_marker(self.at)
    }

    pub(super) fn is_marker(&self, at: usize) -> bool {
        let byte = self.byte_at(at);
        self.byte_at(at + 1) == byte
            && self.byte_at(at + 2) == byte
            && self.is_blank_or_break(at + 3)
    }

    /// Whether this document ends here: at its end, at a marker, or at a directive.
    #[inline(always)]
    pub(super) fn is_at_document_end(&self) -> bool {
        self.is_at_end() || self.is_at_marker() || self.at == self.line && self.byte() == b'%'
    }

    /// The end of the line at an offset, before its break.
    #[inline(always)]
    pub(super) fn line_end(&self, from: usize) -> usize {
        match self.has_only_line_feeds {
            true => memchr::memchr(b'\n', &self.bytes[from..])
                .map_or(self.bytes.len(), |offset| from + offset),
            false => from + cook::line_len(&self.text[from..]),
        }
    }

    pub(super) fn comment(&mut self) {
        let end = self.line_end(self.at);
        self.comments.push(Range { start: self.at as u32, end: end as u32 });
        self.at = end;
    }

    /// Passes what stands between tokens: blanks, comments, line breaks.
    #[inline(always)]
    pub(super) fn skip(&mut self) {
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
    pub(super) fn next_line(&mut self, width: usize) {
        self.at += width;
        self.line = self.at;
        self.key_allowed = true;
    }

    pub(super) fn is_byte_order_mark(&self) -> bool {
        self.bytes[self.at..].starts_with("\u{feff}".as_bytes())
    }

    /// Passes blanks within the line.
    #[inline(always)]
    pub(super) fn skip_blanks(&mut self) {
        while self.is_class(self.at, class::BLANK) {
            self.at += 1;
        }
    }

    /// Whether what began at `start` is short enough for a key.
    pub(super) fn is_key_len(&self, start: usize) -> bool {
        self.at - start <= MAX_KEY_LEN || self.text[start..self.at].chars().count() <= MAX_KEY_LEN
    }
}
