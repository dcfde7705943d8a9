//! `%YAML` and `%TAG`, which stand before a `---`.

use super::super::{Range, TagHandle};
use super::{Parsed, Parser, class};

impl<'s> Parser<'s> {
    /// Reads the directives here; whether there were any.
    pub(super) fn directives(&mut self) -> Parsed<bool> {
        let document = self.documents.len() as u32;
        let mut any = false;
        let mut version = false;
        while !self.is_at_end() && self.at == self.line && self.byte() == b'%' {
            any = true;
            self.key_allowed = false;
            let start = self.at;
            self.at += 1;
            let name = self.name();
            if name.is_empty() || !self.is_blank_or_break(self.at) {
                return self.error_at(start, "a directive must have a name");
            }
            match name {
                "YAML" if version => return self.error_at(start, "`%YAML` stands here twice"),
                "YAML" => {
                    version = true;
                    self.version()?;
                }
                "TAG" => self.tag_handle(document)?,
                _ => return self.error_at(start, "only `%YAML` and `%TAG` are directives"),
            }
            self.skip_blanks();
            if self.byte() == b'#' {
                self.comment();
            }
            let width = self.break_at(self.at);
            if width == 0 && !self.is_at_end() {
                return self.error("a directive must be alone on its line");
            }
            self.at += width;
            self.line = self.at;
            self.skip();
        }
        Ok(any)
    }

    pub(super) fn name(&mut self) -> &'s str {
        let start = self.at;
        while self.is_class(self.at, class::NAME) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// Only versions 1.1 and 1.2 are known.
    fn version(&mut self) -> Parsed<()> {
        self.skip_blanks();
        let start = self.at;
        let major = self.version_number();
        if major.is_empty() || self.byte() != b'.' {
            return self.error("a version is two numbers with a dot between them");
        }
        let major: u32 = major.parse().unwrap_or(0);
        self.at += 1;
        let minor: u32 = self.version_number().parse().unwrap_or(0);
        match (major, minor) {
            (1, 1 | 2) => Ok(()),
            _ => self.error_at(start, "only YAML 1.1 and 1.2 can be read"),
        }
    }

    fn version_number(&mut self) -> &'s str {
        let start = self.at;
        while self.byte().is_ascii_digit() {
            self.at += 1;
        }
        // libyaml reads nine digits at most; more is no version that is known.
        &self.text[start..self.at.min(start + 9)]
    }

    fn tag_handle(&mut self, document: u32) -> Parsed<()> {
        self.skip_blanks();
        let start = self.at;
        if self.byte() != b'!' {
            return self.error("a tag handle begins with `!`");
        }
        self.at += 1;
        let name = self.name();
        match (name.is_empty(), self.byte()) {
            (_, b'!') => self.at += 1,
            (true, _) => {}
            (false, _) => return self.error("a tag handle ends with `!`"),
        }
        let handle = Range { start: start as u32, end: self.at as u32 };
        if !self.is_class(self.at, class::BLANK) {
            return self.error("a blank must follow the tag handle");
        }
        self.skip_blanks();
        let prefix_start = self.at;
        self.tag_characters(true)?;
        if self.at == prefix_start || !self.is_blank_or_break(self.at) {
            return self.error("a tag prefix must follow the handle");
        }
        let prefix = Range { start: prefix_start as u32, end: self.at as u32 };
        let text = &self.text[handle.span().start..handle.span().end];
        if self.handle(text, document).is_some() {
            return self.error_at(start, "the tag handle is defined twice");
        }
        self.handles.push(TagHandle { document, handle, prefix });
        Ok(())
    }

    /// What a document defines a tag handle as.
    pub(super) fn handle(&self, text: &str, document: u32) -> Option<&TagHandle> {
        self.handles.iter().find(|defined| {
            let span = defined.handle.span();
            defined.document == document && &self.text[span.start..span.end] == text
        })
    }
}
