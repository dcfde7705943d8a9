//! Which files a directory holds: git is the judge of what is ignored.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use crate::cli;

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: b}]}\n";

/// Files with what they hold; manifests are empty here.
const TREE: &[(&str, &str)] = &[
    (".gitignore", "/build\n*.tmp.yaml\n!keep.tmp.yaml\nlogs/\ndocs/**/draft.yaml\n"),
    (".git/info/exclude", "mine.yaml\n"),
    // Another program's.
    (".ignore", "app.yaml\n"),
    ("app.yaml", ""),
    ("mine.yaml", ""),
    ("a.tmp.yaml", ""),
    ("keep.tmp.yaml", ""),
    ("build/out.yaml", ""),
    ("deploy/build/out.yaml", ""),
    ("deploy/logs/log.yaml", ""),
    ("deploy/mine.yaml", ""),
    ("deploy/.gitignore", "local.yaml\n!mine.yaml\n/sub/top.yaml\n"),
    ("deploy/local.yaml", ""),
    ("deploy/sub/local.yaml", ""),
    ("deploy/sub/top.yaml", ""),
    ("deploy/sub/deeper/top.yaml", ""),
    ("deploy/sub/Kustomization", "patches: []\n"),
    ("docs/a/b/draft.yaml", ""),
    ("docs/draft.yaml", ""),
    ("blank name/ä.yml", ""),
];

#[test]
fn what_git_ignores_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let git = |args: &[&str]| {
        let config = ["-c", "core.excludesFile=", "-c", "core.quotePath=false"];
        Command::new("git").args(config).args(args).current_dir(dir.path()).output()
    };
    if git(&["init", "--quiet"]).is_err() {
        return eprintln!("what_git_ignores_is_left_out did not run: there is no git");
    }
    for (name, text) in TREE {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, if text.is_empty() { POD } else { text }).unwrap();
    }
    let listed = git(&["ls-files", "--cached", "--others", "--exclude-standard"]).unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let expected: BTreeSet<&str> = listed.lines().filter(|name| is_manifest(name)).collect();
    assert!(expected.contains("deploy/mine.yaml") && expected.len() > 5, "{expected:?}");

    let whole = cli::pipe(dir.path(), &["fix", "--check", "--quiet"], b"");
    assert_eq!(whole.out.lines().collect::<BTreeSet<_>>(), expected, "{}", whole.err);
    // What is ignored is the same from a folder within, and for one by another name.
    for (from, path, shown) in [("deploy", ".", ""), ("docs", "../deploy", "../deploy/")] {
        let part = cli::pipe(&dir.path().join(from), &["fix", "--check", "--quiet", path], b"");
        let named: BTreeSet<String> = part.out.lines().map(str::to_owned).collect();
        let inner = expected.iter().filter_map(|name| name.strip_prefix("deploy/"));
        assert_eq!(named, inner.map(|name| format!("{shown}{name}")).collect(), "{}", part.err);
    }
}

#[test]
fn outside_of_a_repository_nothing_is_ignored() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".gitignore"), "*.yaml\n").unwrap();
    fs::write(dir.path().join("a.yaml"), POD).unwrap();
    assert_eq!(cli::pipe(dir.path(), &["fix", "--check", "--quiet"], b"").out, "a.yaml\n");
}

#[test]
fn a_repository_within_another_has_its_own_patterns() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        (".git/HEAD", ""),
        (".gitignore", "a.yaml\n"),
        ("a.yaml", POD),
        ("inner/.git/HEAD", ""),
        ("inner/.gitignore", "b.yaml\n"),
        ("inner/a.yaml", POD),
        ("inner/b.yaml", POD),
        ("last/a.yaml", POD),
        ("last/b.yaml", POD),
    ] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let run = cli::pipe(dir.path(), &["fix", "--check", "--quiet"], b"");
    assert_eq!(run.out, "inner/a.yaml\nlast/b.yaml\n");
}

fn is_manifest(name: &str) -> bool {
    let hidden = name.split('/').any(|step| step.starts_with('.'));
    !hidden && Path::new(name).extension().is_some_and(|its| its == "yaml" || its == "yml")
}
