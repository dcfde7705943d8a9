//! `seaworthy fix`: mends what is unsafe, or shows how it would.

use anyhow::bail;
use rayon::prelude::*;

use super::{
    Exit, check,
    cli::FixArgs,
    disk,
    files::{self, File},
    screen::Screen,
};
use crate::{
    report::{self, Done, Mode},
    review::{Review, Reviewed, review},
    rules::Trust,
};

pub(super) fn fix(args: &FixArgs, screen: &mut Screen<'_>) -> anyhow::Result<Exit> {
    let settings = args.choice.settings(args.trust())?;
    let files = files::find(&args.inputs)?;
    let sources = files::read(&files, args.inputs.max_file_size, screen);
    let named: Vec<bool> = files.iter().map(|file| file.named).collect();
    let review = review(sources, &settings);
    match &files[..] {
        _ if args.diff || args.check => conclude(args, &review, &named, Vec::new(), screen),
        [File { path: None, .. }] => pass(args, &review, &named, screen),
        _ => {
            let failed = write(&review, &files, screen);
            conclude(args, &review, &named, failed, screen)
        }
    }
}

/// Tells the review, and what could not be written.
pub(super) fn conclude(
    args: &FixArgs,
    review: &Review,
    named: &[bool],
    failed: Vec<(String, String)>,
    screen: &mut Screen<'_>,
) -> anyhow::Result<Exit> {
    let look = screen.look;
    let changed = review.sources.iter().filter(|reviewed| reviewed.plan.change.is_some());
    let changes = changed.clone().next().is_some();
    let dry = args.diff || args.check;
    let exit = match () {
        _ if !failed.is_empty() => Exit::Incomplete,
        _ if dry && changes => Exit::Found,
        _ => Exit::Good,
    };
    // The other arguments choose what is written, and so have to stay.
    let next = match () {
        _ if !changes => None,
        _ if args.diff => Some("nothing was written; `fix` without `--diff` writes the changes"),
        _ if args.check => Some("nothing was written; `fix` without `--check` writes the changes"),
        _ => None,
    };
    let mode = if dry { Mode::Preview } else { Mode::Fix };
    let done = Done { mode, failed, next };
    match () {
        _ if args.diff => report::diff(review, look, screen.out())?,
        _ if args.check => {
            for reviewed in changed {
                writeln!(screen.out(), "{}", reviewed.source.name)?;
            }
        }
        _ => report::human(review, &done, look, screen.out())?,
    }
    check::close(review, &done, screen);
    Ok(exit.max(check::completeness(review, named, &args.inputs)))
}

/// Passes standard input on, with its changes made; findings go aside, where they are in no
/// reader's way.
fn pass(
    args: &FixArgs,
    review: &Review,
    named: &[bool],
    screen: &mut Screen<'_>,
) -> anyhow::Result<Exit> {
    for reviewed in &review.sources {
        let text = match (&reviewed.plan.change, &reviewed.source.text) {
            (Some(change), _) => &change.text,
            (None, Ok(text)) => text,
            (None, Err(_)) => continue,
        };
        screen.out().write_all(text.as_bytes())?;
    }
    let done = Done { mode: Mode::Fix, failed: Vec::new(), next: None };
    screen.tell(|look, out| report::human(review, &done, look, out));
    check::close(review, &done, screen);
    Ok(check::completeness(review, named, &args.inputs))
}

/// Writes every change; gives back the files that could not be written, and why.
fn write(review: &Review, files: &[File], screen: &Screen<'_>) -> Vec<(String, String)> {
    let changed = |(reviewed, _): &(&Reviewed, &File)| reviewed.plan.change.is_some();
    let work: Vec<(&Reviewed, &File)> = review.sources.iter().zip(files).filter(changed).collect();
    let progress = screen.progress(work.len(), "writing");
    let write = |&(reviewed, file): &(&Reviewed, &File)| {
        let failure = put(reviewed, file).err();
        progress.inc(1);
        failure.map(|error| (file.name.clone(), format!("{error:#}")))
    };
    // What takes long is waiting for the disk, and one file is no reason to start a thread.
    let failed = match work.len() {
        0 | 1 => work.iter().filter_map(write).collect(),
        _ => work.par_iter().filter_map(write).collect(),
    };
    progress.finish_and_clear();
    failed
}

fn put(reviewed: &Reviewed, file: &File) -> anyhow::Result<()> {
    match (&reviewed.plan.change, &reviewed.source.text, &file.path) {
        (Some(change), Ok(old), Some(path)) => disk::replace(path, old, &change.text),
        _ => bail!("only what was read from a file can be written to it"),
    }
}

impl FixArgs {
    pub(super) fn trust(&self) -> Trust {
        if self.safe { Trust::Safe } else { Trust::Risky }
    }
}
