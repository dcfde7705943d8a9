//! Values as text, in the manner of their neighbors.
//!
//! In: a [`Value`], and how its surroundings are laid out. Out: text that every reader of YAML,
//! of 1.1 and of 1.2, takes for that value.

mod scalar;

use std::borrow::Cow;

use serde_json::{Map, Value};

use self::scalar::{double_quoted, is_printable, key, string};
use super::{Kind, value::float_number};

/// Values as a text of their own, each a document: what has a list stands left of it, as `kubectl`
/// prints it.
pub fn print<'v>(documents: impl IntoIterator<Item = &'v Value>) -> String {
    let layout = Layout { step: 2, list: 0, gap: 1, line_break: "\n", room: 0 };
    let written = documents.into_iter().map(|value| layout.document(&read_back(value)) + "\n");
    written.collect::<Vec<_>>().join("---\n")
}

/// A value as it reads back once it is written: Kubernetes knows whole numbers only without a
/// fraction.
pub(super) fn read_back(value: &Value) -> Cow<'_, Value> {
    match holds_fractions(value) {
        true => Cow::Owned(without_fractions(value)),
        false => Cow::Borrowed(value),
    }
}

fn holds_fractions(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(holds_fractions),
        Value::Object(map) => map.values().any(holds_fractions),
        _ => false,
    }
}

fn without_fractions(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().and_then(float_number);
            number.map_or_else(|| value.clone(), Value::Number)
        }
        Value::Array(items) => Value::Array(items.iter().map(without_fractions).collect()),
        Value::Object(map) => {
            let entry = |(key, value): (&String, _)| (key.clone(), without_fractions(value));
            Value::Object(map.iter().map(entry).collect())
        }
        _ => value.clone(),
    }
}

/// How a block is laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout<'t> {
    /// How far a map stands right of the map that holds it.
    pub(super) step: usize,
    /// How far a list stands right of the key that holds it.
    pub(super) list: usize,
    /// The blanks behind a dash.
    pub(super) gap: usize,
    /// What ends a line.
    pub(super) line_break: &'t str,
    /// The least column at which the content of a literal may stand if it comes last: lines that
    /// follow, further to the right, would become part of it.
    pub(super) room: usize,
}

/// How a flow collection is laid out.
#[derive(Clone, Debug)]
pub(super) struct Flow<'t> {
    /// Keys and strings are quoted as JSON has them.
    pub(super) json: bool,
    /// The quotes of strings, where they are needed or not.
    pub(super) like: Kind,
    /// What follows a key.
    pub(super) colon: &'static str,
    /// What stands between two entries of one line.
    pub(super) comma: &'static str,
    /// Whether blanks stand within braces, and within brackets.
    pub(super) padded: [bool; 2],
    /// How collections within are spread over lines, if they are.
    pub(super) spread: Option<Spread<'t>>,
}

/// A flow collection with its entries on lines of their own.
#[derive(Clone, Debug)]
pub(super) struct Spread<'t> {
    /// What ends a line.
    pub(super) line_break: &'t str,
    /// The blanks before the line that opens the collection.
    pub(super) indent: String,
    /// The blanks that an entry has more than the line that opens its collection.
    pub(super) step: &'t str,
    /// Whether lists of scalars are spread as well.
    pub(super) lists: bool,
}

/// A value as a block: what follows the `:` or `-` on its line, and the lines below.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    /// Without a blank before it; empty if the value only has lines below.
    pub(super) head: String,
    /// Each line with the line break before it.
    pub(super) body: String,
}

impl Layout<'_> {
    /// What follows the colon of a key at `column`.
    pub(super) fn below_key(&self, value: &Value, column: usize, like: Kind) -> Printed {
        let mut printer = Printer::new(self, like);
        printer.below_key(value, column, true);
        printer.split()
    }

    /// What follows a dash at `column`.
    pub(super) fn behind_dash(&self, value: &Value, column: usize, like: Kind) -> Printed {
        let mut printer = Printer::new(self, like);
        printer.behind_dash(value, column, self.gap, true);
        printer.split()
    }

    /// All of a document, without a break at its end.
    pub(super) fn document(&self, value: &Value) -> String {
        let mut printer = Printer::new(self, Kind::Plain);
        match value {
            Value::Object(map) if !map.is_empty() => printer.entries(map, 0, true, true),
            Value::Array(items) if !items.is_empty() => printer.items(items, 0, true, true),
            _ => printer.inline(value, 0, 0, true),
        }
        printer.out
    }

    /// The entry of a map whose keys stand at `column`.
    pub(super) fn entry(&self, key: &str, value: &Value, column: usize) -> String {
        let mut printer = Printer::new(self, Kind::Plain);
        printer.entry(key, value, column, true);
        printer.out
    }

    /// The entry of a map whose value is written already, on one line.
    pub(super) fn entry_of(&self, name: &str, written: &str) -> String {
        format!("{}: {written}", key(name, false))
    }

    /// The item of a list whose dashes stand at `column`; `own_line` is the column of a map or
    /// list that stands below its dash.
    pub(super) fn item(
        &self,
        value: &Value,
        column: usize,
        like: Kind,
        own_line: Option<usize>,
    ) -> String {
        let mut printer = Printer::new(self, like);
        printer.out.push('-');
        match (value, own_line) {
            (Value::Object(map), Some(inner)) if !map.is_empty() => {
                printer.entries(map, inner, false, true);
            }
            _ => printer.behind_dash(value, column, self.gap, true),
        }
        printer.out
    }
}

struct Printer<'l> {
    layout: &'l Layout<'l>,
    /// The quotes of the topmost string or of the items of a list; not of what is within.
    like: Kind,
    out: String,
    first_break: Option<usize>,
}

impl<'l> Printer<'l> {
    fn new(layout: &'l Layout<'l>, like: Kind) -> Printer<'l> {
        Printer { layout, like, out: String::new(), first_break: None }
    }

    fn split(self) -> Printed {
        let (head, body) = self.out.split_at(self.first_break.unwrap_or(self.out.len()));
        Printed { head: head.trim_start_matches(' ').to_owned(), body: body.to_owned() }
    }

    fn line(&mut self, column: usize) {
        self.first_break.get_or_insert(self.out.len());
        self.out.push_str(self.layout.line_break);
        self.blanks(column);
    }

    fn blanks(&mut self, count: usize) {
        self.out.extend(std::iter::repeat_n(' ', count));
    }

    fn entry(&mut self, name: &str, value: &Value, column: usize, last: bool) {
        self.out.push_str(&key(name, false));
        self.out.push(':');
        self.below_key(value, column, last);
    }

    /// The entries of a map, each on its line but the first one where it is `compact`.
    fn entries(&mut self, map: &Map<String, Value>, column: usize, compact: bool, last: bool) {
        for (index, (key, value)) in map.iter().enumerate() {
            if index > 0 || !compact {
                self.line(column);
            }
            self.entry(key, value, column, last && index + 1 == map.len());
        }
    }

    fn items(&mut self, items: &[Value], column: usize, compact: bool, last: bool) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 || !compact {
                self.line(column);
            }
            self.out.push('-');
            self.behind_dash(item, column, self.layout.gap, last && index + 1 == items.len());
        }
    }

    fn below_key(&mut self, value: &Value, column: usize, last: bool) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                self.like = Kind::Plain;
                self.entries(map, column + self.layout.step, false, last);
            }
            Value::Array(items) if !items.is_empty() => {
                self.items(items, column + self.layout.list, false, last);
            }
            _ => self.inline(value, column, 1, last),
        }
    }

    fn behind_dash(&mut self, value: &Value, column: usize, gap: usize, last: bool) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                self.like = Kind::Plain;
                self.blanks(gap);
                self.entries(map, column + 1 + gap, true, last);
            }
            Value::Array(items) if !items.is_empty() => {
                self.blanks(gap);
                self.items(items, column + 1 + gap, true, last);
            }
            _ => self.inline(value, column, gap, last),
        }
    }

    /// What takes one line, or is a literal.
    fn inline(&mut self, value: &Value, column: usize, gap: usize, last: bool) {
        self.blanks(gap);
        let content = column + self.layout.step;
        let Value::String(text) = value else {
            self.out.push_str(&flat(value));
            return;
        };
        if !fits_literal(text) || last && content < self.layout.room {
            self.out.push_str(&string(text, self.like, false));
            return;
        }
        self.out.push_str(if text.ends_with('\n') { "|" } else { "|-" });
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            self.line(if line.is_empty() { 0 } else { content });
            self.out.push_str(line);
        }
    }
}

/// Whether a string is at its best as a literal, and says in one what it says.
fn fits_literal(text: &str) -> bool {
    let Some(lines) = text.strip_suffix('\n').or(Some(text)).filter(|_| text.contains('\n')) else {
        return false;
    };
    // A first line that begins blank would need its indentation said in the header; lines of
    // nothing but blanks, and empty ones at the end, are easily lost.
    !lines.is_empty()
        && !lines.starts_with([' ', '\t', '\n'])
        && !lines.ends_with('\n')
        && lines
            .split('\n')
            .all(|line| line.is_empty() || !line.trim_matches([' ', '\t']).is_empty())
        && text.chars().all(|char| matches!(char, '\n' | '\t') || is_printable(char))
}

impl Flow<'_> {
    /// One entry of a map.
    pub(super) fn entry(&self, name: &str, value: &Value) -> String {
        let mut out = String::new();
        self.write_entry(&mut out, name, value, self.spread.as_ref().map_or("", |it| &it.indent));
        out
    }

    /// A value.
    pub(super) fn value(&self, value: &Value) -> String {
        let mut out = String::new();
        self.write(&mut out, value, self.spread.as_ref().map_or("", |it| &it.indent), self.like);
        out
    }

    /// What stands between braces or brackets and what they hold.
    pub(super) fn pad(&self, braces: bool) -> &'static str {
        let [in_braces, in_brackets] = self.padded;
        if braces && in_braces || !braces && in_brackets { " " } else { "" }
    }

    fn write_entry(&self, out: &mut String, name: &str, value: &Value, indent: &str) {
        out.push_str(&match self.json {
            true => double_quoted(name),
            false => key(name, true),
        });
        // Only behind a quoted key may a colon touch its value.
        out.push_str(if out.ends_with('"') { self.colon } else { ": " });
        self.write(out, value, indent, Kind::Plain);
    }

    fn write(&self, out: &mut String, value: &Value, indent: &str, like: Kind) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                let entries = map.iter();
                self.collection(
                    out,
                    ['{', '}'],
                    entries,
                    indent,
                    true,
                    |out, (key, value), indent| {
                        self.write_entry(out, key, value, indent);
                    },
                );
            }
            Value::Array(items) if !items.is_empty() => {
                let nested = items.iter().any(|item| item.is_object() || item.is_array());
                let spread = nested || self.spread.as_ref().is_some_and(|spread| spread.lists);
                self.collection(
                    out,
                    ['[', ']'],
                    items.iter(),
                    indent,
                    spread,
                    |out, item, indent| {
                        self.write(out, item, indent, like);
                    },
                );
            }
            Value::String(text) if self.json => out.push_str(&double_quoted(text)),
            Value::String(text) => out.push_str(&string(text, like, true)),
            _ => out.push_str(&flat(value)),
        }
    }

    fn collection<T>(
        &self,
        out: &mut String,
        [open, close]: [char; 2],
        entries: impl Iterator<Item = T>,
        indent: &str,
        spread: bool,
        write: impl Fn(&mut String, T, &str),
    ) {
        out.push(open);
        let lines = self.spread.as_ref().filter(|_| spread);
        let inner = lines.map(|spread| format!("{indent}{}", spread.step));
        for (index, entry) in entries.enumerate() {
            match (lines, &inner) {
                (Some(spread), Some(inner)) => {
                    out.push_str(if index > 0 { "," } else { "" });
                    out.push_str(spread.line_break);
                    out.push_str(inner);
                    write(out, entry, inner);
                }
                _ => {
                    out.push_str(if index > 0 { self.comma } else { self.pad(open == '{') });
                    write(out, entry, indent);
                }
            }
        }
        match lines {
            Some(spread) => {
                out.push_str(spread.line_break);
                out.push_str(indent);
            }
            None => out.push_str(self.pad(open == '{')),
        }
        out.push(close);
    }
}

/// Numbers, truth values, null, and empty collections.
fn flat(value: &Value) -> String {
    match value {
        Value::Object(_) => "{}".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        _ => value.to_string(),
    }
}
