//! The edits of one batch as they gather, and the care for comments.
//!
//! In: what goes and what comes, in any order. Out: [`Edit`]s that can be made together.

use std::cmp::Reverse;

use super::{lines, style};
use crate::{
    text::{Edit, Span},
    yaml::{Tree, cook},
};

pub(super) struct Cuts<'t> {
    tree: &'t Tree<'t>,
    cuts: Vec<Cut>,
}

struct Cut {
    edit: Edit,
    /// It takes whole lines away, each with its break.
    lines: bool,
}

impl<'t> Cuts<'t> {
    pub(super) fn new(tree: &'t Tree<'t>) -> Cuts<'t> {
        Cuts { tree, cuts: Vec::new() }
    }

    /// New text between two bytes. Whole lines begin with a break, and go to the end of a line.
    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.push(Edit::insert(at, text));
    }

    /// Other text for a span that holds no comment.
    pub(super) fn replace(&mut self, span: Span, text: impl Into<String>) {
        self.push(Edit::replace(span, text));
    }

    fn push(&mut self, edit: Edit) {
        if !edit.span.is_empty() || !edit.insert.is_empty() {
            self.cuts.push(Cut { edit, lines: false });
        }
    }

    /// Other text for a span after which its line ends: a head for its first line, and the lines
    /// below it. The comments that stay come behind them, but for one on the first line; where
    /// there is no head, they come before.
    pub(super) fn cut(&mut self, span: Span, stay: &[Span], head: String, body: String) {
        let text = self.tree.text();
        let Some((first, rest)) = stay.split_first() else {
            self.replace(span, head);
            return self.insert(span.end, body);
        };
        if head.is_empty() {
            self.cut_around(span, stay, "", "");
            return self.insert(rest.last().unwrap_or(first).end, body);
        }
        if lines::line_end(text, span.start) < first.start {
            return self.cut_around(span, stay, &(head + &body), "");
        }
        self.cut_around(span, stay, &head, "");
        self.insert(first.end, body);
    }

    /// Other text for a span that more may follow on its line, which would become part of a
    /// comment; the comments that stay go above the line on which it begins.
    pub(super) fn cut_below(&mut self, span: Span, stay: &[Span], text: String) {
        let source = self.tree.text();
        let above = lines::line_start(source, span.start);
        for comment in stay {
            let indent = style::indent(source, comment.start);
            let line_break = lines::break_of(source, comment.start);
            let comment = &source[comment.start..comment.end];
            self.insert(above, format!("{indent}{comment}{line_break}"));
        }
        self.replace(span, text);
    }

    /// Other text for a span in braces or brackets, behind the comments in it that stay: so what
    /// follows the span stays behind the text.
    pub(super) fn cut_flow(&mut self, span: Span, stay: &[Span], text: &str) {
        match stay.is_empty() {
            true => self.replace(span, text),
            false => self.cut_around(span, stay, "", text),
        }
    }

    /// Other text for a span, before the comments in it that stay, each on its line, and behind
    /// them.
    fn cut_around(&mut self, span: Span, stay: &[Span], head: &str, tail: &str) {
        let source = self.tree.text();
        let before = source[..span.start].trim_end_matches([' ', '\t']).len();
        let is_bare = head.is_empty() && !lines::starts_line(source, span.start);
        let (mut from, mut head) = (if is_bare { before } else { span.start }, head);
        for comment in stay {
            self.cut_to(from, *comment, head);
            from = comment.end;
            head = "";
        }
        if tail.is_empty() && span.end == lines::line_end(source, span.end) {
            return self.replace(Span::new(from, span.end), "");
        }
        let end_line = lines::line_start(source, span.end);
        let indented = end_line + style::indent(source, span.end).len();
        self.push_lines(lines::next_line(source, from), end_line);
        self.replace(Span::new(indented, span.end), tail);
    }

    /// Other text for what stands before a comment, which stays on its line.
    fn cut_to(&mut self, from: usize, comment: Span, text: &str) {
        let source = self.tree.text();
        let line = lines::line_start(source, comment.start);
        if line <= from {
            let before = source[from..comment.start].trim_end_matches([' ', '\t']);
            let blank = if from + before.len() == comment.start { " " } else { "" };
            return self.replace(Span::new(from, from + before.len()), format!("{text}{blank}"));
        }
        if text.is_empty() && lines::starts_line(source, from) {
            self.push_lines(lines::line_start(source, from), line);
        } else {
            let end = lines::line_end_before(source, line).unwrap_or(from);
            self.replace(Span::new(from, end), text);
        }
        let indented = line + style::indent(source, comment.start).len();
        self.replace(Span::new(indented, comment.start), "");
    }

    /// Takes away the lines from the one that begins at `start` to the one that ends at `end`, but
    /// for comments that have lines of their own.
    pub(super) fn cut_lines(&mut self, start: usize, end: usize) {
        let source = self.tree.text();
        let mut from = start;
        for comment in lines::own_line_comments(self.tree, Span::new(start, end)) {
            self.push_lines(from, lines::line_start(source, comment.start));
            from = lines::next_line(source, comment.end);
        }
        self.push_lines(from, lines::next_line(source, end));
    }

    fn push_lines(&mut self, start: usize, end: usize) {
        if start < end {
            self.cuts.push(Cut { edit: Edit::delete(Span::new(start, end)), lines: true });
        }
    }

    /// All edits: of those at one byte the deepest first, for what is less deep ends what is
    /// deeper; and else in the order in which they came.
    pub(super) fn finish(mut self) -> Vec<Edit> {
        self.cuts.sort_by_key(|cut| cut.edit.span.start);
        let mut removed: Vec<Span> = Vec::new();
        for cut in self.cuts.iter().filter(|cut| cut.lines) {
            let span = cut.edit.span;
            match removed.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => removed.push(span),
            }
        }
        let source = self.tree.text();
        let mut edits: Vec<Edit> = Vec::with_capacity(self.cuts.len());
        for cut in self.cuts.into_iter().filter(|cut| !cut.lines) {
            let at = cut.edit.span.start;
            let around = removed.iter().find(|gone| gone.start < at && at < gone.end);
            edits.push(match around {
                Some(gone) if cut.edit.span.is_empty() => rotate(cut.edit, gone.start),
                _ => cut.edit,
            });
        }
        edits.sort_by_key(|edit| (edit.span.start, !edit.span.is_empty(), Reverse(column(edit))));
        for mut gone in removed {
            // The last line of a text that ends without a break takes the break before it.
            if gone.end == source.len() && !source.ends_with(['\n', '\r']) {
                gone.start = lines::line_end_before(source, gone.start).unwrap_or(gone.start);
            }
            let place = edits.partition_point(|edit| edit.span.start <= gone.start);
            edits.insert(place, Edit::delete(gone));
        }
        edits
    }
}

/// The column of the first line that an edit adds; what adds to a line comes before them.
fn column(edit: &Edit) -> usize {
    match cook::line_break(edit.insert.as_bytes()) {
        0 => usize::MAX,
        width => edit.insert[width..].bytes().take_while(|&byte| byte == b' ').count(),
    }
}

/// New lines behind a line that goes stand in its place: the break before them moves behind them.
fn rotate(edit: Edit, at: usize) -> Edit {
    let width = cook::line_break(edit.insert.as_bytes());
    let (line_break, lines) = edit.insert.split_at(width);
    Edit::insert(at, format!("{lines}{line_break}"))
}
