//! Fixes that lean on fixes of other objects, of whatever sources.
//!
//! In: the plans of all sources. Out: the same, in which what would be written without something that
//! it needs is held.

use std::collections::{BTreeSet, HashMap};

use super::{Fate, Hold, Plan};
use crate::rules::Tie;

/// Holds what lacks something that it needs; gives back the plans in which anything was held, which
/// have to be [edited](Plan::edit) anew.
pub(crate) fn settle(plans: &mut [&mut Plan]) -> Vec<usize> {
    let mut touched = Vec::new();
    loop {
        let met = met(plans);
        let mut lacking = Vec::new();
        for (index, plan) in plans.iter().enumerate() {
            for (place, entry) in plan.entries.iter().enumerate() {
                let Some(beyond) = &entry.finding.fix.beyond else { continue };
                let mut needs = beyond.needs.iter().filter(|_| entry.fate == Fate::Mended);
                if let Some(tie) = needs.find(|tie| met.get(tie) != Some(&true)) {
                    lacking.push((index, place, tie.clone()));
                }
            }
        }
        if lacking.is_empty() {
            touched.sort_unstable();
            touched.dedup();
            return touched;
        }
        for (index, place, tie) in lacking {
            let without = tie.to_string().into();
            plans[index].entries[place].fate = Fate::Held(Hold::Untied { without });
            touched.push(index);
        }
    }
}

/// Which plans lean on which others, each by its place: what is written of the first needs what is
/// written of the second.
pub(crate) fn leans<'p>(plans: impl Iterator<Item = &'p Plan> + Clone) -> BTreeSet<(usize, usize)> {
    let mended = |plan: &'p Plan| plan.entries.iter().filter(|entry| entry.fate == Fate::Mended);
    let beyond = plans.enumerate().flat_map(|(index, plan)| {
        mended(plan).filter_map(move |entry| Some((index, entry.finding.fix.beyond.as_ref()?)))
    });
    let mut met: HashMap<&Tie, BTreeSet<usize>> = HashMap::new();
    for (index, beyond) in beyond.clone() {
        if let Some(tie) = &beyond.tie {
            met.entry(tie).or_default().insert(index);
        }
    }
    let mut leans = BTreeSet::new();
    for (index, beyond) in beyond {
        let on = beyond.needs.iter().filter_map(|tie| met.get(tie)).flatten();
        leans.extend(on.filter(|on| **on != index).map(|on| (index, *on)));
    }
    leans
}

/// What is called so, and whether all of it is mended.
fn met(plans: &[&mut Plan]) -> HashMap<Tie, bool> {
    let mut met = HashMap::new();
    for entry in plans.iter().flat_map(|plan| &plan.entries) {
        if let Some(tie) = entry.finding.fix.beyond.as_ref().and_then(|beyond| beyond.tie.as_ref())
        {
            *met.entry(tie.clone()).or_insert(true) &= entry.fate == Fate::Mended;
        }
    }
    met
}
