//! What mends findings, as RFC 6902 has it: for programs that change values, and not texts.
//!
//! In: a [`Plan`] and the objects that it speaks of. Out: [`Operations`].

use json_patch::Patch;

use super::{Fate, Plan};
use crate::{manifest::Object, yaml};

/// Operations on documents as they are, in the paths of these.
///
/// Law: those of all objects of a document, one after the other, do what the change does.
#[derive(Debug, Default)]
pub struct Operations {
    /// What mends each entry of the plan alone; nothing if that is for a person to find.
    ///
    /// Two of these need not go together: each adds the parents that it misses.
    pub entries: Vec<Patch>,
    /// What the change does to each subject of the plan.
    pub subjects: Vec<Patch>,
}

impl Operations {
    /// `objects` are the subjects of the plan.
    pub(crate) fn of(plan: &Plan, objects: &[Object<'_>]) -> Operations {
        let mut operations = Operations::default();
        let by_subject = plan.entries.chunk_by(|one, other| one.subject == other.subject);
        operations.subjects.resize_with(objects.len(), Patch::default);
        for entries in by_subject {
            let subject = entries[0].subject;
            let (root, at) = (objects[subject].node(), &plan.subjects[subject].pointer);
            let mend =
                |wishes: Vec<_>| yaml::operations_below(root, at, wishes).unwrap_or_default();
            let alone = entries.iter().map(|entry| mend(entry.finding.fix.wishes.iter().collect()));
            operations.entries.extend(alone);
            let mended = entries.iter().filter(|entry| entry.fate == Fate::Mended);
            let wishes = mended.flat_map(|entry| &entry.finding.fix.wishes);
            operations.subjects[subject] = mend(wishes.collect());
        }
        operations
    }
}
