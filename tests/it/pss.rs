//! Kubernetes' own fixtures of the Pod Security Standards judge the rules, each at its own level
//! and version.
//!
//! Each fixture that fails does so for one reason, and each that passes has none: so a rule finds
//! something in the fixtures of its own control, and no rule finds anything in the others. What
//! `fix` changes passes then; what it does not is held, with the reason.

use std::{collections::BTreeMap, path::Path};

use seaworthy::{
    host,
    plan::Fate,
    review::{Review, Source, review},
    rules::Level,
};

use crate::{corpus, law};

/// The controls, by the names of their fixtures, and the rules that see to them.
const CONTROLS: &[(&str, &[&str])] = &[
    ("allowprivilegeescalation", &["allow-privilege-escalation"]),
    ("apparmorprofile", &["apparmor-profile"]),
    ("capabilities_baseline", &["added-capabilities"]),
    ("capabilities_restricted", &["added-capabilities", "drop-capabilities"]),
    ("hostnamespaces", &["host-namespaces"]),
    ("hostpathvolumes", &["host-path-volumes"]),
    ("hostports", &["host-ports"]),
    ("hostprobesandhostlifecycle", &["host-probes"]),
    ("privileged", &["privileged"]),
    ("procmount", &["proc-mount"]),
    ("procmount_restricted", &["proc-mount"]),
    ("restrictedvolumes", &["host-path-volumes", "volume-types"]),
    ("runasnonroot", &["run-as-non-root"]),
    ("runasuser", &["run-as-user"]),
    ("seccompprofile_baseline", &["seccomp-profile"]),
    ("seccompprofile_restricted", &["seccomp-profile"]),
    ("selinuxoptions", &["selinux-options"]),
    ("sysctls", &["sysctls"]),
    // The API server takes `hostProcess` only with the host's network.
    ("windowshostprocess", &["host-namespaces", "host-process"]),
];
/// What fails for one more reason: the fixture has no securityContext at all, or the API server
/// would refuse the other field beside it.
const TWICE: &[(&str, &str)] = &[
    ("restricted/allowprivilegeescalation3", "drop-capabilities"),
    ("restricted/privileged0", "allow-privilege-escalation"),
    ("restricted/privileged1", "allow-privilege-escalation"),
];

#[test]
fn what_kubernetes_refuses_is_found_and_nothing_else() {
    let Some(root) = corpus::shared("pss") else { return };
    let (mut counts, mut wrong) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for file in corpus::files(&root.join("suites/pss")) {
        let name = file.path.strip_prefix(root.join("suites/pss")).unwrap();
        let mut count = |what| *counts.entry(what).or_default() += 1;
        count("fixtures");
        let steps: Vec<&str> = name.iter().map(|step| step.to_str().unwrap()).collect();
        let [level, version, verdict, _] = steps[..] else { panic!("{}", name.display()) };
        let args = ["fix", "--profile", level, "--pod-security-version", version];
        let settings = host::settings(&args, "").unwrap();
        let sources = vec![Source::new("fixture.yaml", file.text.clone().into())];
        let first = review(sources.clone(), &settings);
        let found = violated(&first);
        let fails = verdict == "fail";
        match found.is_empty() != fails {
            true => count("agree"),
            false => wrong.push(format!("{}: found {found:?}", name.display())),
        }
        for rule in found.iter().filter(|rule| fails && !sees(level, name, rule)) {
            wrong.push(format!("{}: {rule} sees to another control", name.display()));
        }
        let broken = law::hold(&sources, &settings, &first);
        wrong.extend(broken.into_iter().map(|law| format!("{}: {law}", name.display())));
        let changed = first.sources[0].plan.change.is_some();
        let left = violated(&review(law::written(&first), &settings));
        match (fails, changed, left.is_empty()) {
            (true, true, true) => count("fail, mended"),
            (true, false, false) if held(&first) => count("fail, held with the reason"),
            (false, false, true) => count("pass, left alone"),
            _ => wrong.push(format!("{}: changed {changed}, leaves {left:?}", name.display())),
        }
    }
    eprintln!("pss: {counts:?}");
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(counts["agree"], counts["fixtures"], "{counts:?}");
    assert_eq!(counts["fixtures"], 546, "there are that many");
}

/// The rules that find that a Pod Security Standard is violated.
pub fn violated(review: &Review) -> Vec<&'static str> {
    let entries = review.sources.iter().flat_map(|reviewed| &reviewed.plan.entries);
    let errors = entries.filter(|entry| entry.finding.level == Level::Error);
    let mut rules: Vec<_> = errors.map(|entry| entry.rule.id).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// Whether a rule may find something in a fixture that fails.
fn sees(level: &str, name: &Path, rule: &str) -> bool {
    let name = name.file_stem().unwrap().to_str().unwrap();
    let control = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let its = CONTROLS.iter().find(|(its, _)| *its == control);
    let (_, rules) = its.unwrap_or_else(|| panic!("`{control}` is a control that no list names"));
    rules.contains(&rule) || TWICE.contains(&(&*format!("{level}/{name}"), rule))
}

/// Whether everything that was found stays, and each with a reason.
fn held(review: &Review) -> bool {
    let entries = &review.sources[0].plan.entries;
    entries.iter().all(|it| it.fate != Fate::Mended && !it.finding.fix.reason.is_empty())
}
