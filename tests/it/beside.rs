//! New documents beside those of a text: where a careful person would have put them.

use std::collections::BTreeMap;

use rayon::prelude::*;
use seaworthy::yaml::{
    Beside, Cannot, Edited, Group, Pointer, Tree, Value, Wish, edit, operations, print,
};
use serde_json::{Map, json};

use crate::{
    corpus::{self, File},
    mutation::Dice,
    naive,
    neighbors::{Document, documents},
    wish, wishes,
};

/// A document, a side of it, and the name of a new document that should stand there.
type Ask = (usize, fn(Value) -> Beside, &'static str);

const BEFORE: fn(Value) -> Beside = Beside::Before;
const BEHIND: fn(Value) -> Beside = Beside::Behind;

/// A text, what is asked for beside its documents, and the text after it.
const CASES: &[(&str, &str, &[Ask], &str)] = &[
    (
        "what stands around a separator stays there",
        "# head\n---\n# one\na: 1\n# end of one\n\n---\n# two\na: 2\n# end of two\n",
        &[(0, BEFORE, "x"), (1, BEFORE, "s"), (1, BEHIND, "z")],
        "# head\n---\nnew: x\n---\n# one\na: 1\n# end of one\n\n---\nnew: s\n---\n# two\na: 2\n\
         # end of two\n---\nnew: z\n",
    ),
    (
        "a first document without a separator gets one",
        "a: 1\n---\na: 2\n",
        &[(0, BEFORE, "x"), (0, BEHIND, "s")],
        "new: x\n---\na: 1\n---\nnew: s\n---\na: 2\n",
    ),
    (
        "comments that touch a document are its own, others the head of the file",
        "# head\n\n# more\n  \n# about a\n  # its a\na: 1\n",
        &[(0, BEFORE, "x")],
        "# head\n\n# more\n  \nnew: x\n---\n# about a\n  # its a\na: 1\n",
    ),
    (
        "all comments may be a document's own",
        "\n# about a\na: 1\n",
        &[(0, BEFORE, "x")],
        "\nnew: x\n---\n# about a\na: 1\n",
    ),
    (
        "a head may be all there is above",
        "# head\n\na: 1\n",
        &[(0, BEFORE, "x")],
        "# head\n\nnew: x\n---\na: 1\n",
    ),
    (
        "a license is the file's even where it touches the document",
        "# Copyright The Authors\n# SPDX-License-Identifier: MIT\na: 1\n",
        &[(0, BEFORE, "x")],
        "# Copyright The Authors\n# SPDX-License-Identifier: MIT\nnew: x\n---\na: 1\n",
    ),
    (
        "what must be the first line is the first line",
        "#!/usr/bin/env -S kubectl apply -f\n# about a\na: 1\n",
        &[(0, BEFORE, "x")],
        "#!/usr/bin/env -S kubectl apply -f\nnew: x\n---\n# about a\na: 1\n",
    ),
    (
        "a schema is that of the document that follows, and of no other",
        "# head\n\n# yaml-language-server: $schema=https://x.y/z.json\n\n# about a\na: 1\n",
        &[(0, BEFORE, "x")],
        "# head\n\nnew: x\n---\n# yaml-language-server: $schema=https://x.y/z.json\n\n# about a\na: 1\n",
    ),
    (
        "a byte order mark comes first",
        "\u{feff}# about a\na: 1\n",
        &[(0, BEFORE, "x"), (0, BEHIND, "s")],
        "\u{feff}new: x\n---\n# about a\na: 1\n---\nnew: s\n",
    ),
    (
        "a byte order mark comes before a separator too",
        "\u{feff}---\na: 1\n",
        &[(0, BEFORE, "x")],
        "\u{feff}---\nnew: x\n---\na: 1\n",
    ),
    (
        "what stands on the line of a separator stays on it",
        "--- # one\na: 1\n--- {a: 2}\n--- !t\na: 3\n--- |\n  text\n",
        &[(0, BEFORE, "v"), (1, BEFORE, "w"), (2, BEFORE, "x"), (3, BEFORE, "s"), (3, BEHIND, "z")],
        "---\nnew: v\n--- # one\na: 1\n---\nnew: w\n--- {a: 2}\n---\nnew: x\n--- !t\na: 3\n---\n\
         new: s\n--- |\n  text\n---\nnew: z\n",
    ),
    (
        "a last line without an end gets one",
        "a: 1\n# end",
        &[(0, BEHIND, "x"), (0, BEHIND, "s")],
        "a: 1\n# end\n---\nnew: x\n---\nnew: s\n",
    ),
    (
        "a last line without an end may hold all there is",
        "a: |-\n  b",
        &[(0, BEHIND, "x")],
        "a: |-\n  b\n---\nnew: x\n",
    ),
    (
        "an end that is said stays where it is",
        "a: 1\n...\n# c\n---\na: 2\n...\n",
        &[(0, BEHIND, "x"), (1, BEHIND, "s")],
        "a: 1\n...\n# c\n---\nnew: x\n---\na: 2\n...\n---\nnew: s\n",
    ),
    (
        "lines end as their neighbors do",
        "a: 1\r\n---\r\na: 2\r\n",
        &[(0, BEFORE, "x"), (1, BEFORE, "s"), (1, BEHIND, "z")],
        "new: x\r\n---\r\na: 1\r\n---\r\nnew: s\r\n---\r\na: 2\r\n---\r\nnew: z\r\n",
    ),
    (
        "documents that say nothing count",
        "---\n---\n# nothing\n---\na: 1\n---\n",
        &[(0, BEFORE, "w"), (1, BEFORE, "x"), (2, BEHIND, "s"), (3, BEHIND, "z")],
        "---\nnew: w\n---\n---\nnew: x\n---\n# nothing\n---\na: 1\n---\nnew: s\n---\n---\nnew: z\n",
    ),
    (
        "equal ones are written once, before the first and behind the last who ask",
        "a: 0\n---\na: 1\n---\na: 2\n---\na: 3\n",
        &[(2, BEFORE, "x"), (1, BEFORE, "x"), (1, BEHIND, "s"), (2, BEHIND, "s"), (1, BEHIND, "s")],
        "a: 0\n---\nnew: x\n---\na: 1\n---\na: 2\n---\nnew: s\n---\na: 3\n",
    ),
    (
        "what is asked for on both sides stands before",
        "a: 0\n---\na: 1\n",
        &[(0, BEHIND, "x"), (1, BEFORE, "x")],
        "a: 0\n---\nnew: x\n---\na: 1\n",
    ),
    (
        "different ones keep the order in which they were asked for",
        "a: 0\n---\na: 1\n",
        &[(1, BEFORE, "z"), (0, BEHIND, "w"), (1, BEFORE, "x"), (1, BEFORE, "s"), (0, BEHIND, "v")],
        "a: 0\n---\nnew: w\n---\nnew: v\n---\nnew: z\n---\nnew: x\n---\nnew: s\n---\na: 1\n",
    ),
];

#[test]
fn new_documents_stand_where_they_would_have_been_typed() {
    for (name, before, asks, after) in CASES {
        let tree = Tree::parse(*before).unwrap();
        let groups: Vec<Group> = asks
            .iter()
            .map(|(document, beside, name)| Group {
                document: *document,
                wishes: Vec::new(),
                beside: vec![beside(json!({"new": name}))],
            })
            .collect();
        let edited = edit(&tree, &groups);
        assert_eq!(edited.refused, [], "{name}");
        assert_eq!(edited.text, *after, "{name}");
        assert_eq!(edited.edits.apply(before), *after, "{name}");
        let mut landed = vec![false; groups.len()];
        for (byte, group) in edited.landings {
            let line = format!("new: {}", asks[group].2);
            assert!(edited.text[byte..].starts_with(&line), "{name}: {byte} of {group}");
            landed[group] = true;
        }
        assert!(landed.iter().all(|landed| *landed), "{name}: {landed:?}");
    }
}

#[test]
fn new_documents_are_written_as_the_others_are() {
    let account = json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "on", "labels": {"a/b": "1e3", "empty": ""}},
        "automountServiceAccountToken": false,
        "imagePullSecrets": [{"name": "a", "x": 1.0}, {"name": "b"}],
        "text": "one\ntwo\n",
    });
    let group = |beside| Group { document: 0, wishes: Vec::new(), beside: vec![beside] };
    let text = "spec:\n    containers:\n      -   name: x\n";
    let groups = [group(Beside::Before(account.clone())), group(Beside::Behind(json!([])))];
    let edited = edit(&Tree::parse(text).unwrap(), &groups);
    let new = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n    name: \"on\"\n    labels:\n        \
               a/b: \"1e3\"\n        empty: \"\"\nautomountServiceAccountToken: false\n\
               imagePullSecrets:\n  -   name: a\n      x: 1\n  -   name: b\ntext: |\n    one\n    two\n";
    assert_eq!(edited.text, format!("{new}---\n{text}---\n[]\n"));
    // A whole number is one, however it was made.
    let mut same = account;
    same["imagePullSecrets"][0]["x"] = json!(1);
    let groups = [groups[0].clone(), group(Beside::Before(same))];
    let edited = edit(&Tree::parse(text).unwrap(), &groups);
    assert_eq!(edited.text, format!("{new}---\n{text}"));
    assert_eq!(edited.landings.len(), 2);
}

fn at(pointer: &str) -> Pointer {
    Pointer::parse(pointer).unwrap()
}

#[test]
fn wishes_and_new_documents_come_true_together() {
    let text = "- # c\n  a: 1\n- b\n--- {l: [\n # own\n x]}\n---\nz: 1\nq: 1";
    let tree = Tree::parse(text).unwrap();
    let new = |name: &str| json!({"new": name});
    let insert = |pointer, value| Wish::Insert { at: at(pointer), value };
    let groups = [
        Group {
            document: 0,
            wishes: vec![insert("/0", json!("first")), insert("/2", json!("last"))],
            beside: vec![Beside::Before(new("u")), Beside::Behind(new("v"))],
        },
        Group {
            document: 1,
            wishes: vec![Wish::Set { at: at("/l"), value: json!(1) }],
            beside: vec![Beside::Before(new("w"))],
        },
        Group {
            document: 2,
            wishes: vec![
                Wish::Remove { at: at("/q") },
                Wish::Set { at: at("/x"), value: json!(2) },
            ],
            beside: vec![Beside::Behind(new("x"))],
        },
    ];
    let edited = edit(&tree, &groups);
    assert_eq!(edited.refused, []);
    assert_eq!(
        edited.text,
        "new: u\n---\n- first\n- # c\n  a: 1\n- b\n- last\n---\nnew: v\n---\nnew: w\n--- {l:\n # own\n 1}\n\
         ---\nz: 1\nx: 2\n---\nnew: x\n"
    );
}

#[test]
fn what_has_no_place_for_others_is_refused() {
    let cases = [
        (" {\"a\": 1}\n", "one value in brackets", [0, 1]),
        ("[a]", "one value in brackets", [0, 1]),
        ("a: 1\r# c\r", "lines that end with", [0, 1]),
        ("a: |\n  b", "a line break that it does not have", [1, 1]),
        ("a:\n- >+\n  b", "a line break that it does not have", [1, 1]),
        ("%YAML 1.1\n---\na: 1\n", "`%` directives", [0, 0]),
    ];
    for (text, reason, sides) in cases {
        let tree = Tree::parse(text).unwrap();
        for (side, beside) in [BEFORE, BEHIND].into_iter().enumerate() {
            let beside = vec![beside(json!({"new": 1}))];
            let wishes = vec![Wish::Set { at: at("/a"), value: json!(2) }];
            let edited = edit(&tree, &[Group { document: 0, wishes, beside }]);
            if !sides.contains(&side) {
                assert_eq!(edited.refused, [], "{text:?}");
                continue;
            }
            let [(0, refusal)] = &edited.refused[..] else { panic!("{text:?}: {edited:?}") };
            assert_eq!(refusal.kind, Cannot::Layout, "{text:?}");
            assert!(refusal.message.contains(reason), "{text:?}: {}", refusal.message);
            assert!(edited.text == text && edited.edits.is_empty(), "{text:?}");
        }
    }
    let text = "a: 1\n...\n%YAML 1.1\n---\na: 2\n";
    let group = |document, beside: fn(Value) -> Beside| Group {
        document,
        wishes: Vec::new(),
        beside: vec![beside(json!({"new": document}))],
    };
    let groups = [group(0, BEFORE), group(0, BEHIND), group(1, BEFORE), group(1, BEHIND)];
    let edited = edit(&Tree::parse(text).unwrap(), &groups);
    let refused: Vec<(usize, Cannot)> =
        edited.refused.iter().map(|(group, refusal)| (*group, refusal.kind)).collect();
    assert_eq!(refused, [(1, Cannot::Layout), (2, Cannot::Layout)]);
    assert_eq!(edited.text, format!("new: 0\n---\n{text}---\nnew: 1\n"));
}

#[test]
fn a_group_comes_true_with_its_new_documents_or_not_at_all() {
    let text = "a: {{ x }}\n---\na: &a {b: 1}\nc: *a\n---\na: 1\n";
    let new = json!({"new": 1});
    let group = |document, pointer| Group {
        document,
        wishes: vec![Wish::Set { at: at(pointer), value: json!(2) }],
        beside: vec![Beside::Before(new.clone()), Beside::Before(json!({"of": document}))],
    };
    let unread =
        Group { document: 0, wishes: Vec::new(), beside: vec![Beside::Before(new.clone())] };
    let groups = [unread, group(1, "/a/b"), group(2, "/a"), group(3, "/a")];
    let edited = edit(&Tree::parse(text).unwrap(), &groups);
    let refused: Vec<(usize, Cannot)> =
        edited.refused.iter().map(|(group, refusal)| (*group, refusal.kind)).collect();
    assert_eq!(refused, [(0, Cannot::Unreadable), (1, Cannot::Shared), (3, Cannot::Missing)]);
    // It stands before the first of those that are kept.
    let kept = text.replace("---\na: 1", "---\nnew: 1\n---\nof: 2\n---\na: 2");
    assert_eq!(edited.text, kept);
}

/// A list of objects, and the same once each of two got a key, with new ones around them.
const LISTS: &[(&str, &str, &str)] = &[
    (
        "a block, flush with its key",
        "kind: List\nitems:\n# about a\n- kind: A # a\n  spec:\n    x: 1\n    # end of a\n# about b\n- kind: B\n\
         \u{20} spec:\n    x: 1\nz: 1\n",
        "kind: List\nitems:\n- kind: M\n  spec:\n    l:\n    - k: 1\n    m: on now\n- kind: O\n# about a\n\
         - kind: A # a\n  spec:\n    x: 1\n    z: 2\n    # end of a\n- kind: P\n  l:\n  - 1\n# about b\n\
         - kind: B\n  spec:\n    x: 1\n  new: 1\n- kind: Q\nz: 1\n",
    ),
    (
        "a block, deeper than its key, with gaps",
        "items:\n    -   kind: A\n        spec:\n            x: 1\n\n    -   kind: B\n        spec: {x: 1}\n",
        "items:\n    -   kind: M\n        spec:\n            l:\n                -   k: 1\n            m: on now\n    \
         -   kind: O\n    -   kind: A\n        spec:\n            x: 1\n            z: 2\n    -   kind: P\n        \
         l:\n            -   1\n\n    -   kind: B\n        spec: {x: 1}\n        new: 1\n    -   kind: Q\n",
    ),
    (
        "a block without a last line break",
        "items:\n- kind: A\n  spec:\n    x: 1\n- kind: B",
        "items:\n- kind: M\n  spec:\n    l:\n    - k: 1\n    m: on now\n- kind: O\n- kind: A\n  spec:\n    x: 1\n    \
         z: 2\n- kind: P\n  l:\n  - 1\n- kind: B\n  new: 1\n- kind: Q",
    ),
    (
        "braces on one line",
        "items: [{kind: A, spec: {x: 1}}, {kind: B}]\n",
        "items: [{kind: M, spec: {l: [{k: 1}], m: on now}}, {kind: O}, {kind: A, spec: {x: 1, z: 2}}, \
         {kind: P, l: [1]}, {kind: B, new: 1}, {kind: Q}]\n",
    ),
    (
        "JSON on one line",
        r#"{"items":[{"kind":"A","spec":{"x":1}},{"kind":"B"}]}"#,
        r#"{"items":[{"kind":"M","spec":{"l":[{"k":1}],"m":"on now"}},{"kind":"O"},{"kind":"A","spec":{"x":1,"z":2}},{"kind":"P","l":[1]},{"kind":"B","new":1},{"kind":"Q"}]}"#,
    ),
    (
        "JSON on several lines",
        "{\n  \"items\": [\n    {\n      \"kind\": \"A\",\n      \"spec\": {\n        \"x\": 1\n      }\n    },\n    {\n      \
         \"kind\": \"B\"\n    }\n  ]\n}\n",
        "{\n  \"items\": [\n    {\n      \"kind\": \"M\",\n      \"spec\": {\n        \"l\": [\n          {\n            \
         \"k\": 1\n          }\n        ],\n        \"m\": \"on now\"\n      }\n    },\n    {\n      \"kind\": \"O\"\n    \
         },\n    {\n      \"kind\": \"A\",\n      \"spec\": {\n        \"x\": 1,\n        \"z\": 2\n      }\n    },\n    \
         {\n      \"kind\": \"P\",\n      \"l\": [\n        1\n      ]\n    },\n    {\n      \"kind\": \"B\",\n      \
         \"new\": 1\n    },\n    {\n      \"kind\": \"Q\"\n    }\n  ]\n}\n",
    ),
    (
        "JSON with its brackets on one line",
        "{\"items\": [{\n\t\"kind\": \"A\",\n\t\"spec\": {\"x\": 1}\n}, {\n\t\"kind\": \"B\"\n}]}\n",
        "{\"items\": [{\n\t\"kind\": \"M\",\n\t\"spec\": {\n\t\t\"l\": [\n\t\t\t{\n\t\t\t\t\"k\": 1\n\t\t\t}\n\t\t],\n\t\t\
         \"m\": \"on now\"\n\t}\n}, {\n\t\"kind\": \"O\"\n}, {\n\t\"kind\": \"A\",\n\t\"spec\": {\"x\": 1, \"z\": 2}\n}, {\n\t\
         \"kind\": \"P\",\n\t\"l\": [\n\t\t1\n\t]\n}, {\n\t\"kind\": \"B\",\n\t\"new\": 1\n}, {\n\t\"kind\": \"Q\"\n}]}\n",
    ),
];

#[test]
fn items_stand_where_they_were_wished_and_the_others_are_mended_beside_them() {
    let insert = |pointer, value| Wish::Insert { at: at(pointer), value };
    let first = json!({"kind": "M", "spec": {"l": [{"k": 1}], "m": "on now"}});
    let wishes = [
        insert("/items/0", first.clone()),
        Wish::Set { at: at("/items/0/spec/z"), value: json!(2) },
        insert("/items/1", json!({"kind": "P", "l": [1]})),
        insert("/items/0", json!({"kind": "O"})),
        insert("/items/0", first),
        Wish::Set { at: at("/items/1/new"), value: json!(1) },
        insert("/items/2", json!({"kind": "Q"})),
    ];
    let shown = ["M", "2", "P", "O", "M", "1", "Q"];
    let groups: Vec<Group> = wishes
        .iter()
        .map(|wish| Group { document: 0, wishes: vec![wish.clone()], beside: Vec::new() })
        .collect();
    for (name, before, after) in LISTS {
        let edited = edit(&Tree::parse(*before).unwrap(), &groups);
        assert_eq!(edited.refused, [], "{name}");
        assert_eq!(edited.text, *after, "{name}\n{}", edited.text);
        assert_eq!(edited.landings.len(), groups.len(), "{name}");
        for (byte, group) in edited.landings {
            let rest = &edited.text[byte..];
            let word = rest
                .split(|char: char| !char.is_alphanumeric())
                .find(|word| !matches!(*word, "" | "kind"));
            assert_eq!(word, Some(shown[group]), "{name}: {group} at {byte}");
        }
        let patched = json_patch_of(before, &wishes);
        assert_eq!(
            Tree::parse(*after).unwrap().root(0).unwrap().value().unwrap(),
            patched,
            "{name}"
        );
    }
}

fn json_patch_of(text: &str, wishes: &[Wish]) -> Value {
    let mut value = Tree::parse(text).unwrap().root(0).unwrap().value().unwrap();
    let operations = seaworthy::yaml::operations(&value, wishes);
    json_patch::patch(&mut value, &operations).unwrap();
    value
}

#[test]
fn a_new_text_holds_what_is_printed() {
    let values = [json!({"a": "on", "l": [1, {"b": 2.0}]}), json!({}), json!({"t": "l1\nl2\n"})];
    let text = print(&values);
    assert_eq!(text, "a: \"on\"\nl:\n- 1\n- b: 2\n---\n{}\n---\nt: |\n  l1\n  l2\n");
    let mut dice = Dice::new(4);
    for _ in 0..1000 {
        let values: Vec<Value> = (0..dice.below(4)).map(|_| object(&mut dice)).collect();
        let text = print(&values);
        let read = naive::values(&text).unwrap();
        assert_eq!(read, values.into_iter().map(Some).collect::<Vec<_>>(), "{text}");
        assert_eq!(Tree::parse(&*text).unwrap().separators(), Ok(()), "{text}");
    }
}

/// How new documents beside those of real files ended.
#[derive(Default)]
struct Ended {
    asked: usize,
    written: usize,
    refused: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Ended {
    fn add(mut self, other: Ended) -> Ended {
        self.asked += other.asked;
        self.written += other.written;
        for (reason, count) in other.refused {
            *self.refused.entry(reason).or_default() += count;
        }
        self.wrong.extend(other.wrong);
        self
    }
}

#[test]
fn every_document_of_real_files_can_have_others_beside_it() {
    let Some(files) = corpus::all("new documents") else { return };
    let ended = files
        .par_iter()
        .enumerate()
        .filter(|(_, file)| file.text.len() < 100_000 && Tree::parse(&*file.text).is_ok())
        .map(|(seed, file)| {
            let mut dice = Dice::new(seed as u64);
            let every = attempt(&mut dice, file, &file.text, false);
            let some = attempt(&mut dice, file, &file.text, true);
            let varied = wishes::varied(&mut dice, &file.text);
            let varied = varied.map(|text| attempt(&mut dice, file, &text, true));
            every.add(some).add(varied.unwrap_or_default())
        })
        .reduce(Ended::default, Ended::add);
    eprintln!("{} new documents asked for, {} written", ended.asked, ended.written);
    for (reason, count) in &ended.refused {
        eprintln!("  {count:>7} {reason}");
    }
    ended.wrong.iter().take(5).for_each(|wrong| eprintln!("{wrong}\n"));
    assert!(ended.wrong.is_empty(), "{} results are wrong", ended.wrong.len());
    assert!(ended.asked > 20_000 && ended.written > ended.asked * 9 / 10, "too few are written");
}

/// New documents on both sides of each document of a text; or anywhere, beside other wishes.
fn attempt(dice: &mut Dice, file: &File, text: &str, with_wishes: bool) -> Ended {
    let tree = Tree::parse(text).unwrap();
    let Some(mut values) = naive::values(text) else { return Ended::default() };
    let read: Vec<Option<Value>> = tree.roots().map(|root| root.value().ok()).collect();
    if values != read {
        // The judge reads it otherwise; others see to that.
        return Ended::default();
    }
    let shared = [object(dice), object(dice)];
    let mut groups = Vec::new();
    for (document, value) in values.iter().enumerate() {
        let mut group = Group { document, wishes: Vec::new(), beside: Vec::new() };
        match with_wishes {
            false => {
                group.beside = vec![Beside::Before(object(dice)), Beside::Behind(object(dice))]
            }
            true => {
                for _ in 0..dice.below(3) {
                    let side = *dice.pick(&[BEFORE, BEHIND]);
                    let value =
                        if dice.one_in(2) { object(dice) } else { dice.pick(&shared).clone() };
                    group.beside.push(side(value));
                }
                if let Some(value) = value.as_ref().filter(|value| value.is_object()) {
                    group.wishes.extend((0..dice.below(2)).map(|_| wish::wish(dice, value)));
                }
            }
        }
        groups.push(group);
    }
    if with_wishes && dice.one_in(2) {
        groups.reverse();
    }
    let edited = edit(&tree, &groups);
    let asked = groups.iter().map(|group| group.beside.len()).sum();
    let mut ended = Ended { asked, ..Ended::default() };
    let mut wrong = |what: String| {
        ended.wrong.push(format!("{}: {what}\n{groups:#?}\n{text}", file.path.display()));
    };
    let mut kept: Vec<&Group> = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let Some((_, refusal)) = edited.refused.iter().find(|(refused, _)| *refused == index)
        else {
            kept.push(group);
            continue;
        };
        if refusal.kind == Cannot::Unfaithful && group.wishes.is_empty() {
            wrong(format!("refused without a reason: {refusal:?}"));
        }
    }
    for group in &kept {
        if let Some(value) = values[group.document].as_mut() {
            let patch = operations(value, &group.wishes);
            json_patch::patch(value, &patch).unwrap();
        }
    }
    let beside: Vec<(usize, Beside)> = kept
        .iter()
        .flat_map(|group| group.beside.iter().map(|beside| (group.document, beside.clone())))
        .collect();
    let wanted = documents(values.len(), &beside).into_iter().map(|document| match document {
        Document::Old(document) => values[document].clone(),
        Document::New(value) => Some(value.clone()),
    });
    let counts = match kept.iter().all(|group| group.wishes.is_empty()) {
        true => wishes::any_comment,
        false => wishes::own_line,
    };
    if let Some(fault) = wishes::fault(text, &edited.text, &edited.edits, &wanted.collect(), counts)
    {
        wrong(fault);
    } else if let Some(fault) = spoiled(&tree, &edited, &kept) {
        wrong(fault);
    }
    ended.written = beside.len();
    for (_, refusal) in &edited.refused {
        *ended.refused.entry(wishes::kind(refusal)).or_default() += 1;
    }
    ended
}

/// What is wrong with a text that says what it should.
fn spoiled(tree: &Tree<'_>, edited: &Edited, kept: &[&Group]) -> Option<String> {
    let after = Tree::parse(&*edited.text).unwrap();
    if tree.separators().is_ok() && after.separators().is_err() {
        return Some(format!("kubectl splits it otherwise: {:?}", after.separators()));
    }
    let adds = edited.edits.as_slice().iter().all(|edit| edit.span.is_empty());
    if kept.iter().all(|group| group.wishes.is_empty()) && !adds {
        return Some("what was there went".to_owned());
    }
    let landed = |index: &usize| edited.landings.iter().any(|(_, group)| group == index);
    let missing = (0..kept.len() + edited.refused.len()).find(|index| {
        let refused = edited.refused.iter().any(|(refused, _)| refused == index);
        !refused && !landed(index)
    });
    missing
        .filter(|_| kept.iter().all(|group| !group.beside.is_empty()))
        .map(|group| format!("group {group} shows nowhere"))
}

/// A map that a document can be, with whole numbers written as such.
fn object(dice: &mut Dice) -> Value {
    let entries = (0..1 + dice.below(4)).map(|_| (wish::key(dice), wish::new(dice, 3)));
    whole(Value::Object(entries.collect()))
}

fn whole(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => {
                json!(float as i64)
            }
            _ => Value::Number(number),
        },
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(map) => Value::Object(
            map.into_iter().map(|(key, value)| (key, whole(value))).collect::<Map<_, _>>(),
        ),
        other => other,
    }
}
