//! Whatever is wished of whatever text, and whatever should stand beside its documents: no panic, and
//! what is edited says what was wished.
#![no_main]

#[allow(dead_code)]
#[path = "../../tests/it/deviation.rs"]
mod deviation;
#[allow(dead_code)]
#[path = "../../tests/it/libyaml.rs"]
mod libyaml;
#[path = "../../tests/it/neighbors.rs"]
mod neighbors;

use libfuzzer_sys::fuzz_target;
use neighbors::Document;
use seaworthy::yaml::{self, Beside, Group, Node, Tree, Value, Wish, operations};
use serde_json::json;

// The first bytes say what is wished for, the others are the text.
fuzz_target!(|data: &[u8]| {
    let Some((&count, data)) = data.split_first() else { return };
    let count = usize::from(count % 4) + 1;
    let Some((choices, text)) = data.split_at_checked(4 * count) else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(tree) = Tree::parse(text) else { return };
    if tree.roots().len() == 0 {
        return;
    }
    let groups: Vec<Group> = choices.chunks(4).map(|choice| group(&tree, choice)).collect();
    let edited = yaml::edit(&tree, &groups);
    assert_eq!(edited.edits.apply(text), edited.text, "the edits are not what was done");

    let after = Tree::parse(edited.text.as_str()).expect("the edited text can be read");
    let is_kept = |index| edited.refused.iter().all(|(refused, _)| *refused != index);
    let kept = groups.iter().enumerate().filter(|(index, _)| is_kept(*index));
    let kept: Vec<&Group> = kept.map(|(_, group)| group).collect();
    let mut beside: Vec<(usize, Beside)> = Vec::new();
    for group in &kept {
        beside.extend(group.beside.iter().map(|it| (group.document, it.clone())));
    }
    let documents = neighbors::documents(tree.roots().len(), &beside);
    assert_eq!(after.roots().len(), documents.len(), "documents came or went unasked");
    for (document, new) in documents.into_iter().zip(after.roots()) {
        let document = match document {
            Document::Old(document) => document,
            Document::New(value) => {
                assert_eq!(new.value().as_ref(), Ok(value), "beside a document");
                continue;
            }
        };
        let old = tree.root(document).expect("there are as many documents");
        let wishes = kept.iter().filter(|group| group.document == document);
        let wishes: Vec<&Wish> = wishes.flat_map(|group| &group.wishes).collect();
        let Ok(mut wanted) = old.value() else {
            assert!(wishes.is_empty(), "wishes were fulfilled on what has no value");
            continue;
        };
        let patch = operations(&wanted, wishes.iter().copied());
        json_patch::patch(&mut wanted, &patch).expect("the operations fit the value");
        let got = new.value().expect("the edited document has a value");
        assert_eq!(got, wanted, "{wishes:?}");
    }
    if let Some(deviation) = deviation::deviation(&edited.text) {
        panic!("after the edit: {}: {}", deviation.kind, deviation.detail);
    }
});

fn group(tree: &Tree<'_>, choice: &[u8]) -> Group {
    let [place, entry, verb, value] = choice.try_into().expect("four bytes each");
    let (place, entry) = (usize::from(place), usize::from(entry));
    let document = place % tree.roots().len();
    let root = tree.root(document).expect("there are as many documents");
    let nodes = nodes(root);
    let node = nodes[place % nodes.len()];
    let children = node.items().count() + node.entries().count();
    let at = match entry % 4 {
        0 => node.pointer(),
        1 => node.pointer().child((entry % (children + 2)).to_string()),
        2 => node.pointer().child(KEYS[entry % KEYS.len()]),
        _ => node.pointer().child(KEYS[entry % KEYS.len()]).child("0").child("x"),
    };
    let other = values().swap_remove(usize::from(value) / 3 % values().len());
    let value = values().swap_remove(usize::from(value) % values().len());
    let wish = match verb % 4 {
        0 => Wish::Set { at, value },
        1 => Wish::Include { at, value },
        2 => Wish::Insert { at, value },
        _ => Wish::Remove { at },
    };
    let beside = match verb / 4 {
        0..40 => Vec::new(),
        40..48 => vec![Beside::Before(other)],
        48..56 => vec![Beside::Behind(other)],
        56.. => vec![Beside::Before(other), Beside::Behind(json!({"a": 1}))],
    };
    let wishes = if verb % 8 < 4 || beside.is_empty() { vec![wish] } else { Vec::new() };
    Group { document, wishes, beside }
}

fn nodes(root: Node<'_>) -> Vec<Node<'_>> {
    let mut nodes = vec![root];
    let mut next = 0;
    while let Some(&node) = nodes.get(next) {
        nodes.extend(node.items().chain(node.entries().map(|(_, value)| value)));
        next += 1;
    }
    nodes
}

const KEYS: &[&str] = &[
    "a", "-", "on", "1", "0x10", "", "<<", "a b", "a: b", "#", "~", "é\n", "0", "a/b~c", "'", "\"",
];

fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(false),
        json!(0),
        json!(-1.5e300),
        json!(u64::MAX),
        json!(""),
        json!("yes"),
        json!("a: b # c"),
        json!("two\nlines\n"),
        json!(" \n  blanks \n\n"),
        json!("\t\u{85}\u{2028}\u{feff}\0😀"),
        json!("- '\"{[*&!|>%@`"),
        json!({}),
        json!([]),
        json!({"a": 1, "b": {"c": []}}),
        json!([1, [2, {"d": null}]]),
        json!({"on": "0x10", "text": "x\ny"}),
        json!("---"),
    ]
}
