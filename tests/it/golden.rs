//! Every folder of `golden/` is a case: what there is, what there should be, and what is said.
//!
//! `UPDATE=1` writes what there is to expect; with `CI` set that is refused.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use seaworthy::{
    host,
    review::{Reviewed, Source},
};

use crate::{cli, law};

/// Files by their names.
type Texts = BTreeMap<String, String>;

/// A folder of `golden/`.
struct Case {
    folder: PathBuf,
    args: Vec<String>,
    /// What `.seaworthy.yaml` holds.
    config: String,
}

#[test]
fn every_case_is_as_expected() {
    let update = env::var_os("UPDATE").is_some();
    assert!(!update || env::var_os("CI").is_none(), "UPDATE is for people, not for CI");
    let cases = cases(Path::new("golden"));
    assert!(!cases.is_empty(), "there are golden cases");
    let wrong: Vec<String> = cases.iter().filter_map(|case| case.run(update).err()).collect();
    let n_cases = cases.len();
    assert!(wrong.is_empty(), "{} of {n_cases} cases:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

fn cases(golden: &Path) -> Vec<Case> {
    folders(golden).iter().flat_map(|topic| folders(topic)).map(Case::open).collect()
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

impl Case {
    fn open(folder: PathBuf) -> Case {
        let args = fs::read_to_string(folder.join("args")).unwrap_or_else(|_| "fix".to_owned());
        let args = args.split_whitespace().map(str::to_owned).collect();
        let config = fs::read_to_string(folder.join("config.yaml")).unwrap_or_default();
        Case { folder, args, config }
    }

    fn run(&self, update: bool) -> Result<(), String> {
        let inputs = files(&self.folder, "input");
        let (changes, report) = match self.folder.parent().unwrap().ends_with("host") {
            true => self.run_binary(&inputs),
            false => self.run_library(&inputs)?,
        };
        match update {
            true => self.update(&inputs, &changes, &report),
            false => self.compare(&inputs, &changes, &report)?,
        }
        Ok(())
    }

    /// What the core makes of the files, held to the laws.
    fn run_library(&self, inputs: &Texts) -> Result<(Texts, String), String> {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        let source = |(name, text): (&String, &String)| Source::new(name, text.clone().into());
        let sources: Vec<Source> = inputs.iter().map(source).collect();
        let said = host::rehearse(&args, &self.config, sources.clone());
        let said = said.map_err(|error| self.fail(&error))?;
        let settings = host::settings(&args, &self.config).map_err(|error| self.fail(&error))?;
        let broken = law::hold(&sources, &settings, &said.review);
        if !broken.is_empty() {
            return Err(self.fail(&broken.join("\n")));
        }
        let changed = |reviewed: &Reviewed| {
            let text = reviewed.plan.change.as_ref().map(|change| change.text.clone())?;
            Some((reviewed.source.name.clone(), text))
        };
        let mut changes: Texts = said.review.sources.iter().filter_map(changed).collect();
        let created = said.review.created.iter();
        changes.extend(created.map(|created| (created.name.clone(), created.text.clone())));
        Ok((changes, format!("{}{}exit {}\n", said.out, said.err, said.exit)))
    }

    /// What the program makes of the files on a disk, and of what `stdin` holds.
    fn run_binary(&self, inputs: &Texts) -> (Texts, String) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in inputs {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        let stdin = fs::read(self.folder.join("stdin")).unwrap_or_default();
        let run = cli::pipe(dir.path(), &args, &stdin);
        let mut changes = files(dir.path(), "input");
        changes.retain(|name, text| inputs.get(name) != Some(text));
        (changes, format!("{}{}exit {}\n", run.out, run.err, run.code))
    }

    fn compare(&self, inputs: &Texts, changes: &Texts, report: &str) -> Result<(), String> {
        let expected = files(&self.folder, "expected");
        let created = expected.keys().map(|name| name.replace("expected", "input"));
        let names: BTreeSet<String> =
            inputs.keys().chain(changes.keys()).cloned().chain(created).collect();
        for name in &names {
            // What is new has no input.
            let input = inputs.get(name).map_or("", String::as_str);
            let text = expected.get(&name.replace("input", "expected")).map_or(input, |it| it);
            let got = changes.get(name).map_or(input, |it| it);
            if got != text {
                return Err(self.differs(name, text, got));
            }
        }
        let expected = fs::read_to_string(self.folder.join("report.txt")).unwrap_or_default();
        if report != expected {
            return Err(self.differs("report.txt", &expected, report));
        }
        Ok(())
    }

    fn update(&self, inputs: &Texts, changes: &Texts, report: &str) {
        let _ = fs::remove_dir_all(self.folder.join("expected"));
        let _ = fs::remove_file(self.folder.join("expected.yaml"));
        let whole = self.folder.join("input").is_dir();
        let kept = inputs.iter().filter(|_| whole && !changes.is_empty());
        let texts: Texts =
            kept.chain(changes).map(|(name, text)| (name.clone(), text.clone())).collect();
        for (name, text) in texts {
            let path = self.folder.join(name.replace("input", "expected"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::write(self.folder.join("report.txt"), report).unwrap();
    }

    fn differs(&self, what: &str, expected: &str, got: &str) -> String {
        let diff = similar::TextDiff::from_lines(expected, got);
        self.fail(&format!("{what}: - expected, + got\n{}", diff.unified_diff()))
    }

    fn fail(&self, why: &dyn std::fmt::Display) -> String {
        format!("{}: {why}", self.folder.display())
    }
}

/// `input.yaml`, or all that is in `input/`, by their names within the case.
fn files(folder: &Path, what: &str) -> Texts {
    let mut found = BTreeMap::new();
    for path in cli::files(folder) {
        let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        if name.starts_with(&format!("{what}.")) || name.starts_with(&format!("{what}/")) {
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    found
}
