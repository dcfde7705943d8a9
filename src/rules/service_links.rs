use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Version};
use crate::manifest::{Container, Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "service-links",
    title: "Pods must not be told of every Service in their environment",
    why: "Variables for each Service of the namespace tell an intruder what there is, slow down the \
          start, and can set what a program takes for its settings, such as `REDIS_PORT`.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables",
    ],
    linux: false,
    check: Check::Pod(check),
};

const FIELD: &str = "enableServiceLinks";
/// What names of such variables end in.
const SUFFIXES: &[&str] =
    &["_SERVICE_HOST", "_SERVICE_PORT", "_TCP_ADDR", "_TCP_PORT", "_UDP_ADDR"];

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    // Knative sets it by itself.
    if pod.flag(FIELD) == Some(false) || !pod.workload().whole {
        return Vec::new();
    }
    let fix = match obstacle(pod, context) {
        Some(obstacle) => Fix::manual(obstacle),
        None => Fix::risky(
            [pod.set(FIELD, false)],
            "Check that it finds Services by their names, and not by variables such as \
             `REDIS_SERVICE_HOST`.",
        ),
    };
    let message = "the environment tells of every Service of the namespace";
    vec![Finding::at(pod, FIELD, message, fix).warning()]
}

fn obstacle(pod: Pod<'_>, context: &Context<'_>) -> Option<String> {
    if let Some(name) = pod.containers().find_map(variable) {
        return Some(format!(
            "It uses `{name}`: let it use the name of the Service, then say `false`."
        ));
    }
    if pod.flag(FIELD) == Some(true) {
        return Some(
            "Someone said `true`: say `false` if it finds Services by their names.".into(),
        );
    }
    let fragile = pod.is_fragile().filter(|_| !context.settings.accepts(RULE.id))?;
    Some(format!(
        "Nothing proves that it finds Services by their names, and {fragile}. Check that it does, \
         then use `--accept-risk {}`.",
        RULE.id
    ))
}

/// The name of a variable that it uses, which Kubernetes sets for a Service. Those of the API
/// server itself are always set.
fn variable(container: Container<'_>) -> Option<String> {
    let values = container.list("env").filter_map(|variable| variable.get("value")?.as_str());
    let named = |word: &&str| SUFFIXES.iter().any(|suffix| word.contains(suffix));
    container.run().chain(values).find_map(|text| {
        let mut words = text.split(|letter: char| letter != '_' && !letter.is_ascii_alphanumeric());
        words.find(|word| named(word) && !word.starts_with("KUBERNETES_")).map(str::to_owned)
    })
}
