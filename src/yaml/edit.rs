//! Edits that are proven: spliced, parsed again, and compared with the value that RFC 6902 yields.
//!
//! In: a [`Tree`] and [`Group`]s of wishes. Out: the edited text, and which groups are not in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Cannot, Node, Reading, Refusal, Trail, Tree, Value, Wish, operations, outline::Scope, splice,
};
use crate::text::{Edit, Edits};

/// Wishes on one document that are fulfilled together or not at all.
#[derive(Clone, Debug)]
pub struct Group {
    /// The document, counted from 0.
    pub document: usize,
    /// What should be.
    pub wishes: Vec<Wish>,
}

/// A text that was edited, and proven to say what was wished and nothing else.
#[derive(Debug, Default)]
pub struct Edited {
    /// What changed; empty if nothing did.
    pub edits: Edits,
    /// The text after it.
    pub text: String,
    /// The bytes of that text at which the wishes that were fulfilled show, each with the index of
    /// its group; first byte first.
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
        let mut drafts = Drafts::new();
        for document in self.documents.keys().copied().collect::<Vec<_>>() {
            drafts.extend(self.draft(document).map(|edits| (document, edits)));
        }
        let mut sifted = BTreeSet::new();
        loop {
            let failed = match self.prove(&drafts) {
                Ok(proven) => return proven,
                Err(failed) => failed,
            };
            let doubted = failed.map_or_else(|| drafts.keys().copied().collect(), |it| vec![it]);
            for document in doubted {
                drafts.remove(&document);
                if sifted.insert(document) {
                    drafts.extend(self.sift(document).map(|edits| (document, edits)));
                } else {
                    // What holds for each of its groups does not hold beside other documents.
                    let at = self.tree.root(document).map_or(0, |root| root.span().start);
                    self.refuse_all(document, unfaithful(at));
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
    fn prove(&self, drafts: &Drafts) -> Result<Edited, Failure> {
        let before = self.tree.text();
        let all = drafts.values().flatten().cloned().collect();
        let Ok(edits) = Edits::new(all) else {
            // Edits of two documents never overlap: it is one that contradicts itself.
            let own = |(_, edits): &(&usize, &Vec<Edit>)| Edits::new((*edits).clone()).is_err();
            return Err(drafts.iter().find(own).map(|(&document, _)| document));
        };
        let text = edits.apply(before);
        let Ok(after) = Tree::parse(&text) else {
            return Err(None);
        };
        if after.documents.len() != self.tree.documents.len() {
            return Err(None);
        }
        for (document, (was, is)) in self.tree.roots().zip(after.roots()).enumerate() {
            match drafts.get(&document) {
                Some(edits) if !self.is_wished(document, was, is, edits) => {
                    return Err(Some(document));
                }
                Some(edits) if !edits.is_empty() => {}
                _ if !is_same(self.tree, &after, document) => return Err(None),
                _ => {}
            }
        }
        let landings = self.landings(&edits, &after);
        drop(after);
        Ok(Edited { edits, text, landings, refused: Vec::new() })
    }

    fn landings(&self, edits: &Edits, after: &Tree<'_>) -> Vec<(usize, usize)> {
        let mut landings = Vec::new();
        for (&document, groups) in &self.documents {
            let (Some(was), Some(is)) = (self.tree.root(document), after.root(document)) else {
                continue;
            };
            let (mut was, mut is) = (Trail::new(was), Trail::new(is));
            for &group in groups {
                let wishes = self.groups[group].wishes.iter();
                let byte = |wish| landing(&mut was, &mut is, edits, wish);
                landings.extend(wishes.map(byte).map(|byte| (byte, group)));
            }
        }
        landings.sort_unstable();
        landings
    }

    /// Whether a document says after the edits what RFC 6902 makes of what it said before.
    fn is_wished(&self, document: usize, was: Node<'_>, is: Node<'_>, edits: &[Edit]) -> bool {
        let apply = |value: &mut Value| {
            let mut changes = false;
            let kept = &self.documents[&document];
            operations::apply(value, self.wishes(kept), |_, _| changes = true);
            changes != edits.is_empty()
        };
        let is_plain = was.reading().is_ok_and(|reading| reading == Reading::Plain)
            && !self.tree.documents[document].directives;
        if is_plain {
            let scope = Scope::of(self.wishes(&self.documents[&document]));
            if let (Some(mut before), Some(after)) = (scope.outline(was), scope.outline(is))
                && before.leaves_the_same(&after)
            {
                return apply(&mut before.value) && before.value == after.value;
            }
        }
        // One value is there at a time: of a large file there would be very many.
        was.value().is_ok_and(|mut value| apply(&mut value) && is.says(&value))
    }

    /// Adds the groups of a document one at a time, and refuses those that spoil the result.
    fn sift(&mut self, document: usize) -> Option<Vec<Edit>> {
        let root = self.tree.root(document)?;
        if let Err(error) = root.value() {
            let (at, message) = (error.at, error.message.into_owned());
            self.refuse_all(document, Refusal { kind: Cannot::Unreadable, at, message });
            return None;
        }
        let mut faithful = Vec::new();
        for group in self.documents.insert(document, Vec::new()).unwrap_or_default() {
            faithful.push(group);
            self.documents.insert(document, faithful.clone());
            let edits = self.spliced(document, &faithful).ok();
            let alone = edits.map(|edits| Drafts::from([(document, edits)]));
            if alone.is_none_or(|alone| self.prove(&alone).is_err()) {
                faithful.pop();
                let first = self.groups[group].wishes.first();
                let at = first.map_or(root.span().start, |wish| self.place(document, wish));
                self.refused.push((group, unfaithful(at)));
            }
        }
        let edits = self.spliced(document, &faithful).ok();
        self.documents.insert(document, faithful);
        edits
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

/// The byte of the edited text at which a wish shows; where something went, what stands there.
fn landing(was: &mut Trail<'_>, is: &mut Trail<'_>, edits: &Edits, wish: &Wish) -> usize {
    if let Wish::Remove { at } = wish {
        return edits.moved(was.walk(at).0.span().start);
    }
    let (node, _) = is.walk(wish.at());
    let item = match wish {
        Wish::Include { value, .. } => node.items().find(|item| item.says(value)),
        _ => None,
    };
    item.unwrap_or(node).span().start
}

fn unfaithful(at: usize) -> Refusal {
    let message = "the edited text would not mean what was wished".to_owned();
    Refusal { kind: Cannot::Unfaithful, at, message }
}

/// Whether a document says the same in both trees, by its bytes where these tell.
///
/// What a document says depends on nothing but the bytes from its start to the start of the next
/// one, and on the directives before it.
fn is_same(before: &Tree<'_>, after: &Tree<'_>, document: usize) -> bool {
    let directives = |tree: &Tree<'_>| tree.documents[document].directives;
    if directives(before) || directives(after) {
        let value = |tree: &Tree<'_>| tree.root(document).and_then(|root| root.value().ok());
        return value(before) == value(after);
    }
    bytes(before, document) == bytes(after, document)
}

fn bytes<'t>(tree: &'t Tree<'_>, document: usize) -> &'t [u8] {
    let next = tree.documents.get(document + 1).map(|next| next.start as usize);
    let span = tree.documents[document].start as usize..next.unwrap_or(tree.text().len());
    &tree.text().as_bytes()[span]
}
