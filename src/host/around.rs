//! What stands around the input, and speaks against a new file there.
//!
//! In: what the core would make of the sources. Out: the same without files that would take the place
//! of others, or that a build would not read.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    path::{MAIN_SEPARATOR, Path, PathBuf},
};

use super::{files::File, place};
use crate::{
    manifest::{KUSTOMIZATIONS, is_kustomization, join, resources},
    plan::{Bar, Created, NewFiles},
    report,
    review::{self, Review, Settings, Source},
    yaml::Tree,
};

/// Looks at all sources together. New files for which there is no place are barred in the settings, and
/// what needs them is held.
pub(super) fn review(files: &[File], sources: Vec<Source>, settings: &mut Settings) -> Review {
    let mut review = review::review(sources, settings);
    let mut around = None;
    loop {
        let around = match review.created.is_empty() {
            true => return review,
            false => around.get_or_insert_with(|| Around::new(files)),
        };
        let bar = |created: &Created| {
            let bar = around.bar(created, &review, &settings.new_files)?;
            Some((created.name.clone(), bar))
        };
        let barred: BTreeMap<String, Bar> = review.created.iter().filter_map(bar).collect();
        if barred.is_empty() {
            return review;
        }
        // What was planned leans on files that will not be there: it is planned anew.
        settings.barred.extend(barred);
        let sources = review.sources.into_iter().map(|reviewed| reviewed.source);
        review = review::review(sources.collect(), settings);
    }
}

/// The files, and the kustomizations in their folders and above.
struct Around<'f> {
    files: &'f [File],
    /// Those of them that are kustomizations, by where they are.
    known: HashMap<PathBuf, usize>,
    /// The kustomizations that were looked up, by their folder.
    found: HashMap<PathBuf, Vec<Kustomization>>,
}

/// A kustomization that was found.
struct Kustomization {
    path: PathBuf,
    /// Its place among the files, if it is one.
    index: Option<usize>,
    /// What it reads, as its folder has it.
    reads: Vec<String>,
}

impl<'f> Around<'f> {
    fn new(files: &'f [File]) -> Around<'f> {
        let known = files.iter().enumerate().filter(|(_, file)| is_kustomization(&file.name));
        let known = known.map(|(index, file)| (file.real().into_owned(), index)).collect();
        Around { files, known, found: HashMap::new() }
    }

    /// What speaks against a file.
    fn bar(&mut self, created: &Created, review: &Review, new_files: &NewFiles) -> Option<Bar> {
        let source = &self.files[created.source];
        if *new_files == NewFiles::Beside && !source.is_text() {
            return Some(Bar::Nameless);
        }
        // What cannot be asked for is told when it cannot be written.
        let path = source.beside(&created.file).ok()?;
        if path.symlink_metadata().is_ok() {
            return Some(Bar::Taken);
        }
        let folder = source.folder()?;
        let names: HashSet<&str> = created.of.iter().filter_map(|(it, _)| self.name(*it)).collect();
        let names_it = |index: usize| {
            let mut wants = review.sources[index].plan.errands.iter().flat_map(|errand| &errand.of);
            wants.any(|its| created.of.contains(its))
        };
        for step in folder.ancestors() {
            let below = folder.strip_prefix(step).unwrap_or(Path::new(""));
            for found in self.kustomizations(step) {
                let reads = |name: &str| {
                    let path = below.join(name).to_str().map(|it| it.replace(MAIN_SEPARATOR, "/"));
                    path.is_some_and(|path| found.reads.contains(&path))
                };
                let lacks_it = names.iter().any(|name| reads(name)) && !reads(&created.file);
                if lacks_it && !found.index.is_some_and(names_it) {
                    let name = place::clean(&found.path, &place::here());
                    let name = report::path(name.as_os_str().as_encoded_bytes());
                    return Some(Bar::Unnamed(name));
                }
            }
            if step.join(".git").exists() {
                break;
            }
        }
        None
    }

    fn name(&self, source: usize) -> Option<&'f str> {
        self.files[source].path.as_deref()?.file_name()?.to_str()
    }

    /// The kustomizations in a folder.
    fn kustomizations(&mut self, folder: &Path) -> &[Kustomization] {
        let Around { known, found, .. } = self;
        found.entry(folder.to_owned()).or_insert_with(|| {
            let paths = KUSTOMIZATIONS.iter().map(|name| folder.join(name));
            let open = |path: PathBuf| {
                let (index, reads) = (known.get(&path).copied(), read(&path)?);
                Some(Kustomization { path, index, reads })
            };
            paths.filter_map(open).collect()
        })
    }
}

/// What a kustomization reads; none if there is none that can be read.
fn read(path: &Path) -> Option<Vec<String>> {
    // What is no file might keep whoever reads it waiting.
    let text = path.is_file().then(|| fs::read_to_string(path).ok())??;
    let tree = Tree::parse(&text).ok()?;
    Some(tree.roots().flat_map(resources).map(|path| join("", &path)).collect())
}
