//! Who can do what, by a second implementation that is plain and slow: what `rights` tells, and that
//! `fix` takes no right away and gives none.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use seaworthy::{
    host, report,
    review::{Outcome, Source, review},
    yaml::Value,
};
use serde_json::json;

use crate::{corpus, law, naive, python};

/// A workload: its file, kind, namespace and name.
type Workload = (String, String, String, String);
/// What is allowed, each with where it holds.
type Rights = BTreeSet<String>;

#[test]
fn rights_are_those_that_a_plain_reading_gives() {
    let Some(projects) = projects("rights_are_those_that_a_plain_reading_gives") else { return };
    let projects: Vec<Vec<Source>> = projects.into_iter().map(plain).collect();
    let seen: usize = projects.par_iter().map(|sources| agree(sources)).sum();
    assert!(seen > 100, "hardly any workload has rights: {seen}");
}

#[test]
fn fix_takes_no_right_away_and_gives_none() {
    let Some(projects) = projects("fix_takes_no_right_away_and_gives_none") else { return };
    let seen: usize = projects.par_iter().map(|sources| keeps(sources)).sum();
    assert!(seen > 100, "hardly any workload has rights: {seen}");
}

#[test]
fn every_kind_of_subject_and_role_is_read() {
    let sources = vec![source("all.yaml", ALL)];
    let rights = naive_rights(&sources);
    let of = |name: &str| {
        let mut found = rights.iter().filter(|((.., its), _)| its == name);
        let found = found.next().map(|(_, rights)| rights.len());
        assert!(found.is_some(), "{name} is there");
        found.unwrap()
    };
    // Each has what all pods have, and one more for each way that leads to it.
    let counts = ["web", "by-user", "by-group", "nobody", "elsewhere", "shared"].map(of);
    assert_eq!(counts, [5, 3, 3, 2, 2, 4]);
    assert_eq!(agree(&sources), 6);
    assert_eq!(keeps(&sources), 6);
    let settings = host::settings(&["fix"], "").unwrap();
    let fixed = law::written(&review(sources, &settings)).remove(0).text.unwrap();
    assert!(fixed.contains("serviceAccountName: shared"), "rights move with a workload:\n{fixed}");
}

#[test]
fn the_schema_describes_what_is_told() {
    let Some(mut projects) = projects("the_schema_describes_what_is_told") else { return };
    projects.extend([vec![source("all.yaml", ALL)], vec![source("broken.yaml", "a: [")]]);
    let schema: Value = serde_json::from_str(report::RIGHTS_SCHEMA).unwrap();
    let mut lines = format!("{schema}\n");
    for sources in projects {
        let said = host::rehearse(&["rights", "-o", "json"], "", sources).unwrap();
        let told: Value = serde_json::from_str(&said.out).unwrap();
        lines.push_str(&format!("{told}\n"));
    }
    if let Some(errors) = python::judge("schema", &lines) {
        assert_eq!(errors, "");
    }
}

/// Holds what `rights` tells to the plain reading; gives how many workloads have any.
fn agree(sources: &[Source]) -> usize {
    let wanted = naive_rights(sources);
    let told = told_rights(sources);
    for (workload, rights) in &wanted {
        let none = BTreeSet::new();
        let told = told.get(workload).unwrap_or(&none);
        assert_eq!(told, rights, "{workload:?}: told, and wanted");
    }
    for workload in told.keys() {
        assert!(wanted.contains_key(workload), "{workload:?} has no rights");
    }
    wanted.values().filter(|rights| !rights.is_empty()).count()
}

/// Holds `fix` to the rights of each workload; gives how many have any.
fn keeps(sources: &[Source]) -> usize {
    let settings = host::settings(&["fix"], "").unwrap();
    let review = review(sources.to_vec(), &settings);
    let before = naive_rights(sources);
    let after = naive_rights(&law::written(&review));
    for (workload, rights) in &before {
        let now = after.get(workload).unwrap_or_else(|| panic!("{workload:?} is gone"));
        assert_eq!(now, rights, "{workload:?}: now, and before");
    }
    before.values().filter(|rights| !rights.is_empty()).count()
}

/// The rights of workloads as `seaworthy rights` tells them.
fn told_rights(sources: &[Source]) -> BTreeMap<Workload, Rights> {
    let args = ["rights", "-o", "json", "--allow-empty"];
    let said = host::rehearse(&args, "", sources.to_vec()).unwrap();
    let told: Value = serde_json::from_str(&said.out).unwrap();
    let mut rights: BTreeMap<Workload, Rights> = BTreeMap::new();
    let mut everyone = Rights::new();
    for subject in list(&told, "subjects") {
        let mut its = Rights::new();
        for grant in list(subject, "grants") {
            let scope = match grant["clusterWide"].as_bool().unwrap() {
                true => "everywhere".to_owned(),
                false => format!("in {}", text(grant, "namespace")),
            };
            if grant["origin"] != "input" {
                let role = &grant["role"];
                its.insert(format!("{scope}: {} {}", text(role, "kind"), text(role, "name")));
            }
            let rules = list(grant, "rules").iter().filter(|rule| !rule["file"].is_null());
            its.extend(rules.map(|rule| format!("{scope}: {}", allowed(rule))));
        }
        if ["system:authenticated", "system:serviceaccounts"].contains(&text(subject, "name")) {
            everyone.extend(its.clone());
        }
        for workload in list(subject, "workloads") {
            let [file, kind, namespace, name] =
                ["file", "kind", "namespace", "name"].map(|key| text(workload, key).to_owned());
            rights.entry((file, kind, namespace, name)).or_default().extend(its.clone());
        }
    }
    if !everyone.is_empty() {
        for workload in naive_rights(sources).into_keys() {
            rights.entry(workload).or_default().extend(everyone.clone());
        }
    }
    rights
}

/// The rights of every workload, from the values of the documents alone.
fn naive_rights(sources: &[Source]) -> BTreeMap<Workload, Rights> {
    let objects: Vec<(&str, Value)> = sources
        .iter()
        .flat_map(|source| {
            let values = naive::values(source.text.as_ref().unwrap()).unwrap_or_default();
            let values = values.into_iter().flatten().flat_map(unlisted);
            values.map(|value| (source.name.as_str(), value)).collect::<Vec<_>>()
        })
        .collect();
    let mut rights: BTreeMap<Workload, Rights> = BTreeMap::new();
    for (file, object) in &objects {
        for spec in specs(object) {
            let account =
                [text(spec, "serviceAccountName"), text(spec, "serviceAccount"), "default"];
            let account = account.into_iter().find(|it| !it.is_empty()).unwrap();
            let metadata = &object["metadata"];
            let (namespace, name) = (text(metadata, "namespace"), name_of(object));
            let workload = (*file, text(object, "kind"), namespace, name);
            let (file, kind, namespace, name) = workload;
            let workload =
                (file.to_owned(), kind.to_owned(), namespace.to_owned(), name.to_owned());
            let found = rights.entry(workload).or_default();
            for (place, binding) in &objects {
                if reaches(binding, namespace, account) {
                    found.extend(given(place, binding, &objects));
                }
            }
        }
    }
    rights
}

/// Whether a binding names an account of a namespace; an empty one is not known.
fn reaches(binding: &Value, namespace: &str, account: &str) -> bool {
    let kind = text(binding, "kind");
    if !(kind == "RoleBinding" || kind == "ClusterRoleBinding") || !is_rbac(binding) {
        return false;
    }
    list(binding, "subjects").iter().any(|subject| {
        let name = text(subject, "name");
        let is = |its: &str, named: &str| {
            let unknown = its.is_empty() || namespace.is_empty();
            named == account && (its == namespace || unknown && account != "default")
        };
        match text(subject, "kind") {
            "ServiceAccount" => {
                let own = text(&binding["metadata"], "namespace");
                let its = text(subject, "namespace");
                is(if its.is_empty() { own } else { its }, name)
            }
            "User" => match name.split(':').collect::<Vec<_>>()[..] {
                ["system", "serviceaccount", its, named] => is(its, named),
                _ => false,
            },
            "Group" => match name.strip_prefix("system:serviceaccounts") {
                Some("") => true,
                Some(its) => !namespace.is_empty() && its[1..] == *namespace,
                None => name == "system:authenticated",
            },
            _ => false,
        }
    })
}

/// What a binding gives.
fn given(file: &str, binding: &Value, objects: &[(&str, Value)]) -> Rights {
    let own = text(&binding["metadata"], "namespace");
    let scope = match text(binding, "kind") {
        "ClusterRoleBinding" => "everywhere".to_owned(),
        _ => format!("in {own}"),
    };
    let (wanted, name) = (text(&binding["roleRef"], "kind"), text(&binding["roleRef"], "name"));
    if name.is_empty() {
        return Rights::new();
    }
    let folder = |file: &str| file.rsplit_once('/').unwrap_or_default().0.to_owned();
    let ranked = objects.iter().filter_map(|(place, role)| {
        let its = text(&role["metadata"], "namespace");
        let is_it = is_rbac(role) && text(role, "kind") == wanted && name_of(role) == name;
        let certain = wanted == "ClusterRole" || its == own;
        let fits = certain || its.is_empty() || own.is_empty();
        let near = u8::from(*place == file) + u8::from(folder(place) == folder(file));
        (is_it && fits).then_some(((certain, near), role))
    });
    let ranked: Vec<_> = ranked.collect();
    let Some(best) = ranked.iter().map(|(rank, _)| *rank).max() else {
        let mut rights = Rights::from([format!("{scope}: {wanted} {name}")]);
        let adds: &[&str] = match (wanted, name) {
            ("ClusterRole", "view") => &["view"],
            ("ClusterRole", "edit") => &["view", "edit"],
            ("ClusterRole", "admin") => &["view", "edit", "admin"],
            _ => &[],
        };
        for (_, role) in objects {
            let labels = &role["metadata"]["labels"];
            let key = |to: &&&str| format!("rbac.authorization.k8s.io/aggregate-to-{to}");
            let is_added = adds.iter().any(|to| text(labels, &key(&to)) == "true");
            if is_added && is_rbac(role) && text(role, "kind") == "ClusterRole" {
                let rules = rules(role, objects, 0);
                rights.extend(rules.into_iter().map(|rule| format!("{scope}: {rule}")));
            }
        }
        return rights;
    };
    let roles = ranked.into_iter().filter(|(rank, _)| *rank == best);
    let rules = roles.flat_map(|(_, role)| rules(role, objects, 0));
    rules.map(|rule| format!("{scope}: {rule}")).collect()
}

/// What a role allows; `depth` is how many others were put together until here.
fn rules(role: &Value, objects: &[(&str, Value)], depth: usize) -> Vec<String> {
    if role["aggregationRule"].is_null() {
        return list(role, "rules").iter().map(allowed).collect();
    }
    let selectors = list(&role["aggregationRule"], "clusterRoleSelectors");
    let selects = |other: &Value| {
        selectors.iter().any(|selector| {
            let labels = selector["matchLabels"].as_object();
            let mut labels = labels.into_iter().flatten();
            let has = |(key, value): (&String, &Value)| {
                other["metadata"]["labels"].get(key).is_some_and(|its| its == value)
            };
            assert!(selector["matchExpressions"].is_null(), "to be read here, too");
            labels.all(has)
        })
    };
    let others = objects.iter().map(|(_, other)| other);
    let others = others.filter(|it| is_rbac(it) && text(it, "kind") == "ClusterRole");
    let others = others.filter(|it| depth < 5 && selects(it));
    others.flat_map(|other| rules(other, objects, depth + 1)).collect()
}

/// One rule, with its words in the order of the alphabet.
fn allowed(rule: &Value) -> String {
    let keys = ["verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"];
    let words = keys.map(|key| {
        let mut words: Vec<&str> = list(rule, key).iter().filter_map(Value::as_str).collect();
        words.sort_unstable();
        words
    });
    json!(words).to_string()
}

fn is_rbac(object: &Value) -> bool {
    let version = text(object, "apiVersion");
    let group = version.split_once('/').map_or("", |(group, _)| group);
    ["rbac.authorization.k8s.io", "authorization.openshift.io", ""].contains(&group)
}

/// The specs of the pods of kinds that the corpus holds.
fn specs(object: &Value) -> Vec<&Value> {
    let version = text(object, "apiVersion");
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let path = match (group, text(object, "kind")) {
        ("", "Pod") => "/spec",
        ("", "PodTemplate") => "/template/spec",
        ("", "ReplicationController" | "DeploymentConfig")
        | ("apps" | "extensions", "Deployment" | "DaemonSet" | "ReplicaSet")
        | ("apps", "StatefulSet")
        | ("batch" | "extensions", "Job")
        | ("argoproj.io", "Rollout")
        | ("apps.openshift.io", "DeploymentConfig")
        | ("serving.knative.dev", "Service") => "/spec/template/spec",
        ("batch", "CronJob") => "/spec/jobTemplate/spec/template/spec",
        _ => return Vec::new(),
    };
    object.pointer(path).into_iter().filter(|spec| spec.is_object()).collect()
}

/// The objects of a document.
fn unlisted(value: Value) -> Vec<Value> {
    match value["items"].as_array() {
        Some(items) if text(&value, "kind").ends_with("List") => {
            items.iter().cloned().flat_map(unlisted).collect()
        }
        _ => vec![value],
    }
}

fn name_of(object: &Value) -> &str {
    match text(&object["metadata"], "name") {
        "" => text(&object["metadata"], "generateName"),
        name => name,
    }
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn source(name: &str, text: &str) -> Source {
    Source::new(name, text.as_bytes().to_vec())
}

/// The files of a project without kustomizations, and what is not read, or only in part: a plain
/// reading knows nothing of these.
fn plain(mut sources: Vec<Source>) -> Vec<Source> {
    sources.retain(|source| !source.name.to_lowercase().contains("kustomization.y"));
    let settings = host::settings(&["fix"], "").unwrap();
    let read = review(sources, &settings).sources.into_iter().filter(|reviewed| {
        let is_read = !matches!(reviewed.outcome, Outcome::PassedOver(_));
        is_read && reviewed.problems.is_empty() && reviewed.gaps.is_empty()
    });
    read.map(|reviewed| reviewed.source).collect()
}

/// The files of each project of the corpus.
fn projects(test: &str) -> Option<Vec<Vec<Source>>> {
    let root = corpus::shared(test)?.join("corpus");
    let mut projects: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    for file in corpus::files(&root) {
        let name = file.path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let steps: Vec<&str> = name.split('/').collect();
        // Each folder of the messy ones is a state of its own.
        let project = steps[..if steps[0] == "messy" { 3 } else { 2 }.min(steps.len())].join("/");
        let is_manifest = [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
        if is_manifest {
            projects.entry(project).or_default().push(source(&name, &file.text));
        }
    }
    Some(projects.into_values().collect())
}

/// One of each.
const ALL: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: by-user, namespace: shop}
spec: {serviceAccountName: user, containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: by-group, namespace: others}
spec: {containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: nobody, namespace: shop}
spec: {serviceAccountName: nobody, containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: elsewhere, namespace: elsewhere}
spec: {serviceAccountName: web, containers: [{name: a, image: a}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shared, namespace: shop}
spec:
  selector: {matchLabels: {app: shared}}
  template:
    metadata: {labels: {app: shared}}
    spec:
      containers:
      - {name: a, image: a}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: shared, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects:
- {kind: ServiceAccount, name: default, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: web, namespace: shop}
rules:
- {apiGroups: [""], resources: [configmaps], verbs: [get]}
- {apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [db]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: web, namespace: elsewhere}
rules:
- {apiGroups: [""], resources: [pods], verbs: [delete]}
---
apiVersion: rbac.authorization.k8s.io/v1beta1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects:
- {kind: ServiceAccount, name: web}
- {kind: User, name: jane}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: put-together}
aggregationRule:
  clusterRoleSelectors:
  - matchLabels: {part: of-it}
rules:
- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: one-part, labels: {part: of-it}}
rules:
- {apiGroups: [apps], resources: [deployments], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: put-together}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: put-together}
subjects:
- {kind: ServiceAccount, name: web, namespace: shop}
- {kind: User, name: "system:serviceaccount:shop:user"}
- {kind: Group, name: "system:serviceaccounts:others"}
---
apiVersion: authorization.openshift.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {kind: ClusterRole, name: view}
subjects:
- {kind: Group, name: "system:authenticated"}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: all, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: not-there}
subjects:
- {kind: Group, name: "system:serviceaccounts"}
---
apiVersion: iam.example.com/v1
kind: RoleBinding
metadata: {name: of-something-else, namespace: shop}
roleRef: {kind: Role, name: web}
subjects:
- {kind: ServiceAccount, name: nobody}
"#;
