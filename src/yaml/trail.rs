//! The way to the last node that was walked to: the next one is most often near it.
//!
//! In: a root and addresses. Out: the nodes that these lead to, as [`Node::walk`] finds them.

use super::{Node, Token};

/// Walks to addresses in one document, each from where the way to it leaves that to the last one.
pub struct Trail<'t> {
    tokens: Vec<Token>,
    /// The root, and the nodes that the tokens lead to.
    nodes: Vec<Node<'t>>,
}

impl<'t> Trail<'t> {
    /// A trail that has not left the root.
    pub fn new(root: Node<'t>) -> Trail<'t> {
        Trail { tokens: Vec::new(), nodes: vec![root] }
    }

    /// The node that was reached, and how many tokens led there.
    pub fn walk(&mut self, tokens: &[Token]) -> (Node<'t>, usize) {
        let shared = self.tokens.iter().zip(tokens).take_while(|(own, its)| own == its).count();
        self.tokens.truncate(shared);
        self.nodes.truncate(shared + 1);
        for token in &tokens[shared..] {
            let (node, taken) = self.last().walk(std::slice::from_ref(token));
            if taken == 0 {
                break;
            }
            self.tokens.push(token.clone());
            self.nodes.push(node);
        }
        (self.last(), self.tokens.len())
    }

    fn last(&self) -> Node<'t> {
        self.nodes[self.nodes.len() - 1]
    }
}
