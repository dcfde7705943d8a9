use serde_json::json;

use super::{BASELINE, Check, Context, Finding, Fix, Level, Profile, Rule, Version};
use crate::{
    manifest::{Container, Part as _, Pod},
    yaml::Node,
};

pub(super) const RULE: Rule = Rule {
    id: "host-probes",
    title: "Probes and hooks must ask the container, and no other host",
    why: "The kubelet asks from the node, where it reaches what pods may not: whoever may name the \
          host can have it call services of the node and of the cloud.",
    level: Level::Error,
    profile: Profile::Baseline,
    since: Version::v1(34),
    references: &[
        BASELINE,
        "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
    ],
    linux: false,
    check: Check::Pod(check),
};

const HANDLERS: &[&str] = &[
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle/postStart",
    "lifecycle/preStop",
];
const ACTIONS: [&str; 2] = ["httpGet", "tcpSocket"];

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for container in pod.containers() {
        for handler in HANDLERS {
            let Some(node) = container.at(handler) else { continue };
            for action in ACTIONS {
                let host = node.get(action).and_then(|action| action.get("host"));
                let Some(host) = host.filter(|host| !host.text().is_empty()) else { continue };
                let (name, said) = (handler.rsplit('/').next().unwrap_or(handler), host.text());
                let message = format!("`{name}` of container `{}` asks `{said}`", container.name());
                let fix = fix(container, &format!("{handler}/{action}"), &said, context);
                findings.push(Finding::on(container, host, message, fix));
            }
        }
    }
    findings
}

fn fix(container: Container<'_>, path: &str, host: &str, context: &Context<'_>) -> Fix {
    if super::host_namespaces::stays(container.pod(), "hostNetwork", context) {
        return Fix::manual(
            "In the network of its node it may listen at this address only: let it listen at the \
             node's own, or probe it by `exec`.",
        );
    }
    let field = format!("{path}/host");
    if host == "localhost" || host.starts_with("127.") || host.contains("::1") {
        return Fix::risky(
            [container.remove(&field)],
            "The kubelet asked its own node, and asks the pod then: check that it listens at its \
             address, and not at this one only.",
        );
    }
    let is_address = host.bytes().all(|byte| byte.is_ascii_digit() || b".:[]".contains(&byte));
    let port = container.at(&format!("{path}/port"));
    if is_address || path.ends_with("tcpSocket") || !port.is_some_and(|it| has(container, it)) {
        return Fix::manual(
            "This may be another machine, whose failure would then restart the container: ask the \
             container itself, or have a monitor ask that one.",
        );
    }
    let headers = format!("{path}/httpHeaders");
    let is_host = |header: Node<'_>| {
        header.get("name").is_some_and(|name| name.text().eq_ignore_ascii_case("host"))
    };
    let mut wishes = vec![container.remove(&field)];
    if !container.list(&headers).any(is_host) {
        wishes.push(container.include(&headers, json!({ "name": "Host", "value": host })));
    }
    Fix::risky(wishes, "The kubelet asks the pod then: check that it answers for this name.")
}

/// Whether the container declares the port.
fn has(container: Container<'_>, port: Node<'_>) -> bool {
    let key = if port.as_i64().is_some() { "containerPort" } else { "name" };
    container.list("ports").any(|its| its.get(key).is_some_and(|it| it.text() == port.text()))
}
