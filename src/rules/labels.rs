//! Which labels of Pod Security a namespace gets.
//!
//! In: what its workloads have [reached](super::Levels). Out: findings on the namespace: one of
//! `warn` and `audit`, which refuse nothing, and one of `enforce` if that is asked for.

use std::collections::BTreeSet;

use super::{Evidence, Finding, Fix, Levels, Reached, Role, Version, World, quoted};
use crate::{
    generate::{Standard, Translation},
    manifest::Object,
    yaml::{Node, Wish},
};

/// What the keys begin with.
const PREFIX: &str = "pod-security.kubernetes.io/";
/// How many workloads are named in a sentence.
const SOME: usize = 3;

/// What a namespace says of one mode.
struct Mode {
    name: &'static str,
    level: Option<Standard>,
    version: Option<Version>,
}

/// Nothing, until it is known what its workloads have reached.
pub(super) fn check(namespace: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    let Some(levels) = world.levels() else { return Vec::new() };
    let reached = levels.of(namespace);
    reached.map_or_else(Vec::new, |reached| Look { namespace, levels, reached, world }.findings())
}

struct Look<'l, 't> {
    namespace: Object<'t>,
    levels: &'l Levels,
    reached: &'l Reached,
    world: &'l World<'l>,
}

impl Look<'_, '_> {
    fn findings(&self) -> Vec<Finding> {
        let level = self.reached.level();
        let asks_less = |mode: &Mode| mode.level.is_none_or(|its| its < level);
        let mut soft = vec![self.mode("warn"), self.mode("audit")];
        soft.retain(asks_less);
        let mut findings = Vec::new();
        match level {
            Standard::Privileged if !soft.is_empty() => findings.push(self.nothing()),
            Standard::Privileged => {}
            _ => {
                findings.extend((!soft.is_empty()).then(|| self.tell(&soft)));
                let hard = Some(self.mode("enforce")).filter(|_| self.world.settings.enforce);
                findings.extend(hard.filter(asks_less).map(|hard| self.enforce(hard)));
            }
        }
        findings
    }

    fn mode(&self, name: &'static str) -> Mode {
        let said = |key: &str| {
            let labels = self.namespace.node().at("metadata/labels");
            labels.and_then(|labels| labels.get(&format!("{PREFIX}{key}"))).and_then(Node::as_str)
        };
        let levels = [Standard::Privileged, Standard::Baseline, Standard::Restricted];
        let level = said(name).and_then(|its| levels.into_iter().find(|it| it.name() == its));
        let version = said(&format!("{name}-version")).and_then(|it| Version::of_label(&it));
        Mode { name, level, version }
    }

    /// No level holds what the pods do.
    fn nothing(&self) -> Finding {
        let ready = self.reached.workloads.iter().filter(|met| met.level > Standard::Privileged);
        let others = ready.map(|met| met.level).min().map_or_else(String::new, |level| {
            format!(
                " If it has to be so, move that to a namespace of its own: all else here meets `{}`.",
                level.name()
            )
        });
        let reason = format!("`baseline` waits for {}.{others}", self.below());
        let message = "its pods meet no level of Pod Security but `privileged`";
        self.finding(message.to_owned(), Fix::manual(reason)).note()
    }

    /// What refuses nothing.
    fn tell(&self, modes: &[Mode]) -> Finding {
        let names = quoted(modes.iter().map(|mode| mode.name)).replace(", ", " and ");
        let level = self.reached.level();
        let below = match level {
            Standard::Baseline => format!(" `restricted` waits for {}.", self.below()),
            _ => String::new(),
        };
        let unseen = self.reached.unseen.as_ref();
        let unseen = unseen.map(|why| format!(" Not all of it is seen here: {why}."));
        let command = Some(format!(" {}", self.command()));
        let command = command.filter(|_| !self.world.settings.enforce);
        let reason = format!(
            "They refuse nothing: the API server warns of pods that do not meet the level.{below}{}{}",
            unseen.unwrap_or_default(),
            command.unwrap_or_default()
        );
        let wishes = modes.iter().flat_map(|mode| self.wishes(mode));
        let fix =
            self.pinned(modes).unwrap_or_else(|| Fix::safe(wishes.collect::<Vec<_>>(), reason));
        self.finding(self.asks(&names), fix)
    }

    /// What refuses pods.
    fn enforce(&self, mode: Mode) -> Finding {
        let message = self.asks("`enforce`");
        let obstacle = self.obstacle();
        let fix = match (obstacle, self.pinned(std::slice::from_ref(&mode))) {
            (Some(why), _) => Fix::manual(format!(
                "{why}. What is not seen here may be refused. {}",
                self.command()
            )),
            (None, Some(fix)) => fix,
            (None, None) => Fix::risky(
                self.wishes(&mode),
                format!(
                    "Pods of this namespace that are not in these files are refused if they do not \
                     meet it. {}",
                    self.command()
                ),
            ),
        };
        self.finding(message, fix)
    }

    fn finding(&self, message: String, fix: Fix) -> Finding {
        let node = self.namespace.node();
        let at = ["metadata/labels", "metadata/name"].into_iter().find_map(|path| node.at(path));
        let evidence = self.reached.below().filter(|_| self.world.settings.evidence);
        let evidence = evidence.map(|met| Evidence::Object {
            role: Role::Workload,
            name: met.name.clone(),
            shown: format!("it does not meet more: {}", met.kept_by.join(", ")),
            place: met.place.clone(),
        });
        let fix = fix.resting_on(evidence.collect::<Vec<_>>());
        Finding::about(self.namespace, at.unwrap_or(node), message, fix).warning()
    }

    fn asks(&self, names: &str) -> String {
        // The same one may be there in several states.
        let workloads: BTreeSet<(&str, &str)> =
            self.reached.workloads.iter().map(|met| (&*met.kind, &*met.name)).collect();
        let workloads = match workloads.len() {
            1 => "its workload meets after the fixes".to_owned(),
            count => format!("its {count} workloads meet after the fixes"),
        };
        let do_not = if names.contains(" and ") { "do not ask" } else { "does not ask" };
        format!("{names} {do_not} for `{}`, which {workloads}", self.reached.level().name())
    }

    /// Both labels of a mode; a version that is newer stays.
    fn wishes(&self, mode: &Mode) -> Vec<Wish> {
        let labels = self.namespace.pointer().into_join("metadata/labels");
        let set = |key: String, value: String| Wish::Set {
            at: labels.child(format!("{PREFIX}{key}")),
            value: value.into(),
        };
        let version = self.world.settings.pod_security.pinned();
        let mut wishes = vec![set(mode.name.to_owned(), self.reached.level().name().to_owned())];
        if mode.version.is_none_or(|its| its < version) {
            wishes.push(set(format!("{}-version", mode.name), version.to_string()));
        }
        wishes
    }

    /// What to say where a label holds pods to a version that nobody looked at.
    fn pinned(&self, modes: &[Mode]) -> Option<Fix> {
        let asked = self.world.settings.pod_security;
        let newer = |mode: &Mode| {
            let version = mode.version.filter(|its| asked != Version::LATEST && *its > asked)?;
            Some((mode.name, version))
        };
        let (mode, version) = modes.iter().find_map(newer)?;
        Some(Fix::manual(format!(
            "`{mode}-version` is `{version}`, and this looks at `{asked}`: say \
             `--pod-security-version {version}`, or change the label."
        )))
    }

    /// Why nothing may be refused; a fragment in upper case.
    fn obstacle(&self) -> Option<String> {
        let inventory = self.world.inventory;
        let mesh = || {
            let key = self.namespace.asks_for_sidecars()?;
            Some(format!("`{key}` has containers added to its pods"))
        };
        let levels = self.levels;
        let operated = || {
            let object = levels.operated(&inventory.names_of(self.namespace))?;
            Some(format!("Something may make pods of {object}"))
        };
        let lost = || {
            let lost = levels.lost()?;
            Some(format!("{lost} does not say its namespace, as `--default-namespace` can"))
        };
        let incomplete = || {
            let complete = self.world.is_complete();
            (!complete).then(|| "Not all that belongs together is here".to_owned())
        };
        let unseen = || self.reached.unseen.as_deref().map(capitalized);
        mesh()
            .or_else(unseen)
            .or_else(operated)
            .or_else(incomplete)
            .or_else(lost)
            .or_else(|| self.policy())
    }

    /// Why a PodSecurityPolicy stands in the way.
    fn policy(&self) -> Option<String> {
        let level = self.reached.level();
        let names = self.world.inventory.names_of(self.namespace);
        self.world.inventory.of_kind("PodSecurityPolicy").find_map(|policy| {
            let reach = self.world.policy_uses().reach(&policy.name());
            let value =
                policy.node().value().ok().filter(|_| !reach.namespaces.is_disjoint(&names))?;
            let its = Translation::of(&value, &policy.name(), &[]).ok()?.level;
            (its < level).then(|| {
                let name = policy.name();
                format!("PodSecurityPolicy `{name}` lets pods of it do what `{}` does", its.name())
            })
        })
    }

    /// The workloads that keep it from the next level, and the rules that they do not meet.
    fn below(&self) -> String {
        let titles =
            self.reached.below().map(|met| format!("{} ({})", met.title(), quoted(&met.kept_by)));
        let mut seen = BTreeSet::new();
        let below: Vec<String> = titles.filter(|title| seen.insert(title.clone())).collect();
        let shown = below.iter().take(SOME).cloned();
        let more = below.len().saturating_sub(SOME);
        let more = (more > 0).then(|| format!("{more} more"));
        let all: Vec<String> = shown.chain(more).collect();
        match &all[..] {
            [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
            _ => all.concat(),
        }
    }

    fn command(&self) -> String {
        let level = self.reached.level().name();
        format!(
            "This lists the pods of a cluster that `{level}` refuses, and changes nothing: `kubectl \
             label --dry-run=server --overwrite ns {} {PREFIX}enforce={level}`.",
            self.reached.name
        )
    }
}

/// A fragment at the start of a sentence.
fn capitalized(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
