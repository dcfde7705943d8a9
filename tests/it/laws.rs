//! The laws over manifests that nobody here wrote: every file of the corpus, all together and each
//! alone.

use std::collections::BTreeMap;

use rayon::prelude::*;
use seaworthy::{
    host,
    review::{Outcome, Review, Source, review},
};

use crate::{
    corpus, law,
    mutation::{self, Dice},
    pods,
};

fn sources(test: &str) -> Option<Vec<Source>> {
    let files = corpus::files(&corpus::shared(test)?.join("corpus"));
    let source =
        |file: corpus::File| Source::new(file.path.display().to_string(), file.text.into());
    Some(files.into_iter().map(source).collect())
}

#[test]
fn laws_hold_for_the_corpus_as_one() {
    let Some(sources) = sources("laws_hold_for_the_corpus_as_one") else { return };
    let settings = host::settings(&["fix"], "").unwrap();
    let review = review(sources.clone(), &settings);
    eprintln!("{}", counts(&review));
    assert_eq!(review.sources.len(), sources.len(), "every file has an outcome");
    let broken = law::hold(&sources, &settings, &review);
    assert!(broken.is_empty(), "{} laws are broken:\n{}", broken.len(), first(&broken));
}

/// What else can be asked for, on the command line and in the configuration.
const CHOICES: &[(&[&str], &str)] = &[
    (&["fix"], ""),
    (&["fix", "--safe"], ""),
    (&["fix", "--profile", "baseline"], ""),
    (&["fix", "--profile", "restricted", "--pod-security-version", "v1.24"], ""),
    (&["fix", "--profile", "baseline", "--pod-security-version", "v1.18"], ""),
    (&["fix", "--run-as-user", "10001", "--fs-group", "10001"], ""),
    (&["fix", "--accept-risk", "run-as-non-root,drop-capabilities,read-only-root-filesystem"], ""),
    (&["fix", "--platform", "openshift"], ""),
    (&["fix", "--token-per-container"], ""),
    (&["fix", "--enforce"], ""),
    (&["fix", "--safe"], TRUSTING),
    (&["fix", "--safe"], HALF_TRUSTING),
    (&["fix"], DISTRUSTING),
];

#[test]
fn laws_hold_for_each_file_of_the_corpus() {
    let Some(sources) = sources("laws_hold_for_each_file_of_the_corpus") else { return };
    hold(&sources);
}

#[test]
fn laws_hold_for_invented_pods() {
    let text = |seed| pods::invent(&mut Dice::new(seed));
    let invented = |seed| Source::new(format!("invented {seed}"), text(seed).into());
    hold(&(0..mutation::count() as u64 / 5).map(invented).collect::<Vec<_>>());
}

const TRUSTING: &str = "\
rules:
  allow-privilege-escalation: {trust: safe}
  drop-capabilities: {trust: safe}
  run-as-non-root: {trust: safe}
  privileged: {trust: risky}
run-as-user: 10001
registries:
  mirrors: {docker.io: registry.example.com/hub, quay.io: registry.example.com/quay}
";
/// Fixes of these rules lean on what `run-as-non-root` does.
const HALF_TRUSTING: &str = "\
rules:
  drop-capabilities: {trust: safe}
  read-only-root-filesystem: {trust: safe}
";
const DISTRUSTING: &str = "\
rules:
  host-namespaces: {trust: manual}
  privileged: {trust: manual, level: note}
  run-as-non-root: {trust: manual}
registries: {allow: [docker.io/library]}
";

/// Holds the laws to each source alone, whatever is asked for.
fn hold(sources: &[Source]) {
    for (choice, config) in CHOICES {
        let settings = host::settings(choice, config).unwrap();
        let broken: Vec<String> = sources
            .par_iter()
            .flat_map_iter(|source| {
                let alone = std::slice::from_ref(source);
                law::hold(alone, &settings, &review(alone.to_vec(), &settings))
            })
            .collect();
        let first = first(&broken);
        assert!(broken.is_empty(), "{choice:?}: {} laws are broken:\n{first}", broken.len());
    }
}

fn first(broken: &[String]) -> String {
    broken[..broken.len().min(20)].join("\n")
}

fn counts(review: &Review) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for reviewed in &review.sources {
        let outcome = match reviewed.outcome {
            Outcome::Changed => "changed".to_owned(),
            Outcome::Clean => "clean".to_owned(),
            Outcome::Held => "held".to_owned(),
            Outcome::PassedOver(skip) => format!("passed over: {skip}"),
            Outcome::Refused => format!("refused: {:?}", reviewed.problems[0].cause),
        };
        *counts.entry(outcome).or_default() += 1;
    }
    let counts = counts.iter().map(|(outcome, n)| format!("{n} {outcome}"));
    counts.collect::<Vec<_>>().join("\n")
}
