//! What `--exclude` leaves out, and what the configuration does.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{config::Config, place, usage};

/// What is left out, however paths are typed.
#[derive(Debug)]
pub(super) struct Excluded {
    here: PathBuf,
    patterns: Vec<Patterns>,
}

/// Patterns as in a `.gitignore` of a folder.
#[derive(Debug)]
struct Patterns {
    globs: Gitignore,
    folder: PathBuf,
}

impl Excluded {
    /// What was typed is about the current directory, what the configuration says about its own.
    ///
    /// Errors: patterns that make no sense.
    pub(super) fn new(typed: &[String], config: &Config) -> anyhow::Result<Excluded> {
        let here = place::here();
        let mut patterns = Vec::new();
        if !typed.is_empty() {
            patterns.push(Patterns::new("--exclude", typed, here.clone())?);
        }
        if !config.exclude.is_empty() {
            let what = format!("{}: exclude", config.name);
            patterns.push(Patterns::new(&what, &config.exclude, config.folder.clone())?);
        }
        Ok(Excluded { here, patterns })
    }

    /// Whether a file or directory is left out, itself or with a directory that holds it.
    pub(super) fn is_excluded(&self, path: &Path, is_dir: bool) -> bool {
        let mut patterns = self.patterns.iter();
        patterns.any(|patterns| patterns.matches(&self.here.join(path), is_dir))
    }
}

impl Patterns {
    fn new(what: &str, globs: &[String], folder: PathBuf) -> anyhow::Result<Patterns> {
        let mut builder = GitignoreBuilder::new("");
        for glob in globs {
            // A line of a file has no `./`, but a path on a command line often does.
            let line = match glob.strip_prefix("./") {
                Some(rest) => format!("/{rest}"),
                None if glob.starts_with('#') => format!("\\{glob}"),
                None => glob.clone(),
            };
            if matches!(line.trim(), "" | "." | "/" | "!") {
                // Nobody means all or nothing by a variable that is empty.
                return Err(usage(format!("{what}: `{glob}` is no pattern")));
            }
            let added = builder.add_line(None, &line);
            added.map_err(|error| usage(format!("{what} {glob}: {error}")))?;
        }
        let globs = builder.build().map_err(|error| usage(format!("{what}: {error}")))?;
        Ok(Patterns { globs, folder })
    }

    fn matches(&self, path: &Path, is_dir: bool) -> bool {
        let way = place::clean(path, &self.folder);
        // The folder itself is where patterns begin.
        !way.as_os_str().is_empty()
            && self.globs.matched_path_or_any_parents(way, is_dir).is_ignore()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn patterns_hold_for_paths_however_they_are_typed() -> anyhow::Result<()> {
        let here = Path::new("/home/me").to_owned();
        let cases = [
            ("b.yaml", "x/y/b.yaml", true),
            ("x", "x/y/b.yaml", true),
            ("x/", "x/y/b.yaml", true),
            ("x/", "y/x", false),
            ("./x", "x/b.yaml", true),
            ("./x", "y/x/b.yaml", false),
            ("x/y", "/home/me/x/y/b.yaml", true),
            ("x/y", "z/../x/y/b.yaml", true),
            ("/x", "../me/x/b.yaml", true),
            ("x/*.yaml", "./x/b.yaml", true),
            ("x/*.yaml", "x/y/b.yaml", false),
            ("*.yaml", "/else/where/b.yaml", true),
            ("../x", "../x/b.yaml", true),
            ("/x", "../x/b.yaml", false),
            ("#x", "#x", true),
        ];
        for (glob, path, excluded) in cases {
            let globs = Patterns::new("--exclude", &[glob.to_owned()], here.clone())?;
            assert_eq!(globs.matches(&here.join(path), false), excluded, "{glob} {path}");
        }
        Ok(())
    }
}
