//! The facts about images, read anew: a second and naive way from a reference to what is known.
//!
//! In: `facts/images.yaml`. Out: the [`Image`] that each of its entries says.

use std::{collections::HashMap, fs};

use regex::Regex;
use seaworthy::{
    images::{
        AnyUid, Backing, Capabilities, Grade, Host, Image, Need, NonRoot, Port, PrivilegeDrop,
        ReadOnly, RunAs, Setting, Token, User, Works, Writable,
    },
    yaml::Tree,
};
use serde_json::Value;

use crate::corpus;

/// All entries, and the patterns of their tags.
pub struct Facts {
    pub entries: Vec<Value>,
    regexes: HashMap<String, Regex>,
}

/// Reasons which say that it depends, beside a plain `no`.
const DEPENDS: [&str; 4] = [
    "depends on the application",
    "depends on the application run in it",
    "a command line tool",
    "some sub-commands (inclusterclient) use it",
];

pub fn facts(test: &str) -> Option<Facts> {
    let path = corpus::shared(test)?.join("facts/images.yaml");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("{test} did not run: there is no {}", path.display());
        return None;
    };
    // The catalogue puts bars between fields.
    let tree = Tree::parse(text.replace("|| true", r#""or true""#)).unwrap();
    let Value::Array(entries) = tree.root(0).unwrap().value().unwrap() else { panic!("a list") };
    let mut regexes = HashMap::new();
    for entry in &entries {
        let variants = items(entry, "variants").map(|variant| &variant["tag_regex"]);
        for regex in variants.chain([&entry["applies_to_tag_regex"]]).filter_map(Value::as_str) {
            regexes.insert(regex.to_owned(), Regex::new(regex).unwrap());
        }
    }
    Some(Facts { entries, regexes })
}

pub fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value[key].as_array().into_iter().flatten()
}

pub fn texts<'v>(value: &'v Value, key: &str) -> Vec<&'v str> {
    items(value, key).map(|item| item.as_str().unwrap()).collect()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// The one alias that names of the facts have.
pub fn canonical(name: &str) -> String {
    name.replace("k8s.gcr.io/", "registry.k8s.io/")
}

impl Facts {
    /// What the facts say of a repository, named in full, and its tag.
    pub fn lookup(&self, name: &str, tag: &str) -> Option<Image<'_>> {
        let named =
            |entry: &&Value| texts(entry, "names").into_iter().any(|its| canonical(its) == name);
        let is_for = |entry: &&Value| match entry["applies_to_tag_regex"].as_str() {
            Some(regex) => self.regexes[regex].is_match(tag),
            None => true,
        };
        let mut candidates: Vec<&Value> = self.entries.iter().filter(named).collect();
        if candidates.is_empty() {
            let prefix = |entry: &&Value| {
                let prefixes = texts(entry, "name_prefixes").into_iter();
                prefixes.filter(|prefix| name.starts_with(prefix)).map(str::len).max()
            };
            let prefixed = self.entries.iter().filter(|entry| prefix(entry).is_some());
            let entry = prefixed.max_by_key(prefix)?;
            return Some(self.image(entry, name, tag));
        }
        candidates.retain(is_for);
        candidates.sort_by_key(|entry| entry["applies_to_tag_regex"].is_null());
        Some(self.image(candidates.first()?, name, tag))
    }

    fn image<'v>(&'v self, entry: &'v Value, name: &str, tag: &str) -> Image<'v> {
        let mut image = plain(entry);
        let variants = || items(entry, "variants");
        let default = |variant: &&Value| variant["default"] == true;
        let fits = |variant: &&Value| {
            variant["tag_regex"].as_str().is_some_and(|regex| self.regexes[regex].is_match(tag))
        };
        for variant in variants().filter(default).chain(variants().filter(fits)) {
            vary(&mut image, entry, variant);
        }
        for component in items(entry, "components") {
            if is_component(entry, text(component, "name"), name, tag) {
                specialize(&mut image, component);
            }
        }
        image
    }
}

/// An entry without its variants.
fn plain(entry: &Value) -> Image<'_> {
    let its = &entry["image_user"];
    let user = user(&its["user"]);
    assert_eq!(its["is_root"].as_bool().unwrap_or_default(), user == User::Root);
    let number = matches!(user, User::Number(_));
    assert_eq!(its["kubelet_can_verify_non_root"].as_bool().unwrap_or_default(), number);
    let (run, non_root) = (&entry["run_as"], &entry["non_root"]);
    let (read_only, capabilities) = (&entry["read_only_root_fs"], &entry["capabilities"]);
    let all = |key| texts(capabilities, key);
    let why = text(&entry["api_token"], "why");
    let depends = DEPENDS.contains(&why);
    let setting = |key: &'static str| {
        move |value| Setting {
            name: text(value, "name"),
            value: text(value, "value"),
            note: text(value, key),
        }
    };
    Image {
        family: text(entry, "id"),
        roles: texts(entry, "roles"),
        status: entry["status"].as_str(),
        grade: grade(&entry["confidence"]["overall"]),
        user,
        run_as: RunAs {
            uid: id(&run["uid"]),
            gid: id(&run["gid"]),
            fs_group: id(&run["fs_group"]),
            grade: grade(&run["basis"]),
            note: text(run, "note"),
        },
        non_root: NonRoot {
            works: works(&non_root["works"]),
            grade: grade(&non_root["basis"]),
            any_uid: match text(non_root, "arbitrary_uid") {
                "yes" => AnyUid::Yes,
                "usually" => AnyUid::Usually,
                "with-group-0" => AnyUid::WithGroup0,
                "no" => AnyUid::No,
                _ => AnyUid::Unknown,
            },
            note: text(non_root, "note"),
            env: items(non_root, "env").map(setting("note")).collect(),
            sysctls: items(non_root, "sysctls").map(setting("when")).collect(),
        },
        drop: (entry["root_entrypoint"]["drops_privileges"] == true).then(|| {
            let root = &entry["root_entrypoint"];
            PrivilegeDrop {
                grade: grade(&root["basis"]),
                capabilities: texts(root, "caps_needed_if_started_as_root"),
                tool: text(root, "tool"),
                to: text(root, "to"),
                when: text(root, "condition"),
            }
        }),
        volumes: texts(entry, "image_volumes"),
        data: texts(entry, "data_paths"),
        read_only: ReadOnly {
            works: works(&read_only["works"]),
            grade: grade(&read_only["basis"]),
            note: text(read_only, "note"),
            paths: items(read_only, "writable_paths").map(writable).collect(),
        },
        capabilities: Capabilities {
            keep: all("must_stay_in_bounding_set"),
            as_root: all("needed_as_root"),
            optional: [all("optional"), all("documented_add")].concat(),
            programs: items(capabilities, "file_capabilities")
                .map(|its| [text(its, "caps"), text(its, "path"), text(its, "tags")])
                .collect(),
            note: text(capabilities, "note"),
        },
        ports: items(entry, "ports").map(port).collect(),
        low_port: entry["binds_privileged_port"].as_bool(),
        token: match text(&entry["api_token"], "needed") {
            "yes" => Token::Yes,
            "no" if !depends => Token::No,
            _ => Token::Conditional,
        },
        token_why: if why == "does not talk to the Kubernetes API" { "" } else { why },
        host: entry.get("host_access").map(|host| Host {
            network: host["hostNetwork"] == true,
            pid: host["hostPID"] == true,
            privileged: host["privileged"] == true,
            paths: texts(host, "hostPath"),
            note: text(host, "note"),
        }),
        unverified: texts(&entry["confidence"], "unverified"),
        traps: [texts(entry, "gotchas"), texts(entry, "tag_differences")].concat(),
        sources: items(entry, "sources")
            .map(|source| source["url"].as_str().unwrap_or(text(source, "repo")))
            .collect(),
        ..Image::default()
    }
}

fn vary<'v>(image: &mut Image<'v>, entry: &'v Value, variant: &'v Value) {
    let has = |key| variant.get(key);
    for (key, its) in [
        ("uid", &mut image.run_as.uid),
        ("gid", &mut image.run_as.gid),
        ("fs_group", &mut image.run_as.fs_group),
    ] {
        if let Some(value) = has(key) {
            *its = id(value);
        }
    }
    // Nothing is known of the groups of a user that is not known.
    if has("uid").is_some_and(Value::is_null) {
        image.run_as = RunAs::default();
    }
    if variant["note"] == "inferred" {
        image.run_as.grade = Grade::Inferred;
    }
    if let Some(value) = has("image_user") {
        image.user = user(value);
    }
    if has("image_volumes").is_some() {
        image.volumes = texts(variant, "image_volumes");
    }
    if has("ports").is_some() {
        let of = |number: &Value| items(entry, "ports").find(|port| port["port"] == *number);
        image.ports =
            items(variant, "ports").map(|it| of(it).map_or_else(|| bare(it), port)).collect();
    }
    if let Some(low) = has("binds_privileged_port") {
        image.low_port = low.as_bool();
    }
    if text(variant, "port_note").starts_with("listens on 80") {
        image.low_port = Some(true);
    }
    if let Some(value) = has("non_root_works") {
        image.non_root.works = works(value);
        // What is needed for ports below 1024 is not needed by those that have none.
        image.non_root.sysctls = match text(variant, "non_root_works") {
            "with-sysctl" => plain(entry).non_root.sysctls,
            _ => Vec::new(),
        };
    }
    let moves = variant["writable_instead"].as_object().into_iter().flatten();
    let mut moves: Vec<(&str, &str)> =
        moves.map(|(from, to)| (from.as_str(), to.as_str().unwrap())).collect();
    if let Some(to) = has("data_path") {
        let paths = image.read_only.paths.iter();
        let data = paths.filter(|path| path.backing == Backing::Data);
        moves.extend(data.map(|path| (path.path, to.as_str().unwrap())));
    }
    for (from, to) in moves {
        let paths = image.read_only.paths.iter_mut().map(|path| &mut path.path);
        paths.chain(&mut image.data).filter(|path| **path == from).for_each(|path| *path = to);
    }
    if let Some(paths) = text(variant, "note").strip_prefix("also writes ") {
        let more = paths.split(" and ").map(|path| Writable { path, ..Writable::default() });
        image.read_only.paths.extend(more);
    }
    match has("drops_privileges") {
        Some(Value::String(tool)) => {
            image.drop = Some(PrivilegeDrop {
                grade: image.grade,
                capabilities: vec!["SETGID", "SETUID", "SYS_CHROOT"],
                tool,
                to: "",
                when: "",
            });
        }
        Some(_) => image.drop = None,
        None => {}
    }
}

/// Components are told by the last part of the name, where there are many repositories; else by the
/// end of the tag.
fn is_component(entry: &Value, component: &str, name: &str, tag: &str) -> bool {
    if texts(entry, "names") == ["ghcr.io/open-telemetry/demo"] {
        return tag.ends_with(&format!("-{component}"));
    }
    let (first, more) = component.split_once(", ").unwrap_or((component, ""));
    let last = name.rsplit('/').next().unwrap();
    let base = first.trim_end_matches("-v1");
    last == first || more.split(", ").any(|end| !end.is_empty() && last == format!("{base}{end}"))
}

fn specialize<'v>(image: &mut Image<'v>, component: &'v Value) {
    let has = |key| component.get(key);
    image.user = has("image_user").map_or(image.user, user);
    // Nobody says which groups another user has.
    if let Some(uid) = has("uid").map(id).filter(|uid| *uid != image.run_as.uid) {
        image.run_as =
            RunAs { uid, gid: None, fs_group: None, note: "", grade: image.run_as.grade };
    }
    if let Some(value) = has("non_root") {
        (image.non_root.works, image.non_root.note) = (works(value), "");
    }
    match has("read_only_root_fs").and_then(Value::as_str) {
        Some("no") => (image.read_only.works, image.read_only.note) = (Works::No, ""),
        Some(word) => {
            let paths = std::mem::take(&mut image.read_only.paths);
            let grade = grade(&Value::from(word));
            image.read_only = ReadOnly { works: Works::Yes, grade, note: "", paths };
        }
        None => {}
    }
    image.ports = items(component, "ports").map(port).collect();
    image.low_port = Some(image.ports.iter().any(|its| its.number < 1024));
}

fn id(value: &Value) -> Option<u32> {
    value.as_u64().map(|id| u32::try_from(id).unwrap())
}

fn user(value: &Value) -> User<'_> {
    let Some(text) = value.as_str() else { return User::Unknown };
    let user = text.split([':', ' ']).next().unwrap();
    match user.parse() {
        _ if user == "root" => User::Root,
        Ok(0) => User::Root,
        Ok(number) => User::Number(number),
        Err(_) => User::Name(user),
    }
}

fn grade(value: &Value) -> Grade {
    match value.as_str() {
        Some("read") => Grade::Read,
        Some("documented") => Grade::Documented,
        Some("inferred") => Grade::Inferred,
        _ => Grade::Unknown,
    }
}

fn works(value: &Value) -> Works {
    match value.as_str().unwrap() {
        "yes" => Works::Yes,
        "yes-with-mounts" => Works::WithMounts,
        "with-sysctl" => Works::WithSysctl,
        "with-env" => Works::WithEnv,
        "with-args" => Works::WithArgs,
        "conditional" => Works::Conditional,
        "partial" => Works::Partial,
        "depends" => Works::Depends,
        "no" => Works::No,
        "unknown" => Works::Unknown,
        other => panic!("{other}"),
    }
}

fn writable(value: &Value) -> Writable<'_> {
    let (path, purpose) = (text(value, "path"), text(value, "purpose"));
    Writable {
        path,
        backing: match text(value, "mount") {
            "emptyDir" => Backing::EmptyDir,
            "data" => Backing::Data,
            "projected" => Backing::Projected,
            "file" => Backing::File,
            other => panic!("{other}"),
        },
        need: match text(value, "required") {
            "always" => Need::Always,
            "usual" => Need::Usual,
            "likely" => Need::Likely,
            "conditional" => Need::Conditional,
            "optional" => Need::Optional,
            "unverified" => Need::Unverified,
            other => panic!("{other}"),
        },
        seeded: value["hides_image_content"] == true,
        purpose: if (path, purpose) == ("/tmp", "tmp") { "" } else { purpose },
        condition: text(value, "condition"),
        note: text(value, "note"),
    }
}

fn port(value: &Value) -> Port<'_> {
    Port {
        number: value["port"].as_u64().unwrap().try_into().unwrap(),
        udp: value["protocol"] == "UDP",
        exposed: value["exposed_in_image"].as_bool(),
        purpose: text(value, "purpose"),
        note: text(value, "note"),
    }
}

/// A port of which the facts say the number only.
fn bare(number: &Value) -> Port<'static> {
    let number = number.as_u64().unwrap().try_into().unwrap();
    Port { number, udp: false, exposed: None, purpose: "", note: "" }
}
