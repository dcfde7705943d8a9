//! The names of tags, without their shorthand.
//!
//! In: a [`Node`] and the bytes of its tag. Out: the tag in full.

use std::borrow::Cow;

use super::Node;
use crate::text::Span;

/// What `!!` stands for.
pub(super) const YAML: &str = "tag:yaml.org,2002:";

pub(super) fn name<'t>(node: Node<'t>, tag: Span) -> Cow<'t, str> {
    let raw = &node.tree.text[tag.start..tag.end];
    if let Some(verbatim) = raw.strip_prefix("!<") {
        return decode(verbatim.trim_end_matches('>'));
    }
    if raw == "!" {
        return Cow::Borrowed(raw);
    }
    // The handle ends at a second `!`; without one it is the first.
    let second = raw[1..].find('!').map(|offset| offset + 2);
    let named = second.filter(|&end| raw[1..end - 1].bytes().all(is_name));
    let (handle, suffix) = raw.split_at(named.unwrap_or(1));
    let defined = node.tree.handles.iter().find(|defined| {
        let span = defined.handle.span();
        defined.document as usize == node.document()
            && &node.tree.text[span.start..span.end] == handle
    });
    match defined {
        Some(defined) => {
            let prefix = defined.prefix.span();
            let prefix = decode(&node.tree.text[prefix.start..prefix.end]);
            Cow::Owned(format!("{prefix}{}", decode(suffix)))
        }
        None if handle == "!!" => Cow::Owned(format!("{YAML}{}", decode(suffix))),
        None => match decode(suffix) {
            Cow::Borrowed(_) => Cow::Borrowed(raw),
            Cow::Owned(suffix) => Cow::Owned(format!("!{suffix}")),
        },
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Resolves `%XX`; the parser has seen to it that they are UTF-8.
fn decode(uri: &str) -> Cow<'_, str> {
    if !uri.contains('%') {
        return Cow::Borrowed(uri);
    }
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let octet = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match octet.filter(|_| byte == b'%') {
            Some(octet) => {
                bytes.push(octet);
                rest = &behind[2..];
            }
            None => {
                bytes.push(byte);
                rest = behind;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}
