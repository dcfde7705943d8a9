//! Collections by indentation.

use super::super::{EXPLICIT, Kind, NONE};
use super::{Parsed, Parser, Pending};

/// Where a node began that may turn out to be a key.
#[derive(Clone, Copy)]
struct KeyStart {
    at: usize,
    line: usize,
    allowed: bool,
}

impl Parser<'_> {
    fn key_start(&self) -> KeyStart {
        KeyStart { at: self.at, line: self.line, allowed: self.key_allowed }
    }

    /// Reads the node behind a `---`, `-`, `?` or `:`, or the root.
    ///
    /// `lead` is the byte of that indicator; `indentless` is whether a list may stand in the very
    /// column of its parent; an empty node is put at `empty_at`.
    pub(super) fn block_node(
        &mut self,
        lead: u32,
        indentless: bool,
        mut empty_at: usize,
    ) -> Parsed<u32> {
        // Properties on lines of their own are the node's; those on the line of a key are the
        // key's.
        let mut outer = Pending::default();
        let mut inner = Pending::default();
        let mut key = self.key_start();
        loop {
            if self.is_at_document_end() {
                return self.empty_node(empty_at, lead, outer, inner);
            }
            let byte = self.byte();
            if self.column() <= self.indent {
                let in_column = self.column() == self.indent;
                let list = in_column && indentless && self.is_indicator(b'-');
                // libyaml lets a block scalar stand in the column of its parent.
                let scalar = in_column && matches!(byte, b'|' | b'>');
                if !list && !scalar {
                    return self.empty_node(empty_at, lead, outer, inner);
                }
            }
            match byte {
                b'-' if self.is_indicator(b'-') => {
                    if !self.key_allowed {
                        return self.error("a list cannot begin on this line: start a new one");
                    }
                    return self.block_list(lead, outer);
                }
                b'?' if self.is_indicator(b'?') => {
                    if !self.key_allowed {
                        return self.error("a key cannot stand here: start a new line");
                    }
                    return self.block_map(None, self.at, lead, outer);
                }
                b'|' | b'>' => {
                    let properties = self.merge(outer, inner)?;
                    let node = self.block_scalar(lead)?;
                    self.attach(node, properties);
                    return Ok(node);
                }
                b'&' | b'!' => {
                    if inner.is_none() {
                        key = self.key_start();
                    }
                    self.property(&mut inner, false)?;
                    empty_at = self.at;
                    self.key_allowed = false;
                    self.skip();
                    if self.line != key.line {
                        outer = self.merge(outer, inner)?;
                        inner = Pending::default();
                    }
                }
                _ => {
                    if inner.is_none() {
                        key = self.key_start();
                    }
                    return self.inline_node_or_map(lead, key, outer, inner);
                }
            }
        }
    }

    /// A scalar, an alias or a flow collection; or, if a `:` follows, the map whose first key it
    /// is.
    #[inline(always)]
    fn inline_node_or_map(
        &mut self,
        lead: u32,
        key: KeyStart,
        outer: Pending,
        inner: Pending,
    ) -> Parsed<u32> {
        let node = if self.is_indicator(b':') {
            if inner.is_none() {
                return self.error("a `:` must follow a key");
            }
            self.push(Kind::Empty, self.at, self.at, NONE)
        } else {
            if self.byte() == b'*' && !inner.is_none() {
                return self.error("an alias can have neither anchor nor tag");
            }
            self.key_allowed = false;
            self.inline(false)?
        };
        if self.line == key.line {
            self.skip_blanks();
            if self.is_indicator(b':') {
                if !key.allowed {
                    return self.error("a key cannot stand here: start a new line, or use quotes");
                }
                if !self.is_key_len(key.at) {
                    return self.error_at(key.at, KEY_TOO_LONG);
                }
                self.attach(node, inner);
                return self.block_map(Some(node), key.at, lead, outer);
            }
        }
        let properties = self.merge(outer, inner)?;
        if self.nodes[node as usize].kind == Kind::Alias && !properties.is_none() {
            return self.error_at(key.at, "an alias can have neither anchor nor tag");
        }
        self.nodes[node as usize].lead = lead;
        self.attach(node, properties);
        Ok(node)
    }

    /// A node that is written on one line, or within quotes or brackets; none of its properties.
    #[inline(always)]
    pub(super) fn inline(&mut self, in_flow: bool) -> Parsed<u32> {
        match self.byte() {
            b'"' | b'\'' => self.quoted(NONE),
            b'[' => self.flow_list(),
            b'{' => self.flow_map(),
            b'*' => self.alias(NONE),
            _ => self.plain(in_flow, NONE),
        }
    }

    fn empty_node(&mut self, at: usize, lead: u32, outer: Pending, inner: Pending) -> Parsed<u32> {
        let properties = self.merge(outer, inner)?;
        Ok(self.push_empty(at, lead, properties))
    }

    fn merge(&self, outer: Pending, inner: Pending) -> Parsed<Pending> {
        if outer.anchor.is_some() && inner.anchor.is_some() {
            return self.error("a node can have one anchor");
        }
        if outer.tag.is_some() && inner.tag.is_some() {
            return self.error("a node can have one tag");
        }
        Ok(Pending { anchor: outer.anchor.or(inner.anchor), tag: outer.tag.or(inner.tag) })
    }

    fn block_list(&mut self, lead: u32, properties: Pending) -> Parsed<u32> {
        self.deeper()?;
        let column = self.column();
        let indentless = column == self.indent;
        let around = std::mem::replace(&mut self.indent, column);
        let list = self.push(Kind::BlockList, self.at, self.at, lead);
        self.nodes[list as usize].column = column as u32;
        self.attach(list, properties);
        let mut last = NONE;
        loop {
            let dash = self.at;
            self.at += 1;
            self.key_allowed = true;
            self.skip();
            let item = self.block_node(dash as u32, false, dash + 1)?;
            self.link(list, &mut last, item);
            self.skip();
            if self.column() < column || self.is_at_document_end() {
                break;
            }
            if self.column() == column {
                if self.is_indicator(b'-') && self.key_allowed {
                    continue;
                }
                if indentless {
                    break;
                }
            }
            return self.error("a `-` must stand here, in the column of those above");
        }
        self.nodes[list as usize].end = self.end_of(last);
        self.indent = around;
        self.depth -= 1;
        Ok(list)
    }

    /// Reads a map from its first `?`, or from the `:` behind its first key.
    fn block_map(
        &mut self,
        mut first: Option<u32>,
        start: usize,
        lead: u32,
        properties: Pending,
    ) -> Parsed<u32> {
        self.deeper()?;
        let column = (start - self.line) as isize;
        let around = std::mem::replace(&mut self.indent, column);
        let map = self.push(Kind::BlockMap, start, start, lead);
        self.nodes[map as usize].column = column as u32;
        self.attach(map, properties);
        let mut last = NONE;
        loop {
            let is_explicit = first.is_none() && self.is_indicator(b'?');
            let key = match first.take() {
                Some(key) => key,
                None if is_explicit => self.explicit_key()?,
                None => self.simple_key()?,
            };
            self.link_key(map, &mut last, key);
            let value = match is_explicit {
                true => self.explicit_value(column, key)?,
                false => self.value(false)?,
            };
            self.link(map, &mut last, value);
            self.skip();
            if self.column() < column || self.is_at_document_end() {
                break;
            }
            if self.column() > column {
                return self.error("a key must stand here, in the column of those above");
            }
            if !self.key_allowed {
                return self.error("a key cannot stand here: start a new line");
            }
        }
        self.nodes[map as usize].end = self.end_of(last);
        self.indent = around;
        self.depth -= 1;
        Ok(map)
    }

    /// Reads a key that is not the first, up to its `:`.
    #[inline(always)]
    fn simple_key(&mut self) -> Parsed<u32> {
        let start = self.at;
        let line = self.line;
        let mut properties = Pending::default();
        self.key_allowed = false;
        while self.is_at_property() {
            self.property(&mut properties, false)?;
            self.skip_blanks();
        }
        let is_value = matches!(self.byte(), b'|' | b'>') || self.is_indicator(b'-');
        let key = if is_value {
            return self.error("a key must stand here");
        } else if self.is_indicator(b':') && !properties.is_none() {
            self.push(Kind::Empty, self.at, self.at, NONE)
        } else {
            if self.byte() == b'*' && !properties.is_none() {
                return self.error("an alias can have neither anchor nor tag");
            }
            self.inline(false)?
        };
        self.attach(key, properties);
        if self.line == line {
            self.skip_blanks();
        }
        if self.line != line || !self.is_indicator(b':') {
            return self.error_at(start, "a `:` must follow this key on its line");
        }
        match self.is_key_len(start) {
            true => Ok(key),
            false => self.error_at(start, KEY_TOO_LONG),
        }
    }

    fn explicit_key(&mut self) -> Parsed<u32> {
        let mark = self.at;
        self.at += 1;
        self.key_allowed = true;
        self.skip();
        let key = self.block_node(mark as u32, true, mark + 1)?;
        self.nodes[key as usize].flags |= EXPLICIT;
        self.skip();
        Ok(key)
    }

    fn explicit_value(&mut self, column: isize, key: u32) -> Parsed<u32> {
        let is_here = !self.is_at_document_end()
            && self.column() == column
            && self.key_allowed
            && self.is_indicator(b':');
        if is_here {
            return self.value(true);
        }
        let at = self.end_of(key) as usize;
        Ok(self.push(Kind::Empty, at, at, NONE))
    }

    /// Reads a `:` and what follows it.
    #[inline(always)]
    fn value(&mut self, key_allowed: bool) -> Parsed<u32> {
        let colon = self.at;
        self.at += 1;
        self.key_allowed = key_allowed;
        self.skip();
        self.block_node(colon as u32, true, colon + 1)
    }
}

const KEY_TOO_LONG: &str = "a key can have 1024 characters at most";
