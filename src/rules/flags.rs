//! The flags that a container gives to its program.
//!
//! In: a [`Container`] whose program reads flags as `pflag` does. Out: [`Flag`]s, each with the entry
//! of `command` or `args` that holds it, and what takes it away.

use crate::{
    manifest::{Container, Part as _},
    yaml::{Node, Wish},
};

/// `--name`, or `--name=value`.
pub(super) struct Flag<'t> {
    name: String,
    /// What stands behind its `=`.
    value: Option<String>,
    /// The next entry, if that is no flag: of one that is no switch it is the value.
    behind: Option<String>,
    /// The entry that holds it.
    pub(super) node: Node<'t>,
    /// Whether it is all that the entry holds; else the entry is a text for a shell.
    alone: bool,
}

/// All of a container, in their order.
pub(super) struct Flags<'t> {
    container: Container<'t>,
    all: Vec<Flag<'t>>,
    /// Whether there may be others, which only the cluster knows.
    pub(super) hidden: bool,
}

impl<'t> Flags<'t> {
    pub(super) fn of(container: Container<'t>) -> Flags<'t> {
        let entries = ["command", "args"].into_iter().flat_map(|field| container.list(field));
        let mut flags = Flags { container, all: Vec::new(), hidden: false };
        for (node, text) in entries.filter_map(|node| Some((node, node.as_str()?))) {
            flags.hidden |= text.contains('$');
            flags.add(node, &text);
        }
        flags
    }

    fn add(&mut self, node: Node<'t>, text: &str) {
        if text.starts_with("--") {
            return self.all.extend(Flag::new(node, text, true));
        }
        let is_value = !text.contains(char::is_whitespace);
        if let Some(last) = self.all.last_mut().filter(|last| is_value && last.alone) {
            last.behind.get_or_insert_with(|| text.to_owned());
        }
        let words = text.split_whitespace().filter(|_| !is_value);
        let words = words.map(|word| word.trim_matches(['\'', '"']));
        self.all.extend(words.filter_map(|word| Flag::new(node, word, false)));
    }

    /// The value of a flag; of several, the last.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let flag = self.named(name).last()?;
        flag.value.as_deref().or(flag.behind.as_deref())
    }

    /// Every place that names a flag.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Flag<'t>> {
        self.all.iter().filter(move |flag| flag.name == name)
    }

    /// Where a flag is switched on, if it is.
    pub(super) fn on(&self, name: &str) -> Option<&Flag<'t>> {
        self.named(name).last().filter(|flag| flag.is_on())
    }

    /// What takes a flag away, wherever it stands; nothing if it stands in a longer text.
    pub(super) fn without(&self, name: &str) -> Option<Vec<Wish>> {
        if self.named(name).any(|flag| !flag.alone) {
            return None;
        }
        let its: Vec<Node<'t>> = self.named(name).map(|flag| flag.node).collect();
        let rest = self.container.list("args").any(|entry| its.iter().all(|it| !same(*it, entry)));
        let of_args = |node: Node<'t>| self.container.list("args").any(|entry| same(node, entry));
        let mut wishes: Vec<Wish> = its
            .iter()
            .filter(|node| rest || !of_args(**node))
            .map(|node| Wish::Remove { at: self.container.address(*node) })
            .collect();
        // What is left of a list of nothing else is no list, but none.
        if !rest && its.iter().any(|node| of_args(*node)) {
            wishes.push(self.container.remove("args"));
        }
        Some(wishes)
    }
}

fn same(one: Node<'_>, other: Node<'_>) -> bool {
    one.span() == other.span()
}

impl<'t> Flag<'t> {
    fn new(node: Node<'t>, word: &str, alone: bool) -> Option<Flag<'t>> {
        let word = word.strip_prefix("--").filter(|word| !word.is_empty())?;
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        Some(Flag { name: name.to_owned(), value, behind: None, node, alone })
    }

    /// Whether it switches on. `pflag` takes no entry behind a switch for its value.
    ///
    /// Source: `strconv.ParseBool`.
    fn is_on(&self) -> bool {
        matches!(self.value.as_deref(), None | Some("1" | "t" | "T" | "true" | "True" | "TRUE"))
    }
}
