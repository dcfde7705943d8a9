//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{
    output::{Format, Output},
    usage,
};
use crate::{
    review::{Only, Settings},
    rules::{self, Level, Profile, RULES, Trust, Version},
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
    /// Apply a JSON Patch (RFC 6902) or a JSON merge patch (RFC 7396) to any YAML or JSON file,
    /// in the fewest bytes
    ///
    /// A document that is not written in brackets stays a map, a list or a scalar: its root is not
    /// replaced by another of these.
    Patch(PatchArgs),
    /// Tell what a rule wants, and why
    Explain(ExplainArgs),
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
    pub(super) fail_on: FailOn,
    /// `human`, or `json` for programs; to standard output in place of the findings, or to a file
    /// besides them
    #[arg(short, long, value_name = "FORMAT[=FILE]", default_value = "human")]
    pub(super) output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FailOn {
    Error,
    Warning,
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
    /// `human`, or `json` for programs; to standard output in place of the findings or the diff, or
    /// to a file besides them
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
pub(super) struct SchemaArgs {
    /// What it describes
    pub(super) of: SchemaName,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum SchemaName {
    /// What `--output json` writes
    Report,
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

#[derive(Args)]
pub(super) struct Choice {
    /// What to aim at
    #[arg(long, default_value = "hardened")]
    profile: ProfileName,
    /// The version of the Pod Security Standards that the profiles go by: `latest`, or that of a
    /// cluster, such as `v1.34`
    #[arg(long, value_name = "VERSION", default_value = "latest", value_parser = version)]
    pod_security_version: Version,
    /// Run only these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,
    /// Do not run these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Write what this rule holds back for want of proof that it does no harm
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    accept_risk: Vec<String>,
    /// Look only at objects in these namespaces
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    namespace: Vec<String>,
    /// What a missing namespace means
    #[arg(long, value_name = "NAME")]
    default_namespace: Option<String>,
    /// Look only at objects of these kinds
    #[arg(long, value_delimiter = ',')]
    kind: Vec<String>,
    /// Look only at objects with these names
    #[arg(long, value_delimiter = ',')]
    name: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ProfileName {
    /// The Pod Security Standard of this name, which keeps known ways onto the node shut
    Baseline,
    /// The Pod Security Standard of this name, which is best practice for pods
    Restricted,
    /// Restricted, and everything else that is known to help
    Hardened,
}

impl CheckArgs {
    /// What `fix` would write, too, is told.
    pub(super) fn settings(&self) -> anyhow::Result<Settings> {
        self.choice.settings(Trust::Risky, &self.output)
    }
}

impl FixArgs {
    pub(super) fn settings(&self) -> anyhow::Result<Settings> {
        let trust = if self.safe { Trust::Safe } else { Trust::Risky };
        self.choice.settings(trust, &self.output)
    }
}

impl Choice {
    /// The settings that were asked for.
    ///
    /// Errors: names of rules that there are not, and choices in which something is asked for that
    /// would not run: nothing found would then be no good news.
    fn settings(&self, trust: Trust, output: &Output) -> anyhow::Result<Settings> {
        for id in self.select.iter().chain(&self.ignore).chain(&self.accept_risk) {
            rule(id)?;
        }
        let rules = rules::Settings {
            profile: match self.profile {
                ProfileName::Baseline => Profile::Baseline,
                ProfileName::Restricted => Profile::Restricted,
                ProfileName::Hardened => Profile::Hardened,
            },
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            accept_risk: self.accept_risk.clone(),
            pod_security: self.pod_security_version,
            default_namespace: self.default_namespace.clone(),
            ..rules::Settings::default()
        };
        for rule in self.select.iter().filter_map(|id| rule(id).ok()) {
            if rule.profile > rules.profile {
                let (id, its) = (rule.id, rule.profile.name());
                return Err(usage(format!(
                    "--select {id}: profile `{}` does not hold this rule; `--profile {its}` does",
                    rules.profile.name()
                )));
            }
        }
        for rule in self.select.iter().filter_map(|id| rule(id).ok()) {
            let all = rules::Settings { ignore: Vec::new(), ..rules.clone() };
            if !all.runs(rule) {
                return Err(usage(format!(
                    "--select {}: the Pod Security Standards ask for it from v1.{} on",
                    rule.id,
                    rule.since.minor()
                )));
            }
        }
        if !RULES.iter().any(|rule| rules.runs(rule)) {
            return Err(usage("--ignore leaves no rule to run: take one off it, or name others"));
        }
        let only = Only {
            namespaces: self.namespace.clone(),
            kinds: self.kind.clone(),
            names: self.name.clone(),
        };
        let operations = output.format == Format::Json;
        Ok(Settings { rules, trust, only, operations })
    }
}

/// The rule of this name.
///
/// Errors: there is none; says which one comes nearest.
pub(super) fn rule(id: &str) -> anyhow::Result<&'static rules::Rule> {
    if let Some(rule) = RULES.iter().find(|rule| rule.id == id) {
        return Ok(rule);
    }
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let near = similar::get_close_matches(id, &ids, 1, 0.4);
    let hint = match near.first() {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`seaworthy explain --list` names them all".to_owned(),
    };
    Err(usage(format!("there is no rule `{id}`; {hint}")))
}

impl FailOn {
    pub(super) fn level(self) -> Level {
        match self {
            FailOn::Error => Level::Error,
            FailOn::Warning => Level::Warning,
            FailOn::Note => Level::Note,
        }
    }
}

/// `latest`, `v1.34`, `1.34`.
fn version(text: &str) -> Result<Version, String> {
    if text == "latest" {
        return Ok(Version::LATEST);
    }
    let minor = text.trim_start_matches('v').strip_prefix("1.");
    let minor = minor.filter(|minor| minor.bytes().all(|byte| byte.is_ascii_digit()));
    let minor = minor.and_then(|minor| minor.parse().ok());
    minor.map(Version::v1).ok_or_else(|| "`latest` is wanted, or `v1.` and a number".to_owned())
}

/// `65536`, `64K`, `64M`, `1G`: binary multiples.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    let shift = match &*text[digits.len()..].to_ascii_lowercase() {
        "" | "b" => 0,
        "k" | "kib" => 10,
        "m" | "mib" => 20,
        "g" | "gib" => 30,
        unit => return Err(format!("`{unit}` is none of K, M and G")),
    };
    let number: u64 = digits.parse().map_err(|_| "a number is wanted".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "too large".to_owned())
}
