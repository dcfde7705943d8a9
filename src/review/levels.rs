//! The levels of Pod Security that namespaces have reached, which are known when all else is planned.
//!
//! In: what was said of each source. Out: the same, with findings on the namespaces whose workloads
//! are in the input.

use std::collections::{BTreeSet, HashMap};

use super::{Settings, each, said::Spoken};
use crate::{
    generate::Standard,
    manifest::{self, Inventory, Object, Pod},
    plan::{Late, Subject},
    rules::{
        Finding, Judge, Levels, Met, Reached, Rule, Standards, World, asks_for_levels, check_levels,
    },
    yaml::{Tree, Value},
};

/// What Kubernetes keeps for itself.
const OF_SYSTEM: &[&str] = &["kube-node-lease", "kube-public", "kube-system"];

/// A namespace that is looked at, and what it may be called.
type Named<'t> = (Object<'t>, BTreeSet<String>);

/// A namespace, and what was found of it.
type Found<'t> = (Object<'t>, Vec<(&'static Rule, Finding)>);

/// A workload of one of those.
struct Member<'t> {
    object: Object<'t>,
    /// Its place among the workloads of its source.
    rank: usize,
    namespaces: BTreeSet<String>,
}

/// What there is to say of a workload.
enum Said {
    Met(Met),
    /// It meets that, and gets containers that nobody sees; a fragment.
    Injected(Met, String),
    /// Nobody knows what it does; a fragment.
    Unknown(String),
    /// It is part of another one.
    Part,
}

/// Finds what the labels of each namespace are to say.
pub(super) fn label<'t>(
    spoken: &mut [Spoken<'t>],
    parsed: &[manifest::Source<'_>],
    world: &World<'t>,
    settings: &Settings,
) {
    if !asks_for_levels(&settings.rules) {
        return;
    }
    let namespaces = namespaces(spoken, world.inventory, settings);
    if namespaces.is_empty() {
        return;
    }
    let members = members(&namespaces, world.inventory);
    let standards = Standards::of(&settings.rules);
    let judge = standards.judge(world.inventory);
    let texts: Vec<Option<&str>> = spoken
        .iter()
        .map(|spoken| spoken.said.plan.change.as_ref().map(|change| change.text.as_str()))
        .collect();
    let by_source: Vec<&[Member<'_>]> =
        members.chunk_by(|one, other| one.object.source() == other.object.source()).collect();
    let said: Vec<Said> = each(&by_source, |members| {
        let source = members[0].object.source();
        Look { judge: &judge, inventory: world.inventory, settings }.look(
            members,
            &parsed[source],
            texts[source],
        )
    })
    .into_iter()
    .flatten()
    .collect();
    let brought = world.inventory.brought();
    let mut by_name: HashMap<&String, Vec<usize>> = HashMap::new();
    for (place, member) in members.iter().enumerate() {
        member.namespaces.iter().for_each(|name| by_name.entry(name).or_default().push(place));
    }
    let mut levels = Levels::new(world);
    for (namespace, names) in &namespaces {
        let places: BTreeSet<usize> =
            names.iter().filter_map(|name| by_name.get(name)).flatten().copied().collect();
        let its = places.into_iter().map(|place| &said[place]);
        let mut reached = Reached { name: called(*namespace, names), ..Reached::default() };
        for said in its {
            match said {
                Said::Met(met) => reached.workloads.push(met.clone()),
                Said::Injected(met, why) => {
                    reached.workloads.push(met.clone());
                    reached.unseen.get_or_insert_with(|| why.clone());
                }
                Said::Unknown(why) => drop(reached.unseen.get_or_insert_with(|| why.clone())),
                Said::Part => {}
            }
        }
        let filler = names.iter().find_map(|name| brought.get(name));
        let filler = filler.map(|it| format!("{} `{}` brings more", it.kind(), it.name()));
        reached.unseen = reached.unseen.or(filler);
        if !reached.workloads.is_empty() {
            levels.add(*namespace, reached);
        }
    }
    world.reach(levels);
    let found =
        namespaces.iter().map(|(namespace, _)| (*namespace, check_levels(*namespace, world)));
    let found: Vec<Found<'_>> = found.filter(|(_, findings)| !findings.is_empty()).collect();
    for found in found.chunk_by(|(one, _), (other, _)| one.source() == other.source()) {
        let source = found[0].0.source();
        spoken[source].add(found, parsed[source].tree(), settings);
    }
}

/// The namespaces that may be labelled.
fn namespaces<'t>(
    spoken: &[Spoken<'_>],
    inventory: &'t Inventory<'t>,
    settings: &Settings,
) -> Vec<Named<'t>> {
    let default = settings.rules.default_namespace.as_deref();
    let is_meant = |object: &Object<'t>| {
        object.group().is_empty()
            && !OF_SYSTEM.contains(&&*object.name())
            && settings.only.lets(*object, default)
            && !inventory.is_patch(*object)
            && !spoken[object.source()].said.outcome.hides()
    };
    let meant = inventory.of_kind("Namespace").filter(is_meant);
    meant.map(|object| (object, inventory.names_of(object))).collect()
}

/// The workloads of these, in the order of sources and documents.
fn members<'t>(namespaces: &[Named<'_>], inventory: &'t Inventory<'t>) -> Vec<Member<'t>> {
    let names: BTreeSet<&String> = namespaces.iter().flat_map(|(_, names)| names).collect();
    let sources = inventory.objects().chunk_by(|one, other| one.source() == other.source());
    let workloads = sources.flat_map(|objects| {
        objects.iter().filter(|object| object.workload().is_some()).enumerate()
    });
    let member = |(rank, object): (usize, &Object<'t>)| {
        let mut namespaces = inventory.namespaces_of(*object);
        namespaces.retain(|name| names.contains(name));
        (!namespaces.is_empty()).then_some(Member { object: *object, rank, namespaces })
    };
    workloads.filter_map(member).collect()
}

/// What a cluster calls a namespace, as far as that is known.
fn called(namespace: Object<'_>, names: &BTreeSet<String>) -> String {
    let own = namespace.name();
    let mut others = names.iter().filter(|name| **name != own);
    match (others.next(), others.next()) {
        (Some(renamed), None) => renamed.clone(),
        _ => own.into_owned(),
    }
}

struct Look<'l, 't> {
    judge: &'l Judge<'l>,
    inventory: &'l Inventory<'t>,
    settings: &'l Settings,
}

impl Look<'_, '_> {
    /// What there is to say of workloads of one source, whose text may have changed.
    fn look(
        &self,
        members: &[Member<'_>],
        source: &manifest::Source<'_>,
        text: Option<&str>,
    ) -> Vec<Said> {
        let index = members[0].object.source();
        let tree = text.and_then(|text| Tree::parse(text).ok());
        let changed = tree.map(|tree| {
            manifest::Source::new(source.name.as_str(), tree, &self.settings.workloads)
        });
        let changed = changed.as_ref().unwrap_or(source);
        // What is written beside workloads is none: each is still the one of its rank.
        let workloads = changed.objects(index).filter(|object| object.workload().is_some());
        let workloads: Vec<Object<'_>> = workloads.collect();
        members.iter().map(|member| self.say(member.object, workloads[member.rank])).collect()
    }

    /// What there is to say of a workload that is so `now`.
    fn say(&self, object: Object<'_>, now: Object<'_>) -> Said {
        if self.inventory.is_patch(object) {
            return Said::Part;
        }
        let (kind, name) = (object.kind().into_owned(), object.name().into_owned());
        if let Some(gap) = object.gap() {
            return Said::Unknown(format!("{kind} `{name}` is not whole: {gap}"));
        }
        let (mut level, mut kept_by) = self.judge.level(now);
        let mut under = None;
        for overlay in self.inventory.overlays(object) {
            let value = now.node().value().map_err(|error| error.to_string());
            let built = value.and_then(|value| overlay.build(now, value));
            let its = match built.and_then(|value| self.level_of(value, object.source())) {
                Ok(its) => its,
                Err(why) => {
                    let by = overlay.name();
                    let why =
                        format!("nobody can tell what `{by}` makes of {kind} `{name}`: {why}");
                    return Said::Unknown(why);
                }
            };
            if its.0 < level {
                (level, kept_by) = its;
                under = Some(overlay.name().to_owned());
            }
        }
        let place = self.inventory.place(object.source(), object.document(), &object.pointer());
        let injected = now.pods().into_iter().find_map(Pod::asks_for_sidecar);
        let injected =
            injected.map(|key| format!("`{key}` has a sidecar added to {kind} `{name}`"));
        let met = Met { kind, name, place, under, level, kept_by };
        match injected {
            Some(why) => Said::Injected(met, why),
            None => Said::Met(met),
        }
    }

    /// What an overlay built meets.
    fn level_of(
        &self,
        value: Value,
        source: usize,
    ) -> Result<(Standard, Vec<&'static str>), String> {
        let tree = Tree::parse(value.to_string()).map_err(|error| error.message.to_string())?;
        let built = manifest::Source::new("", tree, &self.settings.workloads);
        let levels = built.objects(source).map(|object| self.judge.level(object));
        Ok(levels.min().unwrap_or((Standard::Restricted, Vec::new())))
    }
}

impl<'t> Spoken<'t> {
    /// Adds what was found of objects when all else was planned; they are in order.
    fn add(&mut self, found: &[Found<'t>], tree: &Tree<'_>, settings: &Settings) {
        let place = |object: Object<'_>| (object.document(), object.node().span().start);
        let mut known = std::mem::take(&mut self.subjects).into_iter().peekable();
        let mut late = Vec::with_capacity(found.len());
        for (object, findings) in found {
            while let Some(its) = known.next_if(|its| place(*its) < place(*object)) {
                self.subjects.push(its);
            }
            let is_new = known.next_if(|its| place(*its) == place(*object)).is_none();
            let subject = is_new.then(|| Subject::of(*object));
            late.push(Late { index: self.subjects.len(), subject, findings: findings.clone() });
            self.subjects.push(*object);
        }
        self.subjects.extend(known);
        let plan = &mut self.said.plan;
        plan.add(late, tree, settings.trust);
        plan.edit(tree);
    }
}
