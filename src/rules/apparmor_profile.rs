use super::{
    BASELINE, Check, Context, Finding, Fix, Level, Profile, Rule, Version, run_as_non_root,
};
use crate::{
    manifest::{Container, Part, Pod},
    yaml::{Node, Wish},
};

pub(super) const RULE: Rule = Rule {
    id: "apparmor-profile",
    title: "Containers must not switch AppArmor off",
    why: "Where nodes have AppArmor, runtimes confine every container. One that is unconfined may \
          mount, trace other processes and write to the kernel's own files as soon as it is root.",
    level: Level::Error,
    profile: Profile::Baseline,
    since: Version::FIRST,
    references: &[BASELINE, "https://kubernetes.io/docs/tutorials/security/apparmor/"],
    linux: false,
    check: Check::Pod(check),
};

const FIELD: &str = "securityContext/appArmorProfile";
const TYPE: &str = "securityContext/appArmorProfile/type";
/// The annotation of each container before there was a field.
const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let containers: Vec<Container<'_>> = pod.containers().collect();
    let mut findings: Vec<Finding> = said(pod, &containers, context).into_iter().collect();
    findings.extend(containers.iter().filter_map(|it| said(*it, &[*it], context)));
    for (key, node) in pod.annotations().into_iter().flat_map(Node::entries) {
        let (Ok(key), value) = (key.key(), node.text()) else { continue };
        let Some(name) = key.strip_prefix(ANNOTATION) else { continue };
        let allowed = value.is_empty() || value == "runtime/default";
        if allowed || value.starts_with("localhost/") {
            continue;
        }
        let its: Vec<_> = containers.iter().copied().filter(|it| it.name() == name).collect();
        let message = format!("an annotation sets AppArmor of `{name}` to `{value}`");
        let fix = mend(&value == "unconfined", pod.remove_annotation(&key), &its, context);
        findings.push(Finding::on(pod, node, message, fix));
    }
    findings
}

/// What a part says, if it says what it should not.
fn said<'t>(
    part: impl Part<'t>,
    containers: &[Container<'t>],
    context: &Context<'_>,
) -> Option<Finding> {
    part.at(FIELD).filter(|profile| !profile.is_null())?;
    let kind = part.word(TYPE).unwrap_or_default();
    if matches!(&*kind, "RuntimeDefault" | "Localhost") {
        return None;
    }
    let message = match &*kind {
        "" => format!("{} names no AppArmor profile", part.title()),
        _ => format!("{} sets AppArmor to `{kind}`", part.title()),
    };
    let fix = mend(kind == "Unconfined", part.remove(FIELD), containers, context);
    Some(Finding::at(part, TYPE, message, fix))
}

fn mend(off: bool, wish: Wish, containers: &[Container<'_>], context: &Context<'_>) -> Fix {
    if !off {
        return Fix::manual("The API server knows no such profile: name one that there is.");
    }
    match containers.iter().find_map(|container| need(*container, context)) {
        Some(need) => Fix::manual(format!(
            "It seems to do what the runtime's profile denies: {need}. Load a profile on the nodes \
             that allows it that much and no more, and name it as `Localhost`."
        )),
        None => Fix::risky(
            [wish],
            "It gets the runtime's own profile where nodes have AppArmor: check that it neither \
             mounts nor traces others.",
        ),
    }
}

/// Why a container plainly does what the profiles of runtimes deny.
pub(super) fn need(container: Container<'_>, context: &Context<'_>) -> Option<String> {
    let need = container.needs_kernel().or_else(|| context.stays_privileged(container));
    // Who accepted that it is not root accepted that it needs nothing of root's.
    let accepted = context.settings.accepts(run_as_non_root::RULE.id);
    let is_root = !accepted && container.non_root() != Some(true);
    need.or_else(|| if is_root { container.suggests_root() } else { None })
}
