//! Where wishes show in the edited text.
//!
//! In: the wishes on a document that were fulfilled, and the document before and after. Out: bytes.

use std::{borrow::Cow, collections::HashMap};

use crate::{
    text::Edits,
    yaml::{Node, Pointer, Trail, Value, Wish, index, print::read_back},
};

/// The byte of the edited text at which each wish shows, with the index of its group; where
/// something went, what stands there.
pub(super) fn of<'w>(
    wishes: impl Iterator<Item = (usize, &'w Wish)> + Clone,
    (was, is): (Node<'_>, Node<'_>),
    edits: &Edits,
) -> Vec<(usize, usize)> {
    let (mut was, mut is) = (Trail::new(was), Trail::new(is));
    let moves = Moves::of(wishes.clone().map(|(_, wish)| wish), &mut was);
    // The last item that was found in each list: items come in the order in which they were wished
    // for, so that the next one is behind it.
    let mut found: HashMap<u32, Node<'_>> = HashMap::new();
    let landing = |(group, wish): (usize, &Wish)| {
        if let Wish::Remove { at } = wish {
            return (edits.moved(was.walk(at).0.span().start), group);
        }
        let (node, _) = is.walk(&moves.moved(wish));
        let item = match wish {
            Wish::Include { value, .. } => {
                let last = found.get(&node.id).copied();
                let behind = last.into_iter().flat_map(|last| last.following().skip(1));
                let item = behind.chain(node.items()).find(|item| item.says(value));
                found.extend(item.map(|item| (node.id, item)));
                item
            }
            _ => None,
        };
        (item.unwrap_or(node).span().start, group)
    };
    wishes.map(landing).collect()
}

/// What came to lists and went from them, by the address of the list.
#[derive(Default)]
struct Moves<'w>(HashMap<&'w str, Items<'w>>);

#[derive(Default)]
struct Items<'w> {
    /// Of each place, the items that came there, and which of them each is.
    ranks: HashMap<usize, HashMap<Cow<'w, Value>, usize>>,
    /// The places of items that came, each as often as one did; sorted in the end.
    came: Vec<usize>,
    /// The places of those that went; sorted in the end.
    went: Vec<usize>,
}

impl<'w> Moves<'w> {
    fn of(wishes: impl Iterator<Item = &'w Wish>, was: &mut Trail<'_>) -> Moves<'w> {
        let mut moves: Moves<'w> = Moves::default();
        for wish in wishes {
            let Some((list, place)) = wish.at().as_str().rsplit_once('/') else { continue };
            let Some(place) = index(place) else { continue };
            match wish {
                Wish::Insert { value, .. } => {
                    let items = moves.0.entry(list).or_default();
                    let ranks = items.ranks.entry(place).or_default();
                    let rank = ranks.len();
                    if *ranks.entry(read_back(value)).or_insert(rank) == rank {
                        items.came.push(place);
                    }
                }
                Wish::Remove { at } => {
                    let (item, depth) = was.walk(at);
                    let is_item = item.parent().is_some_and(|list| list.kind().is_list());
                    if is_item && depth == at.tokens().count() {
                        moves.0.entry(list).or_default().went.push(place);
                    }
                }
                Wish::Set { .. } | Wish::Include { .. } => {}
            }
        }
        for items in moves.0.values_mut() {
            items.came.sort_unstable();
            items.went.sort_unstable();
            items.went.dedup();
        }
        moves
    }

    /// The address at which a wish is fulfilled, once every list has its items.
    fn moved<'a>(&self, wish: &'a Wish) -> Cow<'a, Pointer> {
        let at = wish.at();
        if self.0.is_empty() {
            return Cow::Borrowed(at);
        }
        let (mut moved, mut read) = (Pointer::root(), 0);
        let mut tokens = at.tokens();
        while let Some(token) = tokens.next() {
            let items = self.0.get(&at.as_str()[..read]);
            read = at.as_str().len() - tokens.left();
            let inserted = Some(wish).filter(|_| tokens.left() == 0).and_then(|wish| match wish {
                Wish::Insert { value, .. } => Some(value),
                _ => None,
            });
            match items.zip(index(&token)) {
                Some((items, place)) => moved.push_index(items.moved(place, inserted)),
                None => moved.push(&token),
            }
        }
        Cow::Owned(moved)
    }
}

impl Items<'_> {
    /// Where an item is that was at a place, or that was put there.
    fn moved(&self, place: usize, inserted: Option<&Value>) -> usize {
        let went = self.went.partition_point(|went| *went < place);
        let came = match inserted {
            None => self.came.partition_point(|came| *came <= place),
            Some(value) => {
                let ranks = self.ranks.get(&place);
                let rank = ranks.and_then(|ranks| ranks.get(&read_back(value)));
                self.came.partition_point(|came| *came < place) + rank.unwrap_or(&0)
            }
        };
        place + came - went
    }
}
