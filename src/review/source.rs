//! A source as it comes in, and what may be wrong with it.

use std::{borrow::Cow, fmt};

use crate::text::{Lines, Position};

/// A text with a name, or why it could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What to call it before people: the path as it was given.
    pub name: String,
    /// What to call it before programs that read diffs: its path from the current directory, in
    /// bytes that need be no UTF-8.
    pub path: Vec<u8>,
    /// Whether it was named itself, and not found in a directory.
    pub named: bool,
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
    /// Bytes as they were read, of a file that was named itself.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Source {
        Source::of(name.into(), decode(bytes))
    }

    /// What the world did not give, and why.
    pub fn unread(name: impl Into<String>, why: String) -> Source {
        Source::of(name.into(), Err(Problem::new(Cause::Unread, why, "")))
    }

    /// What is larger than `allowed` bytes.
    pub fn too_large(name: impl Into<String>, allowed: u64) -> Source {
        let message = format!("larger than {allowed} bytes");
        let problem = Problem::new(Cause::Size, message, "`--max-file-size` allows more");
        Source::of(name.into(), Err(problem))
    }

    /// Whether a text that nobody can read as YAML seems to give rights to an account `default`.
    pub fn may_bind_default(&self) -> bool {
        let Ok(text) = &self.text else { return false };
        let blank = |char: char| char.is_whitespace() || matches!(char, '"' | '\'');
        let names = |(at, word): (usize, &str)| {
            let before = text[..at].trim_end_matches(blank);
            let after = &text[at + word.len()..];
            let is_user = before.rfind("system:serviceaccount:").is_some_and(|user| {
                before.ends_with(':') && !before[user..].contains(char::is_whitespace)
            });
            let ends = after.chars().next().is_none_or(|char| blank(char) || ",}]".contains(char));
            ends && (is_user || before.ends_with("name:") || before.ends_with("name\":"))
        };
        text.contains("RoleBinding") && text.match_indices("default").any(names)
    }

    fn of(name: String, text: Result<String, Problem>) -> Source {
        Source { path: name.clone().into_bytes(), name, named: true, text }
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
/// `places` are the bytes at which it stopped being YAML: marks there are a template's, and so is a
/// line that begins with one; while others may be part of an alert's text, in a file that is broken
/// otherwise.
pub(super) fn template(text: &str, places: impl IntoIterator<Item = usize>) -> Option<Skip> {
    let mut places = places.into_iter().peekable();
    places.peek()?;
    let begun = |marks: &[&str]| {
        let mut lines = text.split(['\n', '\r']).map(str::trim_start);
        lines.any(|line| marks.iter().any(|mark| line.starts_with(mark)))
    };
    if begun(&JINJA) {
        return Some(Skip::Jinja);
    }
    if begun(&YTT) {
        return Some(Skip::Ytt);
    }
    if begun(&[CHART]) {
        return Some(Skip::Chart);
    }
    let lines = Lines::new(text);
    let mut near = places.flat_map(|place| {
        let line = lines.position(place).line;
        // An error shows on the next line where a value has ended with its own.
        let before = (line > 1).then(|| unquoted(lines.line(line - 1)));
        [Cow::Borrowed(lines.line(line))].into_iter().chain(before)
    });
    near.find_map(|line| match () {
        _ if JINJA.iter().any(|mark| line.contains(mark)) => Some(Skip::Jinja),
        _ if line.contains(YTT[0]) => Some(Skip::Ytt),
        _ if line.contains(CHART) => Some(Skip::Chart),
        _ => None,
    })
}

/// How directives of templates begin.
const CHART: &str = "{{";
const JINJA: [&str; 2] = ["{%", "{#"];
const YTT: [&str; 2] = ["#@", "#!ytt"];

/// A line without what stands in quotes.
fn unquoted(line: &str) -> Cow<'_, str> {
    if !line.contains(['"', '\'']) {
        return Cow::Borrowed(line);
    }
    let (mut bare, mut quote, mut last) = (String::new(), None, ' ');
    for char in line.chars() {
        match quote {
            Some(open) if open == char && (open == '\'' || last != '\\') => quote = None,
            Some(_) => {}
            None if matches!(char, '"' | '\'') && " \t[{,:".contains(last) => quote = Some(char),
            None => bare.push(char),
        }
        last = char;
    }
    Cow::Owned(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, error: &str) -> Option<Skip> {
        template(text, text.find(error))
    }

    #[test]
    fn directives_are_a_templates_where_they_break_the_text() {
        let charts = [
            "{{- if .Values.a }}\na: [\n{{- end }}\n",
            "a: b\nname: {{ .Values.x }}-y: [\n",
            "spec:\n  {{ include \"x\" . | nindent 4 }}\nb: [\n",
            "{{ x }}: [\n",
            "- {{ x }}\n  a: [\n",
            "a: \"{{ .Values.x | default \"[\" }}\"\n",
        ];
        for text in charts {
            assert_eq!(of(text, "["), Some(Skip::Chart), "{text}");
        }
        assert_eq!(of("{% if x %}\na: [\n{% endif %}\n", "["), Some(Skip::Jinja));
        assert_eq!(of("a: {% if x %}[{% endif %}\n", "["), Some(Skip::Jinja));
        assert_eq!(of("#@ if x:\na: [\n#@ end\n", "["), Some(Skip::Ytt));
    }

    #[test]
    fn directives_elsewhere_are_what_a_manifest_says() {
        let manifests = [
            "a: \"{{ .Values.y }}\"\nb: c\nd: [\n",
            "a: \"{{ .Values.y }}\"\nd: [\n",
            "a: it's {{- x }}\nb: c\nd: [\n",
            "fmt: '{% if x %}'\nd: [\n",
            "a: b  # as in {% x %} and {{ .Release.Name }}\nb: c\nd: [\n",
            "a: x#@y\nb: c\nd: [\n",
        ];
        for text in manifests {
            assert_eq!(of(text, "["), None, "{text}");
        }
    }
}
