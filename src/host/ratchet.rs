//! What was reached, held by a policy in a file.
//!
//! In: a [`Review`]. Out: what its objects are when they are fixed, and the file.

use std::{fs, io, path::Path};

use anyhow::{Context as _, bail};

use super::{disk, screen::Screen};
use crate::{
    generate::{Action, Control, Ratchet},
    manifest::{self, Inventory, Object},
    report,
    review::{Review, Settings},
    yaml::{self, Beside, Group, Tree, Value},
};

/// What the policy of `fix --ratchet` is called.
const NAME: &str = "seaworthy";
/// How many workloads are named.
const SOME: usize = 3;

/// What becomes of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It holds the policy as it was.
    Same,
    /// It is written, or would be.
    Written,
    /// There is no policy to be written.
    Nothing,
}

/// What all objects that are looked at are like when they are fixed.
pub(super) fn state<R>(
    review: &Review,
    settings: &Settings,
    look: impl FnOnce(&[Object<'_>], &Inventory<'_>) -> R,
) -> R {
    let texts = review.sources.iter().filter_map(|reviewed| {
        let change = reviewed.plan.change.as_ref().map(|change| &change.text);
        let text = change.or(reviewed.source.text.as_ref().ok())?;
        Some((reviewed.source.name.as_str(), Tree::parse(text.as_str()).ok()?))
    });
    let source = |(name, tree)| manifest::Source::new(name, tree, &settings.workloads);
    let sources: Vec<manifest::Source<'_>> = texts.map(source).collect();
    let namespace = settings.rules.default_namespace.as_deref();
    let inventory = Inventory::new(&sources, namespace);
    let objects = inventory.objects().iter().copied();
    let objects: Vec<Object<'_>> =
        objects.filter(|object| settings.only.lets(*object, namespace)).collect();
    look(&objects, &inventory)
}

/// Where images may come from, if the settings say it.
pub(super) fn registries(settings: &Settings) -> Vec<String> {
    let registries = &settings.rules.registries;
    match registries.allow.is_empty() {
        true => Vec::new(),
        false => registries.allow.iter().chain(registries.mirrors.values()).cloned().collect(),
    }
}

/// Writes the policy of all controls that are met to a file, or looks whether it would.
///
/// Errors: the file holds another policy of that name, or cannot be read, edited or written.
pub(super) fn keep(
    file: &Path,
    review: &Review,
    settings: &Settings,
    dry: bool,
    screen: &mut Screen<'_>,
) -> anyhow::Result<Kept> {
    let reached = state(review, settings, |objects, inventory| {
        Ratchet::of(objects, inventory, &Control::ALL, &registries(settings))
    });
    tell(&reached, Action::Warn, true, screen);
    let policy = reached.policy(NAME, Action::Warn).filter(|_| reached.workloads > 0);
    let Some(policy) = policy else { return Ok(Kept::Nothing) };
    put(file, &policy.objects(), dry)
        .with_context(|| report::path(file.as_os_str().as_encoded_bytes()))
}

fn put(file: &Path, objects: &[Value], dry: bool) -> anyhow::Result<Kept> {
    let old = match fs::read(file) {
        Ok(bytes) => String::from_utf8(bytes).context("is not UTF-8")?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if !dry {
                disk::create(file, &yaml::print(objects))?;
            }
            return Ok(Kept::Written);
        }
        Err(error) => return Err(error).context("cannot be read"),
    };
    let tree = Tree::parse(old.as_str()).map_err(|error| anyhow::anyhow!("{error}"))?;
    let sources = [manifest::Source::new("ratchet", tree, &[])];
    let inventory = Inventory::new(&sources, None);
    let mut beside = Vec::new();
    for object in objects {
        let (kind, name) = (&object["kind"], &object["metadata"]["name"]);
        let mut same = inventory
            .objects()
            .iter()
            .filter(|its| kind.as_str() == Some(&its.kind()) && name.as_str() == Some(&its.name()));
        match same.next() {
            None => beside.push(Beside::Behind(object.clone())),
            Some(its) if its.node().says(object) => {}
            Some(_) => bail!(
                "holds another {} `{}`, which stays: take it away, or name another file",
                kind.as_str().unwrap_or_default(),
                name.as_str().unwrap_or_default()
            ),
        }
    }
    if beside.is_empty() {
        return Ok(Kept::Same);
    }
    let tree = sources[0].tree();
    let Some(document) = tree.roots().len().checked_sub(1) else {
        bail!("holds no document to write behind");
    };
    let edited = yaml::edit(tree, &[Group { document, wishes: Vec::new(), beside }]);
    if let Some((_, refusal)) = edited.refused.first() {
        bail!("{}", refusal.message);
    }
    if !dry {
        disk::replace(file, &old, &edited.text)?;
    }
    Ok(Kept::Written)
}

/// Tells what is not asked for, and why; and what a policy that refuses pods does not know.
pub(super) fn tell(reached: &Ratchet, action: Action, looked: bool, screen: &mut Screen<'_>) {
    let all = report::count(reached.workloads, "workload");
    for missed in &reached.missed {
        let (rule, named) = (missed.control.rule(), some(&missed.workloads));
        let n = missed.workloads.len();
        let which = if n == 1 { "does" } else { "do" };
        screen.tell(|_, out| {
            writeln!(out, "`{rule}` is not asked for: {n} of {all} {which} not meet it: {named}")
        });
    }
    if action == Action::Deny && looked && reached.namespaces.is_none() {
        screen.tell(|_, out| {
            let hint = "`--default-namespace` says what a missing one means";
            writeln!(out, "not all workloads name a namespace: it denies in all of them; {hint}")
        });
    }
}

/// Some names, and how many more there are.
pub(super) fn some(names: &[String]) -> String {
    let shown = names[..names.len().min(SOME)].join(", ");
    match names.len().saturating_sub(SOME) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
