//! `seaworthy fix`: mends what is unsafe, or shows how it would.

use std::{collections::BTreeMap, io::Write, mem::ManuallyDrop};

use super::{
    Exit, around, check,
    cli::FixArgs,
    config,
    files::{self, File},
    output::Told,
    place,
    ratchet::{self, Kept},
    screen::Screen,
    usage,
    write::write,
};
use crate::{
    report::{self, Done, Mode},
    review::{Review, Settings, review},
};

pub(super) fn fix(args: &FixArgs, screen: &mut Screen<'_>) -> anyhow::Result<Exit> {
    args.keeps_yaml()?;
    let config = config::find(&args.inputs)?;
    let mut settings = args.settings(&config)?;
    let files = files::find(&args.inputs, &config, screen)?;
    files::spares_folders(&files, &args.choice, &mut settings)?;
    args.output.spares(&files)?;
    screen.tell_config(&config);
    let dry = args.diff || args.check;
    if let ([file @ File { path: None, .. }], false) = (&files[..], dry) {
        args.keeps_no_file()?;
        return pass(args, file, &settings, screen);
    }
    let sources = files::read(&files, args.inputs.max_file_size, screen);
    // The program ends here: to give back all the small pieces would only take time.
    let mut review = ManuallyDrop::new(around::review(&files, sources, &mut settings));
    for created in &review.created {
        if let Ok(path) = files[created.source].beside(&created.file) {
            args.output.spares_new(&path)?;
        }
    }
    if args.diff {
        let here = place::real(&place::here());
        for (reviewed, file) in review.sources.iter_mut().zip(&files) {
            // The world is asked only for files that the diff names.
            if reviewed.plan.change.is_some() {
                reviewed.source.path = file.address(&here);
            }
        }
        for created in &mut review.created {
            // The file is not there, but its folder is, maybe behind a link.
            if let Some(folder) = files[created.source].folder() {
                created.path = place::address(&folder.join(&created.file), &here);
            }
        }
    }
    let failed = if dry { BTreeMap::new() } else { write(&review, &files, screen) };
    let exit = conclude(args, &review, &settings, failed, screen)?;
    let Some(file) = &args.ratchet else { return Ok(exit) };
    let kept = ratchet::keep(file, &review, &settings, dry, screen)?;
    let name = report::path(file.as_os_str().as_encoded_bytes());
    match kept {
        Kept::Same => Ok(exit),
        Kept::Nothing => {
            screen
                .tell(|_, out| writeln!(out, "{name}: there is nothing that a policy could hold"));
            Ok(exit)
        }
        Kept::Written if dry => {
            screen.tell(|_, out| writeln!(out, "{name}: a policy would be written"));
            Ok(exit.max(Exit::Found))
        }
        Kept::Written => {
            screen.tell(|_, out| writeln!(out, "{name}: a policy was written"));
            Ok(exit)
        }
    }
}

/// Tells the review, and what could not be written.
pub(super) fn conclude(
    args: &FixArgs,
    review: &Review,
    settings: &Settings,
    failed: BTreeMap<String, String>,
    screen: &mut Screen<'_>,
) -> anyhow::Result<Exit> {
    let changed = review.sources.iter().filter(|reviewed| reviewed.plan.change.is_some());
    let changes = changed.clone().next().is_some() || !review.created.is_empty();
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
    let done = Done { failed, next, ..Done::new(mode, screen.verbose) };
    let human = |look, out: &mut dyn Write| match () {
        _ if args.diff => report::diff(review, look, out),
        _ if args.check => {
            changed.clone().try_for_each(|reviewed| writeln!(out, "{}", reviewed.source.name))?;
            review.created.iter().try_for_each(|created| writeln!(out, "{}", created.name))
        }
        _ => report::human(review, &done, look, out),
    };
    args.output.write(&Told { review, settings, done: &done, human: &human }, screen)?;
    check::close(review, &done, screen);
    if args.diff && args.output.shows_human() {
        let created = review.created.iter().map(|created| &*created.path);
        screen.tell_outside(changed.map(|reviewed| &*reviewed.source.path).chain(created));
    }
    Ok(exit.max(check::completeness(review, &args.inputs)))
}

/// Passes standard input on, with its changes made, or as it came; findings go aside, where they
/// are in no reader's way.
fn pass(
    args: &FixArgs,
    file: &File,
    settings: &Settings,
    screen: &mut Screen<'_>,
) -> anyhow::Result<Exit> {
    if !args.output.shows_human() {
        return Err(usage(
            "--output json: `fix -` passes the manifest on to standard output; add `--diff` or \
             `--check`, or name a file: `--output json=report.json`",
        ));
    }
    let max = args.inputs.max_file_size;
    let read = file.bytes(max);
    // What is no text is nothing to work on, but still someone's bytes.
    let came = read.as_ref().ok().cloned().flatten();
    let review = review(vec![file.source(read, max)], settings);
    let change = review.sources.iter().find_map(|reviewed| reviewed.plan.change.as_ref());
    let passed = change.map(|change| change.text.as_bytes()).or(came.as_deref());
    screen.out().write_all(passed.unwrap_or_default())?;
    let done = Done::new(Mode::Fix, screen.verbose);
    let human = |look, out: &mut dyn Write| report::human(&review, &done, look, out);
    screen.tell(human);
    args.output.write_file(&Told { review: &review, settings, done: &done, human: &human })?;
    check::close(&review, &done, screen);
    if passed.is_none() {
        screen.must_tell(|_, out| writeln!(out, "nothing was passed on to standard output"));
    }
    Ok(check::completeness(&review, &args.inputs))
}
