//! Paths as git writes them.

use std::{fmt::Write as _, str};

/// A path for people: as it is, or in quotes as git has it if it is no UTF-8, so that nobody takes
/// what is shown for a name that exists.
pub fn path(bytes: &[u8]) -> String {
    str::from_utf8(bytes).map_or_else(|_| quoted("", bytes), str::to_owned)
}

/// A path behind `---` and `+++`: in quotes if a byte of it could be taken for something else, and
/// with a tab behind it if it holds blanks.
pub(super) fn sided(side: &str, path: &[u8]) -> String {
    let roots = path.iter().take_while(|&&byte| byte == b'/').count();
    let path = &path[roots..];
    let is_odd = |char: char| char.is_control() || matches!(char, '"' | '\\');
    match str::from_utf8(path) {
        Ok(name) if !name.contains(is_odd) => {
            let tab = if name.contains(' ') { "\t" } else { "" };
            format!("{side}{name}{tab}")
        }
        _ => quoted(side, path),
    }
}

fn quoted(side: &str, path: &[u8]) -> String {
    let mut out = format!("\"{side}");
    for &byte in path {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => write!(out, "\\{byte:03o}").expect("a string takes all that is written to it"),
        }
    }
    out.push('"');
    out
}
