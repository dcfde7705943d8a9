//! Turns what should change into the fewest bytes that change it.
//!
//! In: a [`Tree`] and [`Wish`]es on one of its documents. Out: [`Edit`]s to its text.

mod beside;
mod block;
mod cuts;
mod flow;
mod lines;
mod shared;
mod slot;
mod style;
mod want;

use std::{
    borrow::Cow,
    cell::OnceCell,
    cmp::Ordering,
    collections::{HashMap, HashSet},
};

pub use self::beside::is_one_value;
pub(super) use self::beside::{Side, beside, may_stand};
use self::{cuts::Cuts, shared::Shared, style::Style, want::Want};
use super::{Cannot, Kind, Node, Refusal, Tree, Value, Wish, index};
use crate::text::Edit;

/// The edits that fulfil all wishes on one document, each wish resolved against the document as
/// it stands. Two wishes for one missing parent make one parent; a wish that is fulfilled already
/// makes no edit.
///
/// Errors: the first wish that cannot be fulfilled by editing its own bytes, by its index.
pub fn splice<'w>(
    tree: &Tree<'_>,
    document: usize,
    wishes: impl IntoIterator<Item = &'w Wish>,
) -> Result<Vec<Edit>, (usize, Refusal)> {
    let Some(root) = tree.root(document) else {
        let message = format!("there is no document {document}");
        let refusal = Refusal { kind: Cannot::Missing, at: tree.text().len(), message };
        return Err((0, refusal));
    };
    let mut wishes = wishes.into_iter().peekable();
    if wishes.peek().is_none() {
        return Ok(Vec::new());
    }
    let mut splicer =
        Splicer { root, cuts: Cuts::new(tree), style: Style::new(root), shared: OnceCell::new() };
    splicer.fulfil(root, &Want::gather(wishes), Site { flow: false, column: 0, shared: None })?;
    Ok(splicer.cuts.finish())
}

/// What the collections around a node say about it.
#[derive(Clone, Copy)]
struct Site {
    /// Whether it stands in braces or brackets.
    flow: bool,
    /// The column of the block collection that holds it.
    column: usize,
    /// The byte of an anchor around it that an alias uses.
    shared: Option<usize>,
}

/// An entry of a map or list that is to be written.
struct New<'w> {
    wish: usize,
    /// None in a list.
    key: Option<&'w str>,
    value: Cow<'w, Value>,
}

struct Splicer<'t> {
    root: Node<'t>,
    cuts: Cuts<'t>,
    style: Style<'t>,
    shared: OnceCell<Shared<'t>>,
}

type Done = Result<(), (usize, Refusal)>;

/// The refusal of a wish, because of what stands at a byte.
fn refuse<T>(
    wish: usize,
    kind: Cannot,
    at: usize,
    message: impl Into<String>,
) -> Result<T, (usize, Refusal)> {
    Err((wish, Refusal { kind, at, message: message.into() }))
}

const ALIAS: &str = "the value is shared through an alias: editing it here would edit it elsewhere";
const MERGE: &str = "the value comes from a merge (`<<`): editing it here would edit it elsewhere";
const EXPLICIT: &str = "an entry with an explicit key (`? key`) cannot be edited in place";

impl<'t> Splicer<'t> {
    fn fulfil(&mut self, node: Node<'t>, want: &Want, site: Site) -> Done {
        let at = node.span().start;
        let clash = |(wish, kind, message): want::Clash| (wish, Refusal { kind, at, message });
        if let Some(value) = want.settle().map_err(clash)? {
            return self.set(node, want.set[0].0, value, site);
        }
        if let Some(wish) = want.gone {
            return refuse(wish, Cannot::Layout, at, "the root of a document cannot be removed");
        }
        match node.kind() {
            Kind::BlockMap | Kind::FlowMap => self.map(node, want, site),
            Kind::BlockList | Kind::FlowList => self.list(node, want, site),
            Kind::Alias => match node.value().is_ok_and(|value| want.holds(&value)) {
                true => Ok(()),
                false => refuse(want.wish(), Cannot::Shared, at, ALIAS),
            },
            _ if node.is_null() => match want.build().map_err(clash)? {
                Some(_) if node.parent().is_none() => {
                    refuse(want.wish(), Cannot::Missing, at, "the document is empty")
                }
                Some(value) => self.replace(node, want.wish(), &value, site),
                None => Ok(()),
            },
            _ if want.is_absence() => Ok(()),
            _ => refuse(want.wish(), Cannot::Missing, at, "this is neither a map nor a list"),
        }
    }

    /// Makes a node hold a value, entry by entry where both are maps or lists: so what they have
    /// in common keeps its bytes and its comments.
    fn set(&mut self, node: Node<'t>, wish: usize, value: &Value, site: Site) -> Done {
        let Ok(old) = node.value() else {
            return refuse(wish, Cannot::Unreadable, node.span().start, "this cannot be read");
        };
        if old == *value {
            return Ok(());
        }
        let alike = old.is_object() && value.is_object() || old.is_array() && value.is_array();
        let simple = node.kind() != Kind::Alias && !node.is_pair() && has_distinct_keys(node);
        if !alike || !simple {
            return self.replace(node, wish, value, site);
        }
        let parts = Want::parts(wish, &old, value);
        match node.kind().is_map() {
            true => self.map(node, &parts, site),
            false => self.list(node, &parts, site),
        }
    }

    fn map(&mut self, node: Node<'t>, want: &Want, site: Site) -> Done {
        let at = node.span().start;
        if let Some((wish, _)) = want.includes.first() {
            return refuse(*wish, Cannot::Missing, at, "this is a map, not a list");
        }
        if let Some((wish, ..)) = want.inserts.first() {
            return refuse(*wish, Cannot::Missing, at, "this is a map, not a list");
        }
        let entries: Vec<(Node<'t>, Node<'t>)> = node.entries().collect();
        let merged = shared::merged(node);
        let below = self.within(node, site);
        let (mut gone, mut new) = (Vec::new(), Vec::new());
        for (token, want) in &want.below {
            let from_merge = merged.as_ref().and_then(|(_, map)| map.get(&**token));
            let mut places = entries.iter().enumerate().filter(|(_, (key, _))| {
                !key.is_merge() && key.key().is_ok_and(|key| key == *token)
            });
            let Some((place, &(key, value))) = places.next() else {
                new.extend(self.missing(node, token, want, from_merge)?);
                continue;
            };
            if let Some((_, (other, last))) = places.next_back() {
                if last.value().is_ok_and(|value| want.holds(&value)) {
                    continue;
                }
                let message = format!("the key `{token}` stands here more than once");
                return refuse(want.wish(), Cannot::Duplicate, other.span().start, message);
            }
            let overridden = merged.as_ref().is_some_and(|(last, _)| place < *last);
            if let Some(from_merge) = from_merge.filter(|_| overridden || want.gone.is_some()) {
                match want.holds(from_merge) {
                    true => continue,
                    false => return refuse(want.wish(), Cannot::Shared, key.span().start, MERGE),
                }
            }
            if key.is_explicit() {
                match value.value().is_ok_and(|value| want.holds(&value)) {
                    true => continue,
                    false => {
                        let at = key.span().start;
                        return refuse(want.wish(), Cannot::Layout, at, EXPLICIT);
                    }
                }
            }
            match want.gone {
                Some(wish) => {
                    want.settle().map_err(|(wish, kind, message)| {
                        (wish, Refusal { kind, at: key.span().start, message })
                    })?;
                    self.may_lose(key, wish)?;
                    self.may_lose(value, wish)?;
                    gone.push((place, wish));
                }
                None => self.fulfil(value, want, below)?,
            }
        }
        gone.sort_unstable();
        self.change_entries(node, gone, new, Vec::new(), site)
    }

    /// What is to be written for a key that a map does not have, unless a merge brings it in.
    fn missing<'w>(
        &self,
        map: Node<'t>,
        token: &'w str,
        want: &'w Want,
        from_merge: Option<&Value>,
    ) -> Result<Option<New<'w>>, (usize, Refusal)> {
        let at = map.span().start;
        let clash = |(wish, kind, message): want::Clash| (wish, Refusal { kind, at, message });
        if let Some(from_merge) = from_merge {
            if want.holds(from_merge) {
                return Ok(None);
            }
            if want.set.is_empty() {
                return refuse(want.wish(), Cannot::Shared, at, MERGE);
            }
        }
        let value = want.build().map_err(clash)?;
        Ok(value.map(|value| New { wish: want.wish(), key: Some(token), value }))
    }

    fn list(&mut self, node: Node<'t>, want: &Want, site: Site) -> Done {
        let at = node.span().start;
        let items: Vec<Node<'t>> = node.items().collect();
        let below = self.within(node, site);
        let (mut gone, mut touched) = (Vec::new(), Vec::new());
        for (token, want) in &want.below {
            let Some(place) = index(token).filter(|place| *place < items.len()) else {
                if want.is_absence() {
                    continue;
                }
                let message = format!("the list has {} items and none at `{token}`", items.len());
                return refuse(want.wish(), Cannot::Missing, at, message);
            };
            touched.push((place, want.wish()));
            match want.gone {
                Some(wish) => {
                    want.settle().map_err(|(wish, kind, message)| {
                        (wish, Refusal { kind, at: items[place].span().start, message })
                    })?;
                    self.may_lose(items[place], wish)?;
                    gone.push((place, wish));
                }
                None => self.fulfil(items[place], want, below)?,
            }
        }
        gone.sort_unstable();
        let (mut new, mut inserts) = (Vec::new(), Vec::new());
        for (wish, token, value) in &want.inserts {
            let item = New { wish: *wish, key: None, value: value.clone() };
            match index(token).map(|place| (place, place.cmp(&items.len()))) {
                Some((_, Ordering::Equal)) => new.push(item),
                Some((place, Ordering::Less)) => inserts.push((place, item)),
                _ => {
                    let message = format!("the list has no place at `{token}`");
                    return refuse(*wish, Cannot::Missing, at, message);
                }
            }
        }
        if !want.includes.is_empty() {
            let mut places: HashMap<Value, Vec<usize>> = HashMap::new();
            for (place, item) in items.iter().enumerate() {
                if let Ok(value) = item.value() {
                    places.entry(value).or_default().push(place);
                }
            }
            let sets = want.below.iter().flat_map(|(_, want)| &want.set);
            let sets: HashSet<&Value> = sets.map(|(_, set)| &**set).collect();
            for (wish, value) in &want.includes {
                if sets.contains(&**value) {
                    continue;
                }
                let places = places.get(&**value).map_or(&[][..], Vec::as_slice);
                if places.is_empty() {
                    new.push(New { wish: *wish, key: None, value: value.clone() });
                    continue;
                }
                let changed = |place| touched.iter().find(|(touched, _)| touched == place);
                if let Some(clashes) = places.iter().map(changed).collect::<Option<Vec<_>>>() {
                    let other = clashes.iter().map(|(_, wish)| *wish).max().unwrap_or(*wish);
                    let message = "another wish changes the item that the list should hold";
                    return refuse(other.max(*wish), Cannot::Conflict, at, message);
                }
            }
        }
        self.change_entries(node, gone, new, inserts, site)
    }

    /// Takes entries out of a collection and puts others in.
    fn change_entries(
        &mut self,
        node: Node<'t>,
        gone: Vec<(usize, usize)>,
        new: Vec<New<'_>>,
        inserts: Vec<(usize, New<'_>)>,
        site: Site,
    ) -> Done {
        let own = new.first().or(inserts.first().map(|(_, new)| new)).map(|new| new.wish);
        let Some(wish) = own.or(gone.first().map(|(_, wish)| *wish)) else {
            return Ok(());
        };
        self.may_edit(node, wish, site)?;
        if let Some(long) = new.iter().find(|new| new.key.is_some_and(|key| key.len() > MAX_KEY)) {
            let at = node.span().start;
            return refuse(long.wish, Cannot::Layout, at, "the key is too long for one line");
        }
        let width = if node.kind().is_map() { 2 } else { 1 };
        let count = node.children().count() / width;
        match style::is_flow(node) {
            true if count == 0 && !site.flow && node.parent().is_some() => {
                match flow::keeps_brackets(node) {
                    true => self.flow_entries(node, &gone, new, inserts),
                    false => self.replace(node, wish, &collection(node, &new), site),
                }
            }
            true => self.flow_entries(node, &gone, new, inserts),
            false if gone.len() == count && new.is_empty() && inserts.is_empty() => {
                let value = collection(node, &[]);
                self.replace(node, wish, &value, site)
            }
            false => self.block_entries(node, &gone, new, inserts),
        }
    }

    /// Puts a value in the place of a node.
    fn replace(&mut self, node: Node<'t>, wish: usize, value: &Value, site: Site) -> Done {
        self.may_edit(node, wish, site)?;
        self.may_lose(node, wish)?;
        match site.flow {
            true => self.fill_flow(node, wish, value),
            false => self.fill_block(node, wish, value, site),
        }
    }

    fn within(&self, node: Node<'t>, site: Site) -> Site {
        let anchor = node.anchor().filter(|_| self.shared().is_used(node));
        Site {
            flow: style::is_flow(node) || site.flow,
            column: if style::is_flow(node) { site.column } else { node.column() },
            shared: site.shared.or(anchor.map(|span| span.start)),
        }
    }

    fn shared(&self) -> &Shared<'t> {
        self.shared.get_or_init(|| Shared::new(self.root))
    }

    /// Errors: an alias elsewhere stands for the node or for what holds it.
    fn may_edit(&self, node: Node<'t>, wish: usize, site: Site) -> Done {
        match self.within(node, site).shared {
            Some(at) => refuse(wish, Cannot::Shared, at, ALIAS),
            None => Ok(()),
        }
    }

    /// Errors: an alias elsewhere stands for something within the node.
    fn may_lose(&self, node: Node<'t>, wish: usize) -> Done {
        if (!node.kind().is_scalar() || node.anchor().is_some())
            && let Some(used) = self.shared().used_outside(node)
        {
            return refuse(wish, Cannot::Shared, used.span().start, ALIAS);
        }
        Ok(())
    }
}

/// The longest key that libyaml reads without a `?`, quotes and escapes left out of account.
const MAX_KEY: usize = 1000;

/// The new entries as a map or list of the kind of `node`.
fn collection(node: Node<'_>, new: &[New<'_>]) -> Value {
    match node.kind().is_map() {
        true => Value::Object(
            new.iter()
                .filter_map(|new| Some((new.key?.to_owned(), new.value.clone().into_owned())))
                .collect(),
        ),
        false => Value::Array(new.iter().map(|new| new.value.clone().into_owned()).collect()),
    }
}

/// Whether a map has no merges and no key twice; other nodes do.
fn has_distinct_keys(node: Node<'_>) -> bool {
    let mut keys: Vec<_> = Vec::new();
    for (key, _) in node.entries() {
        match key.key() {
            Ok(name) if !key.is_merge() && !key.is_explicit() => keys.push(name),
            _ => return false,
        }
    }
    keys.sort_unstable();
    keys.windows(2).all(|pair| pair[0] != pair[1])
}
