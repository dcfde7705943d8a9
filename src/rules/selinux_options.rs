use super::{
    BASELINE, Check, Context, Finding, Fix, Level, Profile, Rule, Version, apparmor_profile, quoted,
};
use crate::{
    manifest::{Container, Part, Pod},
    yaml::Node,
};

pub(super) const RULE: Rule = Rule {
    id: "selinux-options",
    title: "Containers must not choose their SELinux user, role or type",
    why: "SELinux keeps a container from its node by its label. One that chooses it can choose \
          `spc_t`, which may do everything.",
    level: Level::Error,
    profile: Profile::Baseline,
    since: Version::FIRST,
    references: &[
        BASELINE,
        "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
    ],
    linux: false,
    check: Check::Pod(check),
};

const FIELD: &str = "securityContext/seLinuxOptions";
/// The types of containers; the last one is allowed since v1.31.
const TYPES: [&str; 4] =
    ["container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let containers: Vec<Container<'_>> = pod.containers().collect();
    let of_pod = said(pod, &containers, context);
    let its = containers.iter().filter_map(|it| said(*it, &[*it], context));
    of_pod.into_iter().chain(its).collect()
}

fn said<'t>(
    part: impl Part<'t>,
    containers: &[Container<'t>],
    context: &Context<'_>,
) -> Option<Finding> {
    let known = if context.settings.pod_security < Version::v1(31) { 3 } else { 4 };
    let options = part.at(FIELD)?;
    let value = |key: &str| options.get(key).map(Node::text).filter(|text| !text.is_empty());
    let chosen: Vec<&str> = ["user", "role", "type"]
        .into_iter()
        .filter(|key| match (*key, value(key)) {
            (_, None) => false,
            ("type", Some(kind)) => !TYPES[..known].contains(&&*kind),
            _ => true,
        })
        .collect();
    let first = options.get(chosen.first()?)?;
    let said = chosen.iter().map(|key| format!("{key}: {}", value(key).unwrap_or_default()));
    let message = format!("{} chooses its SELinux label: {}", part.title(), quoted(said));
    let mut needs = containers.iter().filter_map(|container| need(*container, context));
    let fix = match needs.next() {
        Some(need) => Fix::manual(format!(
            "It seems to reach what SELinux keeps from containers: {need}. Label that for \
             containers, or keep it in a namespace of its own."
        )),
        None => {
            let all = chosen.len() == options.entries().count();
            let fields = chosen.iter().map(|key| part.remove(&format!("{FIELD}/{key}")));
            let wishes = if all { vec![part.remove(FIELD)] } else { fields.collect() };
            let reason = "It gets the label of every container: check, where nodes have SELinux, \
                          that it reaches its files.";
            Fix::risky(wishes, reason)
        }
    };
    Some(Finding::on(part, first, message, fix))
}

/// Why a container plainly reaches further than its own files.
fn need(container: Container<'_>, context: &Context<'_>) -> Option<String> {
    let mounts = || Some(format!("it mounts `{}` of the node", container.host_paths().next()?));
    apparmor_profile::need(container, context).or_else(mounts)
}
