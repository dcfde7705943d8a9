//! Files that `fix` makes, and what it takes care of around them.

use std::{collections::BTreeMap, fs, path::Path};

use tempfile::TempDir;

use crate::cli::{self, Run, git, pipe};

/// A workload that shares `default`, in a file that has no room for its account.
const POD: &str = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}"#;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn fix(dir: &Path, more: &[&str]) -> Run {
    pipe(dir, &[&["fix", "--select", "default-service-account"], more].concat(), b"")
}

fn texts(dir: &Path) -> BTreeMap<String, String> {
    let name = |path: &Path| path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
    let files = cli::files(dir).into_iter().filter(|path| !name(path).starts_with(".git/"));
    files.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

/// Nothing is written, and the pod is held for a reason that says this.
#[track_caller]
fn held(dir: &Path, args: &[&str], says: &str) {
    let before = texts(dir);
    let run = fix(dir, args);
    let told = format!("{}{}", run.out, run.err);
    assert_eq!(run.code, 0, "{told}");
    assert_eq!(texts(dir), before, "{told}");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&told).contains(says), "{told}");
    let run = fix(dir, &[&["--diff"], args].concat());
    assert_eq!((run.code, &*run.out), (0, ""), "{}", run.err);
}

#[test]
fn nothing_takes_the_place_of_what_is_there() {
    let taken = "would go into `web-security.yaml`, which is there and is not worked on";
    let dir = folder(&[("web.json", POD), ("web-security.yaml", "kind: Other\n")]);
    held(dir.path(), &["web.json"], taken);
    held(dir.path(), &["--exclude", "web-security.yaml"], taken);
    fs::remove_file(dir.path().join("web-security.yaml")).unwrap();
    fs::create_dir(dir.path().join("web-security.yaml")).unwrap();
    held(dir.path(), &[], taken);
    let dir = folder(&[("web.json", POD), ("web-security.yaml", "kind: [\n")]);
    held(dir.path(), &[], taken);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let dir = folder(&[("web.json", POD)]);
    std::os::unix::fs::symlink("elsewhere.yaml", dir.path().join("web-security.yaml")).unwrap();
    let run = fix(dir.path(), &["web.json"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(!dir.path().join("elsewhere.yaml").exists());
    assert_eq!(fs::read_to_string(dir.path().join("web.json")).unwrap(), POD);
}

#[test]
fn a_kustomization_that_is_not_given_has_to_name_what_is_new() {
    let files = [("base/web.json", POD), ("base/kustomization.yaml", "resources:\n- ./web.json\n")];
    let dir = folder(&files);
    let unnamed = "which `base/kustomization.yaml` would have to name, and that is not worked on";
    held(dir.path(), &["base/web.json"], unnamed);
    held(dir.path(), &["base", "--exclude", "kustomization.yaml"], unnamed);
    let run = fix(dir.path(), &["base"]);
    let named = fs::read_to_string(dir.path().join("base/kustomization.yaml")).unwrap();
    assert_eq!(
        named, "resources:\n- ./web.json\n- ./web-security.yaml\n",
        "{}{}",
        run.out, run.err
    );

    let above =
        folder(&[("base/web.json", POD), ("Kustomization", "resources: [base/web.json]\n")]);
    let unnamed = "which `Kustomization` would have to name, and that is not worked on";
    held(above.path(), &["base"], unnamed);
    let run = fix(above.path(), &["."]);
    let named = fs::read_to_string(above.path().join("Kustomization")).unwrap();
    let wanted = "resources: [base/web.json, base/web-security.yaml]\n";
    assert_eq!(named, wanted, "{}{}", run.out, run.err);

    // It may name it already, or have nothing to do with it.
    for resources in ["[web.json, web-security.yaml]", "[other.json]"] {
        let text = format!("resources: {resources}\n");
        let dir = folder(&[("web.json", POD), ("kustomization.yaml", &text)]);
        let run = fix(dir.path(), &["web.json"]);
        assert!(dir.path().join("web-security.yaml").exists(), "{}{}", run.out, run.err);
    }
}

#[cfg(unix)]
#[test]
fn a_kustomization_that_is_given_by_another_way_has_to_name_it_too() {
    let dir = folder(&[("a/web.json", POD), ("a/kustomization.yaml", "resources: [web.json]\n")]);
    std::os::unix::fs::symlink("a", dir.path().join("b")).unwrap();
    let unnamed = "which `a/kustomization.yaml` would have to name";
    held(dir.path(), &["a/web.json", "b/kustomization.yaml"], unnamed);
}

#[test]
fn nothing_names_a_file_that_could_not_be_created() {
    // With what is put behind it, the name is longer than file systems have it.
    let name = format!("{}.json", "w".repeat(245));
    let kustomization = format!("resources:\n- {name}\n- other.json\n");
    let dir = folder(&[
        (&name, POD),
        ("other.json", &POD.replace("web", "other")),
        ("kustomization.yaml", &kustomization),
    ]);
    let before = texts(dir.path());
    let run = fix(dir.path(), &[]);
    let told = format!("{}{}", run.out, run.err);
    assert_eq!(run.code, 4, "{told}");
    assert!(told.contains("-security.yaml, which could not be written"), "{told}");
    // The kustomization would name both; so nothing is left of the other one either.
    assert_eq!(texts(dir.path()), before, "{told}");
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let dir = folder(&[("web.json", POD)]);
    let before = texts(dir.path());
    let names = [
        "",
        "/tmp/a.yaml",
        "../a.yaml",
        "a/b.yaml",
        "a\\b.yaml",
        "-",
        "-a.yaml",
        "a",
        "a.json",
        ".yaml",
        ".a.yaml",
        "kustomization.yaml",
        "kustomization.yml",
        "a\nb.yaml",
    ];
    for name in names {
        let run = fix(dir.path(), &[&format!("--generate-into={name}"), "."]);
        assert_eq!(run.code, 2, "{name}: {}{}", run.out, run.err);
        assert!(run.err.contains("--generate-into"), "{name}: {}", run.err);
    }
    let run = pipe(dir.path(), &["fix", "--generate-into=a.yaml", "-"], POD.as_bytes());
    assert_eq!((run.code, &*run.out), (2, ""), "{}", run.err);
    let run = fix(dir.path(), &["--output=json=web-security.yaml", "web.json"]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert_eq!(texts(dir.path()), before);
    let run = fix(dir.path(), &["--generate-into=a.yaml", "."]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(dir.path().join("a.yaml").exists());
}

#[test]
fn git_makes_the_same_files() {
    let typed = r#"{"apiVersion": "v1", "kind": "PodList", "items": []}"#
        .replace("[]", &format!("[{}]", POD.replace("web", "listed")));
    let files = [
        ("a/web.json", POD),
        ("a/two words.json", &POD.replace("web", "two")),
        ("a/gr\u{f6}\u{df}e.json", &POD.replace("web", "big")),
        ("a/kustomization.yaml", "resources:\n- web.json\n- two words.json\n"),
        ("b/list.yaml", &typed),
    ];
    for more in [&[][..], &["--generate-into", "security.yaml"]] {
        let (fixed, applied) = (folder(&files), folder(&files));
        #[cfg(unix)]
        for dir in [&fixed, &applied] {
            std::os::unix::fs::symlink("b", dir.path().join("link")).unwrap();
        }
        if git(applied.path(), &["init", "-q"]).is_err() {
            return eprintln!("not run: git is not there");
        }
        let args =
            [&["a", if cfg!(unix) { "link/list.yaml" } else { "b/list.yaml" }], more].concat();
        let run = fix(fixed.path(), &args);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let run = fix(applied.path(), &[&["--diff"], &args[..]].concat());
        fs::write(applied.path().join(".git/patch"), &run.out).unwrap();
        let run = git(applied.path(), &["apply", ".git/patch"]).unwrap();
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(texts(fixed.path()), texts(applied.path()));
    }
}
