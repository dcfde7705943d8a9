//! Kubernetes' own verdict against ours, on every workload of the corpus and of the suites: the
//! checks of `k8s.io/pod-security-admission/policy`, control by control, before `fix` and after it.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use seaworthy::{
    host,
    manifest::{self, Inventory, Object},
    review::{Settings, Source, review},
    rules::{self, Level, World},
    yaml::Tree,
};

use crate::{
    corpus::{self, File},
    mutation::{self, Dice},
    pods,
    referee::{self, As},
};

const STANDARDS: &[&str] = &[
    "baseline/latest",
    "restricted/latest",
    "baseline/v1.35",
    "restricted/v1.35",
    "baseline/v1.34",
    "restricted/v1.34",
    "baseline/v1.29",
    "restricted/v1.29",
    "baseline/v1.24",
    "restricted/v1.24",
    "baseline/v1.18",
    "restricted/v1.18",
];
/// What Kubernetes says that a pod does, and the rules of which at least one must say it too.
const CONTROLS: &[(&str, &[&str])] = &[
    ("allowPrivilegeEscalation != false", &["allow-privilege-escalation"]),
    ("forbidden AppArmor profile", &["apparmor-profile"]),
    ("forbidden AppArmor profiles", &["apparmor-profile"]),
    ("forbidden sysctls", &["sysctls"]),
    ("host namespaces", &["host-namespaces"]),
    ("hostPath volumes", VOLUMES),
    ("hostPort", &["host-ports"]),
    ("hostProcess", &["host-process"]),
    ("non-default capabilities", CAPABILITIES),
    ("privileged", &["privileged"]),
    ("probe or lifecycle host", &["host-probes"]),
    ("procMount", &["proc-mount"]),
    ("restricted volume types", VOLUMES),
    ("runAsNonRoot != true", IDENTITY),
    ("runAsUser=0", IDENTITY),
    ("seLinuxOptions", &["selinux-options"]),
    ("seccompProfile", &["seccomp-profile"]),
    ("unrestricted capabilities", CAPABILITIES),
];
const CAPABILITIES: &[&str] = &["added-capabilities", "drop-capabilities"];
const IDENTITY: &[&str] = &["run-as-non-root", "run-as-user"];
const VOLUMES: &[&str] = &["host-path-volumes", "volume-types"];

/// The controls that a workload violates, each by the first of its rules.
type Verdict = BTreeSet<&'static str>;

/// A workload before the referee.
struct Trial {
    /// Where it is from, and what it is called.
    title: String,
    /// What the referee is asked: a question for each of its pods.
    questions: Vec<String>,
    /// What we think of it, by each standard in the question.
    ours: Vec<Verdict>,
}

#[test]
fn pods_are_judged_as_kubernetes_judges_them() {
    let Some(files) = corpus::all("pods_are_judged_as_kubernetes_judges_them") else { return };
    judge("the corpus", &files);
}

#[test]
fn invented_pods_are_judged_as_kubernetes_judges_them() {
    let invented = |seed| File {
        path: format!("invented {seed}").into(),
        text: pods::invent(&mut Dice::new(seed)),
    };
    judge("invented pods", &(0..mutation::count() as u64 / 5).map(invented).collect::<Vec<_>>());
}

fn judge(what: &str, files: &[File]) {
    let Some(program) = referee::referee() else { return };
    let settings: Vec<Settings> = STANDARDS.iter().map(|standard| settings(standard)).collect();
    let mut wrong = Vec::new();
    for when in ["before", "after"] {
        let trials: Vec<Trial> = match when {
            "before" => files.par_iter().flat_map_iter(|file| before(file, &settings)).collect(),
            _ => files.par_iter().flat_map_iter(|file| after(file, &settings)).collect(),
        };
        let (mut counts, mut refused) = (BTreeMap::<&str, usize>::new(), Vec::new());
        let questions: Vec<&str> =
            trials.iter().flat_map(|trial| &trial.questions).map(String::as_str).collect();
        let mut answers = referee::theirs(program, As::Pod, &questions).into_iter();
        for trial in &trials {
            let its: Vec<_> = answers.by_ref().take(trial.questions.len()).collect();
            *counts.entry("workloads").or_default() += 1;
            // What does not decode never reaches the checks.
            if let Some(error) = its.iter().find_map(|reading| reading.error.as_deref()) {
                refused.push(format!("{}: {error}", trial.title));
                continue;
            }
            for (index, ours) in trial.ours.iter().enumerate() {
                let reasons = its.iter().flat_map(|reading| reading.values[index].lines());
                let theirs: Verdict = reasons.map(control).collect();
                *counts.entry("verdicts").or_default() += 1;
                *counts.entry(if theirs.is_empty() { "accept" } else { "refuse" }).or_default() +=
                    1;
                if *ours != theirs {
                    let standard = trial.questions[0].lines().next().unwrap();
                    let standard = standard.split(' ').nth(index).unwrap();
                    let title = &trial.title;
                    wrong
                        .push(format!("{when}, {standard}, {title}: we {ours:?}, they {theirs:?}"));
                }
            }
        }
        eprintln!("{what}, verdicts {when} fix: {counts:?}; {} do not decode", refused.len());
        if when == "before" {
            refused.iter().for_each(|why| eprintln!("  {why}"));
        }
        assert!(counts["verdicts"] > 1000, "{counts:?}");
    }
    let first = &wrong[..wrong.len().min(30)];
    assert!(wrong.is_empty(), "{} verdicts differ:\n{}", wrong.len(), first.join("\n"));
}

fn settings(standard: &str) -> Settings {
    let (level, version) = standard.split_once('/').unwrap();
    host::settings(&["fix", "--profile", level, "--pod-security-version", version], "").unwrap()
}

fn control(reason: &str) -> &'static str {
    let found = CONTROLS.iter().find(|(its, _)| *its == reason);
    found.unwrap_or_else(|| panic!("`{reason}` is a reason that no list names")).1[0]
}

fn before(file: &File, settings: &[Settings]) -> Vec<Trial> {
    trials(&file.path.display().to_string(), &file.text, &STANDARDS.join(" "), settings)
}

/// The workloads of the files as `fix` leaves them, each standard for itself.
fn after(file: &File, settings: &[Settings]) -> Vec<Trial> {
    let name = file.path.display().to_string();
    let fixed = settings.iter().zip(STANDARDS).filter_map(|(settings, standard)| {
        let source = Source::new(name.as_str(), file.text.clone().into());
        let change = review(vec![source], settings).sources.remove(0).plan.change?;
        Some(trials(&name, &change.text, standard, std::slice::from_ref(settings)))
    });
    fixed.flatten().collect()
}

/// Every workload of a text that is one, and no part of one.
fn trials(name: &str, text: &str, standards: &str, settings: &[Settings]) -> Vec<Trial> {
    let Ok(tree) = Tree::parse(text) else { return Vec::new() };
    let sources = [manifest::Source::new(name, tree, &[])];
    let inventory = Inventory::new(&sources, None);
    let whole =
        |object: &&Object<'_>| object.workload().is_some() && inventory.gap(**object).is_none();
    let trial = |object: &Object<'_>| {
        let pods = object.pods().into_iter();
        Trial {
            title: format!("{name}: {} {}", object.kind(), object.name()),
            questions: pods
                .map(|pod| format!("{standards}\n{}", pod.template().value().unwrap()))
                .collect(),
            ours: settings.iter().map(|settings| ours(*object, &inventory, settings)).collect(),
        }
    };
    inventory.objects().iter().filter(whole).map(trial).collect()
}

fn ours(object: Object<'_>, inventory: &Inventory<'_>, settings: &Settings) -> Verdict {
    let findings = rules::check(object, &World::new(inventory, &settings.rules));
    let errors = findings.iter().filter(|(_, finding)| finding.level == Level::Error);
    errors
        .map(|(rule, _)| {
            let its = CONTROLS.iter().find(|(_, rules)| rules.contains(&rule.id));
            its.unwrap_or_else(|| panic!("`{}` sees to no control", rule.id)).1[0]
        })
        .collect()
}
