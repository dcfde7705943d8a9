//! All wishes on one document, gathered by where they lead.
//!
//! In: [`Wish`]es. Out: a tree of [`Want`]s, one for each token of their pointers.

use std::{borrow::Cow, collections::HashSet};

use serde_json::{Map, Value};

use crate::yaml::{Cannot, Token, Tokens, Wish, index, print::read_back};

/// What is wanted of one place.
#[derive(Clone, Debug, Default)]
pub(super) struct Want<'w> {
    /// The first wish that leads here.
    wish: usize,
    /// Its value, by the wishes that say so.
    pub(super) set: Vec<(usize, Cow<'w, Value>)>,
    /// Who wants it gone.
    pub(super) gone: Option<usize>,
    /// Items that a list holds.
    pub(super) includes: Vec<(usize, Cow<'w, Value>)>,
    /// Items that a list gets at a place of their own, which is a token as it was wished; those for
    /// one place in their order.
    pub(super) inserts: Vec<(usize, Token<'w>, Cow<'w, Value>)>,
    /// What is wanted of its entries.
    pub(super) below: Vec<(Token<'w>, Want<'w>)>,
}

/// Two wishes that cannot both come true, or one that cannot: whose it is, and why.
pub(super) type Clash = (usize, Cannot, String);

impl<'w> Want<'w> {
    pub(super) fn gather(wishes: impl IntoIterator<Item = &'w Wish>) -> Want<'w> {
        let mut root = Want::default();
        let mut included = HashSet::new();
        let mut inserted = HashSet::new();
        for (index, wish) in wishes.into_iter().enumerate() {
            match wish {
                Wish::Set { at, value } => {
                    root.reach(at.tokens(), index).set.push((index, read_back(value)));
                }
                Wish::Include { at, value } => {
                    let value = read_back(value);
                    if included.insert((at, value.clone())) {
                        root.reach(at.tokens(), index).includes.push((index, value));
                    }
                }
                Wish::Insert { at, value } => {
                    let Some((list, place)) = at.split_last() else {
                        // A root has no place in a list; refused as one that is none.
                        root.inserts.push((index, Token::default(), Cow::Borrowed(value)));
                        continue;
                    };
                    let value = read_back(value);
                    if inserted.insert((at, value.clone())) {
                        root.reach(list, index).inserts.push((index, place, value));
                    }
                }
                Wish::Remove { at } => {
                    root.reach(at.tokens(), index).gone.get_or_insert(index);
                }
            }
        }
        root
    }

    fn reach(&mut self, tokens: Tokens<'w>, wish: usize) -> &mut Want<'w> {
        let mut want = self;
        for token in tokens {
            // Wishes tend to come in the order of the document: the last one is the likeliest.
            let known = match want.below.last() {
                Some((last, _)) if *last == token => Some(want.below.len() - 1),
                _ => want.below.iter().position(|(other, _)| *other == token),
            };
            let place = known.unwrap_or_else(|| {
                want.below.push((token, Want { wish, ..Want::default() }));
                want.below.len() - 1
            });
            want = &mut want.below[place].1;
        }
        want
    }

    /// The first wish that leads here.
    pub(super) fn wish(&self) -> usize {
        self.wish
    }

    /// A wish of those here and below.
    fn any_wish(&self) -> usize {
        let own = self.set.iter().map(|(wish, _)| *wish).chain(self.gone);
        let items = self.includes.iter().map(|(wish, _)| *wish);
        let places = self.inserts.iter().map(|(wish, ..)| *wish);
        let below = self.below.iter().map(|(_, want)| want.any_wish());
        own.chain(items).chain(places).chain(below).max().unwrap_or(self.wish)
    }

    /// The one value that it should have, if it should have one as a whole.
    ///
    /// Errors: wishes that contradict each other here.
    pub(super) fn settle(&self) -> Result<Option<&Value>, Clash> {
        let clash = |wish: usize, other: usize| {
            let message = "another wish asks for something else at the same place".to_owned();
            (wish.max(other), Cannot::Conflict, message)
        };
        if let Some(gone) = self.gone {
            if let Some((set, _)) = self.set.first() {
                return Err(clash(gone, *set));
            }
            // What is gone has no parts that could still be there.
            return match self.parts_hold(&Value::Null) {
                true => Ok(None),
                false => Err(clash(gone, self.any_wish())),
            };
        }
        let Some((first, value)) = self.set.first() else {
            return Ok(None);
        };
        if let Some((other, _)) = self.set.iter().find(|(_, other)| other != value) {
            return Err(clash(*first, *other));
        }
        if !self.parts_hold(value) {
            let parts = Want { set: Vec::new(), ..self.clone() };
            return Err(clash(*first, parts.any_wish()));
        }
        Ok(Some(value))
    }

    /// Whether a value already is what is wanted here.
    pub(super) fn holds(&self, value: &Value) -> bool {
        self.gone.is_none()
            && self.set.iter().all(|(_, set)| **set == *value)
            && self.parts_hold(value)
    }

    fn parts_hold(&self, value: &Value) -> bool {
        self.inserts.is_empty()
            && self.items_are_in(value)
            && self.below.iter().all(|(token, want)| {
                let entry = match value {
                    Value::Object(map) => map.get(&**token),
                    Value::Array(items) => index(token).and_then(|index| items.get(index)),
                    _ => None,
                };
                match entry {
                    Some(entry) => want.holds(entry),
                    None => want.is_absence(),
                }
            })
    }

    fn items_are_in(&self, value: &Value) -> bool {
        let Some((_, first)) = self.includes.first() else { return true };
        let Some(items) = value.as_array() else { return false };
        // Most lists lack what they should hold.
        if !items.contains(first) {
            return false;
        }
        let items: HashSet<&Value> = items.iter().collect();
        self.includes.iter().all(|(_, item)| items.contains(&**item))
    }

    /// Whether all that is wanted is that something should not be there.
    pub(super) fn is_absence(&self) -> bool {
        let own = self.set.is_empty() && self.includes.is_empty() && self.inserts.is_empty();
        own && (self.gone.is_some() || !self.below.is_empty())
            && self.below.iter().all(|(_, want)| want.is_absence())
    }

    /// What is to be written where nothing stands yet; none if nothing should.
    pub(super) fn build(&self) -> Result<Option<Cow<'_, Value>>, Clash> {
        if let Some(value) = self.settle()? {
            return Ok(Some(Cow::Borrowed(value)));
        }
        if self.gone.is_some() {
            return Ok(None);
        }
        if let Some((wish, ..)) = self.inserts.first() {
            return Err((*wish, Cannot::Missing, "there is no such list".to_owned()));
        }
        let mut map = Map::new();
        for (token, want) in &self.below {
            if let Some(value) = want.build()? {
                map.insert(token.to_string(), value.into_owned());
            }
        }
        match (map.is_empty(), self.includes.first()) {
            (true, None) => Ok(None),
            (false, None) => Ok(Some(Cow::Owned(Value::Object(map)))),
            (true, Some(_)) => {
                let items = self.includes.iter().map(|(_, value)| value.clone().into_owned());
                Ok(Some(Cow::Owned(Value::Array(items.collect()))))
            }
            (false, Some((wish, _))) => {
                let message = "other wishes make a map of this list".to_owned();
                Err((*wish, Cannot::Conflict, message))
            }
        }
    }

    /// The wishes for the parts of a map or list that make `new` of it.
    pub(super) fn parts(wish: usize, old: &'w Value, new: &'w Value) -> Want<'w> {
        let mut want = Want { wish, ..Want::default() };
        let set = |value: &'w Value| Want {
            wish,
            set: vec![(wish, Cow::Borrowed(value))],
            ..Want::default()
        };
        let gone = || Want { wish, gone: Some(wish), ..Want::default() };
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => {
                let lost = old.keys().filter(|key| !new.contains_key(*key));
                want.below.extend(lost.map(|key| (Token::from(key), gone())));
                let other = new.iter().filter(|(key, value)| old.get(*key) != Some(value));
                want.below.extend(other.map(|(key, value)| (Token::from(key), set(value))));
            }
            (Value::Array(old), Value::Array(new)) => {
                let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
                let rest = old.len().min(new.len()) - head;
                let pairs = old.iter().rev().zip(new.iter().rev()).take(rest);
                let tail = pairs.take_while(|(old, new)| old == new).count();
                let (old, new) = (old.len() - tail, &new[..new.len() - tail]);
                for (place, value) in new.iter().enumerate().skip(head) {
                    match place < old {
                        true => want.below.push((place.to_string().into(), set(value))),
                        false => {
                            let value = Cow::Borrowed(value);
                            want.inserts.push((wish, old.to_string().into(), value));
                        }
                    }
                }
                want.below
                    .extend((new.len().max(head)..old).map(|it| (it.to_string().into(), gone())));
            }
            _ => {}
        }
        want
    }
}
