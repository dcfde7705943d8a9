//! Writes what is new and what changed, each after what it needs.
//!
//! In: a [`Review`], and the [`File`]s that it is of. Out: files written, and those that could not be, each
//! with the reason.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::bail;
use rayon::prelude::*;

use super::{disk, files::File, screen::Screen};
use crate::{
    plan::{Created, leans},
    review::{Review, Reviewed},
};

/// Writes every change. What needs something that could not be written is not written either; nor is
/// a new file kept that nobody came to need.
pub(super) fn write(
    review: &Review,
    files: &[File],
    screen: &Screen<'_>,
) -> BTreeMap<String, String> {
    let mut work = Work::new(review, files);
    let progress = screen.progress(work.left.len(), "writing");
    while let Some(ready) = work.next() {
        let write = |item: &usize| {
            let failure = work.write(*item).err();
            progress.inc(1);
            failure.map(|error| (*item, format!("{error:#}")))
        };
        // What takes long is waiting for the disk, and one file is no reason to start a thread.
        let failed: Vec<(usize, String)> = match ready.len() {
            0 | 1 => ready.iter().filter_map(write).collect(),
            _ => ready.par_iter().filter_map(write).collect(),
        };
        work.failed.extend(failed);
    }
    progress.finish_and_clear();
    work.take_back();
    work.failed.iter().map(|(item, why)| (work.name(*item).to_owned(), why.clone())).collect()
}

/// Files to write: at first those that are new, by their place, then the sources, by theirs.
struct Work<'r> {
    review: &'r Review,
    files: &'r [File],
    /// Which others each needs to be there before it.
    needs: BTreeMap<usize, BTreeSet<usize>>,
    /// Those that were not tried yet.
    left: BTreeSet<usize>,
    failed: BTreeMap<usize, String>,
}

impl<'r> Work<'r> {
    fn new(review: &'r Review, files: &'r [File]) -> Work<'r> {
        let n_created = review.created.len();
        let plans = review.sources.iter().map(|reviewed| &reviewed.plan);
        let mut needs: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut need = |one: usize, other: usize| _ = needs.entry(one).or_default().insert(other);
        let mut creating = HashMap::new();
        for (index, created) in review.created.iter().enumerate() {
            for of in &created.of {
                need(n_created + of.0, index);
                creating.insert(of, index);
            }
        }
        for (index, plan) in plans.clone().enumerate() {
            for of in plan.errands.iter().flat_map(|errand| &errand.of) {
                if of.0 != index {
                    need(n_created + of.0, n_created + index);
                }
                // A kustomization names it.
                creating.get(of).into_iter().for_each(|created| need(n_created + index, *created));
            }
        }
        for (one, other) in leans(plans) {
            need(n_created + one, n_created + other);
        }
        let changed = |(_, reviewed): &(usize, &Reviewed)| reviewed.plan.change.is_some();
        let changed = review.sources.iter().enumerate().filter(changed);
        let left = (0..n_created).chain(changed.map(|(index, _)| n_created + index)).collect();
        Work { review, files, needs, left, failed: BTreeMap::new() }
    }

    /// Those that can be written now; none when all were tried.
    fn next(&mut self) -> Option<Vec<usize>> {
        loop {
            let failed = |item: &usize| {
                let need = self.needs(*item).find(|need| self.failed.contains_key(need))?;
                Some((*item, format!("it needs {}, which could not be written", self.name(need))))
            };
            let failed: Vec<(usize, String)> = self.left.iter().filter_map(failed).collect();
            if failed.is_empty() {
                break;
            }
            self.left.retain(|item| failed.binary_search_by_key(item, |(item, _)| *item).is_err());
            self.failed.extend(failed);
        }
        let waits = |item: &usize| self.needs(*item).any(|need| self.left.contains(&need));
        let mut ready: Vec<usize> = self.left.iter().copied().filter(|item| !waits(item)).collect();
        if ready.is_empty() {
            // Those that need each other come together.
            ready = self.left.iter().copied().collect();
        }
        self.left.retain(|item| ready.binary_search(item).is_err());
        (!ready.is_empty()).then_some(ready)
    }

    fn needs(&self, item: usize) -> impl Iterator<Item = usize> {
        self.needs.get(&item).into_iter().flatten().copied()
    }

    fn of(&self, item: usize) -> Result<&'r Created, usize> {
        self.review.created.get(item).ok_or_else(|| item - self.review.created.len())
    }

    fn name(&self, item: usize) -> &'r str {
        self.of(item).map_or_else(|source| &*self.files[source].name, |created| &created.name)
    }

    fn write(&self, item: usize) -> anyhow::Result<()> {
        let source = match self.of(item) {
            Ok(created) => {
                let path = self.files[created.source].beside(&created.file)?;
                return disk::create(&path, &created.text);
            }
            Err(source) => source,
        };
        let reviewed = &self.review.sources[source];
        match (&reviewed.plan.change, &reviewed.source.text, &self.files[source].path) {
            (Some(change), Ok(old), Some(path)) => disk::replace(path, old, &change.text),
            _ => bail!("only what was read from a file can be written to it"),
        }
    }

    /// Takes new files away again of which nobody that was written speaks.
    fn take_back(&mut self) {
        for (index, created) in self.review.created.iter().enumerate() {
            let mut wanting = self.needs.iter().filter(|(_, needs)| needs.contains(&index));
            if self.failed.contains_key(&index)
                || wanting.any(|(item, _)| !self.failed.contains_key(item))
            {
                continue;
            }
            let path = self.files[created.source].beside(&created.file);
            let why = match path.and_then(|path| disk::take_back(&path, &created.text)) {
                Ok(()) => "nothing that needs it could be written".to_owned(),
                Err(error) => format!("nothing needs it now, but it {error:#}"),
            };
            self.failed.insert(index, why);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser as _;

    use super::{
        super::{
            around,
            cli::{Cli, Command},
            config::Config,
            files,
        },
        *,
    };

    const POD: &str = r#"{"apiVersion": "v1", "kind": "Pod",
 "metadata": {"name": "web"}, "spec": {"containers": [{"name": "web", "image": "example.com/web:1"}]}}"#;
    const KUSTOMIZATION: &str = "resources: [web.json]\n";

    /// What could not be written in a folder where `changed` came to be another's after the review.
    fn failed(changed: &str) -> anyhow::Result<(tempfile::TempDir, BTreeMap<String, String>)> {
        let directory = tempfile::tempdir()?;
        let path = |name: &str| directory.path().join(name);
        fs::write(path("web.json"), POD)?;
        fs::write(path("kustomization.yaml"), KUSTOMIZATION)?;
        let folder = directory.path().to_str().unwrap_or_default();
        let cli = Cli::try_parse_from(["seaworthy", "fix", "--no-config", folder])?;
        let Command::Fix(args) = &cli.command else { bail!("that is `fix`") };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut screen = Screen::kept(&mut out, &mut err, &cli);
        let config = Config::default();
        let mut settings = args.settings(&config)?;
        let files = files::find(&args.inputs, &config, &mut screen)?;
        let sources = files::read(&files, args.inputs.max_file_size, &screen);
        let review = around::review(&files, sources, &mut settings);
        assert_eq!(review.created.len(), 1);
        fs::write(path(changed), "another's\n")?;
        let failed = write(&review, &files, &screen);
        let name = |name: String| name.rsplit('/').next().map(str::to_owned).unwrap_or_default();
        let failed = failed.into_iter().map(|(its, why)| (name(its), why)).collect();
        Ok((directory, failed))
    }

    #[test]
    fn a_new_file_goes_again_when_what_needs_it_changed_meanwhile() -> anyhow::Result<()> {
        let (directory, failed) = failed("kustomization.yaml")?;
        let names: Vec<&str> = failed.keys().map(String::as_str).collect();
        assert_eq!(names, ["kustomization.yaml", "web-security.yaml", "web.json"], "{failed:?}");
        assert!(failed["web.json"].starts_with("it needs "), "{failed:?}");
        assert_eq!(failed["web-security.yaml"], "nothing that needs it could be written");
        assert_eq!(fs::read_to_string(directory.path().join("web.json"))?, POD);
        assert_eq!(fs::read_dir(directory.path())?.count(), 2, "nothing is left behind");
        Ok(())
    }

    #[test]
    fn a_new_file_that_a_kustomization_names_stays() -> anyhow::Result<()> {
        let (directory, failed) = failed("web.json")?;
        let names: Vec<&str> = failed.keys().map(String::as_str).collect();
        assert_eq!(names, ["web.json"], "{failed:?}");
        // What names it was written before, and a build would miss it.
        assert!(directory.path().join("web-security.yaml").exists());
        Ok(())
    }
}
