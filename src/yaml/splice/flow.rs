//! Entries of maps and lists in braces and brackets.
//!
//! In: entries that go and come. Out: cuts.

use super::{Done, New, Splicer, lines, refuse, style};
use crate::{
    text::Span,
    yaml::{Cannot, Node, print::Flow},
};

impl<'t> Splicer<'t> {
    pub(super) fn flow_entries<'w>(
        &mut self,
        node: Node<'t>,
        gone: &[(usize, usize)],
        mut new: Vec<New<'w>>,
        mut inserts: Vec<(usize, New<'w>)>,
    ) -> Done {
        let entries = spans(node);
        let flow = self.style.flow(node);
        let wish = new.first().map(|new| new.wish).or(gone.first().map(|(_, wish)| *wish));
        let wish = wish.or(inserts.first().map(|(_, new)| new.wish)).unwrap_or_default();
        if node.is_pair() {
            let message = "a pair within brackets that has no braces of its own";
            return refuse(wish, Cannot::Layout, node.span().start, message);
        }
        inserts.sort_by_key(|(place, _)| *place);
        if gone.len() == entries.len() {
            new.splice(0..0, inserts.drain(..).map(|(_, insert)| insert));
        }
        if entries.is_empty() || gone.len() == entries.len() && new.is_empty() {
            let inner = Span::new(node.span().start + 1, node.span().end - 1);
            self.cuts.cut_flow(inner, fill(&flow, &new));
            return Ok(());
        }
        let mut new = new.into_iter();
        let mut gone = gone;
        if let Some(((place, _), rest)) = gone.split_last()
            && place + 1 == entries.len()
            && let Some(new) = new.next()
        {
            self.cuts.cut_flow(entries[*place], write(&flow, &new));
            gone = rest;
        }
        self.flow_remove(node, &entries, gone);
        self.flow_append(node, &flow, entries[entries.len() - 1].end, new.collect());
        for (place, new) in inserts {
            let text = node.tree().text();
            let at = entries[place].start;
            let separator = match style::has_lines(node) && lines::starts_line(text, at) {
                true => format!(",{}{}", lines::break_of(text, at), style::indent(text, at)),
                false => flow.comma.to_owned(),
            };
            self.cuts.insert(at, write(&flow, &new) + &separator);
        }
        Ok(())
    }

    fn flow_append(&mut self, node: Node<'t>, flow: &Flow<'t>, end: usize, new: Vec<New<'_>>) {
        let text = node.tree().text();
        let written: Vec<String> = new.iter().map(|new| write(flow, new)).collect();
        if written.is_empty() {
            return;
        }
        if !style::has_lines(node) {
            let added = written.iter().map(|entry| format!("{}{entry}", flow.comma));
            return self.cuts.insert(end, added.collect::<String>());
        }
        let last = style::entry_starts(node).last().unwrap_or(end);
        let line = format!("{}{}", lines::break_of(text, last), style::indent(text, last));
        let entries = format!("{line}{}", written.join(&format!(",{line}")));
        let comma = comma(node, end);
        let at = lines::line_end(text, comma.unwrap_or(end)).min(node.span().end - 1);
        match comma {
            Some(_) => self.cuts.insert(at, entries + ","),
            None if lines::is_blank(text, Span::new(end, at)) => {
                self.cuts.insert(end, format!(",{entries}"));
            }
            None => {
                // A comment on the line of the last entry stays with it.
                self.cuts.insert(end, ",");
                self.cuts.insert(at, entries);
            }
        }
    }

    fn flow_remove(&mut self, node: Node<'t>, entries: &[Span], gone: &[(usize, usize)]) {
        let text = node.tree().text();
        let close = node.span().end - 1;
        for run in gone.chunk_by(|one, next| one.0 + 1 == next.0) {
            let ((first, _), (last, _)) = (run[0], run[run.len() - 1]);
            let (start, end) = (entries[first].start, entries[last].end);
            let behind = lines::line_end(text, comma(node, end).unwrap_or(end));
            let next = entries.get(last + 1).map(|next| next.start);
            let whole = lines::starts_line(text, start) && behind < next.unwrap_or(close);
            match (next, first.checked_sub(1)) {
                (Some(_), _) if whole => {
                    self.cuts.cut_lines(lines::line_start(text, start), behind);
                }
                (Some(next), _) => self.cuts.cut_flow(Span::new(start, next), ""),
                (None, Some(before)) if whole => {
                    // The entry before becomes the last one: without a comma, unless the one that
                    // goes had one too.
                    let before = comma(node, entries[before].end);
                    if let Some(before) = before.filter(|_| comma(node, end).is_none()) {
                        self.cuts.replace(Span::new(before, before + 1), "");
                    }
                    self.cuts.cut_lines(lines::line_start(text, start), behind);
                }
                (None, Some(before)) => {
                    self.cuts.cut_flow(Span::new(entries[before].end, end), "");
                }
                (None, None) => {}
            }
        }
    }
}

/// The bytes of each entry, without the comma.
fn spans(node: Node<'_>) -> Vec<Span> {
    let span = |first, last| {
        let end = lines::entry_end(first).max(lines::entry_end(last));
        Span::new(lines::entry_start(first), end)
    };
    match node.kind().is_map() {
        true => node.entries().map(|(key, value)| span(key, value)).collect(),
        false => node.items().map(|item| span(item, item)).collect(),
    }
}

/// The byte of the comma behind an entry that ends at `end`, if there is one.
fn comma(node: Node<'_>, end: usize) -> Option<usize> {
    let text = node.tree().text();
    let mut at = end;
    while at < node.span().end {
        match text.as_bytes()[at] {
            b',' => return Some(at),
            b'#' => at = lines::line_end(text, at),
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            _ => return None,
        }
    }
    None
}

fn write(flow: &Flow<'_>, new: &New<'_>) -> String {
    match new.key {
        Some(key) => flow.entry(key, &new.value),
        None => flow.value(&new.value),
    }
}

/// All that goes between empty braces or brackets.
fn fill(flow: &Flow<'_>, new: &[New<'_>]) -> String {
    let Some(spread) = flow.spread.as_ref().filter(|_| !new.is_empty()) else {
        let entries: Vec<String> = new.iter().map(|new| write(flow, new)).collect();
        return entries.join(flow.comma);
    };
    let mut inner = flow.clone();
    let indent = format!("{}{}", spread.indent, spread.step);
    inner.spread = Some(crate::yaml::print::Spread { indent: indent.clone(), ..spread.clone() });
    let line = format!("{}{indent}", spread.line_break);
    let entries: Vec<String> = new.iter().map(|new| write(&inner, new)).collect();
    format!("{line}{}{}{}", entries.join(&format!(",{line}")), spread.line_break, spread.indent)
}
