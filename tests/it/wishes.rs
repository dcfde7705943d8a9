//! Random wishes on real files, judged by a reader that shares nothing with ours.
//!
//! `SEAWORTHY_WISHES` says how many wishes are tried; 1,000,000 is the full measure.

use std::{
    collections::{BTreeMap, HashMap},
    env,
    sync::OnceLock,
};

use rayon::prelude::*;
use seaworthy::{
    text::{Edits, Span},
    yaml::{Cannot, Group, Refusal, Tree, Value, Wish, edit, operations},
};

use crate::{
    corpus::{self, File},
    mutation::Dice,
    naive,
    wish::wish,
};

fn count() -> usize {
    let default = if cfg!(debug_assertions) { 5_000 } else { 100_000 };
    env::var("SEAWORTHY_WISHES").ok().and_then(|count| count.parse().ok()).unwrap_or(default)
}

/// A file, and what libyaml reads in it.
struct Judged {
    file: File,
    values: OnceLock<Option<Vec<Option<Value>>>>,
}

impl Judged {
    fn values(&self) -> Option<&Vec<Option<Value>>> {
        self.values.get_or_init(|| naive::values(&self.file.text)).as_ref()
    }
}

/// How one batch of wishes ended.
#[derive(Default)]
struct Ended {
    wishes: usize,
    edited: usize,
    /// The reader of the original file is at odds with ours already.
    unjudged: usize,
    refused: BTreeMap<(bool, String), usize>,
    wrong: Vec<String>,
    /// What was refused though no rule demands it.
    odd: Vec<String>,
}

impl Ended {
    fn add(mut self, other: Ended) -> Ended {
        self.wishes += other.wishes;
        self.edited += other.edited;
        self.unjudged += other.unjudged;
        for (kind, count) in other.refused {
            *self.refused.entry(kind).or_default() += count;
        }
        self.wrong.extend(other.wrong);
        self.odd.extend(other.odd);
        self
    }
}

#[test]
fn wishes_come_true_and_nothing_else_does() {
    let Some(files) = corpus::all("random wishes") else { return };
    let files: Vec<Judged> = files
        .into_iter()
        .filter(|file| file.text.len() < 100_000 && Tree::parse(&*file.text).is_ok())
        .map(|file| Judged { file, values: OnceLock::new() })
        .collect();
    // Two wishes an attempt; some files have no value to wish anything of.
    let ended = (0..count() * 11 / 20)
        .into_par_iter()
        .map(|seed| attempt(&mut Dice::new(seed as u64), &files))
        .reduce(Ended::default, Ended::add);
    let share = |count: usize| 100.0 * count as f64 / ended.wishes as f64;
    let sum = |by_rule: bool| {
        let kinds = ended.refused.iter().filter(|((rule, _), _)| *rule == by_rule);
        kinds.map(|(_, count)| count).sum::<usize>()
    };
    eprintln!(
        "{} wishes: {} in batches that were edited or held already, {} wrong; refused: {} \
         ({:.3} %) by rule, {} ({:.3} %) else; {} on files that the judge reads otherwise",
        ended.wishes,
        ended.edited,
        ended.wrong.len(),
        sum(true),
        share(sum(true)),
        sum(false),
        share(sum(false)),
        ended.unjudged,
    );
    for ((by_rule, kind), count) in &ended.refused {
        eprintln!("  {count:>7} {} {kind}", if *by_rule { "by rule" } else { "       " });
    }
    for wrong in ended.wrong.iter().take(5) {
        eprintln!("{wrong}\n");
    }
    if env::var_os("SEAWORTHY_ALL").is_some() {
        ended.odd.iter().for_each(|odd| eprintln!("{odd}\n"));
    }
    assert!(ended.wishes >= count(), "too few files have a value");
    assert!(ended.wrong.is_empty(), "{} results are wrong", ended.wrong.len());
    // One in two thousand, and one for luck where few are tried.
    assert!(sum(false) <= 1 + ended.wishes / 2000, "too much is refused without a rule");
}

fn attempt(dice: &mut Dice, files: &[Judged]) -> Ended {
    let judged = dice.pick(files);
    match varied(dice, &judged.file.text) {
        Some(text) => {
            let values = naive::values(&text);
            judge(dice, &text, values.as_ref(), &judged.file)
        }
        None => judge(dice, &judged.file.text, judged.values(), &judged.file),
    }
}

/// A text in a rarer form: other line ends, none at the end, comments in odd places.
pub(crate) fn varied(dice: &mut Dice, text: &str) -> Option<String> {
    let varied = match dice.below(12) {
        0 => text.replace("\r\n", "\n").replace('\n', "\r\n"),
        1 => text.replace("\r\n", "\n").replace('\n', "\r"),
        2 => text.trim_end_matches(['\n', '\r']).to_owned(),
        3 => format!("\u{feff}{}", text.trim_start_matches('\u{feff}')),
        4..=6 if text.len() < 20_000 => {
            let mut out = String::new();
            for (number, line) in text.split_inclusive('\n').enumerate() {
                let blanks = line.len() - line.trim_start_matches(' ').len();
                let ended = line.ends_with('\n') && !line.ends_with("\r\n");
                match dice.below(6) {
                    0 if ended => {
                        let blanks = [blanks, blanks + 2, dice.below(9), 0][dice.below(4)];
                        out += &format!("{}# own {number}\n{line}", " ".repeat(blanks));
                    }
                    1 if ended => out += &format!("{}  # end {number}\n", &line[..line.len() - 1]),
                    2 if ended => out += &format!("{}{line}", ["\n", "  \n"][dice.below(2)]),
                    _ => out += line,
                }
            }
            out
        }
        _ => return None,
    };
    Tree::parse(&*varied).is_ok().then_some(varied)
}

fn judge(dice: &mut Dice, text: &str, values: Option<&Vec<Option<Value>>>, file: &File) -> Ended {
    let tree = Tree::parse(text).unwrap();
    let document = dice.below(tree.roots().len().max(1));
    let value = match tree.root(document).map(|root| root.value()) {
        Some(Ok(value @ (Value::Object(_) | Value::Array(_)))) => value,
        _ => return Ended::default(),
    };
    let wishes: Vec<Wish> = (0..1 + dice.below(3)).map(|_| wish(dice, &value)).collect();
    let mut ended = Ended { wishes: wishes.len(), ..Ended::default() };
    let known = values.filter(|values| values.get(document) == Some(&Some(value.clone())));
    let Some(mut values) = known.cloned() else {
        ended.unjudged = wishes.len();
        return ended;
    };
    let groups: Vec<Group> = wishes
        .iter()
        .map(|wish| Group { document, wishes: vec![wish.clone()], beside: Vec::new() })
        .collect();
    let edited = edit(&tree, &groups);
    for (_, refusal) in &edited.refused {
        *ended.refused.entry((by_rule(refusal), kind(refusal))).or_default() += 1;
    }
    let refused = |index: usize| edited.refused.iter().any(|(refused, _)| *refused == index);
    let kept = wishes.iter().enumerate().filter(|(index, _)| !refused(*index));
    let kept: Vec<Wish> = kept.map(|(_, wish)| wish.clone()).collect();
    ended.edited = kept.len();
    let mut wanted = value.clone();
    if json_patch::patch(&mut wanted, &operations(&value, &kept)).is_err() {
        ended.wrong.push("the operations do not apply".to_owned());
    }
    values[document] = Some(wanted);
    let adds = |wish: &Wish| match wish {
        Wish::Set { at, .. } => value.pointer(&at.to_string()).is_none(),
        Wish::Remove { .. } => false,
        Wish::Include { .. } | Wish::Insert { .. } => true,
    };
    // A comment may go with the entry whose line it shares.
    let counts = if kept.iter().all(adds) { any_comment } else { own_line };
    let fault = fault(text, &edited.text, &edited.edits, &values, counts)
        .or_else(|| unsettled(&edited.text, document, &kept))
        .or_else(|| dependent(&tree, document, &kept, &edited.text));
    if let Some(fault) = fault {
        ended.wrong.push(format!("{}: {fault}\n{kept:#?}", file.path.display()));
    }
    for (_, refusal) in edited.refused.iter().filter(|(_, refusal)| !by_rule(refusal)) {
        ended.odd.push(format!("{}: {refusal:?}\n{wishes:?}\n{text}", file.path.display()));
    }
    ended
}

/// What is wrong with a result, judged by libyaml and by its bytes.
pub(crate) fn fault(
    before: &str,
    after: &str,
    edits: &Edits,
    values: &Vec<Option<Value>>,
    counts: fn(&str) -> bool,
) -> Option<String> {
    let show = || {
        let mut shown = String::new();
        for edit in edits.as_slice() {
            let Span { start, end } = edit.span;
            let around = before[..start].char_indices().rev().nth(80).map_or(0, |(at, _)| at);
            let until =
                before[end..].char_indices().nth(80).map_or(before.len(), |(at, _)| end + at);
            let (gone, new) = (&before[start..end], &edit.insert);
            let (head, tail) = (&before[around..start], &before[end..until]);
            shown += &format!("\n  {head:?} -- {gone:?} ++ {new:?} then {tail:?}");
        }
        shown
    };
    match naive::values(after) {
        None => return Some(format!("libyaml refuses the result{}", show())),
        Some(read) if read != *values => {
            return Some(format!("libyaml reads something else{}", show()));
        }
        Some(_) => {}
    }
    if edits.apply(before) != after {
        return Some("the text is not that of the edits".to_owned());
    }
    let (old, new) = (comments(before, counts), comments(after, counts));
    let lost = old.iter().find(|(comment, count)| new.get(*comment).unwrap_or(&0) < count);
    lost.map(|(comment, _)| format!("the comment {comment:?} is lost{}", show()))
}

/// How often each comment is there, of those that count by what stands before them on the line.
fn comments(text: &str, counts: fn(&str) -> bool) -> HashMap<String, usize> {
    let tree = Tree::parse(text).unwrap();
    let mut comments = HashMap::new();
    for Span { start, end } in tree.comments() {
        let line = text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        if counts(&text[line..start]) {
            *comments.entry(text[start..end].to_owned()).or_default() += 1;
        }
    }
    comments
}

pub(crate) fn own_line(before: &str) -> bool {
    before.trim_start_matches('\u{feff}').trim().is_empty()
}

pub(crate) fn any_comment(_: &str) -> bool {
    true
}

/// Wishes that came true ask for nothing more; those that speak of places in a list have no
/// second time.
fn unsettled(text: &str, document: usize, wishes: &[Wish]) -> Option<String> {
    let moves = |wish: &Wish| match wish {
        Wish::Insert { .. } => true,
        Wish::Remove { at } => at.tokens().last().is_some_and(|last| last.parse::<u32>().is_ok()),
        _ => false,
    };
    if wishes.iter().any(moves) {
        return None;
    }
    let tree = Tree::parse(text).unwrap();
    let again = edit(&tree, &[Group { document, wishes: wishes.to_vec(), beside: Vec::new() }]);
    let settled = again.edits.is_empty() && again.refused.is_empty();
    (!settled).then(|| format!("not settled: {:?} {:?}", again.edits, again.refused))
}

/// Wishes that have nothing to do with each other may come in any order. Whether a text of several
/// lines can be a literal depends on what comes to stand below it, and so is left out.
fn dependent(tree: &Tree<'_>, document: usize, wishes: &[Wish], text: &str) -> Option<String> {
    let related =
        |one: &Wish, other: &Wish| match (one.at().tokens().next(), other.at().tokens().next()) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
    let pairs = (0..wishes.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
    if format!("{wishes:?}").contains("\\n") {
        return None;
    }
    if wishes.len() < 2 || pairs.into_iter().any(|(a, b)| related(&wishes[a], &wishes[b])) {
        return None;
    }
    let wishes = wishes.iter().rev().cloned().collect();
    let other = edit(tree, &[Group { document, wishes, beside: Vec::new() }]);
    let sorted = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.sort_unstable();
        bytes
    };
    let same = sorted(&other.text) == sorted(text);
    (!same).then(|| format!("the order of wishes matters:\n{text}\n---\n{}", other.text))
}

/// Whether the edit must be refused, whoever makes it.
fn by_rule(refusal: &Refusal) -> bool {
    match refusal.kind {
        Cannot::Shared | Cannot::Duplicate | Cannot::Missing | Cannot::Conflict => true,
        Cannot::Unreadable => true,
        Cannot::Unfaithful => false,
        Cannot::Layout => ["explicit key", "root of a document", "pair within brackets"]
            .iter()
            .any(|rule| refusal.message.contains(rule)),
    }
}

pub(crate) fn kind(refusal: &Refusal) -> String {
    // What is quoted may hold the quotation mark too.
    let message = match (refusal.message.split_once('`'), refusal.message.rsplit_once('`')) {
        (Some((head, _)), Some((_, tail))) => format!("{head}…{tail}"),
        _ => refusal.message.clone(),
    };
    let message: String = message.chars().filter(|char| !char.is_ascii_digit()).collect();
    format!("{:?}: {message}", refusal.kind)
}
