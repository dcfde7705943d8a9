//! Numbers that cannot be written elsewhere as what they are.

use crate::yaml::{Kind, Node, Scalar};

/// A number within a node that a value does not hold exactly, so that it would be written as
/// another one: its byte, and why.
pub(super) fn inexact(root: Node<'_>) -> Option<(usize, String)> {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        let text = node.raw();
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let is_number =
            node.kind() == Kind::Plain && digits.starts_with(|it: char| it.is_ascii_digit());
        let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
        let lost = match node.scalar().filter(|_| is_number) {
            Some(Scalar::Float(_)) => whole,
            // What only JSON has for a number: `1e400`.
            Some(Scalar::String(_)) => {
                serde_json::from_str::<serde_json::Number>(text).is_err()
                    && digits
                        .bytes()
                        .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
                    && text.contains(['e', 'E'])
            }
            _ => false,
        };
        if lost {
            return Some((
                node.span().start,
                format!("the number `{text}` does not fit in 64 bits"),
            ));
        }
        open.extend(node.children());
    }
    None
}
