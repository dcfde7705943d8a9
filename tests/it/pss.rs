//! Kubernetes' own fixtures of the Pod Security Standards judge the rules.
//!
//! Each fixture that fails does so for one reason, and each that passes has none: so a rule finds
//! something in the fixtures of its own control, and no rule finds anything in the others.

use std::{collections::BTreeMap, path::Path};

use seaworthy::{
    manifest::{Inventory, Source},
    rules::{self, Context, Level, Profile, Settings},
    yaml::Tree,
};

use crate::corpus;

/// The controls that have a rule, by the names of their fixtures.
const COVERED: &[(&str, &str)] = &[
    ("allowprivilegeescalation", "allow-privilege-escalation"),
    ("capabilities_restricted", "drop-capabilities"),
    ("hostnamespaces", "host-namespaces"),
    ("privileged", "privileged"),
    ("runasnonroot", "run-as-non-root"),
    ("runasuser", "run-as-non-root"),
    ("seccompprofile_baseline", "seccomp-profile"),
    ("seccompprofile_restricted", "seccomp-profile"),
];
/// The controls that have none, and what a rule may find in their fixtures nonetheless.
const UNCOVERED: &[(&str, &[&str])] = &[
    ("apparmorprofile", &[]),
    ("capabilities_baseline", &[]),
    ("hostpathvolumes", &[]),
    ("hostports", &[]),
    ("hostprobesandhostlifecycle", &[]),
    ("procmount", &[]),
    ("procmount_restricted", &[]),
    ("restrictedvolumes", &[]),
    ("selinuxoptions", &[]),
    ("sysctls", &[]),
    // The API server takes `hostProcess` only with the host's network.
    ("windowshostprocess", &["host-namespaces"]),
];
/// What fails for one more reason: the fixture has no securityContext at all, or the API server
/// would refuse the other field beside it.
const TWICE: &[(&str, &str)] = &[
    ("restricted/allowprivilegeescalation3", "drop-capabilities"),
    ("restricted/privileged0", "allow-privilege-escalation"),
    ("restricted/privileged1", "allow-privilege-escalation"),
];
/// A fixture of a control that has a rule, but not for this part of it: it drops all capabilities,
/// and adds too many.
const ONLY_ADDS: &str = "capabilities_restricted3";

#[test]
fn what_kubernetes_refuses_is_found_and_nothing_else() {
    let Some(root) = corpus::shared("pss") else { return };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (level, profile) in [("baseline", Profile::Baseline), ("restricted", Profile::Restricted)] {
        for file in corpus::files(&root.join("suites/pss").join(level)) {
            let found = found(&file.text, profile);
            let (expected, kind) = expected(level, &file.path);
            *counts.entry(kind).or_default() += 1;
            if found != expected {
                let name = file.path.display();
                wrong.push(format!("{name}: found {found:?}, expected {expected:?}"));
            }
        }
    }
    eprintln!("pss: {counts:?}");
    assert!(wrong.is_empty(), "{} fixtures:\n{}", wrong.len(), wrong.join("\n"));
    assert!(counts["fails, covered"] >= 100 && counts["passes"] >= 100, "{counts:?}");
}

/// The rules that find an error.
fn found(text: &str, profile: Profile) -> Vec<&'static str> {
    let sources = [Source::new("fixture", Tree::parse(text).unwrap())];
    assert!(sources[0].problems().is_empty(), "{text}");
    let inventory = Inventory::new(&sources, None);
    let settings = Settings { profile, ..Settings::default() };
    let context = Context { inventory: &inventory, settings: &settings };
    let [object] = inventory.objects() else { panic!("a fixture is one object: {text}") };
    let findings = rules::check(*object, &context);
    let mut ids: Vec<_> = findings
        .iter()
        .inspect(|(_, finding)| assert_eq!(finding.level, Level::Error, "{}", finding.message))
        .map(|(rule, _)| rule.id)
        .collect();
    ids.dedup();
    ids
}

/// What is to be found in a fixture, and what to count it as.
fn expected(level: &str, path: &Path) -> (Vec<&'static str>, &'static str) {
    let name = path.file_stem().unwrap().to_str().unwrap();
    if path.parent().unwrap().ends_with("pass") {
        return (Vec::new(), "passes");
    }
    if name == ONLY_ADDS {
        return (Vec::new(), "fails, not covered");
    }
    let control = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if let Some((_, rule)) = COVERED.iter().find(|(its, _)| *its == control) {
        let twice = TWICE.iter().find(|(its, _)| *its == format!("{level}/{name}"));
        let mut rules: Vec<_> = twice.map(|(_, rule)| *rule).into_iter().chain([*rule]).collect();
        rules.sort_unstable();
        return (rules, "fails, covered");
    }
    let Some((_, rules)) = UNCOVERED.iter().find(|(its, _)| *its == control) else {
        panic!("`{control}` is a control that no list names")
    };
    (rules.to_vec(), "fails, not covered")
}
