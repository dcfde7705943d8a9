use super::{
    Check, Context, Finding, Fix, Level, Profile, RESTRICTED, Rule, Version, capabilities,
};
use crate::{
    manifest::{Container, Part as _, Pod},
    yaml::Wish,
};

pub(super) const RULE: Rule = Rule {
    id: "drop-capabilities",
    title: "Containers must drop all capabilities",
    why: "Runtimes give a container a dozen capabilities, among them to change owners, to forge \
          packets and to become another user. Few programs use any.",
    level: Level::Error,
    profile: Profile::Restricted,
    since: Version::v1(22),
    references: &[RESTRICTED, "https://man7.org/linux/man-pages/man7/capabilities.7.html"],
    linux: true,
    check: Check::Pod(check),
};

pub(super) const DROP: &str = "securityContext/capabilities/drop";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    // Runtimes take `all`, Pod Security does not.
    let keeps = pod.containers().filter(|it| !it.words(DROP).any(|dropped| dropped == "ALL"));
    keeps
        .map(|container| {
            let message = format!("container `{}` keeps capabilities", container.name());
            Finding::at(container, DROP, message, fix(container, context))
        })
        .collect()
}

fn fix(container: Container<'_>, context: &Context<'_>) -> Fix {
    let dropped = container.words(DROP).position(|dropped| dropped.eq_ignore_ascii_case("all"));
    if let Some(index) = dropped {
        let wish = Wish::Set {
            at: container.pointer().join(DROP).child(index.to_string()),
            value: "ALL".into(),
        };
        return Fix::safe([wish], "Runtimes take `all` as well, but Pod Security does not.");
    }
    if let Some(need) = context.stays_privileged(container) {
        return Fix::manual(format!(
            "It is privileged and so has all of them, and stays so: {need}. End that first."
        ))
        .resting_on(context.shown(container, &need));
    }
    let root = context.root(container);
    if let Some(root) = root.filter(|root| root.certain || !context.settings.accepts(RULE.id)) {
        let (stays, accept) = match root.certain {
            true => ("is root", String::new()),
            false => ("may need root", format!(", or use `--accept-risk {}`", RULE.id)),
        };
        return Fix::manual(format!(
            "Root needs some of them, and it {stays}: {}. {}, or `add` what it uses beside \
             `drop: [ALL]`{accept}.",
            root.need,
            root.user(container, context)
        ))
        .resting_on(root.evidence(container, context));
    }
    capabilities::drop(container, context)
}
