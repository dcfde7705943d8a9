//! What all workloads have reached, so that nobody falls behind it.
//!
//! In: the objects as they are when they are fixed. Out: the controls that all of them meet, and
//! who does not meet the others.

use std::collections::BTreeSet;

use super::{Action, Control, Policy, Preset, SYSTEM, registry};
use crate::manifest::{Inventory, Object, Pod};

/// The state that was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ratchet {
    /// How many workloads there are, without those of the system's namespaces.
    pub workloads: usize,
    /// What all of them meet.
    pub met: Vec<Control>,
    /// What some of them do not meet.
    pub missed: Vec<Missed>,
    /// Where images may come from.
    pub registries: Vec<String>,
    /// The namespaces of the workloads; none if it is not known of all.
    pub namespaces: Option<Vec<String>>,
}

/// Who does not meet a control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The control.
    pub control: Control,
    /// The workloads: `Deployment shop/web`.
    pub workloads: Vec<String>,
}

/// A workload and its pods.
struct Counted<'t> {
    title: String,
    pods: Vec<Pod<'t>>,
}

impl Ratchet {
    /// What some objects of an inventory have reached of some controls. Images may come from
    /// `registries`, and if there are none, from where they come.
    pub fn of(
        objects: &[Object<'_>],
        inventory: &Inventory<'_>,
        controls: &[Control],
        registries: &[String],
    ) -> Ratchet {
        let objects: Vec<Object<'_>> = objects
            .iter()
            .copied()
            .filter(|object| object.workload().is_some() && inventory.gap(*object).is_none())
            .filter(|object| {
                let namespace = inventory.namespace_of(*object);
                !namespace.is_some_and(|namespace| SYSTEM.contains(&&*namespace))
            })
            .collect();
        let namespaces: Option<BTreeSet<String>> = objects
            .iter()
            .map(|object| inventory.namespace_of(*object).map(|it| it.into_owned()))
            .collect();
        let workloads: Vec<Counted<'_>> = objects
            .iter()
            .map(|object| Counted { title: title(*object, inventory), pods: object.pods() })
            .collect();
        let registries = match registries.is_empty() {
            true => used(&workloads),
            false => registries.to_vec(),
        };
        let (mut met, mut missed) = (Vec::new(), Vec::new());
        for &control in controls {
            let meets =
                |it: &&Counted<'_>| it.pods.iter().all(|pod| control.is_met(*pod, &registries));
            let mut behind = workloads.iter().filter(|it| !meets(it)).peekable();
            match behind.peek() {
                None => met.push(control),
                Some(_) => {
                    let workloads = behind.map(|it| it.title.clone()).collect();
                    missed.push(Missed { control, workloads });
                }
            }
        }
        let namespaces = namespaces.map(|names| names.into_iter().collect());
        Ratchet { workloads: workloads.len(), met, missed, registries, namespaces }
    }

    /// The policy that holds all pods to it; none if nothing is reached.
    ///
    /// Pods of namespaces that nobody looked at are not refused, if the namespaces are known.
    pub fn policy(&self, name: &str, action: Action) -> Option<Policy> {
        let mut policy = Policy {
            name: name.to_owned(),
            variables: Vec::new(),
            validations: Vec::new(),
            action,
            namespaces: match action {
                Action::Warn => Vec::new(),
                Action::Deny => self.namespaces.clone().unwrap_or_default(),
            },
        };
        for control in &self.met {
            let (variable, validation) = control.ask(&self.registries);
            policy.variables.extend(variable);
            policy.validations.push(validation);
        }
        (!policy.validations.is_empty()).then_some(policy)
    }
}

/// Those of some workloads to which a preset writes something.
pub fn silent(objects: &[Object<'_>], inventory: &Inventory<'_>, preset: Preset) -> Vec<String> {
    let objects = objects.iter().filter(|object| {
        inventory.gap(**object).is_none() && object.pods().iter().any(|pod| !preset.is_said(*pod))
    });
    objects.map(|object| title(*object, inventory)).collect()
}

/// Where the images come from, as far as they say it.
fn used(workloads: &[Counted<'_>]) -> Vec<String> {
    let pods = workloads.iter().flat_map(|workload| &workload.pods);
    let images = pods.flat_map(|pod| pod.containers()).map(|container| container.image());
    registry::outermost(images.filter_map(|image| registry::folder(&image)).collect())
}

fn title(object: Object<'_>, inventory: &Inventory<'_>) -> String {
    let namespace = inventory.namespace_of(object).map(|it| format!("{it}/"));
    format!("{} {}{}", object.kind(), namespace.unwrap_or_default(), object.name())
}
