//! Which level of Pod Security the workloads of a namespace meet, once all else is planned.
//!
//! In: the workloads, as the fixes leave them. Out: [`Levels`], of which the rule of the labels makes
//! findings.

use std::collections::{BTreeSet, HashMap};

use super::{Level, Profile, Settings, World, check};
use crate::{
    generate::Standard,
    manifest::{Inventory, Object, Place},
    yaml::Pointer,
};

/// What was reached, by the namespaces of the input that have workloads.
#[derive(Debug)]
pub struct Levels {
    reached: HashMap<(usize, usize, Pointer), Reached>,
    /// What may make pods that no manifest shows, by its namespace; nothing unless pods are to be
    /// refused.
    operated: HashMap<String, String>,
    /// A workload of which nobody knows the namespace.
    lost: Option<String>,
}

/// What the workloads of one namespace have reached.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    /// What the namespace is called in a cluster.
    pub name: String,
    /// Its workloads, in the order of sources and documents.
    pub workloads: Vec<Met>,
    /// What keeps anyone from knowing all its pods, as far as it shows in workloads and in what
    /// brings others; a fragment.
    pub unseen: Option<String>,
}

/// What one workload meets.
#[derive(Clone, Debug)]
pub struct Met {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub place: Option<Place>,
    /// The kustomization that makes it meet no more; none if it is so without.
    pub under: Option<String>,
    /// The highest level that it meets.
    pub level: Standard,
    /// The rules that keep it from the next one.
    pub kept_by: Vec<&'static str>,
}

/// The Pod Security Standards and nothing else, as settings.
pub struct Standards {
    restricted: Settings,
    baseline: Settings,
}

/// Judges workloads by the Pod Security Standards.
pub struct Judge<'t> {
    restricted: World<'t>,
    baseline: World<'t>,
}

impl Levels {
    /// Nothing is reached yet.
    pub fn new(world: &World<'_>) -> Levels {
        let mut levels = Levels { reached: HashMap::new(), operated: HashMap::new(), lost: None };
        if world.settings.enforce {
            let inventory = world.inventory;
            let called = |object: Object<'_>| format!("{} `{}`", object.kind(), object.name());
            let operated = inventory.operated().into_iter();
            levels.operated = operated.map(|(name, object)| (name, called(object))).collect();
            let mut workloads =
                inventory.objects().iter().filter(|object| object.workload().is_some());
            let lost = workloads.find(|object| inventory.namespaces_of(**object).is_empty());
            levels.lost = lost.map(|object| called(*object));
        }
        levels
    }

    /// What may make pods in a namespace of one of these names that no manifest shows.
    pub(super) fn operated(&self, names: &BTreeSet<String>) -> Option<&str> {
        names.iter().find_map(|name| self.operated.get(name)).map(String::as_str)
    }

    /// A workload of which nobody knows the namespace.
    pub(super) fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    /// Takes what a namespace has reached.
    pub fn add(&mut self, namespace: Object<'_>, reached: Reached) {
        self.reached.insert(spot(namespace), reached);
    }

    pub(super) fn of(&self, namespace: Object<'_>) -> Option<&Reached> {
        self.reached.get(&spot(namespace))
    }
}

fn spot(object: Object<'_>) -> (usize, usize, Pointer) {
    (object.source(), object.document(), object.pointer())
}

impl Reached {
    /// The highest level that all its workloads meet.
    pub(super) fn level(&self) -> Standard {
        self.workloads.iter().map(|met| met.level).min().unwrap_or(Standard::Privileged)
    }

    /// Those that keep it from the next level.
    pub(super) fn below(&self) -> impl Iterator<Item = &Met> {
        let level = self.level();
        self.workloads.iter().filter(move |met| met.level == level && level < Standard::Restricted)
    }
}

impl Met {
    /// ``Deployment `web` ``, ``Deployment `web` under `edge/kustomization.yaml` ``
    pub(super) fn title(&self) -> String {
        let (kind, name) = (&self.kind, &self.name);
        match &self.under {
            Some(under) => format!("{kind} `{name}` under `{under}`"),
            None => format!("{kind} `{name}`"),
        }
    }
}

impl Standards {
    /// In the version that is asked for; nothing else that is asked for matters to them.
    pub fn of(settings: &Settings) -> Standards {
        let profile = |profile| Settings {
            profile,
            pod_security: settings.pod_security.pinned(),
            default_namespace: settings.default_namespace.clone(),
            ..Settings::default()
        };
        Standards { restricted: profile(Profile::Restricted), baseline: profile(Profile::Baseline) }
    }

    /// Who judges by them.
    pub fn judge<'t>(&'t self, inventory: &'t Inventory<'t>) -> Judge<'t> {
        let [restricted, baseline] =
            [&self.restricted, &self.baseline].map(|settings| World::new(inventory, settings));
        Judge { restricted, baseline }
    }
}

impl Judge<'_> {
    /// The highest level that a workload meets as it stands, and the rules that keep it from the
    /// next one.
    pub fn level(&self, object: Object<'_>) -> (Standard, Vec<&'static str>) {
        let restricted = broken(object, &self.restricted);
        if restricted.is_empty() {
            return (Standard::Restricted, restricted);
        }
        let baseline = broken(object, &self.baseline);
        match baseline.is_empty() {
            true => (Standard::Baseline, restricted),
            false => (Standard::Privileged, baseline),
        }
    }
}

/// The rules of a standard that an object does not meet.
fn broken(object: Object<'_>, world: &World<'_>) -> Vec<&'static str> {
    let findings = check(object, world);
    let errors = findings.iter().filter(|(_, finding)| finding.level == Level::Error);
    let mut rules: Vec<&'static str> = errors.map(|(rule, _)| rule.id).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}
