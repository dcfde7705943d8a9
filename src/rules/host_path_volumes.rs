use super::{BASELINE, Check, Context, Finding, Fix, Level, Profile, Rule, Version, docker_socket};
use crate::{
    manifest::{Part as _, Pod, is_system},
    yaml::{Node, Wish},
};

pub(super) const RULE: Rule = Rule {
    id: "host-path-volumes",
    title: "Pods must not mount paths of their node",
    why: "Who may write below such a path can often take over the node, and who may read it finds \
          keys and the data of others. What is stored there stays behind when the pod moves.",
    level: Level::Error,
    profile: Profile::Baseline,
    since: Version::FIRST,
    references: &[BASELINE, "https://kubernetes.io/docs/concepts/storage/volumes/#hostpath"],
    linux: false,
    check: Check::Pod(check),
};

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let found = pod.volumes().filter_map(|volume| {
        let source = volume.get("hostPath").filter(|source| !source.is_null())?;
        let path = source.get("path").map(Node::text).unwrap_or_default();
        if context.settings.runs(&docker_socket::RULE) && docker_socket::is_socket(&path) {
            return None;
        }
        let fix = unmounted(pod, volume).unwrap_or_else(|| advise(&path));
        let name = volume.get("name").map(Node::text).unwrap_or_default();
        Some(Finding::on(pod, source, format!("volume `{name}` is `{path}` of the node"), fix))
    });
    found.collect()
}

/// What mends a volume that nothing in the pod mounts.
pub(super) fn unmounted(pod: Pod<'_>, volume: Node<'_>) -> Option<Fix> {
    let wish = Wish::Remove { at: pod.address(volume) };
    let reason = "No container mounts it: check that nothing which is laid over this does.";
    (!pod.mounts_volume(volume)).then(|| Fix::risky([wish], reason))
}

fn advise(path: &str) -> Fix {
    Fix::manual(match is_system(path) {
        true => {
            "It looks at or works on its node: mount no more of it than it uses, `readOnly`, and \
             keep it in a namespace of its own that takes no other pods."
        }
        false => {
            "Its data is on the node: move it to a volume that a PersistentVolumeClaim asks for, \
             or to an `emptyDir` if it may be lost."
        }
    })
}
