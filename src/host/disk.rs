//! Writes a file whole or not at all.
//!
//! In: a path, what it held when it was read, and what it is to hold. Out: the file, or an error
//! and the file as it was.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

/// Puts `new` in the place of `old`, and keeps the mode, the owner and symbolic links to the file.
///
/// Errors: the file is no longer what was read, or the world does not let it be written.
pub(super) fn replace(path: &Path, old: &str, new: &str) -> anyhow::Result<()> {
    // A link stays a link: what it leads to is replaced.
    let path = &path.canonicalize().context("cannot be found again")?;
    let metadata = fs::metadata(path).context("cannot be found again")?;
    if !metadata.is_file() {
        bail!("is no regular file");
    }
    let directory = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    let mut file = tempfile::Builder::new()
        .prefix(".seaworthy-")
        .tempfile_in(&directory)
        .with_context(|| format!("cannot write in {}", directory.display()))?;
    file.write_all(new.as_bytes()).context("cannot be written")?;
    // The owner comes first: changing it takes away bits of the mode.
    own(file.as_file(), &metadata);
    file.as_file().set_permissions(metadata.permissions()).context("cannot keep its mode")?;
    file.as_file().sync_all().context("cannot be written")?;
    let now = fs::read(path).context("cannot be read again")?;
    if now != old.as_bytes() {
        bail!("has changed since it was read; run again");
    }
    file.persist(path).map_err(|error| error.error).context("cannot be replaced")?;
    flush(&directory).context("cannot be made to last")
}

/// Puts a file where there is none.
///
/// Errors: there is one, or the world does not let it be written.
pub(super) fn create(path: &Path, text: &str) -> anyhow::Result<()> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let write = || -> io::Result<()> {
        let mut file = fs::File::create_new(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().context("cannot be written")?;
    flush(directory).context("cannot be made to last")
}

/// Gives the file to the owner of the one that it replaces, where that is allowed: only root may.
#[cfg(unix)]
fn own(file: &fs::File, metadata: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let _ = fchown(file, Some(metadata.uid()), Some(metadata.gid()));
}

#[cfg(not(unix))]
fn own(_: &fs::File, _: &fs::Metadata) {}

/// Makes the new name last through a loss of power.
#[cfg(unix)]
fn flush(directory: &Path) -> io::Result<()> {
    fs::File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn flush(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_meanwhile_stays_as_it_is() -> anyhow::Result<()> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("pod.yaml");
        fs::write(&path, "someone else's")?;
        assert!(replace(&path, "old", "new").is_err());
        assert_eq!(fs::read_to_string(&path)?, "someone else's");
        fs::write(&path, "old")?;
        replace(&path, "old", "new")?;
        assert_eq!(fs::read_to_string(&path)?, "new");
        assert_eq!(fs::read_dir(directory.path())?.count(), 1, "nothing is left behind");
        Ok(())
    }
}
