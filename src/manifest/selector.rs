//! Selectors of labels.
//!
//! In: the node of a `LabelSelector`. Out: a [`Selector`], or the [`Flaw`]s for which the API server
//! refuses it.
//!
//! Source: `ValidateLabelSelector` of `k8s.io/apimachinery/pkg/apis/meta/v1/validation`.

use std::collections::{BTreeMap, BTreeSet};

use super::source::text;
use crate::yaml::{Kind, Node};

/// The labels of an object.
pub type Labels = BTreeMap<String, String>;

/// What is wrong with a node, so that the API server refuses it.
#[derive(Clone, Debug)]
pub struct Flaw<'t> {
    /// The node, or the one that lacks something.
    pub node: Node<'t>,
    /// A fragment in lower case.
    pub message: String,
}

/// What labels have to be; without any requirement all labels will do. Equal lists of requirements
/// are equal values, however they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector(BTreeSet<Requirement>);

/// What one label has to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    /// The key of the label.
    pub key: String,
    /// What is asked of its value.
    pub test: Test,
}

/// What is asked of the value of a label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Test {
    /// There is one, and it is among these.
    In(BTreeSet<String>),
    /// There is none, or it is not among these.
    NotIn(BTreeSet<String>),
    /// There is one.
    Exists,
    /// There is none.
    DoesNotExist,
}

impl Selector {
    /// Reads a selector, `matchLabels` and `matchExpressions`.
    ///
    /// Errors: what the API server refuses of it.
    pub fn read(node: Node<'_>) -> Result<Selector, Vec<Flaw<'_>>> {
        let mut requirements = BTreeSet::new();
        let mut flaws = Vec::new();
        if !node.kind().is_map() {
            return Err(vec![Flaw::new(node, "it is no map")]);
        }
        let labels = node.get("matchLabels").filter(|labels| !labels.is_null());
        if let Some(labels) = labels.filter(|labels| !labels.kind().is_map()) {
            flaws.push(Flaw::new(labels, "it is no map"));
        }
        for (key, value) in labels.into_iter().flat_map(Node::entries) {
            let name = key.key().unwrap_or_default().into_owned();
            let wanted = value_of(value, &mut flaws);
            check_key(value, &name, &mut flaws);
            requirements
                .insert(Requirement { key: name, test: Test::In(wanted.into_iter().collect()) });
        }
        let terms = node.get("matchExpressions").filter(|terms| !terms.is_null());
        if let Some(terms) = terms.filter(|terms| !terms.kind().is_list()) {
            flaws.push(Flaw::new(terms, "it is no list"));
        }
        let terms = terms.into_iter().flat_map(Node::items);
        requirements.extend(terms.filter_map(|term| Requirement::read(term, &mut flaws)));
        if flaws.is_empty() { Ok(Selector(requirements)) } else { Err(flaws) }
    }

    /// Whether all labels will do.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// What it asks for.
    pub fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.0.iter()
    }

    /// Whether labels are what it asks for.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| requirement.holds(labels))
    }
}

impl Requirement {
    fn read<'t>(term: Node<'t>, flaws: &mut Vec<Flaw<'t>>) -> Option<Requirement> {
        let key = text(term, "key").unwrap_or_default().into_owned();
        check_key(term.get("key").unwrap_or(term), &key, flaws);
        let listed = term.get("values").filter(|values| !values.is_null());
        if let Some(values) = listed.filter(|values| !values.kind().is_list()) {
            flaws.push(Flaw::new(values, "it is no list"));
        }
        let values = listed.into_iter().flat_map(Node::items);
        let values: BTreeSet<String> = values.filter_map(|value| value_of(value, flaws)).collect();
        let operator = text(term, "operator").unwrap_or_default();
        let at = |key| term.get(key).unwrap_or(term);
        let test = match &*operator {
            "In" => Test::In(values),
            "NotIn" => Test::NotIn(values),
            "Exists" if values.is_empty() => Test::Exists,
            "DoesNotExist" if values.is_empty() => Test::DoesNotExist,
            "Exists" | "DoesNotExist" => {
                let message = format!("operator `{operator}` takes no values");
                flaws.push(Flaw::new(at("values"), message));
                return None;
            }
            _ => {
                let message = "the operator is none of `In`, `NotIn`, `Exists` and `DoesNotExist`";
                flaws.push(Flaw::new(at("operator"), message));
                return None;
            }
        };
        if let Test::In(values) | Test::NotIn(values) = &test
            && values.is_empty()
        {
            let message = format!("operator `{operator}` has no values to compare with");
            flaws.push(Flaw::new(at("values"), message));
        }
        Some(Requirement { key, test })
    }

    /// Whether a label is what it asks for.
    fn holds(&self, labels: &Labels) -> bool {
        let label = labels.get(&self.key);
        match &self.test {
            Test::In(values) => label.is_some_and(|label| values.contains(label)),
            Test::NotIn(values) => label.is_none_or(|label| !values.contains(label)),
            Test::Exists => label.is_some(),
            Test::DoesNotExist => label.is_none(),
        }
    }
}

impl<'t> Flaw<'t> {
    /// `message` is a fragment in lower case.
    pub fn new(node: Node<'t>, message: impl Into<String>) -> Flaw<'t> {
        Flaw { node, message: message.into() }
    }
}

/// The labels in a map, whatever the API server would say of them.
pub(super) fn labels(map: Option<Node<'_>>) -> Labels {
    let entries = map.into_iter().flat_map(Node::entries);
    entries.filter_map(|(key, value)| Some((key.key().ok()?.into_owned(), said(value)?))).collect()
}

/// The string that a scalar is to Kubernetes, where it expects one; null is the empty one.
fn said(value: Node<'_>) -> Option<String> {
    match value.kind() {
        _ if value.is_null() => Some(String::new()),
        Kind::Alias => None,
        kind => kind.is_scalar().then(|| value.text().into_owned()),
    }
}

fn value_of<'t>(value: Node<'t>, flaws: &mut Vec<Flaw<'t>>) -> Option<String> {
    if !value.is_null() && value.as_str().is_none() {
        flaws.push(Flaw::new(value, "the value of a label is a string: put it in quotes"));
        return None;
    }
    let text = said(value)?;
    let is_value = text.is_empty() || is_word(&text);
    if !is_value {
        flaws.push(Flaw::new(value, format!("`{text}` can be no label's value: {WORD}")));
    }
    is_value.then_some(text)
}

const WORD: &str = "those are at most 63 letters, digits, `-`, `_` and `.`, and begin and end with a \
                    letter or digit";

fn check_key<'t>(node: Node<'t>, key: &str, flaws: &mut Vec<Flaw<'t>>) {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if !is_word(name) {
        flaws.push(Flaw::new(node, format!("`{key}` can be no label's key: {WORD}")));
    } else if prefix.is_some_and(|prefix| !is_subdomain(prefix)) {
        let message = format!("`{key}` can be no label's key: before the `/` stands a DNS name");
        flaws.push(Flaw::new(node, message));
    }
}

/// Source: `IsQualifiedName` of `k8s.io/apimachinery/pkg/util/validation`.
fn is_word(text: &str) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    bytes.len() <= 63 && is_end(bytes.first()) && is_end(bytes.last()) && bytes.iter().all(is_inner)
}

/// Source: `IsDNS1123Subdomain` of `k8s.io/apimachinery/pkg/util/validation`.
fn is_subdomain(text: &str) -> bool {
    let is_end = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let is_inner = |byte: &u8| *byte == b'-' || is_end(Some(byte));
        is_end(bytes.first()) && is_end(bytes.last()) && bytes.iter().all(is_inner)
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::{Labels, Selector};
    use crate::yaml::Tree;

    /// Whether a selector takes labels; or what is wrong with it.
    fn takes(selector: &str, labels: &[(&str, &str)]) -> Result<bool, String> {
        let tree = Tree::parse(selector).expect("it is YAML");
        let root = tree.root(0).expect("there is a document");
        let labels: Labels =
            labels.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        let selector = Selector::read(root);
        selector.map(|selector| selector.matches(&labels)).map_err(|flaws| {
            let told = flaws.iter().map(|flaw| format!("{}: {}", flaw.node.raw(), flaw.message));
            told.collect::<Vec<_>>().join("; ")
        })
    }

    #[test]
    fn a_label_that_is_not_there_is_not_among_any_values() {
        let not_web = "matchExpressions: [{key: app, operator: NotIn, values: [web]}]";
        assert_eq!(takes(not_web, &[]), Ok(true));
        assert_eq!(takes(not_web, &[("app", "db")]), Ok(true));
        assert_eq!(takes(not_web, &[("app", "web")]), Ok(false));
        assert_eq!(takes("{}", &[]), Ok(true));
        assert_eq!(takes("matchLabels: {app: }", &[("app", "")]), Ok(true));
        assert_eq!(takes("matchLabels: {app: }", &[]), Ok(false));
    }

    #[test]
    fn everything_that_is_asked_for_has_to_hold() {
        let both =
            "{matchLabels: {app: web}, matchExpressions: [{key: old, operator: DoesNotExist}]}";
        assert_eq!(takes(both, &[("app", "web")]), Ok(true));
        assert_eq!(takes(both, &[("app", "web"), ("old", "")]), Ok(false));
        let several = "matchExpressions: [{key: app, operator: In, values: [web, db]}]";
        assert_eq!(takes(several, &[("app", "db")]), Ok(true));
    }

    #[test]
    fn what_the_api_server_refuses_is_told() {
        for (selector, part) in [
            ("matchLabels: {app: $web}", "$web: `$web` can be no label's value"),
            ("matchLabels: {version: 1.0}", "put it in quotes"),
            ("matchLabels: {a/b/c: d}", "`a/b/c` can be no label's key"),
            ("matchLabels: {Example.com/app: d}", "before the `/` stands a DNS name"),
            ("matchLabels: [app]", "it is no map"),
            ("matchExpressions: [{key: app, operator: In}]", "has no values to compare with"),
            ("matchExpressions: [{key: app, operator: Exists, values: [a]}]", "takes no values"),
            ("matchExpressions: [{key: app, operator: in, values: [a]}]", "none of `In`"),
            ("matchExpressions: [{operator: Exists}]", "can be no label's key"),
        ] {
            let said = takes(selector, &[]);
            assert!(said.as_ref().is_err_and(|said| said.contains(part)), "{selector}: {said:?}");
        }
    }
}
