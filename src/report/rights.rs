//! Who can do what, for people: by subject and binding, as a table.
//!
//! In: [`Holder`]s. Out: text.

mod json;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

pub use json::{SCHEMA as RIGHTS_SCHEMA, rights_json};

use super::{Done, Look, paint, summary::passed_over, words};
use crate::{
    review::{Allowed, Grant, Holder, Mark, Named, Only, Origin, Review},
    rules::Level,
};

/// How far the bindings and what they give stand from the left.
const BINDING: usize = 2;
const RIGHT: usize = 4;
/// Between columns.
const GAP: usize = 2;
/// How many workloads of a subject are named.
const FEW: usize = 4;

/// Tells everyone whom a binding names, what runs as them, and what they can do.
///
/// Errors: what `out` gives.
pub fn rights(holders: &[Holder], look: Look, out: &mut dyn Write) -> io::Result<()> {
    let grants = || holders.iter().flat_map(|holder| &holder.grants);
    let verbs = grants().flat_map(|grant| &grant.allows).map(|it| verbs(it).chars().count());
    let width = look.width.max(40);
    let column = verbs.max().unwrap_or_default().min(width / 3);
    for holder in holders {
        head(holder, look, out)?;
        for grant in &holder.grants {
            given(grant, column, look, out)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// `ServiceAccount shop/web: Deployment shop/web`
fn head(holder: &Holder, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let name = full(holder.kind, holder.namespace.as_deref(), &holder.name);
    writeln!(out, "{}", look.paint(paint::STRONG, &words::visible(&name)))?;
    let workloads = holder.workloads.iter();
    let mut runs: Vec<String> =
        workloads.map(|it| full(&it.kind, it.namespace.as_deref(), &it.name)).collect();
    // They are sorted by what is said here first.
    runs.dedup();
    if runs.is_empty() {
        return Ok(());
    }
    let more = runs.len().saturating_sub(FEW);
    runs.truncate(FEW);
    let more = if more > 0 { format!(" and {} more", words::number(more)) } else { String::new() };
    let line = format!("runs {}{more}", runs.join(", "));
    indented(&line, BINDING, paint::FAINT, look, out)
}

fn given(grant: &Grant, column: usize, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let place = match &grant.binding.namespace {
        _ if grant.is_wide => "in all namespaces".to_owned(),
        Some(namespace) => format!("in namespace {namespace}"),
        None => "in its namespace".to_owned(),
    };
    let origin = match grant.origin {
        Origin::Input => "",
        Origin::BuiltIn => " (built in)",
        Origin::Unknown => " (not in these files)",
    };
    let role = &grant.role;
    let binding = &grant.binding;
    let line = format!(
        "{place}: {} {}{origin} by {} {}{}",
        role.kind,
        role.name,
        binding.kind,
        binding.name,
        at(binding)
    );
    indented(&line, BINDING, paint::HUNK, look, out)?;
    marked(&grant.marks, BINDING, look, out)?;
    let told = match grant.origin {
        Origin::Input if grant.allows.is_empty() => "nothing",
        Origin::Unknown => "nothing, unless the role is made elsewhere",
        Origin::BuiltIn => built_in(&role.name),
        Origin::Input => "",
    };
    indented(told, RIGHT, paint::FAINT, look, out)?;
    for allowed in &grant.allows {
        right(allowed, column, look, out)?;
    }
    Ok(())
}

/// What a role allows that every cluster has.
fn built_in(name: &str) -> &'static str {
    match name {
        "admin" => "almost everything of the namespace, its roles and bindings too",
        "edit" => "read and write most objects of the namespace, its Secrets too",
        "view" => "read most objects of the namespace, but no Secrets",
        "cluster-admin" => "",
        _ => "what Kubernetes gives it",
    }
}

/// `get, list    pods`, and below it what is dangerous about it.
fn right(allowed: &Allowed, column: usize, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let (verbs, objects) = (verbs(allowed), objects(allowed));
    let (verbs, objects) = (words::visible(&verbs), words::visible(&objects));
    let room = look.width.saturating_sub(RIGHT + column + GAP).max(20);
    let left = words::wrap(&verbs, column.max(1));
    let right = words::wrap(&objects, room);
    let sign = match allowed.marks.iter().map(|mark| mark.level).max() {
        Some(level) => (if level == Level::Note { "-" } else { "!" }, words::level(level).1),
        None => (" ", paint::FAINT),
    };
    for line in 0..left.len().max(right.len()) {
        let (sign, style) = if line == 0 { sign } else { (" ", paint::FAINT) };
        let (left, right) = (left.get(line).copied(), right.get(line).copied());
        let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
        let text = format!("{left:<column$}  {right}");
        writeln!(out, "{:2}{} {}", "", look.paint(style, sign), text.trim_end())?;
    }
    marked(&allowed.marks, RIGHT, look, out)
}

/// The rules that find something, each once.
fn marked(marks: &[Mark], indent: usize, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut told: BTreeMap<&str, (Level, BTreeSet<&str>)> = BTreeMap::new();
    for mark in marks {
        told.entry(mark.rule).or_insert((mark.level, BTreeSet::new())).1.insert(&mark.message);
    }
    for (rule, (level, messages)) in told {
        let (name, style) = words::level(level);
        for message in messages {
            let line = format!("{name}: {message} [{rule}]");
            indented(&line, indent, style, look, out)?;
        }
    }
    Ok(())
}

fn indented(
    text: &str,
    indent: usize,
    style: anstyle::Style,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let text = words::visible(text);
    let room = look.width.saturating_sub(indent + 2).max(30);
    for (index, line) in words::wrap(&text, room).iter().enumerate() {
        let indent = if index == 0 { indent } else { indent + 2 };
        writeln!(out, "{:indent$}{}", "", look.paint(style, line))?;
    }
    Ok(())
}

fn verbs(allowed: &Allowed) -> String {
    match allowed.verbs.iter().any(|verb| verb == "*") {
        true => "all verbs".to_owned(),
        false => allowed.verbs.join(", "),
    }
}

/// `deployments, statefulsets of apps`, `secrets: only db`, `/metrics`
fn objects(allowed: &Allowed) -> String {
    let is_all = |list: &[String]| list.iter().any(|it| it == "*");
    let resources = match is_all(&allowed.resources) {
        true => "all resources".to_owned(),
        false => allowed.resources.join(", "),
    };
    let groups = match &allowed.groups[..] {
        groups if is_all(groups) => " of all groups".to_owned(),
        [] => String::new(),
        [group] if group.is_empty() && !is_all(&allowed.resources) => String::new(),
        groups => {
            let named = |group: &String| match group.is_empty() {
                true => "core".to_owned(),
                false => group.clone(),
            };
            format!(" of {}", groups.iter().map(named).collect::<Vec<_>>().join(", "))
        }
    };
    let names = match allowed.names.is_empty() {
        true => String::new(),
        false => format!(": only {}", allowed.names.join(", ")),
    };
    let urls = match is_all(&allowed.urls) {
        true => "all URLs that are no resources".to_owned(),
        false => allowed.urls.join(", "),
    };
    let resources = format!("{resources}{groups}{names}");
    let parts = [resources, urls].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("; ")
}

/// ` (deploy/rbac.yaml:12)`
fn at(named: &Named) -> String {
    named.place.as_ref().map_or_else(String::new, |(file, line)| format!(" ({file}:{line})"))
}

fn full(kind: &str, namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}

/// `12 files, 40 objects: 5 subjects of 7 bindings, 3 marked; …`; `only` is what was asked for.
///
/// Errors: what `out` gives.
pub fn rights_summary(
    review: &Review,
    holders: &[Holder],
    only: &Only,
    done: &Done,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let grants = || holders.iter().flat_map(|holder| &holder.grants);
    let place = |grant: &Grant| (grant.binding.place.clone(), grant.binding.name.clone());
    let bindings = grants().map(place).collect::<BTreeSet<_>>().len();
    let of_bindings = grants().filter(|grant| !grant.marks.is_empty()).count();
    let rights = grants().flat_map(|grant| &grant.allows);
    let marked = of_bindings + rights.filter(|allowed| !allowed.marks.is_empty()).count();
    let files = words::count(review.sources.len(), "file");
    let objects = words::count(review.objects, "object");
    write!(out, "{files}, {objects}: ")?;
    match (bindings, marked) {
        (0, _) if only.is_all() => writeln!(out, "nobody is bound to any role")?,
        (0, _) => writeln!(out, "nobody who was asked for is bound to any role")?,
        (bindings, marked) => {
            let subjects = words::count(holders.len(), "subject");
            let bindings = words::count(bindings, "binding");
            let marked = match marked {
                0 => look.paint(paint::GOOD, "nothing marked").to_string(),
                marked => {
                    let marked = words::number(marked);
                    format!("{marked} marked; `seaworthy explain RULE` tells why")
                }
            };
            writeln!(out, "{subjects} of {bindings}, {marked}")?;
        }
    }
    passed_over(review, done, look, out)
}
