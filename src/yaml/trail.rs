//! The way to the last node that was walked to: the next one is most often near it.
//!
//! In: a root and addresses. Out: the nodes that these lead to, as [`Node::walk`] finds them.

use super::{Node, Pointer, index, pointer::Tokens};

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
        let kept = last.unwrap_or_default() + 1;
        let (mut end, mut node) = self.nodes[kept - 1];
        // In a list the next one is most often behind the one that was walked to.
        let mut passed = self
            .nodes
            .get(kept)
            .and_then(|(its, item)| Some((index(&self.address[end + 1..*its])?, *item)));
        self.nodes.truncate(kept);
        let mut tokens = Tokens::of(&to[end..]);
        while let Some(next) = tokens.next().and_then(|token| step(node, &token, passed.take())) {
            node = next;
            end = to.len() - tokens.left();
            self.nodes.push((end, node));
        }
        self.address.clear();
        self.address.push_str(&to[..end]);
        (node, self.nodes.len() - 1)
    }
}

/// One step from a node; of a list, from the item that was passed, if that is on the way.
fn step<'t>(node: Node<'t>, token: &str, passed: Option<(usize, Node<'t>)>) -> Option<Node<'t>> {
    let (from, item) = passed.filter(|_| node.kind().is_list()).unzip();
    match (index(token), from, item) {
        (Some(place), Some(from), Some(item)) if from <= place => {
            item.following().nth(place - from)
        }
        _ => node.step(token),
    }
}
