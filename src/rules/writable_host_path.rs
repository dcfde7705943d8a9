use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Version, docker_socket};
use crate::{
    manifest::{Container, Part as _, Pod, clean},
    yaml::{Node, Wish},
};

pub(super) const RULE: Rule = Rule {
    id: "writable-host-path",
    title: "Paths of the node must be mounted read-only",
    why: "What a container can write to on its node it can change for all others there, and often use \
          to take over the node.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &["https://kubernetes.io/docs/concepts/storage/volumes/#hostpath"],
    linux: false,
    check: Check::Pod(check),
};

/// What is mounted to be read; what lies below each too.
const READ: &[&str] = &[
    "/etc/localtime",
    "/etc/timezone",
    "/etc/machine-id",
    "/etc/os-release",
    "/etc/hostname",
    "/etc/passwd",
    "/etc/group",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/usr/share",
    "/usr/lib/os-release",
    "/lib/modules",
];

fn check(pod: Pod<'_>, _: &Context<'_>) -> Vec<Finding> {
    let paths: Vec<_> = pod.host_paths().collect();
    let mounts =
        pod.containers().flat_map(|it| it.list("volumeMounts").map(move |node| (it, node)));
    let found = mounts.filter_map(|(container, mount)| {
        let volume = mount.get("name")?.as_str()?;
        let (_, path) = paths.iter().find(|(name, _)| *name == volume)?;
        let read_only = mount.get("readOnly").and_then(Node::as_bool) == Some(true);
        if read_only || docker_socket::is_socket(path) {
            return None;
        }
        let message = format!("container `{}` may write to `{path}` of the node", container.name());
        Some(Finding::on(container, mount, message, fix(container, mount, path)).warning())
    });
    found.collect()
}

fn fix(container: Container<'_>, mount: Node<'_>, path: &str) -> Fix {
    let path = clean(path);
    let below = |folder: &&str| {
        path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if mount.get("mountPropagation").is_some() || !READ.iter().any(below) {
        return Fix::manual("Say `readOnly: true` there if it only reads.");
    }
    let wish = Wish::Set { at: container.address(mount).child("readOnly"), value: true.into() };
    Fix::risky([wish], "This is mounted to be read: check that it does not write there.")
}
