//! `seaworthy check`: tells what is unsafe.

use std::{io::Write, mem::ManuallyDrop};

use super::{
    Exit, around,
    cli::{CheckArgs, Inputs},
    config, files,
    output::Told,
    screen::Screen,
};
use crate::{
    report::{self, Done, Mode},
    review::{Cause, Review, Settings},
};

pub(super) fn check(args: &CheckArgs, screen: &mut Screen<'_>) -> anyhow::Result<Exit> {
    let config = config::find(&args.inputs)?;
    let mut settings = args.settings(&config)?;
    let files = files::find(&args.inputs, &config, screen)?;
    files::spares_folders(&files, &args.choice, &mut settings)?;
    args.output.spares(&files)?;
    screen.tell_config(&config);
    let sources = files::read(&files, args.inputs.max_file_size, screen);
    // The program ends here: to give back all the small pieces would only take time.
    let review = ManuallyDrop::new(around::review(&files, sources, &mut settings));
    conclude(args, &review, &settings, screen)
}

/// Tells the review.
pub(super) fn conclude(
    args: &CheckArgs,
    review: &Review,
    settings: &Settings,
    screen: &mut Screen<'_>,
) -> anyhow::Result<Exit> {
    let next = (review.mended() > 0)
        .then_some("`seaworthy fix --diff` shows the changes, `seaworthy fix` writes them");
    let done = Done { next, ..Done::new(Mode::Check, screen.verbose) };
    let human = |look, out: &mut dyn Write| report::human(review, &done, look, out);
    let told = Told { review, settings, done: &done, human: &human };
    args.output.write(&told, screen)?;
    close(review, &done, screen);
    let least = args.fail_on.level();
    let mut entries = review.sources.iter().flat_map(|reviewed| &reviewed.plan.entries);
    let found = match entries.any(|entry| entry.finding.level >= least) {
        true => Exit::Found,
        false => Exit::Good,
    };
    Ok(found.max(completeness(review, &args.inputs)))
}

/// Tells the summary, and what went wrong even if asked to be quiet.
pub(super) fn close(review: &Review, done: &Done, screen: &mut Screen<'_>) {
    if done.mode == Mode::Preview && review.mended() > 0 {
        screen.tell(|_, out| writeln!(out));
    }
    screen.must_tell(|look, out| report::problems(review, done, look, out));
    screen.tell(|look, out| report::summary(review, done, look, out));
}

/// Whether everything that was asked for could be looked at.
pub(super) fn completeness(review: &Review, inputs: &Inputs) -> Exit {
    let incomplete = review.sources.iter().any(|reviewed| {
        let must = reviewed.source.named || inputs.strict;
        reviewed.problems.iter().any(|problem| must || problem.cause == Cause::Unread)
    });
    match () {
        _ if incomplete => Exit::Incomplete,
        _ if review.objects == 0 && !inputs.allow_empty => Exit::Nothing,
        _ => Exit::Good,
    }
}
