//! The binary as scripts see it: exit codes, streams, files and diffs.

use std::{
    fs,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use seaworthy::report;
use tempfile::TempDir;

use crate::corpus;

pub(crate) const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: web  # the one
spec:
  containers:
    - name: web
      image: nginx
";

/// Everything that a finished run has left.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn run(dir: &Path, args: &[&str]) -> Run {
    finish(command(dir, args).output().unwrap())
}

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seaworthy"));
    command.args(args).current_dir(dir).stdin(Stdio::null());
    for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

fn finish(output: Output) -> Run {
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn pipe(dir: &Path, args: &[&str], input: &[u8]) -> Run {
    let mut command = command(dir, args);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // One that ends before it reads all has no use for the rest.
    match child.stdin.take().unwrap().write_all(input) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        written => written.unwrap(),
    }
    finish(child.wait_with_output().unwrap())
}

/// A directory with one file.
fn with(name: &str, text: impl AsRef<[u8]>) -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join(name), text).unwrap();
    dir
}

/// All files below a directory, sorted.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

fn fixed() -> String {
    let run = pipe(Path::new("."), &["fix", "-"], POD.as_bytes());
    assert_eq!(run.code, 0, "{}", run.err);
    assert_ne!(run.out, POD);
    run.out
}

#[test]
fn exit_codes_are_as_documented() {
    let pod = with("pod.yaml", POD);
    let clean = with("pod.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    let values = with("values.yaml", "replicas: 3\n");
    let broken = with("broken.yaml", "a: [\n");
    let template = with("chart.yaml", "a: {{ .Values.a }}: b\n{{- if .Values.b }}\n");
    // Braces that happen to be YAML: a map whose key is a map.
    let braces = with("chart.yaml", POD.replace("nginx", "{{ .Values.image }}"));
    let cases: &[(&TempDir, &[&str], i32)] = &[
        (&pod, &["check"], 1),
        (&pod, &["check", "pod.yaml"], 1),
        (&pod, &["check", "--ignore", "no-such-rule"], 2),
        (&pod, &["check", "--no-such-flag"], 2),
        (&pod, &["check", "-", "pod.yaml"], 2),
        (&pod, &["fix", "--diff"], 1),
        (&pod, &["fix", "--check"], 1),
        (&pod, &["fix", "--diff", "--check"], 2),
        (&pod, &["check", "no-such-file.yaml"], 4),
        (&pod, &["check", "--max-file-size", "9", "pod.yaml"], 4),
        (&pod, &["check", "--name", "another"], 0),
        (&pod, &["check", "--exclude", "*.yaml"], 3),
        (&clean, &["check"], 0),
        (&clean, &["fix"], 0),
        (&clean, &["fix", "--diff"], 0),
        (&values, &["check"], 3),
        (&values, &["fix"], 3),
        (&values, &["check", "--allow-empty"], 0),
        (&broken, &["check", "--allow-empty"], 0),
        (&broken, &["check", "--allow-empty", "--strict"], 4),
        (&broken, &["check", "broken.yaml"], 4),
        (&template, &["check", "--allow-empty", "--strict", "chart.yaml"], 0),
        (&braces, &["check", "--allow-empty", "--strict", "chart.yaml"], 0),
        (&pod, &["check", "--exclude", ""], 2),
        (&pod, &["check", "--exclude", "./"], 2),
        (&pod, &["check", "--profile", "baseline", "--select", "run-as-non-root"], 2),
        (&pod, &["check", "--select", "privileged", "--ignore", "privileged"], 2),
        (&pod, &["check", "--quiet", "--verbose"], 2),
        (&pod, &["explain", "run-as-non-root"], 0),
        (&pod, &["explain", "run-as-root"], 2),
        (&pod, &["schema", "report"], 0),
        (&pod, &["schema", "rights"], 0),
        (&pod, &["rights"], 0),
        (&pod, &["rights", "-o", "json"], 0),
        (&values, &["rights"], 3),
        (&values, &["rights", "--allow-empty"], 0),
        (&broken, &["rights", "broken.yaml"], 4),
        (&pod, &["rights", "--select", "unbound-roles"], 2),
        (&pod, &["check", "-o", "json"], 1),
        (&pod, &["check", "-o", "json=report/pod.json"], 4),
        (&pod, &["check", "-o", "xml"], 2),
        (&pod, &["check", "-o", "json="], 2),
        (&pod, &["fix", "--check", "-o", "json"], 1),
        (&pod, &["fix", "-", "-o", "json"], 2),
        (&clean, &["check", "-o", "json"], 0),
        (&values, &["check", "-o", "json"], 3),
        (&broken, &["check", "-o", "json", "broken.yaml"], 4),
        (&pod, &["fix"], 0),
        (&pod, &["fix", "--diff"], 0),
    ];
    for (dir, args, code) in cases {
        let run = run(dir.path(), args);
        assert_eq!(run.code, *code, "{args:?}\n{}{}", run.out, run.err);
    }
}

#[test]
fn an_unknown_rule_is_answered_with_the_nearest() {
    let run = run(Path::new("."), &["check", "--select", "run-as-nonroot"]);
    assert!(run.err.contains("`run-as-non-root`"), "{}", run.err);
}

#[test]
fn a_choice_of_no_rule_is_answered_with_what_to_do() {
    let select = ["check", "--profile", "baseline", "--select", "privileged,run-as-non-root"];
    let select = run(Path::new("."), &select).err;
    assert!(select.contains("`--profile restricted` does"), "{select}");
    let ignore =
        run(Path::new("."), &["check", "--select", "privileged", "--ignore", "privileged"]);
    assert!(ignore.err.contains("leaves no rule"), "{}", ignore.err);
}

#[test]
fn standard_input_passes_through_to_standard_output() {
    let nothing = "# a comment\nreplicas:   3\n";
    let run = pipe(Path::new("."), &["fix", "-"], nothing.as_bytes());
    assert_eq!((run.code, &*run.out), (3, nothing));
    assert!(fixed().contains("name: web  # the one\n"));
    let again = pipe(Path::new("."), &["fix", "-"], fixed().as_bytes());
    assert_eq!((again.code, again.out), (0, fixed()));
    let diff =
        pipe(Path::new("."), &["fix", "-", "--diff", "--stdin-filename", "x.yaml"], POD.as_bytes());
    assert_eq!(diff.code, 1);
    assert!(diff.out.contains("--- a/x.yaml\n+++ b/x.yaml\n"), "{}", diff.out);
}

#[test]
fn a_report_goes_to_standard_output_or_to_a_file() {
    let dir = with("pod.yaml", POD);
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let usual = run(dir.path(), &["fix", "--diff"]);
    let out = run(dir.path(), &["fix", "--diff", "-o", "json"]);
    assert_eq!(json(&out.out)["mode"], "preview");
    assert_eq!(out.err, usual.err);
    let beside = run(dir.path(), &["fix", "--diff", "-o", "json=report"]);
    assert_eq!((beside.out, beside.err), (usual.out, usual.err));
    let report = || fs::read_to_string(dir.path().join("report")).unwrap();
    assert_eq!(report(), out.out);
    let passed = pipe(dir.path(), &["fix", "-", "-o", "json=report"], POD.as_bytes());
    assert_eq!((passed.code, passed.out), (0, fixed()));
    assert_eq!(json(&report())["files"][0]["written"], true);
    let written = run(dir.path(), &["fix", "-o", "json"]);
    assert_eq!(json(&written.out)["files"][0]["written"], true);
    assert_eq!(fs::read_to_string(dir.path().join("pod.yaml")).unwrap(), fixed());
}

#[cfg(unix)]
#[test]
fn a_report_tells_what_could_not_be_written() {
    let dir = with("pod.yaml", POD);
    let pipe = dir.path().join("pipe");
    if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|made| made.success()) {
        return eprintln!("not run: mkfifo is not there");
    }
    let writer = std::thread::spawn(move || fs::write(pipe, POD).unwrap());
    let failed = run(dir.path(), &["fix", "-o", "json", "pipe"]);
    writer.join().unwrap();
    let report: serde_json::Value = serde_json::from_str(&failed.out).unwrap();
    let file = &report["files"][0];
    assert_eq!((failed.code, &file["written"]), (4, &false.into()));
    assert_eq!(file["failure"], "is no regular file");
}

#[test]
fn colors_are_used_where_they_are_asked_for() {
    let dir = with("pod.yaml", POD);
    let colors = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = command(dir.path(), args);
        command.envs(variables.iter().copied());
        finish(command.output().unwrap()).out.contains('\u{1b}')
    };
    assert!(!colors(&["check"], &[]));
    assert!(colors(&["check", "--color", "always"], &[("NO_COLOR", "1")]));
    assert!(colors(&["check"], &[("FORCE_COLOR", "1")]));
    assert!(colors(&["fix", "--diff"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colors(&["check"], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(!colors(&["check", "--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colors(&["check"], &[("FORCE_COLOR", "0")]));
    assert!(!colors(&["check"], &[("CLICOLOR_FORCE", "0")]));
    assert!(!colors(&["check"], &[("FORCE_COLOR", "")]));
    assert!(colors(&["check"], &[("FORCE_COLOR", "0"), ("CLICOLOR_FORCE", "1")]));
    assert!(colors(&["check"], &[("NO_COLOR", ""), ("FORCE_COLOR", "1")]));
}

#[test]
fn a_file_is_worked_on_once_and_hidden_or_ignored_ones_are_not() {
    let dir = with("pod.yaml", POD);
    fs::create_dir(dir.path().join(".git")).unwrap();
    fs::write(dir.path().join(".gitignore"), "built.yaml\n").unwrap();
    fs::write(dir.path().join("built.yaml"), POD).unwrap();
    fs::write(dir.path().join(".hidden.yaml"), POD).unwrap();
    fs::write(dir.path().join("pod.txt"), POD).unwrap();
    let named = |args: &[&str]| run(dir.path(), args).out;
    assert_eq!(named(&["fix", "--check"]), "pod.yaml\n");
    assert_eq!(named(&["fix", "--check", "pod.yaml", ".", "./pod.yaml"]), "pod.yaml\n");
    assert_eq!(named(&["fix", "--check", "pod.txt", "built.yaml"]), "built.yaml\npod.txt\n");
}

#[test]
fn what_is_no_utf8_is_refused_where_it_stands() {
    let dir = with("pod.yaml", [POD.as_bytes(), b"# caf\xe9\n"].concat());
    let refused = run(dir.path(), &["check", "pod.yaml"]);
    assert!(refused.err.contains("pod.yaml:9:6: the byte 0xE9 is not UTF-8"), "{}", refused.err);
    let wide: Vec<u8> = "\u{feff}a: b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let dir = with("pod.yaml", wide);
    let refused = run(dir.path(), &["check", "pod.yaml"]);
    assert_eq!(refused.code, 4);
    assert!(refused.err.contains("UTF-16"), "{}", refused.err);
    let wider: Vec<u8> =
        "\u{feff}a: b\n".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let dir = with("pod.yaml", wider);
    let refused = run(dir.path(), &["check", "pod.yaml"]);
    assert!(refused.err.contains("UTF-32"), "{}", refused.err);
}

#[cfg(unix)]
#[test]
fn what_could_not_be_written_is_not_called_mended() {
    let dir = with("pod.yaml", POD);
    let pipe = dir.path().join("pipe");
    if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|made| made.success()) {
        return eprintln!("not run: mkfifo is not there");
    }
    let writer = std::thread::spawn(move || fs::write(pipe, POD).unwrap());
    let failed = run(dir.path(), &["fix", "pipe", "pod.yaml"]);
    writer.join().unwrap();
    assert_eq!(failed.code, 4);
    assert!(
        failed.err.contains("not written 1 file:\n  pipe: is no regular file"),
        "{}",
        failed.err
    );
    assert!(failed.err.contains("9 mended in 1 file "), "{}", failed.err);
    assert!(failed.err.contains("9 not written in 1 file\n"), "{}", failed.err);
    let (lost, pod) = failed.out.split_once("\npod.yaml\n").unwrap();
    assert!(lost.starts_with("pipe\n  not written: is no regular file\n"), "{lost}");
    assert!(!lost.contains("mended") && !lost.contains(" fix "), "{lost}");
    assert!(pod.contains("mended"), "{pod}");
}

#[test]
fn standard_input_that_is_no_text_passes_through_unchanged() {
    let latin = [POD.as_bytes(), b"# caf\xe9\n"].concat();
    let mut command = command(Path::new("."), &["fix", "-"]);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&latin).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(4), latin));
    let large = pipe(Path::new("."), &["fix", "-q", "--max-file-size", "9", "-"], POD.as_bytes());
    assert_eq!((large.code, &*large.out), (4, ""));
    assert!(large.err.contains("nothing was passed on"), "{}", large.err);
}

#[cfg(unix)]
#[test]
fn a_file_is_not_written_through_standard_input() {
    let dir = with("pod.yaml", POD);
    for name in ["/dev/stdin", "/dev/fd/0"] {
        let mut command = command(dir.path(), &["fix", name]);
        let file = fs::File::open(dir.path().join("pod.yaml")).unwrap();
        let passed = finish(command.stdin(file).output().unwrap());
        assert_eq!((passed.code, passed.out), (0, fixed()), "{name}");
    }
    assert_eq!(fs::read_to_string(dir.path().join("pod.yaml")).unwrap(), POD);
}

#[test]
fn what_is_excluded_is_left_alone_even_if_it_is_named() {
    let dir = with("pod.yaml", POD);
    fs::create_dir_all(dir.path().join("x/y")).unwrap();
    fs::write(dir.path().join("x/y/b.yaml"), POD).unwrap();
    let whole = dir.path().join("x").display().to_string();
    let inner = dir.path().join("x/y");
    for glob in ["x", "x/", "./x", "/x", "x/y", "b.yaml", "x/**"] {
        for path in ["x/y/b.yaml", "./x/y/b.yaml", "x", "x/../x/y", &whole] {
            let left = run(dir.path(), &["fix", "--allow-empty", "--exclude", glob, path]);
            assert_eq!((left.code, &*left.out), (0, ""), "{glob} {path}");
        }
        let found = run(dir.path(), &["fix", "--check", "--exclude", glob]);
        assert_eq!(found.out, "pod.yaml\n", "{glob}");
    }
    let above = run(&inner, &["fix", "--check", "--exclude", "y", "../.."]);
    assert_eq!(above.out, "../../pod.yaml\n../../x/y/b.yaml\n", "patterns begin where one is");
}

#[test]
fn everything_left_aside_is_named_where_that_is_asked_for() {
    let dir = TempDir::new().unwrap();
    let names: Vec<String> = (0..6).map(|n| format!("{n}.yaml")).collect();
    for name in &names {
        fs::write(dir.path().join(name), "a: [\n").unwrap();
    }
    fs::write(dir.path().join("values.yaml"), "a: b\n").unwrap();
    let named = |args: &[&str]| {
        let told = run(dir.path(), args).err;
        let named = names.iter().filter(|name| told.contains(&format!("  {name}:"))).count();
        (named, told.contains("values.yaml: without a Kubernetes object"), told)
    };
    let (short, passed, told) = named(&["check"]);
    assert_eq!((short, passed), (4, false), "{told}");
    assert!(told.contains("and 2 more; `--verbose` names them all"), "{told}");
    assert!(told.contains("1 without a Kubernetes object; `--verbose` names them"), "{told}");
    let (all, passed, told) = named(&["check", "-v"]);
    assert_eq!((all, passed), (6, true), "{told}");
    assert!(!told.contains("--verbose"), "{told}");
    let mut args = vec!["check"];
    args.extend(names.iter().map(String::as_str));
    assert_eq!(named(&args).0, 6, "what was named is told");
}

#[test]
fn what_to_do_next_keeps_the_other_arguments() {
    let dir = with("pod.yaml", POD);
    for flag in ["--diff", "--check"] {
        let shown = run(dir.path(), &["fix", "--safe", flag]);
        assert!(shown.err.contains(&format!("`fix` without `{flag}` writes")), "{}", shown.err);
    }
}

#[cfg(unix)]
#[test]
fn writing_keeps_the_mode_and_the_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let dir = with("real.yaml", POD);
    let real = dir.path().join("real.yaml");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o751)).unwrap();
    symlink("real.yaml", dir.path().join("link.yaml")).unwrap();
    let run = run(dir.path(), &["fix", "link.yaml"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(fs::symlink_metadata(dir.path().join("link.yaml")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), fixed());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o7777, 0o751);
    assert_eq!(files(dir.path()).len(), 2, "nothing is left behind");
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_out_of_a_directory() {
    let outside = with("pod.yaml", POD);
    let dir = with("values.yaml", "a: b\n");
    std::os::unix::fs::symlink(outside.path(), dir.path().join("away")).unwrap();
    let file = outside.path().join("pod.yaml");
    std::os::unix::fs::symlink(&file, dir.path().join("pod.yaml")).unwrap();
    assert_eq!(run(dir.path(), &["fix"]).code, 3);
    assert_eq!(fs::read_to_string(file).unwrap(), POD);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let dir = TempDir::new().unwrap();
    for n in 0..200 {
        fs::write(dir.path().join(format!("{n}.yaml")), POD).unwrap();
    }
    for args in [&["check"][..], &["fix", "--diff"], &["explain", "--list"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = command(dir.path(), args);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
    }
}

pub(crate) fn git(dir: &Path, args: &[&str]) -> std::io::Result<Run> {
    let mut git = Command::new("git");
    // Nobody's settings but its own.
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    git.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_INDEX_FILE");
    git.args(args).current_dir(dir).output().map(finish)
}

#[cfg(unix)]
#[test]
fn a_report_takes_no_place_of_an_input() {
    let dir = tempfile::tempdir().unwrap();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: a, image: b}]\n";
    fs::write(dir.path().join("pod.yaml"), pod).unwrap();
    for command in ["fix", "check"] {
        let run = run(dir.path(), &[command, "-o", "json=./pod.yaml", "."]);
        assert_eq!(run.code, 2, "{}", run.err);
        assert!(run.err.contains("is one of the inputs"), "{}", run.err);
        assert_eq!(fs::read_to_string(dir.path().join("pod.yaml")).unwrap(), pod);
    }
}

#[test]
fn git_applies_the_diff_however_files_are_named() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _, os::unix::fs::symlink};
    let dir = TempDir::new().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let (real, bytes) = (root.join("sub/real.yaml"), OsStr::from_bytes(b"sub/bad\xff.yaml"));
    fs::create_dir(root.join("sub")).unwrap();
    symlink("sub", root.join("way")).unwrap();
    symlink("sub/real.yaml", root.join("link.yaml")).unwrap();
    if git(&root, &["init", "-q"]).is_err() {
        return eprintln!("not run: git is not there");
    }
    // Not all disks take any bytes for a name.
    let odd = fs::write(root.join(bytes), POD).is_ok().then_some(bytes);
    let paths = ["sub/../sub/./real.yaml", "way/real.yaml", "way/../sub/real.yaml", "link.yaml"];
    let whole = real.as_os_str();
    for path in paths.map(OsStr::new).into_iter().chain([whole]).chain(odd) {
        let file = root.join(path);
        fs::write(&file, POD).unwrap();
        let mut shown = command(&root, &["fix", "--diff"]);
        let shown = finish(shown.arg(path).output().unwrap());
        assert!(!shown.err.contains("git apply"), "{path:?}: {}", shown.err);
        fs::write(root.join(".git/patch"), &shown.out).unwrap();
        let applied = git(&root, &["apply", ".git/patch"]).unwrap();
        assert_eq!(applied.code, 0, "{path:?}: {}{}", applied.err, shown.out);
        assert_eq!(fs::read_to_string(&file).unwrap(), fixed(), "{path:?}");
    }
    if let Some(odd) = odd {
        fs::write(root.join(odd), POD).unwrap();
        let named = finish(command(&root, &["fix", "--check", "sub"]).output().unwrap());
        assert_eq!(named.out, "\"sub/bad\\377.yaml\"\n", "nobody takes it for a name that exists");
    }
    fs::write(&real, POD).unwrap();
    fs::create_dir(root.join("other")).unwrap();
    let outside = run(&root.join("other"), &["fix", "--diff", "../sub/real.yaml"]);
    let path = real.display().to_string();
    let path = path.trim_start_matches('/');
    assert!(outside.out.contains(&format!("--- a/{path}\n")), "{}", outside.out);
    assert!(outside.err.contains("run from a directory above it"), "{}", outside.err);
}

#[test]
fn git_applies_the_diff_to_what_fix_writes() {
    let dir = TempDir::new().unwrap();
    if git(dir.path(), &["init", "-q"]).is_err() {
        return eprintln!("not run: git is not there");
    }
    let names = [
        "plain.yaml",
        "two words.yaml",
        "größe.yaml",
        "it's.yaml",
        "quo\"te.yaml",
        "back\\slash.yaml",
        "tab\there.yaml",
        "deep/er/one.yaml",
        "crlf.yaml",
        "no-end.yaml",
        "bom.yaml",
        "-dash.yaml",
    ];
    let odd = if cfg!(windows) { &names[..3] } else { &names[..] };
    for name in odd {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = match *name {
            "crlf.yaml" => POD.replace('\n', "\r\n"),
            "no-end.yaml" => POD.trim_end().to_owned(),
            "bom.yaml" => format!("\u{feff}{POD}"),
            _ => POD.to_owned(),
        };
        fs::write(path, text).unwrap();
    }
    if let Some(shared) = corpus::shared("git_applies_the_diff_to_what_fix_writes, on real files,")
    {
        for (n, file) in corpus::files(&shared.join("corpus")).iter().enumerate().step_by(7) {
            fs::write(dir.path().join(format!("{n}.yaml")), &file.text).unwrap();
        }
    }
    let read = || -> Vec<(PathBuf, Vec<u8>)> {
        let paths = files(dir.path()).into_iter();
        let paths = paths.filter(|path| !path.components().any(|part| part.as_os_str() == ".git"));
        paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    };
    let before = read();
    let diff = run(dir.path(), &["fix", "--diff"]);
    assert_eq!(diff.code, 1, "{}", diff.err);
    assert_eq!(run(dir.path(), &["fix"]).code, 0);
    let fixed = read();
    let is_new = |path: &PathBuf| before.iter().all(|(its, _)| its != path);
    for (path, _) in fixed.iter().filter(|(path, _)| is_new(path)) {
        fs::remove_file(path).unwrap();
    }
    for (path, bytes) in &before {
        fs::write(path, bytes).unwrap();
    }
    let patch = dir.path().join(".git/patch");
    fs::write(&patch, &diff.out).unwrap();
    let applied = git(dir.path(), &["apply", ".git/patch"]).unwrap();
    assert_eq!(applied.code, 0, "{}", applied.err);
    let applied = read();
    assert_eq!(applied.len(), fixed.len(), "git makes other files");
    let wrong: Vec<_> = applied.iter().zip(&fixed).filter(|(a, b)| a != b).collect();
    assert!(wrong.is_empty(), "git makes something else of {:?}", wrong[0].0.0);
    let n_changed = fixed.iter().zip(&before).filter(|(a, b)| a != b).count();
    assert!(n_changed >= odd.len(), "only {n_changed} files changed");
}

#[test]
fn git_creates_what_a_diff_says_is_new() {
    let dir = TempDir::new().unwrap();
    if git(dir.path(), &["init", "-q"]).is_err() {
        return eprintln!("not run: git is not there");
    }
    let look = report::Look { color: false, width: 80 };
    let files = [
        ("plain.yaml", "a: 1\nb: 2\n"),
        ("two words.yaml", "a: 1\n"),
        ("größe.yaml", "a: 1\r\n"),
        ("quo\"te.yaml", "a: 1"),
        ("tab\there.yaml", "- --- a\n"),
        ("deep/er/one.yaml", "a: 1\n"),
        ("-dash.yaml", "a: 1\n"),
    ];
    let mut patch = Vec::new();
    fs::write(dir.path().join("old.yaml"), "a: 1\n").unwrap();
    for (path, text) in files {
        patch.extend(b"# why\n");
        report::created(path.as_bytes(), text, "ServiceAccount web", look, &mut patch).unwrap();
    }
    // Others before and behind it are what they were.
    report::unified(b"old.yaml", "a: 1\n", "a: 2\n", look, &mut patch).unwrap();
    report::created(b"last.yaml", "a: 1\n", "", look, &mut patch).unwrap();
    let text = String::from_utf8(patch.clone()).unwrap();
    assert!(text.contains("\n@@ -0,0 +1,2 @@ ServiceAccount web\n+a: 1\n+b: 2\n"), "{text}");
    fs::write(dir.path().join(".git/patch"), patch).unwrap();
    let applied = git(dir.path(), &["apply", ".git/patch"]).unwrap();
    assert_eq!(applied.code, 0, "{}\n{text}", applied.err);
    for (path, wanted) in files.into_iter().chain([("old.yaml", "a: 2\n"), ("last.yaml", "a: 1\n")])
    {
        assert_eq!(fs::read_to_string(dir.path().join(path)).unwrap(), wanted, "{path}");
    }
}
