//! The configuration: which one holds, what it says, and what is wrong with it.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::cli::{POD, pipe, run};

/// A directory with files by their paths.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

/// Whether `image-tag` runs, which every configuration here ignores.
fn runs(dir: &Path, args: &[&str]) -> bool {
    let args: Vec<&str> = ["check"].iter().chain(args).copied().collect();
    let told = run(dir, &args);
    assert!(told.code < 2, "{args:?}: {}", told.err);
    told.out.contains("image-tag")
}

const IGNORES: &str = "ignore: [image-tag]\n";

#[test]
fn the_nearest_file_holds_up_to_the_root_of_the_repository() {
    let dir = tree(&[
        (".seaworthy.yaml", IGNORES),
        ("pod.yaml", POD),
        ("a/pod.yaml", POD),
        ("repository/.git/HEAD", ""),
        ("repository/b/pod.yaml", POD),
        ("own/.git", "gitdir: elsewhere"),
        ("own/.seaworthy.yaml", "ignore: [image-tag, privileged]\n"),
        ("own/c/pod.yaml", POD),
    ]);
    let root = dir.path();
    for (from, path, ignored) in [
        ("", "pod.yaml", true),
        ("", "a", true),
        ("", "a/pod.yaml", true),
        ("", "repository/b", false),
        ("repository", "b/pod.yaml", false),
        ("", "own/c/pod.yaml", true),
        ("own/c", "pod.yaml", true),
        // Outside of a repository, what lies above the current directory may be anyone's.
        ("a", "pod.yaml", false),
        ("a", "../pod.yaml", true),
        ("repository", "../own/c", true),
    ] {
        assert_eq!(!runs(&root.join(from), &[path]), ignored, "{from} {path}");
    }
    assert!(!runs(root, &["repository/b", "--config", ".seaworthy.yaml"]));
    assert!(runs(root, &["pod.yaml", "--no-config"]));
    let told = run(&root.join("own/c"), &["check"]).err;
    assert!(told.contains("settings of ../.seaworthy.yaml\n"), "{told}");
    let piped = |args: &[&str]| {
        let args: Vec<&str> = ["check", "-"].iter().chain(args).copied().collect();
        pipe(root, &args, POD.as_bytes()).err
    };
    assert!(piped(&[]).contains("settings of .seaworthy.yaml\n"));
    let named = piped(&["--stdin-filename", "own/c/new.yaml"]);
    assert!(named.contains("settings of own/.seaworthy.yaml\n"), "{named}");
    let told = run(root, &["check"]).err;
    assert!(told.contains("own/.seaworthy.yaml: settings that do not hold in this run"), "{told}");
    let told = run(root, &["check", "own"]).err;
    assert!(!told.contains("do not hold"), "{told}");
    let both = run(root, &["check", "own/c", "pod.yaml"]);
    assert_eq!(both.code, 2);
    assert!(both.err.contains("`.seaworthy.yaml` and `own/.seaworthy.yaml`"), "{}", both.err);
}

#[test]
fn the_command_line_stands_above_the_configuration() {
    let config = "profile: restricted\nignore: [seccomp-profile]\nrun-as-user: 7\n\
                  pod-security-version: v1.20\nexclude: [old/]\n";
    let dir = tree(&[(".seaworthy.yaml", config), ("pod.yaml", POD), ("old/pod.yaml", POD)]);
    let shown = |args: &[&str]| {
        let args: Vec<&str> = ["config"].iter().chain(args).copied().collect();
        let told = run(dir.path(), &args);
        assert_eq!(told.code, 0, "{}", told.err);
        told.out
    };
    let line = |args: &[&str], key: &str| {
        let shown = shown(args);
        let line = shown.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line(&[], "profile"), "profile: restricted # .seaworthy.yaml");
    let typed = line(&["--profile", "baseline"], "profile");
    assert_eq!(typed, "profile: baseline # --profile");
    assert_eq!(line(&["--no-config"], "profile"), "profile: hardened # default");
    assert_eq!(line(&[], "ignore"), "ignore: [seccomp-profile] # .seaworthy.yaml");
    assert_eq!(line(&["--ignore", "sysctls"], "ignore"), "ignore: [sysctls] # --ignore");
    assert_eq!(line(&["--select", "seccomp-profile"], "ignore"), "ignore: [] # --select");
    assert_eq!(line(&["--run-as-user", "8"], "run-as-user"), "run-as-user: 8 # --run-as-user");
    assert_eq!(line(&[], "pod-sec"), "pod-security-version: v1.20 # .seaworthy.yaml");
    let checked = |args: &[&str]| {
        let args: Vec<&str> = ["fix", "--check"].iter().chain(args).copied().collect();
        run(dir.path(), &args).out
    };
    assert_eq!(checked(&[]), "pod.yaml\n");
    assert_eq!(checked(&["--exclude", "nothing"]), "pod.yaml\n");
    assert_eq!(checked(&["old/pod.yaml", "--allow-empty"]), "");
    assert_eq!(checked(&["--no-config"]), "old/pod.yaml\npod.yaml\n");
    let wrong = run(dir.path(), &["check", "--select", "image-tag"]);
    assert!(wrong.err.contains("--select image-tag: profile `restricted`"), "{}", wrong.err);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let cases = [
        ("profil: baseline\n", "1:1: unknown key `profil`; did you mean `profile`?"),
        ("profile: hardend\n", "1:10: profile: unknown word `hardend`; did you mean `hardened`?"),
        ("xyz: 1\n", "1:1: unknown key `xyz`; there are `profile`, "),
        (
            "# c\nrules:\n  seccomp: {}\n",
            "3:3: rules: unknown word `seccomp`; did you mean `seccomp-profile`?",
        ),
        (
            "rules:\n  privileged:\n    trusted: safe\n",
            "3:5: rules.privileged: unknown key `trusted`; did you mean `trust`?",
        ),
        (
            "ignore:\n- image-tag\n- image-tags\n",
            "3:3: ignore[1]: unknown word `image-tags`; did you mean `image-tag`?",
        ),
        (
            "run-as-user: root\n",
            "1:14: run-as-user: invalid value: string \"root\", expected a user from 1 to",
        ),
        ("run-as-user: 0\n", "1:14: run-as-user: invalid value: integer `0`, expected a user"),
        (
            "pod-security-version: 1.30\n",
            "1:23: pod-security-version: invalid type: floating point `1.3`, expected `latest`",
        ),
        ("exclude: old\n", "1:10: exclude: invalid type: string \"old\", expected a sequence"),
        ("workloads:\n- kind: A\n  group: a.b/v1\n", "3:10: workloads[0].group: invalid value"),
        ("workloads:\n- kind: A\n", "2:3: workloads[0]: missing field `group`"),
        ("rules:\n  privileged: {}\n  privileged: {}\n", "`privileged` stands there twice"),
        ("registries: {allow: [\"https://a.b\"]}\n", "1:22: registries.allow[0]: invalid value"),
        ("rules: {privileged: manual}\n", "expected a map such as `{trust: manual}`"),
        ("- profile\n", "1:1: invalid type: sequence, expected a map of settings"),
        (
            "images:\n- names: [a]\n  run-as-usr: 5\n",
            "3:3: images[0]: unknown key `run-as-usr`; did you mean `run-as-user`?",
        ),
        ("images:\n- run-as-user: 5\n", "2:3: images[0]: missing field `names`"),
        (
            "images: [{names: []}]\n",
            "1:10: images[0]: invalid length 0, expected at least one name",
        ),
        (
            "images: [web]\n",
            "1:10: images[0]: invalid type: string \"web\", expected a map such as",
        ),
        (
            "images: [{names: [\"Shop/Web\"]}]\n",
            "1:19: images[0].names[0]: invalid value: string \"Shop/Web\", expected the name of an image",
        ),
        ("images: [{names: [\"web@sha256:0\"]}]\n", "1:19: images[0].names[0]: invalid value"),
        (
            "images: [{names: [a], like: shop/unheard-of}]\n",
            "1:29: images[0].like: invalid value: string \"shop/unheard-of\", expected an image that \
             is known",
        ),
        ("images: [{names: [a], writable-paths: [tmp]}]\n", "expected a path in the container"),
        ("images: [{names: [a], writable-paths: [/proc/1]}]\n", "expected a path in the container"),
        ("images: [{names: [a], capabilities: [CAP_CHOWN]}]\n", "expected a capability such as"),
        ("images: [{names: [a], capabilities: [ALL]}]\n", "expected a capability such as"),
        ("images: [{names: [a], api-token: maybe}]\n", "expected a boolean"),
        (
            "images: [{names: [a], run-as-user: 0, run-as-non-root: true}]\n",
            "images[0]: `run-as-user` and `run-as-non-root` say the contrary",
        ),
        ("profile: [\n", "1:10: profile: invalid type: sequence, expected a word"),
        ("exclude: [\n", "did not find expected"),
        ("profile: baseline\n---\nprofile: baseline\n", "more than one document"),
    ];
    for (config, told) in cases {
        let dir = tree(&[(".seaworthy.yaml", config), ("pod.yaml", POD)]);
        let wrong = run(dir.path(), &["check"]);
        assert_eq!(wrong.code, 2, "{config}: {}", wrong.err);
        assert!(wrong.err.starts_with("seaworthy: .seaworthy.yaml:"), "{}", wrong.err);
        assert!(wrong.err.contains(told), "{config}: {}", wrong.err);
    }
    for nothing in ["", "# nothing yet\n", "---\n", "{}\n"] {
        let dir = tree(&[(".seaworthy.yaml", nothing), ("pod.yaml", POD)]);
        assert!(runs(dir.path(), &[]), "{nothing}");
    }
    let dir = tree(&[("pod.yaml", POD)]);
    let missing = run(dir.path(), &["check", "--config", "no-such.yaml"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("no-such.yaml: "), "{}", missing.err);
}

#[test]
fn what_is_selected_in_the_configuration_must_run() {
    let config = "profile: baseline\nselect: [run-as-non-root]\n";
    let dir = tree(&[(".seaworthy.yaml", config), ("pod.yaml", POD)]);
    let wrong = run(dir.path(), &["check"]);
    assert_eq!(wrong.code, 2);
    let told = ".seaworthy.yaml: select run-as-non-root: profile `baseline`";
    assert!(wrong.err.contains(told), "{}", wrong.err);
}

#[test]
fn what_is_said_of_images_is_shown_as_it_is_read() {
    let images = "images: [{names: [\"shop/*:1.*\", \"web\"], like: \"nginx:1.27\", run-as-user: 1, \
                  run-as-group: 2, fs-group: 3, run-as-non-root: true, any-user: false, \
                  read-only-root-filesystem: true, writable-paths: [\"/a\"], data-paths: [\"/b\"], \
                  capabilities: [NET_BIND_SERVICE], env: {\"A\": \"b\"}, low-port: true, \
                  api-token: false, reason: \"why: it is\"}, {names: [\"web\"], writable-paths: [], \
                  capabilities: []}]";
    let shown = |config: &str| {
        let dir = tree(&[(".seaworthy.yaml", config), ("pod.yaml", POD)]);
        let told = run(dir.path(), &["config"]);
        assert_eq!(told.code, 0, "{}", told.err);
        let line = told.out.lines().find(|line| line.starts_with("images: ")).unwrap();
        line.split_once(" # ")
            .map(|(line, from)| (line.trim().to_owned(), from.to_owned()))
            .unwrap()
    };
    assert_eq!(shown(images), (images.to_owned(), ".seaworthy.yaml".to_owned()));
    assert_eq!(shown(""), ("images: []".to_owned(), "default".to_owned()));
}

#[test]
fn an_image_is_what_its_names_say() {
    let known = |name: &str, image: &str| {
        let config = format!("images: [{{names: [{name:?}], run-as-user: 4711}}]\n");
        let config = format!("registries: {{mirrors: {{docker.io: hub.example.com/d}}}}\n{config}");
        let pod = POD.replace("image: ", &format!("image: {image} # "));
        let dir = tree(&[(".seaworthy.yaml", &config), ("pod.yaml", &pod)]);
        let told = run(dir.path(), &["fix", "--diff", "--select", "run-as-non-root"]);
        assert_eq!(told.code, 1, "{}", told.err);
        told.out.contains("works as user 4711: you say so.")
    };
    for (name, image, fits) in [
        ("shop/web", "shop/web:1", true),
        ("shop/web", "docker.io/shop/web@sha256:${DIGEST}", true),
        ("shop/web", "hub.example.com/d/shop/web", true),
        ("hub.example.com/d/shop/*", "shop/web", true),
        ("shop/web", "ghcr.io/shop/web", false),
        ("shop/*", "shop/web", true),
        ("shop/*", "ghcr.io/shop/web", false),
        ("*/shop/web", "ghcr.io/shop/web", true),
        ("*", "ghcr.io/shop/web", true),
        ("web*", "web-front", true),
        ("web*", "shop/web", false),
        ("docker.io/*", "shop/web", true),
        ("library/*", "shop/web", false),
        ("localhost:5000/web", "localhost:5000/web:2", true),
        ("localhost:5000/web:1", "localhost:5000/web:2", false),
        ("shop/web:1.*", "shop/web:1.7", true),
        ("shop/web:1.*", "shop/web:2.1", false),
        ("shop/web:1.*", "shop/web@sha256:${DIGEST}", false),
    ] {
        assert_eq!(known(name, image), fits, "{name} {image}");
    }
}

#[test]
fn the_schema_is_printed_and_json() {
    let shown = run(Path::new("."), &["schema", "config"]);
    let schema: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
    assert!(schema["properties"]["run-as-user"].is_object());
    assert_eq!(schema["additionalProperties"], false);
}
