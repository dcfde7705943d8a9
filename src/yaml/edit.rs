//! Edits that are proven: spliced, parsed again, and compared with the value that RFC 6902 yields.
//!
//! In: a [`Tree`] and [`Group`]s of wishes. Out: the edited text, and which groups are not in it.

mod beside;
mod landing;

use std::collections::{BTreeMap, BTreeSet};

pub use beside::Beside;

use super::{
    Cannot, Node, Reading, Refusal, Tree, Value, Wish, operations,
    outline::Scope,
    splice,
    splice::{Side, may_stand},
};
use crate::text::{Edit, Edits};

/// Wishes on one document, and for others beside it, that are fulfilled together or not at all.
#[derive(Clone, Debug)]
pub struct Group {
    /// The document, counted from 0.
    pub document: usize,
    /// What should be.
    pub wishes: Vec<Wish>,
    /// What should stand beside it.
    pub beside: Vec<Beside>,
}

/// A text that was edited, and proven to say what was wished and nothing else.
#[derive(Debug, Default)]
pub struct Edited {
    /// What changed; empty if nothing did.
    pub edits: Edits,
    /// The text after it.
    pub text: String,
    /// The bytes of that text at which the wishes that were fulfilled and the documents that are new
    /// show, each with the index of its group; first byte first.
    pub landings: Vec<(usize, usize)>,
    /// What could not be done, by the index of its group; in the order of the groups.
    pub refused: Vec<(usize, Refusal)>,
}

/// Fulfils as many groups as can be, all in one batch.
///
/// Of two groups that contradict each other the later one is refused.
pub fn edit(tree: &Tree<'_>, groups: &[Group]) -> Edited {
    let mut batch = Batch { tree, groups, documents: BTreeMap::new(), refused: Vec::new() };
    for (index, group) in groups.iter().enumerate() {
        batch.documents.entry(group.document).or_default().push(index);
    }
    let proven = batch.run();
    batch.refused.sort_by_key(|(index, _)| *index);
    Edited { refused: batch.refused, ..proven }
}

struct Batch<'b> {
    tree: &'b Tree<'b>,
    groups: &'b [Group],
    /// The groups of each document that are not refused, in order.
    documents: BTreeMap<usize, Vec<usize>>,
    refused: Vec<(usize, Refusal)>,
}

/// The edits of each document.
type Drafts = BTreeMap<usize, Vec<Edit>>;

/// A document that would not say what was wished; none if the text could not be read at all.
type Failure = Option<usize>;

impl Batch<'_> {
    fn run(&mut self) -> Edited {
        let mut sifted = BTreeSet::new();
        loop {
            let mut drafts = Drafts::new();
            let asked = self.documents.iter().filter(|(_, groups)| !groups.is_empty());
            for document in asked.map(|(document, _)| *document).collect::<Vec<_>>() {
                drafts.extend(self.draft(document).map(|edits| (document, edits)));
            }
            if drafts.is_empty() {
                return Edited { text: self.tree.text().to_owned(), ..Edited::default() };
            }
            let all: Vec<usize> = drafts.keys().copied().collect();
            let doubted = match self.prove(drafts) {
                Ok(proven) => return proven,
                Err(failed) => failed.map_or(all, |document| vec![document]),
            };
            for document in doubted {
                match sifted.insert(document) {
                    true => self.sift(document),
                    // What holds for each of its groups does not hold beside other documents.
                    false => {
                        let at = self.tree.root(document).map_or(0, |root| root.span().start);
                        self.refuse_all(document, unfaithful(at));
                    }
                }
            }
        }
    }

    /// Splices all groups of a document but those that must be refused.
    fn draft(&mut self, document: usize) -> Option<Vec<Edit>> {
        if self.tree.root(document).is_none() {
            let message = format!("there is no document {document}");
            let at = self.tree.text().len();
            self.refuse_all(document, Refusal { kind: Cannot::Missing, at, message });
            return None;
        }
        self.clear_sides(document);
        loop {
            match self.spliced(document, &self.documents[&document]) {
                Ok(edits) => return Some(edits),
                Err((group, refusal)) => {
                    self.refused.push((group, refusal));
                    self.keep(document, |kept| kept != group);
                }
            }
        }
    }

    /// Refuses the groups of a document beside which no others can be written.
    fn clear_sides(&mut self, document: usize) {
        let asks = |&group: &usize| !self.groups[group].beside.is_empty();
        let asking: Vec<usize> = self.documents[&document].iter().copied().filter(asks).collect();
        if asking.is_empty() {
            return;
        }
        let [before, behind] =
            [Side::Before, Side::Behind].map(|side| may_stand(self.tree, document, side).err());
        let refusal = |group: usize| {
            let sides = self.groups[group].beside.iter().map(|beside| match beside {
                Beside::Before(_) => &before,
                Beside::Behind(_) => &behind,
            });
            sides.flatten().next().cloned().map(|refusal| (group, refusal))
        };
        let refused: BTreeMap<usize, Refusal> = asking.into_iter().filter_map(refusal).collect();
        self.keep(document, |kept| !refused.contains_key(&kept));
        self.refused.extend(refused);
    }

    /// Splices some groups of a document; or says which one of them must be refused.
    fn spliced(&self, document: usize, kept: &[usize]) -> Result<Vec<Edit>, (usize, Refusal)> {
        splice(self.tree, document, self.wishes(kept)).map_err(|(wish, refusal)| {
            let mut owners = kept
                .iter()
                .flat_map(|&group| std::iter::repeat_n(group, self.groups[group].wishes.len()));
            (owners.nth(wish).expect("the wish is one of those given"), refusal)
        })
    }

    fn wishes(&self, kept: &[usize]) -> impl Iterator<Item = &Wish> {
        kept.iter().flat_map(|&group| &self.groups[group].wishes)
    }

    /// Makes all edits, and shows that every document says what it has to say.
    fn prove(&self, drafts: Drafts) -> Result<Edited, Failure> {
        // Whether there are edits, of each document that was drafted.
        let edited: BTreeMap<usize, bool> =
            drafts.iter().map(|(&document, edits)| (document, !edits.is_empty())).collect();
        let kept = drafts.keys().flat_map(|document| &self.documents[document]);
        let new = beside::gather(self.groups, kept.copied());
        // Edits of two documents never overlap: it is one that contradicts itself.
        let edits = Edits::new(beside::write(self.tree, &new, drafts))
            .map_err(|pair| Some(self.document_at(pair.0.span.start)))?;
        let text = edits.apply(self.tree.text());
        let mut landings = Vec::new();
        let mut left = self.tree.roots().enumerate().peekable();
        let beside: BTreeSet<usize> = new.iter().map(|new| new.document).collect();
        let mut new = new.iter().peekable();
        // Where the document ends that was read last, if its bytes alone say that it is the same.
        let mut end = None;
        // One of them is there at a time: of a large file there may be very many.
        for after in Tree::documents(&text).map_err(|_| None)? {
            let after = after.map_err(|_| None)?;
            let Some(is) = after.root(0) else { return Err(None) };
            if end.take().is_some_and(|end| end != after.documents[0].start as usize) {
                return Err(None);
            }
            let above = left.peek().map_or(self.tree.documents.len(), |(document, _)| *document);
            if let Some(new) = new.next_if(|new| new.above() == above) {
                landings.extend(new.landings(is).ok_or(Some(new.document))?);
                continue;
            }
            let Some((document, was)) = left.next() else { return Err(None) };
            let edited = edited.get(&document).copied();
            if edited.is_some_and(|edited| !self.is_wished(document, was, is, edited)) {
                return Err(Some(document));
            }
            // What is there before new lines, or behind them, was compared as a whole.
            if edited != Some(true) && !beside.contains(&document) {
                end = self.same_until(document, &after)?;
            }
            let kept = self.documents.get(&document).into_iter().flatten();
            let wishes = kept
                .flat_map(|&group| self.groups[group].wishes.iter().map(move |wish| (group, wish)));
            landings.extend(landing::of(wishes, (was, is), &edits));
        }
        let is_short = left.next().is_some() || new.next().is_some();
        if is_short || end.is_some_and(|end| end != text.len()) {
            return Err(None);
        }
        landings.sort_unstable();
        Ok(Edited { edits, text, landings, refused: Vec::new() })
    }

    /// Shows that a document is left as it was; gives back where it must end, if that is all that
    /// is not shown yet.
    ///
    /// What a document says depends on nothing but the bytes from its start to the start of the
    /// next one, and on the directives before it.
    fn same_until(&self, document: usize, after: &Tree<'_>) -> Result<Option<usize>, Failure> {
        let (was, is) = (&self.tree.documents[document], &after.documents[0]);
        if was.directives || is.directives {
            let value = |root: Option<Node<'_>>| root.and_then(|root| root.value().ok());
            let same = value(self.tree.root(document)) == value(after.root(0));
            return if same { Ok(None) } else { Err(None) };
        }
        let next = self.tree.documents.get(document + 1).map(|next| next.start as usize);
        let own = &self.tree.text()[was.start as usize..next.unwrap_or(self.tree.text().len())];
        match after.text()[is.start as usize..].starts_with(own) {
            true => Ok(Some(is.start as usize + own.len())),
            false => Err(None),
        }
    }

    /// The document that a byte is part of.
    fn document_at(&self, byte: usize) -> usize {
        let behind = self.tree.documents.partition_point(|it| it.start as usize <= byte);
        behind.saturating_sub(1)
    }

    /// Whether a document says after the edits what RFC 6902 makes of what it said before.
    fn is_wished(&self, document: usize, was: Node<'_>, is: Node<'_>, edited: bool) -> bool {
        let apply = |value: &mut Value| {
            let mut changes = false;
            let kept = &self.documents[&document];
            operations::apply(value, self.wishes(kept), |_, _| changes = true);
            changes == edited
        };
        let is_plain = self.tree.reading(document) == Some(Ok(Reading::Plain))
            && !self.tree.documents[document].directives;
        if is_plain {
            let scope = Scope::of(self.wishes(&self.documents[&document]));
            if let Some(mut outline) = scope.outline(was) {
                if !apply(&mut outline.value) {
                    return false;
                }
                if outline.is_said_by(&scope, is) {
                    return true;
                }
            }
        }
        // One value is there at a time: of a large file there would be very many.
        was.value().is_ok_and(|mut value| apply(&mut value) && is.says(&value))
    }

    /// Adds the groups of a document one at a time, and refuses those that spoil the result.
    fn sift(&mut self, document: usize) {
        let Some(root) = self.tree.root(document) else { return };
        if let Err(error) = root.value() {
            let (at, message) = (error.at, error.message.into_owned());
            return self.refuse_all(document, Refusal { kind: Cannot::Unreadable, at, message });
        }
        let mut faithful = Vec::new();
        for group in self.documents.insert(document, Vec::new()).unwrap_or_default() {
            faithful.push(group);
            self.documents.insert(document, faithful.clone());
            let edits = self.spliced(document, &faithful).ok();
            let alone = edits.map(|edits| Drafts::from([(document, edits)]));
            if alone.is_none_or(|alone| self.prove(alone).is_err()) {
                faithful.pop();
                let first = self.groups[group].wishes.first();
                let at = first.map_or(root.span().start, |wish| self.place(document, wish));
                self.refused.push((group, unfaithful(at)));
            }
        }
        self.documents.insert(document, faithful);
    }

    /// The byte that is nearest to what a wish speaks of.
    fn place(&self, document: usize, wish: &Wish) -> usize {
        let root = self.tree.root(document);
        root.map_or(0, |root| root.walk(wish.at()).0.span().start)
    }

    fn keep(&mut self, document: usize, keep: impl Fn(usize) -> bool) {
        if let Some(kept) = self.documents.get_mut(&document) {
            kept.retain(|&group| keep(group));
        }
    }

    fn refuse_all(&mut self, document: usize, refusal: Refusal) {
        let groups = self.documents.insert(document, Vec::new()).unwrap_or_default();
        self.refused.extend(groups.into_iter().map(|group| (group, refusal.clone())));
    }
}

fn unfaithful(at: usize) -> Refusal {
    let message = "the edited text would not mean what was wished".to_owned();
    Refusal { kind: Cannot::Unfaithful, at, message }
}
