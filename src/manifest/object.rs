//! One Kubernetes object.

use std::borrow::Cow;

use super::{Labels, Pod, Workload, selector, source::text};
use crate::yaml::{Node, Pointer, Value, Wish};

/// The kinds that rules look at, besides those that run pods.
pub const LOOKED_INTO: &[&str] = &[
    "ClusterRole",
    "ClusterRoleBinding",
    "GRPCRoute",
    "HTTPRoute",
    "Ingress",
    "IngressRoute",
    "IngressRouteTCP",
    "Namespace",
    "PodSecurityPolicy",
    "Role",
    "RoleBinding",
    "Route",
    "Service",
    "ServiceAccount",
    "TCPRoute",
    "TLSRoute",
    "VirtualService",
];

/// A map with `apiVersion` and `kind`, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Object<'t> {
    node: Node<'t>,
    workload: Option<&'t Workload>,
    source: usize,
    document: usize,
    /// Its place, if it is an item of a list.
    item: Option<usize>,
}

/// Where an object stands, for those that are to be written beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// It is a document, and others can be written around it.
    Document,
    /// It is an item of a list of any objects.
    Item,
    /// It is an item of a list of its kind, or part of something else.
    Closed,
}

impl<'t> Object<'t> {
    /// `own` are the kinds that run pods besides those that everyone knows.
    pub(super) fn new(
        (node, item): (Node<'t>, Option<usize>),
        (source, document): (usize, usize),
        own: &'t [Workload],
    ) -> Object<'t> {
        let object = Object { node, workload: None, source, document, item };
        Object { workload: Workload::of(object, own), ..object }
    }

    /// The map. Where a document has aliases it is part of a tree of its own: its pointer is
    /// right, its span is not.
    pub fn node(self) -> Node<'t> {
        self.node
    }

    /// Which source it is in, counted from 0.
    pub fn source(self) -> usize {
        self.source
    }

    /// Which document of the source, counted from 0.
    pub fn document(self) -> usize {
        self.document
    }

    /// Its address within its document.
    pub fn pointer(self) -> Pointer {
        match (self.item, self.node.parent()) {
            (Some(item), Some(list)) => list.pointer().child(item.to_string()),
            _ => self.node.pointer(),
        }
    }

    /// What others can be written beside it.
    pub fn site(self) -> Site {
        match (self.item, self.list()) {
            (Some(_), Some(list)) if text(list, "kind").as_deref() == Some("List") => Site::Item,
            (None, _) if self.node.parent().is_none() => Site::Document,
            _ => Site::Closed,
        }
    }

    /// The address within its document of a node within it.
    pub fn address(self, node: Node<'t>) -> Pointer {
        node.pointer_below(self.node, self.pointer())
    }

    /// The wish that a field held this value. Paths are keys that hold no slash.
    pub fn set(self, path: &str, value: impl Into<Value>) -> Wish {
        Wish::Set { at: self.pointer().into_join(path), value: value.into() }
    }

    /// The wish that a list held this item.
    pub fn include(self, path: &str, value: impl Into<Value>) -> Wish {
        Wish::Include { at: self.pointer().into_join(path), value: value.into() }
    }

    /// The wish that there were no such field.
    pub fn remove(self, path: &str) -> Wish {
        Wish::Remove { at: self.pointer().into_join(path) }
    }

    /// `apps/v1`
    pub fn api_version(self) -> Cow<'t, str> {
        let version = text(self.node, "apiVersion");
        version.or_else(|| text(self.list()?, "apiVersion")).unwrap_or_default()
    }

    /// The list that it is an item of.
    fn list(self) -> Option<Node<'t>> {
        self.item.and_then(|_| self.node.parent()?.parent())
    }

    /// `apps`; empty for the core group.
    pub fn group(self) -> Cow<'t, str> {
        match self.api_version() {
            Cow::Borrowed(version) => Cow::Borrowed(group(version)),
            Cow::Owned(version) => Cow::Owned(group(&version).to_owned()),
        }
    }

    /// `Deployment`; an item that says nothing is of the kind of its list.
    pub fn kind(self) -> Cow<'t, str> {
        let kind = text(self.node, "kind");
        kind.or_else(|| item_kind(self.list()?)).unwrap_or_default()
    }

    /// The name, or the prefix of one that the API server makes; empty if it has neither.
    pub fn name(self) -> Cow<'t, str> {
        let metadata = self.node.get("metadata");
        let name = |key| metadata.and_then(|metadata| text(metadata, key));
        name("name").or_else(|| name("generateName")).unwrap_or_default()
    }

    /// The namespace that it names.
    pub fn namespace(self) -> Option<Cow<'t, str>> {
        self.node.get("metadata").and_then(|metadata| text(metadata, "namespace"))
    }

    /// Its own labels.
    pub fn labels(self) -> Labels {
        selector::labels(self.node.at("metadata/labels"))
    }

    /// Whether rules may have something to say about it.
    pub fn is_looked_into(self) -> bool {
        self.workload.is_some() || LOOKED_INTO.contains(&&*self.kind())
    }

    /// How it runs pods, if it is of a kind that does.
    pub fn workload(self) -> Option<&'t Workload> {
        self.workload
    }

    /// The pods that it runs; most kinds run one.
    pub fn pods(self) -> Vec<Pod<'t>> {
        let Some(workload) = self.workload else { return Vec::new() };
        let pods = workload.pods.iter().flat_map(|path| {
            let (template, key) = path.rsplit_once('/').unwrap_or(("", path));
            nodes_at(self.node, template).into_iter().map(move |template| (template, key))
        });
        pods.filter_map(|(template, key)| Pod::new(self, workload, template, key)).collect()
    }

    /// Why its pods are not looked at, if they are not: it is no whole workload, but a patch that
    /// something else completes.
    pub fn gap(self) -> Option<String> {
        let workload = self.workload?;
        let pods = self.pods();
        if pods.is_empty() {
            let path = workload.pods.first().map_or("spec", String::as_str);
            return Some(format!("it has no `{}`", path.replace("/*", "").replace('/', ".")));
        }
        pods.into_iter().find_map(Pod::gap)
    }
}

/// What the items of a list are that do not say it: a `PodList` holds Pods.
///
/// Source: `decodeToList` of `k8s.io/apimachinery/pkg/apis/meta/v1/unstructured`.
pub(super) fn item_kind(list: Node<'_>) -> Option<Cow<'_, str>> {
    let kind = match text(list, "kind")? {
        Cow::Borrowed(kind) => Cow::Borrowed(kind.strip_suffix("List")?),
        Cow::Owned(kind) => Cow::Owned(kind.strip_suffix("List")?.to_owned()),
    };
    (!kind.is_empty()).then_some(kind)
}

pub(super) fn group(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

/// The nodes at a path in which `*` stands for every item of a list.
pub(super) fn nodes_at<'t>(node: Node<'t>, path: &str) -> Vec<Node<'t>> {
    path.split('/').filter(|step| !step.is_empty()).fold(vec![node], |nodes, step| match step {
        "*" => nodes.into_iter().flat_map(Node::items).collect(),
        key => nodes.into_iter().filter_map(|node| node.get(key)).collect(),
    })
}
