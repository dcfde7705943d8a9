//! Entries of maps and lists in braces and brackets.
//!
//! In: entries that go and come. Out: cuts.

use super::{Done, New, Splicer, lines, refuse, style};
use crate::{
    text::Span,
    yaml::{Cannot, Kind, Node, print::Flow},
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
        // Nothing is left that could stand behind what comes where the last entries go.
        let stays = |place: &usize| !gone.iter().any(|(gone, _)| gone == place);
        let left = (0..entries.len()).rfind(stays).map_or(0, |last| last + 1);
        let behind = inserts.partition_point(|(place, _)| *place < left);
        new.splice(0..0, inserts.drain(behind..).map(|(_, insert)| insert));
        let inner = Span::new(node.span().start + 1, node.span().end - 1);
        let stay = lines::staying(node, inner);
        if entries.is_empty()
            && let Some(last) = stay.last()
        {
            let line = line_within(node, *last);
            let entries = new.iter().map(|new| write(&flow, new)).collect::<Vec<_>>();
            self.cuts.insert(last.end, format!("{line}{}", entries.join(&format!(",{line}"))));
            return Ok(());
        }
        if entries.is_empty() || gone.len() == entries.len() && new.is_empty() {
            self.cuts.cut_flow(inner, &stay, &fill(&flow, node, &new));
            return Ok(());
        }
        let mut new = new.into_iter();
        let mut gone = gone;
        if left < entries.len()
            && let Some(new) = new.next()
        {
            let span = Span::new(entries[left].start, entries[entries.len() - 1].end);
            let stay = lines::own_line_comments(node.tree(), span);
            self.cuts.cut_flow(span, &stay, &write(&flow, &new));
            gone = &gone[..gone.len() - (entries.len() - left)];
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
        let blank = blank_behind(node, end);
        if !style::has_lines(node) {
            let added = written.iter().map(|entry| format!("{}{entry}", flow.comma));
            return self.cuts.insert(end, format!("{blank}{}", added.collect::<String>()));
        }
        let last = style::entry_starts(node).last().unwrap_or(end);
        let line = format!("{}{}", lines::break_of(text, last), style::indent(text, last));
        let entries = format!("{line}{}", written.join(&format!(",{line}")));
        let comma = comma(node, end);
        let at = lines::line_end(text, comma.unwrap_or(end)).min(node.span().end - 1);
        match comma {
            Some(_) => self.cuts.insert(at, entries + ","),
            None if lines::is_blank(text, Span::new(end, at)) => {
                self.cuts.insert(end, format!("{blank},{entries}"));
            }
            None => {
                // A comment on the line of the last entry stays with it.
                self.cuts.insert(end, format!("{blank},"));
                self.cuts.insert(at, entries);
            }
        }
    }

    fn flow_remove(&mut self, node: Node<'t>, entries: &[Span], gone: &[(usize, usize)]) {
        for run in gone.chunk_by(|one, next| one.0 + 1 == next.0) {
            let (first, last) = (run[0].0, run[run.len() - 1].0);
            let span = Span::new(entries[first].start, entries[last].end);
            let before = first.checked_sub(1).map(|before| entries[before].end);
            match (entries.get(last + 1), before) {
                (Some(next), _) => self.flow_remove_before(node, span, before, next.start),
                (None, Some(before)) => self.flow_remove_last(node, span, before),
                (None, None) => {}
            }
        }
    }

    /// Takes entries away that others follow. The lines of those keep their bytes.
    fn flow_remove_before(
        &mut self,
        node: Node<'t>,
        span: Span,
        before: Option<usize>,
        next: usize,
    ) {
        let text = node.tree().text();
        let behind = comma(node, span.end).map_or(span.end, |comma| comma + 1);
        let line_end = lines::line_end(text, behind);
        if next > line_end && lines::starts_line(text, span.start) {
            return self.cuts.cut_lines(lines::line_start(text, span.start), line_end);
        }
        // The comment on a line speaks of all that the line holds.
        let line = lines::line_start(text, behind);
        let is_shared = before.is_some_and(|before| before >= line);
        let comment = lines::comments(node.tree(), Span::new(behind, line_end)).next();
        let (start, end) = match comment.filter(|_| is_shared) {
            _ if next <= line_end => (span.start, next),
            Some(comment) => (span.start, comment.start),
            None => (text[..span.start].trim_end_matches([' ', '\t']).len(), line_end),
        };
        let gone = Span::new(start, end);
        self.cuts.cut_flow(gone, &lines::own_line_comments(node.tree(), gone), "");
    }

    /// Takes the last entries away. The one before becomes the last: without a comma, unless those
    /// that go had one too.
    fn flow_remove_last(&mut self, node: Node<'t>, span: Span, before: usize) {
        let text = node.tree().text();
        let behind = comma(node, span.end);
        let line_end = lines::line_end(text, behind.unwrap_or(span.end));
        if lines::starts_line(text, span.start) && line_end < node.span().end - 1 {
            if let Some(before) = comma(node, before).filter(|_| behind.is_none()) {
                let blank = blank_behind(node, before);
                self.cuts.replace(Span::new(before, before + 1), blank);
            }
            return self.cuts.cut_lines(lines::line_start(text, span.start), line_end);
        }
        let gone = Span::new(before, span.end);
        let within = lines::own_line_comments(node.tree(), span);
        let stay: Vec<Span> =
            lines::comments(node.tree(), Span::new(before, span.start)).chain(within).collect();
        self.cuts.cut_flow(gone, &stay, blank_behind(node, before));
    }
}

/// The bytes of each entry, without the comma.
fn spans(node: Node<'_>) -> Vec<Span> {
    let span = |first, last| {
        let end = lines::entry_end(first).max(lines::entry_end(last));
        let blanks = if is_open(node, end) { style::loose(node, end).min(1) } else { 0 };
        Span::new(lines::entry_start(first), end + blanks)
    };
    match node.kind().is_map() {
        true => node.entries().map(|(key, value)| span(key, value)).collect(),
        false => node.items().map(|item| span(item, item)).collect(),
    }
}

/// Whether what ends here would become part of what is put behind it: the colon of an empty value,
/// or its tag.
fn is_open(node: Node<'_>, end: usize) -> bool {
    let is_tag = |child: Node<'_>| {
        let last = child.children().last().filter(|_| child.is_pair()).unwrap_or(child);
        last.kind() == Kind::Empty && last.tag().is_some() && lines::entry_end(last) == end
    };
    node.tree().text()[..end].ends_with(':') || node.children().any(is_tag)
}

/// What must stand behind an entry before a comma does.
fn blank_behind(node: Node<'_>, end: usize) -> &'static str {
    if is_open(node, end) { " " } else { "" }
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

/// Whether an empty collection is to be filled between its brackets and not turned into a block,
/// lest a comment lose its place.
pub(super) fn keeps_brackets(node: Node<'_>) -> bool {
    let text = node.tree().text();
    let Span { start, end } = node.span();
    let lead = node.lead().unwrap_or(start);
    let is_item = text.as_bytes()[lead] == b'-';
    let is_below = lines::line_end(text, lead) < start;
    let is_followed = !lines::is_blank(text, Span::new(end, lines::line_end(text, end)));
    let has_comments = lines::comments(node.tree(), node.span()).next().is_some();
    has_comments && (is_item || is_below || is_followed)
}

/// The break and the indentation of a line within a collection that follows a comment in it.
fn line_within(node: Node<'_>, comment: Span) -> String {
    let text = node.tree().text();
    let close = node.span().end - 1;
    let (like, step) = match lines::starts_line(text, comment.start) {
        true => (comment.start, ""),
        false => (close, "  "),
    };
    let line_break = lines::break_of(text, comment.start);
    format!("{line_break}{}{step}", style::indent(text, like))
}

/// All that goes between empty braces or brackets.
fn fill(flow: &Flow<'_>, node: Node<'_>, new: &[New<'_>]) -> String {
    let Some(spread) = flow.spread.as_ref().filter(|_| !new.is_empty()) else {
        let entries: Vec<String> = new.iter().map(|new| write(flow, new)).collect();
        let pad = if new.is_empty() { "" } else { flow.pad(node.kind().is_map()) };
        return format!("{pad}{}{pad}", entries.join(flow.comma));
    };
    let mut inner = flow.clone();
    let indent = format!("{}{}", spread.indent, spread.step);
    inner.spread = Some(crate::yaml::print::Spread { indent: indent.clone(), ..spread.clone() });
    let line = format!("{}{indent}", spread.line_break);
    let entries: Vec<String> = new.iter().map(|new| write(&inner, new)).collect();
    format!("{line}{}{}{}", entries.join(&format!(",{line}")), spread.line_break, spread.indent)
}
