//! `seaworthy patch`: applies a patch to any YAML or JSON file, in the fewest bytes.

use std::{fs, io, io::Read as _, path::Path};

use anyhow::{Context as _, anyhow};

use super::{Exit, cli::PatchArgs, disk, place, screen::Screen, usage};
use crate::{
    report,
    review::Source,
    text::Lines,
    yaml::{self, PatchError, PatchFile},
};

pub(super) fn patch(args: &PatchArgs, screen: &mut Screen<'_>) -> anyhow::Result<Exit> {
    let (file, patch) = (opened(&args.file), opened(&args.patch));
    if file.is_none() && patch.is_none() {
        return Err(usage("only one of file and patch can be standard input"));
    }
    let wanted = text(patch, "<patch>")?;
    let patch_name = name(patch, "<patch>");
    let wanted = PatchFile::parse(&wanted)
        .map_err(|error| usage(located(&patch_name, &wanted, error.at(), &error.to_string())))?;
    let name = name(file, "<stdin>");
    let old = text(file, "<stdin>")?;
    let refused = |error: PatchError| anyhow!(located(&name, &old, error.at(), &error.to_string()));
    let patched = yaml::patch(&old, args.document, &wanted).map_err(refused)?;
    for warning in &patched.warnings {
        let told = located(&name, &old, Some(warning.at), &warning.message);
        screen.tell(|_, out| writeln!(out, "warning: {told}"));
    }
    let changed = patched.text != old;
    match file {
        _ if args.diff && !changed => {}
        _ if args.diff => {
            let look = screen.look;
            let real = place::real(file.unwrap_or(Path::new(&name)));
            let path = place::address(&real, &place::real(&place::here()));
            report::unified(&path, &old, &patched.text, look, screen.out())?;
            screen.tell_outside([&*path].into_iter());
        }
        None => screen.out().write_all(patched.text.as_bytes())?,
        Some(path) if changed => {
            disk::replace(path, &old, &patched.text).with_context(|| name.clone())?;
        }
        Some(_) => {}
    }
    Ok(if args.diff && changed { Exit::Found } else { Exit::Good })
}

/// The file of this name; none for standard input.
fn opened(path: &Path) -> Option<&Path> {
    (!place::is_stdin(path)).then_some(path)
}

fn name(path: Option<&Path>, stdin: &str) -> String {
    path.map_or_else(|| stdin.to_owned(), |path| report::path(path.as_os_str().as_encoded_bytes()))
}

fn text(path: Option<&Path>, stdin: &str) -> anyhow::Result<String> {
    let name = name(path, stdin);
    let mut bytes = Vec::new();
    match path {
        Some(path) => bytes = fs::read(path).with_context(|| name.clone())?,
        None => {
            io::stdin().read_to_end(&mut bytes).context("standard input")?;
        }
    }
    Source::new(&name, bytes).text.map_err(|problem| anyhow!("{name}{problem}; {}", problem.advice))
}

/// `pod.yaml:12:3: what is wrong`
fn located(name: &str, text: &str, at: Option<usize>, message: &str) -> String {
    match at {
        Some(at) => format!("{name}:{}: {message}", Lines::new(text).position(at)),
        None => format!("{name}: {message}"),
    }
}
