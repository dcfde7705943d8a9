//! Entries of maps and lists that are laid out by indentation.
//!
//! In: entries that go and come. Out: cuts.

use super::{Done, New, Splicer, lines, refuse, style};
use crate::{
    text::Span,
    yaml::{Cannot, Kind, Node, print::Layout},
};

impl<'t> Splicer<'t> {
    pub(super) fn block_entries<'w>(
        &mut self,
        node: Node<'t>,
        gone: &[(usize, usize)],
        mut new: Vec<New<'w>>,
        mut inserts: Vec<(usize, New<'w>)>,
    ) -> Done {
        let entries = entries(node);
        inserts.sort_by_key(|(place, _)| *place);
        if gone.len() == entries.len() {
            // Nothing is left that they could stand before.
            new.splice(0..0, inserts.drain(..).map(|(_, insert)| insert));
        }
        let mut new = new.into_iter();
        let mut gone = gone;
        let (first, last) = entries[entries.len() - 1];
        let mut end = lines::entry_tail(last, node.column());
        if let Some(((place, _), rest)) = gone.split_last()
            && place + 1 == entries.len()
            && let Some(new) = new.next()
        {
            // What comes stands where the last entry did.
            end = lines::content_end(last);
            let span = Span::new(lines::entry_start(first), end);
            let room = lines::room_above_comments(node.tree(), span);
            let layout = Layout { room, ..self.entry_layout(node, end) };
            let stay = lines::own_line_comments(node.tree(), span);
            let entry = self.write(&layout, node, &new);
            self.cuts.cut(span, &stay, entry, String::new());
            gone = rest;
        }
        self.block_remove(node, &entries, gone)?;
        let layout = self.entry_layout(node, end);
        for new in new {
            self.cuts.insert(end, self.below(&layout, node, &new));
        }
        for (place, new) in inserts {
            self.block_insert(node, &entries, place, &new);
        }
        Ok(())
    }

    fn entry_layout(&self, node: Node<'t>, at: usize) -> Layout<'t> {
        let layout = self.style.block(node, at);
        match node.kind().is_list() {
            true => Layout { gap: style::dash(node).1, ..layout },
            false => layout,
        }
    }

    fn block_insert(
        &mut self,
        node: Node<'t>,
        entries: &[(Node<'t>, Node<'t>)],
        place: usize,
        new: &New<'_>,
    ) {
        let text = node.tree().text();
        if let Some(before) = place.checked_sub(1) {
            // Comments and empty lines above an item stay with it.
            let at = lines::entry_tail(entries[before].1, node.column());
            return self.cuts.insert(at, self.below(&self.entry_layout(node, at), node, new));
        }
        let first = lines::entry_start(entries[0].0);
        let layout = Layout { room: 0, ..self.entry_layout(node, first) };
        let item = self.write(&layout, node, new);
        let indent = " ".repeat(node.column());
        if !lines::starts_line(text, first) {
            return self.cuts.insert(first, format!("{item}{}{indent}", layout.line_break));
        }
        match node.lead() {
            Some(lead) => {
                let at = lines::line_end(text, lead);
                self.cuts.insert(at, self.below(&self.entry_layout(node, at), node, new));
            }
            None => {
                let at = lines::line_start(text, first);
                self.cuts.insert(at, format!("{indent}{item}{}", layout.line_break));
            }
        }
    }

    /// Takes entries away, those that follow each other at once.
    fn block_remove(
        &mut self,
        node: Node<'t>,
        entries: &[(Node<'t>, Node<'t>)],
        gone: &[(usize, usize)],
    ) -> Done {
        let text = node.tree().text();
        for run in gone.chunk_by(|one, next| one.0 + 1 == next.0) {
            let ((first, wish), (last, _)) = (run[0], run[run.len() - 1]);
            let start = lines::entry_start(entries[first].0);
            let end = lines::content_end(entries[last].1);
            if lines::starts_line(text, start) {
                if let Some(before) = first.checked_sub(1) {
                    check_swallowed(entries[before].1, Span::new(start, end), wish)?;
                }
                self.cuts.cut_lines(lines::line_start(text, start), end);
                continue;
            }
            // The first entry stands on the line of a dash.
            let Some((next, _)) = entries.get(last + 1) else {
                let message = "the entry shares its line with what holds it";
                return refuse(wish, Cannot::Layout, start, message);
            };
            let span = Span::new(start, lines::entry_start(*next));
            if lines::own_line_comments(node.tree(), span).is_empty() {
                self.cuts.replace(span, "");
                continue;
            }
            let gone = Span::new(text[..start].trim_end_matches(' ').len(), end);
            let stay = lines::own_line_comments(node.tree(), gone);
            self.cuts.cut(gone, &stay, String::new(), String::new());
        }
        Ok(())
    }

    fn write(&self, layout: &Layout<'_>, node: Node<'t>, new: &New<'_>) -> String {
        let Some(key) = new.key else {
            let like = node.items().last().map_or(Kind::Plain, Node::kind);
            return layout.item(&new.value, node.column(), like, style::dash(node).0);
        };
        match self.style.bracketed(node, &new.value) {
            Some(list) => layout.entry_of(key, &list),
            None => layout.entry(key, &new.value, node.column()),
        }
    }

    fn below(&self, layout: &Layout<'_>, node: Node<'t>, new: &New<'_>) -> String {
        let indent = " ".repeat(node.column());
        format!("{}{indent}{}", layout.line_break, self.write(layout, node, new))
    }
}

/// The first and the last node of each entry.
fn entries(node: Node<'_>) -> Vec<(Node<'_>, Node<'_>)> {
    match node.kind().is_map() {
        true => node.entries().collect(),
        false => node.items().map(|item| (item, item)).collect(),
    }
}

/// A block scalar takes in comments that come to stand right below it, if they stand deep enough.
fn check_swallowed(before: Node<'_>, removed: Span, wish: usize) -> Done {
    let scalar = lines::tail(before);
    if !matches!(scalar.kind(), Kind::Literal | Kind::Folded) {
        return Ok(());
    }
    let text = scalar.tree().text();
    let within = lines::own_line_comments(scalar.tree(), removed);
    let first =
        within.first().map(|comment| comment.start - lines::line_start(text, comment.start));
    let room = first.map_or_else(|| lines::room(text, removed.end), |column| column + 1);
    if room <= scalar.column() {
        return Ok(());
    }
    let message = "the text above would take in the comment below the entry";
    refuse(wish, Cannot::Layout, removed.start, message)
}
