use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{Look, Mode, paint, words};
use crate::{
    plan::{Created, Fate, Hold},
    review::{Outcome, Review, Reviewed, Skip},
    rules::{Level, Trust},
};

/// How many names are told of each kind before the rest is only counted.
const NAMES: usize = 4;

/// What was done with the changes of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What the run was for.
    pub mode: Mode,
    /// The files that could not be written, by their names, and why.
    pub failed: BTreeMap<String, String>,
    /// Whether to name everything that is left aside, instead of counting it.
    pub verbose: bool,
    /// What to type next, if something is left to do.
    pub next: Option<&'static str>,
}

impl Done {
    /// Nothing failed, and there is nothing to type next.
    pub fn new(mode: Mode, verbose: bool) -> Done {
        Done { mode, failed: BTreeMap::new(), verbose, next: None }
    }

    /// Whether nothing kept the change of this source from being written, if it was to be.
    fn wrote(&self, reviewed: &Reviewed) -> bool {
        !self.failed.contains_key(&reviewed.source.name)
    }

    /// How many of so many things are named, and what to say of the others.
    fn shown(&self, total: usize) -> (usize, Option<String>) {
        match total.checked_sub(NAMES) {
            Some(rest @ 1..) if !self.verbose => {
                let rest = words::number(rest);
                (NAMES, Some(format!("  and {rest} more; `--verbose` names them all")))
            }
            _ => (total, None),
        }
    }
}

/// A few lines on what was seen, what was found, what became of it, and what was left aside.
///
/// Errors: what `out` gives.
pub fn summary(review: &Review, done: &Done, look: Look, out: &mut dyn Write) -> io::Result<()> {
    seen(review, look, out)?;
    became(review, done, look, out)?;
    passed_over(review, done, look, out)?;
    gaps(review, done, look, out)?;
    match done.next {
        Some(next) => writeln!(out, "{}", look.paint(paint::FAINT, next)),
        None => Ok(()),
    }
}

/// `412 files, 1,903 objects, 310 workloads: 218 errors, 64 warnings, 3 notes`
fn seen(review: &Review, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let files = words::count(review.sources.len(), "file");
    let objects = words::count(review.objects, "object");
    let findings = review.findings();
    let gaps: usize = review.sources.iter().map(|reviewed| reviewed.gaps.len()).sum();
    let others: usize = review.kinds.values().sum();
    let looked_into = review.objects.saturating_sub(others + gaps);
    let workloads = match review.workloads {
        0 => "no workloads".to_owned(),
        workloads => words::count(workloads, "workload"),
    };
    let told = match (looked_into, findings) {
        (0, 0) => nothing_to_check(review),
        (_, 0) => format!("{workloads}: {}", look.paint(paint::GOOD, "nothing found")),
        _ => format!("{workloads}: {}", levels(review, look)),
    };
    writeln!(out, "{files}, {objects}, {told}")
}

/// Nothing found where nothing was looked at is no good news, and must not read like it.
fn nothing_to_check(review: &Review) -> String {
    let mut kinds: Vec<(&str, usize)> =
        review.kinds.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
    kinds.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    if kinds.is_empty() {
        return "no workloads".to_owned();
    }
    let rest = kinds.len().saturating_sub(3);
    let mut named: Vec<String> =
        kinds.iter().take(3).map(|(kind, n)| format!("{} {kind}", words::number(*n))).collect();
    if rest > 0 {
        named.push(format!("{} more", words::count(rest, "kind")));
    }
    format!("no workloads: nothing was checked ({} are not looked into)", named.join(", "))
}

fn levels(review: &Review, look: Look) -> String {
    let mut counts = BTreeMap::new();
    for entry in review.sources.iter().flat_map(|reviewed| &reviewed.plan.entries) {
        *counts.entry(std::cmp::Reverse(entry.finding.level)).or_insert(0) += 1;
    }
    let told = counts.iter().map(|(std::cmp::Reverse(level), n): (_, &usize)| {
        let (noun, style) = words::level(*level);
        look.paint(style, &words::count(*n, noun)).to_string()
    });
    told.collect::<Vec<_>>().join(", ")
}

/// `191 mended in 97 files (143 safe, 48 risky); 27 held: 12 manual, 15 cannot be edited`
fn became(review: &Review, done: &Done, look: Look, out: &mut dyn Write) -> io::Result<()> {
    if review.findings() == 0 {
        return Ok(());
    }
    let wrote = || review.sources.iter().filter(|reviewed| done.wrote(reviewed));
    let changed = wrote().filter(|its| its.plan.change.is_some()).count();
    let is_there = |created: &&Created| !done.failed.contains_key(&created.name);
    let created = review.created.iter().filter(is_there).count();
    let mended: usize = wrote().map(|reviewed| reviewed.plan.mended()).sum();
    if mended > 0 {
        let files = match created {
            0 => words::count(changed, "file"),
            1 => format!("{} and a new one", words::count(changed, "file")),
            _ => format!("{} and {created} new ones", words::count(changed, "file")),
        };
        let (verb, place) = match done.mode {
            Mode::Fix => ("mended", "in"),
            Mode::Check => ("can be mended", "in"),
            Mode::Preview => ("would be mended", "in"),
        };
        let safe = wrote()
            .flat_map(|reviewed| &reviewed.plan.entries)
            .filter(|entry| entry.fate == Fate::Mended)
            .filter(|entry| entry.finding.fix.trust == Trust::Safe)
            .count();
        let risky = mended - safe;
        writeln!(
            out,
            "{} {verb} {place} {files} ({} safe, {} risky)",
            look.paint(paint::GOOD, &words::number(mended)),
            words::number(safe),
            words::number(risky)
        )?;
    }
    let lost = review.sources.iter().filter(|reviewed| !done.wrote(reviewed));
    let lost: usize = lost.map(|reviewed| reviewed.plan.mended()).sum();
    if lost > 0 {
        let number = words::number(lost);
        let files = words::count(done.failed.len(), "file");
        writeln!(out, "{} not written in {files}", look.paint(paint::BAD, &number))?;
    }
    let mut holds: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in review.sources.iter().flat_map(|reviewed| &reviewed.plan.entries) {
        if let Fate::Held(hold) = &entry.fate {
            *holds.entry(held(hold)).or_default() += 1;
        }
    }
    let total: usize = holds.values().sum();
    if total == 0 {
        return Ok(());
    }
    let told: Vec<String> =
        holds.iter().map(|(why, n)| format!("{} {why}", words::number(*n))).collect();
    let total = words::number(total);
    writeln!(out, "{} held: {}", look.paint(paint::HELD, &total), told.join(", "))
}

pub(super) fn held(hold: &Hold) -> &'static str {
    match hold {
        Hold::Manual => "for a person to decide",
        Hold::Untrusted => "risky, and only safe ones were asked for",
        Hold::Overlaid { .. } => "would not stand under a kustomization",
        Hold::Untied { .. } => "tied to what is held",
        Hold::Barred { .. } => "in want of a file that cannot be made",
        Hold::Refused { .. } => "cannot be edited in place",
    }
}

/// `passed over 210 files: 180 without a Kubernetes object, 28 written for Helm`
pub(super) fn passed_over(
    review: &Review,
    done: &Done,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let skipped = || {
        review.sources.iter().filter_map(|reviewed| match reviewed.outcome {
            Outcome::PassedOver(skip) => Some((reviewed, skip)),
            _ => None,
        })
    };
    let mut skips: BTreeMap<Skip, usize> = BTreeMap::new();
    for (_, skip) in skipped() {
        *skips.entry(skip).or_default() += 1;
    }
    let total: usize = skips.values().sum();
    if total == 0 {
        return Ok(());
    }
    let told: Vec<String> =
        skips.iter().map(|(skip, n)| format!("{} {skip}", words::number(*n))).collect();
    let label = look.paint(paint::FAINT, "passed over").to_string();
    // What was named itself is known to whoever named it.
    let known = review.sources.iter().all(|reviewed| reviewed.source.named);
    let more = if done.verbose || known { "" } else { "; `--verbose` names them" };
    writeln!(out, "{label} {}: {}{more}", words::count(total, "file"), told.join(", "))?;
    if done.verbose {
        for (reviewed, skip) in skipped() {
            writeln!(out, "  {}: {skip}", words::visible(&reviewed.source.name))?;
        }
    }
    Ok(())
}

/// The workloads that something else is to complete.
fn gaps(review: &Review, done: &Done, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let gaps: Vec<_> =
        review.sources.iter().flat_map(|its| its.gaps.iter().map(move |gap| (its, gap))).collect();
    if gaps.is_empty() {
        return Ok(());
    }
    let label = look.paint(paint::FAINT, "not looked into").to_string();
    writeln!(out, "{label} {}:", words::count(gaps.len(), "partial workload"))?;
    let (shown, more) = done.shown(gaps.len());
    for (reviewed, gap) in &gaps[..shown] {
        let name = words::visible(&reviewed.source.name);
        let subject = gap.subject.to_string();
        let subject = words::visible(&subject);
        writeln!(out, "  {name}:{}: {subject}: {}", gap.position, gap.reason)?;
    }
    more.map_or(Ok(()), |more| writeln!(out, "{more}"))
}

/// The files that could not be read, worked on or written, and why.
///
/// Errors: what `out` gives.
pub fn problems(review: &Review, done: &Done, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let refused = review.sources.iter().filter(|reviewed| !reviewed.problems.is_empty());
    let (named, found): (Vec<&Reviewed>, Vec<&Reviewed>) =
        refused.partition(|reviewed| reviewed.source.named);
    let total = named.len() + found.len();
    if total > 0 {
        let label = look.paint(paint::ERROR, "refused").to_string();
        writeln!(out, "{label} {}:", words::count(total, "file"))?;
        let (shown, more) = done.shown(found.len());
        let mut advice = "";
        for reviewed in named.iter().chain(&found[..shown]) {
            for problem in &reviewed.problems {
                // What to do is said once where several files need it.
                let known = std::mem::replace(&mut advice, problem.advice) == problem.advice;
                let (semicolon, advice) = if known { ("", "") } else { ("; ", problem.advice) };
                let name = words::visible(&reviewed.source.name);
                writeln!(out, "  {name}{problem}{semicolon}{advice}")?;
            }
        }
        if let Some(more) = more {
            writeln!(out, "{more}")?;
        }
    }
    if !done.failed.is_empty() {
        let label = look.paint(paint::ERROR, "not written").to_string();
        writeln!(out, "{label} {}:", words::count(done.failed.len(), "file"))?;
        for (name, why) in &done.failed {
            writeln!(out, "  {}: {}", words::visible(name), words::visible(why))?;
        }
    }
    Ok(())
}

impl Level {
    /// The level's name, as flags and reports have it.
    pub fn name(self) -> &'static str {
        words::level(self).0
    }
}
