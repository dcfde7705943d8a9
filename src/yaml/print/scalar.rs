//! Strings on one line, quoted where any reader would take them for something else.
//!
//! In: a string, and how its neighbors are quoted. Out: its text, safe in YAML 1.1 and in 1.2.

use crate::yaml::{Kind, resolve, resolve::Scalar};

/// A key on one line.
pub(super) fn key(text: &str, flow: bool) -> String {
    match is_plain(text, flow) {
        true => text.to_owned(),
        false => double_quoted(text),
    }
}

/// A string on one line, in the quotes of what stood there if they can hold it.
pub(super) fn string(text: &str, like: Kind, flow: bool) -> String {
    match like {
        Kind::DoubleQuoted => double_quoted(text),
        Kind::SingleQuoted if text.chars().all(is_printable) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        _ if is_plain(text, flow) => text.to_owned(),
        _ => double_quoted(text),
    }
}

/// In double quotes, with the escapes that YAML and JSON have in common.
pub(super) fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if is_printable(char) => out.push(char),
            char => out.push_str(&format!("\\u{:04x}", u32::from(char))),
        }
    }
    out.push('"');
    out
}

/// What may stand unescaped on one line. Source: `is_printable` of libyaml, without what it reads
/// as a line break.
pub(super) fn is_printable(char: char) -> bool {
    match char {
        ' '..='~' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        char => char >= '\u{a0}',
    }
}

/// Whether a string reads back as itself without quotes, by the rules of YAML 1.1 and of 1.2.
fn is_plain(text: &str, flow: bool) -> bool {
    let bytes = text.as_bytes();
    let Some(&first) = bytes.first() else {
        return false;
    };
    // Most keys and many strings are words that nobody takes for anything else.
    if text.len() > LONGEST_WORD && bytes.iter().all(u8::is_ascii_alphabetic) {
        return true;
    }
    let indicator = match first {
        b'-' | b'?' | b':' => {
            bytes.len() == 1 || matches!(bytes[1], b' ' | b'\t') || flow && first != b'-'
        }
        byte => b",[]{}#&*!|>'\"%@`".contains(&byte),
    };
    !indicator
        && text.trim_matches([' ', '\t']).len() == text.len()
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.ends_with(':')
        && text.chars().all(is_printable)
        && ![": ", " #"].iter().any(|mark| text.contains(mark))
        && !(flow && bytes.iter().any(|byte| b",[]{}?:".contains(byte)))
        && matches!(resolve::plain(text.into()), Scalar::String(_))
        && !is_word(text)
        && !is_number_like(text)
}

/// Words that some reader takes for something else, in whatever case.
const WORDS: [&str; 16] = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", ".inf", "+.inf",
    "-.inf", ".nan", "~",
];
/// How long the longest of them is.
const LONGEST_WORD: usize = 5;

fn is_word(text: &str) -> bool {
    matches!(text, "=" | "<<") || WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// What YAML 1.1 or 1.2 has as a number or a date, even where Kubernetes does not: `1:30`,
/// `2001-01-01`, `1e400`, `0o8`.
fn is_number_like(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text).as_bytes();
    let only = |bytes: &[u8], set: &[u8]| bytes.iter().all(|byte| set.contains(byte));
    match digits {
        [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', rest @ ..] => {
            only(rest, b"0123456789abcdefABCDEF_")
        }
        [b'0'..=b'9', ..] if only(digits, b"0123456789_:.") => {
            // Versions and addresses have more dots than any number.
            digits.iter().filter(|&&byte| byte == b'.').count() < 2
        }
        [b'0'..=b'9' | b'.', ..] => is_date(digits) || has_exponent(digits),
        _ => false,
    }
}

fn is_date(bytes: &[u8]) -> bool {
    bytes.len() >= 8 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-' && {
        let rest = &bytes[5..];
        let month = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (1..=2).contains(&month) && rest.get(month) == Some(&b'-')
    }
}

fn has_exponent(bytes: &[u8]) -> bool {
    let mantissa =
        bytes.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'_' | b'.')).count();
    match &bytes[mantissa..] {
        [] => true,
        [b'e' | b'E', exponent @ ..] => {
            let digits = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-"));
            let digits = digits.unwrap_or(exponent);
            digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'_')
        }
        _ => false,
    }
}
