use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Version};
use crate::manifest::Pod;

pub(super) const RULE: Rule = Rule {
    id: "default-service-account",
    title: "Pods must have an account of their own",
    why: "All pods of a namespace that name no account share `default`: a right that one of them gets is \
          a right of all.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts",
    ],
    linux: false,
    check: Check::Pod(check),
};

const FIELD: &str = "serviceAccountName";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    // The API server refuses the mirror of a static pod that names one.
    if pod.account() != "default" || pod.is_static() {
        return Vec::new();
    }
    let inventory = context.inventory;
    let bindings = inventory.bindings_of(pod.object(), "default");
    let named = bindings.first().filter(|binding| binding.certain);
    let Some(binding) = named else {
        let fix = Fix::manual(
            "Make a ServiceAccount for it, with `automountServiceAccountToken: false` unless it \
             speaks to the API server, and name that here.",
        );
        return vec![Finding::at(pod, FIELD, "the pod shares the account `default`", fix).note()];
    };
    let (kind, name) = (&binding.kind, &binding.name);
    let message = format!("the pod shares the account `default`, to which `{name}` gives rights");
    let fix = Fix::manual(format!(
        "Make a ServiceAccount for it and name that here; then name it in {kind} `{name}` instead \
         of `default`, if this is the pod that needs the rights."
    ));
    vec![Finding::at(pod, FIELD, message, fix).warning()]
}
