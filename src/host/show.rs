//! `seaworthy config`: tells the settings that hold, and where each comes from.

use clap::ValueEnum;

use super::{
    Exit,
    cli::ConfigArgs,
    config::{self, Config, ImageConfig, RuleConfig},
    screen::Screen,
};
use crate::{
    plan::NewFiles,
    review::Settings,
    rules::{Platform, Trust},
};

/// A setting: its key, its value as YAML, whether it was typed, and whether the file says it.
type Row = (&'static str, String, bool, bool);

pub(super) fn show(args: &ConfigArgs, screen: &mut Screen<'_>) -> anyhow::Result<Exit> {
    let config = config::find(&args.inputs)?;
    let settings = args.choice.settings(Trust::Risky, &config)?;
    for (key, value, typed, said) in rows(args, &config, &settings) {
        let origin = match () {
            _ if typed && said && key == "exclude" => format!("--exclude, {}", config.name),
            _ if typed && key == "ignore" && args.choice.ignore.is_empty() => "--select".to_owned(),
            _ if typed => format!("--{key}"),
            _ if said => config.name.clone(),
            _ => "default".to_owned(),
        };
        writeln!(screen.out(), "{:<40} # {origin}", format!("{key}: {value}"))?;
    }
    Ok(Exit::Good)
}

fn rows(args: &ConfigArgs, config: &Config, settings: &Settings) -> Vec<Row> {
    let (typed, rules) = (&args.choice, &settings.rules);
    let platform = rules.platform.map(|platform| match platform {
        Platform::Kubernetes => "kubernetes",
        Platform::OpenShift => "openshift",
    });
    let number = |number: Option<u32>| number.map_or("null".to_owned(), |it| it.to_string());
    let word = |word: Option<&str>| word.unwrap_or("null").to_owned();
    let exclude = args.inputs.exclude.iter().chain(&config.exclude).map(|glob| quoted(glob));
    let ruled = config.rules.iter().map(|(rule, said)| format!("{rule}: {}", of_rule(said)));
    let chosen = !typed.ignore.is_empty() || !typed.select.is_empty();
    let registries = &config.registries;
    let mirrors = registries.mirrors.iter().map(|(of, mirror)| format!("{of}: {mirror}"));
    let (allow, mirrors) = (list(registries.allow.iter().map(|it| it.to_string())), map(mirrors));
    let kinds = settings.workloads.iter().map(|kind| {
        let paths =
            kind.pods.iter().map(|path| quoted(&path.replace("/*", "[*]").replace('/', ".")));
        let group = kind.groups.iter().map(|group| quoted(group)).collect::<String>();
        format!("{{group: {group}, kind: {}, pod-specs: {}}}", kind.kind, list(paths))
    });
    vec![
        (
            "profile",
            rules.profile.name().to_owned(),
            typed.profile.is_some(),
            config.profile.is_some(),
        ),
        (
            "pod-security-version",
            rules.pod_security.to_string(),
            typed.pod_security_version.is_some(),
            config.pod_security_version.is_some(),
        ),
        ("platform", word(platform), typed.platform.is_some(), config.platform.is_some()),
        (
            "default-namespace",
            word(rules.default_namespace.as_deref()),
            typed.default_namespace.is_some(),
            config.default_namespace.is_some(),
        ),
        (
            "generate-into",
            match &settings.new_files {
                NewFiles::Into(file) => quoted(file),
                _ => "null".to_owned(),
            },
            typed.generate_into.is_some(),
            config.generate_into.is_some(),
        ),
        (
            "run-as-user",
            number(rules.run_as_user),
            typed.run_as_user.is_some(),
            config.run_as_user.is_some(),
        ),
        ("fs-group", number(rules.fs_group), typed.fs_group.is_some(), config.fs_group.is_some()),
        (
            "token-per-container",
            rules.token_per_container.to_string(),
            typed.token_per_container,
            config.token_per_container,
        ),
        (
            "select",
            list(rules.select.iter().cloned()),
            !typed.select.is_empty(),
            !config.select.is_empty(),
        ),
        ("ignore", list(rules.ignore.iter().cloned()), chosen, !config.ignore.is_empty()),
        (
            "accept-risk",
            list(rules.accept_risk.iter().cloned()),
            !typed.accept_risk.is_empty(),
            !config.accept_risk.is_empty(),
        ),
        ("exclude", list(exclude), !args.inputs.exclude.is_empty(), !config.exclude.is_empty()),
        ("rules", map(ruled), false, !config.rules.is_empty()),
        (
            "registries",
            format!("{{allow: {allow}, mirrors: {mirrors}}}"),
            false,
            !registries.allow.is_empty() || !registries.mirrors.is_empty(),
        ),
        ("images", list(config.images.iter().map(of_image)), false, !config.images.is_empty()),
        ("workloads", list(kinds), false, !config.workloads.is_empty()),
    ]
}

fn of_rule(said: &RuleConfig) -> String {
    let trust = said.trust.map(|trust| format!("trust: {}", name(&trust)));
    let level = said.level.map(|level| format!("level: {}", name(&level)));
    map(trust.into_iter().chain(level))
}

fn of_image(said: &ImageConfig) -> String {
    let flag = |key: &str, flag: Option<bool>| flag.map(|it| format!("{key}: {it}"));
    let number = |key: &str, number: Option<u32>| number.map(|it| format!("{key}: {it}"));
    let paths = |paths: &[_]| list(paths.iter().map(|path: &config::FilePath| quoted(&path.0)));
    let capabilities = |all: &Vec<config::Capability>| {
        format!("capabilities: {}", list(all.iter().map(|it| it.0.clone())))
    };
    let env = said.env.iter().map(|(name, value)| format!("{}: {}", quoted(name), quoted(value)));
    let filled =
        |key: &str, text: String, is_empty: bool| (!is_empty).then(|| format!("{key}: {text}"));
    let entries = [
        Some(format!("names: {}", list(said.names.iter().map(|it| quoted(&it.to_string()))))),
        said.like.as_ref().map(|like| format!("like: {}", quoted(&like.0))),
        number("run-as-user", said.run_as_user.map(|user| user.0)),
        number("run-as-group", said.run_as_group.map(|group| group.0)),
        number("fs-group", said.fs_group.map(|group| group.0)),
        flag("run-as-non-root", said.run_as_non_root),
        flag("any-user", said.any_user),
        flag("read-only-root-filesystem", said.read_only_root_filesystem),
        said.writable_paths.as_ref().map(|all| format!("writable-paths: {}", paths(all))),
        filled("data-paths", paths(&said.data_paths), said.data_paths.is_empty()),
        said.capabilities.as_ref().map(capabilities),
        filled("env", map(env), said.env.is_empty()),
        flag("low-port", said.low_port),
        flag("api-token", said.api_token),
        filled("reason", quoted(&said.reason), said.reason.is_empty()),
    ];
    map(entries.into_iter().flatten())
}

fn name(value: &impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

/// JSON is YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn map(entries: impl Iterator<Item = String>) -> String {
    format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
}
