//! Which objects a patch is for.
//!
//! Source: `types.Selector` and `resmap.Select` of `sigs.k8s.io/kustomize/api`.

use std::sync::OnceLock;

use regex::Regex;

use crate::{
    manifest::{Object, object, source::text},
    yaml::{Node, Value},
};

/// What an object is called, and was called before.
pub(super) struct Identity {
    group: String,
    version: String,
    kind: String,
    /// Each with its namespace.
    names: Vec<(Option<String>, String)>,
}

/// Fields that are left out let everything pass.
#[derive(Default)]
pub(super) struct Target {
    group: Option<Pattern>,
    version: Option<Pattern>,
    kind: Option<Pattern>,
    namespace: Option<Pattern>,
    name: Option<Pattern>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

enum Pattern {
    /// In any namespace, if one of the two names none: kustomize takes it for `default`, and what
    /// is applied later is told the namespace there.
    Exactly(String),
    /// A regular expression for the whole, compiled once it is asked.
    Like(String, OnceLock<Option<Regex>>),
}

/// `key=value`, `key!=value`, `key`, `!key`, `key in (…)`, `key notin (…)`
struct Requirement {
    key: String,
    /// None for any.
    values: Option<Vec<String>>,
    negated: bool,
}

impl Identity {
    pub(super) fn of(object: Object<'_>) -> Identity {
        let api_version = object.api_version();
        Identity {
            group: object.group().into(),
            version: api_version.rsplit('/').next().unwrap_or_default().to_owned(),
            kind: object.kind().into(),
            names: vec![(object.namespace().map(Into::into), object.name().into())],
        }
    }

    /// Remembers what a kustomization calls it.
    pub(super) fn becomes(&mut self, namespace: Option<&str>, prefix: &str, suffix: &str) {
        let Some((its, name)) = self.names.last() else { return };
        let namespace = namespace.map(str::to_owned).or_else(|| its.clone());
        let name = format!("{prefix}{name}{suffix}");
        self.names.push((namespace, name));
    }
}

impl Target {
    /// The `target` of a patch.
    pub(super) fn select(target: Node<'_>) -> Target {
        let pattern = |key: &str| text(target, key).map(|text| Pattern::like(&text));
        let requirements = |key: &str| {
            let text = text(target, key).unwrap_or_default();
            parts(&text).map(|part| Requirement::read(part.trim())).collect()
        };
        Target {
            group: pattern("group"),
            version: pattern("version"),
            kind: pattern("kind"),
            namespace: pattern("namespace"),
            name: pattern("name"),
            labels: requirements("labelSelector"),
            annotations: requirements("annotationSelector"),
        }
    }

    /// The object of the name that a patch bears itself.
    pub(super) fn of_patch(patch: &Value) -> Target {
        let word = |path: &str| patch.pointer(path).and_then(Value::as_str);
        let exactly = |text: &str| Pattern::Exactly(text.to_owned());
        let api_version = word("/apiVersion").unwrap_or_default();
        Target {
            group: Some(exactly(object::group(api_version))),
            version: api_version.rsplit('/').next().map(exactly),
            kind: Some(exactly(word("/kind").unwrap_or_default())),
            namespace: word("/metadata/namespace").map(exactly),
            name: Some(exactly(word("/metadata/name").unwrap_or_default())),
            labels: Vec::new(),
            annotations: Vec::new(),
        }
    }

    pub(super) fn matches(&self, identity: &Identity, value: &Value) -> bool {
        let fits = |pattern: &Option<Pattern>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| pattern.matches(text))
        };
        let named = identity.names.iter().any(|(namespace, name)| {
            fits(&self.name, name)
                && namespace.as_deref().is_none_or(|it| fits(&self.namespace, it))
        });
        let meets = |requirements: &[Requirement], field: &str| {
            let words = value.get("metadata").and_then(|metadata| metadata.get(field));
            requirements.iter().all(|requirement| requirement.is_met(words))
        };
        named
            && fits(&self.group, &identity.group)
            && fits(&self.version, &identity.version)
            && fits(&self.kind, &identity.kind)
            && meets(&self.labels, "labels")
            && meets(&self.annotations, "annotations")
    }
}

impl Pattern {
    /// Most are just names.
    fn like(text: &str) -> Pattern {
        match text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            true => Pattern::Exactly(text.to_owned()),
            false => Pattern::Like(text.to_owned(), OnceLock::new()),
        }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Exactly(its) => its == text,
            // With what is no pattern, kustomize builds nothing.
            Pattern::Like(pattern, regex) => {
                let compile = || Regex::new(&format!("^(?:{pattern})$")).ok();
                regex.get_or_init(compile).as_ref().is_some_and(|regex| regex.is_match(text))
            }
        }
    }
}

impl Requirement {
    fn read(text: &str) -> Requirement {
        let one = |key: &str, value: &str, negated| Requirement {
            key: key.trim().to_owned(),
            values: Some(vec![value.trim().to_owned()]),
            negated,
        };
        if let Some((key, value)) = text.split_once("!=") {
            return one(key, value, true);
        }
        if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
            return one(key, value, false);
        }
        let set = text.strip_suffix(')').and_then(|text| text.split_once('('));
        if let Some((head, values)) = set {
            let values = values.split(',').map(|value| value.trim().to_owned()).collect();
            let mut words = head.split_whitespace();
            let key = words.next().unwrap_or_default().to_owned();
            return Requirement {
                key,
                values: Some(values),
                negated: words.next() == Some("notin"),
            };
        }
        let key = text.strip_prefix('!');
        Requirement {
            key: key.unwrap_or(text).trim().to_owned(),
            values: None,
            negated: key.is_some(),
        }
    }

    fn is_met(&self, words: Option<&Value>) -> bool {
        let value = words.and_then(|words| words.get(&self.key)).and_then(Value::as_str);
        let holds = value.is_some_and(|value| {
            self.values.as_ref().is_none_or(|values| values.iter().any(|its| its == value))
        });
        holds != self.negated
    }
}

/// The parts between the commas that no parentheses enclose.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    let split = text.split(move |letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        letter == ',' && depth == 0
    });
    split.filter(|part| !part.trim().is_empty())
}
