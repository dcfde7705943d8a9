//! Where words go: findings and diffs to standard output, everything else to standard error.

use std::{
    env,
    io::{self, BufWriter, IsTerminal as _, Write},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{
    cli::{Cli, When},
    config::Config,
    place,
};
use crate::report::{self, Look};

/// Both streams, and what they can show.
pub(super) struct Screen<'w> {
    out: Box<dyn Write + 'w>,
    err: Box<dyn Write + 'w>,
    /// How standard output shows what is told there.
    pub(super) look: Look,
    /// How standard error does.
    pub(super) aside: Look,
    quiet: bool,
    /// Whether to name everything that is left aside.
    pub(super) verbose: bool,
}

/// How wide a page is for readers that tell no width.
pub(super) const PAGE: usize = 100;
/// How many files there are before it takes long enough for a reader to wonder.
const MANY: usize = 500;

impl<'w> Screen<'w> {
    /// The streams of the process.
    pub(super) fn new(cli: &Cli) -> Screen<'static> {
        let width = match (terminal_size::terminal_size(), env::var("COLUMNS")) {
            (Some((width, _)), _) => usize::from(width.0),
            (None, Ok(columns)) => columns.parse().unwrap_or(PAGE),
            (None, Err(_)) => PAGE,
        };
        let out = io::stdout();
        let err = io::stderr();
        Screen {
            look: Look { color: colors(cli.color, &out), width },
            aside: Look { color: colors(cli.color, &err), width },
            out: Box::new(BufWriter::with_capacity(1 << 16, out.lock())),
            err: Box::new(err.lock()),
            quiet: cli.quiet,
            verbose: cli.verbose,
        }
    }

    /// Streams that are kept, without colors, as a page.
    pub(super) fn kept(out: &'w mut Vec<u8>, err: &'w mut Vec<u8>, cli: &Cli) -> Screen<'w> {
        let look = Look { color: false, width: PAGE };
        Screen {
            look,
            aside: look,
            out: Box::new(out),
            err: Box::new(err),
            quiet: cli.quiet,
            verbose: cli.verbose,
        }
    }

    /// Standard output.
    pub(super) fn out(&mut self) -> &mut dyn Write {
        &mut *self.out
    }

    /// Tells something aside, unless asked to be quiet. That nobody listens there is no error.
    pub(super) fn tell(&mut self, tell: impl FnOnce(Look, &mut dyn Write) -> io::Result<()>) {
        if !self.quiet {
            self.must_tell(tell);
        }
    }

    /// Tells something aside that must be heard even if asked to be quiet.
    pub(super) fn must_tell(&mut self, tell: impl FnOnce(Look, &mut dyn Write) -> io::Result<()>) {
        // What is told above has to stand above.
        let _ = self.out.flush();
        let mut text = Vec::new();
        let _ = tell(self.aside, &mut text);
        let _ = self.err.write_all(&text);
    }

    /// Tells which file the settings are from, if they are from one.
    pub(super) fn tell_config(&mut self, config: &Config) {
        if !config.name.is_empty() {
            self.tell(|_, out| writeln!(out, "settings of {}", config.name));
        }
    }

    /// Tells which settings do not hold, although they stand in folders that are worked on.
    pub(super) fn tell_unused(&mut self, files: &mut [String]) {
        files.sort();
        let rest = match files.len() {
            0 => return,
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        self.tell(|_, out| {
            let hint = "run from there, or name the folder, and they do";
            writeln!(out, "{}{rest}: settings that do not hold in this run; {hint}", files[0])
        });
    }

    /// Tells which of the files that a diff names cannot be named so that `git apply` takes them.
    pub(super) fn tell_outside<'p>(&mut self, paths: impl Iterator<Item = &'p [u8]>) {
        let outside: Vec<&[u8]> = paths.filter(|path| place::is_outside(path)).collect();
        let Some(first) = outside.first() else { return };
        let first = report::path(first);
        let rest = match outside.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        self.tell(|_, out| {
            let which = "not below the current directory; run from a directory above it for a";
            writeln!(out, "{first}{rest}: {which} diff that `git apply` takes")
        });
    }

    /// Tells why nothing more can be done.
    pub(super) fn fail(&mut self, error: &anyhow::Error) {
        self.must_tell(|_, out| writeln!(out, "seaworthy: {error:#}"));
    }

    /// Writes what is left.
    ///
    /// Errors: what standard output gives.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// A bar for work on so many files; it shows only on a terminal and if they are many.
    pub(super) fn progress(&self, files: usize, verb: &'static str) -> ProgressBar {
        if self.quiet || files < MANY || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let target = ProgressDrawTarget::stderr();
        let style = ProgressStyle::with_template("{msg} {bar:30} {human_pos}/{human_len}")
            .expect("the template is well-formed");
        ProgressBar::with_draw_target(Some(files as u64), target)
            .with_style(style)
            .with_message(verb)
    }
}

/// Whether to use colors: `--color`, then `NO_COLOR`, then `FORCE_COLOR` and `CLICOLOR_FORCE`, of
/// which `0` forces nothing, then what the stream is.
fn colors(when: When, stream: &(impl anstream::stream::RawStream + 'static)) -> bool {
    let value = |name| env::var_os(name).filter(|value| !value.is_empty());
    let forced = |name| value(name).is_some_and(|value| value != "0");
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if value("NO_COLOR").is_some() => false,
        When::Auto if forced("FORCE_COLOR") || forced("CLICOLOR_FORCE") => true,
        // `anstream` takes any value of `CLICOLOR_FORCE` for a wish.
        When::Auto if !stream.is_terminal() => false,
        When::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
    }
}
