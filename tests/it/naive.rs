//! What libyaml's events mean to Kubernetes, worked out with none of our code: the judge of edits.
//!
//! Plain and slow on purpose; written from the table of go-yaml v2's `resolve`, not from ours.

use std::collections::HashMap;

use seaworthy::yaml::{Kind, Value};
use serde_json::{Map, json};

use crate::libyaml::{self, Stream};

/// The value of each document, or none where Kubernetes decodes none; nothing at all if libyaml
/// refuses the text.
pub fn values(text: &str) -> Option<Vec<Option<Value>>> {
    let stream = libyaml::parse(text).ok()?;
    let roots = stream.documents.iter();
    Some(roots.map(|&root| Reader::new(&stream).value(root, 0)).collect())
}

struct Reader<'s> {
    stream: &'s Stream,
    anchors: HashMap<&'s str, usize>,
    left: usize,
}

impl<'s> Reader<'s> {
    fn new(stream: &'s Stream) -> Reader<'s> {
        Reader { stream, anchors: HashMap::new(), left: 1_000_000 }
    }

    fn value(&mut self, id: usize, depth: usize) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        if depth > 500 {
            return None;
        }
        let node = self.stream.node(id);
        if let Some(anchor) = &node.anchor {
            self.anchors.insert(anchor, id);
        }
        match node.kind {
            Kind::Alias => {
                let target = *self.anchors.get(&*node.text)?;
                self.value(target, depth + 50)
            }
            Kind::BlockList | Kind::FlowList => {
                node.children.iter().map(|&id| self.value(id, depth + 1)).collect()
            }
            Kind::BlockMap | Kind::FlowMap => self.map(&node.children, depth),
            _ => scalar(&node.text, node.tag.as_deref(), node.kind),
        }
    }

    fn map(&mut self, children: &[usize], depth: usize) -> Option<Value> {
        let mut map = Map::new();
        for pair in children.chunks(2) {
            let key = self.stream.node(pair[0]);
            if key.kind == Kind::Plain && key.text == "<<" && key.tag.is_none() {
                match self.value(pair[1], depth + 1)? {
                    Value::Object(merged) => map.extend(merged),
                    Value::Array(all) => {
                        for merged in all.into_iter().rev() {
                            map.extend(merged.as_object()?.clone());
                        }
                    }
                    _ => return None,
                }
                continue;
            }
            let key = match self.value(pair[0], depth + 1)? {
                Value::String(key) => key,
                Value::Bool(key) => key.to_string(),
                Value::Number(key) if key.is_i64() => key.to_string(),
                // Numbers that are no short integers have a form of their own as keys.
                _ => return None,
            };
            let value = self.value(pair[1], depth + 1)?;
            map.insert(key, value);
        }
        Some(Value::Object(map))
    }
}

fn scalar(text: &str, tag: Option<&str>, kind: Kind) -> Option<Value> {
    let plain = matches!(kind, Kind::Plain | Kind::Empty);
    match tag.map(|tag| tag.trim_start_matches("tag:yaml.org,2002:")) {
        None if plain => resolve(text),
        None | Some("str" | "!" | "timestamp") => Some(json!(text)),
        Some("int" | "float" | "bool" | "null") => resolve(text),
        Some("binary") => None,
        Some(_) => Some(json!(text)),
    }
}

fn resolve(text: &str) -> Option<Value> {
    const TRUE: [&str; 11] =
        ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"];
    const FALSE: [&str; 11] =
        ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"];
    if TRUE.contains(&text) {
        return Some(json!(true));
    }
    if FALSE.contains(&text) {
        return Some(json!(false));
    }
    if ["", "~", "null", "Null", "NULL"].contains(&text) {
        return Some(Value::Null);
    }
    let unsigned = text.trim_start_matches(['+', '-']);
    if text.len() - unsigned.len() <= 1 && [".inf", ".Inf", ".INF"].contains(&unsigned) {
        return None;
    }
    if [".nan", ".NaN", ".NAN"].contains(&text) {
        return None;
    }
    let first = text.chars().next()?;
    if !first.is_ascii_digit() && !"+-.".contains(first) {
        return Some(json!(text));
    }
    let digits = if first == '.' { text.to_owned() } else { text.replace('_', "") };
    if first != '.'
        && let Some(number) = integer(&digits)
    {
        return Some(number);
    }
    let allowed = digits.chars().all(|char| char.is_ascii_digit() || "+-.eE".contains(char));
    match digits.parse::<f64>() {
        Ok(number) if allowed && number.is_finite() => {
            // Go prints whole floats without a fraction, and Kubernetes reads them as integers.
            match number.fract() == 0.0 && number.abs() < 1e18 {
                true => Some(json!(number as i64)),
                false => Some(json!(number)),
            }
        }
        _ => Some(json!(text)),
    }
}

fn integer(digits: &str) -> Option<Value> {
    let (sign, body) = match digits.strip_prefix('-') {
        Some(body) => ("-", body),
        None => ("", digits.strip_prefix('+').unwrap_or(digits)),
    };
    let lower = body.to_ascii_lowercase();
    let (radix, body) = if let Some(body) = lower.strip_prefix("0x") {
        (16, body)
    } else if let Some(body) = lower.strip_prefix("0b") {
        (2, body)
    } else if let Some(body) = lower.strip_prefix("0o") {
        (8, body)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, &*lower)
    };
    if !body.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    if let Ok(number) = i64::from_str_radix(&format!("{sign}{body}"), radix) {
        return Some(json!(number));
    }
    match sign.is_empty() && !digits.starts_with('+') {
        true => u64::from_str_radix(body, radix).ok().map(|number| json!(number)),
        false => None,
    }
}
