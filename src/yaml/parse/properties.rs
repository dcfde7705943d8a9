//! Anchors, aliases and tags.

use super::super::{Error, Kind, Range};
use super::{Parsed, Parser, Pending, class};

impl Parser<'_> {
    pub(super) fn is_at_property(&self) -> bool {
        matches!(self.byte(), b'&' | b'!')
    }

    /// Reads one anchor or tag.
    pub(super) fn property(&mut self, pending: &mut Pending, in_flow: bool) -> Parsed<()> {
        let start = self.at;
        let (slot, twice) = match self.byte() {
            b'&' => {
                self.anchor_name()?;
                (&mut pending.anchor, "a node can have one anchor")
            }
            _ => {
                self.tag(in_flow)?;
                (&mut pending.tag, "a node can have one tag")
            }
        };
        if slot.is_some() {
            return Err(Error::new(start, twice));
        }
        *slot = Some(Range { start: start as u32, end: self.at as u32 });
        Ok(())
    }

    pub(super) fn alias(&mut self, lead: u32) -> Parsed<u32> {
        let start = self.at;
        self.anchor_name()?;
        Ok(self.push(Kind::Alias, start, self.at, lead))
    }

    /// Reads `&name` or `*name`.
    fn anchor_name(&mut self) -> Parsed<()> {
        self.at += 1;
        let is_empty = self.name().is_empty();
        let ends = self.is_blank_or_break(self.at)
            || matches!(self.byte(), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        match !is_empty && ends {
            true => Ok(()),
            false => self.error("a name of letters, digits, `_` and `-` must stand here"),
        }
    }

    fn tag(&mut self, in_flow: bool) -> Parsed<()> {
        let start = self.at;
        self.at += 1;
        if self.byte() == b'<' {
            self.at += 1;
            let uri = self.at;
            self.tag_characters(true)?;
            if self.at == uri || self.byte() != b'>' {
                return self.error("a tag in `<…>` must end with `>`");
            }
            self.at += 1;
        } else {
            self.name();
            if self.byte() == b'!' {
                self.at += 1;
                let handle = &self.text[start..self.at];
                let document = self.documents.len() as u32;
                if handle != "!!" && self.handle(handle, document).is_none() {
                    return self.error_at(start, "no `%TAG` directive defines this tag's handle");
                }
                let suffix = self.at;
                self.tag_characters(false)?;
                if self.at == suffix {
                    return self.error("a tag must have a name");
                }
            } else {
                self.tag_characters(false)?;
            }
        }
        match self.is_blank_or_break(self.at) || in_flow && self.byte() == b',' {
            true => Ok(()),
            false => self.error("a blank must follow the tag"),
        }
    }

    /// Reads the characters of a URI; within `<…>` brackets and commas too.
    pub(super) fn tag_characters(&mut self, brackets: bool) -> Parsed<()> {
        loop {
            match self.byte() {
                b'%' => self.escaped_character()?,
                b',' | b'[' | b']' if brackets => self.at += 1,
                b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b'.' | b'!'
                | b'~' | b'*' | b'\'' | b'(' | b')' => self.at += 1,
                _ if self.is_class(self.at, class::NAME) => self.at += 1,
                _ => return Ok(()),
            }
        }
    }

    /// Reads one character of UTF-8 that is written as `%XX`, byte by byte.
    fn escaped_character(&mut self) -> Parsed<()> {
        let mut left = 0;
        loop {
            let digits = self.bytes.get(self.at + 1..self.at + 3);
            let octet = digits
                .filter(|digits| self.byte() == b'%' && digits.iter().all(u8::is_ascii_hexdigit))
                .and_then(|digits| std::str::from_utf8(digits).ok())
                .and_then(|digits| u8::from_str_radix(digits, 16).ok());
            let Some(octet) = octet else {
                return self.error("two hexadecimal digits must follow `%` in a tag");
            };
            left = match (left, octet) {
                (0, 0x00..=0x7F) => 1,
                (0, 0xC0..=0xDF) => 2,
                (0, 0xE0..=0xEF) => 3,
                (0, 0xF0..=0xF7) => 4,
                (1.., 0x80..=0xBF) => left,
                _ => return self.error("the escaped bytes in this tag are no UTF-8"),
            } - 1;
            self.at += 3;
            if left == 0 {
                return Ok(());
            }
        }
    }
}
