//! No text makes the parser panic, every node knows its bytes and its address, and libyaml agrees.
#![no_main]

#[allow(dead_code)]
#[path = "../../tests/it/deviation.rs"]
mod deviation;
#[allow(dead_code)]
#[path = "../../tests/it/libyaml.rs"]
mod libyaml;

use libfuzzer_sys::fuzz_target;
use seaworthy::{
    text::Span,
    yaml::{Node, Pointer, Tree},
};

fuzz_target!(|text: &str| {
    if let Some(deviation) = deviation::deviation(text) {
        panic!("{}: {}", deviation.kind, deviation.detail);
    }
    let Ok(tree) = Tree::parse(text) else { return };
    let _ = tree.separators();
    let mut read = 0;
    for root in tree.roots() {
        let _ = root.value();
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            let span = node.span();
            assert!(read <= span.start || node.parent().is_some(), "documents overlap");
            within(node, Span::new(0, text.len()));
            addressed(root, node);
            let children: Vec<Node<'_>> =
                node.items().chain(node.entries().flat_map(|(key, value)| [key, value])).collect();
            let mut end = span.start;
            for &child in &children {
                within(child, span);
                assert!(end <= child.span().start, "siblings overlap");
                end = child.span().end;
            }
            open.extend(children);
        }
        read = root.span().end;
    }
    let mut end = 0;
    for comment in tree.comments() {
        assert!(end <= comment.start && comment.end <= text.len(), "comments overlap");
        assert!(text[comment.start..].starts_with('#'), "a comment starts with a `#`");
        end = comment.end;
    }
});

fn within(node: Node<'_>, outer: Span) {
    let span = node.span();
    assert!(span.start <= span.end, "a span is no span");
    assert!(outer.start <= span.start && span.end <= outer.end, "{node:?} leaves its parent");
    let _ = (node.raw(), node.text(), node.scalar());
}

/// The address of a node leads to it, unless a later entry of the same key took its place.
fn addressed(root: Node<'_>, node: Node<'_>) {
    let pointer = node.pointer();
    let spelled = pointer.to_string();
    assert_eq!(Pointer::parse(&spelled).as_ref(), Some(&pointer), "{spelled}");
    let (found, taken) = root.walk(&pointer);
    let tokens = pointer.tokens().count();
    assert!(taken <= tokens);
    if taken == tokens && found.span() == node.span() {
        assert_eq!(found.kind(), node.kind(), "{spelled}");
    }
}
