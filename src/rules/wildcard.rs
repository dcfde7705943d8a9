//! What `*` in a role allows, in words.
//!
//! In: a [`Right`]. Out: what it says of verbs, resources and groups, and how far that goes.

use super::{
    holders::{verbs, words},
    quoted,
};
use crate::manifest::Right;

/// The groups whose resources are the names of metrics, which nobody knows beforehand.
const METRICS: &[&str] = &["custom.metrics.k8s.io", "external.metrics.k8s.io"];

/// The groups of Kubernetes itself; those of others may end in `k8s.io`, too.
const GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// What it allows; nothing if it could not be said otherwise.
pub(super) fn told(right: Right<'_>, is_wide: bool) -> Option<String> {
    let all = |list: &str| right.word(list, "*").is_some();
    let groups = right.words("apiGroups");
    if right.is_all() {
        let place = if is_wide { "" } else { " in a namespace" };
        return Some(format!("all verbs on all resources: everything{place}"));
    }
    let of_metrics = !groups.is_empty() && groups.iter().all(|it| METRICS.contains(&&**it));
    if of_metrics && !all("verbs") {
        return None;
    }
    let verbs = verbs(&right.words("verbs"));
    if groups.is_empty() {
        let urls = right.words("nonResourceURLs");
        let urls = if all("nonResourceURLs") { "all URLs".to_owned() } else { words(&urls) };
        return Some(format!("{verbs} on {urls} that are no resources"));
    }
    let resources = match all("resources") {
        true => "all resources".to_owned(),
        false => words(&right.words("resources")),
    };
    let groups = match &groups[..] {
        _ if all("apiGroups") => "all API groups".to_owned(),
        [group] if group.is_empty() => "the core group".to_owned(),
        _ => words(&groups).replace("``", "the core group"),
    };
    let among = if all("resources") { among(right, is_wide) } else { String::new() };
    Some(format!("{verbs} on {resources} of {groups}{among}"))
}

/// What is worst of all that it allows.
fn among(right: Right<'_>, is_wide: bool) -> String {
    let worst = [
        ("secrets", ["get", "list"], true),
        ("pods/exec", ["create", "get"], true),
        ("serviceaccounts/token", ["create", "create"], true),
        ("nodes/proxy", ["create", "get"], is_wide),
    ];
    let allows = |(resource, verbs, counts): &(&str, [&str; 2], bool)| {
        *counts && right.resource("", resource).is_some() && !right.verbs(verbs).is_empty()
    };
    let among = worst.iter().filter(|it| allows(it)).map(|(resource, ..)| *resource);
    match quoted(among) {
        names if names.is_empty() => String::new(),
        names => format!(", with {names}"),
    }
}

/// Whether it allows more than to handle a program's own custom resources.
pub(super) fn is_open(right: Right<'_>) -> bool {
    let of_kubernetes = |group: &str| group == "*" || GROUPS.contains(&group);
    let widens = ["verbs", "resources"].iter().any(|list| right.word(list, "*").is_some());
    widens && right.words("apiGroups").iter().any(|group| of_kubernetes(group))
}
