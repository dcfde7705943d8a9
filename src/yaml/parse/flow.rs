//! Collections in brackets, where indentation means nothing.

use super::super::{Kind, NONE, PAIR};
use super::{Parsed, Parser, Pending};

impl Parser<'_> {
    /// Passes what stands between tokens. A document cannot end within brackets.
    #[inline(always)]
    fn skip_flow(&mut self) -> Parsed<()> {
        self.key_allowed = false;
        let line = self.line;
        self.skip_flow_lines();
        if self.line != line && (self.is_at_marker() || self.byte() == b'%') {
            return self.error("the brackets are still open");
        }
        match self.is_at_end() {
            true => self.error("the brackets are never closed"),
            false => Ok(()),
        }
    }

    #[inline(always)]
    fn skip_flow_lines(&mut self) {
        loop {
            self.skip();
            // A line break allows a key in block style; here only `[`, `{` and `,` do.
            self.key_allowed = false;
            if self.byte() != b'\t' {
                return;
            }
        }
    }

    pub(super) fn flow_list(&mut self) -> Parsed<u32> {
        self.deeper()?;
        let list = self.push(Kind::FlowList, self.at, self.at, NONE);
        let mut last = NONE;
        self.at += 1;
        self.skip_flow()?;
        while self.byte() != b']' {
            let item = self.flow_item()?;
            self.link(list, &mut last, item);
            self.flow_separator(b']', "a `,` or `]` must stand here")?;
        }
        self.close(list);
        Ok(list)
    }

    /// Reads the comma behind an entry, if the collection does not end here.
    fn flow_separator(&mut self, close: u8, message: &'static str) -> Parsed<()> {
        self.skip_flow()?;
        match self.byte() {
            b',' => {
                self.at += 1;
                self.skip_flow()
            }
            byte if byte == close => Ok(()),
            _ => self.error(message),
        }
    }

    fn close(&mut self, collection: u32) {
        self.at += 1;
        self.nodes[collection as usize].end = self.at as u32;
        self.key_allowed = false;
        self.depth -= 1;
    }

    fn flow_item(&mut self) -> Parsed<u32> {
        let start = self.at;
        if self.byte() == b'?' {
            self.at += 1;
            self.skip_flow()?;
            let key = match self.byte() {
                // libyaml takes either for the end of an empty key.
                b':' | b',' => {
                    self.at += 1;
                    let key = self.push(Kind::Empty, self.at - 1, self.at - 1, start as u32);
                    self.skip_flow()?;
                    key
                }
                _ => self.flow_node(start as u32)?,
            };
            self.skip_flow()?;
            return self.flow_pair(start, key);
        }
        let line = self.line;
        let node = self.flow_node(NONE)?;
        self.skip_flow()?;
        if self.byte() == b':' && self.line == line && self.is_key_len(start) {
            return self.flow_pair(start, node);
        }
        Ok(node)
    }

    /// A pair without braces: `[a: b]`.
    fn flow_pair(&mut self, start: usize, key: u32) -> Parsed<u32> {
        let map = self.push(Kind::FlowMap, start, start, NONE);
        self.nodes[map as usize].flags |= PAIR;
        let mut last = NONE;
        self.link_key(map, &mut last, key);
        let value = self.flow_value(key, b']')?;
        self.link(map, &mut last, value);
        self.nodes[map as usize].end = self.end_of(value);
        Ok(map)
    }

    pub(super) fn flow_map(&mut self) -> Parsed<u32> {
        self.deeper()?;
        let map = self.push(Kind::FlowMap, self.at, self.at, NONE);
        let mut last = NONE;
        self.at += 1;
        self.skip_flow()?;
        while self.byte() != b'}' {
            let start = self.at;
            let line = self.line;
            let is_explicit = self.byte() == b'?';
            let key = if is_explicit {
                self.at += 1;
                self.skip_flow()?;
                match self.byte() {
                    b':' | b',' | b'}' => {
                        self.push_empty(start + 1, start as u32, Pending::default())
                    }
                    _ => self.flow_node(start as u32)?,
                }
            } else {
                self.flow_node(NONE)?
            };
            self.skip_flow()?;
            let is_key = is_explicit || self.line == line && self.is_key_len(start);
            if self.byte() == b':' && !is_key {
                return self.error("a `:` must follow its key on the same line");
            }
            let value = self.flow_value(key, b'}')?;
            self.link_key(map, &mut last, key);
            self.link(map, &mut last, value);
            self.flow_separator(b'}', "a `,` or `}` must stand here")?;
        }
        self.close(map);
        Ok(map)
    }

    /// Reads a `:` and the value behind it; an empty one if there is none.
    fn flow_value(&mut self, key: u32, close: u8) -> Parsed<u32> {
        if self.byte() != b':' {
            let end = self.end_of(key) as usize;
            return Ok(self.push_empty(end, NONE, Pending::default()));
        }
        let colon = self.at;
        self.at += 1;
        self.skip_flow()?;
        match self.byte() {
            byte if byte == b',' || byte == close => {
                Ok(self.push_empty(colon + 1, colon as u32, Pending::default()))
            }
            _ => self.flow_node(colon as u32),
        }
    }

    fn flow_node(&mut self, lead: u32) -> Parsed<u32> {
        let mut properties = Pending::default();
        let mut end = self.at;
        while self.is_at_property() {
            self.property(&mut properties, true)?;
            end = self.at;
            self.skip_flow()?;
        }
        if !properties.is_none() {
            match self.byte() {
                b',' | b']' | b'}' | b':' => return Ok(self.push_empty(end, lead, properties)),
                b'*' => return self.error("an alias can have neither anchor nor tag"),
                _ => {}
            }
        }
        let node = self.inline(true)?;
        self.nodes[node as usize].lead = lead;
        self.attach(node, properties);
        Ok(node)
    }
}
