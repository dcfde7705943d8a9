//! Where files are, seen from the current directory.
//!
//! In: paths as they were typed. Out: paths that lead to the same from the current directory.

use std::{
    env,
    path::{Component, MAIN_SEPARATOR, Path, PathBuf},
};

/// The current directory; where there is none, paths stay as they were typed.
pub(super) fn here() -> PathBuf {
    env::current_dir().unwrap_or_default()
}

/// The way from the current directory, without detours: `a.yaml` for `./sub/../a.yaml`.
///
/// Nothing is read: what a link would lead to does not count.
pub(super) fn clean(path: &Path, here: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for component in here.join(path).components() {
        match component {
            Component::CurDir => {}
            // Above the root is the root.
            Component::ParentDir if whole.parent().is_none() => {}
            Component::ParentDir => _ = whole.pop(),
            _ => whole.push(component),
        }
    }
    let shared = whole.components().zip(here.components()).take_while(|(a, b)| a == b).count();
    let up = here.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(whole.components().skip(shared)).collect()
}

/// Where something is once links are followed; what is not there is but a name, cleaned of detours.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| clean(path, &here()))
}

/// What a diff calls a file: the way from the current directory to the file that would be written,
/// or the whole path, if the file is not below this directory. Both are as [`real`] has them.
pub(super) fn address(path: &Path, here: &Path) -> Vec<u8> {
    let way = path.strip_prefix(here).unwrap_or(path);
    let slash = |&byte: &u8| if byte == MAIN_SEPARATOR as u8 { b'/' } else { byte };
    way.as_os_str().as_encoded_bytes().iter().map(slash).collect()
}

/// Whether a path that a diff names leads out of the current directory.
pub(super) fn is_outside(address: &[u8]) -> bool {
    address.starts_with(b"/")
}

/// Whether what was typed is standard input by another name: through it, the file behind it would
/// be written.
pub(super) fn is_stdin(path: &Path) -> bool {
    ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].iter().any(|name| path.as_os_str() == *name)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_of_detours() {
        let cases = [
            ("a.yaml", "a.yaml"),
            ("./a.yaml", "a.yaml"),
            ("sub/../a.yaml", "a.yaml"),
            ("sub//./b/../a.yaml", "sub/a.yaml"),
            (".", ""),
            ("/home/me/a.yaml", "a.yaml"),
            ("../a.yaml", "../a.yaml"),
            ("../me/a.yaml", "a.yaml"),
            ("/home/you/a.yaml", "../you/a.yaml"),
            ("../../../../a.yaml", "../../a.yaml"),
            ("/etc/a.yaml", "../../etc/a.yaml"),
        ];
        for (path, cleaned) in cases {
            assert_eq!(clean(Path::new(path), Path::new("/home/me")), Path::new(cleaned), "{path}");
        }
    }
}
