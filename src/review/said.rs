//! What is said of one source, until nothing changes it any more.
//!
//! In: what rules found, and what plans make of it. Out: its [`Outcome`].

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Gap, Outcome, Problem, Settings};
use crate::{
    manifest::Object,
    plan::{Operations, Plan, look_again},
};

/// What one source adds to the counts.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) objects: usize,
    pub(super) workloads: usize,
    pub(super) kinds: BTreeMap<String, usize>,
}

/// What comes of one source, before it is given back its text.
pub(super) struct Said {
    pub(super) outcome: Outcome,
    pub(super) plan: Plan,
    pub(super) problems: Vec<Problem>,
    pub(super) gaps: Vec<Gap>,
    pub(super) seen: Seen,
}

/// The same, with the objects that the plan speaks of, while others may still have a say in it.
pub(super) struct Spoken<'t> {
    pub(super) said: Said,
    pub(super) subjects: Vec<Object<'t>>,
}

/// Concludes what is said of each source, on all processors if anything takes time.
pub(super) fn conclude(spoken: Vec<Spoken<'_>>, settings: &Settings) -> Vec<Said> {
    match settings.operations {
        true => spoken.into_par_iter().map(|spoken| spoken.conclude(settings)).collect(),
        false => spoken.into_iter().map(|spoken| spoken.conclude(settings)).collect(),
    }
}

impl From<Said> for Spoken<'_> {
    fn from(said: Said) -> Self {
        Spoken { said, subjects: Vec::new() }
    }
}

impl Spoken<'_> {
    /// Says what comes of the plan, which does not change any more.
    pub(super) fn conclude(self, settings: &Settings) -> Said {
        let Spoken { mut said, subjects } = self;
        let plan = &mut said.plan;
        if let Some(change) = &plan.change
            && plan.subjects.iter().any(|subject| subject.refusal.is_some())
        {
            look_again(&mut plan.subjects, &change.text, &settings.workloads);
        }
        if settings.operations {
            plan.operations = Some(Operations::of(plan, &subjects));
        }
        said.outcome = match () {
            _ if plan.change.is_some() || plan.mended() > 0 => Outcome::Changed,
            _ if !said.problems.is_empty() => Outcome::Refused,
            _ if !plan.entries.is_empty() => Outcome::Held,
            _ => said.outcome,
        };
        said
    }
}

impl Said {
    pub(super) fn new(outcome: Outcome) -> Said {
        let (plan, seen) = (Plan::default(), Seen::default());
        Said { outcome, plan, problems: Vec::new(), gaps: Vec::new(), seen }
    }

    pub(super) fn refused(problems: Vec<Problem>) -> Said {
        Said { problems, ..Said::new(Outcome::Refused) }
    }
}
