use super::{BASELINE, Check, Context, Finding, Fix, Level, Profile, Role, Rule, Version};
use crate::{
    manifest::{Container, Object, Part as _, Pod},
    yaml::{Node, Wish},
};

pub(super) const RULE: Rule = Rule {
    id: "host-ports",
    title: "Containers must not take ports of their node",
    why: "A port of the node is reached from wherever the node is, past Services and often past \
          NetworkPolicies, and only one pod of a node can have it.",
    level: Level::Error,
    profile: Profile::Baseline,
    since: Version::FIRST,
    references: &[BASELINE, "https://kubernetes.io/docs/concepts/configuration/overview/#services"],
    linux: false,
    check: Check::Pod(check),
};

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let ports = pod.containers().flat_map(|it| it.list("ports").map(move |port| (it, port)));
    let found = ports.filter_map(|(container, port)| {
        let host = port.get("hostPort")?;
        let number = host.as_i64().filter(|number| *number != 0)?;
        let message = format!("container `{}` takes port {number} of its node", container.name());
        Some(Finding::on(container, host, message, fix(container, port, number, context)))
    });
    found.collect()
}

fn fix(container: Container<'_>, port: Node<'_>, number: i64, context: &Context<'_>) -> Fix {
    let pod = container.pod();
    let need = match () {
        _ if pod.flag("hostNetwork") == Some(true) => "the pod is in the network of its node",
        _ if pod.is_static() => "it looks like a static pod, a part of its node",
        _ if pod.object().kind() == "DaemonSet" => "it is a DaemonSet, and serves each node",
        _ if matches!(number, 80 | 443) => "the port is one for the public",
        _ if pod.at("nodeName").is_some() || pod.at("nodeSelector").is_some() => {
            "it runs on nodes that were chosen for it"
        }
        _ => match service(pod, port, context) {
            Some(its) => {
                let name = its.name();
                let wish = Wish::Remove { at: container.address(port).child("hostPort") };
                let reason = format!("Check that all clients go through Service `{name}`.");
                let evidence = context.shown_by(Role::Service, its, "it leads to the port");
                return Fix::risky([wish], reason).resting_on(evidence);
            }
            None => "no Service here leads to it",
        },
    };
    Fix::manual(format!(
        "Clients may reach it there: {need}. Lead them through a Service, of type `LoadBalancer` or \
         `NodePort` if they are outside of the cluster; then take `hostPort` away."
    ))
    .resting_on(context.shown(container, need))
}

/// A Service that leads to the port.
fn service<'t>(pod: Pod<'_>, port: Node<'_>, context: &Context<'t>) -> Option<Object<'t>> {
    let labels = pod.template().at("metadata/labels")?;
    let inventory = context.inventory;
    let namespace = inventory.namespace_of(pod.object());
    let leads = |target: Node<'_>| match target.get("targetPort").or(target.get("port")) {
        Some(aim) if aim.as_i64().is_some() => {
            aim.as_i64() == port.get("containerPort").and_then(Node::as_i64)
        }
        Some(aim) => port.get("name").is_some_and(|name| name.text() == aim.text()),
        None => false,
    };
    let services = inventory.of_kind("Service").filter(|service| service.group().is_empty());
    let mut leading = services.filter(|service| {
        let ports = service.node().at("spec/ports").into_iter();
        service.selects(|key| Some(labels.get(key)?.text()))
            && ports.flat_map(Node::items).any(leads)
    });
    leading.find(|service| inventory.namespace_of(*service) == namespace)
}
