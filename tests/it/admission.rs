//! The API server against what `fix` writes: the validation of `k8s.io/kubernetes` finds nothing
//! wrong with a workload that it did not find wrong before.

use std::{collections::BTreeSet, path::Path};

use rayon::prelude::*;
use seaworthy::{
    host,
    manifest::{self, Inventory},
    review::{Settings, Source, review},
    yaml::Tree,
};

use crate::{
    corpus::{self, File},
    mutation::{self, Dice},
    pods,
    referee::{self, As, Reading},
};

const CHOICES: &[&[&str]] = &[
    &["fix"],
    &["fix", "--safe"],
    &["fix", "--profile", "baseline"],
    &["fix", "--token-per-container"],
    &["fix", "--profile", "restricted", "--pod-security-version", "v1.24"],
];

#[test]
fn the_api_server_takes_what_it_took_before() {
    let Some(mut files) = corpus::all("the_api_server_takes_what_it_took_before") else { return };
    let Some(program) = referee::server() else { return };
    files.extend((0..mutation::count() as u64 / 5).map(|seed| File {
        path: format!("invented {seed}").into(),
        text: pods::invent(&mut Dice::new(seed)),
    }));
    let before: Vec<_> = files.par_iter().map(|file| workloads(&file.text)).collect();
    let first = validate(program, &before);
    for choice in CHOICES {
        let settings = host::settings(choice, "").unwrap();
        let after: Vec<_> =
            files.par_iter().map(|file| workloads(&fixed(file, &settings))).collect();
        let (mut total, mut sound, mut mended) = (0, 0, 0);
        let mut wrong = Vec::new();
        let then = first.iter().zip(validate(program, &after));
        for (file, (first, then)) in files.iter().zip(then) {
            assert_eq!(first.len(), then.len(), "{}: workloads come or go", file.path.display());
            for (first, then) in first.iter().zip(&then) {
                let (first, then) = (errors(first), errors(then));
                total += 1;
                sound += usize::from(first.is_empty());
                mended += usize::from(!first.is_empty() && then.is_empty());
                let new =
                    then.difference(&first).map(|it| format!("{}: {it}", file.path.display()));
                wrong.extend(new);
            }
        }
        eprintln!("{choice:?}: {total} workloads, {sound} sound before, {mended} more after");
        let list = wrong[..wrong.len().min(20)].join("\n");
        assert!(wrong.is_empty(), "{choice:?}: {} new errors:\n{list}", wrong.len());
    }
}

/// The pod templates of all workloads of a text, in JSON.
fn workloads(text: &str) -> Vec<String> {
    let Ok(tree) = Tree::parse(text) else { return Vec::new() };
    let sources = [manifest::Source::new("manifest.yaml", tree, &[])];
    let inventory = Inventory::new(&sources, None);
    let pods = inventory.objects().iter().flat_map(|object| object.pods());
    pods.map(|pod| pod.template().value().unwrap().to_string()).collect()
}

fn fixed(file: &File, settings: &Settings) -> String {
    let source = Source::new(file.path.display().to_string(), file.text.clone().into());
    let change = review(vec![source], settings).sources.remove(0).plan.change;
    change.map_or_else(|| file.text.clone(), |change| change.text)
}

/// What the server says of each workload, file by file.
fn validate(program: &Path, files: &[Vec<String>]) -> Vec<Vec<Reading>> {
    let texts: Vec<&str> = files.iter().flatten().map(String::as_str).collect();
    let mut answers = referee::theirs(program, As::Pod, &texts).into_iter();
    files.iter().map(|texts| answers.by_ref().take(texts.len()).collect()).collect()
}

/// What is wrong, without the places in lists, which change where an item goes.
fn errors(reading: &Reading) -> BTreeSet<String> {
    let unplaced = |text: &String| text.split(['[', ']']).step_by(2).collect::<Vec<_>>().join("*");
    reading.values.iter().chain(&reading.error).map(unplaced).collect()
}
