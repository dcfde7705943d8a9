//! Who can do what, through which binding.
//!
//! In: a [`Review`]. Out: a [`Holder`] for everyone whom a binding names, which owns all it says.

use std::collections::{BTreeMap, HashMap};

use super::{Only, Outcome, Review, Settings};
use crate::{
    manifest::{self, Bound, Inventory, Object, Place, Right, RoleRef, Whom},
    rules::Level,
    yaml::{Pointer, Tree},
};

/// Someone whom a binding names.
#[derive(Debug)]
pub struct Holder {
    /// `ServiceAccount`, `User` or `Group`.
    pub kind: &'static str,
    /// The namespace of an account, as far as that is known.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// What runs as the account, or as those of the group that are of one namespace.
    pub workloads: Vec<Named>,
    /// What bindings give.
    pub grants: Vec<Grant>,
}

/// An object, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Its kind.
    pub kind: String,
    /// Its namespace, as far as that is known.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The file and line; none if it is not in the input.
    pub place: Option<(String, usize)>,
}

/// What one binding gives.
#[derive(Debug)]
pub struct Grant {
    /// The binding.
    pub binding: Named,
    /// Whether it holds in all namespaces; else it does in that of the binding.
    pub is_wide: bool,
    /// The role.
    pub role: Named,
    /// Where the role is from.
    pub origin: Origin,
    /// What the role allows, as far as it is known.
    pub allows: Vec<Allowed>,
    /// What rules find in the binding.
    pub marks: Vec<Mark>,
}

/// Where a role is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The input.
    Input,
    /// Every cluster has it.
    BuiltIn,
    /// Nobody knows.
    Unknown,
}

/// What one rule of a role allows.
#[derive(Debug)]
pub struct Allowed {
    /// What may be done.
    pub verbs: Vec<String>,
    /// The API groups of the resources; the core group is empty.
    pub groups: Vec<String>,
    /// What it may be done to.
    pub resources: Vec<String>,
    /// The names of the objects; empty for all.
    pub names: Vec<String>,
    /// The paths that are no resources.
    pub urls: Vec<String>,
    /// The file and line; none if it is built in.
    pub place: Option<(String, usize)>,
    /// What rules find in it.
    pub marks: Vec<Mark>,
}

/// What a rule calls dangerous.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// How much it matters.
    pub level: Level,
    /// The rule.
    pub rule: &'static str,
    /// What it says.
    pub message: String,
}

/// What the rules found, by source and document, sorted by address.
type Found<'r> = HashMap<(usize, usize), Vec<(&'r Pointer, Mark)>>;

/// What the rules found in a binding, with the subject that it is about, if it is about one.
type Marks = Vec<(Option<usize>, Mark)>;

/// Everyone whom a binding names, accounts first, and what they can do; of `only` those where the
/// subject, what runs as it, the binding or the role is among what is looked at.
pub fn rights(review: &Review, settings: &Settings, only: &Only) -> Vec<Holder> {
    let mut sources = Vec::new();
    let mut origins = Vec::new();
    for (index, reviewed) in review.sources.iter().enumerate() {
        let skips = matches!(reviewed.outcome, Outcome::PassedOver(_));
        let Ok(text) = &reviewed.source.text else { continue };
        let Some(tree) = Tree::parse(text).ok().filter(|tree| !skips && tree.separators().is_ok())
        else {
            continue;
        };
        let name = reviewed.source.name.as_str();
        sources.push(manifest::Source::new(name, tree, &settings.workloads));
        origins.push(index);
    }
    let inventory = Inventory::new(&sources, settings.rules.default_namespace.as_deref());
    let listing = Listing { inventory: &inventory, found: found(review, &origins) };
    let mut holders = Holders::new();
    for bound in inventory.bindings() {
        let Some(role) = &bound.role else { continue };
        if inventory.gap(bound.object).is_some() {
            continue;
        }
        let marks = listing.marks_of(bound);
        for place in 0..bound.subjects.len() {
            listing.add(bound, role, place, &marks, only, &mut holders);
        }
    }
    let named = |(mut holder, workloads): (Holder, BTreeMap<_, _>)| {
        holder.workloads = workloads.into_values().map(|object| listing.named(object)).collect();
        holder.workloads.sort();
        holder.workloads.dedup();
        holder
    };
    holders.into_values().map(named).collect()
}

/// What the rules found; `origins` are the sources that were read, by their place in the review.
fn found<'r>(review: &'r Review, origins: &[usize]) -> Found<'r> {
    let mut found = Found::new();
    for (source, &origin) in origins.iter().enumerate() {
        let plan = &review.sources[origin].plan;
        for entry in &plan.entries {
            let document = plan.subjects[entry.subject].document;
            let (level, message) = (entry.finding.level, entry.finding.message.clone());
            let mark = Mark { level, rule: entry.rule.id, message };
            found.entry((source, document)).or_default().push((&entry.finding.at, mark));
        }
    }
    for marks in found.values_mut() {
        marks.sort_by_key(|(at, _)| at.as_str());
    }
    found
}

/// Everyone, with what runs as them by its place.
type Holders<'l, 't> =
    BTreeMap<&'l Whom<'t>, (Holder, BTreeMap<(usize, usize, Pointer), Object<'t>>)>;

struct Listing<'l, 't> {
    inventory: &'l Inventory<'t>,
    found: Found<'l>,
}

impl<'t> Listing<'_, 't> {
    fn add<'l>(
        &self,
        bound: &'l Bound<'t>,
        role: &RoleRef<'t>,
        place: usize,
        marks: &Marks,
        only: &Only,
        holders: &mut Holders<'l, 't>,
    ) {
        let subject = &bound.subjects[place];
        let workloads = self.inventory.workloads_of(bound, place);
        let roles = self.inventory.roles_of(bound.object, role);
        let namespace = subject.whom.namespace();
        let mut objects = workloads.iter().chain(&roles).chain([&bound.object]);
        let is_meant = only.lets_named(subject.whom.kind(), namespace, subject.whom.name())
            || objects.any(|object| {
                let namespace = self.inventory.namespace_of(*object);
                only.lets_named(&object.kind(), namespace.as_deref(), &object.name())
            });
        if !is_meant {
            return;
        }
        let (holder, runs) = holders.entry(&subject.whom).or_insert_with(|| {
            let holder = Holder {
                kind: subject.whom.kind(),
                namespace: namespace.map(str::to_owned),
                name: subject.whom.name().to_owned(),
                workloads: Vec::new(),
                grants: Vec::new(),
            };
            (holder, BTreeMap::new())
        });
        let spot = |object: &Object<'t>| (object.source(), object.document(), object.pointer());
        runs.extend(workloads.iter().map(|object| (spot(object), *object)));
        let others = |about: Option<usize>| about.is_some_and(|about| about != place);
        let marks = marks.iter().filter(|(about, _)| !others(*about));
        let marks = marks.map(|(_, mark)| mark.clone()).collect();
        holder.grants.push(self.grant(bound, role, &roles, marks));
    }

    fn grant(
        &self,
        bound: &Bound<'t>,
        role: &RoleRef<'t>,
        roles: &[Object<'t>],
        marks: Vec<Mark>,
    ) -> Grant {
        let binding = bound.object;
        let origin = match roles {
            [] if role.is_built_in() => Origin::BuiltIn,
            [] => Origin::Unknown,
            _ => Origin::Input,
        };
        let rights = match roles {
            [] if role.is_cluster => self.inventory.added_to(&role.name),
            _ => roles.iter().flat_map(|role| self.inventory.rights_of(*role)).collect(),
        };
        let mut allows: Vec<Allowed> =
            rights.into_iter().map(|right| self.allowed(right)).collect();
        if origin == Origin::BuiltIn && role.name == "cluster-admin" {
            allows.push(Allowed::all());
        }
        Grant {
            binding: self.named(binding),
            is_wide: bound.is_wide,
            role: match roles.first() {
                Some(role) => self.named(*role),
                None => Named {
                    kind: role.kind().to_owned(),
                    namespace: None,
                    name: role.name.clone().into_owned(),
                    place: None,
                },
            },
            origin,
            allows,
            marks,
        }
    }

    /// What the rules found in a binding.
    fn marks_of(&self, bound: &Bound<'t>) -> Marks {
        let binding = bound.object;
        let subjects = bound.subjects.iter().enumerate();
        let subjects: HashMap<Pointer, usize> =
            subjects.map(|(index, it)| (binding.address(it.node), index)).collect();
        let at = binding.pointer();
        let marks = self.marks(binding, &at);
        marks.map(|(at, mark)| (subjects.get(at).copied(), mark.clone())).collect()
    }

    fn allowed(&self, right: Right<'t>) -> Allowed {
        let words = |list: &str| -> Vec<String> {
            right.words(list).into_iter().map(|word| word.into_owned()).collect()
        };
        let at = right.role.address(right.node);
        let marks = self.marks(right.role, &at).map(|(_, mark)| mark.clone()).collect();
        Allowed {
            verbs: words("verbs"),
            groups: words("apiGroups"),
            resources: words("resources"),
            names: words("resourceNames"),
            urls: words("nonResourceURLs"),
            place: self.place(right.role, &at),
            marks,
        }
    }

    /// What the rules found at an address or below it.
    fn marks<'m>(
        &'m self,
        object: Object<'t>,
        at: &'m Pointer,
    ) -> impl Iterator<Item = (&'m Pointer, &'m Mark)> {
        let at = at.as_str();
        let found = self.found.get(&(object.source(), object.document()));
        let found = found.map(Vec::as_slice).unwrap_or_default();
        let first = found.partition_point(|(its, _)| its.as_str() < at);
        let below = found[first..]
            .iter()
            .map_while(move |(its, mark)| Some((*its, mark, its.as_str().strip_prefix(at)?)));
        let within = |below: &str| below.is_empty() || below.starts_with('/');
        below.filter(move |(_, _, below)| within(below)).map(|(its, mark, _)| (its, mark))
    }

    fn named(&self, object: Object<'t>) -> Named {
        Named {
            kind: object.kind().into_owned(),
            namespace: self.inventory.namespace_of(object).map(|it| it.into_owned()),
            name: object.name().into_owned(),
            place: self.place(object, &object.pointer()),
        }
    }

    fn place(&self, object: Object<'t>, at: &Pointer) -> Option<(String, usize)> {
        let place = self.inventory.place(object.source(), object.document(), at);
        place.map(|Place { file, position }| (file, position.line))
    }
}

impl Allowed {
    fn all() -> Allowed {
        let all = || vec!["*".to_owned()];
        let (verbs, groups, resources, urls) = (all(), all(), all(), all());
        Allowed {
            verbs,
            groups,
            resources,
            names: Vec::new(),
            urls,
            place: None,
            marks: Vec::new(),
        }
    }
}
