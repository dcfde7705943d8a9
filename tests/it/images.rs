//! The catalogue of images against the facts that it was made of, and lookups against their laws.

use std::collections::{BTreeMap, BTreeSet};

use seaworthy::images::{self, Image, Need, Own, Reference, User, Works, lookup};
use serde_json::Value;

use crate::{
    facts::{self, Facts, canonical, items, texts},
    mutation::Dice,
};

/// What tags are made of, and what only looks like it.
const VERSIONS: &str = "latest stable lts 1 1.0 1.8 1.10 1.11.2 1.14.2 1.17 2 2.0 2.3.9 2.7.1 3 5.7 \
    6.2 7 7.2.4 8 8.0.36 8.19.0 10 17.5 18 18.1 19beta1 20.04 99 100 v1.2.3 java scala_2.12 scala_";
const FLAVORS: &str = "alpine alpine3.20 alpine3 alpinex xalpine bookworm slim fpm xfpm apache cli \
    ubi ubi9 distroless nonroot debug rootless dind chiseled unprivileged java11 core enterprise \
    data meta 2017 checkout frontend frontend-proxy kafka ad pg17 pg18";

/// Tags of every form that variants speak of, and of forms that are nearly one.
fn tags() -> BTreeSet<String> {
    let versions: Vec<&str> = VERSIONS.split_ascii_whitespace().collect();
    let flavors: Vec<&str> = FLAVORS.split_ascii_whitespace().collect();
    let words = [&*versions, &*flavors].concat();
    let mut tags: BTreeSet<String> = words.iter().copied().map(str::to_owned).collect();
    for version in versions {
        tags.extend(flavors.iter().map(|flavor| format!("{version}-{flavor}")));
    }
    let mut dice = Dice::new(1);
    for _ in 0..1000 {
        let mut tag = String::new();
        for _ in 0..=dice.below(4) {
            tag += *dice.pick(&words);
            tag += *dice.pick(&["", "-", ".", "_"]);
        }
        tags.insert(tag);
    }
    tags
}

/// What makes another name of a name.
const BEFORE: [&str; 4] = ["a", "a/", "a.b/", "a.b:5000/"];

/// Every name of the facts, in full, and one for each component and prefix.
fn names(facts: &Facts) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in &facts.entries {
        names.extend(texts(entry, "names").into_iter().map(canonical));
        for prefix in texts(entry, "name_prefixes") {
            names.insert(format!("{prefix}x"));
            let folder = prefix.rfind('/').map_or("", |slash| &prefix[..=slash]);
            let components = items(entry, "components").map(|it| it["name"].as_str().unwrap());
            for component in components.flat_map(|name| name.split(", ")) {
                let version = component.starts_with("-v");
                let base = if version { "examples-bookinfo-reviews" } else { "" };
                names.insert(format!("{folder}{base}{component}"));
            }
        }
    }
    names
}

fn look(text: &str) -> Option<Image<'static>> {
    static NONE: Own = Own { mirrors: Vec::new(), entries: Vec::new() };
    lookup(Reference::parse(text)?, &NONE)
}

/// Families that came after the facts.
const LATER: [&str; 1] = ["varnish"];

/// Paths of which programs show that they are needed otherwise than the facts say, as
/// `processes.rs` has it.
const SHOWN: [(&str, &str, Need); 5] = [
    ("mosquitto", "/mosquitto/data", Need::Conditional),
    ("mosquitto", "/mosquitto/log", Need::Likely),
    ("rabbitmq", "/var/log/rabbitmq", Need::Always),
    ("redis", "/data", Need::Usual),
    ("valkey", "/data", Need::Usual),
];

/// Has the facts say what is shown, and how the catalogue tells of it.
fn amend<'a>(fact: &mut Image<'a>, image: &Image<'a>) {
    for (_, path, need) in SHOWN.into_iter().filter(|(family, ..)| *family == fact.family) {
        let shown = image.read_only.paths.iter().find(|its| its.path == path && its.need == need);
        let its = fact.read_only.paths.iter_mut().find(|its| its.path == path);
        if let (Some(shown), Some(its)) = (shown, its) {
            its.clone_from(shown);
            let more = image.sources.iter().skip(fact.sources.len());
            fact.sources.extend(more);
        }
    }
}

/// What of a doubted image is not as the facts have it.
fn equal<'a>(mut image: Image<'a>, mut fact: Image<'a>) -> Result<(), String> {
    for trap in &fact.traps {
        let trap = trap.replace("see variants", "see below");
        if !image.traps.contains(&trap.as_str()) {
            return Err(format!("it does not say `{trap}`"));
        }
    }
    let sources = image.sources.iter().zip(&fact.sources);
    if image.sources.len() != fact.sources.len()
        || !sources.into_iter().all(|(a, b)| a.starts_with(b))
    {
        return Err(format!("it has the sources {:?}, not {:?}", image.sources, fact.sources));
    }
    if !image.doubts.is_empty() {
        let (run, its) = (image.run_as, fact.run_as);
        let known = [(run.uid, its.uid), (run.gid, its.gid), (run.fs_group, its.fs_group)];
        let sound = known.into_iter().all(|(said, known)| said.is_none() || said == known)
            && run.grade <= its.grade
            && image.grade <= fact.grade
            && image.non_root.grade <= fact.non_root.grade
            && image.read_only.grade <= fact.read_only.grade
            && (image.user == fact.user || !matches!(image.user, User::Number(_)));
        if !sound {
            return Err(format!("it says more than is known: {image:#?}"));
        }
        (fact.run_as, fact.grade, fact.user) = (image.run_as, image.grade, image.user);
        fact.non_root.grade = image.non_root.grade;
        fact.read_only.grade = image.read_only.grade;
    }
    for image in [&mut image, &mut fact] {
        (image.traps, image.sources, image.doubts) = Default::default();
    }
    match image == fact {
        true => Ok(()),
        false => Err(format!("{image:#?}\nis not\n{fact:#?}")),
    }
}

#[test]
fn every_family_is_as_the_facts_say() {
    let Some(facts) = facts::facts("every_family_is_as_the_facts_say") else { return };
    let families: BTreeSet<&str> =
        facts.entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    let both: BTreeSet<&str> = families.iter().copied().chain(LATER).collect();
    assert_eq!(images::families().collect::<BTreeSet<_>>(), both);
    let tags = tags();
    let plain = BTreeSet::from(["latest", "1", "18-alpine", "8.0.36"].map(str::to_owned));
    let mut seen: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for name in names(&facts) {
        let entry = |entry: &&Value| {
            texts(entry, "names").into_iter().any(|its| canonical(its) == name)
                && ["variants", "applies_to_tag_regex"].iter().any(|key| entry.get(key).is_some())
        };
        let varied = facts.entries.iter().any(|it| entry(&it)) || name.ends_with("telemetry/demo");
        for tag in if varied { &tags } else { &plain } {
            let text = format!("{name}:{tag}");
            let (image, fact) = (look(&text), facts.lookup(&name, tag));
            let Some(mut fact) = fact else {
                assert_eq!(image, None, "{text} is not known");
                continue;
            };
            let Some(image) = image else { panic!("{text} is a {}", fact.family) };
            let doubted = usize::from(!image.doubts.is_empty());
            seen.entry(fact.family).or_default()[doubted] += 1;
            amend(&mut fact, &image);
            if let Err(why) = equal(image, fact) {
                panic!("{text}: {why}");
            }
        }
    }
    assert_eq!(seen.len(), families.len(), "every family is looked up");
    let doubted: Vec<_> = seen.iter().filter(|(_, counts)| counts[0] == 0).collect();
    eprintln!(
        "images: {} lookups as the facts say; doubted as a whole: {doubted:?}",
        seen.values().map(|it| it[0]).sum::<usize>()
    );
    let whole: Vec<_> = doubted.iter().map(|(family, _)| **family).collect();
    assert_eq!(whole, ["bitnami", "chainguard", "go-httpbin", "linuxserver"]);
}

#[test]
fn short_names_and_mirrors_are_the_same_image() {
    let Some(facts) = facts::facts("short_names_and_mirrors_are_the_same_image") else { return };
    let mut count = 0;
    for entry in &facts.entries {
        for short in texts(entry, "short_names") {
            let full =
                if short.contains('/') { short.to_owned() } else { format!("library/{short}") };
            let image = look(&format!("docker.io/{full}:2.0-dind-rootless"));
            assert!(image.is_some(), "{short}");
            for same in [
                short.to_owned(),
                full.clone(),
                format!("docker.io/{short}"),
                format!("index.docker.io/{full}"),
                format!("registry-1.docker.io/{full}"),
                format!("mirror.gcr.io/{full}"),
            ] {
                assert_eq!(look(&format!("{same}:2.0-dind-rootless")), image, "{same}");
                count += 1;
            }
        }
    }
    assert!(count > 1000, "{count}");
    assert_eq!(look("public.ecr.aws/docker/library/redis:7"), look("redis:7"));
    assert_eq!(look("k8s.gcr.io/pause:3.10.1"), look("registry.k8s.io/pause:3.10.1"));
}

#[test]
fn a_neighbour_is_no_family() {
    for text in [
        "my-nginx",
        "nginx-proxy",
        "foo/mysql",
        "ghcr.io/library/nginx",
        "quay.io/nginx",
        "registry.example.com/nginx",
        "registry.example.com/library/nginx",
        "docker.io/a/library/nginx",
        "nginx/nginx",
        "bitnamicharts/redis",
        "ghcr.io/bitnami/redis",
        "xdocker.io/bitnami/redis",
        "mirror.gcr.io:443/library/nginx",
        "public.ecr.aws/nginx/nginx",
        "postgres/postgres",
        "docker.io/library",
        "docker",
        "docker:27-cli",
        "redis:3.0-nanoserver",
        "golang:1.25-windowsservercore-ltsc2025",
        "library/library/nginx",
        "localhost/redis",
    ] {
        assert_eq!(look(text), None, "{text}");
    }
    assert_eq!(look("nginxinc/nginx-unprivileged").unwrap().family, "nginx-unprivileged");
    assert_eq!(look("bitnami/redis").unwrap().family, "bitnami-redis");
    assert_eq!(look("bitnami/never-heard-of").unwrap().family, "bitnami");
    let Some(facts) = facts::facts("a_neighbour_is_no_family") else { return };
    let names: Vec<String> = names(&facts).into_iter().collect();
    let (mut dice, mut unknown) = (Dice::new(2), 0);
    for _ in 0..20_000 {
        let mut name = dice.pick(&names).clone();
        let at = dice.below(name.len());
        match dice.below(4) {
            0 => name.insert(at, *dice.pick(&['a', '-', '.', '/', '0'])),
            1 => drop(name.remove(at)),
            2 => name += *dice.pick(&["-x", "/x", "s", "-v1"]),
            _ => name = format!("{}{name}", dice.pick(&BEFORE)),
        }
        let Some(reference) = Reference::parse(&name) else { continue };
        let fact = facts.lookup(&reference.name(&[]), "latest");
        unknown += usize::from(fact.is_none());
        let family = look(&name).map(|image| image.family);
        assert_eq!(family, fact.map(|fact| fact.family), "{name}");
    }
    assert!(unknown > 10_000, "{unknown}");
}

/// Without a tag nothing is said that does not hold for every tag.
#[test]
fn without_a_tag_only_what_all_tags_share_is_said() {
    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let Some(facts) = facts::facts("without_a_tag_only_what_all_tags_share_is_said") else {
        return;
    };
    let tags = tags();
    let mut varied = 0;
    for name in names(&facts) {
        let any = look(&format!("{name}@{DIGEST}"));
        assert_eq!(any, look(&format!("{name}:${{TAG}}")), "{name}");
        let Some(any) = any else {
            let several = facts.entries.iter().any(|entry| {
                entry.get("applies_to_tag_regex").is_some()
                    && texts(entry, "names").contains(&name.as_str())
            });
            assert!(several, "{name} is known by some of its tags only");
            continue;
        };
        varied += usize::from(!any.depends_on_tag.is_empty());
        for image in tags.iter().filter_map(|tag| look(&format!("{name}:{tag}"))) {
            let run = (any.run_as, image.run_as);
            let holds = (any.user == User::Unknown || any.user == image.user)
                && (run.0.uid.is_none() || run.0.uid == run.1.uid)
                && (run.0.gid.is_none() || run.0.gid == run.1.gid)
                && (run.0.fs_group.is_none() || run.0.fs_group == run.1.fs_group)
                && run.0.grade <= run.1.grade
                && any.non_root.grade <= image.non_root.grade
                && any.read_only.grade <= image.read_only.grade
                && (any.non_root.works == Works::Unknown
                    || any.non_root.works == image.non_root.works)
                && (any.low_port.is_none() || any.low_port == image.low_port)
                && (any.drop.is_none() || any.drop == image.drop)
                && image.data.iter().all(|path| any.data.contains(path))
                && image.ports.iter().all(|port| any.ports.contains(port));
            assert!(holds, "{name}: {any:#?}\ndoes not hold for\n{image:#?}");
            let paths = |image: &Image<'_>| -> BTreeMap<String, Need> {
                image.read_only.paths.iter().map(|it| (it.path.to_owned(), it.need)).collect()
            };
            let (all, its) = (paths(&any), paths(&image));
            assert!(its.keys().all(|path| all.contains_key(path)), "{name}: {all:?}, {its:?}");
            let always = all.iter().filter(|(_, need)| **need == Need::Always);
            for (path, _) in always {
                assert_eq!(its.get(path), Some(&Need::Always), "{name}: {path}");
            }
        }
    }
    assert!(varied > 25, "{varied}");
}
