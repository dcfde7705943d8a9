//! What can be typed behind `new`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Inputs, MAX_FILE_SIZE};
use crate::host::choice::Choice;

#[derive(Args)]
pub(in crate::host) struct NewArgs {
    #[command(subcommand)]
    pub(in crate::host) kind: New,
}

#[derive(Subcommand)]
pub(in crate::host) enum New {
    /// A policy by which the API server holds every pod to what these manifests have reached
    ///
    /// It asks for what Pod Security cannot: that pods say whether they mount an API token, have an
    /// account of their own, do not write to their root file systems, and run images with tags, from
    /// registries that are allowed. What some workload does not meet when `fix` is through with it is
    /// left out, of which you are told. A policy and its binding are printed as YAML.
    AdmissionPolicy(PolicyArgs),
}

#[derive(Args)]
pub(in crate::host) struct PolicyArgs {
    /// What the policy and its binding are called
    #[arg(value_name = "NAME", default_value = "seaworthy")]
    pub(in crate::host) policy: String,
    /// Files and directories whose workloads are to meet it, once they are fixed; without any, it
    /// asks for everything
    #[arg(long, value_name = "PATH")]
    pub(in crate::host) from: Vec<PathBuf>,
    /// Ask for this alone: `automount-service-account-token`, `default-service-account`,
    /// `read-only-root-filesystem`, `image-registry`, `image-tag`
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(in crate::host) control: Vec<String>,
    /// A MutatingAdmissionPolicy in its place, for Kubernetes 1.36 and later, which writes
    /// `automountServiceAccountToken: false`, a seccomp profile, `allowPrivilegeEscalation: false`
    /// and dropped capabilities into pods that do not say it; with `--control`, these:
    /// `automount-service-account-token`, `seccomp-profile`, `allow-privilege-escalation`,
    /// `drop-capabilities`, `read-only-root-filesystem`
    #[arg(long)]
    pub(in crate::host) mutating: bool,
    /// Refuse what does not meet it, and do not only warn and audit; in the namespaces of the
    /// workloads, if they are known
    #[arg(long, conflicts_with = "mutating")]
    pub(in crate::host) deny: bool,
    #[command(flatten)]
    pub(in crate::host) choice: Choice,
    /// Take the settings of this file, and not those of the nearest `.seaworthy.yaml`
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Take no settings but those of the command line
    #[arg(long)]
    no_config: bool,
}

impl PolicyArgs {
    /// What there is to look at.
    pub(in crate::host) fn inputs(&self) -> Inputs {
        Inputs {
            paths: match self.from.is_empty() {
                true => vec![PathBuf::from(".")],
                false => self.from.clone(),
            },
            exclude: Vec::new(),
            config: self.config.clone(),
            no_config: self.no_config,
            max_file_size: MAX_FILE_SIZE,
            strict: false,
            allow_empty: false,
            stdin_filename: "<stdin>".to_owned(),
        }
    }
}
