//! Pods that nobody would write, in which every field that the Pod Security Standards look at has
//! some value that they know, that they do not know, or none.

use serde_json::{Map, Value, json};

use crate::mutation::Dice;

/// A pod, as a manifest in JSON.
pub fn invent(dice: &mut Dice) -> String {
    // The API server refuses what is for Linux beside it.
    let windows = dice.one_in(8);
    let mut spec = Map::new();
    for field in ["hostNetwork", "hostPID", "hostIPC", "hostUsers"] {
        maybe(dice, &mut spec, field, 6, |dice| json!(dice.one_in(2)));
    }
    if windows {
        spec.insert("os".into(), json!({ "name": "windows" }));
    }
    spec.insert("securityContext".into(), security(dice, windows, true));
    for (list, least) in [("containers", 1), ("initContainers", 0), ("ephemeralContainers", 0)] {
        let containers: Vec<Value> = (0..least + dice.below(2))
            .map(|index| container(dice, windows, format!("{}-{index}", list.to_lowercase())))
            .collect();
        spec.insert(list.into(), containers.into());
    }
    let volumes: Vec<Value> = (0..dice.below(3)).map(|index| volume(dice, index)).collect();
    maybe(dice, &mut spec, "volumes", 2, |_| volumes.clone().into());
    let mut annotations = Map::new();
    let seccomp = ["runtime/default", "docker/default", "localhost/own", "unconfined", "other"];
    let apparmor = ["runtime/default", "localhost/own", "unconfined", "other", ""];
    let on = |dice: &mut Dice| *dice.pick(&["containers-0", "initcontainers-0", "nobody"]);
    let prefix = "seccomp.security.alpha.kubernetes.io";
    maybe(dice, &mut annotations, &format!("{prefix}/pod"), 8, |it| json!(it.pick(&seccomp)));
    let key = format!("container.{prefix}/{}", on(dice));
    maybe(dice, &mut annotations, &key, 8, |it| json!(it.pick(&seccomp)));
    let key = format!("container.apparmor.security.beta.kubernetes.io/{}", on(dice));
    maybe(dice, &mut annotations, &key, 8, |it| json!(it.pick(&apparmor)));
    let metadata = json!({ "name": "invented", "annotations": annotations });
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec }).to_string()
}

/// Sets a field one time in so many.
fn maybe(
    dice: &mut Dice,
    map: &mut Map<String, Value>,
    field: &str,
    chances: usize,
    value: impl Fn(&mut Dice) -> Value,
) {
    if dice.one_in(chances) {
        map.insert(field.to_owned(), value(dice));
    }
}

/// The securityContext of a pod, or of a container.
fn security(dice: &mut Dice, windows: bool, pod: bool) -> Value {
    let mut context = Map::new();
    maybe(dice, &mut context, "runAsNonRoot", 2, |dice| json!(!dice.one_in(4)));
    let options = |dice: &mut Dice| match dice.below(3) {
        0 => json!({}),
        1 => json!({ "hostProcess": true }),
        _ => json!({ "hostProcess": false, "runAsUserName": "ContainerAdministrator" }),
    };
    maybe(dice, &mut context, "windowsOptions", if windows { 2 } else { 12 }, options);
    if windows {
        return context.into();
    }
    maybe(dice, &mut context, "runAsUser", 3, |dice| json!(dice.below(2) * 1000));
    let profile = |dice: &mut Dice| match dice.below(5) {
        0 | 1 => json!({ "type": "RuntimeDefault" }),
        2 => json!({ "type": "Localhost", "localhostProfile": "own" }),
        3 => json!({ "type": "Unconfined" }),
        _ => json!({}),
    };
    maybe(dice, &mut context, "seccompProfile", 2, profile);
    maybe(dice, &mut context, "appArmorProfile", 6, profile);
    let label = |dice: &mut Dice| {
        let kinds = ["", "container_t", "container_kvm_t", "container_engine_t", "spc_t"];
        let names = ["", "", "system"];
        json!({ "type": dice.pick(&kinds), "user": dice.pick(&names), "role": dice.pick(&names) })
    };
    maybe(dice, &mut context, "seLinuxOptions", 6, label);
    if pod {
        let names = [
            "kernel.shm_rmid_forced",
            "net.ipv4.tcp_rmem",
            "net.ipv4.tcp_notsent_lowat",
            "net/ipv4/tcp_syncookies",
            "net.core.somaxconn",
            "kernel.sem",
        ];
        let sysctl = |dice: &mut Dice| json!({ "name": dice.pick(&names), "value": "1" });
        maybe(dice, &mut context, "sysctls", 4, |dice| json!([sysctl(dice), sysctl(dice)]));
        return context.into();
    }
    maybe(dice, &mut context, "privileged", 8, |dice| json!(dice.one_in(2)));
    maybe(dice, &mut context, "allowPrivilegeEscalation", 2, |dice| json!(dice.one_in(4)));
    maybe(dice, &mut context, "procMount", 6, |it| json!(it.pick(&["Default", "Unmasked"])));
    let names = ["NET_BIND_SERVICE", "CAP_NET_BIND_SERVICE", "CHOWN", "chown", "NET_ADMIN", "ALL"];
    let mut capabilities = Map::new();
    let added = |dice: &mut Dice| json!([dice.pick(&names), dice.pick(&names)]);
    maybe(dice, &mut capabilities, "add", 3, added);
    let dropped = ["ALL", "ALL", "all", "CHOWN"];
    maybe(dice, &mut capabilities, "drop", 2, |dice| json!([dice.pick(&dropped)]));
    maybe(dice, &mut context, "capabilities", 2, |_| capabilities.clone().into());
    context.into()
}

fn container(dice: &mut Dice, windows: bool, name: String) -> Value {
    let mut container = Map::new();
    container.insert("name".into(), name.into());
    container.insert("image".into(), "shop/web:1".into());
    container.insert("securityContext".into(), security(dice, windows, false));
    let port = |dice: &mut Dice| json!([{ "containerPort": 80, "hostPort": dice.below(2) * 8080 }]);
    maybe(dice, &mut container, "ports", 4, port);
    let hosts = ["", "127.0.0.1", "shop.example.com"];
    let http = |dice: &mut Dice| json!({ "httpGet": { "port": 80, "host": dice.pick(&hosts) } });
    let tcp = |dice: &mut Dice| json!({ "tcpSocket": { "port": 80, "host": dice.pick(&hosts) } });
    maybe(dice, &mut container, "livenessProbe", 8, http);
    maybe(dice, &mut container, "startupProbe", 8, tcp);
    maybe(dice, &mut container, "lifecycle", 8, |dice| json!({ "preStop": http(dice) }));
    let mount = json!([{ "name": "volume-0", "mountPath": "/data" }]);
    maybe(dice, &mut container, "volumeMounts", 3, |_| mount.clone());
    container.into()
}

fn volume(dice: &mut Dice, index: usize) -> Value {
    let mut volume = Map::new();
    volume.insert("name".into(), format!("volume-{index}").into());
    let (kind, source) = match dice.below(7) {
        0 => ("emptyDir", json!({})),
        1 => ("hostPath", json!({ "path": "/var/log" })),
        2 => ("nfs", json!({ "server": "nfs.example.com", "path": "/" })),
        3 => ("image", json!({ "reference": "shop/model:1" })),
        4 => ("hostPath", Value::Null),
        5 => ("gitRepo", json!({ "repository": "https://example.com/site.git" })),
        _ => return volume.into(),
    };
    volume.insert(kind.into(), source);
    volume.into()
}
