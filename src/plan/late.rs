//! Findings that are known when all others are planned.

use super::{Entry, Plan, Subject, first, judge};
use crate::{
    rules::{Finding, Rule, Trust},
    text::Lines,
    yaml::{Trail, Tree},
};

/// What was found of one subject, late.
pub(crate) struct Late {
    /// Its place among the subjects, once all are in.
    pub(crate) index: usize,
    /// The subject, if it is new.
    pub(crate) subject: Option<Subject>,
    /// What was found.
    pub(crate) findings: Vec<(&'static Rule, Finding)>,
}

impl Plan {
    /// Adds findings, in the order of their subjects. The plan has to be [edited](Plan::edit) anew.
    pub(crate) fn add(&mut self, late: Vec<Late>, tree: &Tree<'_>, trust: Trust) {
        let lines = Lines::new(tree.text());
        let mut known = std::mem::take(&mut self.subjects).into_iter();
        let mut entries = std::mem::take(&mut self.entries).into_iter().peekable();
        // How many subjects that are new stand before those that follow.
        let mut new = 0;
        for Late { index, subject, findings } in late {
            let missing = index - self.subjects.len();
            self.subjects.extend(known.by_ref().take(missing));
            while let Some(entry) = entries.next_if(|entry| entry.subject + new < index) {
                self.entries.push(Entry { subject: entry.subject + new, ..entry });
            }
            let start = self.entries.len();
            match subject {
                Some(subject) => {
                    self.subjects.push(subject);
                    new += 1;
                }
                None => {
                    self.subjects.extend(known.next());
                    while let Some(entry) = entries.next_if(|entry| entry.subject + new == index) {
                        self.entries.push(Entry { subject: index, ..entry });
                    }
                }
            }
            let root = tree.root(self.subjects[index].document);
            let mut trail = root.map(Trail::new);
            for (rule, finding) in findings {
                let byte = trail.as_mut().map_or(0, |trail| first(trail.walk(&finding.at).0));
                let (position, fate) = (lines.position(byte), judge(&finding, trust));
                self.entries.push(Entry { rule, subject: index, finding, position, fate });
            }
            self.entries[start..].sort_by(|one, other| one.order().cmp(&other.order()));
        }
        self.subjects.extend(known);
        let behind = entries.map(|entry| Entry { subject: entry.subject + new, ..entry });
        self.entries.extend(behind);
    }
}
