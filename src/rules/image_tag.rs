use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Version};
use crate::manifest::{Container, Pod};

pub(super) const RULE: Rule = Rule {
    id: "image-tag",
    title: "Images must have a tag other than `latest`, or a digest",
    why: "What `latest` means changes without a trace: nobody reviews the change, pods of one workload \
          may differ, and there is nothing to go back to.",
    level: Level::Note,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &["https://kubernetes.io/docs/concepts/containers/images/#image-names"],
    linux: false,
    check: Check::Pod(check),
};

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let floating = pod.containers().filter(|it| it.floats() && !is_set_later(*it, context));
    let found = floating.map(|container| {
        let message =
            format!("container `{}` runs whatever `{}` is", container.name(), container.image());
        let fix = Fix::manual("Name the version that was tested, best by its digest.");
        Finding::at(container, "image", message, fix).note()
    });
    found.collect()
}

/// Whether a kustomization that is at hand names the version.
fn is_set_later(container: Container<'_>, context: &Context<'_>) -> bool {
    let image = container.image();
    context.is_pinned(image.strip_suffix(":latest").unwrap_or(&image))
}
