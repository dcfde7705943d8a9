use std::{
    collections::BTreeMap,
    io::{self, Write},
    ops::Range,
};

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

use super::{Look, paint, path::sided, words};
use crate::{
    plan::{Change, Created, Entry, Fate, Hold, Plan},
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
        let (old, new) = (Lines::new(text), Lines::new(&change.text));
        let heading = |lines: Range<usize>| {
            heading(change, new.starts[lines.start]..new.starts[lines.end], &reviewed.plan)
        };
        hunks(&reviewed.source.path, &old, &new, between(change, &old, &new), &heading, look, out)?;
    }
    for new in &review.created {
        let mut page = Vec::new();
        for object in wanting(review, new) {
            note(0, &object, paint::STRONG, look, &mut page)?;
        }
        out.write_all(&page)?;
        created(&new.path, &new.text, "", look, out)?;
    }
    Ok(())
}

/// Why the file changes, and what of it does not; each line starts with `#`, which no reader of
/// diffs takes for its own.
fn reasons(reviewed: &Reviewed, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Vec::new();
    for object in reviewed.plan.entries.chunk_by(|a, b| a.subject == b.subject) {
        let subject = &reviewed.plan.subjects[object[0].subject];
        note(0, &subject.to_string(), paint::STRONG, look, &mut page)?;
        note(2, &subject.prospect(object), paint::FAINT, look, &mut page)?;
        for line in told(object) {
            note(2, &line, paint::FAINT, look, &mut page)?;
        }
        out.write_all(&page)?;
        page.clear();
    }
    for errand in &reviewed.plan.errands {
        note(0, &errand.reason, paint::FAINT, look, &mut page)?;
    }
    out.write_all(&page)
}

/// `Pod shop/web (default-service-account)`: who wants a new file, each with the rules that ask.
fn wanting(review: &Review, created: &Created) -> Vec<String> {
    let mut wanting: Vec<(String, Vec<&str>)> = Vec::new();
    for (source, entry) in &created.of {
        let plan = &review.sources[*source].plan;
        let entry = &plan.entries[*entry];
        let name = plan.subjects[entry.subject].to_string();
        match wanting.iter_mut().find(|(its, _)| *its == name) {
            Some((_, ids)) if ids.contains(&entry.rule.id) => {}
            Some((_, ids)) => ids.push(entry.rule.id),
            None => wanting.push((name, vec![entry.rule.id])),
        }
    }
    wanting.iter().map(|(name, ids)| format!("{name}: {}", ids.join(", "))).collect()
}

/// What is to be said of the entries of an object; once for all that say the same, with the names
/// of their containers where others of that rule say something else.
fn told(object: &[Entry]) -> Vec<String> {
    let reasons: Vec<String> = object.iter().map(reason).collect();
    let mut groups: Vec<(usize, Vec<&str>)> = Vec::new();
    let mut known: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut of_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, entry) in object.iter().enumerate() {
        let id = entry.rule.id;
        let group = *known.entry((id, &reasons[index])).or_insert_with(|| {
            *of_rule.entry(id).or_default() += 1;
            groups.push((index, Vec::new()));
            groups.len() - 1
        });
        groups[group].1.extend(entry.finding.container.as_deref());
    }
    let line = |(index, containers): &(usize, Vec<&str>)| {
        let (entry, reason) = (&object[*index], &*reasons[*index]);
        let id = entry.rule.id;
        // What a person has to do names the container itself.
        let named = entry.fate == Fate::Held(Hold::Manual) || containers.is_empty();
        match named || of_rule[id] == 1 {
            true => [id, " ", reason].concat(),
            false => [id, " of ", &words::names(containers), " ", reason].concat(),
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
        Fate::Held(Hold::Untrusted) => format!("(held, {trust}): {reason}"),
        Fate::Held(Hold::Manual) => format!("(held): {}. {reason}", entry.finding.message),
        Fate::Held(hold) => format!("(held): {}", words::obstacle(hold)),
    }
}

fn note(
    indent: usize,
    text: &str,
    style: anstyle::Style,
    look: Look,
    page: &mut Vec<u8>,
) -> io::Result<()> {
    let room = look.width.saturating_sub(indent + 4).max(40);
    let mut note = String::with_capacity(room + indent + 4);
    for (index, line) in words::wrap(&words::visible(text), room).iter().enumerate() {
        let indent = if index == 0 { indent } else { indent + 2 };
        note.clear();
        note.push_str("# ");
        note.extend(std::iter::repeat_n(' ', indent));
        note.push_str(line);
        look.line(style, &note, page)?;
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
    let (old, new) = (Lines::new(old), Lines::new(new));
    let (before, after) = (old.all(0..old.len()), new.all(0..new.len()));
    let ops = capture_diff_slices(Algorithm::Myers, &before, &after);
    hunks(path, &old, &new, ops, &|_| String::new(), look, out)
}

/// A file that is new, as `git apply` takes it; `path` leads to it from the current directory, and
/// `heading` says who asks for it.
///
/// Errors: what `out` gives.
pub fn created(
    path: &[u8],
    text: &str,
    heading: &str,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let new = Lines::new(text);
    let (from, to) = (sided("a/", path), sided("b/", path));
    // Only behind the first of these lines git reads the second one.
    let names = format!("diff --git {} {}", from.trim_end_matches('\t'), to.trim_end_matches('\t'));
    for line in [&*names, "new file mode 100644", "--- /dev/null", &format!("+++ {to}")] {
        look.line(paint::STRONG, line, out)?;
    }
    let mut page = Vec::new();
    let range = format!("@@ -{} +{} @@", counted(&(0..0)), counted(&(0..new.len())));
    let heading = words::visible(heading);
    writeln!(page, "{}", format!("{} {heading}", look.paint(paint::HUNK, &range)).trim_end())?;
    side('+', paint::GOOD, &new.all(0..new.len()), look, &mut page)?;
    out.write_all(&page)
}

/// The lines of a text. Only `\n` ends one in a diff, whatever YAML and `str::lines` think of `\r`.
struct Lines<'t> {
    text: &'t str,
    /// The byte at which each starts, and the end of the last one.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Lines<'t> {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        let mut starts = Vec::with_capacity(ends.clone().count() + 2);
        starts.push(0);
        starts.extend(ends.map(|end| end + 1));
        if starts.last() != Some(&text.len()) {
            starts.push(text.len());
        }
        Lines { text, starts }
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The line that holds a byte; what is behind the last one is a line too.
    fn at(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte) - 1
    }

    fn all(&self, range: Range<usize>) -> Vec<&'t str> {
        let starts = &self.starts[range.start..=range.end];
        starts.windows(2).map(|pair| &self.text[pair[0]..pair[1]]).collect()
    }
}

/// The difference of two texts of which the edits are known: what lies between these is not
/// compared, so that a file with very many of them takes no more than its share.
fn between(change: &Change, old: &Lines<'_>, new: &Lines<'_>) -> Vec<DiffOp> {
    let mut ops = Vec::new();
    let (mut old_done, mut new_done) = (0, 0);
    let (mut inserted, mut removed) = (0, 0);
    let mut edits = change.edits.as_slice().iter().peekable();
    while let Some(mut edit) = edits.next() {
        let first = old.at(edit.span.start).min(old.len().saturating_sub(1));
        let last = loop {
            inserted += edit.insert.len();
            removed += edit.span.len();
            let last = (old.at(edit.span.end) + 1).min(old.len());
            match edits.next_if(|next| old.at(next.span.start) <= last) {
                Some(next) => edit = next,
                None => break last,
            }
        };
        equal(&mut ops, old_done, new_done, first - old_done);
        let new_first = new_done + first - old_done;
        // Behind the edits both texts have the same bytes.
        let new_last = new.at(old.starts[last] + inserted - removed);
        let (before, after) = (old.all(first..last), new.all(new_first..new_last));
        for op in capture_diff_slices(Algorithm::Myers, &before, &after) {
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

/// Writes the hunks of a difference. `heading` names what asked for a range of lines of the new
/// text, counted from 0.
fn hunks(
    path: &[u8],
    old: &Lines<'_>,
    new: &Lines<'_>,
    ops: Vec<DiffOp>,
    heading: &dyn Fn(Range<usize>) -> String,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    look.line(paint::STRONG, &format!("--- {}", sided("a/", path)), out)?;
    look.line(paint::STRONG, &format!("+++ {}", sided("b/", path)), out)?;
    let mut page = Vec::new();
    for hunk in group_diff_ops(ops, CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        let before = first.old_range().start..last.old_range().end;
        let after = first.new_range().start..last.new_range().end;
        let range = format!("@@ -{} +{} @@", counted(&before), counted(&after));
        write!(page, "{}", look.paint(paint::HUNK, &range))?;
        match heading(after).as_str() {
            "" => writeln!(page)?,
            heading => writeln!(page, " {heading}")?,
        }
        lines(&hunk, old, new, look, &mut page)?;
        out.write_all(&page)?;
        page.clear();
    }
    Ok(())
}

fn lines(
    hunk: &[DiffOp],
    old: &Lines<'_>,
    new: &Lines<'_>,
    look: Look,
    page: &mut Vec<u8>,
) -> io::Result<()> {
    for op in hunk {
        let before = old.all(op.old_range());
        if op.tag() == DiffTag::Equal {
            side(' ', anstyle::Style::new(), &before, Look { color: false, ..look }, page)?;
            continue;
        }
        side('-', paint::BAD, &before, look, page)?;
        side('+', paint::GOOD, &new.all(op.new_range()), look, page)?;
    }
    Ok(())
}

/// Writes the lines of one text.
fn side(
    sign: char,
    style: anstyle::Style,
    lines: &[&str],
    look: Look,
    page: &mut Vec<u8>,
) -> io::Result<()> {
    let mut shown = String::new();
    for line in lines {
        let text = line.strip_suffix('\n').unwrap_or(line);
        shown.clear();
        shown.push(sign);
        shown.push_str(text);
        look.line(style, &shown, page)?;
        if text.len() == line.len() {
            writeln!(page, "\\ No newline at end of file")?;
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
