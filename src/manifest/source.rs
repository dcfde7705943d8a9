//! One source, and how its documents are read.
//!
//! In: a [`Tree`]. Out: its [`Object`]s, and the [`Problem`]s of documents that must not be edited.

use std::borrow::Cow;

use super::{Inventory, Object, Workload, config_map, kustomize, object};
use crate::yaml::{Error, Node, Reading, Tree};

/// A text with a name, parsed.
pub struct Source<'s> {
    /// What to call it before people: the path as it was given.
    pub name: String,
    tree: Tree<'s>,
    /// The documents that say something by alias or merge key, written out in full. Addresses are
    /// the same in both trees.
    expanded: Vec<(usize, Tree<'static>)>,
    problems: Vec<Problem>,
    own: &'s [Workload],
}

/// Why a document is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The document, counted from 0.
    pub document: usize,
    /// The byte that it is about.
    pub at: usize,
    /// A fragment in lower case.
    pub message: Cow<'static, str>,
}

impl<'s> Source<'s> {
    /// Reads no more of a document than its `apiVersion` and `kind`, unless rules look into what it
    /// holds, aliases may hide that, or it may be a template. `own` are the kinds that run pods
    /// besides those that everyone knows.
    pub fn new(name: impl Into<String>, tree: Tree<'s>, own: &'s [Workload]) -> Source<'s> {
        let shares = may_share(tree.text());
        let braces = has_braces(tree.text());
        let mut source =
            Source { name: name.into(), tree, expanded: Vec::new(), problems: Vec::new(), own };
        let documents = source.tree.roots().len();
        for document in 0..documents {
            if let Err(problem) = source.read(document, shares, braces) {
                source.problems.push(problem);
            }
        }
        source
    }

    /// Expands a document where that is needed.
    fn read(&mut self, document: usize, shares: bool, braces: bool) -> Result<(), Problem> {
        let Some(root) = self.tree.root(document).filter(|root| root.kind().is_map()) else {
            return Ok(());
        };
        let unreadable = |error: Error| Problem { document, at: error.at, message: error.message };
        let mut objects = objects_of(root).map(|found| Object::new(found, (0, document), self.own));
        let is_looked_into = objects.any(Object::is_looked_into);
        if !is_looked_into && !shares && !braces {
            return Ok(());
        }
        if let Some(mac) = root.at("sops/mac") {
            let message = "encrypted by SOPS: any edit would break its checksum".into();
            return Err(Problem { document, at: mac.span().start, message });
        }
        match self.tree.reading(document) {
            None | Some(Ok(Reading::Plain)) => Ok(()),
            Some(Ok(Reading::Shared)) => {
                let text = root.value().map_err(unreadable)?.to_string();
                // JSON is YAML, but for a few characters and lengths that libyaml does not take.
                let tree = Tree::parse(text).map_err(|error| {
                    let message = format!("with its aliases written out, {}", error.message);
                    Problem { document, at: root.span().start, message: message.into() }
                })?;
                self.expanded.push((document, tree));
                Ok(())
            }
            // What no rule looks into is for others to read; but where one document is a template, what
            // stands beside it is part of one.
            Some(Err(_)) if !is_looked_into && !braces => Ok(()),
            Some(Err(error)) => Err(unreadable(error)),
        }
    }

    /// What was parsed; the tree that is edited, and whose bytes people see.
    pub fn tree(&self) -> &Tree<'s> {
        &self.tree
    }

    /// The documents that cannot be worked on, first document first.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether the document has a [`Problem`].
    pub fn is_refused(&self, document: usize) -> bool {
        self.problems.iter().any(|problem| problem.document == document)
    }

    /// The objects of a source that is the `index`th of all: documents, and the items of lists.
    /// Documents with a problem have none.
    pub fn objects(&self, index: usize) -> impl Iterator<Item = Object<'_>> {
        let documents = (0..self.tree.roots().len()).filter(|&it| !self.is_refused(it));
        documents.flat_map(move |document| {
            let root = self.root(document);
            objects_of(root).map(move |node| Object::new(node, (index, document), self.own))
        })
    }

    /// Whether it takes more than the source itself to tell what there is to say about it, or if
    /// what is said of others depends on it.
    pub fn matters(&self) -> bool {
        let matters = |object: Object<'_>| object.workload().is_some() || Inventory::takes(object);
        // RFC 6902, which a kustomization may name as a patch.
        let mut firsts = self.tree.roots().filter_map(|root| root.items().next());
        let is_patch = firsts.any(|operation| operation.get("op").is_some());
        let mut objects = self.objects(0).peekable();
        is_patch
            || kustomize::is_kustomization(&self.name)
            || objects.peek().is_none() && config_map::may_speak(self.tree.text())
            || objects.any(matters)
    }

    /// The root through which a document is read.
    fn root(&self, document: usize) -> Node<'_> {
        let expanded = self.expanded.iter().find(|(its, _)| *its == document);
        let root = match expanded {
            Some((_, tree)) => tree.root(0),
            None => self.tree.root(document),
        };
        root.expect("the document was counted, and what was expanded has one")
    }
}

/// Whether the text can hold aliases that lead somewhere, or merge keys.
fn may_share(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr(b'&', bytes).is_some() || memchr::memmem::find(bytes, b"<<").is_some()
}

/// Whether the text can hold `{{ … }}`, which is a map with a key that Kubernetes does not read.
fn has_braces(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"{{").is_some()
}

/// The nodes that are objects: the root, or what a list, a resource list or a review wraps; with
/// their place, if they are items of a list.
fn objects_of<'t>(root: Node<'t>) -> impl Iterator<Item = (Node<'t>, Option<usize>)> {
    let mut pending = vec![(root, None)];
    std::iter::from_fn(move || {
        while let Some((node, item)) = pending.pop() {
            let (version, kind) = match (text(node, "apiVersion"), text(node, "kind")) {
                (Some(version), Some(kind)) => (version, kind),
                (None, None) if item.is_some() && of_typed_list(node) => {
                    return Some((node, item));
                }
                _ => continue,
            };
            match (object::group(&version), &*kind) {
                ("admission.k8s.io", "AdmissionReview") => {
                    pending.extend(node.at("request/object").map(|object| (object, None)));
                }
                _ if kind.ends_with("List") => match node.get("items") {
                    Some(items) if items.kind().is_list() => {
                        let first = pending.len();
                        let numbered = items.items().enumerate();
                        pending.extend(numbered.map(|(index, node)| (node, Some(index))));
                        pending[first..].reverse();
                    }
                    _ => return Some((node, item)),
                },
                _ => return Some((node, item)),
            }
        }
        None
    })
}

/// Whether an item need not say what it is, since its list does.
fn of_typed_list(item: Node<'_>) -> bool {
    let list = item.parent().and_then(Node::parent);
    item.kind().is_map() && list.is_some_and(|list| object::item_kind(list).is_some())
}

/// The string at a key, if it is one and not empty.
pub(super) fn text<'t>(node: Node<'t>, key: &str) -> Option<Cow<'t, str>> {
    node.get(key).and_then(Node::as_str).filter(|text| !text.is_empty())
}
