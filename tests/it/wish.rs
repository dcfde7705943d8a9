//! Random wishes: for what is in a document and for what is not yet, of every kind of value.

use seaworthy::yaml::{Pointer, Value, Wish};
use serde_json::{Map, json};

use crate::mutation::Dice;

/// A wish that a document of this value can grant, or nearly can.
pub fn wish(dice: &mut Dice, value: &Value) -> Wish {
    let (at, found) = place(dice, value);
    match dice.below(10) {
        0..=2 if !at.is_root() => Wish::Set { at, value: new(dice, 3) },
        3 | 4 if !at.is_root() => Wish::Remove { at },
        5 if found.is_array() => Wish::Include { at, value: new(dice, 3) },
        6 if found.is_array() => {
            let len = found.as_array().map_or(0, Vec::len);
            let place = dice.below(len + 1).to_string();
            Wish::Insert { at: at.child(place), value: new(dice, 3) }
        }
        7 => Wish::Include { at: missing(dice, at, found), value: new(dice, 2) },
        _ => Wish::Set { at: missing(dice, at, found), value: new(dice, 3) },
    }
}

/// A place in the document, and what stands there.
fn place<'v>(dice: &mut Dice, root: &'v Value) -> (Pointer, &'v Value) {
    let (mut at, mut value) = (Pointer::root(), root);
    let mut left = dice.below(8);
    while left > 0 {
        left -= 1;
        match value {
            Value::Object(map) if !map.is_empty() => {
                let (key, entry) = map.iter().nth(dice.below(map.len())).unwrap();
                (at, value) = (at.child(key.as_str()), entry);
            }
            Value::Array(items) if !items.is_empty() => {
                let index = dice.below(items.len());
                (at, value) = (at.child(index.to_string()), &items[index]);
            }
            _ => break,
        }
    }
    (at, value)
}

/// An address below the nearest map.
fn missing(dice: &mut Dice, at: Pointer, found: &Value) -> Pointer {
    let mut at = match found {
        Value::Object(_) | Value::Null => at,
        _ if dice.one_in(50) => at,
        _ => at.parent().unwrap_or(at),
    };
    for _ in 0..1 + dice.below(3) {
        at = at.child(key(dice));
    }
    at
}

pub fn key(dice: &mut Dice) -> String {
    match dice.one_in(4) {
        true => text(dice).chars().take(30).collect(),
        false => format!("{}{}", dice.pick(&["key", "app.io/x", "securityContext"]), dice.below(4)),
    }
}

/// A value of any kind.
pub fn new(dice: &mut Dice, depth: usize) -> Value {
    match dice.below(if depth == 0 { 6 } else { 10 }) {
        0 => json!(dice.one_in(2)),
        1 => json!(dice.roll() as i64 >> dice.below(64)),
        2 => dice
            .pick(&[
                json!(null),
                json!(1.5),
                json!(1e300),
                json!(2.0),
                json!(-0.0),
                json!(u64::MAX),
            ])
            .clone(),
        3..=5 => json!(text(dice)),
        6 | 7 => {
            let len = dice.below(4);
            Value::Object(
                (0..len).map(|_| (key(dice), new(dice, depth - 1))).collect::<Map<_, _>>(),
            )
        }
        _ => Value::Array((0..dice.below(4)).map(|_| new(dice, depth - 1)).collect()),
    }
}

const TEXTS: &[&str] = &[
    "",
    "plain",
    "two words",
    "yes",
    "No",
    "on",
    "y",
    "null",
    "~",
    "true",
    "0644",
    "08",
    "1_000",
    "1e3",
    "1e400",
    ".5",
    "+1",
    "0x1f",
    "0o7",
    "0b1",
    "1:30",
    "2001-01-01",
    "=",
    "<<",
    ".inf",
    "1.2.3",
    "10.0.0.1",
    "a: b",
    "a:",
    "a #b",
    "a#b",
    "# x",
    "- x",
    "-",
    "--c",
    "?",
    "? x",
    ": x",
    "{{ x }}",
    "[a]",
    "a, b",
    "}",
    "&a",
    "*a",
    "!x",
    "|",
    ">",
    "%x",
    "@x",
    "`x",
    "'",
    "\"",
    "\\",
    "it's",
    "say \"x\"",
    "http://x/?q#f",
    "nginx:1.27",
    "---",
    "--- x",
    "...",
    " lead",
    "trail ",
    "\tx",
    "a\tb",
    "l1\nl2\n",
    "l1\nl2",
    "l1\n\n  deep\nl3\n",
    "\nx",
    " x\ny",
    "x\n\n",
    "x\n \n",
    "\n",
    "a\r\nb",
    "# a\n# b\n",
    "a: 1\nb:\n- c\n",
    "ünï🍒",
    "日本\n語\n",
    "x\u{85}y",
    "x\u{2028}y",
    "\u{feff}x",
    "\u{0}",
    "\u{7f}",
    "\u{a0}x",
    "long \
     long long long long long long long long long long long long long long long long long long",
];

fn text(dice: &mut Dice) -> String {
    match dice.below(8) {
        0 => {
            let pieces = (0..1 + dice.below(4)).map(|_| *dice.pick(TEXTS));
            pieces.collect()
        }
        1 => (0..dice.below(6)).map(|_| char::from(dice.below(128) as u8)).collect(),
        _ => (*dice.pick(TEXTS)).to_owned(),
    }
}
