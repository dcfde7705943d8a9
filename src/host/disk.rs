//! Writes a file whole or not at all.
//!
//! In: a path, what it held when it was read, and what it is to hold. Out: the file, or an error
//! and the file as it was.

use std::{
    fs, io,
    io::Write as _,
    path::{Component, Path, PathBuf},
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

/// Puts a file where there is none; who owns the directory owns it too, where that is allowed.
///
/// Errors: there is something by that name, or the world does not let it be written.
pub(super) fn create(path: &Path, text: &str) -> anyhow::Result<()> {
    let directory = directory(path);
    let mut file = blank()
        .tempfile_in(directory)
        .with_context(|| format!("cannot write in {}", directory.display()))?;
    file.write_all(text.as_bytes()).context("cannot be written")?;
    if let Ok(metadata) = fs::metadata(directory) {
        own(file.as_file(), &metadata);
    }
    file.as_file().sync_all().context("cannot be written")?;
    let created = file.persist_noclobber(path).map_err(|error| error.error);
    created.context("cannot be created")?;
    flush(directory).context("cannot be made to last")
}

/// Takes a file away that was just created.
///
/// Errors: it is another one by now, or the world does not let it be removed.
pub(super) fn take_back(path: &Path, text: &str) -> anyhow::Result<()> {
    if fs::read(path).context("cannot be read again")? != text.as_bytes() {
        bail!("has changed since it was written");
    }
    fs::remove_file(path).context("cannot be removed")
}

/// The path of a file beside another; its name may come from a manifest.
///
/// Errors: the name is none, or leads elsewhere.
pub(super) fn beside(source: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let mut parts = Path::new(name).components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(part)), None) if part == name => Ok(directory(source).join(part)),
        _ => bail!("`{name}` is no name of a file"),
    }
}

/// The directory of a file.
pub(super) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// What a new file is written to at first; in the end everyone may read it who may read others.
fn blank() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".seaworthy-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What the process masks is taken away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder
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

    #[test]
    fn a_file_is_created_beside_its_source_and_nowhere_else() -> anyhow::Result<()> {
        let directory = tempfile::tempdir()?;
        let folder = directory.path().join("folder");
        fs::create_dir(&folder)?;
        let source = folder.join("pod.json");
        fs::write(&source, "{}")?;
        let create = |name: &str, text: &str| create(&beside(&source, name)?, text);
        create("account.yaml", "kind: ServiceAccount\n")?;
        assert_eq!(fs::read_to_string(folder.join("account.yaml"))?, "kind: ServiceAccount\n");
        assert!(create("account.yaml", "other").is_err());
        assert_eq!(fs::read_to_string(folder.join("account.yaml"))?, "kind: ServiceAccount\n");
        let whole = directory.path().join("whole.yaml");
        let names = ["", ".", "..", "../a.yaml", "a/b.yaml", "a/", "./a.yaml"];
        for name in names.into_iter().chain(whole.to_str()) {
            assert!(create(name, "").is_err(), "{name}");
        }
        assert_eq!(fs::read_dir(directory.path())?.count(), 1, "nothing is elsewhere");
        assert_eq!(fs::read_dir(&folder)?.count(), 2, "nothing is left behind");
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_no_secret_and_follows_no_link() -> anyhow::Result<()> {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let directory = tempfile::tempdir()?;
        let (source, like) = (directory.path().join("pod.json"), directory.path().join("like"));
        fs::write(&like, "")?;
        create(&beside(&source, "a.yaml")?, "a: 1\n")?;
        let mode = |path: &Path| fs::metadata(path).map(|file| file.permissions().mode());
        assert_eq!(mode(&directory.path().join("a.yaml"))?, mode(&like)?);
        symlink("nowhere", directory.path().join("b.yaml"))?;
        assert!(create(&beside(&source, "b.yaml")?, "a: 1\n").is_err());
        assert!(!directory.path().join("nowhere").exists());
        Ok(())
    }
}
