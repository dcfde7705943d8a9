//! Kustomize itself against what is built of workloads in memory: a Go program on
//! `sigs.k8s.io/kustomize/api`.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use seaworthy::{
    host,
    manifest::{self, Inventory},
    review::{Source, review},
    yaml::{Tree, Value},
};

use crate::{
    corpus, law,
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

#[test]
fn what_kustomize_builds_it_builds_when_it_is_fixed() {
    let test = "what_kustomize_builds_it_builds_when_it_is_fixed";
    let Some(program) = referee::builder() else { return };
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let shared = corpus::shared(test).map(|root| root.join("corpus/kustomize"));
    let roots = [golden.join("overlays"), golden.join("new-files")].into_iter().chain(shared);
    let roots: Vec<PathBuf> = roots.flat_map(|root| folders(&root)).collect();
    let (mut same, mut accounts, mut wrong) = (0, 0, Vec::new());
    for root in &roots {
        let fixed = tempfile::tempdir().unwrap();
        let files = corpus::files(root);
        let name = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
        let kustomizations = files.iter().map(|file| name(&file.path));
        let kustomizations: Vec<String> =
            kustomizations.filter(|name| manifest::is_kustomization(name)).collect();
        let source = |file: corpus::File| Source::new(name(&file.path), file.text.into());
        let settings = host::settings(&["fix"], "").unwrap();
        let review = review(files.into_iter().map(source).collect(), &settings);
        for source in law::written(&review) {
            let path = fixed.path().join(&source.name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, source.text.unwrap()).unwrap();
        }
        let built = |root: &Path| {
            let folder = |it: &String| root.join(it).parent().unwrap().display().to_string();
            let folders: Vec<String> = kustomizations.iter().map(folder).collect();
            let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
            referee::theirs(program, As::Stream, &folders)
        };
        let both = built(root).into_iter().zip(built(fixed.path()));
        for ((before, after), by) in both.zip(&kustomizations) {
            let by = format!("{}/{by}", root.display());
            match after.error {
                _ if before.error.is_some() => continue,
                Some(error) => wrong.push(format!("{by}: {error}")),
                None => same += 1,
            }
            let (new, missing) = (named(&after.values), named(&before.values));
            let missing: Vec<&String> = new.difference(&missing).collect();
            accounts += missing.len();
            let there = objects(&after.values, "ServiceAccount");
            let missing = missing.into_iter().filter(|name| !there.contains(*name));
            wrong.extend(missing.map(|name| format!("{by}: there is no account {name}")));
            let lost = lost(&before.values, &after.values);
            wrong.extend(lost.into_iter().map(|lost| format!("{by}: {lost}")));
        }
    }
    eprintln!("{same} kustomizations are built as before, with {accounts} accounts of their own");
    assert!(same > 0 && accounts > 0, "there are accounts to look for");
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The folders in a folder.
fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

/// The accounts that pods name, with their namespaces.
fn named(objects: &[String]) -> BTreeSet<String> {
    let objects = objects.iter().map(|text| serde_json::from_str::<Value>(text).unwrap());
    let named = objects.filter_map(|object| {
        let spec = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/spec"];
        let mut pods = spec.iter().filter_map(|path| object.pointer(path));
        let name = pods.find_map(|pod| pod["serviceAccountName"].as_str())?;
        Some(format!("{}/{name}", object["metadata"]["namespace"]))
    });
    named.collect()
}

/// The objects of a kind, with their namespaces.
fn objects(objects: &[String], kind: &str) -> BTreeSet<String> {
    let objects = objects.iter().map(|text| serde_json::from_str::<Value>(text).unwrap());
    let objects = objects.filter(|object| object["kind"] == kind).map(|object| {
        let word = |key: &str| object["metadata"][key].clone();
        format!("{}/{}", word("namespace"), word("name").as_str().unwrap_or_default())
    });
    objects.collect()
}

/// The rights that workloads no longer have under their new accounts, and objects that are gone.
fn lost(before: &[String], after: &[String]) -> Vec<String> {
    let [before, after] = [before, after].map(|built| {
        let values = built.iter().map(|text| serde_json::from_str::<Value>(text).unwrap());
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let key = |object: &Value| {
            let metadata = &object["metadata"];
            [&object["kind"], &metadata["namespace"], &metadata["name"]].map(word)
        };
        values.map(|object| (key(&object), object)).collect::<BTreeMap<_, _>>()
    });
    let mut lost = Vec::new();
    for (key, object) in &before {
        let Some(then) = after.get(key) else {
            lost.push(format!("{key:?} is gone"));
            continue;
        };
        let (Some(was), Some(is)) = (account(object), account(then)) else { continue };
        let bound = |binding: &Value, account: &str| {
            let namespace = key[1].as_str();
            subjects(binding).any(|it| it == (namespace, account))
        };
        let mut bindings = before.iter().filter(|(_, binding)| bound(binding, &was));
        if let Some((binding, _)) = bindings.find(|(binding, _)| !bound(&after[*binding], &is)) {
            lost.push(format!("{key:?} has no longer what {binding:?} gives"));
        }
    }
    lost
}

/// The account of a workload.
fn account(object: &Value) -> Option<String> {
    let spec = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/spec"];
    let mut pods = spec.iter().filter_map(|path| object.pointer(path));
    let pod = pods.find(|pod| pod.get("containers").is_some())?;
    Some(pod["serviceAccountName"].as_str().unwrap_or("default").to_owned())
}

/// The accounts that a binding names, each behind its namespace.
fn subjects(binding: &Value) -> impl Iterator<Item = (&str, &str)> {
    let own = binding.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
    let subjects = binding["subjects"].as_array().into_iter().flatten();
    let accounts = subjects.filter(|subject| subject["kind"] == "ServiceAccount");
    accounts.map(move |it| (it["namespace"].as_str().unwrap_or(own), it["name"].as_str().unwrap()))
}
