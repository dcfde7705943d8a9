//! How far `fix` gets on real manifests: a table to be read, and what must hold of it whatever the
//! figures are.

use std::collections::{BTreeMap, BTreeSet};

use seaworthy::{
    host,
    plan::{Fate, Hold},
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

    let (total, unfixed) = (before.workloads, failing(&before).len());
    let left = failing(&after);
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

/// The workloads that violate the standard, by their file and place.
fn failing(review: &Review) -> BTreeSet<String> {
    let failing = review.sources.iter().flat_map(|reviewed| {
        let entries = reviewed.plan.entries.iter();
        entries.map(|entry| name(&reviewed.source.name, &reviewed.plan.subjects[entry.subject]))
    });
    failing.collect()
}

fn name(file: &str, subject: &seaworthy::plan::Subject) -> String {
    format!("{file}: {subject} in document {}{}", subject.document, subject.pointer.as_str())
}

/// What is held of those workloads that the standard asks for.
fn held(fixed: &Review, left: &BTreeSet<String>) -> Held {
    let mut held = Held::new();
    for reviewed in &fixed.sources {
        for entry in &reviewed.plan.entries {
            let name = name(&reviewed.source.name, &reviewed.plan.subjects[entry.subject]);
            let Fate::Held(hold) = &entry.fate else { continue };
            if entry.rule.profile == seaworthy::rules::Profile::Hardened || !left.contains(&name) {
                continue;
            }
            let why = match hold {
                Hold::Manual => first_words(&entry.finding.fix.reason),
                Hold::Untrusted => "risky".to_owned(),
                Hold::Overlaid { .. } => "under a kustomization".to_owned(),
                Hold::Untied { .. } => "goes with another".to_owned(),
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
