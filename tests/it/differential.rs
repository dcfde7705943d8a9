//! Our parser against libyaml: the same texts accepted, the same trees, the same bytes.
//!
//! `SEAWORTHY_MUTATIONS` says how many broken texts are tried; 200,000 is the full measure.

use std::{any::Any, cell::Cell, collections::BTreeMap, env, panic, sync::Once};

use rayon::prelude::*;

use crate::{
    corpus,
    deviation::{self, Deviation},
    mutation::{self, Dice},
};

thread_local! {
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// The result of `run`, or the message of its panic, which is not printed.
pub fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CAUGHT.get() {
                loud(info);
            }
        }));
    });
    CAUGHT.set(true);
    let result = panic::catch_unwind(panic::AssertUnwindSafe(run));
    CAUGHT.set(false);
    result.map_err(|panic| message(&*panic))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

/// As [`deviation::deviation`], which a panic does not stop.
fn deviation(text: &str) -> Option<Deviation> {
    caught(|| deviation::deviation(text)).unwrap_or_else(|message| {
        Some(Deviation { kind: "our parser panics".to_owned(), detail: message })
    })
}

/// The least text that deviates in the same way, as far as taking parts away leads there.
fn least(text: &str, kind: &str) -> String {
    let mut left = 4000;
    let mut still = |text: &str| {
        left -= 1;
        left > 0 && deviation(text).is_some_and(|deviation| deviation.kind == kind)
    };
    let mut least = text.to_owned();
    for split in [lines as fn(&str) -> Vec<&str>, characters] {
        let mut size = split(&least).len().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            loop {
                let parts = split(&least);
                if at >= parts.len() {
                    break;
                }
                let end = (at + size).min(parts.len());
                let shorter = parts[..at].concat() + &parts[end..].concat();
                match still(&shorter) {
                    true => least = shorter,
                    false => at = end,
                }
            }
            size /= 2;
        }
    }
    least
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn characters(text: &str) -> Vec<&str> {
    text.char_indices().map(|(at, char)| &text[at..at + char.len_utf8()]).collect()
}

/// Fails if any text deviates, and shows the least one of each of the smallest kinds.
fn judge(name: &str, count: usize, text: impl Fn(usize) -> (String, String) + Sync) {
    let found: Vec<(String, String, Deviation)> = (0..count)
        .into_par_iter()
        .filter_map(|index| {
            let (origin, text) = text(index);
            deviation(&text).map(|deviation| (origin, text, deviation))
        })
        .collect();
    eprintln!("{name}: {count} texts, {} deviations", found.len());
    for (met, reason) in deviation::meant() {
        eprintln!("  meant, {met} so far: {reason}");
    }
    let mut kinds: BTreeMap<&str, Vec<&(String, String, Deviation)>> = BTreeMap::new();
    for one in &found {
        kinds.entry(&one.2.kind).or_default().push(one);
    }
    let mut shown: Vec<(String, String)> = Vec::new();
    for (kind, mut ones) in kinds {
        ones.sort_by_key(|(_, text, _)| text.len());
        let (origin, _, _) = ones[0];
        let mut texts: Vec<String> =
            ones.iter().take(3).map(|(_, text, _)| least(text, kind)).collect();
        texts.sort_by_key(|text| (text.len(), text.clone()));
        texts.dedup();
        let mut report = format!("{} times: {kind} ({origin})\n", ones.len());
        for text in &texts {
            let detail = deviation(text).map_or(String::new(), |deviation| deviation.detail);
            report += &format!("    {text:?}\n      {detail}\n");
        }
        shown.push((texts.swap_remove(0), report));
    }
    shown.sort_by_key(|(text, _)| text.len());
    let all = env::var_os("SEAWORTHY_ALL").is_some();
    let limit = if all { usize::MAX } else { 5 };
    for (_, report) in shown.iter().take(limit) {
        eprintln!("{report}");
    }
    assert!(found.is_empty(), "{name}: {} kinds of deviations from libyaml", shown.len());
}

#[test]
fn files_read_as_libyaml_reads_them() {
    let Some(files) = corpus::all("files against libyaml") else { return };
    judge("files", files.len(), |index| {
        let file = &files[index];
        (file.path.display().to_string(), file.text.clone())
    });
}

#[test]
fn broken_files_read_as_libyaml_reads_them() {
    let Some(files) = corpus::all("mutations against libyaml") else { return };
    judge("mutations", mutation::count(), |seed| {
        let text = mutation::mutate(&mut Dice::new(seed as u64), &files);
        (format!("mutation {seed}"), text)
    });
}

#[test]
fn soups_of_indicators_read_as_libyaml_reads_them() {
    judge("soups", mutation::count(), |seed| {
        let text = mutation::soup(&mut Dice::new(!(seed as u64)));
        (format!("soup {seed}"), text)
    });
}
