//! Wishes as RFC 6902 has them, worked out on values alone.
//!
//! In: a [`Value`] or a [`Node`], and [`Wish`]es. Out: a [`Patch`] that does to the value what the wishes ask for.
//! Nothing here knows of bytes: this is the other way to the result, by which edits are proven.

use std::{borrow::Cow, cmp::Ordering, collections::HashSet};

use json_patch::{
    AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation, jsonptr::PointerBuf,
};

use super::{Node, Pointer, Token, Tokens, Value, Wish, index, outline::Scope, print::read_back};

/// The operations of RFC 6902 that do to `value` what the wishes ask for: missing parents are
/// added in one piece, and what holds already gives no operation. Indices in wishes count the
/// items of `value` as it is; those in operations count what the operations before them left.
///
/// A wish that cannot be fulfilled (a parent that is a scalar, an index beyond its list) gives
/// none.
pub fn operations<'w>(value: &Value, wishes: impl IntoIterator<Item = &'w Wish>) -> Patch {
    let mut done = Vec::new();
    apply(&mut value.clone(), wishes, |place, operation| {
        let path = PointerBuf::from_tokens(place.iter().map(|token| &**token));
        done.push(match operation {
            PatchOperation::Add(it) => PatchOperation::Add(AddOperation { path, ..it }),
            PatchOperation::Replace(it) => PatchOperation::Replace(ReplaceOperation { path, ..it }),
            PatchOperation::Remove(_) => PatchOperation::Remove(RemoveOperation { path }),
            other => other,
        });
    });
    Patch(done)
}

/// The operations that do to a document what wishes ask for that lie within one of its nodes, which
/// stands at the address `at`: these take no longer than is due to that node, and not to the
/// document. The node holds no aliases and merges; its tree may be another one than the document's.
///
/// None if a wish lies elsewhere, or the node has no value.
pub fn operations_below<'w>(
    node: Node<'_>,
    at: &Pointer,
    wishes: impl IntoIterator<Item = &'w Wish>,
) -> Option<Patch> {
    let wishes: Vec<Wish> = wishes.into_iter().map(|wish| wish.below(at)).collect::<Option<_>>()?;
    let outline = Scope::of(&wishes).outline(node).map(|outline| outline.value);
    let value = outline.or_else(|| node.value().ok())?;
    let mut patch = operations(&value, &wishes);
    let at = PointerBuf::from_tokens(path(at).iter().map(|token| &**token));
    let place = |below: &PointerBuf| {
        let mut place = at.clone();
        place.append(below);
        place
    };
    for operation in &mut patch.0 {
        match operation {
            PatchOperation::Add(it) => it.path = place(&it.path),
            PatchOperation::Replace(it) => it.path = place(&it.path),
            PatchOperation::Remove(it) => it.path = place(&it.path),
            PatchOperation::Move(_) | PatchOperation::Copy(_) | PatchOperation::Test(_) => {}
        }
    }
    Some(patch)
}

/// Does to a value what the wishes ask for, and tells of each operation with its place.
///
/// The paths within the operations are those below the collection that is changed: to go there by
/// paths from the root, over and over, would take most of the time.
pub(super) fn apply<'w>(
    value: &mut Value,
    wishes: impl IntoIterator<Item = &'w Wish>,
    done: impl FnMut(&[Token<'_>], PatchOperation),
) {
    let mut work = Work { value, done };
    let mut later: Vec<&Wish> = Vec::new();
    let mut includes: Vec<(&Pointer, Cow<'_, Value>)> = Vec::new();
    for wish in wishes {
        match wish {
            Wish::Set { at, value } => work.set(&path(at), &read_back(value)),
            Wish::Include { at, value } => includes.push((at, read_back(value))),
            Wish::Insert { .. } | Wish::Remove { .. } => later.push(wish),
        }
    }
    // From the back, so that no index moves before its turn; what is within an item before the
    // item; and at one place what goes before what comes.
    later.sort_by(|one, other| {
        let order = from_the_back(one.at().tokens(), other.at().tokens());
        order.then_with(|| is_insert(one).cmp(&is_insert(other)))
    });
    let (appended, later): (Vec<&Wish>, Vec<&Wish>) =
        in_turn(&later).partition(|wish| work.is_append(wish));
    appended.into_iter().for_each(|wish| work.put(wish));
    // List by list, so that each is looked through once.
    includes.sort_by_key(|(list, _)| *list);
    for of_list in includes.chunk_by(|(one, _), (other, _)| one == other) {
        work.include(of_list);
    }
    later.into_iter().for_each(|wish| work.put(wish));
}

/// Each wish once, and of the items for one place the last one first: each pushes those up that were
/// put there before it.
fn in_turn<'w>(wishes: &[&'w Wish]) -> impl Iterator<Item = &'w Wish> {
    let of_place = |chunk: &[&'w Wish]| {
        let mut once = chunk.to_vec();
        if let [_] = once[..] {
            return once;
        }
        let mut known = HashSet::new();
        once.retain(|wish| match wish {
            Wish::Insert { value, .. } => known.insert(Some(read_back(value))),
            _ => known.insert(None),
        });
        let gone = once.partition_point(|wish| !is_insert(wish));
        once[gone..].reverse();
        once
    };
    wishes.chunk_by(|one, other| one.at() == other.at()).flat_map(of_place)
}

fn is_insert(wish: &Wish) -> bool {
    matches!(wish, Wish::Insert { .. })
}

/// The order in which addresses are worked on: later items first, and what is within an entry
/// before the entry.
fn from_the_back(mut one: Tokens<'_>, mut other: Tokens<'_>) -> Ordering {
    loop {
        let order = match (one.next(), other.next()) {
            (Some(one), Some(other)) => match (index(&one), index(&other)) {
                (Some(one), Some(other)) => other.cmp(&one),
                _ => one.cmp(&other),
            },
            (one, other) => return other.is_some().cmp(&one.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

struct Work<'v, F> {
    value: &'v mut Value,
    done: F,
}

impl<F: FnMut(&[Token<'_>], PatchOperation)> Work<'_, F> {
    fn set(&mut self, tokens: &[Token<'_>], value: &Value) {
        let mut reached = &*self.value;
        let mut depth = 0;
        while let Some(entry) = tokens.get(depth).and_then(|token| entry(reached, token)) {
            reached = entry;
            depth += 1;
        }
        if depth == tokens.len() {
            if reached != value {
                self.replace(tokens, value.clone());
            }
            return;
        }
        let wrap = |tokens: &[Token<'_>]| {
            tokens.iter().rev().fold(value.clone(), |value, token| {
                Value::Object([(token.to_string(), value)].into_iter().collect())
            })
        };
        match reached {
            Value::Object(_) => self.add(&tokens[..=depth], wrap(&tokens[depth + 1..])),
            Value::Null => self.replace(&tokens[..depth], wrap(&tokens[depth..])),
            _ => {}
        }
    }

    /// Has one list hold items.
    fn include(&mut self, wishes: &[(&Pointer, Cow<'_, Value>)]) {
        let Some((at, _)) = wishes.first() else { return };
        let tokens = path(at);
        let list = find(self.value, &tokens);
        let items = list.and_then(Value::as_array);
        let mut known: HashSet<&Value> = items.into_iter().flatten().collect();
        let lacking = wishes.iter().map(|(_, value)| &**value);
        let lacking: Vec<Value> = lacking.filter(|value| known.insert(value)).cloned().collect();
        match (list, items.map(Vec::len)) {
            (_, Some(len)) => {
                for (place, value) in (len..).zip(lacking) {
                    self.add(&child(&tokens, place.to_string().into()), value);
                }
            }
            (None | Some(Value::Null), _) => self.set(&tokens, &Value::Array(lacking)),
            _ => {}
        }
    }

    fn put(&mut self, wish: &Wish) {
        match wish {
            Wish::Insert { at, value } => self.insert(&path(at), &read_back(value)),
            Wish::Remove { at } => self.remove(&path(at)),
            Wish::Set { .. } | Wish::Include { .. } => {}
        }
    }

    /// Whether it inserts behind the last item.
    fn is_append(&self, wish: &Wish) -> bool {
        let Some((list, place)) = wish.at().split_last() else {
            return false;
        };
        let len = find(self.value, list).and_then(Value::as_array).map(Vec::len);
        is_insert(wish) && len.is_some() && index(&place) == len
    }

    fn insert(&mut self, tokens: &[Token<'_>], value: &Value) {
        let list = tokens.split_last().and_then(|(_, list)| find(self.value, list));
        if list.is_some_and(Value::is_array) {
            self.add(tokens, value.clone());
        }
    }

    fn remove(&mut self, tokens: &[Token<'_>]) {
        if !tokens.is_empty() && find(self.value, tokens).is_some() {
            self.run(tokens, |path| PatchOperation::Remove(RemoveOperation { path }));
        }
    }

    fn add(&mut self, tokens: &[Token<'_>], value: Value) {
        self.run(tokens, |path| PatchOperation::Add(AddOperation { path, value }));
    }

    fn replace(&mut self, tokens: &[Token<'_>], value: Value) {
        self.run(tokens, |path| PatchOperation::Replace(ReplaceOperation { path, value }));
    }

    fn run(&mut self, tokens: &[Token<'_>], operation: impl FnOnce(PointerBuf) -> PatchOperation) {
        let (place, collection) = match tokens.split_last() {
            Some((token, above)) => {
                (PointerBuf::from_tokens([&**token]), find_mut(self.value, above))
            }
            None => (PointerBuf::new(), Some(&mut *self.value)),
        };
        let Some(collection) = collection else { return };
        let operation = operation(place);
        // One operation that does not apply leaves the value as it was, and has nothing to undo.
        if json_patch::patch_unsafe(collection, std::slice::from_ref(&operation)).is_ok() {
            (self.done)(tokens, operation);
        }
    }
}

fn path(at: &Pointer) -> Vec<Token<'_>> {
    at.tokens().collect()
}

fn child<'p>(tokens: &[Token<'p>], token: Token<'p>) -> Vec<Token<'p>> {
    tokens.iter().cloned().chain([token]).collect()
}

/// The value at an address.
pub(super) fn find(
    value: &Value,
    tokens: impl IntoIterator<Item = impl AsRef<str>>,
) -> Option<&Value> {
    tokens.into_iter().try_fold(value, |value, token| entry(value, token.as_ref()))
}

fn find_mut<'v>(value: &'v mut Value, tokens: &[Token<'_>]) -> Option<&'v mut Value> {
    tokens.iter().try_fold(value, |value, token| match value {
        Value::Object(map) => map.get_mut(&**token),
        Value::Array(items) => items.get_mut(index(token)?),
        _ => None,
    })
}

fn entry<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Object(map) => map.get(token),
        Value::Array(items) => items.get(index(token)?),
        _ => None,
    }
}
