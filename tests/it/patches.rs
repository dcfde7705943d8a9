//! Patches on texts whose comments, line ends or layout leave a choice: what a careful person
//! would have typed.

use seaworthy::yaml::{Cannot, Group, PatchError, PatchFile, Pointer, Tree, Wish, edit, patch};
use serde_json::json;

/// A text, a patch, and the text after it.
const CASES: &[(&str, &str, &str, &str)] = &[
    (
        "comments of an entry that goes stay where they are",
        "a:\n  # one\n  b: 1 # x\n  # two\n  c:\n    # three\n    d: 1\n  # four\n  e: 2\n",
        r#"{"a": {"c": null}}"#,
        "a:\n  # one\n  b: 1 # x\n  # two\n    # three\n  # four\n  e: 2\n",
    ),
    (
        "comments of a map that becomes a scalar stay below it",
        "a: # head\n  # one\n  b: 1 # x\n  # two\n  c: 1\nz: 1\n",
        r#"{"a": 5}"#,
        "a: 5 # head\n  # one\n  # two\nz: 1\n",
    ),
    (
        "comments within braces that go stay above",
        "a: {\n  # one\n  b: 1 # b\n} # x\nd: 1\n",
        r#"{"a": 5}"#,
        "  # one\na: 5 # x\nd: 1\n",
    ),
    (
        "an empty value in brackets, behind a key that is no ASCII",
        "s: [ښ: , b]\n",
        r#"[{"op": "replace", "path": "/s/0/ښ", "value": 1}]"#,
        "s: [ښ: 1, b]\n",
    ),
    (
        "the first entry of a map on the line of a dash",
        "l:\n- a: 1 # x\n  # about b\n  b: 2\n- a: 3\n  b: 4\n",
        r#"[{"op": "remove", "path": "/l/0/a"}, {"op": "remove", "path": "/l/1/a"}]"#,
        "l:\n-\n  # about b\n  b: 2\n- b: 4\n",
    ),
    (
        "items at the front and in the middle leave comments with the items below them",
        "l:\n  # first\n  - a\n\n  # second\n  - b # bb\n  - c\nm:\n- - x\n  - w\n",
        r#"[{"op": "add", "path": "/l/0", "value": "u"},
            {"op": "add", "path": "/l/2", "value": {"k": 1, "l": [1]}},
            {"op": "add", "path": "/m/0/0", "value": "v"}]"#,
        "l:\n  - u\n  # first\n  - a\n  - k: 1\n    l:\n    - 1\n\n  # second\n  - b # bb\n  - c\n\
         m:\n- - v\n  - x\n  - w\n",
    ),
    (
        "lines end as their neighbors do: CRLF",
        "a: 1\r\nb:\r\n  c: 1\r\n",
        r#"{"b": {"t": "l1\nl2\n", "u": {"v": [1]}}}"#,
        "a: 1\r\nb:\r\n  c: 1\r\n  t: |\r\n    l1\r\n    l2\r\n  u:\r\n    v:\r\n    - 1\r\n",
    ),
    (
        "lines end as their neighbors do: CR",
        "a: 1\rb:\r  c: 1\r",
        r#"{"b": {"t": "l1\nl2\n"}}"#,
        "a: 1\rb:\r  c: 1\r  t: |\r    l1\r    l2\r",
    ),
    (
        "what goes at the end of a text without a last line break leaves none",
        "a: 1\nx:\n  k: 1\n  z: 2\nc: 3",
        r#"{"x": {"z": null}, "c": null}"#,
        "a: 1\nx:\n  k: 1",
    ),
    (
        "lists and maps keep what both have in common",
        "args:\n- --a # keep\n- --b\n- --c\nm:\n  x: 1 # keep\n  w: 2\n",
        r#"{"args": ["--a", "--x", "--c", "--d"], "m": {"w": null, "z": 3}}"#,
        "args:\n- --a # keep\n- --x\n- --c\n- --d\nm:\n  x: 1 # keep\n  z: 3\n",
    ),
    (
        "braces and brackets over several lines",
        "a: {\n  # one\n  b: 1, # b\n  # two\n  c: 2 # c\n}\nd: [\n  1,\n  2,\n  # end\n]\n",
        r#"[{"op": "remove", "path": "/a/c"}, {"op": "add", "path": "/d/-", "value": 3},
            {"op": "remove", "path": "/d/0"}, {"op": "add", "path": "/a/e", "value": {"f": [1]}}]"#,
        "a: {\n  # one\n  b: 1, # b\n  e: {f: [1]}\n  # two\n}\nd: [\n  2,\n  3,\n  # end\n]\n",
    ),
    (
        "JSON on one line stays on one line",
        r#"{"a":1,"b":{"c":[1,2]}}"#,
        r#"[{"op": "add", "path": "/b/d", "value": {"e": [], "f": "x"}},
            {"op": "add", "path": "/b/c/0", "value": {"z": 1}}]"#,
        r#"{"a":1,"b":{"c":[{"z":1},1,2],"d":{"e":[],"f":"x"}}}"#,
    ),
    (
        "JSON over several lines gets lines",
        "{\n\t\"a\": 1,\n\t\"b\": {},\n\t\"l\": [1, 2]\n}\n",
        r#"[{"op": "add", "path": "/b/d", "value": {"e": [], "f": ["x"]}},
            {"op": "remove", "path": "/a"}, {"op": "add", "path": "/l/-", "value": 3}]"#,
        "{\n\t\"b\": {\n\t\t\"d\": {\n\t\t\t\"e\": [],\n\t\t\t\"f\": [\"x\"]\n\t\t}\n\t},\n\
         \t\"l\": [1, 2, 3]\n}\n",
    ),
    (
        "anchors stay, tags speak of the value that goes",
        "a: &x !!str 1\nb: !!int &v 2\nc: !t\n  d: 1\n",
        r#"{"a": 5, "b": {"k": 1}, "c": "s"}"#,
        "a: &x 5\nb: &v\n  k: 1\nc: s\n",
    ),
    (
        "new items are written as their siblings are",
        "a:\n- 'x'\nb:\n    -   k: 1\n        v: 2\nc:\n-\n  k: 1\n",
        r#"[{"op": "add", "path": "/a/-", "value": "z"},
            {"op": "add", "path": "/b/-", "value": {"k": 2, "v": [1]}},
            {"op": "add", "path": "/c/-", "value": {"k": 2}}]"#,
        "a:\n- 'x'\n- 'z'\nb:\n    -   k: 1\n        v: 2\n    -   k: 2\n        v:\n        -   1\n\
         c:\n-\n  k: 1\n-\n  k: 2\n",
    ),
    (
        "values move and are copied",
        "a:\n  b: 1 # b\n  c: 2\nl: [1]\n",
        r#"[{"op": "move", "from": "/a/b", "path": "/d"}, {"op": "test", "path": "/d", "value": 1},
            {"op": "copy", "from": "/a", "path": "/l/0"}]"#,
        "a:\n  c: 2\nl: [{c: 2}, 1]\nd: 1\n",
    ),
    (
        "empty brackets keep the comments in and on them when they are filled",
        "a: [ # c\n]\nb: # k\n  [] # e\nc: &a { # c\n}\nd: { # c\n  # own\n} # end\n\
         e: { # c\n  # own\n}\nf:\n- { # c\n  }\ng: {h: [ # c\n  ]}\n",
        r#"[{"op": "add", "path": "/a/-", "value": 2}, {"op": "add", "path": "/b/-", "value": 2},
            {"op": "add", "path": "/c/x", "value": 2}, {"op": "add", "path": "/d/x", "value": 2},
            {"op": "replace", "path": "/e", "value": {"x": {"z": 1}}},
            {"op": "add", "path": "/f/0/x", "value": 2},
            {"op": "add", "path": "/g/h/-", "value": [2]}]"#,
        "a: # c\n- 2\nb: # k\n  # e\n- 2\nc: &a # c\n  x: 2\nd: { # c\n  # own\n  x: 2\n} # end\n\
         e: # c\n  # own\n  x:\n    z: 1\nf:\n- { # c\n    x: 2\n  }\ng: {h: [ # c\n    [2]\n  ]}\n",
    ),
    (
        "comments that speak of no entry stay where all of a value goes",
        "a: { # c\n  b: 2 # b\n} # d\nc: { # c\n  b: 2\n}\nd: { # c\n  b: 2\n}\n\
         e: # k\n  foo # e\nf: [ # c\n  1, # one\n  # own\n  2 # two\n] # e\n",
        r#"[{"op": "add", "path": "/a", "value": 5}, {"op": "add", "path": "/c", "value": 5},
            {"op": "add", "path": "/d", "value": {}},
            {"op": "add", "path": "/e", "value": {"x": 1}}, {"op": "add", "path": "/f", "value": []}]"#,
        "# c\na: 5 # d\nc: 5 # c\nd: { # c\n}\ne: # k\n  # e\n  x: 1\nf: [ # c\n  # own\n] # e\n",
    ),
    (
        "entries without a value stand before new ones",
        "a: {b: c, d: }\ne: {f: , }\ng: [h: ]\ni: {? j : }\nk: {\n  l: # c\n}\nm: { n: }\no: {p: !t }\n\
         q: {r: # c\n}\n",
        r#"[{"op": "add", "path": "/a/x", "value": 1}, {"op": "add", "path": "/e/x", "value": 1},
            {"op": "add", "path": "/g/-", "value": 1}, {"op": "add", "path": "/i/x", "value": 1},
            {"op": "add", "path": "/k/x", "value": 1}, {"op": "add", "path": "/m/x", "value": 1},
            {"op": "add", "path": "/o/x", "value": 1}, {"op": "add", "path": "/q/x", "value": 1}]"#,
        "a: {b: c, d: , x: 1}\ne: {f: , x: 1, }\ng: [h: , 1]\ni: {? j : , x: 1}\n\
         k: {\n  l: , # c\n  x: 1\n}\nm: { n: , x: 1 }\no: {p: !t , x: 1}\nq: {r: , x: 1 # c\n}\n",
    ),
    (
        "entries without a value get one, and lose those behind them",
        "a: {b: , c: 1}\nd: {e: }\nf: {g: , h: 1}\ni: { j: }\n",
        r#"{"a": {"c": null}, "d": {"e": 1, "x": 2}, "f": {"g": 2}, "i": {"j": 1}}"#,
        "a: {b: }\nd: {e: 1, x: 2}\nf: {g: 2, h: 1}\ni: { j: 1 }\n",
    ),
    (
        "what goes from brackets of several lines leaves the other lines and the comments",
        "a: [1, # one\n  # own\n  2] # e\nb: [1, # one\n  # own\n  2] # e\n\
         c: {x: 1, z: 2, # xz\n  w: 3} # e\nd: [x, z,\n  w]\n\
         e: [1, {a: 1,\n  # own\n  b: 2}] # e\nf: {x: {a: 1,\n  # own\n  b: 2}, z: 1}\n\
         g: [{x: {\n  # own\n  a: 1}, z: 1}]\n",
        r#"[{"op": "remove", "path": "/a/0"}, {"op": "remove", "path": "/b/1"},
            {"op": "remove", "path": "/c/z"}, {"op": "remove", "path": "/d/1"},
            {"op": "remove", "path": "/e/1"}, {"op": "remove", "path": "/f/x"},
            {"op": "replace", "path": "/g/0/x", "value": 5}]"#,
        "a: [\n  # own\n  2] # e\nb: [1 # one\n  # own\n  ] # e\nc: {x: 1, # xz\n  w: 3} # e\n\
         d: [x,\n  w]\ne: [1\n  # own\n  ] # e\nf: {\n  # own\n  z: 1}\n\
         g: [{x:\n  # own\n  5, z: 1}]\n",
    ),
    (
        "what comes where several entries go stands behind their comments",
        "a: {x: 1, z: {\n  # own\n  b: 1}}\nb: [\n  1, # one\n  # own\n  2,\n  3\n]\n",
        r#"[{"op": "replace", "path": "/a", "value": {"k": 1}},
            {"op": "replace", "path": "/b", "value": ["w"]}]"#,
        "a: {\n  # own\n  k: 1}\nb: [\n  w # one\n  # own\n]\n",
    ),
    (
        "what is added stands below the comments of what is deeper, and above its own",
        "a:\n  b:\n  - c: 1\n    # d: 2\n\n    # e: 3\n  - f: |\n      g\n      # text\n     # h\n    # i\n\
         \u{20} # j\n# k\nl:\n  m:\n    # n: 1\n# o\n",
        r#"[{"op": "add", "path": "/a/b/0/x", "value": 1}, {"op": "add", "path": "/a/b/1", "value": 2},
            {"op": "add", "path": "/a/b/-", "value": {"x": 1}}, {"op": "add", "path": "/a/x", "value": "l1\nl2\n"},
            {"op": "add", "path": "/l/x", "value": 1}, {"op": "add", "path": "/x", "value": 1}]"#,
        "a:\n  b:\n  - c: 1\n    x: 1\n    # d: 2\n\n    # e: 3\n  - 2\n  - f: |\n      g\n      # text\n     # h\n    # i\n\
         \u{20} - x: 1\n  x: |\n    l1\n    l2\n  # j\n# k\nl:\n  m:\n    # n: 1\n  x: 1\nx: 1\n# o\n",
    ),
    (
        "lists have the gaps and the brackets, braces the blanks, of those beside them",
        "a:\n-   b: 1\n    c: 2\nd:\n  e: 1\nf:\n  add: [\"X\"]\n  g: []\n  h:\ni: [{ n: q }]\n",
        r#"[{"op": "add", "path": "/d/x", "value": [{"k": 1, "l": [1]}]},
            {"op": "add", "path": "/f/drop", "value": ["ALL"]},
            {"op": "add", "path": "/f/g/-", "value": "G"}, {"op": "add", "path": "/f/h", "value": ["H"]},
            {"op": "add", "path": "/f/w", "value": [{"k": 1}]},
            {"op": "add", "path": "/i/-", "value": {"o": "r", "s": {"t": [1]}}}]"#,
        "a:\n-   b: 1\n    c: 2\nd:\n  e: 1\n  x:\n  -   k: 1\n      l:\n      -   1\n\
         f:\n  add: [\"X\"]\n  g: [\"G\"]\n  h: [\"H\"]\n  drop: [\"ALL\"]\n  w:\n  -   k: 1\n\
         i: [{ n: q }, { o: r, s: { t: [1] } }]\n",
    ),
    (
        "a line that ends as YAML 1.1 has it is a line",
        "a:\n- k: |\n    x\n\u{2028}  # own\u{85}  # two\n- 2\n",
        r#"[{"op": "add", "path": "/a/0/z", "value": 1}, {"op": "remove", "path": "/a/1"}]"#,
        "a:\n- k: |\n    x\n  z: 1\n\u{2028}  # own\u{85}  # two\n",
    ),
    ("a document can lose all it holds", "# license\na: 1\n", r#"{"a": null}"#, "# license\n{}\n"),
];

#[test]
fn patches_read_as_if_typed_with_care() {
    for (name, before, wanted, after) in CASES {
        let patched = patch(before, None, &PatchFile::parse(wanted).unwrap());
        assert_eq!(patched.map(|patched| patched.text).as_deref(), Ok(*after), "{name}");
    }
}

#[test]
fn patches_that_do_not_apply_say_where_and_why() {
    let refused = |text, operations: &str| {
        patch(text, None, &PatchFile::parse(operations).unwrap()).unwrap_err()
    };
    let second = r#"[{"op": "add", "path": "/b", "value": {"c": 1}},
                     {"op": "test", "path": "/a", "value": 2}]"#;
    match refused("b: 1\na: 1\n", second) {
        PatchError::Inapplicable { operation: Some(1), at: 8, .. } => {}
        other => panic!("{other:?}"),
    }
    let cases = [
        ("a: 1\n", r#"[{"op": "remove", "path": "/b"}]"#),
        ("a: 1\n", r#"[{"op": "add", "path": "/b/c", "value": 1}]"#),
        ("a: [1]\n", r#"[{"op": "add", "path": "/a/2", "value": 1}]"#),
        ("a: {b: 1}\n", r#"[{"op": "move", "from": "/a", "path": "/a/b"}]"#),
    ];
    for (text, operations) in cases {
        let error = refused(text, operations);
        assert!(matches!(error, PatchError::Inapplicable { operation: Some(0), .. }), "{error:?}");
    }
    // Numbers that 64 bits do not hold would be written as others.
    let big = "big: 18446744073709551616\na: [1]\n";
    for from in ["/big", ""] {
        let operations = format!(r#"[{{"op": "copy", "from": "{from}", "path": "/c"}}]"#);
        let error = refused(big, &operations);
        assert!(matches!(error, PatchError::Inapplicable { operation: Some(0), .. }), "{error:?}");
    }
    for number in ["1e400", "18446744073709551616", "-9223372036854775809"] {
        let patch = PatchFile::parse(&format!(r#"{{"a": [{number}]}}"#));
        assert!(matches!(patch, Err(PatchError::NoPatch { at: Some(7), .. })), "{patch:?}");
    }
    for number in ["18446744073709551615", "-9223372036854775808", "1.5e300", "\"1e400\"", "1e5"] {
        assert!(PatchFile::parse(&format!(r#"{{"a": [{number}]}}"#)).is_ok(), "{number}");
    }
    let error = refused("a: 1\n---\nb: 1\n", "{}");
    assert_eq!(error, PatchError::Ambiguous { documents: 2 });
    assert!(matches!(PatchFile::parse("a: ["), Err(PatchError::NoPatch { at: Some(_), .. })));
    assert!(matches!(PatchFile::parse("- op: no"), Err(PatchError::NoPatch { at: None, .. })));
}

fn group(wish: Wish) -> Group {
    Group { document: 0, wishes: vec![wish], beside: Vec::new() }
}

fn at(pointer: &str) -> Pointer {
    Pointer::parse(pointer).unwrap()
}

#[test]
fn wishes_that_cannot_be_are_refused_and_the_others_come_true() {
    let text = "base: &b {a: {k: 1}}\nc:\n  <<: *b\nd: 1\nd: 2\n? e\n: 1\nl: [x]\n";
    let tree = Tree::parse(text).unwrap();
    let set = |pointer, value| group(Wish::Set { at: at(pointer), value });
    let groups = [
        set("/base/a/k", json!(2)),
        set("/c/a/k", json!(2)),
        group(Wish::Remove { at: at("/c/a") }),
        set("/d", json!(3)),
        set("/e", json!(3)),
        set("/l/0/k", json!(3)),
        set("/new", json!(1)),
        set("/new", json!(2)),
        group(Wish::Include { at: at("/l"), value: json!("w") }),
    ];
    let edited = edit(&tree, &groups);
    let kinds: Vec<(usize, Cannot)> =
        edited.refused.iter().map(|(index, refusal)| (*index, refusal.kind)).collect();
    let wanted = [
        (0, Cannot::Shared),
        (1, Cannot::Shared),
        (2, Cannot::Shared),
        (3, Cannot::Duplicate),
        (4, Cannot::Layout),
        (5, Cannot::Missing),
        (7, Cannot::Conflict),
    ];
    assert_eq!(kinds, wanted);
    assert_eq!(edited.text, text.replace("[x]", "[x, w]") + "new: 1\n");
}

#[test]
fn wishes_on_what_cannot_be_read_are_refused() {
    let tree = Tree::parse("a: {{ x }}\nb: 1\n---\nc: 1\n").unwrap();
    let set = |document, pointer| Group {
        document,
        wishes: vec![Wish::Set { at: at(pointer), value: json!(2) }],
        beside: Vec::new(),
    };
    let edited = edit(&tree, &[set(0, "/b"), set(1, "/c"), set(2, "/d")]);
    let kinds: Vec<(usize, Cannot)> =
        edited.refused.iter().map(|(index, refusal)| (*index, refusal.kind)).collect();
    assert_eq!(kinds, [(0, Cannot::Unreadable), (2, Cannot::Missing)]);
    assert_eq!(edited.text, "a: {{ x }}\nb: 1\n---\nc: 2\n");
}

/// What the fuzzer found: the colon becomes part of the tag, and one key stands there twice.
#[test]
fn a_key_that_stands_there_twice_proves_nothing() {
    let text = "a: {!$!it }\nc:\n";
    let tree = Tree::parse(text).unwrap();
    let set = |pointer, value| group(Wish::Set { at: at(pointer), value });
    let edited = edit(&tree, &[set("/a/", json!(0)), set("/a/0", json!(null))]);
    let refused: Vec<(usize, Cannot)> =
        edited.refused.iter().map(|(index, refusal)| (*index, refusal.kind)).collect();
    assert_eq!(refused, [(0, Cannot::Unfaithful)]);
    assert_eq!(edited.text, "a: {!$!it , \"0\": null}\nc:\n");
}

#[test]
fn wishes_for_one_missing_parent_make_one() {
    let tree = Tree::parse("spec:\n    a:\n        b: 1\n").unwrap();
    let set = |pointer, value| Wish::Set { at: at(pointer), value };
    let groups = [
        group(set("/spec/sc/profile/type", json!("on"))),
        group(set("/spec/sc/root", json!(false))),
        group(Wish::Include { at: at("/spec/sc/drop"), value: json!("ALL") }),
        group(Wish::Include { at: at("/spec/sc/drop"), value: json!("ALL") }),
        group(Wish::Remove { at: at("/spec/none") }),
    ];
    let edited = edit(&tree, &groups);
    assert!(edited.refused.is_empty(), "{:?}", edited.refused);
    let wanted = "spec:\n    a:\n        b: 1\n    sc:\n        profile:\n            type: \"on\"\n\
                  \u{20}       root: false\n        drop:\n        - ALL\n";
    assert_eq!(edited.text, wanted);
    let tree = Tree::parse(&*edited.text).unwrap();
    assert!(edit(&tree, &groups).edits.is_empty(), "a second time asks for nothing");
}
