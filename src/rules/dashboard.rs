//! What in the input is the Kubernetes Dashboard, and what leads to it.
//!
//! In: all objects. Out: [`Dashboard`]s. It takes an image of its own name, or the labels that its
//! manifests give it: boards of Grafana and others are none.

use std::borrow::Cow;

use super::World;
use crate::{
    manifest::{Backend, Container, Inventory, Object, Part as _, Pod},
    yaml::Node,
};

/// What its manifests and charts call it.
const NAME: &str = "kubernetes-dashboard";
/// The labels by which they do.
const LABELS: [&str; 2] = ["k8s-app", "app.kubernetes.io/name"];
const INSTANCE: &str = "app.kubernetes.io/instance";
const PART_OF: &str = "app.kubernetes.io/part-of";
/// What the name of its image ends with where images have one for each architecture.
const ARCHITECTURES: [&str; 5] = ["amd64", "arm", "arm64", "ppc64le", "s390x"];
/// Its images since it is several programs.
const PARTS: [&str; 3] = ["dashboard-api", "dashboard-auth", "dashboard-web"];

/// A pod of the Dashboard.
pub(super) struct Dashboard {
    namespace: Option<String>,
    labels: Vec<(String, String)>,
    /// The name of its account.
    pub(super) account: String,
}

/// Which of its programs a container runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    /// All of it, as up to 2.7: who it is at and whether anyone has to log in, flags tell.
    Whole,
    /// One of those that came after, which let nobody in without a token.
    Part,
}

impl Dashboard {
    /// Every one there is.
    pub(super) fn all(inventory: &Inventory<'_>) -> Vec<Dashboard> {
        let pods = inventory.objects().iter().flat_map(|object| object.pods());
        let its = pods.filter(|pod| pod.containers().any(|it| program(it).is_some()));
        let whole = its.filter(|pod| inventory.gap(pod.object()).is_none());
        whole.map(|pod| Dashboard::of(pod, inventory)).collect()
    }

    fn of(pod: Pod<'_>, inventory: &Inventory<'_>) -> Dashboard {
        let labels = labels(pod).into_iter().flat_map(Node::entries);
        let owned = |(key, value): (Node<'_>, Node<'_>)| {
            (key.text().into_owned(), value.text().into_owned())
        };
        Dashboard {
            namespace: inventory.namespace_of(pod.object()).map(Cow::into_owned),
            labels: labels.map(owned).collect(),
            account: pod.account().into_owned(),
        }
    }

    fn label(&self, key: &str) -> Option<&str> {
        let label = self.labels.iter().find(|(its, _)| its == key);
        label.map(|(_, value)| &**value)
    }

    /// Whether it is in a namespace, as far as that is known.
    pub(super) fn is_in(&self, namespace: Option<&str>) -> bool {
        self.namespace.as_deref() == namespace
    }

    /// Whether a Service of its namespace leads to it, or to the gateway that its chart puts before
    /// it.
    fn is_behind(&self, service: Object<'_>) -> bool {
        let is_kong = |(key, value): (Node<'_>, Node<'_>)| match &*key.text() {
            "app.kubernetes.io/name" => value.text() == "kong",
            _ => false,
        };
        let is_of_release = |(key, value): (Node<'_>, Node<'_>)| {
            key.text() == INSTANCE && self.label(INSTANCE) == Some(&*value.text())
        };
        service.selects(|key| self.label(key).map(Cow::Borrowed))
            || self.label(PART_OF) == Some(NAME)
                && service.selector().any(is_kong)
                && service.selector().any(is_of_release)
    }
}

impl World<'_> {
    /// Every Dashboard there is.
    pub(super) fn dashboards(&self) -> &[Dashboard] {
        self.dashboards.get_or_init(|| Dashboard::all(self.inventory))
    }

    /// Whether a Service leads to a Dashboard: to one that is here, or by its labels.
    pub(super) fn serves_dashboard(&self, service: Object<'_>) -> bool {
        let is_named = |(key, value): (Node<'_>, Node<'_>)| {
            LABELS.contains(&&*key.text()) && is_of_users(&value.text())
        };
        let namespace = self.inventory.namespace_of(service);
        let here = self.dashboards().iter().filter(|it| it.is_in(namespace.as_deref()));
        service.group().is_empty()
            && (service.selector().any(is_named)
                || here.into_iter().any(|it| it.is_behind(service)))
    }

    /// The Services before a Dashboard that an object leads to from outside.
    pub(super) fn dashboard_backends<'o>(&self, object: Object<'o>) -> Vec<Backend<'o>> {
        let own = self.inventory.namespace_of(object);
        let leads = |backend: &Backend<'_>| {
            let namespace = backend.namespace.as_deref().or(own.as_deref());
            let named = self.inventory.of_kind("Service").filter(|service| {
                service.name() == backend.name
                    && self.inventory.namespace_of(*service).as_deref() == namespace
            });
            let mut named = named.peekable();
            match named.peek() {
                None => is_of_users(&backend.name),
                Some(_) => named.any(|service| self.serves_dashboard(service)),
            }
        };
        let mut backends = object.backends();
        backends.retain(leads);
        backends
    }

    /// What of the input leads to a Service from outside.
    pub(super) fn route_to(&self, service: Object<'_>) -> Option<Object<'_>> {
        let (name, namespace) = (service.name(), self.inventory.namespace_of(service));
        let mut routes = ["Ingress", "Route"].into_iter().flat_map(|it| self.inventory.of_kind(it));
        routes.find(|route| {
            let own = self.inventory.namespace_of(*route);
            let leads = |it: &Backend<'_>| {
                it.name == name
                    && it.namespace.as_deref().or(own.as_deref()) == namespace.as_deref()
            };
            route.backends().iter().any(leads)
        })
    }

    /// Whether an account of a namespace is one that a Dashboard runs as.
    pub(super) fn is_of_dashboard(&self, namespace: Option<&str>, account: &str) -> bool {
        let all = self.dashboards();
        let here = |it: &Dashboard| it.account == account && it.is_in(namespace);
        all.iter().any(here) || all.is_empty() && account == NAME
    }
}

/// Whether something of this name is what people look at.
fn is_of_users(name: &str) -> bool {
    let rest = name.strip_prefix(NAME);
    rest.is_some_and(|rest| matches!(rest, "" | "-web" | "-api" | "-kong-proxy"))
}

fn labels(pod: Pod<'_>) -> Option<Node<'_>> {
    pod.template().at("metadata/labels")
}

/// Which program of the Dashboard a container runs, if it runs one.
pub(super) fn program(container: Container<'_>) -> Option<Program> {
    let image = container.image();
    let path = image.split('@').next().unwrap_or_default();
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.split(':').next().unwrap_or_default();
    let of_project = folder == "kubernetesui" || folder.ends_with("/kubernetesui");
    let own = name.strip_prefix(NAME).is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix('-').is_some_and(|rest| ARCHITECTURES.contains(&rest))
    });
    // Mirrors that know no folders write them with a dash.
    let flat = name.split_once("kubernetesui-").map(|(_, name)| name);
    match flat.or(of_project.then_some(name)) {
        _ if own => return Some(Program::Whole),
        Some("dashboard") => return Some(Program::Whole),
        Some(name) if PARTS.contains(&name) => return Some(Program::Part),
        Some(_) => return None,
        None => {}
    }
    // A copy under another name is told by the label that came with the manifest.
    let labels = labels(container.pod())?;
    let labelled = |key: &&str| labels.get(key).is_some_and(|label| label.text() == NAME);
    let is_its = LABELS.iter().any(labelled) && container.name() == NAME;
    is_its.then_some(Program::Whole)
}
