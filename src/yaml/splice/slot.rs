//! A value in the place of another.
//!
//! In: the [`Node`] that goes and the value that comes. Out: cuts.

use super::{Done, Site, Splicer, lines, refuse, style};
use crate::{
    text::Span,
    yaml::{
        Cannot, Kind, Node, Value,
        print::{Layout, Printed},
    },
};

impl<'t> Splicer<'t> {
    /// In braces or brackets.
    pub(super) fn fill_flow(&mut self, node: Node<'t>, wish: usize, value: &Value) -> Done {
        let parent = node.parent().unwrap_or(node);
        let at = lines::content_start(node);
        let mut flow = self.style.flow(parent);
        flow.like = node.kind();
        if let Some(spread) = &mut flow.spread {
            spread.indent = style::indent(node.tree().text(), at).to_owned();
        }
        let text = flow.value(value);
        if node.kind() != Kind::Empty {
            let span = Span::new(self.drop_tag(node), node.span().end);
            self.cuts.cut_flow(span, &lines::staying(node, span), &text);
            return Ok(());
        }
        match (node.lead(), node.key_node()) {
            (Some(_), _) => {
                let end = lines::entry_end(node);
                let gap = Span::new(end, end + style::loose(parent, end));
                self.cuts.replace(gap, format!(" {text}"));
            }
            (None, Some(key)) => self.cuts.insert(lines::entry_end(key), format!(": {text}")),
            (None, None) => return refuse(wish, Cannot::Layout, at, "nothing stands here"),
        }
        Ok(())
    }

    /// Behind a key or a dash, or as the root.
    pub(super) fn fill_block(
        &mut self,
        node: Node<'t>,
        wish: usize,
        value: &Value,
        site: Site,
    ) -> Done {
        let text = node.tree().text();
        let below = matches!(node.kind(), Kind::BlockMap | Kind::BlockList);
        let Some(lead) = node.lead() else {
            return self.fill_root(node, wish, value);
        };
        let end = lines::content_end(node);
        let own_line = lines::line_end(text, lead) < node.span().start;
        let compact = below && !own_line;
        let is_item = text.as_bytes()[lead] == b'-';
        let mut layout = self.style.block(node.parent().unwrap_or(node), end);
        let span = Span::new(lines::line_end(text, lead), end);
        let stay = lines::staying(node, span);
        layout.room = lines::room_above_comments(node.tree(), Span::new(lead, end));
        if own_line && !below && !stay.is_empty() {
            // Comments come to stand where a literal would take them in.
            layout.room = usize::MAX;
        }
        if is_item && !own_line && node.kind() != Kind::Empty {
            layout.gap = (lines::content_start(node) - lead - 1).max(1);
        }
        let beside = node.parent().and_then(|map| self.style.bracketed(map, value));
        let printed = match beside {
            Some(head) => Printed { head, body: String::new() },
            None => print(&layout, is_item, value, site.column, node.kind()),
        };
        if is_item && node.anchor().is_some() && (value.is_object() || value.is_array()) {
            let message = "the anchor would come to name something else";
            return refuse(wish, Cannot::Layout, lead, message);
        }
        if node.kind() == Kind::Empty {
            self.fill_empty(node, lead, printed);
            return Ok(());
        }
        if compact {
            let span = Span::new(lines::content_start(node), end);
            let stay = lines::own_line_comments(node.tree(), span);
            self.cuts.cut(span, &stay, printed.head + &printed.body, String::new());
        } else if below || own_line && !printed.body.is_empty() {
            self.fill_below(node, lead, printed);
        } else {
            self.fill_inline(node, lead, printed);
        }
        Ok(())
    }

    fn fill_root(&mut self, node: Node<'t>, wish: usize, value: &Value) -> Done {
        let at = node.span().start;
        if node.parent().is_some() {
            return refuse(wish, Cannot::Layout, at, super::EXPLICIT);
        }
        if node.kind() == Kind::Empty {
            return refuse(wish, Cannot::Missing, at, "the document is empty");
        }
        if style::is_flow(node) {
            let mut flow = self.style.flow(node);
            flow.like = Kind::Plain;
            if let Some(spread) = &mut flow.spread {
                spread.indent = style::indent(node.tree().text(), at).to_owned();
            }
            let stay = lines::staying(node, node.span());
            self.cut_value(node.span(), &stay, flow.value(value), String::new());
            return Ok(());
        }
        let layout = Layout { room: usize::MAX, ..self.style.block(node, at) };
        let printed = layout.below_key(value, 0, node.kind());
        let is_block_scalar = matches!(node.kind(), Kind::Literal | Kind::Folded);
        if is_block_scalar || !printed.body.is_empty() || node.tag().is_some() {
            let message = "the root of a document cannot be replaced as a whole";
            return refuse(wish, Cannot::Layout, at, message);
        }
        let end = match node.kind() {
            Kind::BlockMap | Kind::BlockList => lines::content_end(node),
            _ => node.span().end,
        };
        let span = Span::new(at, end);
        let stay = lines::own_line_comments(node.tree(), span);
        self.cut_value(span, &stay, printed.head, String::new());
        Ok(())
    }

    fn fill_empty(&mut self, node: Node<'t>, lead: usize, printed: Printed) {
        let text = node.tree().text();
        self.drop_tag(node);
        let kept = kept(node, lead);
        let end = lines::entry_end(node);
        let line_end = lines::line_end(text, end);
        let blank = lines::is_blank(text, Span::new(end, line_end));
        let end = if blank { line_end } else { end };
        self.cuts.replace(Span::new(kept, end), behind(&printed));
        self.cuts.insert(line_end, printed.body);
    }

    /// The value stands on the lines below its key or dash.
    fn fill_below(&mut self, node: Node<'t>, lead: usize, printed: Printed) {
        let text = node.tree().text();
        let line_end = lines::line_end(text, kept(node, lead));
        let tag = node.tag().filter(|tag| tag.end <= line_end);
        self.drop_tag(node);
        let kept = kept(node, lead);
        let end = tag.map_or(kept, |tag| tag.end.max(kept));
        self.cuts.replace(Span::new(kept, end), behind(&printed));
        let span = Span::new(line_end, lines::content_end(node));
        match node.kind() {
            Kind::BlockMap | Kind::BlockList => {
                let stay = lines::own_line_comments(node.tree(), span);
                self.cuts.cut(span, &stay, printed.body, String::new());
            }
            _ => self.cuts.cut(span, &lines::staying(node, span), String::new(), printed.body),
        }
    }

    /// The value starts on the line of its key or dash, or fits in where it stands.
    fn fill_inline(&mut self, node: Node<'t>, lead: usize, printed: Printed) {
        let text = node.tree().text();
        let is_block_scalar = matches!(node.kind(), Kind::Literal | Kind::Folded);
        let end = match is_block_scalar {
            true => header_end(node),
            false => node.span().end,
        };
        let line_end = lines::line_end(text, end);
        let start = self.drop_tag(node);
        let blank = lines::is_blank(text, Span::new(end, line_end));
        let span = match printed.head.is_empty() {
            true => Span::new(kept(node, lead), if blank { line_end } else { end }),
            false => Span::new(start, end),
        };
        if is_block_scalar {
            self.cuts.replace(span, printed.head);
            let below = Span::new(line_end, lines::content_end(node));
            return self.cuts.replace(below, printed.body);
        }
        let stay = lines::staying(node, span);
        self.cut_value(span, &stay, printed.head, printed.body);
    }

    /// Other text for a value that a comment may follow on its line.
    fn cut_value(&mut self, span: Span, stay: &[Span], head: String, body: String) {
        let text = self.root.tree().text();
        let line_end = lines::line_end(text, span.end);
        match stay.is_empty() || !lines::is_blank(text, Span::new(span.end, line_end)) {
            true => {
                self.cuts.cut_below(span, stay, head);
                self.cuts.insert(line_end, body);
            }
            false => self.cuts.cut(span, stay, head, body),
        }
    }

    /// Takes the tag away if it stands before the anchor, and says where the rest of what goes
    /// begins: the tag speaks of the value that was there.
    fn drop_tag(&mut self, node: Node<'t>) -> usize {
        let start = node.span().start;
        match (node.tag(), node.anchor()) {
            (Some(tag), Some(anchor)) if tag.start < anchor.start => {
                self.cuts.replace(Span::new(tag.start, anchor.start), "");
                start
            }
            (Some(tag), _) => tag.start,
            (None, _) => start,
        }
    }
}

fn print(layout: &Layout<'_>, item: bool, value: &Value, column: usize, like: Kind) -> Printed {
    match item {
        true => layout.behind_dash(value, column, like),
        false => layout.below_key(value, column, like),
    }
}

/// The byte up to which a key or dash stays as it is: an anchor is part of it.
fn kept(node: Node<'_>, lead: usize) -> usize {
    node.anchor().map_or(lead + 1, |anchor| anchor.end)
}

fn behind(printed: &Printed) -> String {
    match printed.head.is_empty() {
        true => String::new(),
        false => format!(" {}", printed.head),
    }
}

/// The byte behind `|2-`.
fn header_end(node: Node<'_>) -> usize {
    let indicators = |byte: &u8| matches!(byte, b'|' | b'>' | b'+' | b'-' | b'0'..=b'9');
    node.span().start + node.raw().bytes().take_while(indicators).count()
}
