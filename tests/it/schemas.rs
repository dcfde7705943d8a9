//! The schemas of Kubernetes against what `fix` writes: what `kubernetes-validate --strict` took
//! before, it takes when it is fixed.

use std::collections::{HashMap, HashSet};

use k8s_openapi::api::{
    admissionregistration::v1 as admission, apps::v1 as apps, batch::v1 as batch, core::v1 as core,
    rbac::v1 as rbac,
};
use rayon::prelude::*;
use seaworthy::{
    host,
    manifest::{self, Inventory, Object, Pod},
    plan::Fate,
    review::{Source, review},
    yaml::{Tree, Value},
};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::{corpus, python};

/// An object in JSON, as it was and as it is when it is fixed.
struct Pair {
    file: String,
    /// Whether it stands for the pods of an object, which may be of a kind that no schema knows.
    is_template: bool,
    before: String,
    after: String,
}

#[test]
fn what_the_schemas_took_they_take_when_it_is_fixed() {
    let Some(root) = corpus::shared("what_the_schemas_took_they_take_when_it_is_fixed") else {
        return;
    };
    let files = corpus::files(&root.join("corpus"));
    let all: Vec<(Vec<Pair>, Vec<String>)> = files.par_iter().map(pairs).collect();
    let (pairs, new): (Vec<Vec<Pair>>, Vec<Vec<String>>) = all.into_iter().unzip();
    let (pairs, new): (Vec<Pair>, Vec<String>) =
        (pairs.into_iter().flatten().collect(), new.into_iter().flatten().collect());
    // Many are the same, and one that is not fixed is the same as before.
    let mut places = HashMap::new();
    let mut lines = String::new();
    for text in pairs.iter().flat_map(|pair| [&pair.before, &pair.after]).chain(&new) {
        let place = places.len();
        places.entry(text).or_insert_with(|| {
            lines.extend([text, "\n"]);
            place
        });
    }
    let Some(verdicts) = python::judge("strict", &lines) else { return };
    let verdicts: Vec<&str> = verdicts.lines().collect();
    assert_eq!(verdicts.len(), places.len());
    let verdict = |text: &String| verdicts[places[text]];
    for (what, is_template) in [("objects", false), ("pod templates", true)] {
        let of_kind = |pair: &&Pair| pair.is_template == is_template;
        let count = |is: &dyn Fn(&Pair) -> bool| {
            pairs.iter().filter(of_kind).filter(|pair| is(pair)).count()
        };
        let before = count(&|pair| verdict(&pair.before) == "valid");
        eprintln!(
            "{} {what}, {} of kinds without a schema; {before} valid before and {} after; {} of the \
             {} fixed valid after",
            count(&|_| true),
            count(&|pair| verdict(&pair.before) == "unknown"),
            count(&|pair| verdict(&pair.after) == "valid"),
            count(&|pair| pair.before != pair.after && verdict(&pair.after) == "valid"),
            count(&|pair| pair.before != pair.after),
        );
        assert!(before > 1000, "hardly any of the {what} is valid");
    }
    eprintln!("{} new objects", new.len());
    assert!(new.len() > 100, "hardly anything is missing");
    let wrong: Vec<&String> = new.iter().filter(|text| verdict(text) != "valid").collect();
    assert!(wrong.is_empty(), "{} new objects are not valid: {}", wrong.len(), wrong[0]);
    let newly =
        pairs.iter().filter(|it| verdict(&it.before) == "valid" && verdict(&it.after) != "valid");
    let newly: Vec<String> =
        newly.map(|pair| format!("{}: {}", pair.file, verdict(&pair.after))).collect();
    let list = newly[..newly.len().min(20)].join("\n");
    assert!(newly.is_empty(), "{} newly invalid:\n{list}", newly.len());
}

#[test]
fn what_kubernetes_decodes_it_decodes_when_it_is_fixed() {
    let Some(root) = corpus::shared("what_kubernetes_decodes_it_decodes_when_it_is_fixed") else {
        return;
    };
    let files = corpus::files(&root.join("corpus"));
    let judged = files.par_iter().map(|file| {
        let (pairs, new) = pairs(file);
        let wrong = new.iter().filter(|text| decoded(text) != Some(Vec::new()));
        let wrong: Vec<String> = wrong.map(|text| format!("new: {text}")).collect();
        let whole = pairs.iter().filter(|pair| decoded(&pair.before) == Some(Vec::new()));
        let (mut n_changed, mut newly) = (0, Vec::new());
        for pair in whole.filter(|pair| pair.before != pair.after) {
            n_changed += 1;
            if decoded(&pair.after) != Some(Vec::new()) {
                newly.push(format!("{}: {}", pair.file, pair.after));
            }
        }
        ([new.len(), n_changed], [wrong, newly].concat())
    });
    let ([n_new, n_changed], wrong) = judged.reduce(
        || ([0; 2], Vec::new()),
        |one, other| ([0, 1].map(|it| one.0[it] + other.0[it]), [one.1, other.1].concat()),
    );
    eprintln!("{n_new} new objects and {n_changed} changed ones decode with nothing ignored");
    assert!(n_new > 500 && n_changed > 1000, "hardly any");
    let list = wrong[..wrong.len().min(5)].join("\n");
    assert!(wrong.is_empty(), "{} do not decode:\n{list}", wrong.len());
}

/// What the types of Kubernetes ignore of an object; none if it is of no kind that they know, or does
/// not decode.
fn decoded(text: &str) -> Option<Vec<String>> {
    fn read<T: DeserializeOwned>(object: &Value) -> Option<Vec<String>> {
        let mut ignored = Vec::new();
        serde_ignored::deserialize::<_, _, T>(object, |path| ignored.push(path.to_string()))
            .ok()?;
        Some(ignored)
    }
    let object: Value = serde_json::from_str(text).ok()?;
    let word = |key: &str| object[key].as_str().unwrap_or_default();
    let read = match (word("apiVersion"), word("kind")) {
        ("v1", "Namespace") => read::<core::Namespace>,
        ("v1", "Pod") => read::<core::Pod>,
        ("v1", "PodTemplate") => read::<core::PodTemplate>,
        ("v1", "ReplicationController") => read::<core::ReplicationController>,
        ("v1", "Service") => read::<core::Service>,
        ("v1", "ServiceAccount") => read::<core::ServiceAccount>,
        ("apps/v1", "DaemonSet") => read::<apps::DaemonSet>,
        ("apps/v1", "Deployment") => read::<apps::Deployment>,
        ("apps/v1", "ReplicaSet") => read::<apps::ReplicaSet>,
        ("apps/v1", "StatefulSet") => read::<apps::StatefulSet>,
        ("batch/v1", "CronJob") => read::<batch::CronJob>,
        ("batch/v1", "Job") => read::<batch::Job>,
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding") => read::<rbac::ClusterRoleBinding>,
        ("rbac.authorization.k8s.io/v1", "RoleBinding") => read::<rbac::RoleBinding>,
        ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy") => {
            read::<admission::ValidatingAdmissionPolicy>
        }
        ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding") => {
            read::<admission::ValidatingAdmissionPolicyBinding>
        }
        _ => return None,
    };
    read(&object)
}

/// The objects of a file, and their pods; and the objects that are new.
fn pairs(file: &corpus::File) -> (Vec<Pair>, Vec<String>) {
    let name = file.path.display().to_string();
    let settings = host::settings(&["fix"], "").unwrap();
    let source = Source::new(&name, file.text.clone().into());
    let mut reviewed = review(vec![source], &settings);
    let created = reviewed.created.iter().flat_map(|created| objects(&created.text));
    let created: Vec<String> = created.map(|(_, text)| text).collect();
    let plan = reviewed.sources.remove(0).plan;
    let mended = plan.entries.iter().filter(|entry| entry.fate == Fate::Mended);
    let new = mended.flat_map(|entry| entry.finding.fix.objects());
    let new: HashSet<String> = new.map(|missing| missing.object.to_string()).collect();
    let before = objects(&file.text);
    let mut after = plan.change.map_or_else(|| before.clone(), |change| objects(&change.text));
    let is_new = |(_, text): &mut (bool, String)| {
        new.contains(text) && !before.iter().any(|it| it.1 == *text)
    };
    let mut new: Vec<String> = after.extract_if(.., is_new).map(|(_, text)| text).collect();
    new.extend(created);
    assert_eq!(before.len(), after.len(), "{name}: objects come or go");
    let pairs = before.into_iter().zip(after);
    let pair = |((is_template, before), (_, after))| Pair {
        file: name.clone(),
        is_template,
        before,
        after,
    };
    (pairs.map(pair).collect(), new)
}

/// Each object, and each of its pods as a `PodTemplate`; in JSON, and whether it is such a one.
fn objects(text: &str) -> Vec<(bool, String)> {
    let Ok(tree) = Tree::parse(text) else { return Vec::new() };
    let sources = [manifest::Source::new("manifest.yaml", tree, &[])];
    let inventory = Inventory::new(&sources, None);
    let objects = inventory.objects().iter();
    let objects = objects.filter(|object| object.node().value().is_ok_and(|it| it.is_object()));
    let each = |object: &Object<'_>| {
        let pods = object.pods().into_iter().map(|pod| (true, template(pod)));
        [(false, whole(*object))].into_iter().chain(pods).collect::<Vec<_>>()
    };
    objects.flat_map(each).collect()
}

/// An object; an item of a list may leave to that what it is.
fn whole(object: Object<'_>) -> String {
    let mut value = object.node().value().unwrap();
    value["apiVersion"] = object.api_version().into();
    value["kind"] = object.kind().into();
    value.to_string()
}

/// A Pod is a template of its own, with more in it.
fn template(pod: Pod<'_>) -> String {
    let value = pod.template().value().unwrap();
    let of_template = |key: &str| key == "metadata" || key == "spec";
    let value = value.as_object().unwrap().iter().filter(|(key, _)| of_template(key));
    let value: Value = value.map(|(key, value)| (key.clone(), value.clone())).collect();
    json!({"apiVersion": "v1", "kind": "PodTemplate", "template": value}).to_string()
}
