//! Kustomize itself against what is built of workloads in memory: a Go program on
//! `sigs.k8s.io/kustomize/api`.

use std::{collections::HashMap, path::Path};

use seaworthy::{
    manifest::{self, Inventory},
    yaml::{Tree, Value},
};

use crate::{
    corpus,
    referee::{self, As, Reading},
};

/// A workload, and what comes out for it.
type Built = (Value, Result<Value, String>);

#[test]
fn overlays_are_built_as_kustomize_builds_them() {
    let test = "overlays_are_built_as_kustomize_builds_them";
    let Some(program) = referee::builder() else { return };
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/overlays");
    let mut files = corpus::files(&golden);
    let shared = corpus::shared(test).map(|root| corpus::files(&root.join("corpus/kustomize")));
    files.extend(shared.unwrap_or_default());
    let files: Vec<_> = files.iter().filter(|file| is_yaml(&file.path)).collect();
    let source = |file: &&corpus::File| {
        let tree = Tree::parse(file.text.clone()).ok()?;
        Some(manifest::Source::new(file.path.display().to_string(), tree, &[]))
    };
    let sources: Vec<manifest::Source<'_>> = files.iter().filter_map(source).collect();
    let inventory = Inventory::new(&sources, None);
    // What is built, by the folder of the kustomization.
    let mut ours: HashMap<String, Vec<Built>> = HashMap::new();
    for &object in inventory.objects().iter().filter(|object| object.workload().is_some()) {
        for overlay in inventory.overlays(object) {
            let folder = Path::new(overlay.name()).parent().unwrap().display().to_string();
            let value = object.node().value().unwrap();
            let built = overlay.build(object, value.clone());
            ours.entry(folder).or_default().push((value, built));
        }
    }
    let folders: Vec<&str> = ours.keys().map(String::as_str).collect();
    let theirs = referee::theirs(program, As::Stream, &folders);
    let (mut same, mut unbuilt, mut wrong) = (0, 0, Vec::new());
    for (folder, Reading { values, error }) in folders.iter().zip(theirs) {
        let theirs: Vec<Value> =
            values.iter().map(|text| gist(&serde_json::from_str(text).unwrap())).collect();
        for (workload, built) in &ours[*folder] {
            let name = &workload["metadata"]["name"];
            match built {
                _ if error.is_some() => unbuilt += 1,
                Ok(Value::Null) if !theirs.contains(&gist(workload)) => same += 1,
                Ok(value) if theirs.contains(&gist(value)) => same += 1,
                // A `var` is filled in, which nothing here does.
                Ok(value) if gist(value).to_string().contains("$(") => unbuilt += 1,
                Ok(value) => {
                    let (ours, theirs) = (gist(value), Value::Array(theirs.clone()));
                    wrong.push(format!("{folder}: {name}: {ours}\nand not one of {theirs}"));
                }
                // What is not followed is said, and no fix is certain then.
                Err(why) if why.starts_with("its replacements") => unbuilt += 1,
                Err(why) => wrong.push(format!("{folder}: {name}: {why}")),
            }
        }
    }
    eprintln!("{same} overlays as kustomize builds them, {unbuilt} that it does not build here");
    assert!(same > 0, "there are overlays to compare");
    assert!(wrong.is_empty(), "{} of {same} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn is_yaml(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    name == "Kustomization" || [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending))
}

/// What rules read of a workload, without what is called otherwise after a build.
fn gist(object: &Value) -> Value {
    let spec = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/spec"];
    let mut pods = spec.iter().filter_map(|path| object.pointer(path));
    let pod = pods.find(|pod| pod.get("containers").is_some()).unwrap_or(&Value::Null);
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let fields = |value: &Value, keys: &[&str]| {
        Value::Array(keys.iter().map(|key| value[*key].clone()).collect())
    };
    let containers = ["initContainers", "containers"].map(|key| {
        let container = |container: &Value| {
            let mounts = list(container, "volumeMounts");
            let mounts: Vec<_> =
                mounts.iter().map(|mount| fields(mount, &["name", "mountPath"])).collect();
            let own = ["name", "image", "command", "args", "ports", "securityContext"];
            serde_json::json!([fields(container, &own), mounts])
        };
        list(pod, key).iter().map(container).collect::<Vec<_>>()
    });
    let volume = |volume: &Value| {
        let mut kinds: Vec<String> = volume.as_object().unwrap().keys().cloned().collect();
        kinds.sort();
        serde_json::json!([volume["name"], kinds])
    };
    let volumes: Vec<_> = list(pod, "volumes").iter().map(volume).collect();
    serde_json::json!([object["kind"], containers, volumes, pod["securityContext"]])
}
