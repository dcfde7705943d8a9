//! Where lines begin and end around the nodes of a tree.
//!
//! In: a byte or a [`Node`]. Out: the bytes at which lines can be added or taken away.

use crate::{
    text::Span,
    yaml::{Kind, Node, Tree, cook},
};

/// The byte at which the line of `at` ends, before its break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    at + cook::line_len(&text[at..])
}

/// The first byte of the line of `at`; a BOM is before it.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at];
    let start = match memchr::memrchr2(b'\n', b'\r', before) {
        Some(end) => end + 1,
        None if text.starts_with('\u{feff}') => at.min('\u{feff}'.len_utf8()),
        None => 0,
    };
    // NEL, LS and PS end lines too.
    let mut line = &before[start..];
    while let Some(found) = memchr::memrchr2(0xC2, 0xE2, line) {
        match cook::line_break(&before[start + found..]) {
            0 => line = &line[..found],
            width => return start + found + width,
        }
    }
    start
}

/// The byte behind the break that ends the line of `at`; the end of the text if none does.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    let end = line_end(text, at);
    end + cook::line_break(&text.as_bytes()[end..])
}

/// The end of the line before the one of `at`, before its break; none if it is the first.
pub(super) fn line_end_before(text: &str, at: usize) -> Option<usize> {
    let start = line_start(text, at);
    match &text.as_bytes()[..start] {
        [.., b'\r', b'\n'] => Some(start - 2),
        [.., b'\n' | b'\r'] => Some(start - 1),
        [.., 0xC2, 0x85] => Some(start - 2),
        [.., 0xE2, 0x80, 0xA8 | 0xA9] => Some(start - 3),
        _ => None,
    }
}

/// What new lines beside the line of `at` should end with: as that line does, or, at the end of
/// the text, as the line before it does.
pub(super) fn break_of(text: &str, at: usize) -> &str {
    let end = line_end(text, at);
    let own = &text[end..end + cook::line_break(&text.as_bytes()[end..])];
    let of_line = match line_end_before(text, at) {
        Some(before) if own.is_empty() => &text[before..line_start(text, at)],
        _ => own,
    };
    // To YAML 1.1 NEL, LS and PS end lines too; nobody means to write them, and JSON knows none.
    match of_line {
        "\r\n" | "\r" => of_line,
        _ => "\n",
    }
}

/// Whether there is nothing but blanks in a span.
pub(super) fn is_blank(text: &str, span: Span) -> bool {
    text.as_bytes()[span.start..span.end].iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Whether only blanks stand before a byte on its line.
pub(super) fn starts_line(text: &str, at: usize) -> bool {
    is_blank(text, Span::new(line_start(text, at), at))
}

/// The first byte of a node: its anchor, its tag, or its content.
pub(super) fn content_start(node: Node<'_>) -> usize {
    let properties = [node.anchor(), node.tag()].into_iter().flatten();
    properties.map(|span| span.start).fold(node.span().start, usize::min)
}

/// The first byte of an entry: its dash or `?`, or what it starts with.
pub(super) fn entry_start(node: Node<'_>) -> usize {
    let lead = node.lead().filter(|&lead| node.tree().text().as_bytes()[lead] != b':');
    lead.map_or(content_start(node), |lead| lead.min(content_start(node)))
}

/// The byte behind what is written of a node that is no block collection, `key:` and all.
pub(super) fn entry_end(node: Node<'_>) -> usize {
    let properties = [node.anchor(), node.tag()].into_iter().flatten().map(|span| span.end);
    let lead = node.lead().map(|lead| lead + 1);
    properties.chain(lead).fold(node.span().end, usize::max)
}

/// The last node within a block collection; else the node itself.
pub(super) fn tail(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    while matches!(node.kind(), Kind::BlockMap | Kind::BlockList) {
        match node.children().last() {
            Some(last) => node = last,
            None => break,
        }
    }
    node
}

/// The end of the last line that holds content of a node, its comment included, before the break.
pub(super) fn content_end(node: Node<'_>) -> usize {
    let node = tail(node);
    let text = node.tree().text();
    match node.kind() {
        Kind::Literal | Kind::Folded => block_scalar_end(node),
        _ => line_end(text, entry_end(node)),
    }
}

/// Trailing empty lines are content only where the header says `+`; else they are left to what
/// follows.
fn block_scalar_end(node: Node<'_>) -> usize {
    let text = node.tree().text();
    let span = node.span();
    let header = cook::header(node.raw());
    let first = line_end(text, span.start);
    let mut end = span.end;
    if line_start(text, end) == end && end > first {
        end = line_end_before(text, end).unwrap_or(first);
    }
    while header.chomp != Some(b'+') && end > first {
        let start = line_start(text, end);
        // Blanks beyond the indentation are content.
        let empty = end - start <= node.column() && is_blank(text, Span::new(start, end));
        match line_end_before(text, end).filter(|_| empty) {
            Some(before) => end = before,
            None => break,
        }
    }
    end.max(first)
}

/// The least column at which the content of a block scalar must stand if its last line ends at
/// `at`, lest it take in comments and blanks of the lines that follow.
pub(super) fn room(text: &str, at: usize) -> usize {
    // Without a last line break kubectl reads a literal otherwise than YAML has it.
    if text[at..].trim_matches([' ', '\t']).is_empty() && !text.is_empty() {
        return usize::MAX;
    }
    let mut room = 0;
    let mut line = next_line(text, at);
    while line < text.len() {
        let end = line_end(text, line);
        let content = text[line..end].trim_start_matches(' ');
        let column = end - line - content.len();
        match content.as_bytes().first() {
            None => room = room.max(column),
            Some(b'\t') if content.trim_matches([' ', '\t']).is_empty() => return usize::MAX,
            Some(b'#') => return room.max(column + 1),
            Some(_) => break,
        }
        line = next_line(text, end);
    }
    room
}

/// As [`room`], where the comments within a span come to stand below the block scalar.
pub(super) fn room_above_comments(tree: &Tree<'_>, span: Span) -> usize {
    let comments = own_line_comments(tree, span).into_iter();
    let columns = comments.map(|it| it.start - line_start(tree.text(), it.start) + 1);
    columns.fold(room(tree.text(), span.end), usize::max)
}

/// The end of what belongs to an entry of a block collection at `column`: of its content, or of
/// the comments below it that stand deeper than the collection. A scalar has nothing within that
/// they could belong to.
pub(super) fn entry_tail(last: Node<'_>, column: usize) -> usize {
    let text = last.tree().text();
    let mut tail = content_end(last);
    if !matches!(last.kind(), Kind::BlockMap | Kind::BlockList | Kind::Empty) {
        return tail;
    }
    let mut line = next_line(text, tail);
    while line < text.len() {
        let end = line_end(text, line);
        let content = text[line..end].trim_start_matches(' ');
        let is_deeper = content.starts_with('#') && end - line - content.len() > column;
        if is_deeper {
            tail = end;
        } else if !content.trim_matches([' ', '\t']).is_empty() {
            break;
        }
        line = next_line(text, end);
    }
    tail
}

/// The comments within a span.
pub(super) fn comments<'t>(tree: &'t Tree<'_>, span: Span) -> impl Iterator<Item = Span> + 't {
    let first = tree.comments.partition_point(|comment| (comment.start as usize) < span.start);
    let within = tree.comments[first..].iter().map(|range| range.span());
    within.take_while(move |comment| comment.start < span.end)
}

/// The comments within a span that have lines of their own.
pub(super) fn own_line_comments(tree: &Tree<'_>, span: Span) -> Vec<Span> {
    let own = |comment: &Span| starts_line(tree.text(), comment.start);
    comments(tree, span).filter(own).collect()
}

/// The comments within a span that stay where a node within it goes: all but those on the lines of
/// its entries.
pub(super) fn staying(node: Node<'_>, span: Span) -> Vec<Span> {
    let text = node.tree().text();
    let own = node.span();
    let header = match node.kind() {
        Kind::Literal | Kind::Folded => line_end(text, own.start),
        _ => own.start + 1,
    };
    let stays = |comment: &Span| {
        let within = own.start < comment.start && comment.start < own.end;
        !within
            || comment.start < header
            || starts_line(text, comment.start)
            || is_blank(text, Span::new(header, comment.start))
    };
    comments(node.tree(), span).filter(stays).collect()
}
