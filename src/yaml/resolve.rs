//! What a scalar means to Kubernetes: go-yaml v2's reading, which is YAML 1.1's and then some.
//!
//! In: a scalar [`Node`]. Out: a [`Scalar`].
//! Source: `resolve.go` and `decode.go` of go-yaml v2.4, `yaml.go` of `sigs.k8s.io/yaml`.

mod timestamp;

use std::borrow::Cow;

use super::{Error, Kind, Node, tag};

/// What a scalar means.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'t> {
    /// `null`, `~`, or nothing.
    Null,
    /// `true`, `yes`, `on`, `y` …
    Bool(bool),
    /// A whole number that 64 bits with a sign can hold.
    Int(i64),
    /// A whole number beyond those, that 64 bits can hold.
    Uint(u64),
    /// A number; `.inf` and `.nan` too, which JSON does not have.
    Float(f64),
    /// Everything else.
    String(Cow<'t, str>),
}

/// Resolves a scalar by its tag and its style.
///
/// Errors: a tag that its text belies (`!!int x`), and `!!binary` that is no base64.
pub(super) fn scalar(node: Node<'_>) -> Result<Scalar<'_>, Error> {
    let Some(tag) = node.tag_name() else {
        return Ok(match node.kind() {
            Kind::Plain if node.is_word() => Scalar::String(node.text()),
            Kind::Plain => plain(node.text()),
            Kind::Empty => Scalar::Null,
            _ => Scalar::String(node.text()),
        });
    };
    let name = tag.strip_prefix(tag::YAML);
    let belies = |read: &Scalar<'_>| {
        let text = node.text();
        let message = format!("Kubernetes cannot read {} `{text}` as `{tag}`", read.name());
        Err(Error::new(node.span().start, message))
    };
    match name {
        Some("str") => Ok(Scalar::String(node.text())),
        Some("binary") => binary(node),
        Some(name @ ("null" | "bool" | "int" | "float")) => match (name, plain(node.text())) {
            ("null", Scalar::Null) => Ok(Scalar::Null),
            ("bool", value @ Scalar::Bool(_)) => Ok(value),
            ("int", value @ (Scalar::Int(_) | Scalar::Uint(_))) => Ok(value),
            ("float", value @ Scalar::Float(_)) => Ok(value),
            ("float", Scalar::Int(value)) => Ok(Scalar::Float(value as f64)),
            (_, read) => belies(&read),
        },
        Some("timestamp") if timestamp::is_timestamp(&node.text()) => {
            Ok(Scalar::String(node.text()))
        }
        Some("timestamp") => belies(&plain(node.text())),
        _ => Ok(Scalar::String(node.text())),
    }
}

impl Scalar<'_> {
    fn name(&self) -> &'static str {
        match self {
            Scalar::Null => "the null",
            Scalar::Bool(_) => "the truth value",
            Scalar::Int(_) | Scalar::Uint(_) => "the whole number",
            Scalar::Float(_) => "the number",
            Scalar::String(_) => "the string",
        }
    }
}

/// Resolves the text of a plain scalar without a tag.
pub(super) fn plain(text: Cow<'_, str>) -> Scalar<'_> {
    let known = match text.as_bytes().first() {
        None => Some(Scalar::Null),
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(&text)
        }
        Some(b'.') => special(&text).or_else(|| dotted(&text)),
        Some(b'0'..=b'9' | b'+' | b'-') => special(&text).or_else(|| number(&text)),
        Some(_) => None,
    };
    known.unwrap_or(Scalar::String(text))
}

fn word(text: &str) -> Option<Scalar<'static>> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Some(Scalar::Bool(true))
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(Scalar::Bool(false))
        }
        "~" | "null" | "Null" | "NULL" => Some(Scalar::Null),
        _ => None,
    }
}

fn special(text: &str) -> Option<Scalar<'static>> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            Some(Scalar::Float(f64::INFINITY))
        }
        "-.inf" | "-.Inf" | "-.INF" => Some(Scalar::Float(f64::NEG_INFINITY)),
        ".nan" | ".NaN" | ".NAN" => Some(Scalar::Float(f64::NAN)),
        _ => None,
    }
}

/// What Go's `ParseFloat` reads, behind a leading dot: underscores may stand between digits.
fn dotted(text: &str) -> Option<Scalar<'static>> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let misplaced = |(at, _): (usize, &str)| at == 0 || !digit(at - 1) || !digit(at + 1);
    if text.match_indices('_').any(misplaced) {
        return None;
    }
    let digits = text.replace('_', "");
    is_float(&digits).then(|| float(&digits)).flatten()
}

/// What begins with a digit or a sign: whole numbers of Go's bases, underscores dropped, then
/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn number(text: &str) -> Option<Scalar<'static>> {
    let digits: Cow<'_, str> = match text.contains('_') {
        true => Cow::Owned(text.replace('_', "")),
        false => Cow::Borrowed(text),
    };
    integer(&digits).or_else(|| is_float(&digits).then(|| float(&digits)).flatten())
}

fn integer(text: &str) -> Option<Scalar<'static>> {
    let (negative, signed, magnitude) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (radix, digits) = match magnitude.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &magnitude[2..]),
        [b'0', b'b' | b'B', ..] => (2, &magnitude[2..]),
        [b'0', b'o' | b'O', ..] => (8, &magnitude[2..]),
        [b'0', _, ..] => (8, &magnitude[1..]),
        _ => (10, magnitude),
    };
    // `from_str_radix` takes a sign of its own.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    match (negative, i64::try_from(value)) {
        (false, Ok(value)) => Some(Scalar::Int(value)),
        // Go's `ParseUint` takes no sign.
        (false, Err(_)) => (!signed).then_some(Scalar::Uint(value)),
        (true, _) => 0_i64.checked_sub_unsigned(value).map(Scalar::Int),
    }
}

fn is_float(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits =
        |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(at);
    at += whole;
    let mut fraction = 0;
    if bytes.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        at += 1 + fraction;
    }
    if whole + fraction == 0 {
        return false;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at.min(bytes.len()));
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == bytes.len()
}

/// Beyond the range of 64-bit floats Go gives an error, and the scalar stays a string.
fn float(text: &str) -> Option<Scalar<'static>> {
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(Scalar::Float(value))
}

fn binary(node: Node<'_>) -> Result<Scalar<'_>, Error> {
    let text = node.text();
    let Some(bytes) = base64(&text) else {
        return Err(Error::new(node.span().start, "`!!binary` holds no base64"));
    };
    Ok(Scalar::String(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())))
}

/// Go's `base64.StdEncoding`: padded, line breaks passed over.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let padding = digits.iter().rev().take_while(|&&byte| byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() / 4 * 3);
    let mut bits = 0_u32;
    for (index, &byte) in digits[..digits.len() - padding].iter().enumerate() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        if index % 4 > 0 {
            out.push((bits >> (6 - 2 * (index % 4))) as u8);
        }
    }
    Some(out)
}
