//! PodSecurityPolicies against what is made of them: a level of Pod Security, judged by Kubernetes'
//! own checks, and a policy, judged by the API server's own plugin.
//!
//! What both let pass, the PodSecurityPolicy let pass; and what the policy refuses, the
//! PodSecurityPolicy refused. What that did is written down here anew, from the sources of
//! Kubernetes 1.24 (`k8s.io/kubernetes/pkg/security/podsecuritypolicy`), as it validated: what it
//! wrote into pods, they have to say by themselves.

use std::collections::BTreeMap;

use seaworthy::generate::{Standard, Translation, Went};
use serde_json::{Map, Value, json};

use crate::{
    mutation::{self, Dice},
    policies::{are_sound, ask_all},
    referee::{self, As},
};

const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/allowedProfileNames";
const APPARMOR: &str = "apparmor.security.beta.kubernetes.io/allowedProfileNames";

/// A PodSecurityPolicy, what is made of it, and pods.
struct Trial {
    psp: Value,
    level: Standard,
    /// The policy and its binding, if there is one.
    policy: Vec<Value>,
    pods: Vec<Value>,
}

impl Trial {
    fn new(dice: &mut Dice) -> Trial {
        let psp = policy(dice);
        let translation = Translation::of(&psp, "psp", &[]).unwrap();
        let policy = translation.policy.map(|it| it.objects().to_vec()).unwrap_or_default();
        let pods = (0..40).map(|_| json!({ "object": pod(dice) })).collect();
        Trial { psp, level: translation.level, policy, pods }
    }
}

#[test]
fn a_translation_says_what_the_policy_said() {
    let (Some(program), Some(judge)) = (referee::policies(), referee::referee()) else { return };
    let n_policies = (mutation::count() as u64 / 100).clamp(50, 300);
    let trials: Vec<Trial> = (0..n_policies).map(|seed| Trial::new(&mut Dice::new(seed))).collect();
    let answers = ask_all(program, trials.iter().map(|it| (&*it.policy, &*it.pods)));
    let mut counts = BTreeMap::<String, usize>::new();
    for (Trial { psp, level, .. }, answers) in trials.iter().zip(answers) {
        // The last line is the pod with what the API server gives it.
        let pods: Vec<Value> =
            answers.iter().map(|it| serde_json::from_str(it.last().unwrap()).unwrap()).collect();
        let lines: Vec<String> =
            pods.iter().map(|pod| format!("{}/latest\n{pod}", level.name())).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let standards = referee::theirs(judge, As::Pod, &lines);
        for ((pod, answer), standard) in pods.iter().zip(&answers).zip(standards) {
            let refused = answer.iter().any(|line| line.starts_with("warn "));
            let against = standard.values[0].as_str();
            let let_pass = allows(psp, pod);
            let said = format!("{psp:#}\n{level:?} {against:?}\n{answer:#?}\n{pod:#}");
            assert!(refused || !against.is_empty() || let_pass, "it slips through: {said}");
            assert!(!refused || !let_pass, "it was let pass before: {said}");
            let what = match (refused, against.is_empty(), let_pass) {
                (_, true, true) => "passes as before",
                (_, false, true) => "only the level refuses",
                (true, true, false) => "only the policy refuses",
                (false, _, false) => "only the level refuses, as before",
                (true, false, false) => "both refuse",
            };
            *counts.entry(format!("{}: {what}", level.name())).or_default() += 1;
        }
    }
    let objects: Vec<Value> = trials.into_iter().flat_map(|it| it.policy).collect();
    are_sound(&objects);
    eprintln!("security policies: {n_policies}, {counts:#?}");
    for level in ["privileged", "baseline", "restricted"] {
        for what in ["passes as before", "only the policy refuses"] {
            assert!(counts.contains_key(&format!("{level}: {what}")), "{level}: never {what}");
        }
    }
}

#[test]
fn every_field_that_is_stated_goes_somewhere() {
    let spec = json!({
        "privileged": false,
        "defaultAddCapabilities": ["CHOWN"],
        "requiredDropCapabilities": ["ALL"],
        "allowedCapabilities": ["NET_BIND_SERVICE"],
        "volumes": ["csi", "flexVolume", "hostPath"],
        "hostNetwork": false,
        "hostPorts": [{ "min": 1, "max": 2 }],
        "hostPID": false,
        "hostIPC": false,
        "seLinux": { "rule": "RunAsAny" },
        "runAsUser": { "rule": "RunAsAny" },
        "runAsGroup": { "rule": "RunAsAny" },
        "supplementalGroups": { "rule": "RunAsAny" },
        "fsGroup": { "rule": "RunAsAny" },
        "readOnlyRootFilesystem": true,
        "defaultAllowPrivilegeEscalation": true,
        "allowPrivilegeEscalation": false,
        "allowedHostPaths": [{ "pathPrefix": "/var/log", "readOnly": true }],
        "allowedFlexVolumes": [{ "driver": "example/lvm" }],
        "allowedCSIDrivers": [{ "name": "csi.example.com" }],
        "allowedUnsafeSysctls": ["net.core.*"],
        "forbiddenSysctls": ["kernel.*"],
        "allowedProcMountTypes": ["Unmasked"],
        "runtimeClass": { "allowedRuntimeClassNames": ["gvisor"] },
    });
    let annotations = json!({
        SECCOMP: "runtime/default",
        "seccomp.security.alpha.kubernetes.io/defaultProfileName": "runtime/default",
        APPARMOR: "runtime/default",
        "apparmor.security.beta.kubernetes.io/defaultProfileName": "runtime/default",
    });
    let stated = spec.as_object().unwrap().keys().chain(annotations.as_object().unwrap().keys());
    let mut stated: Vec<String> = stated.cloned().collect();
    stated.sort();
    let psp = json!({ "metadata": { "annotations": annotations }, "spec": spec });
    let translation = Translation::of(&psp, "psp", &[]).unwrap();
    let told: Vec<String> = translation.fields.iter().map(|field| field.name.to_owned()).collect();
    assert_eq!(told, stated);
    assert_eq!(translation.level, Standard::Privileged);
    let went = |name: &str| translation.fields.iter().find(|it| it.name == name).unwrap().went;
    assert_eq!(went("readOnlyRootFilesystem"), Went::Validation);
    assert_eq!(went("defaultAddCapabilities"), Went::Default);
    assert!(matches!(went("seLinux"), Went::Nowhere(_)));
    let nothing = Translation::of(&json!({ "spec": {} }), "psp", &[]).unwrap();
    assert!(!nothing.fields.is_empty());
    assert!(nothing.fields.iter().all(|it| !it.stated && it.went == Went::Validation));
    assert!(Translation::of(&json!({ "spec": { "privileged": "no" } }), "psp", &[]).is_err());
}

/// A PodSecurityPolicy: one that people wrote, in which some fields have some other value.
fn policy(dice: &mut Dice) -> Value {
    let any = json!({ "rule": "RunAsAny" });
    let groups = json!({ "rule": "MustRunAs", "ranges": [{ "min": 1, "max": 65535 }] });
    let core = [
        "configMap",
        "emptyDir",
        "projected",
        "secret",
        "downwardAPI",
        "csi",
        "persistentVolumeClaim",
        "ephemeral",
    ];
    let (mut spec, mut annotations) = match dice.below(4) {
        0 => (
            json!({ "privileged": true, "volumes": ["*"], "allowedCapabilities": ["*"],
            "hostNetwork": true, "hostPorts": [{ "min": 0, "max": 65535 }], "hostPID": true,
            "hostIPC": true }),
            json!({ SECCOMP: "*" }),
        ),
        1 => (
            json!({ "privileged": false, "volumes": core, "allowedCapabilities": ["CHOWN"] }),
            json!({ APPARMOR: "runtime/default", SECCOMP: "*" }),
        ),
        2 => (json!({ "privileged": false, "volumes": ["*"] }), json!({})),
        _ => (
            json!({ "privileged": false, "volumes": core, "allowPrivilegeEscalation": false,
            "requiredDropCapabilities": ["ALL"], "runAsUser": { "rule": "MustRunAsNonRoot" },
            "supplementalGroups": groups, "fsGroup": groups, "readOnlyRootFilesystem": false }),
            json!({ APPARMOR: "runtime/default", SECCOMP: "docker/default,runtime/default" }),
        ),
    };
    let map = spec.as_object_mut().unwrap();
    for field in ["seLinux", "runAsUser", "supplementalGroups", "fsGroup"] {
        map.entry(field).or_insert(any.clone());
    }
    for _ in 0..dice.below(5) {
        let (field, value) = change(dice);
        map.insert(field.to_owned(), value);
    }
    match dice.below(6) {
        0 => annotations[SECCOMP] = json!("runtime/default,localhost/own"),
        1 => annotations[SECCOMP] = json!("unconfined,docker/default"),
        2 => annotations[APPARMOR] = json!("localhost/own,localhost/other"),
        _ => {}
    }
    let metadata = json!({ "name": "psp", "annotations": annotations });
    json!({ "apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": metadata,
        "spec": spec })
}

fn change(dice: &mut Dice) -> (&'static str, Value) {
    let rules = ["MustRunAs", "MayRunAs", "RunAsAny"];
    let ids = |dice: &mut Dice, rules: &[&str]| {
        json!({ "rule": dice.pick(rules),
            "ranges": [{ "min": dice.below(2) * 1000, "max": 1500 }, { "min": 65534, "max": 65534 }] })
    };
    match dice.below(22) {
        0 => ("privileged", json!(dice.one_in(2))),
        1 => ("defaultAddCapabilities", json!([dice.pick(&["CHOWN", "NET_BIND_SERVICE"])])),
        2 => ("requiredDropCapabilities", json!([dice.pick(&["ALL", "KILL"]), "MKNOD"])),
        3 => {
            let all: &[&[&str]] = &[
                &[],
                &["NET_BIND_SERVICE"],
                &["CHOWN", "SETUID"],
                &["NET_ADMIN"],
                &[
                    "AUDIT_WRITE",
                    "CHOWN",
                    "DAC_OVERRIDE",
                    "FOWNER",
                    "FSETID",
                    "KILL",
                    "MKNOD",
                    "NET_BIND_SERVICE",
                    "SETFCAP",
                    "SETGID",
                    "SETPCAP",
                    "SETUID",
                    "SYS_CHROOT",
                ],
            ];
            ("allowedCapabilities", json!(dice.pick(all)))
        }
        4 => {
            let all: &[&[&str]] = &[
                &["secret"],
                &["configMap", "csi"],
                &["hostPath", "emptyDir"],
                &["flexVolume", "nfs"],
                &["*"],
                &["none"],
                &[],
                &["cephFS", "emptyDir"],
            ];
            ("volumes", json!(dice.pick(all)))
        }
        5 => (["hostNetwork", "hostPID", "hostIPC"][dice.below(3)], json!(dice.one_in(2))),
        6 => ("hostPorts", json!([{ "min": 8000, "max": 8080 }, { "min": 53, "max": 53 }])),
        7 => ("seLinux", json!({ "rule": "MustRunAs", "seLinuxOptions": dice.pick(&LABELS)() })),
        8 => ("runAsUser", ids(dice, &["MustRunAs", "MustRunAsNonRoot", "RunAsAny"])),
        9 => ("runAsGroup", ids(dice, &rules)),
        10 => ("supplementalGroups", ids(dice, &rules)),
        11 => ("fsGroup", ids(dice, &rules)),
        12 => ("readOnlyRootFilesystem", json!(true)),
        13 => ("allowPrivilegeEscalation", json!(dice.one_in(2))),
        14 => ("defaultAllowPrivilegeEscalation", json!(dice.one_in(2))),
        15 => (
            "allowedHostPaths",
            json!([{ "pathPrefix": "/var/log/" },
            { "pathPrefix": "/etc", "readOnly": true }]),
        ),
        16 => ("allowedFlexVolumes", json!([{ "driver": "example/lvm" }])),
        17 => ("allowedCSIDrivers", json!([{ "name": "csi.example.com" }])),
        18 => (
            "allowedUnsafeSysctls",
            json!([dice.pick(&["kernel.msg*", "*", "net.core.somaxconn"])]),
        ),
        19 => ("forbiddenSysctls", json!([dice.pick(&["*", "kernel.shm_rmid_forced", "net.*"])])),
        20 => ("allowedProcMountTypes", json!([dice.pick(&["Default", "Unmasked"])])),
        _ => (
            "runtimeClass",
            json!({ "allowedRuntimeClassNames": [dice.pick(&["gvisor", "*"])],
            "defaultRuntimeClassName": "gvisor" }),
        ),
    }
}

const LABELS: [fn() -> Value; 3] = [
    || json!({ "level": "s0:c123,c456" }),
    || json!({ "type": "container_t", "level": "s0" }),
    || json!({ "user": "system_u", "role": "system_r", "type": "spc_t" }),
];

/// A pod that meets most of what may be asked of it, but for some fields.
fn pod(dice: &mut Dice) -> Value {
    let mut spec = Map::new();
    let mut security = json!({ "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" },
        "fsGroup": 1000, "supplementalGroups": [1000] });
    if dice.one_in(2) {
        security["runAsUser"] = json!(1000);
        security["runAsGroup"] = json!(1000);
    }
    if dice.one_in(2) {
        security["seLinuxOptions"] = dice.pick(&LABELS)();
    }
    for _ in 0..dice.below(3) {
        match dice.below(9) {
            0 => security["runAsNonRoot"] = json!(dice.one_in(2)),
            1 => drop(security.as_object_mut().unwrap().remove("runAsNonRoot")),
            2 => security["runAsUser"] = json!([0, 1200, 1501, 65534][dice.below(4)]),
            3 => security["fsGroup"] = json!([0, 2000, 65534][dice.below(3)]),
            4 => security["supplementalGroups"] = dice.pick(&[json!([]), json!([1, 2000])]).clone(),
            5 => drop(security.as_object_mut().unwrap().remove("seccompProfile")),
            6 => security["seccompProfile"] = profile(dice),
            7 => security["appArmorProfile"] = profile(dice),
            _ => {
                let names = [
                    "kernel.shm_rmid_forced",
                    "kernel.msgmax",
                    "net.core.somaxconn",
                    "net.ipv4.tcp_rmem",
                ];
                let sysctl = |dice: &mut Dice| json!({ "name": dice.pick(&names), "value": "1" });
                security["sysctls"] = json!([sysctl(dice), sysctl(dice)]);
            }
        }
    }
    spec.insert("securityContext".to_owned(), security);
    if dice.one_in(8) {
        let field = ["hostNetwork", "hostPID", "hostIPC"][dice.below(3)];
        spec.insert(field.to_owned(), json!(true));
    }
    if dice.one_in(8) {
        spec.insert("runtimeClassName".to_owned(), json!(dice.pick(&["gvisor", "kata"])));
    }
    if dice.one_in(2) {
        let volumes: Vec<Value> = (0..1 + dice.below(2)).map(|index| volume(dice, index)).collect();
        spec.insert("volumes".to_owned(), volumes.into());
    }
    for (list, least) in [("containers", 1), ("initContainers", 0)] {
        let containers: Vec<Value> = (0..least + usize::from(dice.one_in(3)))
            .map(|index| container(dice, format!("{}-{index}", list.to_lowercase())))
            .collect();
        if !containers.is_empty() {
            spec.insert(list.to_owned(), containers.into());
        }
    }
    let metadata = json!({ "name": "web", "namespace": "shop" });
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec })
}

fn profile(dice: &mut Dice) -> Value {
    dice.pick(&[
        json!({ "type": "RuntimeDefault" }),
        json!({ "type": "Unconfined" }),
        json!({ "type": "Localhost", "localhostProfile": "own" }),
    ])
    .clone()
}

fn container(dice: &mut Dice, name: String) -> Value {
    let mut security = json!({ "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
        "capabilities": { "drop": ["ALL"] } });
    let mut container = json!({ "name": name, "image": "shop/web:1" });
    for _ in 0..dice.below(3) {
        let names = ["NET_BIND_SERVICE", "CHOWN", "NET_ADMIN"];
        match dice.below(14) {
            0 => security["privileged"] = json!(dice.one_in(2)),
            1 => security["allowPrivilegeEscalation"] = json!(true),
            2 => drop(security.as_object_mut().unwrap().remove("allowPrivilegeEscalation")),
            3 => security["readOnlyRootFilesystem"] = json!(false),
            4 => security["capabilities"]["add"] = json!([dice.pick(&names)]),
            5 => security["capabilities"]["drop"] = json!(["KILL", "MKNOD"]),
            6 => drop(security.as_object_mut().unwrap().remove("capabilities")),
            7 => security["runAsUser"] = json!([0, 1000, 1600][dice.below(3)]),
            8 => security["runAsGroup"] = json!([0, 1000, 1600][dice.below(3)]),
            9 => security["procMount"] = json!(dice.pick(&["Default", "Unmasked"])),
            10 => {
                security["seLinuxOptions"] = dice
                    .pick(&[json!({ "level": "s0:c456,c123" }), json!({ "type": "container_t" })])
                    .clone()
            }
            11 => security["seccompProfile"] = profile(dice),
            12 => security["appArmorProfile"] = profile(dice),
            _ => {
                let port = [53, 8000, 9000][dice.below(3)];
                container["ports"] = json!([{ "containerPort": port, "hostPort": port }]);
            }
        }
    }
    // The API server empties what says nothing.
    if security["capabilities"].is_null() {
        security.as_object_mut().unwrap().remove("capabilities");
    }
    container["securityContext"] = security;
    if dice.one_in(3) {
        let read_only = dice.one_in(2);
        let mount = json!({ "name": "volume-0", "mountPath": "/data", "readOnly": read_only });
        container["volumeMounts"] = json!([mount]);
    }
    container
}

fn volume(dice: &mut Dice, index: usize) -> Value {
    let token = json!({ "serviceAccountToken": { "path": "token" } });
    let root = json!({ "configMap": { "name": "kube-root-ca.crt" } });
    let field = json!({ "apiVersion": "v1", "fieldPath": "metadata.namespace" });
    let namespace =
        json!({ "downwardAPI": { "items": [{ "path": "namespace", "fieldRef": field }] } });
    let path = ["/var/log", "/var/log/web/", "/var/logs", "/etc/", "/"];
    let (kind, source) = match dice.below(12) {
        0 => ("emptyDir", json!({})),
        1 => ("configMap", json!({ "name": "web" })),
        2 => ("secret", json!({ "secretName": "web" })),
        3 | 4 => ("hostPath", json!({ "path": dice.pick(&path) })),
        5 => ("nfs", json!({ "server": "nfs.example.com", "path": "/" })),
        6 => ("flexVolume", json!({ "driver": dice.pick(&["example/lvm", "example/other"]) })),
        7 => ("csi", json!({ "driver": dice.pick(&["csi.example.com", "other.example.com"]) })),
        8 => ("cephfs", json!({ "monitors": ["ceph.example.com"] })),
        9 => ("projected", json!({ "sources": [token, root, namespace] })),
        10 => ("projected", json!({ "sources": [token, { "secret": { "name": "web" } }] })),
        _ => ("persistentVolumeClaim", json!({ "claimName": "web" })),
    };
    json!({ "name": format!("volume-{index}"), kind: source })
}

/// Whether a PodSecurityPolicy takes a pod as it is.
fn allows(psp: &Value, pod: &Value) -> bool {
    let policy = &psp["spec"];
    let spec = &pod["spec"];
    let security = &spec["securityContext"];
    let annotations = &psp["metadata"]["annotations"];
    let groups = |it: &Value| list(it).iter().map(|id| id.as_i64().unwrap()).collect::<Vec<_>>();
    let one = |it: &Value| it.as_i64().into_iter().collect::<Vec<_>>();
    let host = |field: &str| spec[field] != true || policy[field] == true;
    let sysctl = |it: &Value| {
        let name = it["name"].as_str().unwrap();
        let safe = ["kernel.shm_rmid_forced", "net.ipv4.tcp_rmem"].contains(&name);
        !matches(&policy["forbiddenSysctls"], name)
            && (safe || matches(&policy["allowedUnsafeSysctls"], name))
    };
    let class = &policy["runtimeClass"]["allowedRuntimeClassNames"];
    let classes = words(class);
    let runtime = spec["runtimeClassName"].as_str();
    ["hostNetwork", "hostPID", "hostIPC"].into_iter().all(host)
        && ids(&policy["fsGroup"], &one(&security["fsGroup"]))
        && ids(&policy["supplementalGroups"], &groups(&security["supplementalGroups"]))
        && list(&security["sysctls"]).iter().all(sysctl)
        && (class.is_null()
            || runtime.is_none_or(|it| classes.contains(&"*") || classes.contains(&it)))
        && list(&spec["volumes"]).iter().all(|volume| mounts(policy, spec, volume))
        && containers(spec).iter().all(|it| runs(policy, annotations, security, it))
}

/// Whether it takes a container. What it holds a container to is what the container gets, from its
/// pod if it says nothing itself.
fn runs(policy: &Value, annotations: &Value, pod: &Value, container: &Value) -> bool {
    let own = &container["securityContext"];
    let effective = |field: &str| if own[field].is_null() { &pod[field] } else { &own[field] };
    let user = effective("runAsUser").as_i64();
    let non_root = effective("runAsNonRoot").as_bool();
    let user_is_right = match policy["runAsUser"]["rule"].as_str().unwrap() {
        "MustRunAs" => ids(&policy["runAsUser"], &user.into_iter().collect::<Vec<_>>()),
        "MustRunAsNonRoot" => {
            (non_root.is_some() || user.is_some()) && non_root != Some(false) && user != Some(0)
        }
        _ => true,
    };
    let group: Vec<i64> = effective("runAsGroup").as_i64().into_iter().collect();
    let dropped = words(&own["capabilities"]["drop"]);
    let drops = |it: &&str| dropped.contains(it) || dropped.contains(&"ALL");
    let allowed = [words(&policy["allowedCapabilities"]), words(&policy["defaultAddCapabilities"])];
    let adds = |it: &&str| allowed.iter().any(|list| list.contains(it) || list.contains(&"*"));
    let port = |port: &Value| {
        let number = port["hostPort"].as_i64().unwrap_or(0);
        number == 0 || within(&policy["hostPorts"], number)
    };
    let mount_types = words(&policy["allowedProcMountTypes"]);
    let mount_types = if mount_types.is_empty() { vec!["Default"] } else { mount_types };
    let seccomp = profile_name(effective("seccompProfile")).unwrap_or_default();
    let armor = profile_name(effective("appArmorProfile"));
    let listed = |key: &str| annotations[key].as_str().map(|it| it.split(',').collect::<Vec<_>>());
    let seccomp_is_right = listed(SECCOMP).is_none_or(|names| {
        let names: Vec<String> =
            names.into_iter().map(|it| it.replace("docker/default", "runtime/default")).collect();
        names.iter().any(|it| it == "*" || *it == seccomp)
    });
    let armor_is_right = listed(APPARMOR).is_none_or(|names| {
        // It was written into pods that said nothing, and is what they get today.
        let armor = armor.unwrap_or_else(|| "runtime/default".to_owned());
        names.contains(&&*armor)
    });
    user_is_right
        && ids(&policy["runAsGroup"], &group)
        && (own["privileged"] != true || policy["privileged"] == true)
        && words(&policy["requiredDropCapabilities"]).iter().all(drops)
        && words(&own["capabilities"]["add"]).iter().all(adds)
        && list(&container["ports"]).iter().all(port)
        && mount_types.contains(&own["procMount"].as_str().unwrap_or("Default"))
        && (policy["readOnlyRootFilesystem"] != true || own["readOnlyRootFilesystem"] == true)
        && (policy["allowPrivilegeEscalation"] != false || own["allowPrivilegeEscalation"] == false)
        && labels(&policy["seLinux"], effective("seLinuxOptions"))
        && seccomp_is_right
        && armor_is_right
}

fn labels(policy: &Value, options: &Value) -> bool {
    if policy["rule"] != "MustRunAs" {
        return true;
    }
    let wanted = &policy["seLinuxOptions"];
    let word = |of: &Value, field: &str| of[field].as_str().unwrap_or_default().to_owned();
    let level = |of: &Value| {
        let level = word(of, "level");
        let mut categories: Vec<String> = match level.split_once(':') {
            Some((_, categories)) => categories.split(',').map(str::to_owned).collect(),
            None => Vec::new(),
        };
        categories.sort();
        (level.split(':').next().unwrap().to_owned(), categories)
    };
    !options.is_null()
        && ["user", "role", "type"].iter().all(|field| word(options, field) == word(wanted, field))
        && level(options) == level(wanted)
}

fn mounts(policy: &Value, spec: &Value, volume: &Value) -> bool {
    let kinds = words(&policy["volumes"]);
    let field = volume.as_object().unwrap().keys().find(|key| *key != "name").unwrap();
    let kind = if field == "cephfs" { "cephFS" } else { field };
    let sources = list(&volume["projected"]["sources"]);
    let token = kind == "projected"
        && kinds.contains(&"secret")
        && sources.iter().all(|source| source["secret"].is_null());
    if !kinds.contains(&"*") && !kinds.contains(&kind) && !token {
        return false;
    }
    let named = |field: &str, key: &str, driver: &Value| {
        let allowed = list(&policy[field]);
        allowed.is_empty() || allowed.iter().any(|it| it[key] == *driver)
    };
    match kind {
        "flexVolume" => named("allowedFlexVolumes", "driver", &volume["flexVolume"]["driver"]),
        "csi" => named("allowedCSIDrivers", "name", &volume["csi"]["driver"]),
        "hostPath" => {
            let allowed = list(&policy["allowedHostPaths"]);
            let path = volume["hostPath"]["path"].as_str().unwrap();
            let steps = |path: &str| -> Vec<String> {
                path.split('/').filter(|step| !step.is_empty()).map(str::to_owned).collect()
            };
            let below =
                |it: &&Value| steps(path).starts_with(&steps(it["pathPrefix"].as_str().unwrap()));
            let fitting: Vec<&Value> = allowed.iter().filter(below).collect();
            let writable = containers(spec).iter().any(|container| {
                list(&container["volumeMounts"])
                    .iter()
                    .any(|mount| mount["name"] == volume["name"] && mount["readOnly"] != true)
            });
            allowed.is_empty()
                || fitting.iter().any(|it| it["readOnly"] != true)
                || !fitting.is_empty() && !writable
        }
        _ => true,
    }
}

fn ids(policy: &Value, ids: &[i64]) -> bool {
    let in_ranges = ids.iter().all(|id| within(&policy["ranges"], *id));
    match policy["rule"].as_str() {
        Some("MustRunAs") => !ids.is_empty() && in_ranges,
        Some("MayRunAs") => in_ranges,
        _ => true,
    }
}

fn within(ranges: &Value, number: i64) -> bool {
    let holds = |range: &Value| {
        (range["min"].as_i64().unwrap()..=range["max"].as_i64().unwrap()).contains(&number)
    };
    list(ranges).iter().any(holds)
}

fn matches(patterns: &Value, name: &str) -> bool {
    words(patterns).iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == *pattern,
    })
}

fn profile_name(profile: &Value) -> Option<String> {
    Some(match profile["type"].as_str()? {
        "RuntimeDefault" => "runtime/default".to_owned(),
        "Localhost" => format!("localhost/{}", profile["localhostProfile"].as_str().unwrap()),
        _ => "unconfined".to_owned(),
    })
}

fn containers(spec: &Value) -> Vec<&Value> {
    list(&spec["initContainers"]).iter().chain(list(&spec["containers"])).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn words(value: &Value) -> Vec<&str> {
    list(value).iter().filter_map(Value::as_str).collect()
}
