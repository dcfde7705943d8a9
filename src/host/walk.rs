//! Goes through a directory, past all that git ignores.
//!
//! In: the directory, and what else to leave out. Out: the paths of files, and of directories that
//! could not be read.
//!
//! The patterns are the `ignore` crate's, the walk is not: that one asks the system for five files
//! in every directory, which takes longer than to read the manifests.

use std::{
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
};

use ignore::{Match, gitignore::Gitignore};

use super::config;

/// What a walk comes upon.
pub(super) enum Found<'w> {
    /// A file that is neither hidden nor ignored.
    File {
        /// What it is called within its folder.
        name: &'w OsStr,
        /// The way to that folder, from what was walked through.
        shown: &'w Path,
        /// The same once links are followed.
        real: &'w Path,
    },
    /// A folder that has settings of its own.
    Settings {
        /// The way to it, from what was walked through.
        shown: &'w Path,
        /// The same once links are followed.
        real: &'w Path,
    },
    /// A directory that could not be read, and why.
    Unread(PathBuf, io::Error),
}

/// Visits what is in a directory and below. Hidden entries, links, and what `excluded` says of a
/// path and whether it is a directory are left out; so is what git ignores, in a repository.
pub(super) fn walk(
    root: &Path,
    excluded: &dyn Fn(&Path, bool) -> bool,
    visit: &mut dyn FnMut(Found<'_>),
) {
    // Patterns are about real paths, from the folder of their file on.
    let real = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let mut patterns = Vec::new();
    let repository = real.ancestors().skip(1).find(|folder| folder.join(".git").exists());
    if let Some(repository) = repository {
        patterns.extend(of_repository(repository));
        let between: Vec<&Path> =
            real.ancestors().skip(1).take_while(|folder| folder.starts_with(repository)).collect();
        let own = between.into_iter().rev().map(|folder| Gitignore::new(folder.join(GITIGNORE)).0);
        patterns.extend(own.filter(|patterns| !patterns.is_empty()));
    }
    let in_repository = repository.is_some();
    Walk { excluded, visit, in_repository, patterns }.folder(root, &real);
}

const GITIGNORE: &str = ".gitignore";

/// The patterns of a repository that stand in no `.gitignore`, weakest first.
fn of_repository(folder: &Path) -> impl Iterator<Item = Gitignore> {
    let exclude = folder.join(".git/info/exclude");
    let mut own = ignore::gitignore::GitignoreBuilder::new(folder);
    own.add(exclude);
    let own = own.build().unwrap_or_else(|_| Gitignore::empty());
    [Gitignore::global().0, own].into_iter().filter(|patterns| !patterns.is_empty())
}

struct Walk<'w> {
    excluded: &'w dyn Fn(&Path, bool) -> bool,
    visit: &'w mut dyn FnMut(Found<'_>),
    in_repository: bool,
    /// What git ignores here, weakest first.
    patterns: Vec<Gitignore>,
}

impl Walk<'_> {
    /// Visits a folder, and comes back with the patterns that were there before.
    fn folder(&mut self, shown: &Path, real: &Path) {
        let entries = match entries(shown) {
            Ok(entries) => entries,
            Err(error) => return (self.visit)(Found::Unread(shown.to_owned(), error)),
        };
        let holds = |name: &str| entries.iter().any(|(its, _)| its == name);
        if holds(config::FILE) {
            (self.visit)(Found::Settings { shown, real });
        }
        // What a repository around another one ignores is not for that one.
        let outer = holds(".git").then(|| (self.in_repository, std::mem::take(&mut self.patterns)));
        if outer.is_some() {
            self.in_repository = true;
            self.patterns.extend(of_repository(real));
        }
        let inherited = self.patterns.len();
        if self.in_repository && holds(GITIGNORE) {
            self.patterns.push(Gitignore::new(real.join(GITIGNORE)).0);
        }
        for (name, kind) in entries {
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let is_folder = kind.is_dir();
            if !(is_folder || kind.is_file()) || self.leaves_out(shown, real, &name, is_folder) {
                continue;
            }
            match is_folder {
                true => self.folder(&shown.join(&name), &real.join(&name)),
                false => (self.visit)(Found::File { name: &name, shown, real }),
            }
        }
        match outer {
            Some(outer) => (self.in_repository, self.patterns) = outer,
            None => self.patterns.truncate(inherited),
        }
    }

    fn leaves_out(&self, shown: &Path, real: &Path, name: &OsStr, is_folder: bool) -> bool {
        (self.excluded)(&shown.join(name), is_folder)
            || !self.patterns.is_empty() && self.ignores(&real.join(name), is_folder)
    }

    fn ignores(&self, real: &Path, is_folder: bool) -> bool {
        let told = self.patterns.iter().rev().map(|patterns| patterns.matched(real, is_folder));
        let mut told = told.filter(|told| !told.is_none());
        matches!(told.next(), Some(Match::Ignore(_)))
    }
}

/// The names in a folder with what they are, none of them read.
fn entries(folder: &Path) -> io::Result<Vec<(OsString, fs::FileType)>> {
    fs::read_dir(folder)?
        .map(|entry| entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))))
        .collect()
}
