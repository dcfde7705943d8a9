//! `seaworthy check`: tells what is unsafe.

use super::{
    Exit,
    cli::{CheckArgs, Inputs},
    files,
    screen::Screen,
};
use crate::{
    report::{self, Done, Mode},
    review::{Cause, Review, review},
    rules::Trust,
};

pub(super) fn check(args: &CheckArgs, screen: &mut Screen<'_>) -> anyhow::Result<Exit> {
    let settings = args.choice.settings(Trust::Risky)?;
    let files = files::find(&args.inputs)?;
    let sources = files::read(&files, args.inputs.max_file_size, screen);
    let named: Vec<bool> = files.iter().map(|file| file.named).collect();
    conclude(args, &review(sources, &settings), &named, screen)
}

/// Tells the review.
pub(super) fn conclude(
    args: &CheckArgs,
    review: &Review,
    named: &[bool],
    screen: &mut Screen<'_>,
) -> anyhow::Result<Exit> {
    let look = screen.look;
    let next = (review.mended() > 0)
        .then_some("`seaworthy fix --diff` shows the changes, `seaworthy fix` writes them");
    let done = Done { mode: Mode::Check, failed: Vec::new(), next };
    report::human(review, &done, look, screen.out())?;
    close(review, &done, screen);
    let least = args.fail_on.level();
    let mut entries = review.sources.iter().flat_map(|reviewed| &reviewed.plan.entries);
    let found = match entries.any(|entry| entry.finding.level >= least) {
        true => Exit::Found,
        false => Exit::Good,
    };
    Ok(found.max(completeness(review, named, &args.inputs)))
}

/// Tells the summary, and what went wrong even if asked to be quiet.
pub(super) fn close(review: &Review, done: &Done, screen: &mut Screen<'_>) {
    if done.mode == Mode::Preview && review.mended() > 0 {
        screen.tell(|_, out| writeln!(out));
    }
    screen.must_tell(|look, out| report::problems(review, done, look, out));
    screen.tell(|look, out| report::summary(review, done, look, out));
}

/// Whether everything that was asked for could be looked at. `named` tells of each source whether
/// it was named itself.
pub(super) fn completeness(review: &Review, named: &[bool], inputs: &Inputs) -> Exit {
    let incomplete = review.sources.iter().zip(named).any(|(reviewed, named)| {
        let mut problems = reviewed.problems.iter();
        problems.any(|problem| *named || inputs.strict || problem.cause == Cause::Unread)
    });
    match () {
        _ if incomplete => Exit::Incomplete,
        _ if review.objects == 0 && !inputs.allow_empty => Exit::Nothing,
        _ => Exit::Good,
    }
}
