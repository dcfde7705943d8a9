//! The core: what there is to say about manifests, as one pure function.
//!
//! In: [`Source`]s and [`Settings`]. Out: a [`Review`], in which every source has one [`Outcome`]
//! and every finding is mended or held.

mod levels;
mod only;
mod overlays;
mod rights;
mod said;
mod source;

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet, HashSet},
};

use rayon::prelude::*;

pub use only::Only;
pub use rights::{Allowed, Grant, Holder, Mark, Named, Origin, rights};
pub use source::{Cause, Problem, Skip, Source};

use self::said::{Said, Spoken, conclude};
use crate::{
    manifest::{self, Inventory, Object, Workload, is_kustomization, join, reads},
    plan::{Bar, Created, Draft, NewFiles, Plan, Subject, send, settle},
    rules::{self, Trust, World},
    text::{Lines, Position},
    yaml::{TOO_DEEP, Tree},
};

/// What is wanted of a review.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What rules are to look for.
    pub rules: rules::Settings,
    /// The least trust that a fix needs to be written.
    pub trust: Trust,
    /// The objects that are looked at.
    pub only: Only,
    /// Whether to work out what mends each finding as [`Operations`](crate::plan::Operations) on the
    /// document's value.
    pub operations: bool,
    /// The kinds that run pods besides those that everyone knows.
    pub workloads: Vec<Workload>,
    /// Where objects go that are missing.
    pub new_files: NewFiles,
    /// Files that must not be made, by their [names](Created::name).
    pub barred: BTreeMap<String, Bar>,
}

/// Everything there is to say. Laws: each source has one outcome; findings = mended + held.
#[derive(Debug, Default)]
pub struct Review {
    /// What was said of each source, in the order in which they were given.
    pub sources: Vec<Reviewed>,
    /// The files that are to be made.
    pub created: Vec<Created>,
    /// How many Kubernetes objects the sources hold.
    pub objects: usize,
    /// How many of those that were looked into run pods.
    pub workloads: usize,
    /// The kinds that no rule looks into, and how many objects there are of each.
    pub kinds: BTreeMap<String, usize>,
}

/// What was said of one source.
#[derive(Debug)]
pub struct Reviewed {
    /// The source.
    pub source: Source,
    /// What came of it.
    pub outcome: Outcome,
    /// What was found, and what becomes of it.
    pub plan: Plan,
    /// Why it, or some of its documents, was not worked on.
    pub problems: Vec<Problem>,
    /// The workloads in it that are not whole.
    pub gaps: Vec<Gap>,
}

/// What comes of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Some findings are mended.
    Changed,
    /// Nothing was found.
    Clean,
    /// There are findings, and none is mended.
    Held,
    /// There is nothing to look at.
    PassedOver(Skip),
    /// It could not be worked on; its problems say why.
    Refused,
}

/// A workload that is not looked into, since something else is to complete it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The workload.
    pub subject: Subject,
    /// Where it stands.
    pub position: Position,
    /// What it lacks.
    pub reason: String,
}

/// What to do about a text that Kubernetes would not read.
const UNREADABLE: &str = "correct it: `kubectl` would not read it either";

/// Looks at all sources together, and plans the change of each.
pub fn review(sources: Vec<Source>, settings: &Settings) -> Review {
    let (said, created) = look(&sources, settings);
    let mut review = Review { created, ..Review::default() };
    for (source, said) in sources.into_iter().zip(said) {
        review.add(source, said);
    }
    review
}

/// What comes of each source, in their order, and the files that are to be made.
fn look(sources: &[Source], settings: &Settings) -> (Vec<Said>, Vec<Created>) {
    let mut parsed = Vec::with_capacity(sources.len());
    let mut opened: Vec<Result<(), Box<Said>>> = Vec::with_capacity(sources.len());
    let kept = kept(sources);
    let keep = |source: &Source| !kept.is_empty() && kept.contains(&join("", &source.name));
    for source in each(sources, |source| open(source, settings, keep(source))) {
        opened.push(source.map(|source| parsed.push(source)));
    }
    let inventory = Inventory::new(&parsed, settings.rules.default_namespace.as_deref());
    let world = World::new(&inventory, &settings.rules);
    let unread = unread(sources, &opened, &parsed);
    let world = match unread.is_empty() {
        true => world,
        false => {
            let hidden = unread.into_iter().filter(|source| source.may_bind_default());
            world.incomplete(hidden.map(|source| source.name.as_str()).collect())
        }
    };
    let objects = inventory.objects();
    let objects: Vec<&[Object<'_>]> = (0..parsed.len())
        .map(|index| {
            let start = objects.partition_point(|object| object.source() < index);
            let end = objects.partition_point(|object| object.source() <= index);
            &objects[start..end]
        })
        .collect();
    let indices: Vec<usize> = (0..parsed.len()).collect();
    let mut spoken = each(&indices, |&index| say(&parsed[index], objects[index], &world, settings));
    let mut plans = plans_of(&mut spoken);
    for index in settle(&mut plans) {
        plans[index].edit(parsed[index].tree());
    }
    // What goes into other files are objects, on which no level depends.
    levels::label(&mut spoken, &parsed, &world, settings);
    let mut plans = plans_of(&mut spoken);
    let mut created = send(&mut plans, &parsed, || names(sources), &settings.barred);
    if plans.iter().any(|plan| !plan.errands.is_empty()) || !created.is_empty() {
        let is_parsed = |index: &usize| opened[*index].is_ok();
        let place: Vec<usize> = (0..sources.len()).filter(is_parsed).collect();
        created.iter_mut().for_each(|created| created.number(&place));
        let errands = plans.iter_mut().flat_map(|plan| &mut plan.errands);
        errands.for_each(|errand| errand.number(&place));
    }
    let mut said = conclude(spoken, settings).into_iter();
    let mut next = || said.next().expect("every source that was opened was looked at, in order");
    let said = opened.into_iter().map(|it| it.err().map_or_else(&mut next, |said| *said));
    (said.collect(), created)
}

fn plans_of<'s>(spoken: &'s mut [Spoken<'_>]) -> Vec<&'s mut Plan> {
    spoken.iter_mut().map(|spoken| &mut spoken.said.plan).collect()
}

/// The sources in which there may be objects that nobody saw.
fn unread<'s>(
    sources: &'s [Source],
    opened: &[Result<(), Box<Said>>],
    parsed: &[manifest::Source<'_>],
) -> Vec<&'s Source> {
    let mut parsed = parsed.iter();
    let mut hides = |said: &Result<(), Box<Said>>| match said {
        Err(said) => said.outcome.hides(),
        Ok(()) => parsed.next().is_some_and(|source| !source.problems().is_empty()),
    };
    sources.iter().zip(opened).filter(|(_, said)| hides(said)).map(|(source, _)| source).collect()
}

fn names(sources: &[Source]) -> BTreeSet<String> {
    sources.iter().map(|source| join("", &source.name)).collect()
}

/// The paths of those that kustomizations read, whatever they hold.
fn kept(sources: &[Source]) -> HashSet<String> {
    let kustomizations = sources.iter().filter(|source| is_kustomization(&source.name));
    let reads = |source: &Source| {
        let tree = Tree::parse(source.text.as_deref().ok()?).ok()?;
        Some(reads(&source.name, &tree))
    };
    kustomizations.filter_map(reads).flatten().collect()
}

/// Works on all items, on all processors if that is worth the start of a thread.
fn each<'t, T: Sync, R: Send>(items: &'t [T], work: impl Fn(&'t T) -> R + Sync + Send) -> Vec<R> {
    const FEW: usize = 16;
    match items.len() <= FEW {
        true => items.iter().map(work).collect(),
        false => items.par_iter().map(work).collect(),
    }
}

/// Parses a source; or says all there is to say about it, if others do not matter to that, nor it
/// to others: so its tree need not be kept.
fn open<'s>(
    source: &'s Source,
    settings: &'s Settings,
    keep: bool,
) -> Result<manifest::Source<'s>, Box<Said>> {
    let text = match &source.text {
        Ok(text) => text.as_str(),
        Err(problem) => return Err(Said::refused(vec![problem.clone()]).into()),
    };
    let tree = match Tree::parse(text) {
        Ok(tree) => tree,
        Err(error) => {
            if let Some(skip) = source::template(text, [error.at]) {
                return Err(Said::new(Outcome::PassedOver(skip)).into());
            }
            let advice = if error.message == TOO_DEEP { "" } else { UNREADABLE };
            let problem = Problem::new(Cause::Syntax, error.message, advice);
            return Err(Said::refused(vec![problem.at(error.at, &Lines::new(text))]).into());
        }
    };
    if tree.roots().any(|root| root.at("sops/mac").is_some()) {
        return Err(Said::new(Outcome::PassedOver(Skip::Encrypted)).into());
    }
    let opened = manifest::Source::new(source.name.as_str(), tree, &settings.workloads);
    if keep || settings.rules.enforce || opened.matters() {
        return Ok(opened);
    }
    let objects: Vec<Object<'_>> = opened.objects(0).collect();
    let alone = Inventory::new(&[], settings.rules.default_namespace.as_deref());
    let world = World::new(&alone, &settings.rules);
    Err(say(&opened, &objects, &world, settings).conclude(settings).into())
}

/// Runs the rules over the objects of one source, and plans what becomes of the findings.
fn say<'s>(
    source: &'s manifest::Source<'_>,
    objects: &[Object<'s>],
    world: &World<'_>,
    settings: &Settings,
) -> Spoken<'s> {
    if let Err(error) = source.tree().separators()
        && !objects.is_empty()
    {
        let problem = Problem::new(Cause::Meaning, error.message, UNREADABLE);
        let lines = Lines::new(source.tree().text());
        return Said::refused(vec![problem.at(error.at, &lines)]).into();
    }
    let mut said = Said::new(Outcome::Clean);
    said.problems = problems(source);
    // `{{ .Values.name }}` is YAML: a map whose key is a map.
    let places = said.problems.iter().filter_map(|problem| problem.at);
    if let Some(skip) = source::template(source.tree().text(), places) {
        return Said::new(Outcome::PassedOver(skip)).into();
    }
    let lines = OnceCell::new();
    let mut draft = Draft::new(source, settings.trust, &settings.new_files);
    let mut with_findings = Vec::new();
    let mut selected = 0;
    for &object in objects {
        said.seen.objects += 1;
        if !settings.only.lets(object, settings.rules.default_namespace.as_deref()) {
            continue;
        }
        selected += 1;
        if !object.is_looked_into() {
            *said.seen.kinds.entry(object.kind().into_owned()).or_default() += 1;
            continue;
        }
        if let Some(reason) = world.inventory.gap(object) {
            let lines = lines.get_or_init(|| Lines::new(source.tree().text()));
            said.gaps.push(gap(source, lines, object, reason));
            continue;
        }
        said.seen.workloads += usize::from(object.workload().is_some());
        let findings = rules::check(object, world);
        if findings.is_empty() {
            continue;
        }
        draft.add(Subject::of(object), findings);
        with_findings.push(object);
    }
    said.plan = draft.finish();
    loop {
        let amendments = overlays::amend(&said.plan, &with_findings, world, settings);
        if amendments.is_empty() || !overlays::apply(amendments, &mut said.plan, settings.trust) {
            break;
        }
        said.plan.edit(source.tree());
    }
    said.outcome = match () {
        _ if objects.is_empty() => Outcome::PassedOver(Skip::NoObject),
        _ if selected == 0 => Outcome::PassedOver(Skip::NotSelected),
        _ if selected == said.gaps.len() => Outcome::PassedOver(Skip::Partial),
        _ => Outcome::Clean,
    };
    Spoken { said, subjects: with_findings }
}

fn problems(source: &manifest::Source<'_>) -> Vec<Problem> {
    if source.problems().is_empty() {
        return Vec::new();
    }
    let lines = Lines::new(source.tree().text());
    let problem = |problem: &manifest::Problem| {
        Problem::new(Cause::Meaning, problem.message.clone(), UNREADABLE).at(problem.at, &lines)
    };
    source.problems().iter().map(problem).collect()
}

fn gap(
    source: &manifest::Source<'_>,
    lines: &Lines<'_>,
    object: Object<'_>,
    reason: String,
) -> Gap {
    let root = source.tree().root(object.document());
    let root = root.expect("the object is in one of the documents");
    let (node, _) = root.walk(&object.pointer());
    let position = lines.position(node.span().start);
    Gap { subject: Subject::of(object), position, reason }
}

impl Outcome {
    /// Whether there may be objects that nobody saw.
    fn hides(self) -> bool {
        let templates = [Skip::Chart, Skip::Jinja, Skip::Ytt].map(Outcome::PassedOver);
        self == Outcome::Refused || templates.contains(&self)
    }
}

impl Review {
    fn add(&mut self, source: Source, said: Said) {
        let Said { outcome, plan, problems, gaps, seen } = said;
        self.objects += seen.objects;
        self.workloads += seen.workloads;
        for (kind, n) in seen.kinds {
            *self.kinds.entry(kind).or_default() += n;
        }
        self.sources.push(Reviewed { source, outcome, plan, problems, gaps });
    }

    /// How many findings there are.
    pub fn findings(&self) -> usize {
        self.sources.iter().map(|reviewed| reviewed.plan.entries.len()).sum()
    }

    /// How many of them the changes mend.
    pub fn mended(&self) -> usize {
        self.sources.iter().map(|reviewed| reviewed.plan.mended()).sum()
    }

    /// How many stay.
    pub fn held(&self) -> usize {
        self.findings() - self.mended()
    }
}
