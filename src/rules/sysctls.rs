use std::borrow::Cow;

use super::{
    BASELINE, Check, Context, Finding, Fix, Level, Profile, Rule, Version, low_port, quoted,
};
use crate::{
    manifest::{Part as _, Pod},
    yaml::{Node, Wish},
};

pub(super) const RULE: Rule = Rule {
    id: "sysctls",
    title: "Pods must set no kernel parameters but safe ones",
    why: "Some parameters hold for the whole node, and others let a pod use up what all of them \
          share. Kubelets refuse pods that set one which their node does not allow.",
    level: Level::Error,
    profile: Profile::Baseline,
    since: Version::FIRST,
    references: &[BASELINE, "https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/"],
    linux: false,
    check: Check::Pod(check),
};

const FIELD: &str = "securityContext/sysctls";
/// What is safe, and since which version it is.
const SAFE: &[(u32, &str)] = &[
    (0, "kernel.shm_rmid_forced"),
    (0, "net.ipv4.ip_local_port_range"),
    (0, "net.ipv4.tcp_syncookies"),
    (0, "net.ipv4.ping_group_range"),
    (0, "net.ipv4.ip_unprivileged_port_start"),
    (27, "net.ipv4.ip_local_reserved_ports"),
    (29, "net.ipv4.tcp_keepalive_time"),
    (29, "net.ipv4.tcp_fin_timeout"),
    (29, "net.ipv4.tcp_keepalive_intvl"),
    (29, "net.ipv4.tcp_keepalive_probes"),
    (32, "net.ipv4.tcp_rmem"),
    (32, "net.ipv4.tcp_wmem"),
    (37, "net.ipv4.tcp_slow_start_after_idle"),
    (37, "net.ipv4.tcp_notsent_lowat"),
];
/// What makes connections faster or more of them possible, and nothing possible that was not.
const TUNING: &[&str] = &["net.core.", "net.ipv4.tcp_", "net.ipv4.udp_"];

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let version = context.settings.pod_security;
    let is_safe = |name: &str| {
        SAFE.iter().any(|(since, safe)| *safe == name && Version::v1(*since) <= version)
    };
    let refused = pod.list(FIELD).filter(|sysctl| !is_safe(&name(sysctl)));
    let tuned = |name: &str| TUNING.iter().any(|prefix| name.starts_with(prefix));
    let dotted = |sysctl: &Node<'_>| name(sysctl).replace('/', ".");
    // The API server takes no name twice.
    let free =
        |name: &str| pod.list(FIELD).all(|it| it.get("name").is_none_or(|its| its.text() != name));
    let (slashed, unsafe_): (Vec<_>, Vec<_>) =
        refused.partition(|it| is_safe(&dotted(it)) && free(&dotted(it)));
    let (tuning, others): (Vec<_>, Vec<_>) = unsafe_.into_iter().partition(|it| tuned(&dotted(it)));
    let found = |nodes: &[Node<'_>], fix: Fix| {
        let message = format!("the pod sets {}", quoted(nodes.iter().map(name)));
        nodes.first().map(|first| Finding::on(pod, *first, message, fix))
    };
    let spell =
        |it: &Node<'_>| Wish::Set { at: pod.address(*it).child("name"), value: dotted(it).into() };
    let all = !tuning.is_empty() && tuning.len() == pod.list(FIELD).count();
    // Another rule may add one.
    let wishes: Vec<Wish> = match all && !low_port::wanted(pod, context) {
        true => vec![pod.remove(FIELD)],
        false => tuning.iter().map(|it| Wish::Remove { at: pod.address(*it) }).collect(),
    };
    let spelled = Fix::safe(
        slashed.iter().map(spell).collect::<Vec<_>>(),
        "The kernel takes both spellings, Pod Security only the one with dots.",
    );
    let untuned =
        Fix::risky(wishes, "The kernel's own values hold then: check that it copes with its load.");
    let held = Fix::manual(
        "It may not work without: let nodes of its own set it before pods start, or have a \
         namespace of its own for it.",
    );
    [found(&slashed, spelled), found(&tuning, untuned), found(&others, held)]
        .into_iter()
        .flatten()
        .collect()
}

fn name<'t>(sysctl: &Node<'t>) -> Cow<'t, str> {
    sysctl.get("name").map(Node::text).unwrap_or_default()
}
