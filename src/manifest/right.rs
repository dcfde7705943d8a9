//! One rule of a role: what it allows.
//!
//! In: an item of `rules`. Out: a [`Right`], which answers as the API server does.

use std::borrow::Cow;

use super::Object;
use crate::yaml::Node;

/// What one item of the `rules` of a role allows.
#[derive(Clone, Copy, Debug)]
pub struct Right<'t> {
    /// The role.
    pub role: Object<'t>,
    /// The item.
    pub node: Node<'t>,
}

impl<'t> Right<'t> {
    /// The words of one of its lists: `verbs`, `apiGroups`, `resources`, `resourceNames`,
    /// `nonResourceURLs`.
    pub fn words(self, list: &str) -> Vec<Cow<'t, str>> {
        self.items(list).filter_map(Node::as_str).collect()
    }

    /// The word of a list that is this one.
    pub fn word(self, list: &str, word: &str) -> Option<Node<'t>> {
        self.items(list).find(|it| it.as_str().is_some_and(|it| it == word))
    }

    fn items(self, list: &str) -> impl Iterator<Item = Node<'t>> {
        self.node.get(list).into_iter().flat_map(Node::items)
    }

    /// The words that allow one of these verbs: themselves, and `*`.
    pub fn verbs(self, verbs: &[&str]) -> Vec<Node<'t>> {
        let allows = |it: &str| it == "*" || verbs.contains(&it);
        self.items("verbs").filter(|it| it.as_str().is_some_and(|it| allows(&it))).collect()
    }

    /// The word that means a resource of a group, if it allows some verbs on it.
    ///
    /// Source: `ResourceMatches` and `APIGroupMatches` of `k8s.io/kubernetes/pkg/apis/rbac/v1`.
    pub fn resource(self, group: &str, resource: &str) -> Option<Node<'t>> {
        self.word("apiGroups", group).or_else(|| self.word("apiGroups", "*"))?;
        let below = resource.split_once('/').map(|(_, below)| below);
        let means = |it: &str| {
            it == "*"
                || it == resource
                || it.strip_prefix("*/").is_some_and(|its| Some(its) == below)
        };
        self.items("resources").find(|it| it.as_str().is_some_and(|it| means(&it)))
    }

    /// Whether it allows nothing but what is done to objects of some names.
    pub fn is_named(self) -> bool {
        self.items("resourceNames").next().is_some()
    }

    /// Whether it allows everything, as `cluster-admin` does.
    pub fn is_all(self) -> bool {
        let all = |list: &str| self.word(list, "*").is_some();
        all("verbs") && all("resources") && all("apiGroups") && !self.is_named()
    }
}
