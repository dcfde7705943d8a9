use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Version, registries::Origin};
use crate::{
    manifest::{Container, Part as _, Pod},
    yaml::Node,
};

pub(super) const RULE: Rule = Rule {
    id: "image-registry",
    title: "Images must come from the registries that the configuration allows",
    why: "Whoever can push to a registry runs their programs in your cluster, and what is not \
          mirrored is gone when others take it down.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &["https://kubernetes.io/docs/concepts/containers/images/#image-names"],
    linux: false,
    check: Check::Pod(check),
};

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let look = |container: Container<'_>| {
        let (name, image) = (container.name(), container.image());
        let elsewhere = format!("container `{name}` gets `{image}` from elsewhere");
        let (message, fix) = match context.settings.registries.origin(&image) {
            Origin::Allowed => return None,
            Origin::Elsewhere => {
                (elsewhere, Fix::manual("Bring it to a registry that is allowed, and name that."))
            }
            Origin::Mirrored(mirrored) => (elsewhere, mend(container, mirrored, context)),
            Origin::Unknown => {
                let message = format!("container `{name}` does not say where `{image}` is from");
                let reason = "See that it comes from a registry that is allowed.";
                return Some(Finding::at(container, "image", message, Fix::manual(reason)).note());
            }
        };
        Some(Finding::at(container, "image", message, fix).warning())
    };
    pod.containers().filter_map(look).collect()
}

fn mend(container: Container<'_>, mirrored: String, context: &Context<'_>) -> Fix {
    if is_renamed(container, context) {
        return Fix::manual(format!(
            "A kustomization changes this image by its name: give it `newName` there, so that \
             `{mirrored}` comes out."
        ));
    }
    let reason = "Check that the mirror holds this version, and that the pod may pull from it.";
    Fix::risky([container.set("image", mirrored)], reason)
}

/// Whether a kustomization that is at hand looks for the image under the name that it has.
fn is_renamed(container: Container<'_>, context: &Context<'_>) -> bool {
    let image = container.image();
    let kustomizations = context.inventory.of_kind("Kustomization");
    let mut images = kustomizations.filter_map(|it| it.node().get("images")).flat_map(Node::items);
    images.any(|it| {
        let rest = it.get("name").and_then(|name| Some(image.strip_prefix(&*name.text())?.len()));
        let version = rest.map(|rest| &image[image.len() - rest..]);
        version.is_some_and(|version| version.is_empty() || version.starts_with([':', '@']))
    })
}
