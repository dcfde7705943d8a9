use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Version};
use crate::manifest::{Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "image-pull-policy",
    title: "Images that may change must be pulled anew",
    why: "A node that has an old image goes on using it, with the holes that the new one closes, and \
          lets pods run it that may not pull it.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &["https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy"],
    linux: false,
    check: Check::Pod(check),
};

const FIELD: &str = "imagePullPolicy";

fn check(pod: Pod<'_>, _: &Context<'_>) -> Vec<Finding> {
    let found = pod.containers().filter(|container| container.floats()).filter_map(|container| {
        let policy = container.word(FIELD)?;
        let fix = match &*policy {
            "IfNotPresent" => Fix::risky(
                [container.set(FIELD, "Always")],
                "A pod then starts only where the registry answers: check that it has the image.",
            ),
            "Never" => Fix::manual(
                "Someone loads it into the nodes: push it to a registry, name its version, and let \
                 the nodes pull it.",
            ),
            _ => return None,
        };
        let (name, image) = (container.name(), container.image());
        let message = format!("container `{name}` runs any `{image}` that its node has");
        Some(Finding::at(container, FIELD, message, fix).warning())
    });
    found.collect()
}
