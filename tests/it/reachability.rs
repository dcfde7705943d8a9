//! Who reaches whom, held to the golden answers of another tool.
//!
//! What is compared: the ports for each ordered pair of workloads, for each workload and the
//! addresses outside, and for what Ingresses and Routes lead to. Addresses are those of IPv4, each
//! with all others for which the same holds: the golden answers part them at every border.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

use seaworthy::{
    manifest::{Inventory, Source},
    network::{Cluster, Direction, End, Engine, HostNetwork, Member, Policies, Ports, entries},
    yaml::{Tree, Value},
};

use crate::corpus;

/// Who connects to whom.
type Pair = (String, String);
/// The ranges of addresses, or none where both ends are known.
type Ranges = BTreeSet<(Ipv4Addr, Ipv4Addr)>;
/// What is allowed to whom: by the pair and the words for what is allowed.
type Connections = BTreeMap<(Pair, String), Ranges>;

const OUTSIDE: &str = "outside";
const CONTROLLER: &str = "{ingress-controller}";

/// Where the suite lies, if it is there.
pub fn suite(test: &str) -> Option<PathBuf> {
    corpus::shared(test).map(|shared| shared.join("suites/netpol-reachability"))
}

/// The manifests of one folder, parsed.
pub fn open(folder: &Path) -> Vec<Source<'static>> {
    let is_manifest = |file: &corpus::File| {
        let extension = file.path.extension().and_then(|it| it.to_str());
        extension.is_some_and(|it| ["json", "yaml", "yml"].contains(&it))
    };
    let files = corpus::files(folder).into_iter().filter(is_manifest);
    let parse = |file: corpus::File| {
        let tree = Tree::parse(file.text).ok()?;
        Some(Source::new(file.path.display().to_string(), tree, &[]))
    };
    files.filter_map(parse).collect()
}

#[test]
fn the_golden_answers_are_ours() {
    let Some(suite) = suite("the_golden_answers_are_ours") else { return };
    let index: Value = read_json(&suite.join("index.json"));
    let cases = index.as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let folder = suite.join("cases").join(id);
        let differences = match case["type"].as_str() {
            Some("list") => list(&folder),
            Some("diff") => diff(&folder),
            other => panic!("{id} is neither a list nor a diff, but {other:?}"),
        };
        if !differences.is_empty() {
            wrong.push(format!("{id}:\n  {}", differences.join("\n  ")));
        }
    }
    eprintln!("{} of {} cases are equal", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 40, "there are the cases that are to be compared");
}

#[test]
fn what_no_cluster_takes_is_refused_with_the_reason() {
    let Some(suite) = suite("what_no_cluster_takes_is_refused_with_the_reason") else { return };
    // The words of the other tool, and ours.
    let reasons = [
        ("alerts.InvalidCIDRAddr", "`A` is no CIDR"),
        ("alerts.SelectorErrTitle", "`$backendservice` can be no label's value"),
        ("alerts.EmptyRulePeerErrStr", "a peer has a `podSelector`"),
        ("NotSupportedPodResourcesErrorStr", "some of the pods of Pod `default/internal-security`"),
        ("alerts.EndPortWithNamedPortErrStr", "`http` is a name"),
        ("alerts.NSWithSameNameError", "with other labels"),
    ];
    let cases = read_json(&suite.join("must_reject.json"));
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), reasons.len());
    for case in cases {
        let error = case["error"].as_str().unwrap();
        let known = reasons.iter().find(|(theirs, _)| error.contains(theirs));
        let (_, reason) = known.unwrap_or_else(|| panic!("{error} is new"));
        let sources = open(&suite.join("inputs").join(case["dir"].as_str().unwrap()));
        let faults = faults(&sources);
        assert!(faults.iter().any(|it| it.contains(reason)), "{}: {faults:?}", case["name"]);
    }
}

/// Everything that is wrong with the objects of some sources, as people read it.
fn faults(sources: &[Source<'_>]) -> Vec<String> {
    let inventory = Inventory::new(sources, Some("default"));
    let cluster = Cluster::new(&inventory);
    let policies = Policies::new(&inventory);
    let engine = Engine::new(&cluster, &policies.valid, HostNetwork::Pod);
    let mut faults = cluster.faults().to_vec();
    faults.extend(policies.faults.iter().cloned());
    faults.extend(engine.told_apart());
    for fault in &faults {
        let place = inventory.place(fault.source, fault.document, &fault.at);
        assert!(place.is_some(), "it stands somewhere: {fault}");
    }
    faults.iter().map(ToString::to_string).collect()
}

/// How our answers differ from those of a case.
fn list(folder: &Path) -> Vec<String> {
    let case = read_json(&folder.join("case.json"));
    let text = fs::read_to_string(folder.join("expected.txt")).unwrap();
    let mut wanted = Connections::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (source, rest) = line.split_once(" => ").unwrap_or_else(|| panic!("{line}"));
        let (destination, ports) = rest.split_once(" : ").unwrap();
        want(&mut wanted, source, destination, ports);
    }
    let sources = open(&folder.join(case["input"].as_str().unwrap()));
    let told = connections(&sources).into_iter();
    let told = told.map(|((pair, ports), ranges)| ((pair, ports.to_string()), ranges));
    differences(&told.collect(), &wanted)
}

/// The same of what changes between two folders.
fn diff(folder: &Path) -> Vec<String> {
    let case = read_json(&folder.join("case.json"));
    let csv = folder.join("expected.csv");
    let text = fs::read_to_string(folder.join("expected.txt"));
    let rows = match text {
        Ok(text) => text.lines().filter_map(row_of_text).collect(),
        Err(_) => rows_of_csv(&fs::read_to_string(csv).unwrap()),
    };
    let mut wanted = Connections::new();
    for [source, destination, before, after] in &rows {
        want(&mut wanted, source, destination, &format!("{before} -> {after}"));
    }
    let input = |key: &str| open(&folder.join(case[key].as_str().unwrap()));
    let (before, after) = (input("input"), input("input2"));
    let told = changes(&connections(&before), &connections(&after));
    differences(&told, &wanted)
}

fn differences(told: &Connections, wanted: &Connections) -> Vec<String> {
    let mut differences = Vec::new();
    for (key, ranges) in told {
        if wanted.get(key) != Some(ranges) {
            differences.push(format!("told:   {key:?} {ranges:?}"));
        }
    }
    for (key, ranges) in wanted {
        if told.get(key) != Some(ranges) {
            differences.push(format!("wanted: {key:?} {ranges:?}"));
        }
    }
    differences
}

/// Reads one answer; ranges that touch become one.
fn want(wanted: &mut Connections, source: &str, destination: &str, ports: &str) {
    let (source, from) = end(source);
    let (destination, to) = end(destination);
    let ranges = wanted.entry(((source, destination), ports.to_owned())).or_default();
    let Some((mut first, mut last)) = from.or(to) else { return };
    let is_next = |one: Ipv4Addr, two: Ipv4Addr| u32::from(one).checked_add(1) == Some(two.into());
    let touching =
        |range: &&(Ipv4Addr, Ipv4Addr)| is_next(range.1, first) || is_next(last, range.0);
    for range in ranges.iter().filter(touching).copied().collect::<Vec<_>>() {
        ranges.remove(&range);
        first = first.min(range.0);
        last = last.max(range.1);
    }
    ranges.insert((first, last));
}

/// `0.0.0.0-9.255.255.255[External]`, or what is within the cluster.
fn end(text: &str) -> (String, Option<(Ipv4Addr, Ipv4Addr)>) {
    let range = text.strip_suffix("[External]").and_then(|text| text.split_once('-'));
    match range {
        Some((first, last)) => {
            (OUTSIDE.to_owned(), Some((first.parse().unwrap(), last.parse().unwrap())))
        }
        None => (text.to_owned(), None),
    }
}

/// `diff-type: changed, source: …, destination: …, ref1: …, ref2: …[, …]`
fn row_of_text(line: &str) -> Option<[String; 4]> {
    let rest = line.split_once(", source: ")?.1;
    let (source, rest) = rest.split_once(", destination: ")?;
    let (destination, rest) = rest.split_once(", ref1: ")?;
    let (before, rest) = rest.split_once(", ref2: ")?;
    let after = rest.split_once(", workloads-diff-info: ").map_or(rest, |(after, _)| after);
    Some([source, destination, before, after].map(str::to_owned))
}

/// `diff-type,source,destination,ref1,ref2,…`: none of the values that are quoted holds a quote.
fn rows_of_csv(text: &str) -> Vec<[String; 4]> {
    let row = |line: &str| {
        let mut values = vec![String::new()];
        let mut is_quoted = false;
        for char in line.chars() {
            match char {
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => values.push(String::new()),
                char => values.last_mut().unwrap().push(char),
            }
        }
        [1, 2, 3, 4].map(|column| values[column].clone())
    };
    text.lines().skip(1).map(row).collect()
}

/// Every connection that the manifests allow.
fn connections(sources: &[Source<'_>]) -> BTreeMap<(Pair, Ports), Ranges> {
    let inventory = Inventory::new(sources, Some("default"));
    let cluster = Cluster::new(&inventory);
    let policies = Policies::new(&inventory);
    // The other tool takes them so.
    let engine = Engine::new(&cluster, &policies.valid, HostNetwork::Pod);
    assert_eq!(policies.faults, []);
    assert_eq!(cluster.faults(), []);
    assert_eq!(engine.told_apart(), []);
    let mut told = BTreeMap::new();
    for one in cluster.members() {
        for other in cluster.members().iter().filter(|other| name(other) != name(one)) {
            let ports = engine.allowed(End::Member(one), End::Member(other));
            told.insert(((name(one), name(other)), ports), Ranges::new());
        }
        for direction in Direction::ALL {
            for (ports, addresses) in engine.outside(one, direction) {
                let ranges: Ranges = addresses.ranges().filter_map(v4).collect();
                if !ranges.is_empty() {
                    let outside = OUTSIDE.to_owned();
                    let pair = match direction {
                        Direction::Ingress => (outside, name(one)),
                        Direction::Egress => (name(one), outside),
                    };
                    told.insert((pair, ports), ranges);
                }
            }
        }
    }
    let mut led: BTreeMap<Pair, Ports> = BTreeMap::new();
    for entry in entries(&inventory, &cluster) {
        let open = engine.allowed(End::Unknown, End::Member(entry.member));
        let ports = led.entry((CONTROLLER.to_owned(), name(entry.member))).or_default();
        *ports = ports.union(&open.intersection(&entry.ports));
    }
    told.extend(led.into_iter().map(|led| (led, Ranges::new())));
    told.retain(|(_, ports), _| !ports.is_empty());
    told
}

/// What is allowed before and after, where that differs; of each address outside.
fn changes(
    before: &BTreeMap<(Pair, Ports), Ranges>,
    after: &BTreeMap<(Pair, Ports), Ranges>,
) -> Connections {
    let mut changes = Connections::new();
    let pairs: BTreeSet<&Pair> = before.keys().chain(after.keys()).map(|(pair, _)| pair).collect();
    for pair in pairs {
        let of = |told: &BTreeMap<(Pair, Ports), Ranges>, address: Option<Ipv4Addr>| {
            let holds = |ranges: &Ranges| match address {
                Some(it) => ranges.iter().any(|range| range.0 <= it && it <= range.1),
                None => true,
            };
            let mut its = told.iter().filter(|((its, _), ranges)| its == pair && holds(ranges));
            its.next().map_or_else(Ports::none, |((_, ports), _)| ports.clone())
        };
        let words = |address| {
            let (before, after) = (of(before, address), of(after, address));
            (before != after).then(|| format!("{before} -> {after}"))
        };
        if pair.0 != OUTSIDE && pair.1 != OUTSIDE {
            changes.extend(words(None).map(|words| ((pair.clone(), words), Ranges::new())));
            continue;
        }
        // Between two borders the same holds for all.
        let ranges = before.iter().chain(after).filter(|((its, _), _)| its == pair);
        let ranges = ranges.flat_map(|(_, ranges)| ranges);
        let mut starts: BTreeSet<u32> = BTreeSet::from([0]);
        for &(first, last) in ranges {
            starts.insert(first.into());
            starts.extend(u32::from(last).checked_add(1));
        }
        let starts: Vec<u32> = starts.into_iter().collect();
        for (index, &start) in starts.iter().enumerate() {
            let last = starts.get(index + 1).map_or(u32::MAX, |next| next - 1);
            let Some(words) = words(Some(start.into())) else { continue };
            let range = format!("{}-{}[External]", Ipv4Addr::from(start), Ipv4Addr::from(last));
            let end = |name: &'_ str| if name == OUTSIDE { range.clone() } else { name.to_owned() };
            want(&mut changes, &end(&pair.0), &end(&pair.1), &words);
        }
    }
    changes
}

fn v4(range: (IpAddr, IpAddr)) -> Option<(Ipv4Addr, Ipv4Addr)> {
    match range {
        (IpAddr::V4(first), IpAddr::V4(last)) => Some((first, last)),
        _ => None,
    }
}

/// `shop/web[Deployment]`
fn name(member: &Member<'_>) -> String {
    format!("{}/{}[{}]", member.namespace.as_deref().unwrap_or_default(), member.name, member.kind)
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}
