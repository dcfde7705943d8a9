//! Who has what a role allows, for the words of findings.
//!
//! In: a role or a binding. Out: its rights as far as rules look into them, who has them, and the
//! bindings that say so.

use std::{collections::HashSet, fmt::Write as _};

use super::{Evidence, Fix, Role, World, wildcard_rights};
use crate::manifest::{Bound, Object, Reach, Right, RoleRef, Whom};

/// The kinds of roles.
pub(super) const ROLES: &[&str] = &["ClusterRole", "Role"];
/// The kinds of bindings.
pub(super) const BINDINGS: &[&str] = &["ClusterRoleBinding", "RoleBinding"];
/// How many of several are named.
const FEW: usize = 3;

/// What a role allows that is someone's to change: Kubernetes makes its own roles itself, and puts
/// some together from others.
pub(super) fn rights<'t>(role: Object<'t>, world: &World<'_>) -> Vec<Right<'t>> {
    let is_own = world.inventory.is_rbac(role) && !role.is_bootstrap() && !role.is_aggregated();
    if is_own { role.rights().collect() } else { Vec::new() }
}

/// The same, but not where `*` stands for resources: another rule finds that, and says what follows
/// from it.
pub(super) fn plain_rights<'t>(role: Object<'t>, world: &World<'_>) -> Vec<Right<'t>> {
    let told = world.settings.runs(&wildcard_rights::RULE);
    let mut rights = rights(role, world);
    rights.retain(|right| !told || right.word("resources", "*").is_none());
    rights
}

/// Whether what a role allows holds in all namespaces, for all that is known.
pub(super) fn is_wide(role: Object<'_>, world: &World<'_>) -> bool {
    role.kind() == "ClusterRole" && world.inventory.reach_of(role) != Reach::Namespaces
}

/// What a person has to do about a role, and who has it.
pub(super) fn advise(role: Object<'_>, world: &World<'_>, advice: &str) -> Fix {
    let bindings = world.inventory.bindings_to(role);
    let evidence = bindings.iter().filter_map(|bound| {
        let shown = format!("{} `{}` gives it", bound.object.kind(), bound.object.name());
        shown_by(world, bound.object, &shown)
    });
    let takers = world.inventory.takers_of(role);
    let who = match (&bindings[..], &takers[..]) {
        ([], []) => "Nobody in these files is bound to it.".to_owned(),
        ([], _) => format!("Who is bound to {} has it.", words(&takers)),
        _ => format!("Who has it: {}.", told(&bindings, world)),
    };
    Fix::manual(format!("{who} {advice}")).resting_on(evidence)
}

/// An object that shows something, if anyone asks.
pub(super) fn shown_by(world: &World<'_>, object: Object<'_>, shown: &str) -> Option<Evidence> {
    world.settings.evidence.then(|| Evidence::Object {
        role: Role::Binding,
        name: object.name().into_owned(),
        shown: shown.to_owned(),
        place: world.inventory.place(object.source(), object.document(), &object.pointer()),
    })
}

/// ``ServiceAccount `shop/web` (Deployment `web`) by RoleBinding `web`, … and 2 more``
fn told(bindings: &[&Bound<'_>], world: &World<'_>) -> String {
    let lines = bindings.iter().flat_map(|bound| {
        let by = format!("by {} `{}`", bound.object.kind(), bound.object.name());
        let nobody = bound.subjects.is_empty().then(|| format!("nobody {by}"));
        let subjects = bound.subjects.iter().enumerate().map(move |(place, subject)| {
            format!("{}{} {by}", subject.whom, running(bound, place, world))
        });
        subjects.chain(nobody)
    });
    listed(distinct(lines))
}

/// `` (Deployment `web`)``: what runs as a subject; empty if nothing does.
pub(super) fn running(bound: &Bound<'_>, subject: usize, world: &World<'_>) -> String {
    let workloads = world.inventory.workloads_of(bound, subject).into_iter();
    let runs = distinct(workloads.map(|it| format!("{} `{}`", it.kind(), it.name())));
    match (runs.is_empty(), &bound.subjects[subject].whom) {
        (false, _) => format!(" ({})", listed(runs)),
        (true, Whom::Group(name)) if name == "system:serviceaccounts" => " (all pods)".to_owned(),
        (true, _) => String::new(),
    }
}

/// Each line once, in the order of their first places.
fn distinct(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    lines.filter(|line| seen.insert(line.clone())).collect()
}

/// `a, b, c and 2 more`
pub(super) fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(FEW);
    names.truncate(FEW);
    let mut text = names.join(", ");
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}

/// Verbs in backticks, or that they are all.
pub(super) fn verbs<T: AsRef<str>>(verbs: &[T]) -> String {
    match verbs.iter().any(|verb| verb.as_ref() == "*") {
        true => "all verbs".to_owned(),
        false => words(verbs),
    }
}

/// Words of a list in backticks: `` `get`, `list` and 2 more ``.
pub(super) fn words<T: AsRef<str>>(words: &[T]) -> String {
    listed(words.iter().map(|word| format!("`{}`", word.as_ref())).collect())
}

/// What a binding says that is someone's to change, and the role that it gives.
pub(super) fn bound<'w>(
    binding: Object<'_>,
    world: &'w World<'_>,
) -> Option<(&'w Bound<'w>, &'w RoleRef<'w>)> {
    let bound = world.inventory.bound(binding)?;
    Some((bound, bound.role.as_ref()?))
}
