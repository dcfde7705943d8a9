//! What can be typed.

mod new;
mod size;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
pub(super) use new::{New, NewArgs, PolicyArgs};
use serde::Deserialize;

use self::size::{MAX_FILE_SIZE, size};
use super::{
    choice::{Choice, ProfileName},
    config::Config,
    output::{Format, Output},
    usage,
};
use crate::{
    review::Settings,
    rules::{self, Level, RULES, Trust},
};

/// Mends Kubernetes manifests: hardens them in place, in the fewest bytes, and shows every change
/// with its reason.
#[derive(Parser)]
#[command(version, max_term_width = 100, after_help = EXITS)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    /// When to use colors
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: When,
    /// No progress and no summary; findings and errors only
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Name every file that is refused or passed over, and why
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(super) verbose: bool,
}

const EXITS: &str = "\
Exit codes: 0 nothing found, or all done; 1 something found, or would change; 2 usage;
3 no Kubernetes object; 4 something could not be read, worked on or written. The highest holds.";

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Tell what is unsafe; writes nothing
    Check(CheckArgs),
    /// Mend what is unsafe, in place
    Fix(FixArgs),
    /// Tell who can do what, through which binding; writes nothing
    ///
    /// Everyone whom a binding names, with the workloads that run as them; what rules call dangerous
    /// is marked.
    Rights(RightsArgs),
    /// Print what there is no manifest of yet
    New(NewArgs),
    /// Apply a JSON Patch (RFC 6902) or a JSON merge patch (RFC 7396) to any YAML or JSON file,
    /// in the fewest bytes
    ///
    /// A document that is not written in brackets stays a map, a list or a scalar: its root is not
    /// replaced by another of these.
    Patch(PatchArgs),
    /// Tell what a rule wants, and why
    Explain(ExplainArgs),
    /// Tell the settings that hold, and where each comes from
    Config(ConfigArgs),
    /// Print the JSON Schema of what programs read
    Schema(SchemaArgs),
}

#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) inputs: Inputs,
    #[command(flatten)]
    pub(super) choice: Choice,
    /// The least level of a finding that makes the exit code 1
    #[arg(long, value_name = "LEVEL", default_value = "warning")]
    pub(super) fail_on: LevelName,
    /// `human`, or `json` for programs; to standard output in place of the findings, or to a file
    /// besides them
    #[arg(short, long, value_name = "FORMAT[=FILE]", default_value = "human")]
    pub(super) output: Output,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum LevelName {
    /// Violates a Pod Security Standard, or opens a known hole
    Error,
    /// Hardening beyond the Pod Security Standards
    Warning,
    /// Asks for a person's value, or tells a fact
    Note,
}

#[derive(Args)]
pub(super) struct FixArgs {
    #[command(flatten)]
    pub(super) inputs: Inputs,
    #[command(flatten)]
    pub(super) choice: Choice,
    /// Show a unified diff, and write nothing
    #[arg(long, conflicts_with = "check")]
    pub(super) diff: bool,
    /// Only name the files that would change, and write nothing
    #[arg(long)]
    pub(super) check: bool,
    /// Write only fixes that cannot stop a workload
    #[arg(long)]
    pub(super) safe: bool,
    /// Label namespaces so that they refuse pods that do not meet the level of Pod Security that all
    /// their workloads meet; without it, labels only warn and audit
    #[arg(long)]
    pub(super) enforce: bool,
    /// Write a policy to this file by which the API server holds every pod to what all workloads
    /// meet now, as `new admission-policy` prints it
    #[arg(long, value_name = "FILE")]
    pub(super) ratchet: Option<PathBuf>,
    /// `human`, or `json` for programs; to standard output in place of the findings or the diff, or
    /// to a file besides them
    #[arg(short, long, value_name = "FORMAT[=FILE]", default_value = "human")]
    pub(super) output: Output,
}

#[derive(Args)]
pub(super) struct RightsArgs {
    #[command(flatten)]
    pub(super) inputs: Inputs,
    /// Mark only what these rules find
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,
    /// Do not mark what these rules find
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Show only what a subject, a workload, a binding or a role in these namespaces has to do with
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    namespace: Vec<String>,
    /// What a missing namespace means
    #[arg(long, value_name = "NAME")]
    default_namespace: Option<String>,
    /// The same with one of these kinds
    #[arg(long, value_delimiter = ',')]
    kind: Vec<String>,
    /// The same with one of these names
    #[arg(long, value_delimiter = ',')]
    name: Vec<String>,
    /// `human`, or `json` for programs; to standard output in place of the table, or to a file
    /// besides it
    #[arg(short, long, value_name = "FORMAT[=FILE]", default_value = "human")]
    pub(super) output: Output,
}

#[derive(Args)]
pub(super) struct PatchArgs {
    /// The YAML or JSON file to edit; `-` edits standard input to standard output
    pub(super) file: PathBuf,
    /// A file, in JSON or YAML, that holds a list of operations, or a map to merge; `-` reads it
    /// from standard input
    #[arg(long, short, value_name = "FILE")]
    pub(super) patch: PathBuf,
    /// The document to edit, counted from 0, empty ones too
    #[arg(long, value_name = "N")]
    pub(super) document: Option<usize>,
    /// Show a unified diff, and write nothing
    #[arg(long)]
    pub(super) diff: bool,
}

#[derive(Args)]
pub(super) struct ExplainArgs {
    /// The rule
    #[arg(required_unless_present = "list", conflicts_with = "list")]
    pub(super) rule: Option<String>,
    /// List all rules, as a table in Markdown
    #[arg(long)]
    pub(super) list: bool,
}

#[derive(Args)]
pub(super) struct ConfigArgs {
    #[command(flatten)]
    pub(super) inputs: Inputs,
    #[command(flatten)]
    pub(super) choice: Choice,
}

#[derive(Args)]
pub(super) struct SchemaArgs {
    /// What it describes
    pub(super) of: SchemaName,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum SchemaName {
    /// What `check` and `fix` write with `--output json`
    Report,
    /// What `rights` writes with `--output json`
    Rights,
    /// What `.seaworthy.yaml` holds
    Config,
}

#[derive(Args)]
pub(super) struct Inputs {
    /// Files, and directories to search for *.yaml, *.yml and *.json; `-` is standard input
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub(super) paths: Vec<PathBuf>,
    /// Leave out what this pattern matches, as in a .gitignore of the current directory; files that
    /// are named, too
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,
    /// Take the settings of this file, and not those of the nearest `.seaworthy.yaml`
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,
    /// Take no settings but those of the command line
    #[arg(long)]
    pub(super) no_config: bool,
    /// Refuse larger files; in bytes, or with K, M or G behind the number
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = size)]
    pub(super) max_file_size: u64,
    /// Exit with 4 if any file is refused, not only one that was named
    #[arg(long)]
    pub(super) strict: bool,
    /// Exit with 0 where there is no Kubernetes object
    #[arg(long)]
    pub(super) allow_empty: bool,
    /// What to call standard input
    #[arg(long, value_name = "NAME", default_value = "<stdin>", hide_default_value = true)]
    pub(super) stdin_filename: String,
}

impl CheckArgs {
    /// What `fix` would write, too, is told.
    pub(super) fn settings(&self, config: &Config) -> anyhow::Result<Settings> {
        settings(&self.choice, Trust::Risky, &self.output, config)
    }
}

impl RightsArgs {
    /// What is dangerous is so whatever profile workloads aim at.
    pub(super) fn settings(&self, config: &Config) -> anyhow::Result<Settings> {
        let choice = Choice {
            profile: Some(ProfileName::Hardened),
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            namespace: self.namespace.clone(),
            default_namespace: self.default_namespace.clone(),
            kind: self.kind.clone(),
            name: self.name.clone(),
            ..Choice::default()
        };
        choice.settings(Trust::Risky, config)
    }
}

impl FixArgs {
    /// Errors: what the policy is to be written to is no YAML file.
    pub(super) fn keeps_yaml(&self) -> anyhow::Result<()> {
        let Some(file) = &self.ratchet else { return Ok(()) };
        let extension = file.extension().and_then(|extension| extension.to_str());
        match extension.is_some_and(|its| its == "yaml" || its == "yml") {
            true => Ok(()),
            false => Err(usage("--ratchet: it takes the name of a file that ends in `.yaml`")),
        }
    }

    /// Errors: there is a file to write a policy to.
    pub(super) fn keeps_no_file(&self) -> anyhow::Result<()> {
        match self.ratchet {
            Some(_) => Err(usage("--ratchet: it takes files to fix, and writes one")),
            None => Ok(()),
        }
    }

    pub(super) fn settings(&self, config: &Config) -> anyhow::Result<Settings> {
        let trust = if self.safe { Trust::Safe } else { Trust::Risky };
        let mut settings = settings(&self.choice, trust, &self.output, config)?;
        settings.rules.enforce |= self.enforce;
        Ok(settings)
    }
}

fn settings(
    choice: &Choice,
    trust: Trust,
    output: &Output,
    config: &Config,
) -> anyhow::Result<Settings> {
    let mut settings = choice.settings(trust, config)?;
    let for_programs = output.format == Format::Json;
    (settings.operations, settings.rules.evidence) = (for_programs, for_programs);
    Ok(settings)
}

/// The rule of this name.
///
/// Errors: there is none; says which one comes nearest.
pub(super) fn rule(id: &str) -> anyhow::Result<&'static rules::Rule> {
    if let Some(rule) = RULES.iter().find(|rule| rule.id == id) {
        return Ok(rule);
    }
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let hint = match nearest(id, &ids) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`seaworthy explain --list` names them all".to_owned(),
    };
    Err(usage(format!("there is no rule `{id}`; {hint}")))
}

/// The word that someone may have meant.
pub(super) fn nearest<'w>(word: &str, known: &[&'w str]) -> Option<&'w str> {
    similar::get_close_matches(word, known, 1, 0.4).first().copied()
}

impl LevelName {
    pub(super) fn level(self) -> Level {
        match self {
            LevelName::Error => Level::Error,
            LevelName::Warning => Level::Warning,
            LevelName::Note => Level::Note,
        }
    }
}
