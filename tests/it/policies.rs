//! The API server's own admission plugins against the policies that are generated: each policy is
//! taken without a warning, says of random workloads of every kind what a plain check says, and
//! writes what it is to write, once.

use std::{collections::BTreeSet, path::Path};

use k8s_openapi::api::admissionregistration::v1::{
    MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyBinding,
};
use seaworthy::{
    generate::{Action, Control, Mutating, Preset, Ratchet, silent},
    manifest::{self, Inventory},
    yaml::{Tree, Value},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, json};

use crate::{
    mutation::{self, Dice},
    pods, python,
    referee::{self, As},
};

/// Where images may come from, in each way in which a name can say it.
const REGISTRIES: &[&str] =
    &["docker.io/library", "docker.io/shop", "ghcr.io", "registry.example.com:5000/shop/web"];
const IMAGES: &[&str] = &[
    "nginx",
    "nginx:latest",
    "nginx:1.27",
    "docker.io/nginx:1.27",
    "index.docker.io/library/nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "shop:1",
    "shop/web:1",
    "docker.io/shop/web",
    "shops/web:1",
    "ghcr.io/web:latest",
    "ghcr.io:443/web:2",
    "ghcr.io.example.com/web:2",
    "registry.example.com:5000/shop/web",
    "registry.example.com:5000/shop/web/inner:1",
    "registry.example.com:5000/shop/website:1",
    "localhost/nginx:1",
    "Upper/nginx:1",
    "quay.io/shop/web:latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
];
/// What begins the message of each control.
const SAID: &[(Control, &str)] = &[
    (Control::Token, "Pods must say whether they mount an API token"),
    (Control::Account, "Pods must have an account of their own"),
    (Control::ReadOnlyRoot, "Containers must not write to their root file system"),
    (Control::Registry, "Images must come from"),
    (Control::Tag, "Images must have a tag"),
];
/// Every kind that makes pods, and where it keeps their template.
const KINDS: &[(&str, &str, &[&str])] = &[
    ("v1", "ReplicationController", &["spec", "template"]),
    ("apps/v1", "Deployment", &["spec", "template"]),
    ("apps/v1", "StatefulSet", &["spec", "template"]),
    ("apps/v1", "DaemonSet", &["spec", "template"]),
    ("apps/v1", "ReplicaSet", &["spec", "template"]),
    ("batch/v1", "Job", &["spec", "template"]),
    ("batch/v1", "CronJob", &["spec", "jobTemplate", "spec", "template"]),
];

fn ratchet() -> Ratchet {
    let registries = REGISTRIES.iter().map(|&it| it.to_owned()).collect();
    let met = Control::ALL.to_vec();
    Ratchet { workloads: 1, met, missed: Vec::new(), registries, namespaces: None }
}

#[test]
fn schemas_and_types_take_every_policy() {
    let mut objects = Vec::new();
    for action in [Action::Warn, Action::Deny] {
        let ratchet = Ratchet { namespaces: Some(vec!["shop".to_owned()]), ..ratchet() };
        objects.extend(ratchet.policy("all", action).unwrap().objects());
        for control in Control::ALL {
            let one = Ratchet { met: vec![control], ..ratchet.clone() };
            objects.extend(one.policy(control.rule(), action).unwrap().objects());
        }
    }
    for presets in [&Preset::ALL[..], &Preset::ALL[..1]] {
        objects.extend(mutating(presets, &["shop"]).objects());
    }
    are_sound(&objects);
}

/// Fails where an object is not what Kubernetes' schemas and types know.
pub fn are_sound(objects: &[Value]) {
    for object in objects {
        match object["kind"].as_str().unwrap() {
            "ValidatingAdmissionPolicy" => decode::<ValidatingAdmissionPolicy>(object),
            "ValidatingAdmissionPolicyBinding" => {
                decode::<ValidatingAdmissionPolicyBinding>(object);
            }
            "MutatingAdmissionPolicy" => decode::<MutatingAdmissionPolicy>(object),
            "MutatingAdmissionPolicyBinding" => decode::<MutatingAdmissionPolicyBinding>(object),
            kind => panic!("{kind} is no policy"),
        }
    }
    let lines: String = objects.iter().map(|object| format!("{object}\n")).collect();
    let Some(verdicts) = python::judge("strict", &lines) else { return };
    let wrong: Vec<&str> = verdicts.lines().filter(|verdict| *verdict != "valid").collect();
    assert!(wrong.is_empty() && !verdicts.is_empty(), "{wrong:#?}");
}

fn decode<T: DeserializeOwned>(object: &Value) {
    let mut ignored = Vec::new();
    serde_ignored::deserialize::<_, _, T>(object, |path| ignored.push(path.to_string())).unwrap();
    assert!(ignored.is_empty(), "{ignored:?}");
}

#[test]
fn a_policy_says_what_a_plain_check_says() {
    let Some(program) = referee::policies() else { return };
    let policy = ratchet().policy("shop", Action::Warn).unwrap().objects();
    let trials: Vec<Value> = (0..mutation::count() as u64 / 20).map(trial).collect();
    let answers = ask(program, &policy, &trials);
    let mut counts = [0; 2];
    for (trial, answer) in trials.iter().zip(&answers) {
        let warned: BTreeSet<Control> = answer
            .iter()
            .filter_map(|line| line.strip_prefix("warn "))
            .map(|line| control(line).unwrap_or_else(|| panic!("{line}")))
            .collect();
        assert_eq!(warned, broken(trial), "{trial:#}\n{answer:#?}");
        let audited = answer.iter().any(|line| line.starts_with("audit "));
        assert_eq!(audited, !warned.is_empty(), "{answer:#?}");
        assert!(!answer.iter().any(|line| line.starts_with("deny ")), "{answer:#?}");
        counts[usize::from(warned.is_empty())] += 1;
    }
    eprintln!("policies: {} objects break a control, {} break none", counts[0], counts[1]);
    assert!(counts[0] > 50 && counts[1] > 50, "{counts:?}");
}

#[test]
fn each_control_is_met_by_what_its_policy_lets_pass() {
    let Some(program) = referee::policies() else { return };
    let trials: Vec<Value> = (0..mutation::count() as u64 / 100).map(trial).collect();
    let registries: Vec<String> = REGISTRIES.iter().map(|&it| it.to_owned()).collect();
    for control in Control::ALL {
        let one = Ratchet { met: vec![control], ..ratchet() };
        let policy = one.policy("shop", Action::Deny).unwrap().objects();
        for (trial, answer) in trials.iter().zip(ask(program, &policy, &trials)) {
            let denied = answer.iter().any(|line| line.starts_with("deny "));
            assert_eq!(denied, broken(trial).contains(&control), "{trial:#}\n{answer:#?}");
            if trial.get("old").is_some() || spared(&trial["object"]) {
                continue;
            }
            let met = with_inventory(&trial["object"], |inventory| {
                Ratchet::of(inventory.objects(), inventory, &[control], &registries)
                    .met
                    .contains(&control)
            });
            assert_eq!(met, !denied, "{control:?}: {trial:#}");
        }
    }
}

#[test]
fn only_namespaces_that_were_looked_at_are_denied() {
    let Some(program) = referee::policies() else { return };
    let known = Ratchet { namespaces: Some(vec!["shop".to_owned()]), ..ratchet() };
    let policy = known.policy("shop", Action::Deny).unwrap().objects();
    let pod = |namespace: &str| {
        let spec = json!({ "containers": [{ "name": "web", "image": "quay.io/web" }] });
        let metadata = json!({ "name": "web", "namespace": namespace });
        json!({ "object": { "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec } })
    };
    let answers = ask(program, &policy, &["shop", "other", "kube-system"].map(pod));
    let denied: Vec<bool> =
        answers.iter().map(|it| it.iter().any(|line| line.starts_with("deny "))).collect();
    assert_eq!(denied, [true, false, false], "{answers:#?}");
}

#[test]
fn presets_are_written_where_nothing_is_said_and_once() {
    let Some(program) = referee::policies() else { return };
    let policy = mutating(&Preset::ALL, &[]).objects();
    let pods: Vec<Value> = (0..mutation::count() as u64 / 20)
        .map(|seed| {
            let mut dice = Dice::new(seed);
            let mut pod: Value = serde_json::from_str(&pods::invent(&mut dice)).unwrap();
            pod["metadata"]["namespace"] = json!("shop");
            // The API server takes none from whoever makes a pod.
            pod["spec"].as_object_mut().unwrap().remove("ephemeralContainers");
            if dice.one_in(3) {
                pod["spec"]["automountServiceAccountToken"] = json!(dice.one_in(2));
            }
            json!({ "object": pod })
        })
        .collect();
    let left = |answers: Vec<Vec<String>>| -> Vec<Value> {
        answers.iter().map(|it| serde_json::from_str(it.last().unwrap()).unwrap()).collect()
    };
    let plain = left(ask(program, &[], &pods));
    let once = left(ask(program, &policy, &pods));
    let again: Vec<Value> = once.iter().map(|object| json!({ "object": object })).collect();
    let twice = left(ask(program, &policy, &again));
    let mut written = 0;
    for ((before, after), then) in plain.iter().zip(&once).zip(&twice) {
        assert_eq!(after, then, "a second run changes something");
        written += usize::from(before != after);
        let mut expected = before.clone();
        preset(&mut expected["spec"], &before["metadata"]["annotations"]);
        assert_eq!(*after, expected, "{before:#}");
        for preset in Preset::ALL {
            let silent = with_inventory(after, |it| silent(it.objects(), it, preset));
            assert!(silent.is_empty(), "{preset:?} is not said: {after:#}");
        }
    }
    eprintln!("presets: {written} of {} pods are written to", pods.len());
    assert!(written > pods.len() / 2 && written < pods.len());
    let Some(server) = referee::server() else { return };
    let errors = |pods: &[Value]| {
        let texts: Vec<String> = pods.iter().map(Value::to_string).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        referee::theirs(server, As::Pod, &texts)
    };
    for ((before, after), pod) in errors(&plain).iter().zip(&errors(&once)).zip(&once) {
        let new: Vec<_> = after.values.iter().filter(|it| !before.values.contains(it)).collect();
        assert!(new.is_empty(), "{new:?}: {pod:#}");
    }
}

fn mutating(presets: &[Preset], namespaces: &[&str]) -> Mutating {
    let namespaces = namespaces.iter().map(|&it| it.to_owned()).collect();
    Mutating { name: "shop".to_owned(), presets: presets.to_vec(), namespaces }
}

/// What all presets write into a pod spec, worked out plainly.
fn preset(spec: &mut Value, annotations: &Value) {
    let windows = spec["os"]["name"] == "windows";
    let spec = spec.as_object_mut().unwrap();
    spec.entry("automountServiceAccountToken").or_insert(json!(false));
    if windows {
        return;
    }
    let pod = spec.entry("securityContext").or_insert(json!({})).as_object_mut().unwrap();
    if annotations.get("seccomp.security.alpha.kubernetes.io/pod").is_none() {
        pod.entry("seccompProfile").or_insert(json!({ "type": "RuntimeDefault" }));
    }
    for list in ["containers", "initContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let container = container.as_object_mut().unwrap();
            let context = container.entry("securityContext").or_insert(json!({}));
            let admin = context["capabilities"]["add"]
                .as_array()
                .is_some_and(|added| added.iter().any(|capability| capability == "CAP_SYS_ADMIN"));
            let privileged = context["privileged"] == true;
            let context = context.as_object_mut().unwrap();
            context
                .remove("capabilities")
                .filter(|it| !it.is_null())
                .map(|it| context.insert("capabilities".to_owned(), it));
            context.retain(|_, value| !value.is_null());
            context.entry("readOnlyRootFilesystem").or_insert(json!(true));
            if privileged {
                continue;
            }
            if !admin {
                context.entry("allowPrivilegeEscalation").or_insert(json!(false));
            }
            let capabilities = context.entry("capabilities").or_insert(json!({}));
            capabilities.as_object_mut().unwrap().entry("drop").or_insert(json!(["ALL"]));
        }
    }
}

/// What the API server says of each object, with some policies in force.
fn ask(program: &Path, policies: &[Value], trials: &[Value]) -> Vec<Vec<String>> {
    ask_all(program, [(policies, trials)]).remove(0)
}

/// The same with one set of policies after the other, each with objects of its own.
pub fn ask_all<'v>(
    program: &Path,
    sets: impl IntoIterator<Item = (&'v [Value], &'v [Value])>,
) -> Vec<Vec<Vec<String>>> {
    let namespaces = json!({ "shop": {}, "other": {}, "kube-system": {} });
    let (mut texts, mut lengths) = (Vec::new(), Vec::<usize>::new());
    for (policies, trials) in sets {
        // To look at the types of all kinds takes long, and finds the same mistakes again.
        let typed = lengths.len() % 5 == 0;
        let set = json!({ "policies": policies, "namespaces": namespaces, "typed": typed });
        texts.push(set.to_string());
        texts.extend(trials.iter().map(Value::to_string));
        lengths.push(trials.len());
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut answers = referee::theirs(program, As::Admission, &texts).into_iter().zip(&texts);
    let set = |length| {
        let (first, text) = answers.next().unwrap();
        assert!(first.error.is_none() && first.values.is_empty(), "{first:#?}\n{text}");
        let answer = |(answer, text): (referee::Reading, &&str)| {
            assert_eq!(answer.error, None, "{text}");
            answer.values
        };
        answers.by_ref().take(length).map(answer).collect()
    };
    lengths.into_iter().map(set).collect()
}

/// A question about an object that someone makes or changes.
fn trial(seed: u64) -> Value {
    let mut dice = Dice::new(seed);
    let object = workload(&mut dice);
    if dice.one_in(4) {
        return json!({ "object": object });
    }
    let mut old = object.clone();
    match dice.below(3) {
        0 => return json!({ "object": object }),
        1 => old["metadata"]["labels"] = json!({ "moved": "true" }),
        _ => {
            let template = template_mut(&mut old);
            template["spec"]["containers"][0]["image"] = json!("busybox");
        }
    }
    let ephemeral = object["kind"] == "Pod" && object["spec"].get("ephemeralContainers").is_some();
    let subresource = if ephemeral { "ephemeralcontainers" } else { "" };
    json!({ "object": object, "old": old, "subresource": subresource })
}

/// An object of any kind that makes pods, in which every field that controls look at has some value.
fn workload(dice: &mut Dice) -> Value {
    let mut spec = Map::new();
    let windows = dice.one_in(8);
    if windows {
        spec.insert("os".to_owned(), json!({ "name": "windows" }));
    }
    // Many controls are met, so that some objects meet all.
    if !dice.one_in(4) {
        spec.insert("automountServiceAccountToken".to_owned(), json!(dice.one_in(2)));
    }
    match dice.below(8) {
        0 => {}
        1 => drop(spec.insert("serviceAccountName".to_owned(), json!("default"))),
        2 => drop(spec.insert("serviceAccountName".to_owned(), json!(""))),
        _ => drop(spec.insert("serviceAccountName".to_owned(), json!("web"))),
    }
    let pod = dice.one_in(3);
    let lists = [("containers", 1), ("initContainers", 0), ("ephemeralContainers", 0)];
    for (list, least) in lists.into_iter().take(if pod { 3 } else { 2 }) {
        let containers: Vec<Value> =
            (0..least + dice.below(2)).map(|index| container(dice, list, index, windows)).collect();
        if !containers.is_empty() {
            spec.insert(list.to_owned(), containers.into());
        }
    }
    let namespace = if dice.one_in(12) { "kube-system" } else { "shop" };
    let mut metadata = json!({ "name": "web", "namespace": namespace });
    if dice.one_in(12) {
        metadata["annotations"] = json!({ "kubernetes.io/config.mirror": "0" });
    }
    if pod {
        return json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec });
    }
    let &(version, kind, path) = dice.pick(KINDS);
    let labels = json!({ "labels": { "app": "web" } });
    let mut object = json!({ "metadata": labels, "spec": spec });
    for key in path.iter().rev() {
        object = json!({ *key: object });
    }
    object["apiVersion"] = json!(version);
    object["kind"] = json!(kind);
    object["metadata"] = metadata;
    object
}

fn container(dice: &mut Dice, list: &str, index: usize, windows: bool) -> Value {
    let name = format!("{}-{index}", list.to_lowercase());
    let good = ["nginx:1.27", "shop/web:1", "ghcr.io:443/web:2"];
    let image = if dice.one_in(3) { dice.pick(IMAGES) } else { dice.pick(&good[..2]) };
    let mut container = json!({ "name": name, "image": image });
    match dice.below(6) {
        0 => {}
        1 => container["securityContext"] = json!({ "privileged": false }),
        _ if windows => {}
        2 => container["securityContext"] = json!({ "readOnlyRootFilesystem": false }),
        _ => container["securityContext"] = json!({ "readOnlyRootFilesystem": true }),
    }
    container
}

fn template_mut(object: &mut Value) -> &mut Value {
    let kind = object["kind"].as_str().unwrap().to_owned();
    match KINDS.iter().find(|(_, its, _)| *its == kind) {
        Some((_, _, path)) => path.iter().fold(object, |node, key| &mut node[*key]),
        None => object,
    }
}

/// Whether no policy looks at it.
fn spared(object: &Value) -> bool {
    object["metadata"]["namespace"] == "kube-system"
        || object["metadata"]["annotations"].get("kubernetes.io/config.mirror").is_some()
}

/// The controls that an object does not meet, if anyone looks; worked out plainly.
fn broken(trial: &Value) -> BTreeSet<Control> {
    let mut object = trial["object"].clone();
    let old = trial.get("old").cloned();
    let same = old.is_some_and(|mut old| *template_mut(&mut old) == *template_mut(&mut object));
    let labelled = trial.get("old").is_some_and(|old| {
        template_mut(&mut old.clone())["spec"] == template_mut(&mut object)["spec"]
    });
    if same || labelled || spared(&object) {
        return BTreeSet::new();
    }
    let spec = template_mut(&mut object)["spec"].clone();
    let of = |list: &str| spec[list].as_array().cloned().unwrap_or_default();
    let (ephemeral, lasting) =
        (of("ephemeralContainers"), [of("containers"), of("initContainers")].concat());
    let all: Vec<Value> = lasting.iter().chain(&ephemeral).cloned().collect();
    let images = || all.iter().map(|container| container["image"].as_str().unwrap());
    let mut broken = BTreeSet::new();
    let mut breaks = |control, is: bool| {
        if is {
            broken.insert(control);
        }
    };
    breaks(Control::Token, spec.get("automountServiceAccountToken").is_none());
    let account = spec.get("serviceAccountName").and_then(Value::as_str).unwrap_or_default();
    breaks(Control::Account, account.is_empty() || account == "default");
    let writes = |it: &Value| it["securityContext"]["readOnlyRootFilesystem"] != true;
    breaks(Control::ReadOnlyRoot, spec["os"]["name"] != "windows" && lasting.iter().any(writes));
    breaks(Control::Registry, images().any(|image| !FROM.contains(&image)));
    breaks(Control::Tag, images().any(|image| FLOATING.contains(&image) || image == "busybox"));
    broken
}

/// Those of the images that come from where they may, and those that may be others tomorrow: told by
/// hand, one by one.
const FROM: &[&str] = &[
    IMAGES[0], IMAGES[1], IMAGES[2], IMAGES[3], IMAGES[4], IMAGES[5], IMAGES[6], IMAGES[7],
    IMAGES[9], IMAGES[12], IMAGES[13],
];
const FLOATING: &[&str] = &[IMAGES[0], IMAGES[1], IMAGES[7], IMAGES[9], IMAGES[12]];

fn control(message: &str) -> Option<Control> {
    let said = SAID.iter().find(|(_, said)| message.contains(said));
    said.map(|(control, _)| *control)
}

fn with_inventory<R>(object: &Value, look: impl FnOnce(&Inventory<'_>) -> R) -> R {
    let tree = Tree::parse(object.to_string()).unwrap();
    let sources = [manifest::Source::new("object.json", tree, &[])];
    look(&Inventory::new(&sources, None))
}
