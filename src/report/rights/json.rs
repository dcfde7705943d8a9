//! Who can do what, for programs, as JSON; `schema.json` beside this file says what each field means.
//!
//! In: [`Holder`]s. Out: one document.

use std::io::{self, Write};

use serde::Serialize;

use crate::review::{Allowed, Grant, Holder, Mark, Named, Origin, Review};

/// The JSON Schema of what [`rights_json`] writes.
pub const SCHEMA: &str = include_str!("schema.json");

/// The version of the format: another one once a field goes, or changes its meaning.
const VERSION: &str = "1";

/// Tells everyone whom a binding names, and what they can do.
///
/// Errors: what `out` gives.
pub fn rights_json(review: &Review, holders: &[Holder], out: &mut dyn Write) -> io::Result<()> {
    let report = Report {
        version: VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        problems: problems(review),
        subjects: holders.iter().map(Subject::of).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

fn problems(review: &Review) -> Vec<Problem<'_>> {
    let all = review.sources.iter().flat_map(|reviewed| {
        reviewed.problems.iter().map(|problem| Problem {
            file: &reviewed.source.name,
            line: problem.position.map(|position| position.line),
            message: &problem.message,
        })
    });
    all.collect()
}

#[derive(Serialize)]
struct Report<'r> {
    version: &'static str,
    tool: Tool,
    problems: Vec<Problem<'r>>,
    subjects: Vec<Subject<'r>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Problem<'r> {
    file: &'r str,
    line: Option<usize>,
    message: &'r str,
}

#[derive(Serialize)]
struct Subject<'r> {
    kind: &'static str,
    namespace: Option<&'r str>,
    name: &'r str,
    workloads: Vec<Object<'r>>,
    grants: Vec<Given<'r>>,
}

#[derive(Serialize)]
struct Object<'r> {
    kind: &'r str,
    namespace: Option<&'r str>,
    name: &'r str,
    file: Option<&'r str>,
    line: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Given<'r> {
    binding: Object<'r>,
    role: Object<'r>,
    origin: &'static str,
    cluster_wide: bool,
    namespace: Option<&'r str>,
    rules: Vec<Rule<'r>>,
    marks: Vec<Found<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'r> {
    verbs: &'r [String],
    api_groups: &'r [String],
    resources: &'r [String],
    resource_names: &'r [String],
    #[serde(rename = "nonResourceURLs")]
    non_resource_urls: &'r [String],
    file: Option<&'r str>,
    line: Option<usize>,
    marks: Vec<Found<'r>>,
}

#[derive(Serialize)]
struct Found<'r> {
    rule: &'static str,
    level: &'static str,
    message: &'r str,
}

impl<'r> Subject<'r> {
    fn of(holder: &'r Holder) -> Subject<'r> {
        Subject {
            kind: holder.kind,
            namespace: holder.namespace.as_deref(),
            name: &holder.name,
            workloads: holder.workloads.iter().map(Object::of).collect(),
            grants: holder.grants.iter().map(Given::of).collect(),
        }
    }
}

impl<'r> Object<'r> {
    fn of(named: &'r Named) -> Object<'r> {
        let (file, line) = place(named.place.as_ref());
        let Named { kind, namespace, name, .. } = named;
        Object { kind, namespace: namespace.as_deref(), name, file, line }
    }
}

fn place(place: Option<&(String, usize)>) -> (Option<&str>, Option<usize>) {
    (place.map(|(file, _)| file.as_str()), place.map(|(_, line)| *line))
}

impl<'r> Given<'r> {
    fn of(grant: &'r Grant) -> Given<'r> {
        Given {
            binding: Object::of(&grant.binding),
            role: Object::of(&grant.role),
            origin: match grant.origin {
                Origin::Input => "input",
                Origin::BuiltIn => "built-in",
                Origin::Unknown => "unknown",
            },
            cluster_wide: grant.is_wide,
            namespace: grant.binding.namespace.as_deref().filter(|_| !grant.is_wide),
            rules: grant.allows.iter().map(Rule::of).collect(),
            marks: grant.marks.iter().map(Found::of).collect(),
        }
    }
}

impl<'r> Rule<'r> {
    fn of(allowed: &'r Allowed) -> Rule<'r> {
        let (file, line) = place(allowed.place.as_ref());
        Rule {
            verbs: &allowed.verbs,
            api_groups: &allowed.groups,
            resources: &allowed.resources,
            resource_names: &allowed.names,
            non_resource_urls: &allowed.urls,
            file,
            line,
            marks: allowed.marks.iter().map(Found::of).collect(),
        }
    }
}

impl<'r> Found<'r> {
    fn of(mark: &'r Mark) -> Found<'r> {
        Found { rule: mark.rule, level: mark.level.name(), message: &mark.message }
    }
}
