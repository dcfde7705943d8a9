//! Pieces of CEL.
//!
//! In: names, numbers and ranges. Out: expressions that hold what they say, whatever is in them.

use super::{Ask, Standard, spec::Range};
use crate::generate::policy::{listed, validation};

/// A list of words, each of them once.
pub(super) fn list<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> String {
    let mut listed: Vec<String> = Vec::new();
    for word in words.into_iter().map(|word| text(word.as_ref())) {
        if !listed.contains(&word) {
            listed.push(word);
        }
    }
    format!("[{}]", listed.join(", "))
}

/// A word.
pub(super) fn text(word: &str) -> String {
    let mut quoted = String::from("'");
    for letter in word.chars() {
        match letter {
            '\'' | '\\' => quoted.extend(['\\', letter]),
            _ if letter.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => quoted.push(letter),
        }
    }
    quoted.push('\'');
    quoted
}

/// Whether a number is in one of the ranges.
pub(super) fn within(number: &str, ranges: &[Range]) -> String {
    let one = |range: &Range| match range.min == range.max {
        true => format!("{number} == {}", range.min),
        false => format!("({number} >= {} && {number} <= {})", range.min, range.max),
    };
    any(ranges.iter().map(one))
}

/// Whether a word is one of those, of which one with `*` at its end is all that begin with it.
pub(super) fn among(word: &str, patterns: &[String]) -> String {
    any(patterns.iter().map(|pattern| match pattern.strip_suffix('*') {
        Some("") => "true".to_owned(),
        Some(beginning) => format!("{word}.startsWith({})", text(beginning)),
        None => format!("{word} == {}", text(pattern)),
    }))
}

/// Whether one of the expressions holds.
pub(super) fn any(expressions: impl IntoIterator<Item = String>) -> String {
    let all: Vec<String> = expressions.into_iter().collect();
    match &*all {
        [] => "false".to_owned(),
        [one] if one.starts_with('(') => one.clone(),
        _ => format!("({})", all.join(" || ")),
    }
}

/// `1 to 65535, 70000`
pub(super) fn told(ranges: &[Range]) -> String {
    let one = |range: &Range| match range.min == range.max {
        true => range.min.to_string(),
        false => format!("{} to {}", range.min, range.max),
    };
    ranges.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A field of a container, or of its pod where the container does not say it.
pub(super) fn effective(field: &str) -> String {
    format!("container.?securityContext.?{field}.or(variables.pod.?securityContext.?{field})")
}

/// That no container is as it must not be.
pub(super) fn no_container(name: &'static str, bad: &str, message: &str) -> Ask {
    let expression =
        format!("variables.all.filter(container,\n  {bad}\n).map(container, container.name)\n");
    no(name, expression, message)
}

/// That no volume is as it must not be.
pub(super) fn no_volume(name: &'static str, bad: &str, message: &str) -> Ask {
    let expression = format!(
        "variables.pod.?volumes.orValue([]).filter(volume,\n  {bad}\n).map(volume, volume.name)\n"
    );
    no(name, expression, message)
}

fn no(name: &'static str, expression: String, message: &str) -> Ask {
    let (variable, validation) = listed(name, expression, message);
    Ask { variable, validation, implied: None }
}

/// That something holds of the pod.
pub(super) fn that(expression: impl Into<String>, message: impl Into<String>) -> Ask {
    Ask { variable: None, validation: validation(expression, message, None), implied: None }
}

impl Ask {
    /// The same, and from that level on labels ask for as much.
    pub(super) fn implied_by(self, level: Standard) -> Ask {
        Ask { implied: Some(level), ..self }
    }

    /// The same, if that holds.
    pub(super) fn implied_if(self, holds: bool, level: Standard) -> Ask {
        if holds { self.implied_by(level) } else { self }
    }
}
