//! What the API server refuses of a pod, however well it reads.
//!
//! In: an [`Object`]. Out: a fragment that says what it refuses, for kinds that it knows itself.
//! Only what every cluster refuses is looked for.

use super::{Container, Object, Part, Pod, source::text};
use crate::yaml::Node;

/// The kinds whose pods the API server looks into when it is given them.
const KINDS: &[(&str, &str)] = &[
    ("", "Pod"),
    ("", "PodTemplate"),
    ("", "ReplicationController"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
];
/// What a pod for Windows may not say, as long as it is no more than `false`.
const LINUX_FLAGS: &[&str] = &["hostPID", "hostIPC"];
/// What it may not say at all.
const LINUX_POD: &[&str] = &[
    "hostUsers",
    "shareProcessNamespace",
    "securityContext/appArmorProfile",
    "securityContext/seLinuxOptions",
    "securityContext/seLinuxChangePolicy",
    "securityContext/seccompProfile",
    "securityContext/fsGroup",
    "securityContext/fsGroupChangePolicy",
    "securityContext/runAsUser",
    "securityContext/runAsGroup",
    "securityContext/supplementalGroups",
    "securityContext/supplementalGroupsPolicy",
];
/// What its containers may not say.
const LINUX_CONTAINER: &[&str] = &[
    "securityContext/appArmorProfile",
    "securityContext/seLinuxOptions",
    "securityContext/seccompProfile",
    "securityContext/capabilities",
    "securityContext/readOnlyRootFilesystem",
    "securityContext/privileged",
    "securityContext/allowPrivilegeEscalation",
    "securityContext/procMount",
    "securityContext/runAsUser",
    "securityContext/runAsGroup",
];
const WINDOWS_OPTIONS: &str = "securityContext/windowsOptions";
const SYSCTLS: &str = "securityContext/sysctls";
const SECCOMP: &str = "securityContext/seccompProfile";
const APPARMOR: &str = "securityContext/appArmorProfile";
/// The annotation of each container before there was a field.
const APPARMOR_ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

impl<'t> Object<'t> {
    /// Why the API server refuses it; `pods` are its own.
    ///
    /// Source: `ValidatePodCreate` and `ValidatePodTemplateSpec` of
    /// `k8s.io/kubernetes/pkg/apis/core/validation`; the admission plugin `ServiceAccount`.
    pub fn refusal(self, pods: &[Pod<'t>]) -> Option<String> {
        let (group, kind) = (self.group(), self.kind());
        if !KINDS.contains(&(&*group, &*kind)) {
            return None;
        }
        pods.iter().find_map(|pod| {
            pod.refused_system()
                .or_else(|| pod.refused_sharing())
                .or_else(|| pod.refused_life())
                .or_else(|| pod.refused_annotation())
                .or_else(|| pod.containers().find_map(Container::refused_rights))
        })
    }
}

impl<'t> Pod<'t> {
    /// Fields of another operating system than the one that it names.
    fn refused_system(self) -> Option<String> {
        let system = self.word("os/name")?;
        if system == "linux" {
            let options = |it: Container<'_>| says(it, WINDOWS_OPTIONS).then(|| it.title());
            let of_pod = says(self, WINDOWS_OPTIONS).then(|| self.title());
            let title = of_pod.or_else(|| self.containers().find_map(options))?;
            return Some(format!("{title} has `windowsOptions`, and `os.name` is `linux`"));
        }
        if system != "windows" {
            return None;
        }
        let flags = LINUX_FLAGS.iter().filter(|field| self.flag(field) == Some(true));
        let fields = LINUX_POD.iter().filter(|field| says(self, field));
        let sysctls = self.list(SYSCTLS).next().map(|_| &SYSCTLS);
        let of_pod = flags.chain(fields).chain(sysctls).next().map(|field| (self.title(), *field));
        let of_container = || {
            self.containers().find_map(|it| {
                let field = LINUX_CONTAINER.iter().find(|field| says(it, field))?;
                Some((it.title(), *field))
            })
        };
        let (title, field) = of_pod.or_else(of_container)?;
        let field = field.replace('/', ".");
        Some(format!("{title} has `{field}`, and `os.name` is `windows`"))
    }

    /// What does not go with a namespace of the node, or with one of its own for users.
    fn refused_sharing(self) -> Option<String> {
        for (field, names) in [
            ("hostNetwork", &["net."][..]),
            ("hostIPC", &["kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."]),
        ] {
            if self.flag(field) != Some(true) {
                continue;
            }
            let set = self.list(SYSCTLS).filter_map(|sysctl| text(sysctl, "name"));
            let shared = |name: &str| names.iter().any(|of| name.replace('/', ".").starts_with(of));
            if let Some(name) = set.into_iter().find(|name| shared(name)) {
                return Some(format!("sysctl `{name}` does not go with `{field}: true`"));
            }
        }
        if self.flag("hostUsers") != Some(false) {
            return None;
        }
        if let Some(field) = LINUX_FLAGS.iter().find(|field| self.flag(field) == Some(true)) {
            return Some(format!("`{field}: true` does not go with `hostUsers: false`"));
        }
        let device = self.containers().find(|it| it.list("volumeDevices").next().is_some())?;
        Some(format!("{} has `volumeDevices` beside `hostUsers: false`", device.title()))
    }

    /// What only a pod may have that runs, or one that is not a kubelet's own.
    fn refused_life(self) -> Option<String> {
        if self.list("ephemeralContainers").next().is_some() {
            return Some("`ephemeralContainers` are for pods that run already".to_owned());
        }
        let is_mirror = self.workload().kind == "Pod"
            && self.annotations()?.get("kubernetes.io/config.mirror").is_some();
        let names = |key| text(self.node(), key).is_some();
        (is_mirror && (names("serviceAccountName") || names("serviceAccount")))
            .then(|| "a mirror pod may name no ServiceAccount".to_owned())
    }

    /// Annotations that say something else than the fields which came after them.
    fn refused_annotation(self) -> Option<String> {
        let annotations = self.annotations()?;
        if seccomp_differs(self) {
            return Some("the seccomp annotation of the pod differs from its field".to_owned());
        }
        self.containers().find_map(|container| {
            let name = container.name();
            if seccomp_differs(container) {
                return Some(format!("the seccomp annotation of `{name}` differs from its field"));
            }
            let annotation = annotations.get(&format!("{APPARMOR_ANNOTATION}{name}"))?.as_str()?;
            // The API server makes fields of the annotations of a Pod before it compares.
            let of_pod = self.at(APPARMOR).filter(|_| self.workload().kind != "Pod");
            let field = container.at(APPARMOR).filter(|field| !field.is_null()).or(of_pod)?;
            (!self.is_windows() && differs(&annotation, field, &["runtime/default"])).then(|| {
                format!("the AppArmor annotation of `{name}` differs from `appArmorProfile`")
            })
        })
    }
}

impl Container<'_> {
    /// Rights that contradict each other.
    fn refused_rights(self) -> Option<String> {
        if self.flag("securityContext/allowPrivilegeEscalation") != Some(false) {
            return None;
        }
        // It compares with this very word: `SYS_ADMIN` passes.
        let beside = match self.is_privileged() {
            true => "privileged: true",
            false => {
                self.added().any(|added| added == "CAP_SYS_ADMIN").then_some("CAP_SYS_ADMIN")?
            }
        };
        Some(format!("{} has `allowPrivilegeEscalation: false` beside `{beside}`", self.title()))
    }
}

/// Whether a field is there, and not null.
fn says<'t>(part: impl Part<'t>, field: &str) -> bool {
    part.at(field).is_some_and(|node| !node.is_null())
}

fn seccomp_differs<'t>(part: impl Part<'t>) -> bool {
    let field = part.at(SECCOMP).filter(|field| !field.is_null());
    let annotation = part.seccomp_annotation();
    field.zip(annotation).is_some_and(|(field, (_, annotation))| {
        differs(&annotation, field, &["runtime/default", "docker/default"])
    })
}

/// Whether an annotation says something else than the profile of a field; `default` are the words
/// for that of the runtime.
fn differs(annotation: &str, field: Node<'_>, default: &[&str]) -> bool {
    match text(field, "type").as_deref() {
        Some("Unconfined") => annotation != "unconfined",
        Some("RuntimeDefault") => !default.contains(&annotation),
        Some("Localhost") => {
            annotation.strip_prefix("localhost/") != text(field, "localhostProfile").as_deref()
        }
        _ => false,
    }
}
