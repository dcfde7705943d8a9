//! One pod, as a workload describes it.

use std::borrow::Cow;

use serde_json::json;

use super::{
    Container, Labels, List, Object, Part as _, Workload, part::SECURITY_CONTEXT, selector,
    source::text,
};
use crate::yaml::{Node, Wish};

const SYSCTLS: &str = "securityContext/sysctls";
/// The sysctl that says from which port on anyone may bind.
const PORT_SYSCTL: &str = "net.ipv4.ip_unprivileged_port_start";
/// What nodes say of their operating system; the second one is gone since 1.19.
const OS_LABELS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];

/// A pod spec, with the metadata beside it and the object that runs it.
#[derive(Clone, Copy, Debug)]
pub struct Pod<'t> {
    object: Object<'t>,
    workload: &'t Workload,
    template: Node<'t>,
    spec: Node<'t>,
    /// Its `securityContext`, which every rule asks for.
    security: Option<Node<'t>>,
    /// Its lists of containers, in the order of [`List::ALL`].
    lists: [Option<Node<'t>>; 3],
}

impl<'t> Pod<'t> {
    /// `key` is where the template keeps the spec.
    pub(super) fn new(
        object: Object<'t>,
        workload: &'t Workload,
        template: Node<'t>,
        key: &str,
    ) -> Option<Pod<'t>> {
        let spec = template.get(key).filter(|spec| spec.kind().is_map())?;
        let security = spec.get(SECURITY_CONTEXT);
        let lists = List::ALL.map(|list| spec.get(list.key()));
        Some(Pod { object, workload, template, spec, security, lists })
    }

    /// The object that runs it.
    pub fn object(self) -> Object<'t> {
        self.object
    }

    /// The kind that runs it.
    pub fn workload(self) -> &'t Workload {
        self.workload
    }

    pub(super) fn security_context(self) -> Option<Node<'t>> {
        self.security
    }

    /// The pod spec.
    pub(super) fn spec(self) -> Node<'t> {
        self.spec
    }

    /// The map that holds the spec, and its metadata.
    pub fn template(self) -> Node<'t> {
        self.template
    }

    /// All containers: init, main and ephemeral ones.
    pub fn containers(self) -> impl Iterator<Item = Container<'t>> {
        let places = List::ALL.into_iter().zip(self.lists).flat_map(|(list, items)| {
            let items = items.into_iter().flat_map(Node::items).enumerate();
            items.map(move |(index, node)| ((list, index), node))
        });
        let maps = places.filter(|(_, node)| node.kind().is_map()).enumerate();
        maps.map(move |(rank, (place, node))| Container::new(self, place, rank, node))
    }

    /// Why it cannot run as it stands, which tells a patch from a workload.
    pub fn gap(self) -> Option<String> {
        let mut containers = self.containers().peekable();
        if containers.peek().is_none() {
            return Some("it has no containers".to_owned());
        }
        let bare = containers.find(|container| container.node().get("image").is_none())?;
        Some(format!("{} has no image", bare.title()))
    }

    /// Whether it says that it runs on Windows, where the API server refuses fields of Linux.
    pub fn is_windows(self) -> bool {
        self.word("os/name").as_deref() == Some("windows")
    }

    /// Whether it is made for Windows without saying so in `os.name`: the API server then takes it
    /// for a Linux pod.
    pub fn is_silent_windows(self) -> bool {
        if self.spec.at("os/name").is_some() {
            return false;
        }
        let selector = self.spec.get("nodeSelector");
        let selects = OS_LABELS.into_iter().any(|key| {
            selector.and_then(|selector| text(selector, key)).as_deref() == Some("windows")
        });
        selects || self.demands_windows() || self.windows_options().next().is_some()
    }

    /// Whether its node affinity lets it run on Windows nodes only.
    fn demands_windows(self) -> bool {
        const REQUIRED: &str = "affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
        let is_windows = |expression: Node<'_>| {
            text(expression, "key").is_some_and(|key| OS_LABELS.contains(&&*key))
                && text(expression, "operator").as_deref() == Some("In")
                && expression.at("values").is_some_and(|values| {
                    let mut values = values.items().filter_map(Node::as_str).peekable();
                    values.peek().is_some() && values.all(|value| value == "windows")
                })
        };
        let demands = |term: Node<'_>| {
            term.get("matchExpressions").is_some_and(|terms| terms.items().any(is_windows))
        };
        // One of the terms has to hold, so each must ask for it.
        let mut terms = self.list(REQUIRED).peekable();
        terms.peek().is_some() && terms.all(demands)
    }

    /// What it says for Windows: by itself, then by each container.
    fn windows_options(self) -> impl Iterator<Item = Node<'t>> {
        let parts = self.containers().map(|container| container.node());
        [self.spec]
            .into_iter()
            .chain(parts)
            .filter_map(|it| it.at("securityContext/windowsOptions"))
    }

    /// The port from which on anyone may bind, as far as the pod says it.
    pub fn first_free_port(self) -> i64 {
        let start =
            self.port_sysctl().and_then(|sysctl| text(sysctl, "value")?.trim().parse().ok());
        start.unwrap_or(1024)
    }

    fn port_sysctl(self) -> Option<Node<'t>> {
        let mut sysctls = self.list(SYSCTLS);
        sysctls.find(|sysctl| text(*sysctl, "name").as_deref() == Some(PORT_SYSCTL))
    }

    /// The wish that anyone could bind every port, which the API server refuses beside
    /// `hostNetwork`.
    pub fn free_ports(self) -> Wish {
        let value = json!("0");
        match self.port_sysctl() {
            Some(sysctl) => Wish::Set { at: self.address(sysctl).child("value"), value },
            None => self.include(SYSCTLS, json!({ "name": PORT_SYSCTL, "value": value })),
        }
    }

    /// The annotations of the pod.
    pub fn annotations(self) -> Option<Node<'t>> {
        self.template.at("metadata/annotations")
    }

    /// The labels of the pod, by which others select it.
    pub fn labels(self) -> Labels {
        selector::labels(self.template.at("metadata/labels"))
    }

    /// Whether it has no address of its own, but that of its node.
    pub fn is_on_host(self) -> bool {
        self.flag("hostNetwork") == Some(true)
    }

    /// The wish that the pod had no such annotation, nor a map that held nothing else.
    pub fn remove_annotation(self, key: &str) -> Wish {
        let alone = |path| self.template.at(path).is_some_and(|map| map.entries().count() == 1);
        let template = self.address(self.template);
        let at = match (alone("metadata/annotations"), alone("metadata")) {
            (false, _) => template.into_join("metadata/annotations").child(key),
            (true, false) => template.into_join("metadata/annotations"),
            (true, true) => template.into_join("metadata"),
        };
        Wish::Remove { at }
    }

    /// The name of its ServiceAccount.
    pub fn account(self) -> Cow<'t, str> {
        let named =
            text(self.spec, "serviceAccountName").or_else(|| text(self.spec, "serviceAccount"));
        named.unwrap_or(Cow::Borrowed("default"))
    }
}
