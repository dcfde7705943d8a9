//! What a PodSecurityPolicy asks of volumes.
//!
//! In: a [`Spec`]. Out: [`Term`]s.

use super::{
    Standard, Term, Went,
    cel::{any, list, no_volume, text},
    spec::{Driver, HostPath, Spec},
};

/// What the level *restricted* lets pods mount.
const RESTRICTED: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];
/// All others that there were, but `hostPath`, which *baseline* refuses.
const BASELINE: &[&str] = &[
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephFS",
    "cinder",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "iscsi",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];
/// The volume in which a pod finds its API token, which `secret` allows, too.
const TOKEN: &str = "\
(has(volume.projected) && volume.projected.?sources.orValue([]).all(source,
    source.?serviceAccountToken.optMap(token,
      token.path == 'token' && !has(token.audience)).orValue(false) ||
    source.?configMap.?name.orValue('') == 'kube-root-ca.crt' ||
    source.?downwardAPI.optMap(fields, fields.?items.orValue([]).all(item,
      item.path == 'namespace' &&
      item.?fieldRef.?fieldPath.orValue('') == 'metadata.namespace')).orValue(false)))";

impl Spec {
    pub(super) fn volume_terms(&self) -> Vec<Term> {
        vec![
            self.volumes(),
            self.host_paths(),
            self.drivers("allowedFlexVolumes", "flexVolume", self.allowed_flex_volumes.as_deref()),
            self.drivers("allowedCSIDrivers", "csi", self.allowed_csi_drivers.as_deref()),
        ]
    }

    fn mounts(&self, kind: &str) -> bool {
        self.volumes.iter().flatten().any(|it| it == kind || it == "*")
    }

    fn volumes(&self) -> Term {
        let volumes = self.volumes.as_deref().unwrap_or_default();
        let all = volumes.iter().any(|kind| kind == "*");
        let every = |kinds: &[&str]| kinds.iter().all(|kind| self.mounts(kind));
        let known = |kind: &String| RESTRICTED.contains(&&**kind) || kind == "none";
        let allows = match () {
            _ if self.mounts("hostPath") => Standard::Privileged,
            _ if volumes.iter().all(known) => Standard::Restricted,
            _ => Standard::Baseline,
        };
        let ask = (!all).then(|| {
            let kinds = volumes.iter().filter(|kind| *kind != "none").map(|kind| {
                let field = if kind == "cephFS" { "cephfs" } else { kind };
                format!("volume[?{}].hasValue()", text(field))
            });
            let secret = self.mounts("secret") && !self.mounts("projected");
            let may = any(kinds.chain(secret.then(|| TOKEN.to_owned())));
            let told = if volumes.is_empty() { "none".to_owned() } else { volumes.join(", ") };
            let message = format!("Volumes must be of these kinds: {told}.");
            let ask = no_volume("unmountable", &format!("!{may}"), &message);
            match allows {
                Standard::Restricted => ask.implied_if(every(RESTRICTED), Standard::Restricted),
                _ => ask.implied_if(every(RESTRICTED) && every(BASELINE), Standard::Baseline),
            }
        });
        let otherwise = Went::Nowhere("it allows everything");
        Term { name: "volumes", stated: self.volumes.is_some(), allows, ask, otherwise }
    }

    fn host_paths(&self) -> Term {
        let paths = self.allowed_host_paths.as_deref().unwrap_or_default();
        let ask = (self.mounts("hostPath") && !paths.is_empty()).then(|| {
            let below = |read_only: bool| {
                let paths = paths.iter().filter(|path| path.read_only == read_only);
                any(paths.map(|path| {
                    let folder = path.path_prefix.strip_suffix('/').unwrap_or(&path.path_prefix);
                    let folder = text(&format!("{folder}/"));
                    format!("(volume.hostPath.path + '/').startsWith({folder})")
                }))
            };
            let bad = format!(
                "has(volume.hostPath) && !{} && !({} &&\n    variables.all.all(container, \
                 container.?volumeMounts.orValue([]).all(mount,\n      mount.name != volume.name || \
                 mount.?readOnly.orValue(false))))",
                below(false),
                below(true)
            );
            let told: Vec<String> = paths.iter().map(HostPath::told).collect();
            let message = format!("Paths of the node must be below: {}.", told.join(", "));
            no_volume("outside", &bad, &message)
        });
        let term = Term::open("allowedHostPaths", self.allowed_host_paths.is_some(), ask);
        match self.mounts("hostPath") {
            true => term,
            false => Term { otherwise: Went::Nowhere("no `hostPath` is allowed anyway"), ..term },
        }
    }

    fn drivers(&self, name: &'static str, kind: &'static str, drivers: Option<&[Driver]>) -> Term {
        let allowed: Vec<&str> =
            drivers.unwrap_or_default().iter().map(|driver| driver.name()).collect();
        let ask = (self.mounts(kind) && !allowed.is_empty()).then(|| {
            let bad =
                format!("has(volume.{kind}) && !(volume.{kind}.driver in {})", list(&allowed));
            let message =
                format!("Drivers of `{kind}` volumes must be among: {}.", allowed.join(", "));
            // The level restricted has no flexVolumes.
            let ask = no_volume(if kind == "csi" { "csi" } else { "flex" }, &bad, &message);
            ask.implied_if(kind == "flexVolume", Standard::Restricted)
        });
        let term = Term::open(name, drivers.is_some(), ask);
        match self.mounts(kind) {
            true => term,
            false => Term { otherwise: Went::Nowhere("no such volume is allowed anyway"), ..term },
        }
    }
}

impl HostPath {
    fn told(&self) -> String {
        match self.read_only {
            true => format!("{} (read-only)", self.path_prefix),
            false => self.path_prefix.clone(),
        }
    }
}
