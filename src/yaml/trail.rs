//! The way to the last node that was walked to: the next one is most often near it.
//!
//! In: a root and addresses. Out: the nodes that these lead to, as [`Node::walk`] finds them.

use super::{Node, Pointer, pointer::Tokens};

/// Walks to addresses in one document, each from where the way to it leaves that to the last one.
pub struct Trail<'t> {
    /// The address that was walked to, as far as it led.
    address: String,
    /// The root, and the nodes on the way, each with the length of its address.
    nodes: Vec<(usize, Node<'t>)>,
}

impl<'t> Trail<'t> {
    /// A trail that has not left the root.
    pub fn new(root: Node<'t>) -> Trail<'t> {
        Trail { address: String::new(), nodes: vec![(0, root)] }
    }

    /// The node that was reached, and how many tokens led there.
    pub fn walk(&mut self, to: &Pointer) -> (Node<'t>, usize) {
        let to = to.as_str();
        let is_on_the_way = |end: usize| {
            let rest = to.strip_prefix(&self.address[..end]);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let last = self.nodes.iter().rposition(|(end, _)| is_on_the_way(*end));
        // The root is on every way.
        self.nodes.truncate(last.unwrap_or_default() + 1);
        let (mut end, mut node) = self.last();
        let mut tokens = Tokens::of(&to[end..]);
        while let Some(next) = tokens.next().and_then(|token| node.step(&token)) {
            node = next;
            end = to.len() - tokens.left();
            self.nodes.push((end, node));
        }
        self.address.clear();
        self.address.push_str(&to[..end]);
        (node, self.nodes.len() - 1)
    }

    fn last(&self) -> (usize, Node<'t>) {
        self.nodes[self.nodes.len() - 1]
    }
}
