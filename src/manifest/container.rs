//! One container of a pod.

use std::borrow::Cow;

use super::{Part as _, Pod, need::binds, part::SECURITY_CONTEXT, source::text};
use crate::yaml::Node;

/// Which list of the pod a container is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// `initContainers`
    Init,
    /// `containers`
    Main,
    /// `ephemeralContainers`
    Ephemeral,
}

impl List {
    /// All of them, in the order in which they run.
    pub const ALL: [List; 3] = [List::Init, List::Main, List::Ephemeral];

    /// The key in the pod spec.
    pub fn key(self) -> &'static str {
        match self {
            List::Init => "initContainers",
            List::Main => "containers",
            List::Ephemeral => "ephemeralContainers",
        }
    }
}

/// An entry of one of the pod's lists of containers.
#[derive(Clone, Copy, Debug)]
pub struct Container<'t> {
    pod: Pod<'t>,
    list: List,
    index: usize,
    rank: usize,
    node: Node<'t>,
    /// Its `securityContext`, which every rule asks for.
    security: Option<Node<'t>>,
}

impl<'t> Container<'t> {
    pub(super) fn new(
        pod: Pod<'t>,
        (list, index): (List, usize),
        rank: usize,
        node: Node<'t>,
    ) -> Container<'t> {
        Container { pod, list, index, rank, node, security: node.get(SECURITY_CONTEXT) }
    }

    /// The pod that it is part of.
    pub(super) fn owner(self) -> Pod<'t> {
        self.pod
    }

    /// Which list it is in.
    pub fn place(self) -> List {
        self.list
    }

    /// Its place in its list, from 0.
    pub fn index(self) -> usize {
        self.index
    }

    /// Its place among all containers of its pod, from 0.
    pub fn rank(self) -> usize {
        self.rank
    }

    pub(super) fn security_context(self) -> Option<Node<'t>> {
        self.security
    }

    /// The map.
    pub(super) fn entry(self) -> Node<'t> {
        self.node
    }

    /// What to call it: its name, or its place if it has none.
    pub fn name(self) -> Cow<'t, str> {
        text(self.node, "name")
            .unwrap_or_else(|| Cow::Owned(format!("{}/{}", self.list.key(), self.index)))
    }

    /// The image, as it is written.
    pub fn image(self) -> Cow<'t, str> {
        text(self.node, "image").unwrap_or_default()
    }

    /// Whether its image can be another one tomorrow: it is `latest`, in words or for want of any.
    /// Names that something else is to complete are not known to.
    pub fn floats(self) -> bool {
        let image = self.image();
        let name = image.rsplit('/').next().unwrap_or_default();
        let tag = name.split_once(':').map(|(_, tag)| tag);
        matches!(tag, None | Some("latest")) && !image.contains(['@', '$', '{', '<'])
    }

    /// Whether it starts another program than its image says.
    pub fn has_command(self) -> bool {
        self.list("command").next().is_some()
    }

    /// What is started: `command`, then `args`.
    pub fn run(self) -> impl Iterator<Item = Cow<'t, str>> {
        self.words("command").chain(self.words("args"))
    }

    /// The user that it is told to run as, by itself or by its pod.
    pub fn user(self) -> Option<i64> {
        const FIELD: &str = "securityContext/runAsUser";
        self.number(FIELD).or_else(|| self.pod.number(FIELD))
    }

    /// The user of Windows that it is told to run as, by itself or by its pod.
    pub fn windows_user(self) -> Option<Cow<'t, str>> {
        const FIELD: &str = "securityContext/windowsOptions/runAsUserName";
        self.word(FIELD).or_else(|| self.pod.word(FIELD))
    }

    /// Whether root is refused, by itself or by its pod.
    pub fn non_root(self) -> Option<bool> {
        const FIELD: &str = "securityContext/runAsNonRoot";
        self.flag(FIELD).or_else(|| self.pod.flag(FIELD))
    }

    /// Whether it is given every right on the node.
    pub fn is_privileged(self) -> bool {
        self.flag("securityContext/privileged") == Some(true)
    }

    /// The lowest port below 1024 that it declares, if nothing in the pod lets it bind that port
    /// without capabilities.
    pub fn low_port(self) -> Option<i64> {
        if self.added().any(|added| binds(&added)) {
            return None;
        }
        let ports = self.list("ports").filter_map(|port| port.get("containerPort")?.as_i64());
        let port = ports.filter(|port| (1..1024).contains(port)).min()?;
        (self.pod.first_free_port() > port).then_some(port)
    }
}
