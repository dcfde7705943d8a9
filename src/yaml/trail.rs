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
        let pairs = self.address.bytes().zip(to.bytes());
        let shared = pairs.take_while(|(own, its)| own == its).count();
        let is_on_the_way =
            |end: usize| end <= shared && (end == to.len() || to.as_bytes()[end] == b'/');
        while self.nodes.len() > 1 && !is_on_the_way(self.last().0) {
            self.nodes.pop();
        }
        let (mut end, mut node) = self.last();
        while let Some(token) = Tokens::of(&to[end..]).next() {
            let Some(next) = node.step(&token) else { break };
            node = next;
            end += 1 + to[end + 1..].find('/').unwrap_or(to.len() - end - 1);
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
