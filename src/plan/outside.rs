//! What is missing, and goes into another file than that of the object that needs it.
//!
//! In: the plans of all sources. Out: the files that are to be made, and what the plans of others are
//! to do: take objects in, or name such a file.

use std::collections::{BTreeMap, BTreeSet};

use json_patch::Patch;

use super::{Fate, Hold, Plan, settle};
use crate::{
    manifest::{Site, Source, folder, is_kustomization, join, resources},
    text::Position,
    yaml::{self, Beside, Group, Pointer, Value, Wish},
};

/// Where objects go that are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NewFiles {
    /// Into the file of what needs them, or nowhere.
    Never,
    /// Into that, or into a file beside it where it has no room for them.
    #[default]
    Beside,
    /// All of a folder into its file of this name.
    Into(String),
}

/// Why a file must not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bar {
    /// Something has its name that is not worked on.
    Taken,
    /// This kustomization reads what would need it, and would have to name it, but is not worked on.
    Unnamed(String),
    /// It would be named after a file whose name is no text.
    Nameless,
}

/// What fixes of other sources want of this one: all of it or nothing.
#[derive(Clone, Debug)]
pub struct Errand {
    /// What is to be done.
    pub group: Group,
    /// What it does to the document's value, as RFC 6902 has it.
    pub operations: Patch,
    /// Why, as a fragment.
    pub reason: String,
    /// What is in the way, if it cannot be done.
    pub refused: Option<(Position, yaml::Refusal)>,
    /// The entries that want it, each by its source and its place there.
    pub of: Vec<(usize, usize)>,
}

/// A file that is to be made.
#[derive(Clone, Debug)]
pub struct Created {
    /// What to call it before people: its path, as that of the source that it stands beside was
    /// given.
    pub name: String,
    /// The source that it stands beside.
    pub source: usize,
    /// What it is called in their folder.
    pub file: String,
    /// The objects that it holds.
    pub objects: Vec<Value>,
    /// What it says.
    pub text: String,
    /// What to call it before programs that read diffs: its path from the current directory.
    pub path: Vec<u8>,
    /// The entries that want it, each by its source and its place there.
    pub of: Vec<(usize, usize)>,
}

/// What one file is to take in.
#[derive(Default)]
struct Wanted {
    objects: Vec<Value>,
    of: Vec<(usize, usize)>,
}

impl NewFiles {
    /// The file that takes what is missing beside an object of a source; none if the source does.
    pub(super) fn target(&self, source: &Source<'_>, site: Site) -> Option<Box<str>> {
        let name = &source.name;
        let beside = |file: &str| match name.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{file}"),
            None => file.to_owned(),
        };
        match self {
            NewFiles::Never => None,
            NewFiles::Into(file) => {
                let target = beside(file);
                (join("", &target) != join("", name)).then(|| target.into())
            }
            NewFiles::Beside if site == Site::Document => {
                yaml::is_one_value(source.tree()).then(|| beside(&file_beside(name)).into())
            }
            NewFiles::Beside => (site == Site::Closed).then(|| beside(&file_beside(name)).into()),
        }
    }
}

/// `web-security.yaml` for `web.json`.
fn file_beside(name: &str) -> String {
    let file = name.rsplit_once('/').map_or(name, |(_, file)| file);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    format!("{stem}-security.yaml")
}

/// Sends what is missing into other files, and holds what needs something that cannot be had so. All
/// plans are edited anew that have to be. `names` gives those of all sources, even of those without a
/// plan, and `barred` those of files that must not be made; gives back the files that are.
pub(crate) fn send(
    plans: &mut [&mut Plan],
    sources: &[Source<'_>],
    names: impl Fn() -> BTreeSet<String>,
    barred: &BTreeMap<String, Bar>,
) -> Vec<Created> {
    let by_name = || sources.iter().enumerate().map(|(index, it)| (join("", &it.name), index));
    let mut known: Option<(BTreeMap<String, usize>, BTreeSet<String>)> = None;
    let mut touched = BTreeSet::new();
    loop {
        let wanted = wanted(plans);
        if wanted.is_empty() {
            break;
        }
        let (known, names) = known.get_or_insert_with(|| (by_name().collect(), names()));
        let mut created = Vec::new();
        let mut errands: Vec<(usize, Errand)> = Vec::new();
        let mut lost: Vec<((usize, usize), Hold)> = Vec::new();
        for (target, wanted) in wanted {
            let path = join("", &target);
            let is_taken = || names.contains(&path).then_some(Bar::Taken);
            let there = known.get(&path);
            if let Some(index) = there {
                errands.extend(take_in(*index, &sources[*index], &wanted));
            } else if let Some(bar) = barred.get(&target).cloned().or_else(is_taken) {
                let hold = Hold::Barred { file: target.into(), bar };
                lost.extend(wanted.of.iter().map(|at| (*at, hold.clone())));
                continue;
            }
            errands.extend(told(sources, &target, &wanted));
            if there.is_none() {
                created.push(create(target, wanted));
            }
        }
        for (index, errand) in errands {
            plans[index].errands.push(errand);
            touched.insert(index);
        }
        for index in &touched {
            plans[*index].edit(sources[*index].tree());
        }
        for index in &touched {
            for errand in &plans[*index].errands {
                let Some((position, refusal)) = &errand.refused else { continue };
                let (name, why) = (&sources[*index].name, &refusal.message);
                let without = format!("an entry in `{name}` ({position}: {why})").into();
                let hold = Hold::Untied { without };
                lost.extend(errand.of.iter().map(|at| (*at, hold.clone())));
            }
        }
        if lost.is_empty() {
            return created;
        }
        for ((source, entry), hold) in lost {
            plans[source].entries[entry].fate = Fate::Held(hold);
            touched.insert(source);
        }
        touched.extend(settle(plans));
        plans.iter_mut().for_each(|plan| plan.errands.clear());
    }
    for index in touched {
        plans[index].edit(sources[index].tree());
    }
    Vec::new()
}

/// What each file is to take in that is not that of the object which needs it, by its name.
fn wanted(plans: &[&mut Plan]) -> BTreeMap<String, Wanted> {
    let mut all: BTreeMap<String, Wanted> = BTreeMap::new();
    for (index, plan) in plans.iter().enumerate() {
        for (place, entry) in plan.entries.iter().enumerate() {
            let Some(beyond) = &entry.finding.fix.beyond else { continue };
            let Some(target) = &plan.subjects[entry.subject].outside else { continue };
            if entry.fate != Fate::Mended || beyond.objects.is_empty() {
                continue;
            }
            let wanted = all.entry(target.to_string()).or_default();
            wanted.of.push((index, place));
            for missing in &beyond.objects {
                if !wanted.objects.contains(&missing.object) {
                    wanted.objects.push(missing.object.clone());
                }
            }
        }
    }
    all
}

/// A file that is there takes objects in, behind its last document.
fn take_in(index: usize, source: &Source<'_>, wanted: &Wanted) -> Option<(usize, Errand)> {
    let document = source.tree().roots().len().saturating_sub(1);
    let beside = wanted.objects.iter().cloned().map(Beside::Behind).collect();
    let group = Group { document, wishes: Vec::new(), beside };
    let reason = "it takes in what others need".to_owned();
    let operations = Patch::default();
    Some((index, Errand { group, operations, reason, refused: None, of: wanted.of.clone() }))
}

/// What kustomizations have to say that read the files which need it.
fn told(sources: &[Source<'_>], target: &str, wanted: &Wanted) -> Vec<(usize, Errand)> {
    let mut errands = Vec::new();
    let kustomizations = sources.iter().enumerate().filter(|(_, it)| is_kustomization(&it.name));
    for (index, kustomization) in kustomizations {
        let folder = folder(&kustomization.name);
        for (document, root) in kustomization.tree().roots().enumerate() {
            let read: Vec<(String, _)> =
                resources(root).map(|path| (join(folder, &path), path)).collect();
            if read.iter().any(|(path, _)| *path == join("", target)) {
                continue;
            }
            let names = |source: usize| {
                let its = join("", &sources[source].name);
                read.iter().find(|(path, _)| *path == its).map(|(_, path)| &**path)
            };
            let of: Vec<(usize, usize)> =
                wanted.of.iter().copied().filter(|(source, _)| names(*source).is_some()).collect();
            let Some(beside) = of.first().and_then(|(source, _)| names(*source)) else { continue };
            let file = target.rsplit_once('/').map_or(target, |(_, file)| file);
            let entry = match beside.rsplit_once('/') {
                Some((folder, _)) => format!("{folder}/{file}"),
                None => file.to_owned(),
            };
            let reason = format!("`{entry}` holds what `{beside}` needs");
            let at = Pointer::default().into_join("resources");
            let wishes = vec![Wish::Include { at, value: entry.into() }];
            let operations = yaml::operations_below(root, &Pointer::default(), wishes.iter());
            let operations = operations.unwrap_or_default();
            let group = Group { document, wishes, beside: Vec::new() };
            errands.push((index, Errand { group, operations, reason, refused: None, of }));
        }
    }
    errands
}

impl Errand {
    /// Numbers sources by their place among all, which each has here.
    pub(crate) fn number(&mut self, place: &[usize]) {
        self.of.iter_mut().for_each(|(source, _)| *source = place[*source]);
    }
}

impl Created {
    /// Numbers sources by their place among all, which each has here.
    pub(crate) fn number(&mut self, place: &[usize]) {
        self.source = place[self.source];
        self.of.iter_mut().for_each(|(source, _)| *source = place[*source]);
    }
}

fn create(name: String, wanted: Wanted) -> Created {
    let file = name.rsplit_once('/').map_or(&*name, |(_, file)| file).to_owned();
    Created {
        source: wanted.of[0].0,
        file,
        path: name.clone().into_bytes(),
        text: yaml::print(&wanted.objects),
        objects: wanted.objects,
        of: wanted.of,
        name,
    }
}
