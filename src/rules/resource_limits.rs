use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Version, names};
use crate::{
    manifest::{List, Part as _, Pod},
    yaml::Node,
};

pub(super) const RULE: Rule = Rule {
    id: "resource-limits",
    title: "Containers must have a limit of memory",
    why: "A container without one can use up the memory of its node, so that the kernel ends processes \
          of others.",
    level: Level::Note,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &["https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"],
    linux: false,
    check: Check::Pod(check),
};

const LIMIT: &str = "resources/limits/memory";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    // The whole pod may have one, and the API server takes none for ephemeral containers.
    let mut boundless: Vec<_> = pod.containers().collect();
    boundless.retain(|it| it.place() != List::Ephemeral && it.at(LIMIT).is_none());
    if boundless.is_empty() || pod.at(LIMIT).is_some() || has_default(pod, context) {
        return Vec::new();
    }
    let message = format!("{} may use all memory of the node", names(&boundless));
    let fix = Fix::manual(
        "See what it uses under load, and set `resources.limits.memory` above that, and `requests` \
         to what it uses otherwise.",
    );
    let finding = match boundless[..] {
        [container] => Finding::at(container, "resources", message, fix),
        _ => Finding::at(pod, "containers", message, fix),
    };
    vec![finding.note()]
}

/// Whether a LimitRange of its namespace gives containers a limit.
fn has_default(pod: Pod<'_>, context: &Context<'_>) -> bool {
    let inventory = context.inventory;
    let namespace = inventory.namespace_of(pod.object());
    inventory.of_kind("LimitRange").any(|range| {
        let mut limits = range.node().at("spec/limits").into_iter().flat_map(Node::items);
        inventory.namespace_of(range) == namespace
            && limits.any(|limit| {
                limit.get("type").is_some_and(|kind| kind.text() == "Container")
                    && limit.at("default/memory").is_some()
            })
    })
}
