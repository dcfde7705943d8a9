//! A review for programs, as JSON; `json/schema.json` says what each field means.
//!
//! In: a [`Review`]. Out: one document, written file by file.
//!
//! The format is a promise, so its types and words stand here, and not where the core changes them.

mod evidence;
mod errand;
mod fix;
mod words;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::{self, Write},
};

use errand::{Created, Errand};
use fix::{Fix, Hold};
use json_patch::{Patch, PatchOperation};
use serde::{Serialize, Serializer};

use super::{Done, Mode};
use crate::{
    plan::{Entry, Fate, Operations, Subject},
    review::{self, Gap, Outcome, Review, Reviewed, Settings},
    rules::Trust,
    text::Position,
};

/// The JSON Schema of what [`json`] writes.
pub const SCHEMA: &str = include_str!("json/schema.json");

/// The version of the format: another one once a field goes, or changes its meaning.
const VERSION: &str = "1";

/// Tells every file and finding; with what mends it as operations, where the review has them.
///
/// Errors: what `out` gives.
pub fn json(
    review: &Review,
    settings: &Settings,
    done: &Done,
    out: &mut dyn Write,
) -> io::Result<()> {
    let report = Report {
        version: VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        mode: match done.mode {
            Mode::Check => "check",
            Mode::Preview => "preview",
            Mode::Fix => "fix",
        },
        profile: settings.rules.profile.name(),
        pod_security_version: settings.rules.pod_security.to_string(),
        trust: settings.trust.name(),
        counts: Counts::of(review),
        created: review.created.iter().map(|created| Created::of(created, done)).collect(),
        // There may be many, and one is there at a time.
        files: Each(review.sources.iter().map(|reviewed| File::of(reviewed, done))),
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'r, F: Serialize> {
    version: &'static str,
    tool: Tool,
    mode: &'static str,
    profile: &'static str,
    pod_security_version: String,
    trust: &'static str,
    counts: Counts<'r>,
    created: Vec<Created<'r>>,
    files: F,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts<'r> {
    files: usize,
    objects: usize,
    workloads: usize,
    findings: usize,
    mended: usize,
    held: usize,
    outcomes: BTreeMap<&'static str, usize>,
    levels: BTreeMap<&'static str, usize>,
    other_kinds: &'r BTreeMap<String, usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'r> {
    name: &'r str,
    outcome: &'static str,
    passed_over: Option<Skip>,
    written: bool,
    failure: Option<&'r str>,
    problems: Vec<Problem<'r>>,
    partial: Vec<Partial<'r>>,
    objects: Vec<Object<'r>>,
    findings: Vec<Finding<'r>>,
    errands: Vec<Errand<'r>>,
}

#[derive(Serialize)]
struct Skip {
    cause: &'static str,
    message: String,
}

#[derive(Serialize)]
struct Problem<'r> {
    cause: &'static str,
    line: Option<usize>,
    column: Option<usize>,
    message: &'r str,
    advice: &'r str,
}

#[derive(Serialize)]
struct Partial<'r> {
    document: usize,
    pointer: &'r str,
    #[serde(flatten)]
    name: Name<'r>,
    line: usize,
    column: usize,
    message: &'r str,
}

/// What to call an object.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Name<'r> {
    api_version: &'r str,
    kind: &'r str,
    namespace: Option<&'r str>,
    name: &'r str,
}

/// An object with findings, and what applying it will do.
#[derive(Serialize)]
struct Object<'r> {
    document: usize,
    pointer: &'r str,
    #[serde(flatten)]
    name: Name<'r>,
    impact: Option<Impact>,
    stake: Option<&'static str>,
    operations: &'r [PatchOperation],
}

#[derive(Serialize)]
struct Impact {
    kind: &'static str,
    message: Cow<'static, str>,
}

#[derive(Serialize)]
struct Finding<'r> {
    rule: &'static str,
    level: &'static str,
    file: &'r str,
    line: usize,
    column: usize,
    document: usize,
    pointer: &'r str,
    object: Name<'r>,
    container: Option<&'r str>,
    message: &'r str,
    fix: Fix<'r>,
    held: Option<Hold>,
}

/// A list that is made while it is written.
struct Each<I>(I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for Each<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

impl<'r> Counts<'r> {
    fn of(review: &'r Review) -> Counts<'r> {
        let mut outcomes: BTreeMap<_, _> =
            words::OUTCOMES.into_iter().map(|outcome| (outcome, 0)).collect();
        let mut levels: BTreeMap<_, _> =
            words::LEVELS.into_iter().map(|level| (level, 0)).collect();
        for reviewed in &review.sources {
            *outcomes.entry(words::outcome(reviewed.outcome)).or_default() += 1;
            for entry in &reviewed.plan.entries {
                *levels.entry(entry.finding.level.name()).or_default() += 1;
            }
        }
        Counts {
            files: review.sources.len(),
            objects: review.objects,
            workloads: review.workloads,
            findings: review.findings(),
            mended: review.mended(),
            held: review.held(),
            outcomes,
            levels,
            other_kinds: &review.kinds,
        }
    }
}

impl<'r> File<'r> {
    fn of(reviewed: &'r Reviewed, done: &'r Done) -> File<'r> {
        let Reviewed { source, plan, .. } = reviewed;
        let operations = plan.operations.as_ref();
        let failure = done.failed.get(&source.name).map(String::as_str);
        let changes = plan.change.is_some() && done.mode == Mode::Fix;
        let objects = plan.entries.chunk_by(|one, other| one.subject == other.subject);
        let finding = |(index, entry): (usize, &'r Entry)| {
            let operations = operations.and_then(|operations| operations.entries.get(index));
            Finding::of(entry, &source.name, &plan.subjects[entry.subject], listed(operations))
        };
        File {
            name: &source.name,
            outcome: words::outcome(reviewed.outcome),
            passed_over: match reviewed.outcome {
                Outcome::PassedOver(skip) => {
                    Some(Skip { cause: words::skip(skip), message: skip.to_string() })
                }
                _ => None,
            },
            written: changes && failure.is_none(),
            failure,
            problems: reviewed.problems.iter().map(Problem::of).collect(),
            partial: reviewed.gaps.iter().map(Partial::of).collect(),
            objects: objects
                .map(|entries| Object::of(&plan.subjects, entries, operations))
                .collect(),
            findings: plan.entries.iter().enumerate().map(finding).collect(),
            errands: plan.errands.iter().map(Errand::of).collect(),
        }
    }
}

fn listed(patch: Option<&Patch>) -> &[PatchOperation] {
    patch.map_or(&[], |patch| &patch.0)
}

impl<'r> Problem<'r> {
    fn of(problem: &'r review::Problem) -> Problem<'r> {
        let (line, column) = place(problem.position);
        Problem {
            cause: words::problem(problem.cause),
            line,
            column,
            message: &problem.message,
            advice: problem.advice,
        }
    }
}

fn place(position: Option<Position>) -> (Option<usize>, Option<usize>) {
    (position.map(|position| position.line), position.map(|position| position.column))
}

impl<'r> Partial<'r> {
    fn of(gap: &'r Gap) -> Partial<'r> {
        Partial {
            document: gap.subject.document,
            pointer: gap.subject.pointer.as_str(),
            name: Name::of(&gap.subject),
            line: gap.position.line,
            column: gap.position.column,
            message: &gap.reason,
        }
    }
}

impl<'r> Name<'r> {
    fn of(subject: &'r Subject) -> Name<'r> {
        Name {
            api_version: &subject.api_version,
            kind: &subject.kind,
            namespace: subject.namespace.as_deref(),
            name: &subject.name,
        }
    }
}

impl<'r> Object<'r> {
    fn of(
        subjects: &'r [Subject],
        entries: &[Entry],
        operations: Option<&'r Operations>,
    ) -> Object<'r> {
        let index = entries[0].subject;
        let subject = &subjects[index];
        let stake = subject.stake_of(entries);
        let operations = operations.and_then(|operations| operations.subjects.get(index));
        Object {
            document: subject.document,
            pointer: subject.pointer.as_str(),
            name: Name::of(subject),
            impact: subject.impact_of(entries).map(|impact| Impact {
                kind: words::impact(impact),
                message: subject.tell(impact),
            }),
            stake: (!stake.is_empty()).then_some(stake),
            operations: listed(operations),
        }
    }
}

impl<'r> Finding<'r> {
    fn of(
        entry: &'r Entry,
        file: &'r str,
        subject: &'r Subject,
        operations: &'r [PatchOperation],
    ) -> Finding<'r> {
        let finding = &entry.finding;
        Finding {
            rule: entry.rule.id,
            level: finding.level.name(),
            file,
            line: entry.position.line,
            column: entry.position.column,
            document: subject.document,
            pointer: finding.at.as_str(),
            object: Name::of(subject),
            container: finding.container.as_deref(),
            message: &finding.message,
            fix: Fix::of(&finding.fix, subject.outside.as_deref(), operations),
            held: match &entry.fate {
                Fate::Mended => None,
                Fate::Held(hold) => Some(Hold::of(hold)),
            },
        }
    }
}

impl Trust {
    /// The trust's name, as reports have it.
    pub fn name(self) -> &'static str {
        super::words::trust(self).0
    }
}
