//! A cursor into a tree: what a node is, what it says, and where it is.

use std::{borrow::Cow, fmt};

use super::{
    COOKED, Data, EXPLICIT, Error, KEY, Kind, NONE, Node, PAIR, PROPERTIES, Pointer, Properties,
    Range, Scalar, Tree, Value, WORD, cook, index, resolve, tag, value,
};
use crate::text::Span;

impl<'t> Node<'t> {
    pub(super) fn data(self) -> &'t Data {
        &self.tree.nodes[self.id as usize]
    }

    fn with(self, id: u32) -> Option<Node<'t>> {
        (id != NONE).then_some(Node { tree: self.tree, id })
    }

    /// The tree it is a node of.
    pub fn tree(self) -> &'t Tree<'t> {
        self.tree
    }

    /// How it is written.
    pub fn kind(self) -> Kind {
        self.data().kind
    }

    /// Its content, without anchor and tag. A block collection ends with its last entry; a block
    /// scalar holds its header and its trailing line breaks.
    pub fn span(self) -> Span {
        Span::new(self.data().start as usize, self.data().end as usize)
    }

    /// The bytes of its content.
    pub fn raw(self) -> &'t str {
        &self.tree.text[self.data().start as usize..self.data().end as usize]
    }

    /// The byte of the `-`, `:` or `?` that introduces it.
    pub fn lead(self) -> Option<usize> {
        let lead = self.data().lead;
        (lead != NONE).then_some(lead as usize)
    }

    /// Of a block collection: the column of its entries, from 0. Of a block scalar: that of its
    /// content.
    pub fn column(self) -> usize {
        self.data().column as usize
    }

    /// Whether it is a key that a `?` introduces.
    pub fn is_explicit(self) -> bool {
        self.data().flags & EXPLICIT != 0
    }

    /// Whether it is a pair within `[…]` that has no braces of its own.
    pub fn is_pair(self) -> bool {
        self.data().flags & PAIR != 0
    }

    /// The bytes of its anchor: `&name`.
    pub fn anchor(self) -> Option<Span> {
        self.properties().and_then(|properties| properties.anchor).map(Range::span)
    }

    /// The bytes of its tag: `!!str`.
    pub fn tag(self) -> Option<Span> {
        self.properties().and_then(|properties| properties.tag).map(Range::span)
    }

    /// Whether it is a plain scalar without anchor and tag that nothing but a string begins like;
    /// a quick way to know for most.
    #[inline]
    pub(super) fn is_word(self) -> bool {
        self.data().flags & (WORD | PROPERTIES) == WORD
    }

    /// Its tag in full: `tag:yaml.org,2002:str` for `!!str`, `!x` for `!x`.
    #[inline]
    pub fn tag_name(self) -> Option<Cow<'t, str>> {
        match self.data().flags & PROPERTIES {
            0 => None,
            _ => self.tag().map(|tag| tag::name(self, tag)),
        }
    }

    #[inline]
    fn properties(self) -> Option<&'t Properties> {
        match self.data().flags & PROPERTIES {
            0 => None,
            _ => self.listed_properties(),
        }
    }

    fn listed_properties(self) -> Option<&'t Properties> {
        let properties = &self.tree.properties;
        let index = properties.binary_search_by_key(&self.id, |properties| properties.node);
        index.ok().map(|index| &properties[index])
    }

    /// The collection it is an entry of.
    pub fn parent(self) -> Option<Node<'t>> {
        self.with(self.data().parent)
    }

    pub(super) fn children(self) -> impl Iterator<Item = Node<'t>> {
        self.with(self.data().first).into_iter().flat_map(Node::following)
    }

    /// It, and the entries behind it in the collection that holds it.
    pub(super) fn following(self) -> impl Iterator<Item = Node<'t>> {
        std::iter::successors(Some(self), move |node| node.with(node.data().next))
    }

    /// The entries of a list; none for other nodes.
    pub fn items(self) -> impl Iterator<Item = Node<'t>> {
        let list = self.kind().is_list().then_some(self);
        list.into_iter().flat_map(Node::children)
    }

    /// The keys and values of a map; none for other nodes. Merge keys are entries like others.
    pub fn entries(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
        let mut children = self.kind().is_map().then(|| self.children());
        std::iter::from_fn(move || {
            let children = children.as_mut()?;
            Some((children.next()?, children.next()?))
        })
    }

    /// The value at a key; of several, the last, as Kubernetes has it. Follows no alias.
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        if !self.kind().is_map() {
            return None;
        }
        let nodes = &self.tree.nodes;
        let mut found = None;
        let mut id = self.data().first;
        while id != NONE {
            let its = &nodes[id as usize];
            // Behind each key is its value. Most keys have another length, which is quickly told.
            let width = (its.end - its.start) as usize;
            let may_be = width == key.len() || width == key.len() + 2 || its.flags & COOKED != 0;
            if may_be && (Node { tree: self.tree, id }).is_text(key) {
                found = Some(its.next);
            }
            id = nodes[its.next as usize].next;
        }
        found.map(|id| Node { tree: self.tree, id })
    }

    /// The entry of a list, counted from 0.
    pub fn item(self, index: usize) -> Option<Node<'t>> {
        self.items().nth(index)
    }

    /// Walks down by keys that hold no slash: `node.at("securityContext/runAsNonRoot")`.
    pub fn at(self, path: &str) -> Option<Node<'t>> {
        let (mut node, mut rest) = (self, path);
        while let Some(slash) = memchr::memchr(b'/', rest.as_bytes()) {
            node = node.get(&rest[..slash])?;
            rest = &rest[slash + 1..];
        }
        node.get(rest)
    }

    fn is_text(self, text: &str) -> bool {
        match self.data().flags & COOKED {
            0 => match self.kind() {
                Kind::Plain => self.raw() == text,
                Kind::SingleQuoted | Kind::DoubleQuoted => {
                    let raw = self.raw();
                    raw.len() == text.len() + 2 && &raw[1..raw.len() - 1] == text
                }
                _ => false,
            },
            _ => self.kind().is_scalar() && self.text() == text,
        }
    }

    /// The text of a scalar, unfolded and unescaped; the name of an alias; else empty.
    pub fn text(self) -> Cow<'t, str> {
        cook::text(self)
    }

    /// What a scalar means to Kubernetes; none for collections and aliases, and for what it
    /// cannot read (`!!int x`).
    pub fn scalar(self) -> Option<Scalar<'t>> {
        self.kind().is_scalar().then(|| resolve::scalar(self).ok()).flatten()
    }

    /// The text, if it is a string to Kubernetes.
    pub fn as_str(self) -> Option<Cow<'t, str>> {
        if self.is_word() && self.data().flags & COOKED == 0 {
            return Some(Cow::Borrowed(self.raw()));
        }
        match self.scalar()? {
            Scalar::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if it is one to Kubernetes.
    pub fn as_bool(self) -> Option<bool> {
        match self.scalar()? {
            Scalar::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is a whole one to Kubernetes.
    pub fn as_i64(self) -> Option<i64> {
        match self.scalar()? {
            Scalar::Int(value) => Some(value),
            Scalar::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => {
                Some(value as i64)
            }
            _ => None,
        }
    }

    /// Whether it is null to Kubernetes.
    pub fn is_null(self) -> bool {
        matches!(self.scalar(), Some(Scalar::Null))
    }

    /// The node as Kubernetes decodes it: aliases and merge keys resolved, keys as strings.
    ///
    /// Errors: what Kubernetes refuses after parsing (unknown anchors, keys that are no scalars,
    /// infinities, excessive aliasing), at the byte where it is.
    pub fn value(self) -> Result<Value, Error> {
        value::value(self)
    }

    /// Whether [`Node::value`] is this value; tells it without building another.
    pub fn says(self, value: &Value) -> bool {
        value::says(self, value)
    }

    /// The key of a map entry as the string that Kubernetes makes of it: `on` is `true`, `0x10`
    /// is `16`.
    ///
    /// Errors: null, maps and lists, as Kubernetes refuses them.
    pub fn key(self) -> Result<Cow<'t, str>, Error> {
        value::key(self)
    }

    /// Whether it is the key of a merge: `<<`.
    pub fn is_merge(self) -> bool {
        value::is_merge(self)
    }

    /// The document it is part of, counted from 0.
    pub fn document(self) -> usize {
        let mut root = self;
        while let Some(parent) = root.parent() {
            root = parent;
        }
        self.tree.documents.partition_point(|document| document.root < root.id)
    }

    /// Its address. Entries of which Kubernetes makes the same key share one.
    pub fn pointer(self) -> Pointer {
        let mut address = Pointer::root();
        if self.parent().is_some() {
            address = address.with_room();
        }
        self.write_address(&mut address, None);
        address
    }

    /// The same where the address of a node above it is known, whose place in a long list then need
    /// not be found again.
    pub fn pointer_below(self, above: Node<'t>, address: Pointer) -> Pointer {
        let mut address = address.with_room();
        self.write_address(&mut address, Some(above.id));
        address
    }

    /// Nodes nest no deeper than a parser takes them.
    fn write_address(self, address: &mut Pointer, above: Option<u32>) {
        if let Some(parent) = self.parent().filter(|_| Some(self.id) != above) {
            parent.write_address(address, above);
            match parent.kind().is_list() {
                true => {
                    let index = parent.children().position(|child| child.id == self.id);
                    address.push_index(index.unwrap_or_default());
                }
                false => {
                    // A key has the address of its value.
                    let key = self.key_node().unwrap_or(self);
                    address.push(&key.key().unwrap_or_else(|_| key.text()));
                }
            }
        }
    }

    /// The key that it is the value of, if it is one.
    pub fn key_node(self) -> Option<Node<'t>> {
        let map = self.parent().filter(|parent| parent.kind().is_map())?;
        // Most keys are read right before their values; between them comes the first key of a value
        // that is a block map itself.
        let before = (1..=2).filter_map(|back| self.id.checked_sub(back)).find(|&id| {
            let its = &self.tree.nodes[id as usize];
            its.flags & KEY != 0 && its.next == self.id
        });
        let found = || map.entries().find(|(_, value)| value.id == self.id).map(|(key, _)| key);
        before.and_then(|id| self.with(id)).or_else(found)
    }

    /// Goes to an address below this node, as far as it leads through maps and lists that stand
    /// there in full: the node that was reached, and how many tokens led there.
    pub fn walk(self, to: &Pointer) -> (Node<'t>, usize) {
        let (mut node, mut taken) = (self, 0);
        for token in to.tokens() {
            match node.step(&token) {
                Some(child) => node = child,
                None => break,
            }
            taken += 1;
        }
        (node, taken)
    }

    pub(super) fn step(self, token: &str) -> Option<Node<'t>> {
        if self.kind().is_list() {
            return self.item(index(token)?);
        }
        let mut found = None;
        for (key, value) in self.entries() {
            if key.is_key(token) {
                found = Some(value);
            }
        }
        found
    }

    /// Whether Kubernetes makes this key of it.
    pub(super) fn is_key(self, token: &str) -> bool {
        match self.is_word() && self.data().flags & COOKED == 0 {
            true => self.raw() == token,
            false => !self.is_merge() && self.key().is_ok_and(|key| key == token),
        }
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.kind(), self.raw())
    }
}
