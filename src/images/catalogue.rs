//! The catalogue: what is known of popular images.
//!
//! In: the name of a repository in full, and its tag. Out: the paragraph on its family.
//!
//! The text is part of the program. Nothing of it is looked at before the first question, which
//! lists the names and where their paragraphs stand; and then only the paragraph that is asked for.

use std::sync::LazyLock;

use memchr::memmem;

use super::glob;

/// Its first lines say how to read it.
static TEXT: &str = include_str!("catalogue.txt");

static INDEX: LazyLock<Index> = LazyLock::new(Index::new);

struct Index {
    /// Sorted by name.
    names: Vec<Entry>,
    prefixes: Vec<Entry>,
}

/// A name, or the beginning of names, and the paragraph that is for it.
struct Entry {
    name: &'static str,
    /// The globs of the only tags that it is for.
    only: Option<&'static str>,
    paragraph: &'static str,
}

/// Every paragraph, in the order of the families' names.
pub(super) fn paragraphs() -> impl Iterator<Item = &'static str> {
    let mut starts = memmem::find_iter(TEXT.as_bytes(), b"\n[").map(|at| at + 1).peekable();
    std::iter::from_fn(move || {
        let start = starts.next()?;
        TEXT.get(start..starts.peek().copied().unwrap_or(TEXT.len())).map(str::trim_end)
    })
}

/// The paragraph for a repository: by its name before any prefix, the longest prefix before the
/// others.
///
/// Where the tag is not known and decides which paragraph it is, there is none.
pub(super) fn find(name: &str, tag: Option<&str>) -> Option<&'static str> {
    let Index { names, prefixes } = &*INDEX;
    let first = names.partition_point(|entry| entry.name < name);
    let mut named = names[first..].iter().take_while(|entry| entry.name == name).peekable();
    if named.peek().is_none() {
        let begins = prefixes.iter().filter(|entry| name.starts_with(entry.name));
        return begins.max_by_key(|entry| entry.name.len()).map(|entry| entry.paragraph);
    }
    let mut rest = None;
    for entry in named {
        match entry.only {
            None => rest = Some(entry.paragraph),
            Some(globs) => {
                let tag = tag?;
                if globs.split_ascii_whitespace().any(|glob| glob::matches(glob, tag)) {
                    return Some(entry.paragraph);
                }
            }
        }
    }
    rest
}

impl Index {
    fn new() -> Index {
        let mut index = Index { names: Vec::new(), prefixes: Vec::new() };
        for paragraph in paragraphs() {
            let (names, prefixes) = (index.names.len(), index.prefixes.len());
            let entry = |name| Entry { name, only: None, paragraph };
            // Names stand first, and what they are only for right below them.
            for line in paragraph.lines().skip(1) {
                if let Some(name) = line.strip_prefix("name ") {
                    index.names.push(entry(name));
                } else if let Some(name) = line.strip_prefix("prefix ") {
                    index.prefixes.push(entry(name));
                } else {
                    let only = line.strip_prefix("only ");
                    index.names[names..].iter_mut().for_each(|entry| entry.only = only);
                    index.prefixes[prefixes..].iter_mut().for_each(|entry| entry.only = only);
                    break;
                }
            }
        }
        index.names.sort_by_key(|entry| entry.name);
        index
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::Reference, INDEX, paragraphs};

    #[test]
    fn paragraphs_are_sorted_and_names_are_in_full_and_unique() {
        let heads: Vec<_> = paragraphs().filter_map(|it| it.split(']').next()).collect();
        assert!(heads.is_sorted_by(|a, b| a < b), "{heads:?}");
        let entries = INDEX.names.iter().chain(&INDEX.prefixes).map(|entry| entry.paragraph);
        let named: BTreeSet<&str> = entries.collect();
        assert_eq!(heads.len(), named.len(), "each has a name or a prefix");
        for pair in INDEX.names.windows(2) {
            let both = pair[0].only.is_none() == pair[1].only.is_none();
            assert!(pair[0].name != pair[1].name || !both, "{} is twice", pair[0].name);
        }
        for name in INDEX.names.iter().map(|entry| entry.name.to_owned()) {
            let full = Reference::parse(&name).map(|reference| reference.name(&[]));
            assert_eq!(full.as_ref(), Some(&name));
        }
        for prefix in INDEX.prefixes.iter().map(|entry| format!("{}x", entry.name)) {
            let full = Reference::parse(&prefix).map(|reference| reference.name(&[]));
            assert_eq!(full.as_ref(), Some(&prefix));
        }
    }
}
