//! The part of a document that wishes speak of, as a value; the rest is left as it stands.
//!
//! In: the [`Wish`]es on a document, and the document before or after its edits. Out: an
//! [`Outline`]. What no wish speaks of says the same if it is written in the same bytes: to make
//! values of it only to compare them would take most of the time that a proof takes.

use std::collections::HashMap;

use super::{Kind, NONE, Node, Token, Tokens, Value, Wish, index};

/// The places that wishes speak of, as a tree.
#[derive(Default)]
pub(super) struct Scope<'w> {
    /// Whether all of it counts, and not only what is below.
    whole: bool,
    below: Vec<(Token<'w>, Scope<'w>)>,
}

/// What a document says where wishes speak of it, and what stands elsewhere.
pub(super) struct Outline<'t> {
    /// The document, without what lies beside the way to all places: maps lack such entries, items
    /// are null.
    pub(super) value: Value,
    rest: Vec<Left<'t>>,
}

/// An entry that is left out, and the collection that it is left out of.
struct Left<'t> {
    of: &'t Scope<'t>,
    /// None of an item.
    key: Option<Node<'t>>,
    value: Node<'t>,
}

impl<'w> Scope<'w> {
    pub(super) fn of(wishes: impl IntoIterator<Item = &'w Wish>) -> Scope<'w> {
        let mut root = Scope::default();
        for wish in wishes {
            let holder = match wish {
                Wish::Set { .. } | Wish::Include { .. } => None,
                // What comes and goes moves the other items of a list.
                Wish::Insert { .. } | Wish::Remove { .. } => wish.at().split_last(),
            };
            root.reach(holder.map_or(wish.at().tokens(), |(holder, _)| holder)).whole = true;
        }
        root
    }

    fn reach(&mut self, tokens: Tokens<'w>) -> &mut Scope<'w> {
        tokens.fold(self, |scope, token| {
            let known = scope.below.iter().rposition(|(other, _)| *other == token);
            let place = known.unwrap_or_else(|| {
                scope.below.push((token, Scope::default()));
                scope.below.len() - 1
            });
            &mut scope.below[place].1
        })
    }

    /// What a document says within this scope. It must be [plain](super::Reading::Plain), or leave
    /// the same as one that is.
    ///
    /// None if a key on the way stands there twice, or Kubernetes would not decode what counts.
    pub(super) fn outline<'t>(&'t self, root: Node<'t>) -> Option<Outline<'t>> {
        let mut rest = Vec::new();
        let value = self.value(root, &mut rest)?;
        Some(Outline { value, rest })
    }

    fn value<'t>(&'t self, node: Node<'t>, rest: &mut Vec<Left<'t>>) -> Option<Value> {
        if self.whole {
            return node.value().ok();
        }
        match node.kind() {
            Kind::BlockMap | Kind::FlowMap => {
                let mut map = serde_json::Map::new();
                for (key, value) in node.entries() {
                    let below = self.below.iter().find(|(token, _)| key.is_key(token));
                    let Some((token, scope)) = below else {
                        rest.push(Left { of: self, key: Some(key), value });
                        continue;
                    };
                    if map.insert(token.as_ref().to_owned(), scope.value(value, rest)?).is_some() {
                        return None;
                    }
                }
                Some(Value::Object(map))
            }
            Kind::BlockList | Kind::FlowList => {
                let below = self.places();
                let item = |(place, value): (usize, Node<'t>)| match below.get(&place) {
                    Some(scope) => scope.value(value, rest),
                    None => {
                        // Its place is kept, lest the others move.
                        rest.push(Left { of: self, key: None, value });
                        Some(Value::Null)
                    }
                };
                node.items().enumerate().map(item).collect::<Option<_>>().map(Value::Array)
            }
            _ => node.value().ok(),
        }
    }

    /// The scopes of items, by their places.
    fn places(&self) -> HashMap<usize, &Scope<'w>> {
        self.below.iter().filter_map(|(token, scope)| Some((index(token)?, scope))).collect()
    }

    /// Whether a node says what is expected of it here, and has `left` beside it, which is then
    /// taken. No is no answer: it may be written in another way.
    fn says<'l, 't: 'l>(
        &self,
        node: Node<'_>,
        expected: &Value,
        left: &mut impl Iterator<Item = &'l Left<'t>>,
    ) -> bool {
        if self.whole {
            return node.says(expected);
        }
        match (node.kind(), expected) {
            (Kind::BlockMap | Kind::FlowMap, Value::Object(expected)) => {
                let mut said = vec![false; self.below.len()];
                let all = node.entries().all(|(key, value)| {
                    let Some(place) = self.below.iter().position(|(it, _)| key.is_key(it)) else {
                        return left.next().is_some_and(|left| left.is(self, Some(key), value));
                    };
                    let (token, scope) = &self.below[place];
                    let is_first = !std::mem::replace(&mut said[place], true);
                    let expected = expected.get(&**token);
                    is_first && expected.is_some_and(|expected| scope.says(value, expected, left))
                });
                all && said.into_iter().filter(|said| *said).count() == expected.len()
            }
            (Kind::BlockList | Kind::FlowList, Value::Array(expected)) => {
                let below = self.places();
                let mut items = node.items().enumerate();
                let all = expected.iter().all(|expected| {
                    let item = items.next();
                    item.is_some_and(|(place, item)| match below.get(&place) {
                        Some(scope) => scope.says(item, expected, left),
                        None => left.next().is_some_and(|left| left.is(self, None, item)),
                    })
                });
                all && items.next().is_none()
            }
            (kind, expected) => kind.is_scalar() && node.says(expected),
        }
    }
}

impl Left<'_> {
    /// Whether it is an entry that is left out of a collection of the same place, and says the same.
    fn is(&self, of: &Scope<'_>, key: Option<Node<'_>>, value: Node<'_>) -> bool {
        let same_key = match (self.key, key) {
            (Some(key), Some(other)) => is_same(key, other),
            (key, other) => key.is_none() && other.is_none(),
        };
        std::ptr::addr_eq(self.of, of) && same_key && is_same(self.value, value)
    }
}

impl Outline<'_> {
    /// Whether a document says what is expected within the scope, and beside it has what is left
    /// out here: written in the same bytes, which are read in the same way. No is no answer: it may
    /// be written in another way.
    pub(super) fn is_said_by(&self, scope: &Scope<'_>, root: Node<'_>) -> bool {
        let mut left = self.rest.iter();
        scope.says(root, &self.value, &mut left) && left.next().is_none()
    }
}

/// Whether two nodes are written in the same bytes, and these were taken for the same.
fn is_same(one: Node<'_>, other: Node<'_>) -> bool {
    let is_last = |node: Node<'_>| node.span().end == node.tree().text().len();
    // The last line of a text reads otherwise than another one, if it has no break.
    one.raw() == other.raw() && !is_last(one) && !is_last(other) && is_read_alike(one, other)
}

/// Whether the same bytes were taken for the same nodes; nodes nest no deeper than a parser takes
/// them.
fn is_read_alike(one: Node<'_>, other: Node<'_>) -> bool {
    let (data, its) = (one.data(), other.data());
    let alike = data.kind == its.kind
        && data.flags == its.flags
        && data.column == its.column
        && data.end - data.start == its.end - its.start
        && one.tag_name() == other.tag_name();
    if !alike || data.first == NONE {
        return alike && its.first == NONE;
    }
    let (mut children, mut others) = (one.children(), other.children());
    loop {
        match (children.next(), others.next()) {
            (Some(child), Some(same)) => {
                let (at, same_at) = (child.span().start, same.span().start);
                let moved = at - one.span().start != same_at - other.span().start;
                if moved || !is_read_alike(child, same) {
                    return false;
                }
            }
            (None, None) => return true,
            _ => return false,
        }
    }
}
