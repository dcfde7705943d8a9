//! The configuration: what a project wants, in a file called `.seaworthy.yaml`.
//!
//! In: its text. Out: a [`Config`], or what is wrong and where.

mod find;
mod image;
mod scalar;
#[cfg(test)]
mod schema;

use std::{collections::BTreeMap, fmt, marker::PhantomData, path::PathBuf};

use clap::ValueEnum;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};

pub(super) use find::{FILE, find};
pub(super) use image::ImageConfig;
pub(super) use scalar::{Capability, FilePath, MAX_ID, RuleName};

use scalar::{ApiGroup, FileName, Group, Place, PodSpec, User, VersionName};

use super::{
    choice::{PlatformName, ProfileName},
    cli::{LevelName, nearest},
    usage,
};
use crate::{
    images,
    manifest::Workload,
    rules::{Override, Registries, Trust},
};

/// What a file can say; in `src/host/config/schema.json` for editors.
pub(super) const SCHEMA: &str = include_str!("config/schema.json");

/// The settings of a project. What is said on the command line stands above them.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a map of settings")]
pub(super) struct Config {
    /// What to call the file before people; empty if there is none.
    #[serde(skip)]
    pub(super) name: String,
    /// Where it stands, and patterns begin.
    #[serde(skip)]
    pub(super) folder: PathBuf,
    /// What to aim at; `hardened` if nothing is said.
    pub(super) profile: Option<ProfileName>,
    /// The version of the Pod Security Standards that the profiles go by.
    pub(super) pod_security_version: Option<VersionName>,
    /// What the manifests are for; told from them, if it is not said.
    pub(super) platform: Option<PlatformName>,
    /// What a missing namespace means.
    pub(super) default_namespace: Option<String>,
    /// The file of each folder into which all objects that are missing go; without it they go into
    /// the file of what needs them, or beside it where that has no room.
    pub(super) generate_into: Option<FileName>,
    /// The user that containers run as, where `run-as-non-root` is written and nobody knows of a
    /// user.
    pub(super) run_as_user: Option<User>,
    /// The group that volumes are given to, where `run-as-non-root` is written and nobody knows of
    /// a user.
    pub(super) fs_group: Option<Group>,
    /// Give the API token to those containers alone that seem to use it, where a pod has others.
    pub(super) token_per_container: bool,
    /// Label namespaces so that they refuse pods that do not meet the level of Pod Security that all
    /// their workloads meet.
    pub(super) enforce: bool,
    /// Run only these rules.
    pub(super) select: Vec<RuleName>,
    /// Do not run these rules.
    pub(super) ignore: Vec<RuleName>,
    /// Write what these rules hold back for want of proof that it does no harm.
    pub(super) accept_risk: Vec<RuleName>,
    /// Leave out what these patterns match, as in a `.gitignore` beside this file.
    pub(super) exclude: Vec<String>,
    /// What is said of single rules in the place of what they say themselves.
    #[serde(deserialize_with = "once_each")]
    pub(super) rules: BTreeMap<RuleName, RuleConfig>,
    /// Where images may come from; what comes from elsewhere, rule `image-registry` finds.
    pub(super) registries: RegistriesConfig,
    /// What is known of images, besides what the program knows.
    pub(super) images: Vec<ImageConfig>,
    /// Kinds that run pods, besides those that are known.
    pub(super) workloads: Vec<Kind>,
}

/// What is said of a rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map such as `{trust: manual}`"
)]
pub(super) struct RuleConfig {
    /// How far its fixes are trusted, whatever it says itself; what only a person can mend stays
    /// manual.
    pub(super) trust: Option<TrustName>,
    /// How much its findings matter.
    pub(super) level: Option<LevelName>,
}

/// How far a fix may be trusted.
#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum TrustName {
    /// Written always
    Safe,
    /// Written unless `--safe` is given
    Risky,
    /// Shown, and never written
    Manual,
}

/// Where images may come from.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map with `allow` or `mirrors`"
)]
pub(super) struct RegistriesConfig {
    /// Registries, and beginnings of names in them: `registry.example.com`, `docker.io/library`.
    /// Mirrors need not be named; if there is no entry, what has no mirror may come from anywhere.
    pub(super) allow: Vec<Place>,
    /// What has a mirror, and that mirror: `docker.io: registry.example.com/hub`.
    #[serde(deserialize_with = "once_each")]
    pub(super) mirrors: BTreeMap<Place, Place>,
}

/// A kind that runs pods.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map with `group`, `kind` and `pod-specs`"
)]
pub(super) struct Kind {
    /// Its API group without a version, `apps.example.com`; empty for the core group.
    pub(super) group: ApiGroup,
    /// Its name: `WebApp`.
    pub(super) kind: String,
    /// The paths of its pod specs, `[*]` for every item of a list: `spec.jobs[*].template.spec`.
    pub(super) pod_specs: Vec<PodSpec>,
}

impl Config {
    /// Reads a text; `name` is what to call it.
    ///
    /// Errors: `name:line:column: what is wrong`, which for an unknown word names the nearest one.
    pub(super) fn parse(name: &str, text: &str) -> anyhow::Result<Config> {
        // A file of comments says nothing, and so holds no map.
        let config: Option<Config> =
            serde_yaml::from_str(text).map_err(|error| usage(complaint(name, &error)))?;
        let config = Config { name: name.to_owned(), ..config.unwrap_or_default() };
        match config.images.iter().position(ImageConfig::is_contrary) {
            None => Ok(config),
            Some(index) => Err(usage(format!(
                "{name}: images[{index}]: `run-as-user` and `run-as-non-root` say the contrary of \
                 each other"
            ))),
        }
    }

    /// What is said of rules.
    pub(super) fn overrides(&self) -> BTreeMap<String, Override> {
        let said = self.rules.iter().map(|(rule, said)| {
            let trust = said.trust.map(|trust| match trust {
                TrustName::Safe => Trust::Safe,
                TrustName::Risky => Trust::Risky,
                TrustName::Manual => Trust::Manual,
            });
            let level = said.level.map(LevelName::level);
            (rule.0.to_owned(), Override { trust, level })
        });
        said.collect()
    }

    /// Where images may come from.
    pub(super) fn registries(&self) -> Registries {
        let RegistriesConfig { allow, mirrors } = &self.registries;
        let mirrors = mirrors.iter().map(|(of, mirror)| (of.0.clone(), mirror.0.clone()));
        let allow = allow.iter().map(|place| place.0.clone());
        Registries { allow: allow.collect(), mirrors: mirrors.collect() }
    }

    /// What is known of images: a mirror holds what it is a mirror of.
    pub(super) fn images(&self) -> images::Own {
        let mirrors = self.registries.mirrors.iter();
        let mirrors = mirrors
            .map(|(of, mirror)| images::Mirror { prefix: mirror.0.clone(), of: of.0.clone() });
        let entries = self.images.iter().flat_map(ImageConfig::entries);
        images::Own { mirrors: mirrors.collect(), entries: entries.collect() }
    }

    /// The kinds that run pods, besides those that are known.
    pub(super) fn workloads(&self) -> Vec<Workload> {
        let workload = |kind: &Kind| {
            let paths: Vec<&str> = kind.pod_specs.iter().map(|path| &*path.0).collect();
            Workload::new(&[&kind.group.0], &kind.kind, &paths)
        };
        self.workloads.iter().map(workload).collect()
    }
}

/// What is wrong with a file, and where.
fn complaint(name: &str, error: &serde_yaml::Error) -> String {
    let message = error.to_string();
    let Some(place) = error.location() else { return format!("{name}: {}", meant(&message)) };
    let (line, column) = (place.line(), place.column());
    let message = message.replace(&format!(" at line {line} column {column}"), "");
    format!("{name}:{line}:{column}: {}", meant(&message))
}

/// Says which word may have been meant. Serde tells unknown words, and those that are known, in a
/// sentence only; a test holds it to that.
fn meant(message: &str) -> String {
    for (says, what) in [("unknown field `", "key"), ("unknown variant `", "word")] {
        let Some((path, rest)) = message.split_once(says) else { continue };
        let mut words = rest.split('`').step_by(2);
        let unknown = words.next().unwrap_or_default();
        let known: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let hint = match nearest(unknown, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are `{}`", known.join("`, `")),
        };
        return format!("{path}unknown {what} `{unknown}`; {hint}");
    }
    // What it calls a word that is one of few.
    message.replace("a YAML tag starting with '!'", "a word")
}

/// A map in which no key stands twice: of two, nobody knows which is meant.
fn once_each<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    struct Once<K, V>(PhantomData<(K, V)>);

    impl<'de, K, V> Visitor<'de> for Once<K, V>
    where
        K: Deserialize<'de> + Ord + fmt::Display,
        V: Deserialize<'de>,
    {
        type Value = BTreeMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some(key) = entries.next_key::<K>()? {
                if map.contains_key(&key) {
                    return Err(A::Error::custom(format!("`{key}` stands there twice")));
                }
                map.insert(key, entries.next_value()?);
            }
            Ok(map)
        }
    }

    deserializer.deserialize_map(Once(PhantomData))
}
