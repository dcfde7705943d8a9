//! The report for programs: what its schema says of it, and what its operations do.

use std::{collections::BTreeMap, fs, path::Path};

use json_patch::Patch;
use rayon::prelude::*;
use seaworthy::{
    host, report,
    review::{Source, review},
    yaml::{Beside, Tree, Value},
};

use crate::{
    cli, corpus,
    mutation::{self, Dice},
    neighbors::{self, Document},
    pods, python,
};

/// What can be asked for.
const CHOICES: &[&[&str]] = &[
    &["check", "-o", "json"],
    &["fix", "-o", "json"],
    &["fix", "--safe", "--diff", "-o", "json"],
    &["check", "--profile", "baseline", "--pod-security-version", "v1.24", "-o", "json"],
];

fn told(args: &[&str], sources: Vec<Source>) -> Value {
    serde_json::from_str(&host::rehearse(args, "", sources).unwrap().out).unwrap()
}

fn golden() -> Vec<Source> {
    let files = cli::files(Path::new("golden")).into_iter();
    let yaml = files.filter(|path| path.extension().is_some_and(|its| its == "yaml"));
    yaml.map(|path| Source::new(path.display().to_string(), fs::read(&path).unwrap())).collect()
}

fn real(test: &str) -> Vec<Source> {
    let files = corpus::shared(test).map(|root| corpus::files(&root.join("corpus")));
    let source =
        |file: corpus::File| Source::new(file.path.display().to_string(), file.text.into());
    files.unwrap_or_default().into_iter().map(source).collect()
}

#[test]
fn the_schema_describes_every_report() {
    let test = "the_schema_describes_every_report";
    let odd = vec![
        Source::unread("gone.yaml", "no such file".to_owned()),
        Source::too_large("large.yaml", 9),
        Source::new("latin.yaml", b"a: caf\xe9\n".to_vec()),
        Source::new("broken.yaml", b"a: [\n".to_vec()),
    ];
    let mut reports = vec![told(CHOICES[1], real(test))];
    for sources in [golden(), odd, Vec::new()] {
        reports.extend(CHOICES.iter().map(|args| told(args, sources.clone())));
    }
    let schema: Value = serde_json::from_str(report::SCHEMA).unwrap();
    reports.insert(0, schema);
    let lines: String = reports.iter().map(|report| format!("{report}\n")).collect();
    if let Some(errors) = python::judge("schema", &lines) {
        assert_eq!(errors, "");
    }
}

#[test]
fn reports_tell_the_same_each_time() {
    let twice = [(); 2].map(|()| host::rehearse(CHOICES[0], "", golden()).unwrap().out);
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn what_proves_a_fix_is_told_to_those_who_ask() {
    let mut sources = golden();
    sources.extend(real("what_proves_a_fix_is_told_to_those_who_ask"));
    let proven =
        ["automount-service-account-token", "read-only-root-filesystem", "run-as-non-root"];
    let report = told(CHOICES[0], sources.clone());
    let mut n_proven = 0;
    for file in report["files"].as_array().unwrap() {
        for finding in file["findings"].as_array().unwrap() {
            let fix = &finding["fix"];
            let rests = proven.iter().any(|rule| finding["rule"] == *rule)
                && fix["trust"] == "safe"
                && fix["reason"] != "Every container speaks for itself.";
            if rests {
                assert!(!fix["evidence"].as_array().unwrap().is_empty(), "{finding:#}");
                n_proven += 1;
            }
        }
    }
    assert!(n_proven > 50, "{n_proven}");
    eprintln!("what proves {n_proven} fixes is told");
    let silent = review(sources, &host::settings(&["check"], "").unwrap());
    let entries = silent.sources.iter().flat_map(|reviewed| &reviewed.plan.entries);
    assert!(entries.into_iter().all(|entry| entry.finding.fix.evidence.is_empty()));
}

#[test]
fn operations_of_objects_do_what_fix_does() {
    let real = real("operations_of_objects_do_what_fix_does");
    let invented = |seed| {
        let text = pods::invent(&mut Dice::new(seed));
        Source::new(format!("invented {seed}"), text.into())
    };
    let invented = (0..mutation::count() as u64 / 20).map(invented);
    let sources: Vec<Source> = golden().into_iter().chain(real).chain(invented).collect();
    let settings = host::settings(CHOICES[1], "").unwrap();
    let report = told(CHOICES[1], sources.clone());
    let reviewed = review(sources, &settings).sources;
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), reviewed.len());
    let mut n_changed = 0;
    for (file, reviewed) in files.iter().zip(&reviewed) {
        let name = &reviewed.source.name;
        let Some(change) = &reviewed.plan.change else {
            let idle = |object: &Value| object["operations"].as_array().unwrap().is_empty();
            assert!(file["objects"].as_array().unwrap().iter().all(idle), "{name}");
            continue;
        };
        n_changed += 1;
        let mut documents = values(reviewed.source.text.as_ref().unwrap());
        for object in file["objects"].as_array().unwrap() {
            apply(&mut documents, object, &object["operations"])
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        for errand in file["errands"].as_array().unwrap() {
            apply(&mut documents, errand, &errand["operations"])
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let mended = file["findings"].as_array().unwrap().iter();
        let mended: Vec<&Value> = mended.filter(|finding| finding["held"].is_null()).collect();
        let documents = create(documents, file, &mended);
        assert!(documents == values(&change.text), "{name}: operations do something else");
    }
    eprintln!("operations of {n_changed} files do what fix does");
}

#[test]
fn operations_of_a_finding_mend_it_alone() {
    let mut sources = golden();
    let real = real("operations_of_a_finding_mend_it_alone");
    sources.extend(real.into_iter().filter(|source| {
        // Every finding has a review of its own.
        source.text.as_ref().is_ok_and(|text| text.len() < 8 << 10)
    }));
    let mended: usize = sources.par_iter().map(mends).sum();
    assert!(mended > 1000, "{mended} findings");
    eprintln!("operations of {mended} findings mend these alone");
}

/// Mends each finding of a source alone, and gives back how many there were to mend.
fn mends(source: &Source) -> usize {
    let args = &["check", "-o", "json"];
    let before = told(args, vec![source.clone()]);
    let findings = before["files"][0]["findings"].as_array().unwrap();
    let mut mended = 0;
    for finding in findings {
        let fix = &finding["fix"];
        let empty = ["operations", "creates"].map(|it| fix[it].as_array().unwrap().is_empty());
        assert_eq!(empty == [true; 2], fix["trust"] == "manual", "{finding:#}");
        if fix["trust"] == "manual" {
            continue;
        }
        mended += 1;
        let mut documents = values(source.text.as_ref().unwrap());
        apply(&mut documents, finding, &fix["operations"])
            .unwrap_or_else(|error| panic!("{finding:#}: {error}"));
        let mut documents = create(documents, &before["files"][0], &[finding]);
        // All is read as one text here.
        documents.extend(outside(finding).cloned());
        let text: String = documents.iter().map(|document| format!("---\n{document}\n")).collect();
        let after = told(args, vec![Source::new(&source.name, text.into())]);
        let such = |report: &Value| {
            let findings = report["files"][0]["findings"].as_array().unwrap();
            findings.iter().filter(|other| is_such(other, finding)).count()
        };
        assert!(such(&after) < such(&before), "{}: stays: {finding:#}", source.name);
    }
    mended
}

/// Whether two findings say the same of the same object.
fn is_such(one: &Value, other: &Value) -> bool {
    ["rule", "document", "object", "container", "message"].iter().all(|key| one[key] == other[key])
}

/// Writes the objects that findings of a file create in it: beside documents, and into lists.
fn create(mut documents: Vec<Value>, file: &Value, findings: &[&Value]) -> Vec<Value> {
    let mut beside = Vec::new();
    let mut items: BTreeMap<usize, Vec<(String, bool, &Value)>> = BTreeMap::new();
    for finding in findings {
        let document = finding["document"].as_u64().unwrap() as usize;
        let objects = file["objects"].as_array().unwrap().iter();
        let pointers = objects
            .filter(|object| object["document"] == finding["document"])
            .map(|object| object["pointer"].as_str().unwrap())
            .filter(|its| finding["pointer"].as_str().unwrap().starts_with(its));
        let pointer = pointers.max_by_key(|its| its.len()).unwrap().to_owned();
        for created in finding["fix"]["creates"].as_array().unwrap() {
            let (object, before) = (&created["object"], created["place"] == "before");
            match pointer.is_empty() {
                _ if created["place"] == "file" => {}
                true if before => beside.push((document, Beside::Before(object.clone()))),
                true => beside.push((document, Beside::Behind(object.clone()))),
                false => items.entry(document).or_default().push((pointer.clone(), before, object)),
            }
        }
    }
    for (document, asked) in items {
        let (list, _) = asked[0].0.rsplit_once('/').unwrap();
        let old = documents[document].pointer_mut(list).unwrap().as_array_mut().unwrap();
        let mut new: Vec<Value> = Vec::new();
        let (before, behind): (Vec<_>, Vec<_>) = asked.iter().partition(|(_, before, _)| *before);
        for (index, item) in old.iter().enumerate() {
            let here = before.iter().filter(|(its, ..)| *its == format!("{list}/{index}"));
            for (.., object) in here {
                if !old.contains(object) && !new.contains(object) {
                    new.push((*object).clone());
                }
            }
            new.push(item.clone());
        }
        for (.., object) in behind {
            if !new.contains(object) {
                new.push((*object).clone());
            }
        }
        *old = new;
    }
    neighbors::documents(documents.len(), &beside)
        .into_iter()
        .map(|document| match document {
            Document::Old(index) => documents[index].clone(),
            Document::New(value) => value.clone(),
        })
        .collect()
}

/// The objects that a finding writes into another file.
fn outside(finding: &Value) -> impl Iterator<Item = &Value> {
    let created = finding["fix"]["creates"].as_array().unwrap().iter();
    created.filter(|created| created["place"] == "file").map(|created| &created["object"])
}

/// Applies operations to the document of what they are about.
fn apply(documents: &mut [Value], about: &Value, operations: &Value) -> Result<(), String> {
    let patch: Patch = serde_json::from_value(operations.clone()).unwrap();
    let document = about["document"].as_u64().unwrap() as usize;
    json_patch::patch(&mut documents[document], &patch).map_err(|error| error.to_string())
}

fn values(text: &str) -> Vec<Value> {
    let tree = Tree::parse(text).unwrap();
    // What has no value is none of those that change.
    tree.roots().map(|root| root.value().unwrap_or_default()).collect()
}
