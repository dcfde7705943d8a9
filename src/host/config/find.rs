//! Which file is the configuration of what was named.
//!
//! In: the paths that were typed. Out: the nearest `.seaworthy.yaml`, read.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::Config;
use crate::{
    host::{cli::Inputs, place, usage},
    report,
};

/// What it is called.
pub(in crate::host) const FILE: &str = ".seaworthy.yaml";

/// The configuration that holds for all that was named; an empty one if there is none.
///
/// Errors: one that cannot be read, and paths that have different ones.
pub(in crate::host) fn find(inputs: &Inputs) -> anyhow::Result<Config> {
    if inputs.no_config {
        return Ok(Config::default());
    }
    if let Some(path) = &inputs.config {
        return read(path);
    }
    let here = place::real(&place::here());
    let found: BTreeSet<Option<PathBuf>> =
        folders(inputs).iter().map(|folder| nearest(folder, &here)).collect();
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(Some(path)), None) => read(&place::clean(&path, &here)),
        (Some(one), Some(other)) => {
            let named = |path: Option<PathBuf>| match path {
                Some(path) => format!("`{}`", shown(&place::clean(&path, &here))),
                None => "no file".to_owned(),
            };
            Err(usage(format!(
                "the paths have different settings, {} and {}: name one with `--config`, or run \
                 them apart",
                named(one),
                named(other)
            )))
        }
        _ => Ok(Config::default()),
    }
}

/// The folders that hold what was named, or that were named. What is not there has none.
fn folders(inputs: &Inputs) -> BTreeSet<PathBuf> {
    let holds = |path: &Path| match path.is_dir() {
        true => path.to_owned(),
        false if place::is_stdin(path) => above(Path::new(&inputs.stdin_filename)),
        false => above(path),
    };
    // Many files of one folder are asked for once.
    let folders: BTreeSet<PathBuf> = inputs.paths.iter().map(|path| holds(path)).collect();
    folders.into_iter().filter_map(|folder| folder.canonicalize().ok()).collect()
}

fn above(path: &Path) -> PathBuf {
    Path::new(".").join(path.parent().unwrap_or(Path::new("")))
}

/// The nearest file from a folder upwards: up to the root of its repository or, outside of any, up
/// to the current directory. What lies above may be anyone's, as in `/tmp`.
fn nearest(folder: &Path, here: &Path) -> Option<PathBuf> {
    let mut found: Option<&Path> = None;
    for step in folder.ancestors() {
        if found.is_none() && step.join(FILE).is_file() {
            found = Some(step);
        }
        if found == Some(folder) || step.join(".git").exists() {
            return found.map(|folder| folder.join(FILE));
        }
    }
    found.filter(|step| step.starts_with(here)).map(|folder| folder.join(FILE))
}

fn read(path: &Path) -> anyhow::Result<Config> {
    let name = shown(path);
    let text = fs::read_to_string(path).map_err(|error| usage(format!("{name}: {error}")))?;
    let folder = place::real(&above(path));
    Ok(Config { folder, ..Config::parse(&name, &text)? })
}

fn shown(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    report::path(path.as_os_str().as_encoded_bytes())
}
