//! Where a container writes besides its mounts, as far as its command says.
//!
//! In: a [`Container`]. Out: a fragment that says what it writes: `its command …`.

use super::{Container, clean, need::words};

/// Words in the names of images that build images, for which they unpack others as root.
const BUILDER_IMAGES: &[&str] = &["dind", "buildkit", "kaniko", "buildah"];
/// Programs that write wherever the image has its own files.
const INSTALLERS: &[&str] = &[
    "apt-get",
    "apt",
    "apk",
    "yum",
    "dnf",
    "microdnf",
    "useradd",
    "adduser",
    "pip install",
    "pip3 install",
    "npm install",
    "npm ci",
];
/// Programs whose argument is a path that they write to.
const WRITERS: &[&str] = &["touch", "mkdir", "tee"];

impl Container<'_> {
    /// Why it cannot run on a root file system that it may not write to: where its command writes
    /// besides mounts and temporary files, or what it is for.
    pub fn writes_root(self) -> Option<String> {
        if let Some(program) = self.runs(INSTALLERS) {
            return Some(format!("it runs `{program}`"));
        }
        if self.builds_images() {
            return Some(format!("its image `{}` unpacks others there", self.image()));
        }
        let shell = self.texts().collect::<Vec<_>>().join(" ");
        let path = targets(&shell).find(|path| {
            let scratch = ["/dev/", "/proc/", "/sys/", "/tmp/"];
            let scratch = scratch.iter().any(|folder| path.starts_with(folder));
            !scratch && !self.mounts_over(&clean(path))
        })?;
        Some(format!("its command writes to `{path}`"))
    }

    /// Whether its image is known to build images.
    pub(super) fn builds_images(self) -> bool {
        let image = self.image();
        words(&image).any(|word| BUILDER_IMAGES.contains(&word))
    }
}

/// The absolute paths that a shell would write to: where it sends output, and the arguments of
/// programs that write.
fn targets(shell: &str) -> impl Iterator<Item = &str> {
    let mut words = shell.split_whitespace();
    std::iter::from_fn(move || {
        let word = words.next()?;
        let sent = word.trim_start_matches(|it: char| it.is_ascii_digit() || it == '&');
        let path = match sent.strip_prefix('>').map(|rest| rest.trim_start_matches(['>', '|'])) {
            Some("") => words.clone().next(),
            Some(rest) => Some(rest),
            None if WRITERS.contains(&word) => words.clone().find(|it| !it.starts_with('-')),
            None => None,
        };
        Some(path.unwrap_or_default().trim_matches(|it: char| "\"'`;&|()".contains(it)))
    })
    .filter(|path| path.starts_with('/'))
}
