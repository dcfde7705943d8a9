//! Who mounts an API token once `fix` is done: whoever is seen to use it, and nobody else; told from
//! values alone, by none of our rules.

use std::collections::BTreeMap;

use seaworthy::{
    host,
    images::{self, Own, Reference, Token},
    plan::{Entry, Fate, Subject},
    review::{Outcome, Review, Settings, Source, review},
    rules::Evidence,
    yaml::Tree,
};
use serde_json::Value;

use crate::{corpus, law};

const RULE: &str = "automount-service-account-token";
const FIELD: &str = "automountServiceAccountToken";
const PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// What speaks of the API server wherever a program is told something.
const WORDS: &[&str] = &[
    "/run/secrets/kubernetes.io",
    "kubernetes.default",
    "KUBERNETES_SERVICE_HOST",
    "leader-elect",
    "in-cluster",
];
/// And in its files.
const FILE_WORDS: &[&str] = &[
    "/run/secrets/kubernetes.io",
    "kubernetes.default",
    "kubernetes_sd_config",
    "KUBERNETES_SERVICE_HOST",
    "in_cluster",
    "in-cluster",
    "inCluster",
    "InCluster",
    "leader-elect",
    "leaderElect",
];
const INJECTORS: &[&str] =
    &["vault.hashicorp.com/agent-inject", "dapr.io/enabled", "linkerd.io/inject"];

/// All objects of some texts.
#[derive(Default)]
struct Cluster {
    objects: Vec<Placed>,
    accounts: Vec<usize>,
    bindings: Vec<usize>,
    config_maps: Vec<usize>,
}

/// An object, and where it stands: its source, its document and its address there.
struct Placed {
    at: (usize, usize, String),
    value: Value,
}

impl Cluster {
    fn of(sources: &[Source]) -> Cluster {
        let mut cluster = Cluster::default();
        for (index, source) in sources.iter().enumerate() {
            let Ok(text) = &source.text else { continue };
            let Ok(tree) = Tree::parse(text.as_str()) else { continue };
            for (document, root) in tree.roots().enumerate() {
                if let Ok(value) = root.value() {
                    cluster.add((index, document, String::new()), value);
                }
            }
        }
        for (index, object) in cluster.objects.iter().enumerate() {
            match object.word("/kind") {
                Some("ServiceAccount") => cluster.accounts.push(index),
                Some("RoleBinding" | "ClusterRoleBinding") => cluster.bindings.push(index),
                Some("ConfigMap") => cluster.config_maps.push(index),
                _ => {}
            }
        }
        cluster
    }

    fn add(&mut self, at: (usize, usize, String), value: Value) {
        let Value::Object(map) = &value else { return };
        let kind = map.get("kind").and_then(Value::as_str).unwrap_or_default();
        match map.get("items").filter(|_| kind.ends_with("List")) {
            Some(Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let mut item = item.clone();
                    if let Some(its) = item.as_object_mut().filter(|its| !its.contains_key("kind"))
                    {
                        its.insert("kind".to_owned(), kind.trim_end_matches("List").into());
                    }
                    self.add((at.0, at.1, format!("{}/items/{index}", at.2)), item);
                }
            }
            _ => self.objects.push(Placed { at, value }),
        }
    }

    fn named<'c>(
        &'c self,
        indices: &'c [usize],
        name: &'c str,
    ) -> impl Iterator<Item = &'c Placed> {
        let objects = indices.iter().map(|index| &self.objects[*index]);
        objects.filter(move |it| it.word("/metadata/name") == Some(name))
    }

    /// Whether the API server mounts the token of its account in each container of a pod.
    fn automounts(&self, pod: &Pod<'_>) -> bool {
        if let Some(said) = pod.spec.get(FIELD).and_then(Value::as_bool) {
            return said;
        }
        let accounts = self.named(&self.accounts, pod.account);
        let mut accounts = accounts.filter(|it| it.namespace() == pod.namespace).peekable();
        let off = |it: &Placed| it.value.get(FIELD).and_then(Value::as_bool) == Some(false);
        accounts.peek().is_none() || !accounts.all(off)
    }

    /// The containers that mount a token, by their names.
    fn mounts<'p>(&self, pod: &Pod<'p>) -> Vec<&'p str> {
        let all = self.automounts(pod);
        let named = pod.containers().filter(|it| all || pod.projects(it));
        named.map(|it| it["name"].as_str().unwrap_or_default()).collect()
    }

    /// What shows that a pod as a whole speaks to the API server.
    fn shows(&self, pod: &Pod<'_>) -> Option<&'static str> {
        let annotated = |key: &&str| {
            let value = pod.template.pointer("/metadata/annotations").and_then(|its| its.get(*key));
            matches!(value.and_then(Value::as_str), Some("true" | "enabled" | "ingress"))
        };
        if self.bindings.iter().any(|index| self.objects[*index].binds(pod)) {
            return Some("a binding");
        }
        if INJECTORS.iter().any(annotated) {
            return Some("an annotation");
        }
        let mut read = Vec::new();
        config_maps(pod.spec, &mut read);
        let near = |it: &&Placed| {
            it.namespace() == pod.namespace || it.namespace().is_none() || pod.namespace.is_none()
        };
        let mut maps =
            read.iter().flat_map(|name| self.named(&self.config_maps, name)).filter(near);
        let speaks = |map: &Placed| {
            let text = map.value.get("data").map(Value::to_string).unwrap_or_default();
            FILE_WORDS.iter().any(|word| text.contains(word))
        };
        maps.any(speaks).then_some("a ConfigMap")
    }
}

impl Placed {
    fn word(&self, at: &str) -> Option<&str> {
        self.value.pointer(at).and_then(Value::as_str).filter(|word| !word.is_empty())
    }

    fn namespace(&self) -> Option<&str> {
        self.word("/metadata/namespace")
    }

    /// Whether a binding names the account of a pod, or a group that it is in.
    fn binds(&self, pod: &Pod<'_>) -> bool {
        let of_cluster = self.word("/kind") == Some("ClusterRoleBinding");
        let subjects = self.value.get("subjects").and_then(Value::as_array);
        subjects.into_iter().flatten().any(|subject| {
            let word = |key| subject.get(key).and_then(Value::as_str).filter(|it| !it.is_empty());
            let (Some(kind), Some(name)) = (word("kind"), word("name")) else { return false };
            let own = pod.namespace.unwrap_or("?");
            match kind {
                "ServiceAccount" => {
                    let its = word("namespace").or(self.namespace());
                    let unsaid = its.is_none() || pod.namespace.is_none();
                    name == pod.account
                        && (its == pod.namespace || unsaid && pod.account != "default")
                }
                "User" => {
                    let its = name.strip_prefix("system:serviceaccount:");
                    its.and_then(|its| its.split_once(':')).is_some_and(|(namespace, account)| {
                        let unsaid = pod.namespace.is_none() && pod.account != "default";
                        account == pod.account && (namespace == own || unsaid)
                    })
                }
                "Group" if name == "system:serviceaccounts" => {
                    of_cluster || self.namespace() == pod.namespace
                }
                "Group" => name.strip_prefix("system:serviceaccounts:") == Some(own),
                _ => false,
            }
        })
    }
}

/// A pod, as values.
struct Pod<'p> {
    template: &'p Value,
    spec: &'p Value,
    namespace: Option<&'p str>,
    account: &'p str,
}

impl<'p> Pod<'p> {
    /// The pods of a workload.
    fn all(object: &'p Placed) -> Vec<Pod<'p>> {
        let version = object.word("/apiVersion").unwrap_or_default();
        let (group, _) = version.rsplit_once('/').unwrap_or_default();
        let paths: &[&str] = match object.word("/kind").unwrap_or_default() {
            "Pod" if group.is_empty() => &[""],
            "PodTemplate" if group.is_empty() => &["/template"],
            "ReplicationController" | "DeploymentConfig" if group.is_empty() => &["/spec/template"],
            "Service" if group == "serving.knative.dev" => &["/spec/template"],
            _ if group.is_empty() => &[],
            "CronJob" => &["/spec/jobTemplate/spec/template"],
            "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet" | "Job" | "Rollout"
            | "DeploymentConfig" | "CloneSet" => &["/spec/template"],
            _ => &[],
        };
        let templates = paths.iter().filter_map(|path| object.value.pointer(path));
        let pods = templates.filter_map(|template| {
            let spec = template.get("spec").filter(|spec| spec.is_object())?;
            let named = |key| spec.get(key).and_then(Value::as_str).filter(|it| !it.is_empty());
            let account = named("serviceAccountName").or(named("serviceAccount"));
            let account = account.unwrap_or("default");
            Some(Pod { template, spec, namespace: object.namespace(), account })
        });
        pods.collect()
    }

    fn containers(&self) -> impl Iterator<Item = &'p Value> {
        let lists = ["initContainers", "containers"].into_iter().filter_map(|it| self.spec.get(it));
        lists.filter_map(Value::as_array).flatten()
    }

    /// Whether a container mounts a token that is projected for it where libraries look.
    fn projects(&self, container: &Value) -> bool {
        let has_token = |name: &str| {
            let volumes = self.spec.get("volumes").and_then(Value::as_array);
            volumes.into_iter().flatten().any(|volume| {
                let sources = volume.pointer("/projected/sources").and_then(Value::as_array);
                volume["name"] == name
                    && sources
                        .into_iter()
                        .flatten()
                        .any(|it| it.get("serviceAccountToken").is_some())
            })
        };
        let mounts = container.get("volumeMounts").and_then(Value::as_array);
        mounts.into_iter().flatten().any(|mount| {
            let path = mount["mountPath"].as_str().unwrap_or_default();
            path.trim_end_matches('/').ends_with(PATH.trim_start_matches("/var"))
                && mount["name"].as_str().is_some_and(has_token)
        })
    }
}

/// What shows that one container speaks to the API server.
fn speaks(container: &Value) -> Option<&'static str> {
    let image = container["image"].as_str().unwrap_or_default();
    let own = Own::default();
    let known = Reference::parse(image).and_then(|image| images::lookup(image, &own));
    if known.is_some_and(|image| image.token == Token::Yes) {
        return Some("the catalogue");
    }
    let strings = |at: &str| -> Vec<&str> {
        let list = container.pointer(at).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let run = [strings("/command"), strings("/args")].concat();
    let run = [run, strings("/lifecycle/postStart/exec/command")].concat();
    let starts = |text: &&str| {
        let words = text.split(|it: char| it.is_ascii_whitespace() || "()&;|'\"`".contains(it));
        words.map(|word| word.rsplit('/').next().unwrap()).any(|it| ["kubectl", "oc"].contains(&it))
    };
    let mut parts = image.split(|it: char| !it.is_ascii_alphanumeric());
    if run.iter().any(starts) || parts.any(|it| ["kubectl", "oc"].contains(&it)) {
        return Some("what it runs");
    }
    let hooks = ["/lifecycle/preStop", "/startupProbe", "/livenessProbe", "/readinessProbe"];
    let hooks = hooks.iter().flat_map(|it| strings(&format!("{it}/exec/command")));
    let env = container.get("env").and_then(Value::as_array).into_iter().flatten();
    let env = env.filter_map(|variable| variable.get("value")?.as_str());
    let mounts = container.get("volumeMounts").and_then(Value::as_array).into_iter().flatten();
    let mounts = mounts.filter_map(|mount| mount.get("mountPath")?.as_str());
    let mut texts = run.into_iter().chain(hooks).chain(env).chain(mounts);
    let told = texts.any(|text| WORDS.iter().any(|word| text.contains(word)));
    told.then_some("what it is told")
}

/// The names of all ConfigMaps that a pod spec names, wherever.
fn config_maps(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for key in ["configMap", "configMapRef", "configMapKeyRef"] {
                names.extend(
                    map.get(key).and_then(|it| it.get("name")?.as_str()).map(str::to_owned),
                );
            }
            map.values().for_each(|it| config_maps(it, names));
        }
        Value::Array(items) => items.iter().for_each(|it| config_maps(it, names)),
        _ => {}
    }
}

/// What was said of the token of each workload, by where it stands; none of those that are not
/// looked into.
fn entries(review: &Review) -> BTreeMap<(usize, usize, String), Vec<&Entry>> {
    let mut found: BTreeMap<(usize, usize, String), Vec<&Entry>> = BTreeMap::new();
    for (index, reviewed) in review.sources.iter().enumerate() {
        let at = |it: &Subject| (index, it.document, it.pointer.to_string());
        for entry in reviewed.plan.entries.iter().filter(|entry| entry.rule.id == RULE) {
            found.entry(at(&reviewed.plan.subjects[entry.subject])).or_default().push(entry);
        }
    }
    found
}

/// Whether sources were read at all, and which workloads of them were not looked into.
fn passed_over(review: &Review, at: &(usize, usize, String)) -> bool {
    let reviewed = &review.sources[at.0];
    let gap =
        |subject: &Subject| (subject.document, subject.pointer.to_string()) == (at.1, at.2.clone());
    matches!(reviewed.outcome, Outcome::Refused | Outcome::PassedOver(_))
        || !reviewed.problems.is_empty()
        || reviewed.gaps.iter().any(|it| gap(&it.subject))
}

/// Holds every workload to it, and counts by what happened to its token.
fn hold(
    sources: &[Source],
    settings: &Settings,
    counts: &mut BTreeMap<String, usize>,
) -> Vec<String> {
    let reviewed = review(sources.to_vec(), settings);
    let (before, after) = (Cluster::of(sources), Cluster::of(&law::written(&reviewed)));
    let entries = entries(&reviewed);
    let mut wrong = Vec::new();
    let mut rest = after.objects.iter();
    for old in &before.objects {
        // What is new stands between those that were there.
        let same = |it: &&Placed| {
            it.at.0 == old.at.0
                && ["/kind", "/metadata/name"].iter().all(|at| it.word(at) == old.word(at))
        };
        let new = rest.find(same).expect("no object goes");
        if passed_over(&reviewed, &old.at) {
            continue;
        }
        let its: &[&Entry] = entries.get(&old.at).map_or(&[], Vec::as_slice);
        for (was, is) in Pod::all(old).iter().zip(Pod::all(new)) {
            let (mounted, mounts) = (before.mounts(was), after.mounts(&is));
            let verdict = match (mounted.is_empty(), mounts.is_empty()) {
                (_, false) if is.containers().count() > mounts.len() && !before.automounts(was) => {
                    Ok("as it was")
                }
                (_, false) if is.containers().count() > mounts.len() => {
                    of_some(&before, was, &mounts)
                }
                (_, false) => kept(&before, was, its),
                (false, true) => taken(&before, was),
                (true, true) => Ok("never there"),
            };
            match verdict {
                Ok(what) => *counts.entry(what.to_owned()).or_default() += 1,
                Err(why) => {
                    let (source, name) = (&sources[old.at.0].name, old.word("/metadata/name"));
                    wrong.push(format!("{source}: {} {name:?}: {why}", old.word("/kind").unwrap()));
                }
            }
        }
    }
    wrong
}

/// The token is mounted afterwards: something speaks for it, or someone is told why.
fn kept(cluster: &Cluster, pod: &Pod<'_>, entries: &[&Entry]) -> Result<&'static str, String> {
    if entries.iter().any(|entry| entry.fate != Fate::Mended) {
        return Ok("held");
    }
    let rests =
        |it: &&&Entry| it.finding.fix.evidence.iter().any(|it| !matches!(it, Evidence::Setting(_)));
    if entries.iter().any(|entry| rests(&entry)) {
        return Ok("kept, and said why");
    }
    let shown = cluster.shows(pod).or_else(|| pod.containers().find_map(speaks));
    match (shown, entries.is_empty()) {
        (Some(_), true) => Ok("kept as someone said"),
        (shown, _) => Err(format!("it keeps its token for no reason; {shown:?}")),
    }
}

/// The token is mounted no more: nothing speaks for it.
fn taken(cluster: &Cluster, pod: &Pod<'_>) -> Result<&'static str, String> {
    match cluster.shows(pod).or_else(|| pod.containers().find_map(speaks)) {
        None => Ok("taken"),
        Some(shown) => Err(format!("it loses its token, and {shown} speaks for it")),
    }
}

/// Some containers mount it afterwards: those that something speaks for.
fn of_some(cluster: &Cluster, pod: &Pod<'_>, mounts: &[&str]) -> Result<&'static str, String> {
    let users = pod.containers().filter(|it| speaks(it).is_some());
    let users: Vec<&str> = users.map(|it| it["name"].as_str().unwrap_or_default()).collect();
    let whole = cluster.shows(pod).filter(|shown| *shown != "a binding");
    match users == mounts && whole.is_none() {
        true => Ok("given to those that use it"),
        false => Err(format!("{mounts:?} mount it, {users:?} use it; {whole:?}")),
    }
}

fn settings(args: &[&str]) -> Settings {
    let mut settings = host::settings(args, "").unwrap();
    settings.rules.evidence = true;
    settings
}

#[test]
fn tokens_are_mounted_where_something_speaks_for_them() {
    let test = "tokens_are_mounted_where_something_speaks_for_them";
    let Some(root) = corpus::shared(test) else { return };
    let files = corpus::files(&root.join("corpus")).into_iter();
    let sources: Vec<Source> =
        files.map(|it| Source::new(it.path.display().to_string(), it.text.into())).collect();
    for args in [&["fix"][..], &["fix", "--token-per-container"]] {
        let settings = settings(args);
        let mut counts = BTreeMap::new();
        let mut wrong = hold(&sources, &settings, &mut counts);
        for source in &sources {
            wrong.extend(hold(std::slice::from_ref(source), &settings, &mut counts));
        }
        eprintln!("{args:?}: {counts:#?}");
        let first = wrong[..wrong.len().min(30)].join("\n");
        assert!(wrong.is_empty(), "{} tokens are wrong:\n{first}", wrong.len());
        for what in ["kept, and said why", "taken", "held"] {
            assert!(counts.contains_key(what), "{what} comes up");
        }
        assert_eq!(counts.contains_key("given to those that use it"), args.len() > 1);
    }
}
