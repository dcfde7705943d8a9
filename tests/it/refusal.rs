//! What the API server refuses: we know of what it does, and nothing that a fix writes makes it
//! refuse an object that it took.

use std::{collections::BTreeMap, fs, path::Path};

use rayon::prelude::*;
use seaworthy::{
    host, manifest,
    review::{Source, review},
    yaml::Tree,
};
use serde_json::{Value, json};

use crate::{
    cli, corpus,
    mutation::{self, Dice},
    pods,
    referee::{self, As},
};

/// What the API server says of what is looked for.
const WORDS: &[&str] = &[
    "cannot be set for a windows pod",
    "windows options cannot be set for a linux pod",
    "may not be specified when 'hostNetwork' is true",
    "may not be specified when 'hostIPC' is true",
    "HostPID: Forbidden: when `hostUsers` is false",
    "HostIPC: Forbidden: when `hostUsers` is false",
    "volumeDevices: Forbidden: when `hostUsers` is false",
    "ephemeral containers not allowed in pod template",
    "cannot set `allowPrivilegeEscalation` to false",
    "in annotation and field must match",
];

/// Why the API server refuses the workloads of a text, in their order.
fn refusals(text: &str) -> Vec<Option<String>> {
    let source = manifest::Source::new("file", Tree::parse(text).unwrap(), &[]);
    // Fixes write other objects besides.
    let workloads = source.objects(0).filter(|object| object.workload().is_some());
    workloads.map(|object| object.refusal(&object.pods())).collect()
}

fn sources() -> Vec<Source> {
    let golden = cli::files(Path::new("golden")).into_iter();
    let golden = golden.filter(|path| path.extension().is_some_and(|its| its == "yaml"));
    let golden =
        golden.map(|path| Source::new(path.display().to_string(), fs::read(&path).unwrap()));
    let shared = corpus::shared("no_fix_makes_the_api_server_refuse_an_object");
    let real = shared.map(|root| corpus::files(&root.join("corpus"))).unwrap_or_default();
    let real =
        real.into_iter().map(|file| Source::new(file.path.display().to_string(), file.text.into()));
    let invented = (0..mutation::count() as u64).map(|seed| {
        let text = pods::invent(&mut Dice::new(seed));
        Source::new(format!("invented {seed}"), text.into())
    });
    golden.chain(real).chain(invented).collect()
}

#[test]
fn no_fix_makes_the_api_server_refuse_an_object() {
    for args in [&["fix"][..], &["fix", "--safe"], &["fix", "--profile", "baseline"]] {
        let settings = host::settings(args, "").unwrap();
        let reviewed = review(sources(), &settings).sources;
        let counts = reviewed.par_iter().filter_map(|reviewed| {
            let change = reviewed.plan.change.as_ref()?;
            let before = refusals(reviewed.source.text.as_ref().unwrap());
            let after = refusals(&change.text);
            assert_eq!(before.len(), after.len());
            for (before, after) in before.iter().zip(&after) {
                let taken = before.is_some() || after.is_none();
                assert!(taken, "{}: {after:?}:\n{}", reviewed.source.name, change.text);
            }
            let count = |all: &[Option<String>]| all.iter().flatten().count();
            Some([before.len(), count(&before), count(&after)])
        });
        let [n_objects, before, after] =
            counts.reduce(|| [0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
        assert!(before > 0, "some are refused as they stand");
        eprintln!(
            "{args:?}: of {n_objects} workloads in changed files the API server refuses {before} \
             before and {after} after"
        );
    }
}

#[test]
fn what_is_called_refused_the_api_server_refuses() {
    let Some(program) = referee::server() else {
        return eprintln!("what_is_called_refused_the_api_server_refuses did not run");
    };
    let templates: Vec<String> = (0..mutation::count() as u64)
        .map(|seed| {
            let mut pod: Value = serde_json::from_str(&pods::invent(&mut Dice::new(seed))).unwrap();
            pod["metadata"].as_object_mut().unwrap().remove("name");
            // They are refused so often that little else would be seen.
            if seed % 2 == 1 {
                pod["spec"].as_object_mut().unwrap().remove("ephemeralContainers");
            }
            json!({ "metadata": pod["metadata"], "spec": pod["spec"] }).to_string()
        })
        .collect();
    let texts: Vec<&str> = templates.iter().map(String::as_str).collect();
    let mut counts = BTreeMap::<&str, usize>::new();
    for (template, said) in texts.iter().zip(referee::theirs(program, As::Pod, &texts)) {
        // A field of another type is another matter.
        if said.error.is_some() {
            continue;
        }
        let known = |it: &&&str| said.values.iter().any(|value| value.contains(**it));
        let refused: Vec<&str> = WORDS.iter().filter(known).copied().collect();
        let workload = format!(
            "{{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", \"spec\": {{\"template\": \
             {template}}}}}"
        );
        let ours = refusals(&workload).remove(0);
        assert_eq!(ours.is_some(), !refused.is_empty(), "{ours:?}, {:?}: {template}", said.values);
        refused.iter().for_each(|words| *counts.entry(words).or_default() += 1);
    }
    eprintln!("refused: {counts:#?}");
    assert!(counts.len() >= WORDS.len() - 2, "most of it comes up: {counts:#?}");
}
