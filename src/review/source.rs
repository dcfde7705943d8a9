//! A source as it comes in, and what may be wrong with it.

use std::{borrow::Cow, fmt};

use crate::text::{Lines, Position};

/// A text with a name, or why it could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What to call it before people: the path as it was given.
    pub name: String,
    /// What it holds.
    pub text: Result<String, Problem>,
}

/// Why a source, or a document of it, is not worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind of reason.
    pub cause: Cause,
    /// The byte that it is about, if it is about one.
    pub at: Option<usize>,
    /// Where that byte stands.
    pub position: Option<Position>,
    /// What is wrong; a fragment in lower case.
    pub message: Cow<'static, str>,
    /// What to do about it; empty where that is plain.
    pub advice: &'static str,
}

/// The kinds of reasons for which a source is not worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The world did not give it: no such file, no permission.
    Unread,
    /// It is larger than asked for.
    Size,
    /// It is no UTF-8.
    Encoding,
    /// It is no YAML.
    Syntax,
    /// Kubernetes would not read what it says, or must not be made to.
    Meaning,
}

/// Why there is nothing to do about a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// It holds no Kubernetes object.
    NoObject,
    /// It holds objects, and none that was asked for.
    NotSelected,
    /// It holds nothing but parts of workloads, which something else is to complete.
    Partial,
    /// It is text from which a chart makes YAML.
    Chart,
    /// It is text from which Jinja makes YAML.
    Jinja,
    /// It is text from which ytt makes YAML.
    Ytt,
    /// SOPS has encrypted it, and any edit would break its checksum.
    Encrypted,
}

impl Source {
    /// Bytes as they were read.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Source {
        Source { name: name.into(), text: decode(bytes) }
    }

    /// What the world did not give, and why.
    pub fn unread(name: impl Into<String>, why: String) -> Source {
        Source { name: name.into(), text: Err(Problem::new(Cause::Unread, why, "")) }
    }

    /// What is larger than `allowed` bytes.
    pub fn too_large(name: impl Into<String>, allowed: u64) -> Source {
        let message = format!("larger than {allowed} bytes");
        let problem = Problem::new(Cause::Size, message, "`--max-file-size` allows more");
        Source { name: name.into(), text: Err(problem) }
    }
}

fn decode(bytes: Vec<u8>) -> Result<String, Problem> {
    let wide = match bytes[..] {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Some("UTF-32"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("UTF-16"),
        _ => None,
    };
    if let Some(wide) = wide {
        let advice = "convert it to UTF-8, which `kubectl` needs too";
        return Err(Problem::new(Cause::Encoding, wide, advice));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.into_bytes();
        let valid = String::from_utf8_lossy(&bytes[..at]);
        let message = format!("the byte 0x{:02X} is not UTF-8", bytes[at]);
        Problem::new(Cause::Encoding, message, "convert it to UTF-8").at(at, &Lines::new(&valid))
    })
}

impl Problem {
    pub(super) fn new(
        cause: Cause,
        message: impl Into<Cow<'static, str>>,
        advice: &'static str,
    ) -> Problem {
        Problem { cause, at: None, position: None, message: message.into(), advice }
    }

    pub(super) fn at(self, at: usize, lines: &Lines<'_>) -> Problem {
        Problem { at: Some(at), position: Some(lines.position(at)), ..self }
    }
}

/// What follows a file's name: `:12:3: a tab cannot indent`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, ":{position}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Skip::NoObject => "without a Kubernetes object",
            Skip::NotSelected => "without an object that was asked for",
            Skip::Partial => "with parts of workloads only",
            Skip::Chart => "written for Helm",
            Skip::Jinja => "written for Jinja",
            Skip::Ytt => "written for ytt",
            Skip::Encrypted => "encrypted by SOPS",
        })
    }
}

/// What a text that is no YAML is a template of, if it looks like one.
///
/// `at` is the byte at which it stopped being YAML: braces there are a template's, while braces
/// elsewhere may be those of an alert's text in a file that is broken otherwise.
pub(super) fn template(text: &str, at: usize) -> Option<Skip> {
    let starts = |mark: &str| text.lines().any(|line| line.trim_start().starts_with(mark));
    if text.contains("{%") {
        return Some(Skip::Jinja);
    }
    if starts("#@") {
        return Some(Skip::Ytt);
    }
    let braces = text.contains("{{") && text.contains("}}");
    let chart = ["{{-", "-}}", ".Values.", ".Release.", ".Chart.", "include \""];
    let known = || chart.iter().any(|mark| text.contains(mark)) || starts("{{");
    let here = || {
        let lines = Lines::new(text);
        let line = lines.position(at).line;
        (line.saturating_sub(1).max(1)..=line).any(|line| lines.line(line).contains("{{"))
    };
    (braces && (known() || here())).then_some(Skip::Chart)
}
