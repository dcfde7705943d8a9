use super::{
    Check, Context, Finding, Fix, Level, Profile, RESTRICTED, Rule, Version, host_path_volumes,
};
use crate::{manifest::Pod, yaml::Node};

pub(super) const RULE: Rule = Rule {
    id: "volume-types",
    title: "Pods must mount volumes of the cluster, and claims, and no others",
    why: "Whoever may create a pod that names a disk or a server by itself may mount all of it, \
          where a claim gives no more than was set aside.",
    level: Level::Error,
    profile: Profile::Restricted,
    since: Version::FIRST,
    references: &[RESTRICTED, "https://kubernetes.io/docs/concepts/storage/volumes/"],
    linux: false,
    check: Check::Pod(check),
};

const ALLOWED: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];
const REFUSED: &[&str] = &[
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "portworxVolume",
    "photonPersistentDisk",
    "scaleIO",
    "storageos",
];

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let elsewhere = context.settings.runs(&host_path_volumes::RULE);
    let found = pod.volumes().filter_map(|volume| {
        let has = |kind: &&&str| volume.get(kind).is_some_and(|source| !source.is_null());
        if ALLOWED.iter().any(|kind| has(&kind)) {
            return None;
        }
        // One that says nothing is an `emptyDir`.
        let kind = *REFUSED.iter().find(has)?;
        if kind == "hostPath" && elsewhere {
            return None;
        }
        let name = volume.get("name").map(Node::text).unwrap_or_default();
        let fix = host_path_volumes::unmounted(pod, volume).unwrap_or_else(|| advise(kind));
        let message = format!("volume `{name}` is of type `{kind}`");
        Some(Finding::on(pod, volume.get(kind)?, message, fix))
    });
    found.collect()
}

fn advise(kind: &str) -> Fix {
    Fix::manual(match kind {
        "gitRepo" => "Clone it in an init container, into an `emptyDir`.",
        "hostPath" => "Move its data to a volume that a PersistentVolumeClaim asks for.",
        _ => "Describe it in a PersistentVolume, and mount a claim of that.",
    })
}
