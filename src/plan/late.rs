//! Findings that are known when all others are planned.

use super::{Entry, Plan, Subject, first, judge};
use crate::{
    rules::{Finding, Rule, Trust},
    text::Lines,
    yaml::Tree,
};

impl Plan {
    /// Adds findings on the subject of an index, which is given if it is new. The plan has to be
    /// [edited](Plan::edit) anew.
    pub(crate) fn add(
        &mut self,
        index: usize,
        subject: Option<Subject>,
        tree: &Tree<'_>,
        findings: Vec<(&'static Rule, Finding)>,
        trust: Trust,
    ) {
        if let Some(subject) = subject {
            self.subjects.insert(index, subject);
            let behind = self.entries.iter_mut().filter(|entry| entry.subject >= index);
            behind.for_each(|entry| entry.subject += 1);
        }
        let lines = Lines::new(tree.text());
        let root = tree.root(self.subjects[index].document);
        let start = self.entries.partition_point(|entry| entry.subject < index);
        let mut end = self.entries.partition_point(|entry| entry.subject <= index);
        for (rule, finding) in findings {
            let byte = root.map_or(0, |root| first(root.walk(&finding.at).0));
            let (position, fate) = (lines.position(byte), judge(&finding, trust));
            self.entries.insert(end, Entry { rule, subject: index, finding, position, fate });
            end += 1;
        }
        self.entries[start..end].sort_by(|one, other| one.order().cmp(&other.order()));
    }
}
