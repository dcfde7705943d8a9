//! A document as Kubernetes decodes it: a JSON value.
//!
//! In: a [`Node`]. Out: its [`Value`], aliases and merge keys resolved.
//! Source: `decode.go` of go-yaml v2.4 (aliases, merges in document order, the last of several
//! equal keys) and `convertToJSONableObject` of `sigs.k8s.io/yaml` (keys).

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use serde_json::{Map, Number, Value};

use super::{
    Error, KEY, Kind, Node, PROPERTIES, Tree, WORD, parse::MAX_DEPTH, resolve, resolve::Scalar, tag,
};

/// How many values aliases may add to a document before it is refused.
const MAX_ALIASED: u64 = 2_000_000;

/// What it takes to know what a node says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// What stands there is what is meant.
    Plain,
    /// There are aliases or merge keys.
    Shared,
}

pub(super) fn reading(tree: &Tree<'_>, document: usize) -> Result<Reading, Error> {
    let first = document.checked_sub(1).map_or(0, |before| tree.documents[before].nodes);
    for id in first..tree.documents[document].nodes {
        let data = &tree.nodes[id as usize];
        // Most nodes say all that counts by how they begin.
        if data.flags & (WORD | PROPERTIES) == WORD {
            continue;
        }
        let node = Node { tree, id };
        match data.kind {
            Kind::Alias => return Ok(Reading::Shared),
            _ if data.flags & KEY != 0 => {
                if node.is_merge() {
                    return Ok(Reading::Shared);
                }
                node.key()?;
            }
            Kind::BlockMap | Kind::FlowMap | Kind::BlockList | Kind::FlowList => {}
            // Tags that their text belies, and infinities: no other scalar fails.
            _ if node.tag().is_some() || node.raw().starts_with(['.', '+', '-']) => {
                node.value()?;
            }
            _ => {}
        }
    }
    Ok(Reading::Plain)
}

pub(super) fn value(node: Node<'_>) -> Result<Value, Error> {
    let mut reader =
        Reader { anchors: None, aliases: Vec::new(), decoded: 0, aliased: 0, depth: 0 };
    reader.value(node)
}

pub(super) fn says(node: Node<'_>, expected: &Value) -> bool {
    is_written(node, expected) || value(node).is_ok_and(|value| value == *expected)
}

/// Whether a value stands there as it is: without aliases, merges, and keys that stand there twice.
fn is_written(node: Node<'_>, expected: &Value) -> bool {
    match (node.kind(), expected) {
        (Kind::BlockList | Kind::FlowList, Value::Array(expected)) => {
            let mut items = node.items();
            expected.iter().all(|expected| items.next().is_some_and(|it| is_written(it, expected)))
                && items.next().is_none()
        }
        (Kind::BlockMap | Kind::FlowMap, Value::Object(map)) => {
            let mut keys = map.keys();
            let in_order =
                node.entries().all(|(its, _)| keys.next().is_some_and(|key| its.is_key(key)));
            match in_order && keys.next().is_none() {
                true => {
                    let mut pairs = node.entries().zip(map.values());
                    pairs.all(|((_, value), expected)| is_written(value, expected))
                }
                false => is_written_in_another_order(node, map),
            }
        }
        (kind, expected) if kind.is_scalar() => match (resolve::scalar(node), expected) {
            (Ok(Scalar::String(text)), Value::String(expected)) => text == *expected,
            (Ok(Scalar::Bool(value)), Value::Bool(expected)) => value == *expected,
            (Ok(Scalar::Null), Value::Null) => true,
            (Ok(scalar), Value::Number(_)) => json(scalar, node).is_ok_and(|it| it == *expected),
            _ => false,
        },
        _ => false,
    }
}

fn is_written_in_another_order(node: Node<'_>, map: &Map<String, Value>) -> bool {
    let mut seen = HashSet::with_capacity(map.len());
    let all = node.entries().all(|(its, value)| {
        let key = (its.kind() != Kind::Alias && !its.is_merge()).then(|| key(its).ok()).flatten();
        let expected = key.as_ref().and_then(|key| map.get(&**key));
        expected.is_some_and(|expected| is_written(value, expected))
            && key.is_some_and(|key| seen.insert(key))
    });
    all && seen.len() == map.len()
}

pub(super) fn key(node: Node<'_>) -> Result<Cow<'_, str>, Error> {
    if node.is_word() {
        return Ok(node.text());
    }
    let refused = |what| Err(Error::new(node.span().start, format!("{what} cannot be a key")));
    if node.kind().is_map() {
        return refused("a map");
    }
    if node.kind().is_list() {
        return refused("a list");
    }
    if node.kind() == Kind::Alias {
        return refused("an alias");
    }
    match resolve::scalar(node)? {
        Scalar::String(text) => Ok(text),
        Scalar::Null => refused("null"),
        Scalar::Uint(_) => refused("a number of more than 63 bits"),
        Scalar::Bool(true) => Ok(Cow::Borrowed("true")),
        Scalar::Bool(false) => Ok(Cow::Borrowed("false")),
        Scalar::Int(value) => Ok(Cow::Owned(value.to_string())),
        Scalar::Float(value) => Ok(Cow::Owned(float_key(value))),
    }
}

/// Go's `FormatFloat(value, 'g', -1, 32)`, with the names that YAML has for infinities.
fn float_key(value: f64) -> String {
    let single = value as f32;
    if single.is_nan() {
        return ".nan".to_owned();
    }
    if single.is_infinite() {
        return if single > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let shortest = format!("{single:e}");
    let digits = shortest.bytes().take_while(|&byte| byte != b'e').filter(u8::is_ascii_digit);
    // Of two shortest forms that are equally near, Go takes the even one.
    let scientific = format!("{single:.*e}", digits.count() - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // `%g` with the shortest digits turns to exponents below -4 and from 6 on.
    if (-4..6).contains(&exponent) {
        return scientific.parse::<f64>().unwrap_or(value).to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[inline]
pub(super) fn is_merge(key: Node<'_>) -> bool {
    // Most keys have another length, unless they are written in a way of their own.
    key.span().len() >= 2 && (key.tag().is_some() || key.raw() == "<<") && is_tagged_merge(key)
}

fn is_tagged_merge(key: Node<'_>) -> bool {
    match key.tag_name() {
        None => key.kind() == Kind::Plain && key.raw() == "<<",
        Some(tag) => {
            let merges = tag == "!" || tag.strip_prefix(tag::YAML) == Some("merge");
            merges && key.kind().is_scalar() && key.text() == "<<"
        }
    }
}

struct Reader<'t> {
    /// Every anchor of the document with its nodes, in order; read at the first alias.
    anchors: Option<HashMap<&'t str, Vec<Node<'t>>>>,
    /// The aliases that are being followed.
    aliases: Vec<Node<'t>>,
    decoded: u64,
    aliased: u64,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn value(&mut self, node: Node<'t>) -> Result<Value, Error> {
        self.count(node)?;
        match node.kind() {
            Kind::Alias => self.alias(node, Reader::value),
            Kind::BlockList | Kind::FlowList => {
                self.deeper(node)?;
                let items = node.items().map(|item| self.value(item)).collect::<Result<_, _>>()?;
                self.depth -= 1;
                Ok(Value::Array(items))
            }
            Kind::BlockMap | Kind::FlowMap => {
                let mut map = Map::new();
                self.map(node, &mut map)?;
                Ok(Value::Object(map))
            }
            _ => json(resolve::scalar(node)?, node),
        }
    }

    fn map(&mut self, node: Node<'t>, into: &mut Map<String, Value>) -> Result<(), Error> {
        self.deeper(node)?;
        for (its, value) in node.entries() {
            if its.is_merge() {
                self.merge(value, into)?;
                continue;
            }
            self.count(its)?;
            let key = match its.kind() {
                Kind::Alias => self.alias(its, |_, node| key(node))?,
                _ => key(its)?,
            };
            let value = self.value(value)?;
            into.insert(key.into_owned(), value);
        }
        self.depth -= 1;
        Ok(())
    }

    /// Takes over the entries of one map or of a list of them, of which the first one wins.
    fn merge(&mut self, node: Node<'t>, into: &mut Map<String, Value>) -> Result<(), Error> {
        if !node.kind().is_list() {
            return self.merge_one(node, into);
        }
        let items: Vec<Node<'t>> = node.items().collect();
        items.into_iter().rev().try_for_each(|item| self.merge_one(item, into))
    }

    fn merge_one(&mut self, node: Node<'t>, into: &mut Map<String, Value>) -> Result<(), Error> {
        self.count(node)?;
        match node.kind() {
            Kind::BlockMap | Kind::FlowMap => self.map(node, into),
            Kind::Alias => self.alias(node, |reader, target| match target.kind().is_map() {
                true => {
                    reader.count(target)?;
                    reader.map(target, into)
                }
                false => Err(Error::new(node.span().start, NO_MAP)),
            }),
            _ => Err(Error::new(node.span().start, NO_MAP)),
        }
    }

    fn alias<T>(
        &mut self,
        alias: Node<'t>,
        read: impl FnOnce(&mut Reader<'t>, Node<'t>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let anchors = self.anchors.get_or_insert_with(|| anchors(alias));
        let name = &alias.raw()[1..];
        let defined = anchors.get(name).map(Vec::as_slice).unwrap_or_default();
        // An anchor may be given again; what counts is the last one before the alias.
        let target = defined
            .iter()
            .rev()
            .find(|node| node.anchor().is_some_and(|anchor| anchor.start < alias.span().start));
        let Some(&target) = target else {
            let message = format!("no anchor `&{name}` stands before this alias");
            return Err(Error::new(alias.span().start, message));
        };
        if self.aliases.iter().any(|followed| followed.id == alias.id) {
            let message = format!("what `&{name}` names contains itself");
            return Err(Error::new(alias.span().start, message));
        }
        self.deeper(alias)?;
        self.aliases.push(alias);
        let value = read(self, target)?;
        self.aliases.pop();
        self.depth -= 1;
        Ok(value)
    }

    fn deeper(&mut self, node: Node<'t>) -> Result<(), Error> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => Err(Error::new(node.span().start, "nested too deep")),
            false => Ok(()),
        }
    }

    /// go-yaml's guard against documents that aliases blow up, and a bound on memory.
    fn count(&mut self, node: Node<'t>) -> Result<(), Error> {
        self.decoded += 1;
        if self.aliases.is_empty() {
            return Ok(());
        }
        self.aliased += 1;
        let decoded = self.decoded as f64;
        let allowed = match self.decoded {
            ..=400_000 => 0.99,
            4_000_000.. => 0.10,
            _ => 0.99 - 0.89 * (decoded - 400_000.0) / 3_600_000.0,
        };
        let share = self.aliased as f64 / decoded;
        let excessive = self.aliased > 100 && self.decoded > 1000 && share > allowed;
        match excessive || self.aliased > MAX_ALIASED {
            true => Err(Error::new(node.span().start, "aliases blow this document up")),
            false => Ok(()),
        }
    }
}

const NO_MAP: &str = "a merge (`<<`) takes a map, or a list of maps";

fn anchors<'t>(alias: Node<'t>) -> HashMap<&'t str, Vec<Node<'t>>> {
    let tree = alias.tree;
    let document = alias.document();
    let nodes = tree.properties.iter().filter(|properties| properties.anchor.is_some());
    let mut anchors: HashMap<&str, Vec<Node<'_>>> = HashMap::new();
    for properties in nodes {
        let node = Node { tree, id: properties.node };
        if node.document() == document {
            let span = node.anchor().expect("it was filtered for one");
            anchors.entry(&tree.text[span.start + 1..span.end]).or_default().push(node);
        }
    }
    for nodes in anchors.values_mut() {
        nodes.sort_by_key(|node| node.anchor().map(|anchor| anchor.start));
    }
    anchors
}

fn json(scalar: Scalar<'_>, node: Node<'_>) -> Result<Value, Error> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Int(value) => Value::Number(value.into()),
        Scalar::Uint(value) => Value::Number(value.into()),
        Scalar::Float(value) => match float_number(value) {
            Some(number) => Value::Number(number),
            None => {
                let message = format!("`{}` has no form in JSON", node.text());
                return Err(Error::new(node.span().start, message));
            }
        },
        Scalar::String(text) => Value::String(text.into_owned()),
    })
}

/// The number that Kubernetes reads from Go's JSON for a float: whole ones have no fraction there,
/// and read as integers where 64 bits can hold them.
pub(super) fn float_number(value: f64) -> Option<Number> {
    if value.fract() == 0.0 && value.abs() < 1e21 {
        // Both languages print the shortest digits that read back, filled up with zeros.
        if let Ok(whole) = format!("{value}").parse::<i64>() {
            return Some(whole.into());
        }
    }
    Number::from_f64(value)
}
