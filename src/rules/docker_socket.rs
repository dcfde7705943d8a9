use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Version, host_path_volumes};
use crate::{
    manifest::{Pod, clean},
    yaml::Node,
};

pub(super) const RULE: Rule = Rule {
    id: "docker-socket",
    title: "Pods must not reach the container runtime of their node",
    why: "Who speaks to the runtime can start a container that is privileged: the socket is root on the \
          node, and mounting it `readOnly` changes nothing.",
    level: Level::Error,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    linux: false,
    check: Check::Pod(check),
};

/// Where runtimes listen; cleaned.
const SOCKETS: &[&str] = &[
    "/run/docker.sock",
    "/run/cri-dockerd.sock",
    "/run/dockershim.sock",
    "/run/containerd/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
];

fn check(pod: Pod<'_>, _: &Context<'_>) -> Vec<Finding> {
    let found = pod.volumes().filter_map(|volume| {
        let path = volume.at("hostPath/path")?;
        let name = volume.get("name").map(Node::text).unwrap_or_default();
        let message = format!("volume `{name}` is `{}`, the runtime of the node", path.text());
        let fix = || host_path_volumes::unmounted(pod, volume).unwrap_or_else(|| advise(pod));
        is_socket(&path.text()).then(|| Finding::on(pod, path, message, fix()))
    });
    found.collect()
}

/// Whether a runtime listens at the path.
pub(super) fn is_socket(path: &str) -> bool {
    SOCKETS.contains(&&*clean(path))
}

fn advise(pod: Pod<'_>) -> Fix {
    let builds = pod.containers().any(|container| {
        container.run().any(|text| text.contains("docker build") || text.contains("docker push"))
    });
    Fix::manual(match builds {
        true => {
            "It builds images: let a builder do it that needs no runtime, such as a rootless \
                 BuildKit or Kaniko."
        }
        false => {
            "Ask the API server or the kubelet for what it wants to know of containers; what \
                  starts some itself belongs into a namespace of its own, on nodes of its own."
        }
    })
}
