//! How far `fix` gets on real manifests: a table to be read, and what must hold of it whatever the
//! figures are.

use std::collections::{BTreeMap, BTreeSet};

use seaworthy::{
    host,
    plan::{Entry, Fate, Hold, Subject},
    review::{Review, Source, review},
};

use crate::{corpus, law};

/// Findings of a workload, by the rule and why they stay.
type Held = BTreeMap<(&'static str, String), BTreeSet<String>>;

#[test]
fn what_does_not_become_restricted_is_held_with_a_reason() {
    let Some(root) = corpus::shared("what_does_not_become_restricted_is_held_with_a_reason") else {
        return;
    };
    let root = root.join("corpus/open");
    let sources = |files: Vec<corpus::File>| {
        let source = |file: corpus::File| {
            let name = file.path.strip_prefix(&root).unwrap().display().to_string();
            Source::new(name, file.text.into())
        };
        files.into_iter().map(source).collect::<Vec<_>>()
    };
    let restricted = host::settings(&["check", "--profile", "restricted"], "").unwrap();
    let before = review(sources(corpus::files(&root)), &restricted);
    let fix = host::settings(&["fix"], "").unwrap();
    let fixed = review(sources(corpus::files(&root)), &fix);
    let after = review(law::written(&fixed), &restricted);

    let (total, unfixed) = (before.workloads, failing(&before, None).len());
    let left = failing(&after, Some(&fixed));
    let share = |failing: usize| 100.0 * (total - failing) as f64 / total as f64;
    eprintln!("meet restricted: {:.1} % of {total} workloads before", share(unfixed));
    eprintln!("meet restricted: {:.1} % after ({} do not)", share(left.len()), left.len());
    let held = held(&fixed, &left);
    let mut lines: Vec<_> = held.iter().map(|((rule, why), who)| (who.len(), rule, why)).collect();
    lines.sort_by_key(|(n, ..)| std::cmp::Reverse(*n));
    for (n, rule, why) in &lines {
        eprintln!("{n:>5}  {rule}: {why}");
    }

    let told: BTreeSet<&String> = held.values().flatten().collect();
    let silent: Vec<&String> = left.iter().filter(|it| !told.contains(it)).collect();
    assert!(silent.is_empty(), "they fail, and nothing is held of them: {silent:#?}");
    let refused = held.iter().filter(|((_, why), _)| why.starts_with("cannot be edited"));
    let refused: BTreeSet<&String> = refused.flat_map(|(_, who)| who).collect();
    let n_refused = refused.len();
    assert!(n_refused * 200 < total, "{n_refused} of {total} because of their text: {refused:#?}");
}

/// The workloads that violate the standard, by their file and document; this is called what it was
/// before other documents were written beside it.
fn failing(review: &Review, fixed: Option<&Review>) -> BTreeSet<String> {
    let failing = review.sources.iter().enumerate().flat_map(|(index, reviewed)| {
        let old = fixed.and_then(|fixed| fixed.sources.get(index));
        let numbers = old.map(law::numbers).unwrap_or_default();
        let subjects = &reviewed.plan.subjects;
        let entries = reviewed.plan.entries.iter();
        let name = |entry: &Entry| name(&reviewed.source.name, &subjects[entry.subject], &numbers);
        entries.map(name).collect::<Vec<_>>()
    });
    failing.collect()
}

fn name(file: &str, subject: &Subject, numbers: &[String]) -> String {
    let own = subject.document.to_string();
    let document = numbers.get(subject.document).unwrap_or(&own);
    format!("{file}: {subject} in document {document}")
}

/// What is held of those workloads that the standard asks for.
fn held(fixed: &Review, left: &BTreeSet<String>) -> Held {
    let mut held = Held::new();
    for reviewed in &fixed.sources {
        for entry in &reviewed.plan.entries {
            let subject = &reviewed.plan.subjects[entry.subject];
            let name = name(&reviewed.source.name, subject, &[]);
            let Fate::Held(hold) = &entry.fate else { continue };
            if entry.rule.profile == seaworthy::rules::Profile::Hardened || !left.contains(&name) {
                continue;
            }
            let why = match hold {
                Hold::Manual => first_words(&entry.finding.fix.reason),
                Hold::Untrusted => "risky".to_owned(),
                Hold::Overlaid { .. } => "under a kustomization".to_owned(),
                Hold::Untied { .. } | Hold::Barred { .. } => "goes with another".to_owned(),
                Hold::Refused { refusal, .. } => format!("cannot be edited: {:?}", refusal.kind),
            };
            held.entry((entry.rule.id, why)).or_default().insert(name);
        }
    }
    held
}

/// The beginning of a reason, which many have in common, without names.
fn first_words(reason: &str) -> String {
    let plain = reason.split('`').step_by(2).collect::<Vec<_>>().join("…");
    plain.split_whitespace().take(9).collect::<Vec<_>>().join(" ")
}
