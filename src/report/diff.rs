use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Write},
    ops::Range,
};

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

use super::{Look, paint, path::sided, words};
use crate::{
    plan::{Change, Entry, Fate, Hold, Plan},
    review::{Review, Reviewed},
};

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 3;

/// One unified diff of every change, as `git apply` takes it: what is behind each change stands
/// before the file's `---` line, and who asked for a hunk behind its `@@`.
///
/// Errors: what `out` gives.
pub fn diff(review: &Review, look: Look, out: &mut dyn Write) -> io::Result<()> {
    for reviewed in &review.sources {
        let (Ok(text), Some(change)) = (&reviewed.source.text, &reviewed.plan.change) else {
            continue;
        };
        reasons(reviewed, look, out)?;
        let (old, new) = (lines_of(text), lines_of(&change.text));
        let (old_starts, new_starts) = (starts(&old), starts(&new));
        let heading = |lines: Range<usize>| {
            heading(change, new_starts[lines.start]..new_starts[lines.end], &reviewed.plan)
        };
        let ops = between(change, (&old, &old_starts), (&new, &new_starts));
        hunks(&reviewed.source.path, &old, &new, ops, &heading, look, out)?;
    }
    Ok(())
}

/// Why the file changes, and what of it does not; each line starts with `#`, which no reader of
/// diffs takes for its own.
fn reasons(reviewed: &Reviewed, look: Look, out: &mut dyn Write) -> io::Result<()> {
    for object in reviewed.plan.entries.chunk_by(|a, b| a.subject == b.subject) {
        let subject = &reviewed.plan.subjects[object[0].subject];
        note(0, &subject.to_string(), paint::STRONG, look, out)?;
        note(2, &subject.prospect(object), paint::FAINT, look, out)?;
        for line in told(object) {
            note(2, &line, paint::FAINT, look, out)?;
        }
    }
    Ok(())
}

/// What is to be said of the entries of an object; once for all that say the same, with the names
/// of their containers where others of that rule say something else.
fn told(object: &[Entry]) -> Vec<String> {
    let mut groups: Vec<(&Entry, Vec<&str>)> = Vec::new();
    let mut known: HashMap<(&str, String), usize> = HashMap::new();
    let mut of_rule: HashMap<&str, usize> = HashMap::new();
    for entry in object {
        let id = entry.rule.id;
        let group = *known.entry((id, reason(entry))).or_insert_with(|| {
            *of_rule.entry(id).or_default() += 1;
            groups.push((entry, Vec::new()));
            groups.len() - 1
        });
        groups[group].1.extend(entry.finding.container.as_deref());
    }
    let line = |(entry, containers): &(&Entry, Vec<&str>)| {
        let id = entry.rule.id;
        // What a person has to do names the container itself.
        let named = entry.fate == Fate::Held(Hold::Manual) || containers.is_empty();
        match named || of_rule[id] == 1 {
            true => format!("{id} {}", reason(entry)),
            false => format!("{id} of {} {}", words::names(containers), reason(entry)),
        }
    };
    groups.iter().map(line).collect()
}

fn reason(entry: &Entry) -> String {
    let (trust, _) = words::trust(entry.finding.fix.trust);
    let reason = &entry.finding.fix.reason;
    match &entry.fate {
        Fate::Mended if reason.is_empty() => format!("({trust})"),
        Fate::Mended => format!("({trust}): {reason}"),
        Fate::Held(hold @ (Hold::Refused { .. } | Hold::Overlaid { .. })) => {
            format!("(held): {}", words::obstacle(hold))
        }
        Fate::Held(Hold::Untrusted) => format!("(held, {trust}): {reason}"),
        Fate::Held(Hold::Manual) => format!("(held): {}. {reason}", entry.finding.message),
    }
}

fn note(
    indent: usize,
    text: &str,
    style: anstyle::Style,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let room = look.width.saturating_sub(indent + 4).max(40);
    let mut note = String::new();
    for (index, line) in words::wrap(&words::visible(text), room).iter().enumerate() {
        let indent = if index == 0 { indent } else { indent + 2 };
        note.clear();
        note.push_str("# ");
        note.extend(std::iter::repeat_n(' ', indent));
        note.push_str(line);
        look.line(style, &note, out)?;
    }
    Ok(())
}

/// `Deployment web: run-as-non-root, seccomp-profile`
fn heading(change: &Change, bytes: Range<usize>, plan: &Plan) -> String {
    let start = change.landings.partition_point(|(byte, _)| *byte < bytes.start);
    let end = change.landings.partition_point(|(byte, _)| *byte < bytes.end);
    let mut ids: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for (_, entry) in &change.landings[start..end] {
        let entry = &plan.entries[*entry];
        let ids = ids.entry(entry.subject).or_default();
        if !ids.contains(&entry.rule.id) {
            ids.push(entry.rule.id);
        }
    }
    let headings =
        ids.iter().map(|(subject, ids)| format!("{}: {}", plan.subjects[*subject], ids.join(", ")));
    words::visible(&headings.collect::<Vec<_>>().join("; ")).into_owned()
}

/// The unified diff of one text that was changed by whatever means; `path` leads to it from the
/// current directory.
///
/// Errors: what `out` gives.
pub fn unified(
    path: &[u8],
    old: &str,
    new: &str,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (old, new) = (lines_of(old), lines_of(new));
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    hunks(path, &old, &new, ops, &|_| String::new(), look, out)
}

/// Only `\n` ends a line in a diff, whatever YAML and `str::lines` think of `\r`.
fn lines_of(text: &str) -> Vec<&str> {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes());
    let mut lines = Vec::with_capacity(ends.clone().count() + 1);
    let ends = ends.map(|end| end + 1);
    let mut start = 0;
    let mut line = |end| &text[std::mem::replace(&mut start, end)..end];
    lines.extend(ends.map(&mut line));
    let last = line(text.len());
    lines.extend((!last.is_empty()).then_some(last));
    lines
}

/// The difference of two texts of which the edits are known: what lies between these is not
/// compared, so that a file with very many of them takes no more than its share.
///
/// Both texts come as lines with the bytes at which these start.
fn between(
    change: &Change,
    (old, old_starts): (&[&str], &[usize]),
    (new, new_starts): (&[&str], &[usize]),
) -> Vec<DiffOp> {
    let line = |starts: &[usize], byte: usize| starts.partition_point(|start| *start <= byte) - 1;
    let mut ops = Vec::new();
    let (mut old_done, mut new_done) = (0, 0);
    let (mut inserted, mut removed) = (0, 0);
    let mut edits = change.edits.as_slice().iter().peekable();
    while let Some(mut edit) = edits.next() {
        let first = line(old_starts, edit.span.start).min(old.len().saturating_sub(1));
        let last = loop {
            inserted += edit.insert.len();
            removed += edit.span.len();
            let last = (line(old_starts, edit.span.end) + 1).min(old.len());
            match edits.next_if(|next| line(old_starts, next.span.start) <= last) {
                Some(next) => edit = next,
                None => break last,
            }
        };
        equal(&mut ops, old_done, new_done, first - old_done);
        let new_first = new_done + first - old_done;
        // Behind the edits both texts have the same bytes.
        let new_last = line(new_starts, old_starts[last] + inserted - removed);
        for op in
            capture_diff_slices(Algorithm::Myers, &old[first..last], &new[new_first..new_last])
        {
            let (old, new) = (op.old_range(), op.new_range());
            let (old_index, new_index) = (old.start + first, new.start + new_first);
            match op.tag() {
                DiffTag::Equal => equal(&mut ops, old_index, new_index, old.len()),
                _ => ops.push(DiffOp::Replace {
                    old_index,
                    old_len: old.len(),
                    new_index,
                    new_len: new.len(),
                }),
            }
        }
        (old_done, new_done) = (last, new_last);
    }
    equal(&mut ops, old_done, new_done, old.len() - old_done);
    ops
}

/// Adds equal lines to those before them: hunks end where there are many in one piece.
fn equal(ops: &mut Vec<DiffOp>, old_index: usize, new_index: usize, more: usize) {
    match ops.last_mut() {
        _ if more == 0 => {}
        Some(DiffOp::Equal { len, .. }) => *len += more,
        _ => ops.push(DiffOp::Equal { old_index, new_index, len: more }),
    }
}

/// The byte at which each line starts, and the end of the last one.
fn starts(lines: &[&str]) -> Vec<usize> {
    let mut starts = Vec::with_capacity(lines.len() + 1);
    let mut at = 0;
    starts.push(at);
    starts.extend(lines.iter().map(|line| {
        at += line.len();
        at
    }));
    starts
}

/// Writes the hunks of a difference. `heading` names what asked for a range of lines of the new
/// text, counted from 0.
fn hunks(
    path: &[u8],
    old: &[&str],
    new: &[&str],
    ops: Vec<DiffOp>,
    heading: &dyn Fn(Range<usize>) -> String,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    look.line(paint::STRONG, &format!("--- {}", sided("a/", path)), out)?;
    look.line(paint::STRONG, &format!("+++ {}", sided("b/", path)), out)?;
    for hunk in group_diff_ops(ops, CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        let before = first.old_range().start..last.old_range().end;
        let after = first.new_range().start..last.new_range().end;
        let range = format!("@@ -{} +{} @@", counted(&before), counted(&after));
        write!(out, "{}", look.paint(paint::HUNK, &range))?;
        match heading(after).as_str() {
            "" => writeln!(out)?,
            heading => writeln!(out, " {heading}")?,
        }
        lines(&hunk, old, new, look, out)?;
    }
    Ok(())
}

fn lines(
    hunk: &[DiffOp],
    old: &[&str],
    new: &[&str],
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    for op in hunk {
        let (before, after) = (&old[op.old_range()], &new[op.new_range()]);
        if op.tag() == DiffTag::Equal {
            side(' ', anstyle::Style::new(), before, Look { color: false, ..look }, out)?;
            continue;
        }
        side('-', paint::BAD, before, look, out)?;
        side('+', paint::GOOD, after, look, out)?;
    }
    Ok(())
}

/// Writes the lines of one text.
fn side(
    sign: char,
    style: anstyle::Style,
    lines: &[&str],
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut shown = String::new();
    for line in lines {
        let text = line.strip_suffix('\n').unwrap_or(line);
        shown.clear();
        shown.push(sign);
        shown.push_str(text);
        look.line(style, &shown, out)?;
        if text.len() == line.len() {
            writeln!(out, "\\ No newline at end of file")?;
        }
    }
    Ok(())
}

/// A range of lines as hunks have it: from 1, or the line before where there is none.
fn counted(range: &Range<usize>) -> String {
    match range.len() {
        0 => format!("{},0", range.start),
        1 => format!("{}", range.start + 1),
        n => format!("{},{n}", range.start + 1),
    }
}
