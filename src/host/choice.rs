//! What is wanted: what was typed, over what the configuration says, over what holds otherwise.
//!
//! In: [`Choice`] and [`Config`]. Out: [`Settings`].

use std::collections::BTreeMap;

use clap::{Args, ValueEnum, value_parser};
use serde::Deserialize;

use super::{
    cli::rule,
    config::{self, Config},
    usage,
};
use crate::{
    manifest::is_kustomization,
    plan::NewFiles,
    review::{Only, Settings},
    rules::{self, Platform, Profile, RULES, Trust, Version},
};

#[derive(Args, Default)]
pub(super) struct Choice {
    /// What to aim at [default: hardened]
    #[arg(long)]
    pub(super) profile: Option<ProfileName>,
    /// The version of the Pod Security Standards that the profiles go by: `latest`, or that of a
    /// cluster, such as `v1.34` [default: latest]
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub(super) pod_security_version: Option<Version>,
    /// Run only these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Do not run these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Write what this rule holds back for want of proof that it does no harm
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) accept_risk: Vec<String>,
    /// The user that containers run as, where `run-as-non-root` is written and nobody knows of a user
    #[arg(long, value_name = "UID", value_parser = value_parser!(u32).range(1..=config::MAX_ID))]
    pub(super) run_as_user: Option<u32>,
    /// The group that volumes are given to, where `run-as-non-root` is written and nobody knows of a
    /// user
    #[arg(long, value_name = "GID", value_parser = value_parser!(u32).range(0..=config::MAX_ID))]
    pub(super) fs_group: Option<u32>,
    /// Give the API token to those containers alone that seem to use it, where a pod has others
    #[arg(long)]
    pub(super) token_per_container: bool,
    /// Write all objects that are missing into this file of each folder; a name such as
    /// `security.yaml`. Without it they go into the file of what needs them, or beside it where that
    /// has no room
    #[arg(long, value_name = "FILE", value_parser = file_name)]
    pub(super) generate_into: Option<String>,
    /// What the manifests are for; told from them, if it is not said
    #[arg(long)]
    pub(super) platform: Option<PlatformName>,
    /// Look only at objects in these namespaces
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    pub(super) namespace: Vec<String>,
    /// What a missing namespace means
    #[arg(long, value_name = "NAME")]
    pub(super) default_namespace: Option<String>,
    /// Look only at objects of these kinds
    #[arg(long, value_delimiter = ',')]
    pub(super) kind: Vec<String>,
    /// Look only at objects with these names
    #[arg(long, value_delimiter = ',')]
    pub(super) name: Vec<String>,
}

/// What to aim at.
#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum ProfileName {
    /// The Pod Security Standard of this name, which keeps known ways onto the node shut
    Baseline,
    /// The Pod Security Standard of this name, which is best practice for pods
    Restricted,
    /// Restricted, and everything else that is known to help
    Hardened,
}

/// A kind of cluster.
#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum PlatformName {
    /// Pods run as the users that they name
    Kubernetes,
    /// Each namespace has users of its own: no user and no group is ever written
    #[value(name = "openshift")]
    #[serde(rename = "openshift")]
    OpenShift,
}

impl Choice {
    /// The settings that were asked for.
    ///
    /// Errors: names of rules that there are not, and choices in which something is asked for that
    /// would not run: nothing found would then be no good news.
    pub(super) fn settings(&self, trust: Trust, config: &Config) -> anyhow::Result<Settings> {
        for id in self.select.iter().chain(&self.ignore).chain(&self.accept_risk) {
            rule(id)?;
        }
        let profile =
            self.profile.or(config.profile).map_or(Profile::Hardened, |profile| match profile {
                ProfileName::Baseline => Profile::Baseline,
                ProfileName::Restricted => Profile::Restricted,
                ProfileName::Hardened => Profile::Hardened,
            });
        let platform = self.platform.or(config.platform).map(|platform| match platform {
            PlatformName::Kubernetes => Platform::Kubernetes,
            PlatformName::OpenShift => Platform::OpenShift,
        });
        let version = config.pod_security_version.map(|version| version.0);
        let namespace = self.default_namespace.as_ref().or(config.default_namespace.as_ref());
        let rules = rules::Settings {
            profile,
            select: first(&self.select, &config.select),
            // Who types what to run means just that.
            ignore: match self.select.is_empty() {
                true => first(&self.ignore, &config.ignore),
                false => self.ignore.clone(),
            },
            accept_risk: first(&self.accept_risk, &config.accept_risk),
            overrides: config.overrides(),
            pod_security: self.pod_security_version.or(version).unwrap_or_default(),
            default_namespace: namespace.cloned(),
            platform,
            images: config.images(),
            run_as_user: self.run_as_user.or(config.run_as_user.map(|user| user.0)),
            fs_group: self.fs_group.or(config.fs_group.map(|group| group.0)),
            token_per_container: self.token_per_container || config.token_per_container,
            enforce: config.enforce,
            registries: config.registries(),
            evidence: false,
        };
        self.judge(&rules, config)?;
        let only = Only {
            namespaces: self.namespace.clone(),
            kinds: self.kind.clone(),
            names: self.name.clone(),
        };
        let into = self.generate_into.as_ref().or(config.generate_into.as_ref().map(|it| &it.0));
        Ok(Settings {
            rules,
            trust,
            only,
            operations: false,
            workloads: config.workloads(),
            new_files: into.cloned().map_or(NewFiles::Beside, NewFiles::Into),
            barred: BTreeMap::new(),
        })
    }

    /// Errors: what is asked for would not run.
    fn judge(&self, rules: &rules::Settings, config: &Config) -> anyhow::Result<()> {
        let said = |typed: &[String], key: &str| match typed.is_empty() {
            true => format!("{}: {key}", config.name),
            false => format!("--{key}"),
        };
        let selected = || rules.select.iter().filter_map(|id| rule(id).ok());
        let select = said(&self.select, "select");
        if let Some(rule) = selected().find(|rule| rule.profile > rules.profile) {
            return Err(usage(format!(
                "{select} {}: profile `{}` does not hold this rule; `--profile {}` does",
                rule.id,
                rules.profile.name(),
                rule.profile.name()
            )));
        }
        let all = rules::Settings { ignore: Vec::new(), ..rules.clone() };
        if let Some(rule) = selected().find(|rule| !all.runs(rule)) {
            return Err(usage(format!(
                "{select} {}: the Pod Security Standards ask for it from v1.{} on",
                rule.id,
                rule.since.minor()
            )));
        }
        if !RULES.iter().any(|rule| rules.runs(rule)) {
            let ignore = said(&self.ignore, "ignore");
            return Err(usage(format!(
                "{ignore} leaves no rule to run: take one off it, or name others"
            )));
        }
        Ok(())
    }
}

/// What was typed; else what the configuration says.
fn first(typed: &[String], said: &[config::RuleName]) -> Vec<String> {
    match typed.is_empty() {
        true => said.iter().map(|rule| rule.0.to_owned()).collect(),
        false => typed.to_vec(),
    }
}

/// `security.yaml`
pub(super) fn file_name(text: &str) -> Result<String, String> {
    let is_yaml = text.ends_with(".yaml") || text.ends_with(".yml");
    let is_path = text.contains(['/', '\\']) || text.contains(char::is_control);
    match () {
        _ if !is_yaml || is_path => {
            Err("the name of a YAML file is wanted, without a folder".to_owned())
        }
        _ if text.starts_with(['.', '-']) => {
            Err("a file by that name would be overlooked, or taken for an option".to_owned())
        }
        _ if is_kustomization(text) => Err("kustomize holds that file for its own".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

/// `latest`, `v1.34`, `1.34`.
pub(super) fn version(text: &str) -> Result<Version, String> {
    if text == "latest" {
        return Ok(Version::LATEST);
    }
    let minor = text.trim_start_matches('v').strip_prefix("1.");
    let minor = minor.filter(|minor| minor.bytes().all(|byte| byte.is_ascii_digit()));
    let minor = minor.and_then(|minor| minor.parse().ok());
    minor.map(Version::v1).ok_or_else(|| "`latest` is wanted, or `v1.` and a number".to_owned())
}
