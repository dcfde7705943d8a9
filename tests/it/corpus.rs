//! The files that nobody here wrote: real manifests, charts, notes, and suites of traps.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// One of those files.
pub struct File {
    pub path: PathBuf,
    pub text: String,
}

/// Where they lie; none if they are not there, which is then said in one line.
pub fn shared(test: &str) -> Option<PathBuf> {
    let root = env::var_os("SEAWORTHY_SHARED").map_or_else(|| "../shared".into(), PathBuf::from);
    if root.join("corpus").is_dir() {
        return Some(root);
    }
    eprintln!("{test} did not run: there is no corpus in {}", root.display());
    None
}

/// Every file below a folder that is UTF-8, in the order of their names.
pub fn files(root: &Path) -> Vec<File> {
    let mut folders = vec![root.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let path = entry.path();
                if let Ok(text) = String::from_utf8(fs::read(&path).unwrap()) {
                    files.push(File { path, text });
                }
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Every file of the corpus and of the suites.
pub fn all(test: &str) -> Option<Vec<File>> {
    let root = shared(test)?;
    let mut all = files(&root.join("corpus"));
    all.extend(files(&root.join("suites")));
    Some(all)
}
