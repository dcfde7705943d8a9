//! The words of reports: wishes in short, levels and trusts by name, counts and lines that fit.

use std::borrow::Cow;

use anstyle::Style;

use super::paint;
use crate::{
    plan::{Bar, Errand, Hold},
    rules::{Level, Trust},
    yaml::{Beside, Pointer, Token, Value, Wish},
};

pub(super) fn level(level: Level) -> (&'static str, Style) {
    match level {
        Level::Error => ("error", paint::ERROR),
        Level::Warning => ("warning", paint::WARNING),
        Level::Note => ("note", paint::NOTE),
    }
}

pub(super) fn trust(trust: Trust) -> (&'static str, Style) {
    match trust {
        Trust::Safe => ("safe", paint::GOOD),
        Trust::Risky => ("risky", paint::CARE),
        Trust::Manual => ("manual", paint::HELD),
    }
}

/// What stands in the way of a fix, and where; empty if nothing but its trust does.
pub(super) fn obstacle(hold: &Hold) -> String {
    match hold {
        Hold::Manual | Hold::Untrusted => String::new(),
        Hold::Overlaid { by, why } => format!("under `{by}`, {}", why.trim_end_matches('.')),
        Hold::Untied { without } => format!("it goes only with {without}, which is not written"),
        Hold::Barred { file, bar } => {
            let would = format!("what it needs would go into `{file}`");
            match bar {
                Bar::Taken => format!("{would}, which is there and is not worked on"),
                Bar::Unnamed(by) => {
                    format!("{would}, which `{by}` would have to name, and that is not worked on")
                }
                Bar::Nameless => format!("{would}, named after a file whose name is no text"),
            }
        }
        Hold::Refused { position, refusal } => format!("{} ({position})", refusal.message),
    }
}

/// What a wish asks for, in one line: `securityContext.runAsNonRoot: true`.
pub(super) fn wish(wish: &Wish) -> String {
    let at = path(wish.at());
    match wish {
        Wish::Set { value, .. } => format!("{at}: {}", short(value)),
        Wish::Include { value, .. } => format!("{at}: include {}", short(value)),
        Wish::Insert { value, .. } => format!("{at}: insert {}", short(value)),
        Wish::Remove { .. } => format!("{at}: remove"),
    }
}

/// What is written that was missing: `new ServiceAccount shop/web`.
pub(super) fn missing(object: &Value) -> String {
    let word = |at: &str| object.pointer(at).and_then(Value::as_str);
    let (kind, name) =
        (word("/kind").unwrap_or_default(), word("/metadata/name").unwrap_or_default());
    match word("/metadata/namespace") {
        Some(namespace) => format!("new {kind} {namespace}/{name}"),
        None => format!("new {kind} {name}"),
    }
}

/// What others want of a file, as wishes and missing objects are told.
pub(super) fn errand(errand: &Errand) -> Vec<String> {
    let wishes = errand.group.wishes.iter().map(wish);
    let beside = errand.group.beside.iter().map(|beside| match beside {
        Beside::Before(object) | Beside::Behind(object) => missing(object),
    });
    wishes.chain(beside).collect()
}

/// An address as people write it: from a container's fields on, or from the `spec` of the pod.
fn path(pointer: &Pointer) -> String {
    let tokens: Vec<Token<'_>> = pointer.tokens().collect();
    let container = tokens.windows(2).rposition(|pair| {
        let lists = matches!(&*pair[0], "containers" | "initContainers" | "ephemeralContainers");
        lists && pair[1].bytes().all(|byte| byte.is_ascii_digit())
    });
    let spec = tokens.iter().rposition(|token| token == "spec");
    let skip = match (container, spec) {
        (Some(at), _) if at + 2 < tokens.len() => at + 2,
        (None, Some(at)) if at + 1 < tokens.len() => at,
        _ => 0,
    };
    tokens[skip..].join(".")
}

/// A value in YAML's flow style, for the eye and not for a parser.
fn short(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(short).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let pairs = entries.iter().map(|(key, value)| format!("{key}: {}", short(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        _ => value.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text.chars().all(|char| char.is_ascii_alphanumeric() || "/._-".contains(char))
        && !matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off")
}

/// `1 file`, `2 files`, `1,903 files`; words that end in `y` are not asked for.
pub(crate) fn count(n: usize, noun: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {noun}{s}", number(n))
}

/// `` `a` ``, `` `a` and `b` ``, `` `a`, `b` and 3 more ``
pub(super) fn names(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    match &quoted[..] {
        [a, b, _] if names.len() > 3 => format!("{a}, {b} and {} more", number(names.len() - 2)),
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => quoted.concat(),
    }
}

/// `1,903`
pub(super) fn number(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Breaks a text at blanks into lines of at most `width` characters; a longer word has a line of
/// its own.
pub(super) fn wrap(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (line, further) = rest.split_at(line_end(rest, width));
        lines.push(line.trim_end());
        rest = further.trim_start();
    }
    lines
}

/// The byte at which the first line of a text ends: its last blank that the width allows.
fn line_end(text: &str, width: usize) -> usize {
    // A character has at least a byte.
    if text.len() <= width {
        return text.len();
    }
    let limit = match text.is_char_boundary(width) && text[..width].is_ascii() {
        true => Some(width),
        false => text.char_indices().nth(width).map(|(limit, _)| limit),
    };
    let Some(limit) = limit else { return text.len() };
    let (fits, beyond) = text.as_bytes().split_at(limit);
    match beyond[0] {
        b' ' => limit,
        _ => memchr::memrchr(b' ', fits)
            .or_else(|| memchr::memchr(b' ', beyond).map(|blank| limit + blank))
            .unwrap_or(text.len()),
    }
}

/// The name of a file on one line: what a terminal would obey is shown escaped.
pub(super) fn visible(name: &str) -> Cow<'_, str> {
    // Without an early end this takes many bytes at once.
    let plain = name.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    match plain || !name.chars().any(char::is_control) {
        true => Cow::Borrowed(name),
        false => Cow::Owned(name.escape_debug().to_string()),
    }
}
