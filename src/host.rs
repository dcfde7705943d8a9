//! The world around the core: arguments, files, terminals and exit codes.
//!
//! In: what the user typed. Out: files written, reports told, and one exit code.

mod around;
mod check;
mod choice;
mod cli;
mod config;
mod disk;
mod exclude;
mod explain;
mod files;
mod fix;
mod new;
mod output;
mod patch;
mod place;
mod ratchet;
mod rights;
mod schema;
mod screen;
mod show;
mod walk;
mod write;

use std::{collections::BTreeMap, io, process::ExitCode};

use clap::Parser as _;

use config::Config;
use screen::Screen;

use crate::review::{Review, Settings, Source, review};

/// What to call a configuration that is in no file.
const CONFIG: &str = "config.yaml";

/// What happened, as scripts see it; the highest holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
enum Exit {
    /// Nothing found, nothing would change, or everything was done.
    #[default]
    Good = 0,
    /// Something was found, or would change.
    Found = 1,
    /// The arguments make no sense.
    Usage = 2,
    /// There is no Kubernetes object.
    Nothing = 3,
    /// Something could not be read, worked on or written.
    Incomplete = 4,
}

/// Runs the program on the arguments of the process.
pub fn run() -> ExitCode {
    let cli = cli::Cli::parse();
    let mut screen = Screen::new(&cli);
    let done = match &cli.command {
        cli::Command::Check(args) => check::check(args, &mut screen),
        cli::Command::Fix(args) => fix::fix(args, &mut screen),
        cli::Command::Rights(args) => rights::rights(args, &mut screen),
        cli::Command::New(args) => new::new(args, &mut screen),
        cli::Command::Patch(args) => patch::patch(args, &mut screen),
        cli::Command::Explain(args) => explain::explain(args, &mut screen),
        cli::Command::Config(args) => show::show(args, &mut screen),
        cli::Command::Schema(args) => schema::schema(args, &mut screen),
    };
    let exit = match done.and_then(|exit| Ok(screen.finish().map(|()| exit)?)) {
        Ok(exit) => exit,
        Err(error) if is_closed(&error) => Exit::Good,
        Err(error) => {
            let exit = if error.is::<Usage>() { Exit::Usage } else { Exit::Incomplete };
            screen.fail(&error);
            exit
        }
    };
    ExitCode::from(exit as u8)
}

/// What a run on sources in memory says.
#[derive(Debug)]
pub struct Rehearsal {
    /// What there is to say; a change in it is what would be written.
    pub review: Review,
    /// What goes to standard output.
    pub out: String,
    /// What goes to standard error.
    pub err: String,
    /// The exit code.
    pub exit: u8,
}

/// Runs `check`, `fix` or `rights` on sources in memory, each taken for a file that was named itself: nothing
/// is read, and nothing written. `config` is what `.seaworthy.yaml` holds, empty if there is none.
///
/// Errors: arguments or settings that make no sense, arguments that name a file to write, and other
/// commands.
pub fn rehearse(args: &[&str], config: &str, sources: Vec<Source>) -> anyhow::Result<Rehearsal> {
    let cli = cli::Cli::try_parse_from(["seaworthy"].iter().chain(args))?;
    let config = Config::parse(CONFIG, config)?;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut screen = Screen::kept(&mut out, &mut err, &cli);
    let (review, exit) = match &cli.command {
        cli::Command::Check(args) => {
            args.output.writes_no_file()?;
            let settings = args.settings(&config)?;
            let review = review(sources, &settings);
            let exit = check::conclude(args, &review, &settings, &mut screen)?;
            (review, exit)
        }
        cli::Command::Fix(args) => {
            args.output.writes_no_file()?;
            args.keeps_no_file()?;
            let settings = args.settings(&config)?;
            let review = review(sources, &settings);
            let failed = BTreeMap::new();
            let exit = fix::conclude(args, &review, &settings, failed, &mut screen)?;
            (review, exit)
        }
        cli::Command::Rights(args) => {
            args.output.writes_no_file()?;
            let asked = rights::Asked::new(args, &config)?;
            let review = asked.review(sources);
            let exit = rights::conclude(args, &asked, &review, &mut screen)?;
            (review, exit)
        }
        _ => return Err(usage("only `check`, `fix` and `rights` can be rehearsed")),
    };
    drop(screen);
    let text = |bytes| String::from_utf8(bytes).expect("reports are written as text");
    Ok(Rehearsal { review, out: text(out), err: text(err), exit: exit as u8 })
}

/// The settings that arguments of `check`, `fix` or `rights` ask for, over what `.seaworthy.yaml` holds.
///
/// Errors: arguments or settings that make no sense, and other commands.
pub fn settings(args: &[&str], config: &str) -> anyhow::Result<Settings> {
    let config = Config::parse(CONFIG, config)?;
    match cli::Cli::try_parse_from(["seaworthy"].iter().chain(args))?.command {
        cli::Command::Check(args) => args.settings(&config),
        cli::Command::Fix(args) => args.settings(&config),
        cli::Command::Rights(args) => Ok(rights::Asked::new(&args, &config)?.settings),
        _ => Err(usage("only `check`, `fix` and `rights` have settings")),
    }
}

/// Whether whoever reads our output has stopped reading.
fn is_closed(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    kind == Some(io::ErrorKind::BrokenPipe)
}

/// Arguments that make no sense together.
#[derive(Debug)]
struct Usage(String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

fn usage(message: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Usage(message.into()))
}
