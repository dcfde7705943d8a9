//! What is too deep or too much is refused, and overflows nothing.

use seaworthy::yaml::{Group, MAX_DEPTH, Pointer, Tree, Wish, edit};

/// Texts that nest `depth` collections, each in its own way.
fn nested(depth: usize) -> [String; 5] {
    let lines = |entry: &str| {
        (0..depth).map(|level| format!("{}{entry}\n", " ".repeat(level))).collect::<String>()
    };
    [
        "[".repeat(depth) + &"]".repeat(depth),
        "{a: ".repeat(depth) + &"}".repeat(depth),
        "- ".repeat(depth),
        "? ".repeat(depth),
        lines("a:"),
    ]
}

#[test]
fn a_text_nests_as_deep_as_is_said_on_half_the_stack_of_a_thread() {
    let read = || {
        for text in nested(MAX_DEPTH) {
            let tree = Tree::parse(text.as_str()).unwrap();
            let value = tree.root(0).unwrap().value();
            // A key that is a list or a map is no key to Kubernetes.
            assert!(value.is_ok() || text.starts_with('?'), "{value:?}");
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(read).unwrap().join().unwrap();
}

#[test]
fn deeper_is_refused() {
    for depth in [MAX_DEPTH + 1, 100_000] {
        // Of lines that each indent further there would be gigabytes.
        let texts = nested(if depth > 1000 { 1 } else { depth });
        let long = ["[", "{a: ", "- ", "? "].map(|entry| entry.repeat(depth));
        for text in texts.into_iter().filter(|_| depth < 1000).chain(long) {
            let refused = Tree::parse(text.as_str()).unwrap_err();
            assert!(refused.message.contains("too deep"), "{refused}");
        }
    }
}

#[test]
fn aliases_cannot_blow_a_document_up() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    let tree = Tree::parse(bomb.as_str()).unwrap();
    let refused = tree.root(0).unwrap().value().unwrap_err();
    assert!(refused.message.contains("blow"), "{refused}");
}

#[test]
fn what_contains_itself_is_refused() {
    for text in ["a: &x [*x]", "&x {a: *x}", "a: &x {b: &y [*x, *y]}", "&x\n? *x\n: 1"] {
        let tree = Tree::parse(text).unwrap();
        let refused = tree.root(0).unwrap().value();
        assert!(refused.is_err(), "{text}: {refused:?}");
    }
}

/// What the fuzzer found: the last wish on a scalar is refused, and none is left to be spliced.
#[test]
fn a_document_stays_if_all_wishes_on_it_are_refused() {
    let tree = Tree::parse("2\n").unwrap();
    let at = Pointer::parse("/a/0").unwrap();
    let wishes = vec![Wish::Insert { at, value: 1.into() }];
    let edited = edit(&tree, &[Group { document: 0, wishes, beside: Vec::new() }]);
    assert_eq!((edited.text.as_str(), edited.refused.len()), ("2\n", 1));
}
