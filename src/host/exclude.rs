//! What `--exclude` leaves out.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{place, usage};

/// Patterns as in a `.gitignore` of the current directory, however paths are typed.
#[derive(Clone, Debug)]
pub(super) struct Excluded {
    globs: Gitignore,
    here: PathBuf,
}

impl Excluded {
    /// Errors: patterns that make no sense.
    pub(super) fn new(globs: &[String]) -> anyhow::Result<Excluded> {
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
                return Err(usage(format!("--exclude: `{glob}` is no pattern")));
            }
            let added = builder.add_line(None, &line);
            added.map_err(|error| usage(format!("--exclude {glob}: {error}")))?;
        }
        let globs = builder.build().map_err(|error| usage(format!("--exclude: {error}")))?;
        Ok(Excluded { globs, here: place::here() })
    }

    /// Whether a file or directory is left out, itself or with a directory that holds it.
    pub(super) fn is_excluded(&self, path: &Path, is_dir: bool) -> bool {
        if self.globs.is_empty() {
            return false;
        }
        let way = place::clean(path, &self.here);
        // The current directory is where patterns begin.
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
            let globs = Excluded::new(&[glob.to_owned()])?;
            let globs = Excluded { here: here.clone(), ..globs };
            assert_eq!(globs.is_excluded(Path::new(path), false), excluded, "{glob} {path}");
        }
        Ok(())
    }
}
