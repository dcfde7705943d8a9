use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{Done, Look, Mode, paint, words};
use crate::{
    plan::{Created, Entry, Fate, Hold},
    review::{Review, Reviewed},
    rules::Trust,
};

/// How far the labels and the texts behind them stand from the left.
const POSITION: usize = 4;
const LABEL: usize = 8;

/// Tells every finding: by file and object, at its line, with what mends it or why it stays.
///
/// Errors: what `out` gives.
pub fn human(review: &Review, done: &Done, look: Look, out: &mut dyn Write) -> io::Result<()> {
    for reviewed in &review.sources {
        if !reviewed.plan.entries.is_empty() || !reviewed.plan.errands.is_empty() {
            file(reviewed, done, look, out)?;
            writeln!(out)?;
        }
    }
    for created in &review.created {
        new(created, done, look, out)?;
        writeln!(out)?;
    }
    Ok(())
}

/// A file that is new, and what it holds.
fn new(created: &Created, done: &Done, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let name = words::visible(&created.name);
    writeln!(out, "{}, a new file", look.paint(paint::STRONG, &name))?;
    let lost = done.failed.get(&created.name);
    if let Some(why) = lost {
        let label = look.paint(paint::ERROR, "not written");
        writeln!(out, "  {label}: {}", words::visible(why))?;
    }
    let (label, style) = mends(lost.is_some(), done.mode);
    for (index, object) in created.objects.iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        labeled(label, style, &words::missing(object), POSITION, look, out)?;
    }
    Ok(())
}

/// What to call what is written.
fn mends(lost: bool, mode: Mode) -> (&'static str, anstyle::Style) {
    match mode {
        // What could not be written is not mended.
        _ if lost => ("wanted", paint::FAINT),
        Mode::Fix => ("mended", paint::GOOD),
        Mode::Check | Mode::Preview => ("fix", paint::GOOD),
    }
}

fn file(reviewed: &Reviewed, done: &Done, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let name = words::visible(&reviewed.source.name);
    writeln!(out, "{}", look.paint(paint::STRONG, &name))?;
    let lost = done.failed.get(&reviewed.source.name);
    if let Some(why) = lost {
        let label = look.paint(paint::ERROR, "not written");
        writeln!(out, "  {label}: {}", words::visible(why))?;
    }
    let label = mends(lost.is_some(), done.mode);
    let entries = &reviewed.plan.entries;
    let position = entries.iter().map(|entry| entry.position.to_string().len()).max();
    let margin = POSITION + position.unwrap_or_default() + 2;
    for object in entries.chunk_by(|a, b| a.subject == b.subject) {
        let subject = &reviewed.plan.subjects[object[0].subject];
        let name = subject.to_string();
        let name = words::visible(&name);
        writeln!(out, "  {}", look.paint(paint::STRONG, &name))?;
        let prospect = if lost.is_some() { String::new() } else { subject.prospect(object) };
        for line in words::wrap(&prospect, room(look, POSITION)) {
            writeln!(out, "{:POSITION$}{}", "", look.paint(paint::FAINT, line))?;
        }
        for group in alike(object) {
            told(&group, margin, label, look, out)?;
        }
    }
    for errand in &reviewed.plan.errands {
        for wanted in words::errand(errand) {
            labeled(label.0, label.1, &wanted, POSITION, look, out)?;
        }
        labeled("", paint::FAINT, &errand.reason, POSITION, look, out)?;
    }
    Ok(())
}

/// Gathers the findings of an object that differ only in where they are, in order of the first.
fn alike(entries: &[Entry]) -> Vec<Vec<&Entry>> {
    let mut groups: Vec<Vec<&Entry>> = Vec::new();
    let mut known = BTreeMap::new();
    for entry in entries {
        let group = *known.entry(told_of(entry)).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    groups
}

/// What is told of a finding besides its place and message.
fn told_of(entry: &Entry) -> impl Ord + '_ {
    let Entry { rule, finding, fate, .. } = entry;
    let (stays, refused) = match fate {
        Fate::Mended => (0, None),
        Fate::Held(Hold::Manual) => (1, None),
        Fate::Held(Hold::Untrusted) => (2, None),
        Fate::Held(Hold::Refused { position, refusal }) => {
            (3, Some((Some(*position), refusal.message.clone())))
        }
        Fate::Held(Hold::Untied { without }) => (5, Some((None, without.to_string()))),
        Fate::Held(hold @ Hold::Barred { .. }) => (6, Some((None, words::obstacle(hold)))),
        Fate::Held(Hold::Overlaid { by, why }) => (4, Some((None, format!("{by}: {why}")))),
    };
    let fix = &finding.fix;
    (rule.id, finding.level, stays, refused, fix.trust, &*fix.reason, wishes(entry))
}

fn wishes(entry: &Entry) -> Vec<String> {
    let fix = &entry.finding.fix;
    let written = fix.objects().iter().map(|missing| words::missing(&missing.object));
    written.chain(fix.wishes.iter().map(words::wish)).collect()
}

fn told(
    group: &[&Entry],
    margin: usize,
    (mends, mending): (&str, anstyle::Style),
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let first = group[0];
    for entry in group {
        headline(entry, margin, look, out)?;
    }
    let (trusted, style) = words::trust(first.finding.fix.trust);
    let reason = &*first.finding.fix.reason;
    let wishes = wishes(first);
    let mut line = |label: &str, style, text: &str| labeled(label, style, text, margin, look, out);
    match &first.fate {
        Fate::Mended => {
            for (index, wish) in wishes.iter().enumerate() {
                line(if index == 0 { mends } else { "" }, mending, wish)?;
            }
            line(trusted, style, reason)
        }
        Fate::Held(Hold::Manual) => line("manual", style, reason),
        Fate::Held(hold @ Hold::Untrusted) => {
            for (index, wish) in wishes.iter().enumerate() {
                line(if index == 0 { "held" } else { "" }, paint::HELD, wish)?;
            }
            line(trusted, style, reason)?;
            line("", paint::FAINT, hold.advice())
        }
        Fate::Held(hold) => {
            let text = format!("{}; {}", words::obstacle(hold), hold.advice());
            line("held", paint::HELD, &text)?;
            for (index, wish) in wishes.iter().enumerate() {
                line(if index == 0 { "wanted" } else { "" }, paint::FAINT, wish)?;
            }
            match first.finding.fix.trust {
                Trust::Safe => Ok(()),
                _ => line(trusted, style, reason),
            }
        }
    }
}

/// `    12:9  error    what is wrong [rule-id]`
fn headline(entry: &Entry, margin: usize, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let (level, style) = words::level(entry.finding.level);
    let position = entry.position.to_string();
    let width = margin - POSITION - 2;
    let indent = margin + LABEL + 1;
    let message = words::visible(&entry.finding.message);
    let id = format!("[{}]", entry.rule.id);
    let line = format!("{message} {id}");
    let mut lines = words::wrap(&line, room(look, indent));
    let last = lines.pop().unwrap_or_default();
    let text = last.strip_suffix(&*id).unwrap_or(last);
    write!(out, "{:POSITION$}{}", "", look.paint(paint::FAINT, &format!("{position:>width$}")))?;
    write!(out, "  {}", look.paint(style, &format!("{level:<LABEL$} ")))?;
    for line in lines {
        write!(out, "{line}\n{:indent$}", "")?;
    }
    writeln!(out, "{text}{}", look.paint(paint::FAINT, &id))
}

fn labeled(
    label: &str,
    style: anstyle::Style,
    text: &str,
    margin: usize,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let indent = margin + LABEL + 1;
    write!(out, "{:margin$}{}", "", look.paint(style, &format!("{label:<LABEL$} ")))?;
    let text = words::visible(text);
    for (index, line) in words::wrap(&text, room(look, indent)).iter().enumerate() {
        if index > 0 {
            write!(out, "{:indent$}", "")?;
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// The characters that are left in a line; a few even on the smallest screen.
fn room(look: Look, indent: usize) -> usize {
    look.width.saturating_sub(indent).max(30)
}
