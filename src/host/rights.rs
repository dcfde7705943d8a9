//! `seaworthy rights`: tells who can do what, through which binding.

use std::mem;

use super::{
    Exit, check,
    cli::RightsArgs,
    config::{self, Config},
    files,
    output::Format,
    screen::Screen,
};
use crate::{
    report::{self, Done, Mode},
    review::{self, Only, Review, Settings, Source},
    rules::{Check, RULES},
};

pub(super) fn rights(args: &RightsArgs, screen: &mut Screen<'_>) -> anyhow::Result<Exit> {
    let config = config::find(&args.inputs)?;
    let asked = Asked::new(args, &config)?;
    let files = files::find(&args.inputs, &config, screen)?;
    args.output.spares(&files)?;
    screen.tell_config(&config);
    let sources = files::read(&files, args.inputs.max_file_size, screen);
    let review = asked.review(sources);
    conclude(args, &asked, &review, screen)
}

/// What is to be looked at, and what is to be shown of it.
pub(super) struct Asked {
    pub(super) settings: Settings,
    only: Only,
}

impl Asked {
    /// Only rules about rights run, unless others are named.
    ///
    /// Errors: arguments or settings that make no sense.
    pub(super) fn new(args: &RightsArgs, config: &Config) -> anyhow::Result<Asked> {
        let mut settings = args.settings(config)?;
        // What is dangerous about a role is so whatever is shown of it.
        let only = mem::take(&mut settings.only);
        if settings.rules.select.is_empty() {
            let about = |kinds: &[&str]| {
                kinds.iter().any(|kind| kind.ends_with("Role") || kind.ends_with("RoleBinding"))
            };
            let about = RULES.iter().filter(|rule| match rule.check {
                Check::Object(kinds, _) => about(kinds),
                Check::Pod(_) => false,
            });
            settings.rules.select = about.map(|rule| rule.id.to_owned()).collect();
        }
        Ok(Asked { settings, only })
    }

    pub(super) fn review(&self, sources: Vec<Source>) -> Review {
        review::review(sources, &self.settings)
    }
}

/// Tells the rights.
pub(super) fn conclude(
    args: &RightsArgs,
    asked: &Asked,
    review: &Review,
    screen: &mut Screen<'_>,
) -> anyhow::Result<Exit> {
    let holders = review::rights(review, &asked.settings, &asked.only);
    args.output.write_as(screen, &|format, look, out| match format {
        Format::Human => report::rights(&holders, look, out),
        Format::Json => report::rights_json(review, &holders, out),
    })?;
    let done = Done::new(Mode::Check, screen.verbose);
    screen.must_tell(|look, out| report::problems(review, &done, look, out));
    screen
        .tell(|look, out| report::rights_summary(review, &holders, &asked.only, &done, look, out));
    Ok(check::completeness(review, &args.inputs))
}
