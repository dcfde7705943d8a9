//! Kubernetes' own verdict on the levels that namespaces are labelled with: every workload of a
//! namespace passes at its level as `fix` leaves it, and one of them does not at the next.

use std::collections::BTreeMap;

use rayon::prelude::*;
use seaworthy::{
    host,
    manifest::{self, Inventory, Object},
    plan::Fate,
    review::{Review, Settings, Source, review},
    yaml::{Tree, Value, Wish},
};

use crate::{
    corpus, law,
    mutation::{self, Dice},
    pods,
    referee::{self, As},
};

const RULE: &str = "pod-security-labels";
const PREFIX: &str = "pod-security.kubernetes.io/";
const CHOICES: &[&[&str]] = &[
    &["fix", "--enforce"],
    &["fix", "--safe"],
    &["fix", "--select", RULE],
    &["fix", "--pod-security-version", "v1.24"],
    &["fix", "--pod-security-version", "v1.34", "--profile", "hardened"],
];
const SHOP: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n";

/// A level, and its version.
type Label = (String, String);

/// What is said of a namespace, and what its workloads are like then.
struct Trial {
    title: String,
    /// The level and version that it is labelled with; none if no level fits.
    label: Option<Label>,
    pods: Vec<Value>,
}

#[test]
fn what_namespaces_are_labelled_with_is_what_their_workloads_meet() {
    let test = "what_namespaces_are_labelled_with_is_what_their_workloads_meet";
    let Some(files) = corpus::all(test) else { return };
    let sources: Vec<Vec<Source>> = files
        .iter()
        .map(|file| vec![Source::new(file.path.display().to_string(), file.text.clone().into())])
        .collect();
    for choice in CHOICES {
        judge(&sources, choice, true);
    }
    // What kustomizations make of it counts too, and is not in the texts.
    judge(&[sources.into_iter().flatten().collect()], CHOICES[0], false);
}

#[test]
fn the_namespaces_of_invented_pods_are_labelled_with_what_they_meet() {
    let invented = |seed| {
        let text = format!("{SHOP}{}", pods::invent(&mut Dice::new(seed)));
        vec![Source::new(format!("invented {seed}"), text.into())]
    };
    let sources: Vec<Vec<Source>> = (0..mutation::count() as u64 / 10).map(invented).collect();
    for choice in CHOICES {
        judge(&sources, choice, true);
    }
}

fn judge(inputs: &[Vec<Source>], choice: &[&str], whole: bool) {
    let Some(program) = referee::referee() else { return };
    let args: Vec<&str> = choice.iter().copied().chain(["--default-namespace", "shop"]).collect();
    let settings = host::settings(&args, "").unwrap();
    let trials: Vec<Trial> =
        inputs.par_iter().flat_map_iter(|sources| trials(sources.clone(), &settings)).collect();
    let question = |trial: &Trial, pod: &Value| {
        let asked = || (String::new(), settings.rules.pod_security.to_string());
        let (level, version) = trial.label.clone().unwrap_or_else(asked);
        let (its, next) = match &*level {
            "restricted" => ("restricted", "restricted"),
            "baseline" => ("baseline", "restricted"),
            _ => ("privileged", "baseline"),
        };
        // What is pinned, too, is the newest that there is.
        let newest = if version == "v1.37" { "latest" } else { &*version };
        format!("{its}/{version} {its}/{newest} {next}/{version}\n{pod}")
    };
    let questions: Vec<String> =
        trials.iter().flat_map(|trial| trial.pods.iter().map(|pod| question(trial, pod))).collect();
    let questions: Vec<&str> = questions.iter().map(String::as_str).collect();
    let mut answers = referee::theirs(program, As::Pod, &questions).into_iter();
    let (mut counts, mut wrong) = (BTreeMap::<String, usize>::new(), Vec::new());
    for trial in &trials {
        let its: Vec<_> = answers.by_ref().take(trial.pods.len()).collect();
        // What does not decode is never asked about.
        if its.iter().any(|reading| reading.error.is_some()) {
            continue;
        }
        let level = trial.label.as_ref().map_or("none", |(level, _)| level);
        *counts.entry(level.to_owned()).or_default() += 1;
        let refused = its.iter().flat_map(|it| &it.values[..2]).find(|it| !it.is_empty());
        if let Some(why) = refused {
            wrong.push(format!("{}: {level} is not met: {why}", trial.title));
        }
        let is_highest = level == "restricted" || its.iter().any(|it| !it.values[2].is_empty());
        if whole && !is_highest {
            wrong.push(format!("{}: more than {level} is met", trial.title));
        }
    }
    eprintln!("{choice:?}: {counts:?}");
    assert!(counts.values().sum::<usize>() > 20, "{counts:?}");
    assert!(wrong.is_empty(), "{choice:?}: {}\n{}", wrong.len(), wrong.join("\n"));
}

/// The namespaces of which something is said, with their workloads as they are then.
fn trials(sources: Vec<Source>, settings: &Settings) -> Vec<Trial> {
    let review = review(sources, settings);
    let written = law::written(&review);
    let texts = written.iter().filter_map(|source| {
        let tree = Tree::parse(source.text.as_ref().ok()?.as_str()).ok()?;
        Some(manifest::Source::new(source.name.as_str(), tree, &[]))
    });
    let texts: Vec<manifest::Source<'_>> = texts.collect();
    let inventory = Inventory::new(&texts, Some("shop"));
    let whole =
        |object: &&Object<'_>| object.workload().is_some() && inventory.gap(**object).is_none();
    let mut pods: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for object in inventory.objects().iter().filter(whole) {
        let namespace = inventory.namespace_of(*object).unwrap().into_owned();
        let its = object.pods().into_iter().map(|pod| pod.template().value().unwrap());
        pods.entry(namespace).or_default().extend(its);
    }
    let said = said(&review).into_iter();
    let trial = |(title, name, label): (String, String, _)| {
        let pods = pods.get(&name).cloned().unwrap_or_default();
        (!pods.is_empty()).then_some(Trial { title, label, pods })
    };
    said.filter_map(trial).collect()
}

/// What is found of each namespace: a title, its name, and the labels that it gets.
fn said(review: &Review) -> Vec<(String, String, Option<Label>)> {
    let mut said = Vec::new();
    for reviewed in &review.sources {
        let plan = &reviewed.plan;
        for entry in plan.entries.iter().filter(|entry| entry.rule.id == RULE) {
            let word = |wanted: fn(&str) -> bool| {
                entry.finding.fix.wishes.iter().find_map(|wish| match wish {
                    Wish::Set { at, value } => {
                        let key = at.tokens().last()?;
                        let mode = key.strip_prefix(PREFIX)?;
                        wanted(mode).then(|| value.as_str().unwrap().to_owned())
                    }
                    _ => None,
                })
            };
            let level = word(|mode| !mode.ends_with("-version"));
            // A newer version stays, and is none of these that is not `latest`.
            let version = word(|mode| mode.ends_with("-version"));
            let version = version.unwrap_or_else(|| "latest".to_owned());
            let none = entry.finding.message.contains("but `privileged`");
            if !none && (level.is_none() || entry.fate != Fate::Mended) {
                continue;
            }
            let subject = &plan.subjects[entry.subject];
            let title = format!("{}: {subject}: {}", reviewed.source.name, entry.finding.message);
            said.push((title, subject.name.clone(), level.map(|level| (level, version))));
        }
    }
    said
}
