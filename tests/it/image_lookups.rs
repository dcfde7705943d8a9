//! Lookups of images that are known, one for each thing that may be said of them.

use std::collections::{BTreeMap, BTreeSet};

use seaworthy::{
    images::{Entry, Grade, Identity, Image, Mirror, Own, Reference, Token, User, Works, lookup},
    manifest::{Inventory, Source},
    yaml::Tree,
};

use crate::{corpus, mutation::Dice};

fn look(text: &str) -> Image<'static> {
    static NONE: Own = Own { mirrors: Vec::new(), entries: Vec::new() };
    lookup(Reference::parse(text).unwrap(), &NONE).unwrap()
}

fn identity(uid: u32, gid: u32, fs_group: Option<u32>, grade: Grade) -> Option<Identity> {
    Some(Identity { uid, gid: Some(gid), fs_group, grade })
}

#[test]
fn who_to_run_an_image_as_hangs_on_its_tag() {
    let (read, documented, inferred) = (Grade::Read, Grade::Documented, Grade::Inferred);
    for (text, expected) in [
        ("postgres:17", identity(999, 999, Some(999), documented)),
        ("postgres:17-alpine3.22", identity(70, 70, Some(70), documented)),
        ("postgres:alpine", identity(70, 70, Some(70), documented)),
        ("postgres:${TAG}", None),
        ("valkey/valkey:8-alpine", identity(999, 1000, Some(1000), read)),
        ("nginx:1.27", identity(101, 101, None, documented)),
        ("nginx:1.14.2", identity(101, 101, None, inferred)),
        ("prom/prometheus:v3.5.0", identity(65534, 65534, Some(65534), documented)),
        ("prom/prometheus:v1.8.0", identity(65534, 65534, Some(65534), inferred)),
        ("coredns/coredns:1.10.1", identity(65532, 65532, None, inferred)),
        ("coredns/coredns:1.12.4", identity(65532, 65532, None, documented)),
        ("mysql:8.4", identity(999, 999, Some(999), documented)),
        ("mysql:5.7", identity(999, 999, Some(999), inferred)),
        ("influxdb:1.8", None),
        ("influxdb:1", None),
        ("influxdb:1.11", identity(1500, 1500, Some(1500), read)),
        ("gitea/gitea:1.24", None),
        ("gitea/gitea:1.24-rootless", identity(1000, 1000, Some(1000), read)),
        ("ghcr.io/flannel-io/flannel:v0.27.0", None),
    ] {
        assert_eq!(look(text).identity(), expected, "{text}");
    }
}

#[test]
fn what_an_image_needs_is_told() {
    let paths = |image: &Image<'_>| -> Vec<String> {
        image.read_only.scratch().map(|path| path.path.to_owned()).collect()
    };
    let obstacles = |image: &Image<'_>| -> Vec<String> {
        image.read_only.obstacles().map(|path| path.path.to_owned()).collect()
    };
    let nginx = look("nginx:1.27");
    assert_eq!(paths(&nginx), ["/var/cache/nginx", "/var/run"]);
    assert_eq!((nginx.low_port, nginx.non_root.works), (Some(true), Works::WithSysctl));
    assert_eq!(nginx.non_root.sysctls[0].name, "net.ipv4.ip_unprivileged_port_start");
    assert_eq!((nginx.non_root.sysctls[0].value, nginx.token), ("0", Token::No));
    let postgres = look("postgres:18-alpine");
    assert_eq!(paths(&postgres), ["/var/run/postgresql", "/tmp"]);
    assert_eq!(obstacles(&postgres), ["/var/lib/postgresql"]);
    assert_eq!(postgres.data, ["/var/lib/postgresql"]);
    let caddy = look("caddy:2");
    assert_eq!(caddy.capabilities.keep, ["NET_BIND_SERVICE"]);
    assert_eq!(caddy.capabilities.programs[0][..2], ["cap_net_bind_service=+ep", "/usr/bin/caddy"]);
    let vault = look("hashicorp/vault:1.20");
    let env: Vec<_> = vault.non_root.env.iter().map(|it| (it.name, it.value)).collect();
    assert_eq!(env, [("SKIP_SETCAP", "true"), ("SKIP_CHOWN", "true")]);
    let blackbox = look("prom/blackbox-exporter:v0.27.0");
    assert_eq!(blackbox.non_root.sysctls[0].value, "0 2147483647", "a value may have a blank");
    let exporter = look("quay.io/prometheus/node-exporter:v1.9.0").host.unwrap();
    assert!(exporter.network && exporter.pid && !exporter.privileged);
    assert_eq!(exporter.paths[0], "/ (read-only, at /host/root)");
    assert_eq!(obstacles(&look("bitnami/unheard-of")).len(), 4, "patterns are no paths");
    assert_eq!(look("python:3.13").token, Token::Conditional, "it is for the program to say");
    assert_eq!(look("docker.io/robotshop/rs-web:2.1.0").non_root.works, Works::No);
    assert_eq!(look("prom/prometheus:v1.8.0").user, User::Root);
    assert_eq!(look("docker.io/robotshop/rs-mongodb:2.1.0").identity(), None);
}

#[test]
fn the_word_of_the_user_stands_above_the_catalogue() {
    let entry = |image: &str| Entry { image: image.to_owned(), ..Entry::default() };
    let own = Own {
        mirrors: vec![Mirror { prefix: "harbor.example.com/hub".into(), of: "docker.io".into() }],
        entries: vec![
            Entry { uid: Some(2000), gid: Some(2001), reason: "ours".into(), ..entry("nginx") },
            Entry {
                like: Some("postgres:16-alpine".into()),
                ..entry("registry.example.com/shop/*")
            },
            Entry {
                writable: Some(vec!["/cache".into()]),
                tags: vec!["2.*".into()],
                ..entry("registry.example.com/shop/web")
            },
            Entry { uid: Some(3000), ..entry("grafana/grafana") },
            Entry { like: Some("valkey/valkey:8".into()), ..entry("docker.io/redis") },
            Entry { non_root: Some(false), token: Some(true), ..entry("example/agent") },
        ],
    };
    let look = |text: &str| lookup(Reference::parse(text).unwrap(), &own);
    let nginx = look("harbor.example.com/hub/nginx:1.27").unwrap();
    assert_eq!(
        nginx.identity(),
        Some(Identity { uid: 2000, gid: Some(2001), fs_group: None, grade: Grade::Declared })
    );
    assert_eq!(nginx.non_root.works, Works::WithSysctl, "the port is as low as it was");
    assert_eq!(look("harbor.example.com/nginx"), None);
    assert_eq!(look("redis:7").unwrap().family, "valkey");
    assert_eq!(
        look("grafana/grafana:12.0.0").unwrap().identity(),
        Some(Identity { uid: 3000, gid: None, fs_group: None, grade: Grade::Declared }),
        "the groups were those of another user"
    );
    let shop = look("registry.example.com/shop/db:1").unwrap();
    assert_eq!((shop.family, shop.run_as.uid), ("postgres", Some(70)));
    let web = look("registry.example.com/shop/web:2.1").unwrap();
    assert_eq!(web.read_only.grade, Grade::Declared);
    assert!(web.read_only.scratch().any(|path| path.path == "/cache"));
    let web = look("registry.example.com/shop/web@${DIGEST}").unwrap();
    assert!(!web.read_only.scratch().any(|path| path.path == "/cache"), "its tag is not known");
    let agent = look("example/agent").unwrap();
    assert_eq!((agent.family, agent.token), ("example/agent", Token::Yes));
    assert_eq!((agent.non_root.works, agent.identity()), (Works::No, None));
    assert_eq!((agent.user, agent.low_port, agent.grade), (User::Unknown, None, Grade::Unknown));
}

#[test]
fn no_reference_makes_it_panic() {
    let pieces = [
        "nginx",
        "docker.io",
        "library",
        "/",
        ":",
        "@",
        "sha256:",
        "5000",
        "latest",
        ".",
        "-",
        "_",
        "$",
        "{",
        "}",
        "[",
        "]",
        "*",
        "#",
        " ",
        "\n",
        "ä",
        "𝄞",
        "A",
        "",
        "localhost",
        "k8s.gcr.io",
        "bitnami",
        "e3b0c44298fc1c149afbf4c8996fb924",
        "postgres",
        "alpine",
        "gitea/gitea",
        "::1",
    ];
    let (mut dice, mut parsed) = (Dice::new(3), 0);
    for _ in 0..200_000 {
        let text: String = (0..dice.below(8)).map(|_| *dice.pick(&pieces)).collect();
        let entry = Entry { image: text.clone(), tags: vec![text.clone()], ..Entry::default() };
        let mirror = Mirror { prefix: text.clone(), of: text.clone() };
        let own = Own { mirrors: vec![mirror], entries: vec![entry] };
        let Some(reference) = Reference::parse(&text) else { continue };
        parsed += 1;
        lookup(reference, &own);
        let said = reference.to_string();
        let again = Reference::parse(&said).unwrap();
        assert_eq!(again.name(&[]), reference.name(&[]), "{text}");
        assert_eq!(again.digest(), reference.digest(), "{text}");
        if reference.tag().is_some() {
            assert_eq!(again.tag(), reference.tag(), "{text}");
        }
    }
    assert!(parsed > 10_000, "{parsed}");
}

/// Prints how many images of real manifests are known.
#[test]
fn images_of_the_corpus_are_known() {
    let Some(root) = corpus::shared("images_of_the_corpus_are_known") else { return };
    let files = corpus::files(&root.join("corpus"));
    let trees = files.iter().filter_map(|file| Tree::parse(file.text.as_str()).ok());
    let sources: Vec<_> = trees.map(|tree| Source::new("file", tree, &[])).collect();
    let inventory = Inventory::new(&sources, None);
    let pods = inventory.objects().iter().flat_map(|object| object.pods());
    let containers = pods.flat_map(|pod| pod.containers().collect::<Vec<_>>());
    let texts: Vec<String> = containers.map(|container| container.image().into_owned()).collect();
    let own = Own::default();
    let find = |text: &&String| lookup(Reference::parse(text)?, &own);
    let (mut unknown, mut known) = (BTreeMap::<_, usize>::new(), 0);
    for text in &texts {
        match find(&text) {
            Some(_) => known += 1,
            None => *unknown.entry(text).or_default() += 1,
        }
    }
    let distinct: BTreeSet<&String> = texts.iter().collect();
    let images: Vec<_> = distinct.iter().copied().filter_map(|text| find(&text)).collect();
    let proven = |image: &&Image<'_>| image.identity().is_some_and(|it| it.grade.is_proof());
    eprintln!(
        "images: {known} of {} containers, {} of {} images known; whom to run as is proven of {}",
        texts.len(),
        images.len(),
        distinct.len(),
        images.iter().filter(proven).count(),
    );
    let mut unknown: Vec<_> = unknown.into_iter().map(|(text, count)| (count, text)).collect();
    unknown.sort_unstable_by(|a, b| b.cmp(a));
    eprintln!("images: unknown: {:?}", unknown.iter().take(12).collect::<Vec<_>>());
    assert!(known * 4 > texts.len(), "the catalogue is of popular images");
}
