//! Kubernetes' own reader against ours: a Go program on `sigs.k8s.io/yaml` and on the document
//! reader of `k8s.io/apimachinery`.
//!
//! Where there is no Go the referee does not sit, unless `SEAWORTHY_REFEREE=required` says that
//! it must.

use std::{
    env,
    fmt::Write as _,
    io::{BufRead, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    thread,
};

use seaworthy::yaml::{Tree, Value};

use crate::{
    corpus::{self, File},
    libyaml,
    mutation::{self, Dice},
    scalars::scalars,
};

/// What was made of a text: the values up to the end, or up to what could not be read.
#[derive(Debug, Default, PartialEq)]
pub struct Reading {
    pub values: Vec<String>,
    pub error: Option<String>,
}

/// How a text is handed over.
#[derive(Clone, Copy)]
pub enum As {
    /// A file, to be split into documents.
    Stream,
    /// One document.
    Chunk,
    /// A line of Pod Security Standards, and a pod in JSON to judge by each.
    Pod,
    /// Admission policies, or an object before them, in JSON.
    Admission,
    /// A Service in JSON.
    Service,
}

/// The program, built once; none if there is no Go.
pub fn referee() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(|| seat("referee", "tests/referee")).as_deref()
}

/// The program that validates pods as the API server does, built once; it is one of its own since
/// it takes much more to build.
pub fn server() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(|| seat("server", "tests/referee/server")).as_deref()
}

/// The program that builds kustomizations, built once.
pub fn builder() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(|| seat("builder", "tests/referee/overlays")).as_deref()
}

/// The program that asks admission policies as the API server does, built once.
pub fn policies() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(|| seat("policies", "tests/referee/policy")).as_deref()
}

fn seat(name: &str, folder: &str) -> Option<PathBuf> {
    let built = build(name, folder);
    if let Err(why) = &built {
        let required = env::var("SEAWORTHY_REFEREE").is_ok_and(|value| value == "required");
        assert!(!required, "the {name} must sit: {why}");
        eprintln!("the {name} did not sit: {why}");
    }
    built.ok()
}

fn build(name: &str, folder: &str) -> Result<PathBuf, String> {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .output()
        .map_err(|error| format!("no Go: {error}"))?;
    match built.status.success() {
        true => Ok(program),
        false => Err(String::from_utf8_lossy(&built.stderr).trim().replace('\n', "; ")),
    }
}

/// How Kubernetes reads each of the texts, or what it thinks of it.
pub fn theirs(program: &Path, how: As, texts: &[&str]) -> Vec<Reading> {
    let mut child =
        Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let requests = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    let readings = thread::scope(|scope| {
        scope.spawn(move || {
            let mut requests = BufWriter::new(requests);
            for text in texts {
                let kind = match how {
                    As::Stream => "stream",
                    As::Chunk => "chunk",
                    As::Pod => "pod",
                    As::Admission => "admission",
                    As::Service => "service",
                };
                writeln!(requests, "{kind} {}", text.len()).unwrap();
                requests.write_all(text.as_bytes()).unwrap();
            }
        });
        texts.iter().map(|_| answer(&mut answers)).collect()
    });
    assert!(child.wait().unwrap().success());
    readings
}

fn answer(answers: &mut impl BufRead) -> Reading {
    let mut reading = Reading::default();
    loop {
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        let (kind, length) = line.trim_end().split_once(' ').unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        answers.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        match kind {
            "value" => reading.values.push(body),
            "error" => reading.error = Some(body),
            _ => return reading,
        }
        if reading.error.is_some() {
            return reading;
        }
    }
}

/// How we read a text.
fn ours(how: As, text: &str) -> Reading {
    let tree = match Tree::parse(text) {
        Ok(tree) => tree,
        Err(error) => return Reading { values: Vec::new(), error: Some(error.to_string()) },
    };
    if let (As::Stream, Err(error)) = (how, tree.separators()) {
        return Reading { values: Vec::new(), error: Some(error.to_string()) };
    }
    let mut reading = Reading::default();
    if tree.roots().len() == 0 && matches!(how, As::Chunk) {
        reading.values.push("null".to_owned());
    }
    for root in tree.roots() {
        match root.value() {
            Ok(Value::Null) if matches!(how, As::Stream) => {}
            Ok(value) => reading.values.push(spelled(&value)),
            Err(error) => {
                reading.error = Some(error.to_string());
                break;
            }
        }
    }
    reading
}

/// As the referee spells values: equal ones alike.
fn spelled(value: &Value) -> String {
    let mut out = String::new();
    spell(&mut out, value);
    out
}

fn spell(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => write!(out, "{value}").unwrap(),
        Value::Number(number) => {
            // Kubernetes has whole numbers of 64 bits with a sign, and floats for all others.
            let float = number.as_f64().unwrap();
            let whole = number.as_i64().or_else(|| {
                let fits =
                    (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float);
                (fits && float.fract() == 0.0).then_some(float as i64)
            });
            match whole {
                Some(whole) => write!(out, "{whole}").unwrap(),
                None => write!(out, "f{:016x}", float.to_bits()).unwrap(),
            }
        }
        Value::String(text) => write!(out, "{}:{text}", text.len()).unwrap(),
        Value::Array(items) => {
            out.push('[');
            for item in items {
                spell(out, item);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_bytes());
            out.push('{');
            for (key, value) in entries {
                write!(out, "{}:{key}=", key.len()).unwrap();
                spell(out, value);
                out.push(',');
            }
            out.push('}');
        }
    }
}

/// A deviation that is meant.
struct Meant {
    reason: &'static str,
    holds: fn(&str, &Reading, &Reading) -> bool,
}

/// Every deviation from Kubernetes that is meant; any other fails the test.
static MEANT: &[Meant] = &[
    Meant {
        reason: "Kubernetes reads the first document of a text and never looks at the rest, which \
                 is no YAML: we refuse it as libyaml does",
        holds: |text, ours, theirs| {
            let broken = libyaml::parse(text).is_err() || text.starts_with(['[', '{']);
            broken && ours.error.is_some() && theirs.error.is_none()
        },
    },
    Meant {
        reason: "kubectl's splitting hides a part of the text from Kubernetes: we refuse it",
        holds: |_, ours, _| ours.error.as_ref().is_some_and(|error| error.starts_with("kubectl ")),
    },
    Meant {
        reason: "a BOM at the start of a further line means nothing to libyaml, and is content to \
                 its Go port",
        holds: |text, _, _| text.char_indices().any(|(at, char)| at > 0 && char == '\u{feff}'),
    },
    Meant {
        reason: "kubectl's line reader makes one line break of `\\r\\r\\n`",
        holds: |text, _, _| text.contains("\r\r\n"),
    },
    Meant {
        reason: "what begins with `{` is JSON first: kubectl knows no comments, tags and further \
                 documents behind it, and no line breaks but those of JSON",
        holds: |text, _, theirs| {
            let json = |error: &String| error.starts_with("json: ");
            let breaks = ['\u{85}', '\u{2028}', '\u{2029}'];
            let text = text.trim_start();
            text.starts_with('{')
                && (theirs.error.as_ref().is_some_and(json) || text.contains(breaks))
        },
    },
    Meant {
        reason: "Kubernetes forgives a key that is null, or that is no scalar, if the same key \
                 further down replaces the value that holds it",
        holds: |_, ours, theirs| {
            let key = |error: &String| error.ends_with("cannot be a key");
            ours.error.as_ref().is_some_and(key) && theirs.error.is_none()
        },
    },
];

/// Fails where the two readings differ and are not meant to.
fn judge(name: &str, how: As, texts: &[(String, &str)]) {
    let Some(program) = referee() else { return };
    let plain: Vec<&str> = texts.iter().map(|(_, text)| *text).collect();
    let theirs = theirs(program, how, &plain);
    let mut met = vec![0; MEANT.len()];
    let mut documents = 0;
    let mut refused = 0;
    let mut found = Vec::new();
    for ((origin, text), theirs) in texts.iter().zip(&theirs) {
        let ours = ours(how, text);
        documents += theirs.values.len();
        refused += usize::from(theirs.error.is_some());
        let both = ours.values.len().min(theirs.values.len());
        let alike = ours.values[..both] == theirs.values[..both];
        // A text that both refuse may have been read up to different places.
        let same = match (&ours.error, &theirs.error) {
            (Some(_), Some(_)) => alike,
            (None, None) => alike && ours.values.len() == theirs.values.len(),
            _ => false,
        };
        if same {
            continue;
        }
        match MEANT.iter().position(|meant| (meant.holds)(text, &ours, theirs)) {
            Some(index) => met[index] += 1,
            None => found.push(deviation(origin, &ours, theirs)),
        }
    }
    eprintln!("{name}: {} texts, {documents} documents, {refused} refused", texts.len());
    for (meant, met) in MEANT.iter().zip(met) {
        eprintln!("  meant, {met} times: {}", meant.reason);
    }
    for deviation in
        found.iter().take(if env::var_os("SEAWORTHY_ALL").is_some() { usize::MAX } else { 20 })
    {
        eprintln!("  {deviation}");
    }
    assert!(found.is_empty(), "{name}: {} texts read otherwise than by Kubernetes", found.len());
}

fn deviation(origin: &str, ours: &Reading, theirs: &Reading) -> String {
    let differs = ours.values.iter().zip(&theirs.values).position(|(ours, theirs)| ours != theirs);
    if let Some(index) = differs {
        let (our, their) = (&ours.values[index], &theirs.values[index]);
        let alike = our.bytes().zip(their.bytes()).take_while(|(our, their)| our == their).count();
        let near = |text: &str| {
            let bytes = &text.as_bytes()[alike.saturating_sub(40)..text.len().min(alike + 60)];
            String::from_utf8_lossy(bytes).into_owned()
        };
        return format!("{origin}: document {index}: we {:?}, they {:?}", near(our), near(their));
    }
    let told = |reading: &Reading| match &reading.error {
        Some(error) => format!("refuse after {}: {error}", reading.values.len()),
        None if reading.values.len() == 1 && reading.values[0].len() < 60 => {
            format!("read {:?}", reading.values[0])
        }
        None => format!("read {} documents", reading.values.len()),
    };
    format!("{origin}: we {}; they {}", told(ours), told(theirs))
}

#[test]
fn documents_read_as_kubernetes_reads_them() {
    let Some(files) = corpus::all("the corpus before the referee") else { return };
    let manifest = |file: &&File| {
        let extension = file.path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("yaml" | "yml" | "json"))
    };
    let texts: Vec<(String, &str)> = files
        .iter()
        .filter(manifest)
        .map(|file| (file.path.display().to_string(), file.text.as_str()))
        .collect();
    judge("documents", As::Stream, &texts);
}

#[test]
fn broken_documents_read_as_kubernetes_reads_them() {
    let Some(files) = corpus::all("mutations before the referee") else { return };
    let broken: Vec<String> = (0..mutation::count())
        .map(|seed| mutation::mutate(&mut Dice::new(seed as u64), &files))
        .collect();
    let texts: Vec<(String, &str)> = broken
        .iter()
        .enumerate()
        .map(|(seed, text)| (format!("mutation {seed}"), text.as_str()))
        .collect();
    judge("broken documents", As::Stream, &texts);
}

#[test]
fn scalars_and_keys_read_as_kubernetes_reads_them() {
    let scalars = scalars();
    let values: Vec<String> = scalars.iter().map(|scalar| format!("v: {scalar}\n")).collect();
    let keys: Vec<String> = scalars.iter().map(|scalar| format!("{scalar}: v\n")).collect();
    let chunks: Vec<(String, &str)> =
        values.iter().chain(&keys).map(|text| (format!("{text:?}"), text.as_str())).collect();
    judge("scalars and keys", As::Chunk, &chunks);
}
