//! The rules of the house, kept by tests and not by reviewers.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use seaworthy::{host, report, review::Source, rules::RULES};

use crate::cli;

/// The rules that only ask for what a person has to say, and change nothing.
const FOR_PEOPLE: &[&str] = &[
    "anonymous-subject",
    "broad-subject",
    "cluster-admin-binding",
    "dashboard-rights",
    "image-tag",
    "missing-role",
    "nodes-proxy",
    "pods-exec",
    "resource-limits",
    "rights-escalation",
    "secrets-cluster-wide",
    "secrets-in-env",
    "token-requests",
    "unbound-role",
    "wildcard-rights",
];

/// What each module may not use is below it; `lib.rs` says it in this order.
fn layers() -> Vec<String> {
    let lib = fs::read_to_string("src/lib.rs").unwrap();
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod "));
    modules.map(|module| module.trim_end_matches(';').to_owned()).collect()
}

/// The order of the whole house, built and yet to be built.
const DESIGN: [&str; 11] = [
    "text", "yaml", "manifest", "images", "network", "generate", "rules", "plan", "review",
    "report", "host",
];

#[test]
fn modules_stand_in_the_order_of_the_flow() {
    let layers = layers();
    let ordered: Vec<&str> =
        DESIGN.into_iter().filter(|layer| layers.iter().any(|its| its == layer)).collect();
    assert_eq!(layers, ordered, "lib.rs declares the modules in the order of the flow");
}

#[test]
fn data_flows_one_way() {
    let layers = layers();
    for (file, text) in sources() {
        let own = file.strip_prefix("src").unwrap().with_extension("");
        let own = own.iter().next().unwrap().to_str().unwrap().to_owned();
        let Some(layer) = layers.iter().position(|its| *its == own) else { continue };
        for below in &layers[layer + 1..] {
            let used = text.contains(&format!("crate::{below}::"))
                || text.contains(&format!("    {below}::"))
                || text.contains(&format!("    {below},"))
                || text.contains(&format!("crate::{{{below}"));
            assert!(!used, "{} may not use `{below}`", file.display());
        }
    }
}

#[test]
fn only_the_host_touches_the_world() {
    let world = [
        "std::fs",
        "std::env",
        "std::process",
        "std::net",
        "std::time",
        "io::stdin",
        "io::stdout",
        "io::stderr",
        "println!",
        "eprintln!",
        "    env::",
        "    fs::",
        "process::{",
        "process::exit",
    ];
    for (file, text) in sources() {
        let host = file.starts_with("src/host") || file == Path::new("src/host.rs");
        if host || file == Path::new("src/main.rs") {
            continue;
        }
        for word in world {
            assert!(!text.contains(word), "{} may not name `{word}`", file.display());
        }
    }
}

#[test]
fn no_file_is_long_and_no_module_is_nameless() {
    let mut long = Vec::new();
    for (file, text) in sources() {
        if file.extension().is_none_or(|its| its != "rs") {
            continue;
        }
        let allowed = if text.contains("const RULE: Rule") { 90 } else { 400 };
        let lines = text.lines().count();
        if lines > allowed {
            long.push(format!("{} has {lines} lines of {allowed}", file.display()));
        }
        let stem = file.file_stem().unwrap().to_str().unwrap();
        let nameless = ["mod", "utils", "util", "common", "helpers", "misc"];
        assert!(!nameless.contains(&stem), "{} has no name of its own", file.display());
    }
    assert!(long.is_empty(), "to be split by noun: {}", long.join(", "));
}

#[test]
fn every_rule_is_listed_named_and_shown() {
    let listed: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let sorted: Vec<&str> = listed.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(listed, sorted, "RULES is sorted, and ids are unique");
    let holds_rule =
        |path: &&PathBuf| fs::read_to_string(path).unwrap().contains("const RULE: Rule");
    let named: Vec<String> = cli::files(Path::new("src/rules"))
        .iter()
        .filter(holds_rule)
        .map(|path| path.file_stem().unwrap().to_str().unwrap().replace('_', "-"))
        .collect();
    assert_eq!(listed, named, "one rule, one file");
    for rule in RULES {
        let id = rule.id;
        assert!(
            id.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{id} is not in kebab-case"
        );
        assert!(rule.title.contains(" must "), "{id}: the title says what must be");
        assert!(!rule.title.ends_with('.'), "{id}: a title is a line");
        assert!(rule.why.ends_with('.'), "{id}: a why is a sentence");
        assert!(!rule.references.is_empty(), "{id}: it is written down somewhere");
        let cases: Vec<PathBuf> = match fs::read_dir(Path::new("golden").join(id)) {
            Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
            Err(_) => panic!("golden/{id} shows what the rule does"),
        };
        let changes =
            |case: &&PathBuf| case.join("expected.yaml").exists() || case.join("expected").exists();
        let changing = cases.iter().filter(changes).count();
        let asks = FOR_PEOPLE.contains(&id);
        assert_eq!(
            changing == 0,
            asks,
            "golden/{id}: a case that must change, unless it asks people"
        );
        assert!(changing < cases.len(), "golden/{id}: no case that must not change");
    }
}

#[test]
fn the_readme_tells_the_rules_and_leads_somewhere() {
    let readme = fs::read_to_string("README.md").unwrap();
    assert!(readme.contains(&report::table()), "the table is what `explain --list` prints");
    let first = readme.split("```").nth(1).unwrap();
    let lines: Vec<&str> = first.lines().skip(1).collect();
    assert!(
        matches!(&lines[..], [line] if line.starts_with("cargo run")),
        "the first block is one line that runs the main job"
    );
    let path = first.trim().rsplit(' ').next().unwrap();
    let shown = Source::new(path, fs::read(path).unwrap());
    let diff = host::rehearse(&["fix", "--diff"], "", vec![shown]).unwrap().out;
    assert!(readme.contains(&diff), "the diff is what the first block shows:\n{diff}");
    for link in readme.split("](").skip(1) {
        let link = link.split(')').next().unwrap();
        if !link.starts_with("http") && !link.starts_with('#') {
            assert!(Path::new(link).exists(), "README.md leads to {link}, which is not there");
        }
    }
}

#[test]
fn what_is_committed_names_no_machine() {
    if !Path::new(".git").exists() {
        return eprintln!("what_is_committed_names_no_machine did not run: this is no clone");
    }
    // The clone may be someone else's.
    let listed = Command::new("git").args(["-c", "safe.directory=*", "ls-files", "-z"]).output();
    let Ok(listed) = listed else {
        return eprintln!("what_is_committed_names_no_machine did not run: there is no git");
    };
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).unwrap();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        // Images have a `root` and its home, too.
        if path == "src/images/catalogue.txt" {
            continue;
        }
        let Ok(text) = fs::read_to_string(path) else { continue };
        for place in [concat!("/wo", "rk/"), concat!("/ro", "ot/")] {
            assert!(!text.contains(place), "{path} names {place}");
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let paths = cli::files(Path::new("src"));
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}
