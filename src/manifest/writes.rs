//! Where a container writes besides its mounts, as far as its command says.
//!
//! In: a [`Container`]. Out: a fragment that says what it writes: `its command …`.

use super::{Container, Part as _, clean, need::words};

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
/// Programs that write to every path that they are given.
const WRITERS: &[&str] = &["touch", "mkdir", "tee", "chmod", "rm", "rmdir", "truncate"];
/// Programs that write to the last path that they are given.
const COPIERS: &[&str] = &["cp", "mv", "ln", "install"];

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

    /// Why no `emptyDir` can be mounted at `/tmp`, and what to do about it; sentences.
    pub fn no_scratch(self) -> Option<String> {
        if !self.pod().workload().whole {
            return Some(
                "Not every Knative takes an `emptyDir`: mount one at `/tmp` if yours does.".into(),
            );
        }
        if self.is_ruby() {
            return Some(
                "Ruby refuses an `emptyDir` as `/tmp`, which anyone may write to: mount one \
                 elsewhere, name it in `TMPDIR`, and say `true`."
                    .into(),
            );
        }
        let mut places = self.word("workingDir").into_iter().chain(self.run().take(1));
        let place =
            places.find(|path| path.starts_with('/') && clean(path).starts_with("/tmp/"))?;
        Some(format!(
            "It starts at `{place}`, which an `emptyDir` at `/tmp` would hide: mount one elsewhere, \
             name it in `TMPDIR`, and say `true`."
        ))
    }

    /// Whether its image is known to build images.
    pub(super) fn builds_images(self) -> bool {
        let image = self.image();
        words(&image).any(|word| BUILDER_IMAGES.contains(&word))
    }
}

/// The absolute paths that a shell would write to: where it sends output, and those arguments of
/// programs that name what is written.
fn targets(shell: &str) -> impl Iterator<Item = &str> {
    let words: Vec<&str> = shell.split_whitespace().collect();
    let mut paths = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let rest = &words[index + 1..];
        let sent = word.trim_start_matches(|it: char| it.is_ascii_digit() || it == '&');
        match sent.strip_prefix('>').map(|rest| rest.trim_start_matches(['>', '|'])) {
            Some("") => paths.extend(rest.first()),
            Some(path) => paths.push(path),
            None => paths.extend(written_by(word, arguments(rest))),
        }
    }
    paths.into_iter().map(bare).filter(|path| path.starts_with('/'))
}

/// The words up to where a shell sees the end of a command.
fn arguments<'t, 's>(words: &'t [&'s str]) -> &'t [&'s str] {
    let starts = |word: &&str| word.starts_with([';', '&', '|', '>']);
    let ends = |word: &&str| word.ends_with([';', '&', '|', ')']);
    let end = words.iter().position(starts).unwrap_or(words.len());
    let end = words[..end].iter().position(ends).map_or(end, |last| last + 1);
    &words[..end]
}

/// The arguments of a program that name what it writes, if it is one that writes.
fn written_by<'s>(program: &str, arguments: &[&'s str]) -> Vec<&'s str> {
    let program = bare(program).rsplit('/').next().unwrap_or_default();
    let paths = || arguments.iter().copied().filter(|it| !it.starts_with('-'));
    match program {
        _ if WRITERS.contains(&program) => paths().collect(),
        _ if COPIERS.contains(&program) => paths().next_back().into_iter().collect(),
        "sed" if arguments.iter().any(|it| it.starts_with("-i")) => {
            paths().next_back().into_iter().collect()
        }
        "tar" => {
            let folder = arguments.iter().position(|it| *it == "-C").map(|at| at + 1);
            folder.and_then(|at| arguments.get(at)).copied().into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// A word without what a shell takes for itself.
fn bare(word: &str) -> &str {
    word.trim_matches(|it: char| "\"'`;&|()$".contains(it))
}
