//! What in a manifest speaks for a right that looks unneeded.
//!
//! In: a [`Pod`] or a [`Container`]. Out: a fragment that says what speaks for it: `it mounts …`.
//! What a rule mends is evidence only where it is held for the same reason: else the mending would
//! change what is evident.

use std::borrow::Cow;

use super::{Container, List, Part as _, Pod, clean};
use crate::yaml::Node;

const HOST_PROCESS: &str = "securityContext/windowsOptions/hostProcess";
/// The user that the kubelet takes for root on Windows.
const WINDOWS_ROOT: &str = "ContainerAdministrator";
/// Parts of the names of images that work on the node they run on.
const NODE_IMAGES: &[&str] = &[
    "dind",
    "cni",
    "csi",
    "calico",
    "cilium",
    "flannel",
    "weave",
    "multus",
    "kube-proxy",
    "buildkit",
    "device-plugin",
    "node-driver",
    "nvidia",
    "falco",
];
/// Words in the names of images that run Ruby.
const RUBY_IMAGES: &[&str] =
    &["ruby", "jruby", "rails", "redmine", "mastodon", "discourse", "fluentd", "gitlab", "sidekiq"];
/// Programs that change the node's kernel, or mount.
const NODE_PROGRAMS: &[&str] = &[
    "sysctl",
    "mount",
    "umount",
    "modprobe",
    "nsenter",
    "iptables",
    "losetup",
    "dockerd",
    "dockerd-entrypoint.sh",
    "chroot",
    "swapoff",
];
/// What a command names that changes the node's kernel.
const NODE_SETTINGS: &[&str] = &["/proc/sys/", "/sys/kernel/"];
/// Programs that only root can use.
const ROOT_PROGRAMS: &[&str] = &[
    "chown", "chgrp", "setcap", "apt-get", "apt", "apk", "yum", "dnf", "microdnf", "useradd",
    "usermod", "adduser", "su", "gosu", "su-exec", "setpriv",
];
/// Programs that gain privileges when they start.
const GAINING_PROGRAMS: &[&str] = &["sudo", "su", "doas"];
/// What lies in these folders is the node's own, and not some workload's data.
const SYSTEM_PATHS: &[&str] = &[
    "boot", "dev", "etc", "lib", "lib64", "proc", "root", "run", "sbin", "bin", "sys", "usr",
    "var/lib", "var/log", "opt/cni",
];

impl<'t> Pod<'t> {
    /// Why it plainly needs a namespace of its node: `hostNetwork`, `hostPID` or `hostIPC`.
    pub fn needs_host(self, field: &str) -> Option<String> {
        if let Some(need) = self.belongs_to_node() {
            return Some(need);
        }
        let mut parts = self.containers().map(|container| container.node()).chain([self.node()]);
        if parts.any(|part| part.at(HOST_PROCESS).and_then(Node::as_bool) == Some(true)) {
            return Some("it runs as a process of a Windows node".to_owned());
        }
        if self.workload().kind == "DaemonSet" {
            return Some("it is a DaemonSet, and serves each node".to_owned());
        }
        if let Some(container) = self.containers().find(|container| container.is_privileged()) {
            return Some(format!(
                "{} is privileged too, and both together are what tools of the node have",
                container.title()
            ));
        }
        if let Some(path) = self.containers().flat_map(Container::host_paths).next() {
            return Some(format!("it mounts `{path}` of the node"));
        }
        if let Some(need) = self.containers().find_map(Container::works_on_node) {
            return Some(need);
        }
        match field {
            "hostNetwork" => self.needs_host_network(),
            _ => {
                self.containers().find_map(|container| container.adds(&["SYS_PTRACE", "SYS_ADMIN"]))
            }
        }
    }

    fn needs_host_network(self) -> Option<String> {
        if self.word("dnsPolicy").as_deref() == Some("ClusterFirstWithHostNet") {
            return Some("its `dnsPolicy` was chosen for it".to_owned());
        }
        self.containers().find_map(|container| {
            let mut ports = container.list("ports");
            if let Some(port) = ports.find_map(|port| port.get("hostPort")?.as_i64()) {
                return Some(format!("clients reach it at port {port} of the node"));
            }
            if let Some(host) = container.loopback() {
                return Some(format!("{} speaks of `{host}`", container.title()));
            }
            container.adds(&["NET_ADMIN", "NET_RAW"])
        })
    }

    fn belongs_to_node(self) -> Option<String> {
        if self.is_static() {
            return Some("it looks like a static pod, a part of its node".to_owned());
        }
        let object = self.object();
        let system = object.namespace().as_deref() == Some("kube-system");
        (system && self.workload().kind == "DaemonSet")
            .then(|| "it is a DaemonSet in `kube-system`".to_owned())
    }

    /// Whether it looks like a static pod, which the kubelet of a node runs from a file, as it does
    /// with the control plane: <https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/>.
    pub fn is_static(self) -> bool {
        let object = self.object();
        if self.workload().kind != "Pod" {
            return false;
        }
        let annotations = self.annotations();
        if annotations.is_some_and(|its| its.get("kubernetes.io/config.mirror").is_some()) {
            return true;
        }
        let tier = object.node().at("metadata/labels/tier").and_then(Node::as_str);
        object.namespace().as_deref() == Some("kube-system")
            && (tier.as_deref() == Some("control-plane") || self.flag("hostNetwork") == Some(true))
    }
}

impl<'t> Container<'t> {
    /// Why it plainly works on what belongs to the node: its devices, mounts and kernel settings.
    pub fn needs_kernel(self) -> Option<String> {
        let pod = self.pod();
        if let Some(need) = pod.belongs_to_node().or_else(|| self.works_on_node()) {
            return Some(need);
        }
        if let Some(path) = self.host_paths().find(|path| is_system(path)) {
            return Some(format!("it mounts `{path}` of the node"));
        }
        let mut propagations =
            self.list("volumeMounts").filter_map(|mount| mount.get("mountPropagation")?.as_str());
        if propagations.any(|propagation| propagation == "Bidirectional") {
            return Some("it shares its mounts with the node (`Bidirectional`)".to_owned());
        }
        self.list("volumeDevices").next().map(|_| "it works on a block device".to_owned())
    }

    /// Why it plainly needs to be privileged.
    pub fn needs_privilege(self) -> Option<String> {
        if let Some(need) = self.needs_kernel() {
            return Some(need);
        }
        if let Some(added) = self.added().find(|added| !binds(added)) {
            return Some(format!("it adds `{added}` besides"));
        }
        let pod = self.pod();
        let shared = ["hostNetwork", "hostPID", "hostIPC"];
        let shared = shared.into_iter().find(|field| pod.flag(field) == Some(true))?;
        Some(format!(
            "its pod has `{shared}: true` too, and both together are what tools of the node have"
        ))
    }

    /// Why it certainly runs as root: it says so, or does what only root can.
    pub fn is_root(self) -> Option<String> {
        let windows_user = self.windows_user();
        if let Some(user) = windows_user.filter(|it| it.eq_ignore_ascii_case(WINDOWS_ROOT)) {
            return Some(format!("it says `runAsUserName: {user}`"));
        }
        match self.user() {
            Some(0) => return Some("it says `runAsUser: 0`".to_owned()),
            Some(_) => return None,
            None => {}
        }
        let init = (self.place() == List::Init).then(|| self.runs(&["chmod"])).flatten();
        let program = self.runs(ROOT_PROGRAMS).or(init)?;
        Some(format!("it runs `{program}`"))
    }

    /// Why it probably runs as root: it works on its node.
    pub fn suggests_root(self) -> Option<String> {
        if self.user().is_some_and(|user| user != 0) {
            return None;
        }
        if let Some(path) = self.host_paths().next() {
            return Some(format!("it mounts `{path}` of the node"));
        }
        // Whoever is not root gets added capabilities into its bounding set, and no further.
        if let Some(added) = self.added().find(|added| !binds(added)) {
            return Some(format!("it adds `{added}`, which the kernel gives to root alone"));
        }
        let privileged = self.is_privileged().then(|| self.needs_privilege()).flatten();
        let builder = || self.builds_images().then(|| format!("its image is `{}`", self.image()));
        privileged.or_else(|| self.pod().belongs_to_node()).or_else(builder)
    }

    /// Whether its image is known to run Ruby, which takes no directory for temporary files that
    /// anyone may write to, unless it is sticky; an `emptyDir` is not.
    pub fn is_ruby(self) -> bool {
        let image = self.image();
        words(&image).any(|word| RUBY_IMAGES.contains(&word))
    }

    /// The capabilities that it adds, as they are written.
    pub fn added(self) -> impl Iterator<Item = Cow<'t, str>> {
        self.words("securityContext/capabilities/add")
    }

    fn adds(self, capabilities: &[&str]) -> Option<String> {
        let added = self.added().find(|added| capabilities.contains(&&**added))?;
        Some(format!("{} adds `{added}`", self.title()))
    }

    fn works_on_node(self) -> Option<String> {
        let image = self.image();
        let name = image.split('@').next().unwrap_or_default();
        if NODE_IMAGES.iter().any(|part| {
            words(name).any(|word| word == *part) || part.contains('-') && name.contains(part)
        }) {
            return Some(format!("its image `{image}` works on the node"));
        }
        if let Some(program) = self.runs(NODE_PROGRAMS) {
            return Some(format!("it runs `{program}`"));
        }
        let mut texts = self.texts();
        let named = |text: &str| NODE_SETTINGS.iter().find(|path| text.contains(**path));
        let path = texts.find_map(|text| named(&text))?;
        Some(format!("its command names `{path}`"))
    }

    /// The program that it runs which gains privileges when it starts.
    pub fn gains_privileges(self) -> Option<&'static str> {
        self.runs(GAINING_PROGRAMS)
    }

    /// The values of its environment that stand in it.
    pub(super) fn values(self) -> impl Iterator<Item = Cow<'t, str>> {
        self.list("env").filter_map(|variable| variable.get("value")?.as_str())
    }

    /// What is started in it: itself, and the hook that starts with it.
    pub(super) fn texts(self) -> impl Iterator<Item = Cow<'t, str>> {
        self.run().chain(self.words("lifecycle/postStart/exec/command"))
    }

    /// The first of the programs that its command or arguments name.
    pub fn runs<'p>(self, programs: &[&'p str]) -> Option<&'p str> {
        self.texts().find_map(|text| started(&text, programs))
    }

    /// The node's own address, where its probes, its command or its environment name it.
    fn loopback(self) -> Option<&'static str> {
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"];
        let actions = ["httpGet/host", "tcpSocket/host"];
        let host = probes.iter().find_map(|probe| {
            let probe = self.at(probe)?;
            actions.iter().find_map(|action| probe.at(action)?.as_str())
        });
        let texts: Vec<Cow<'t, str>> = self.run().chain(host).chain(self.values()).collect();
        ["127.0.0.1", "localhost", "[::1]"]
            .into_iter()
            .find(|address| texts.iter().any(|text| text.contains(address)))
    }
}

/// Whether a capability is the one to bind low ports, however it is spelled.
pub(super) fn binds(capability: &str) -> bool {
    let name = capability.to_ascii_uppercase();
    name.strip_prefix("CAP_").unwrap_or(&name) == "NET_BIND_SERVICE"
}

pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
}

/// The first of the programs that a shell which is given the text would start: it stands there as a
/// word, not as an option's value or a part of a path that goes on.
fn started<'p>(text: &str, programs: &[&'p str]) -> Option<&'p str> {
    let bytes = text.as_bytes();
    let stands_before = |byte: u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'/' | b'(' | b';' | b'&' | b'|' | b'\'' | b'"' | b'`')
    };
    let stands_behind = |byte: u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b')' | b';' | b'&' | b'|' | b'\'' | b'"' | b'`')
    };
    let starts = (0..bytes.len()).filter(|&at| at == 0 || stands_before(bytes[at - 1]));
    starts.into_iter().find_map(|at| {
        let named = |program: &&&str| {
            // Most words begin with another letter, which is quickly told.
            bytes[at] == program.as_bytes()[0]
                && bytes[at..].starts_with(program.as_bytes())
                && bytes.get(at + program.len()).is_none_or(|&byte| stands_behind(byte))
        };
        programs.iter().find(named).copied()
    })
}

/// Whether what lies at a path of a node is the node's own.
pub fn is_system(path: &str) -> bool {
    let path = clean(path);
    let path = &path[1..];
    let within = |folder: &&str| {
        path.strip_prefix(*folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    path.is_empty() || SYSTEM_PATHS.iter().any(within)
}
