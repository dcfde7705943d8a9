//! Which files there are to work on, and what they hold.
//!
//! In: the paths that were typed, and patterns. Out: [`File`]s in order of their names, and their
//! [`Source`]s.

use std::{
    borrow::Cow,
    collections::HashSet,
    ffi::OsStr,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use rayon::prelude::*;

use super::{
    choice::Choice,
    cli::Inputs,
    config::{self, Config},
    disk,
    exclude::Excluded,
    place,
    screen::Screen,
    usage,
    walk::{Found, walk},
};
use crate::{
    plan::NewFiles,
    report,
    review::{Settings, Source},
};

/// One file to work on.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// What to call it before people.
    pub(super) name: String,
    /// Where it is; none for standard input.
    pub(super) path: Option<PathBuf>,
    /// Where it is once links are followed, if that is known.
    real: Option<PathBuf>,
    /// Whether it was named itself, and not found in a directory.
    pub(super) named: bool,
    /// Why it cannot be read, if that is known before it is tried.
    trouble: Option<String>,
}

/// What is searched for in directories.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// The files that the paths lead to, each of them once. Settings that do not hold for them, although
/// they stand beside some, are told.
///
/// Errors: patterns that make no sense, and standard input together with something else.
pub(super) fn find(
    inputs: &Inputs,
    config: &Config,
    screen: &mut Screen<'_>,
) -> anyhow::Result<Vec<File>> {
    let stdin = inputs.paths.iter().any(|path| place::is_stdin(path));
    if stdin && inputs.paths.len() > 1 {
        return Err(usage("`-` is standard input, and goes with no other path"));
    }
    if stdin {
        let name = inputs.stdin_filename.clone();
        return Ok(vec![File { name, path: None, real: None, named: true, trouble: None }]);
    }
    let excluded = Excluded::new(&inputs.exclude, config)?;
    let (mut files, mut unused) = (Vec::new(), Vec::new());
    // Who names a file, or none, has chosen.
    let chosen = inputs.no_config || inputs.config.is_some();
    for path in &inputs.paths {
        match path.is_dir() {
            true => search(path, &excluded, &mut |found| match found {
                Found::File { name, shown, real } if is_manifest(name) => {
                    let file = File::new(shown.join(name), false);
                    files.push(File { real: Some(real.join(name)), ..file });
                }
                Found::File { .. } => {}
                Found::Settings { shown, real } => {
                    if !chosen && real != config.folder {
                        unused.push(File::new(shown.join(config::FILE), false).name);
                    }
                }
                Found::Unread(path, error) => {
                    files.push(File { trouble: Some(error.to_string()), ..File::new(path, false) });
                }
            }),
            false if excluded.is_excluded(path, false) => {}
            false => files.push(File::new(path.clone(), true)),
        }
    }
    screen.tell_unused(&mut unused);
    files.sort_by(|a, b| a.name.cmp(&b.name));
    if inputs.paths.len() > 1 {
        once(&mut files);
    }
    Ok(files)
}

/// Finds what is in a directory. What could not be searched takes its place among the files, so
/// that it is told.
fn search(path: &Path, excluded: &Excluded, visit: &mut dyn FnMut(Found<'_>)) {
    walk(path, &|path, is_folder| excluded.is_excluded(path, is_folder), visit);
}

fn is_manifest(name: &OsStr) -> bool {
    // One of the names that kustomize looks for has no extension.
    if name == "Kustomization" {
        return true;
    }
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|its| EXTENSIONS.iter().any(|known| its.eq_ignore_ascii_case(known)))
}

/// Leaves out what was there before under another name; a file that was named itself counts as such.
fn once(files: &mut Vec<File>) {
    files.sort_by(|a, b| (&a.name, !a.named).cmp(&(&b.name, !b.named)));
    let mut seen = HashSet::new();
    files.retain(|file| file.path.is_none() || seen.insert(file.real().into_owned()));
}

impl File {
    fn new(path: PathBuf, named: bool) -> File {
        let shown = path.strip_prefix(".").unwrap_or(&path);
        let name = report::path(shown.as_os_str().as_encoded_bytes());
        File { name, path: Some(path), real: None, named, trouble: None }
    }

    fn read(&self, max: u64) -> Source {
        match &self.trouble {
            Some(trouble) => self.source(Err(io::Error::other(trouble.clone())), max),
            None => self.source(self.bytes(max), max),
        }
    }

    /// What it holds; none if that is more than `max` bytes.
    pub(super) fn bytes(&self, max: u64) -> io::Result<Option<Vec<u8>>> {
        match &self.path {
            Some(path) => bytes(path, max),
            None => at_most(io::stdin().lock(), 0, max),
        }
    }

    /// What was read, with its name.
    pub(super) fn source(&self, read: io::Result<Option<Vec<u8>>>, max: u64) -> Source {
        let source = match read {
            Ok(Some(bytes)) => Source::new(&self.name, bytes),
            Ok(None) => Source::too_large(&self.name, max),
            Err(error) => Source::unread(&self.name, error.to_string()),
        };
        Source { named: self.named, ..source }
    }

    /// What a diff calls it, from where the current directory really is.
    pub(super) fn address(&self, here: &Path) -> Vec<u8> {
        place::address(&self.real(), here)
    }

    /// Where its folder is once links are followed; none for standard input.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        let path = self.path.as_deref()?;
        disk::directory(path).canonicalize().ok()
    }

    /// Whether another can be named after it.
    pub(super) fn is_text(&self) -> bool {
        self.path
            .as_deref()
            .is_none_or(|path| path.file_name().is_none_or(|it| it.to_str().is_some()))
    }

    /// A file beside it.
    ///
    /// Errors: that is no name of a file, or it is beside none.
    pub(super) fn beside(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.path.as_deref().context("only beside a file another can be")?;
        disk::beside(path, name)
    }

    /// Where it is once links are followed.
    pub(super) fn real(&self) -> Cow<'_, Path> {
        match &self.real {
            Some(real) => Cow::Borrowed(real),
            None => place::real(self.path.as_deref().unwrap_or(Path::new(&self.name))).into(),
        }
    }
}

/// Standard input is in no folder, in which another file could be made.
///
/// Errors: one was asked for.
pub(super) fn spares_folders(
    files: &[File],
    choice: &Choice,
    settings: &mut Settings,
) -> anyhow::Result<()> {
    if files.iter().all(|file| file.path.is_some()) {
        return Ok(());
    }
    if choice.generate_into.is_some() {
        return Err(usage("--generate-into: standard input is in no folder; name a file"));
    }
    settings.new_files = NewFiles::Never;
    Ok(())
}

/// Reads all files, on all processors if they are many.
pub(super) fn read(files: &[File], max: u64, screen: &Screen<'_>) -> Vec<Source> {
    const FEW: usize = 16;
    if files.len() <= FEW {
        return files.iter().map(|file| file.read(max)).collect();
    }
    let progress = screen.progress(files.len(), "reading");
    let sources = files.par_iter().map(|file| {
        let source = file.read(max);
        progress.inc(1);
        source
    });
    let sources = sources.collect();
    progress.finish_and_clear();
    sources
}

fn bytes(path: &Path, max: u64) -> io::Result<Option<Vec<u8>>> {
    let file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    if length > max {
        return Ok(None);
    }
    at_most(file, length, max)
}

/// What can be read, unless it is more than `max` bytes; `expected` are made room for.
fn at_most(reader: impl Read, expected: u64, max: u64) -> io::Result<Option<Vec<u8>>> {
    let room = usize::try_from(expected + 1).unwrap_or_default();
    let mut bytes = Vec::with_capacity(room);
    reader.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= max).then_some(bytes))
}
