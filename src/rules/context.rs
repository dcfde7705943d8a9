//! What else there is beside a pod, and what is known of its containers.
//!
//! In: an [`Inventory`], [`Settings`] and a [`Pod`]. Out: a [`Context`], which answers once and for
//! all rules what several of them ask.

use std::{borrow::Cow, cell::OnceCell, collections::HashSet, sync::OnceLock};

use super::{
    Fix, Platform, Settings, Trust,
    dashboard::Dashboard,
    identity::{Identity, Obstacle},
    leave::Sharers,
    levels::Levels,
    policy_use::PolicyUses,
    privileged,
    root::Root,
    run_as,
};
use crate::{
    images::{self, Image, Reference},
    manifest::{Container, Inventory, Object, OpenShift, Pod, folder, stands_below},
    yaml::{Node, Wish},
};

/// What else there is, for all pods.
pub struct World<'t> {
    /// All objects of all sources.
    pub inventory: &'t Inventory<'t>,
    /// What is wanted.
    pub settings: &'t Settings,
    /// The images whose version a kustomization that is at hand names, as it calls them.
    pinned: HashSet<Cow<'t, str>>,
    sharers: OnceLock<Sharers>,
    /// Whether the sources hold all there is to know, once someone asks.
    is_complete: OnceLock<bool>,
    /// The files that could not be read and seem to bind `default`.
    hidden: Vec<&'t str>,
    /// Every Dashboard, once someone asks.
    pub(super) dashboards: OnceLock<Vec<Dashboard>>,
    policy_uses: OnceLock<PolicyUses>,
    /// What the namespaces have reached, once that is known.
    levels: OnceLock<Levels>,
}

/// What else there is, for one pod, and what is known of its containers.
pub struct Context<'c> {
    /// All objects of all sources.
    pub inventory: &'c Inventory<'c>,
    /// What is wanted.
    pub settings: &'c Settings,
    pub(super) world: &'c World<'c>,
    /// What follows is in the order of the containers.
    images: &'c [Option<Image<'c>>],
    identities: Vec<Result<Identity<'c>, Obstacle>>,
    roots: Vec<Option<Root>>,
    /// The fix that takes root from all containers that say nothing of it.
    pub(super) unroot: OnceCell<Fix>,
}

impl<'t> World<'t> {
    /// What there is beside each of the pods of an inventory.
    pub fn new(inventory: &'t Inventory<'t>, settings: &'t Settings) -> World<'t> {
        let kustomizations = inventory.of_kind("Kustomization");
        let images = kustomizations.filter_map(|it| it.node().get("images")).flat_map(Node::items);
        let pins = |it: &Node<'_>| it.get("newTag").or_else(|| it.get("digest")).is_some();
        let names = images.filter(pins).filter_map(|it| it.get("name"));
        let pinned = names.map(Node::text).collect();
        World {
            inventory,
            settings,
            pinned,
            sharers: OnceLock::new(),
            is_complete: OnceLock::new(),
            hidden: Vec::new(),
            dashboards: OnceLock::new(),
            policy_uses: OnceLock::new(),
            levels: OnceLock::new(),
        }
    }

    /// Takes what the namespaces have reached, once all else is planned.
    pub fn reach(&self, levels: Levels) {
        let told = self.levels.set(levels);
        debug_assert!(told.is_ok(), "it is told once");
    }

    /// What the namespaces have reached, if that is known yet.
    pub(super) fn levels(&self) -> Option<&Levels> {
        self.levels.get()
    }

    /// The same, where something could not be read; `hidden` are the files of it that seem to give
    /// rights to an account `default`.
    pub fn incomplete(self, hidden: Vec<&'t str>) -> World<'t> {
        World { is_complete: OnceLock::from(false), hidden, ..self }
    }

    /// A file that could not be read, stands in the folder of an object or above, and seems to give
    /// rights to `default`.
    pub(super) fn hidden_binding(&self, object: Object<'_>) -> Option<&'t str> {
        let own = self.inventory.name_of(object);
        self.hidden.iter().copied().find(|file| stands_below(own, folder(file)))
    }

    /// Whether the sources hold all there is, as far as that can be known: then what is not here is
    /// missing.
    pub(super) fn is_complete(&self) -> bool {
        *self.is_complete.get_or_init(|| !self.inventory.lacks_some())
    }

    /// Who may use which PodSecurityPolicy.
    pub(super) fn policy_uses(&self) -> &PolicyUses {
        self.policy_uses.get_or_init(|| PolicyUses::of(self.inventory))
    }

    /// The workloads that run as `default`.
    pub(super) fn sharers(&self) -> &Sharers {
        self.sharers.get_or_init(|| Sharers::of(self.inventory))
    }

    /// What is known of the images of a pod's containers, in their order.
    pub(super) fn images(&self, pod: Pod<'_>) -> Vec<Option<Image<'t>>> {
        let image = |container: Container<'_>| {
            images::lookup(Reference::parse(&container.image())?, &self.settings.images)
        };
        pod.containers().map(image).collect()
    }
}

impl<'c> Context<'c> {
    pub(super) fn new(
        world: &'c World<'c>,
        pod: Pod<'_>,
        images: &'c [Option<Image<'c>>],
    ) -> Context<'c> {
        let mut context = Context {
            inventory: world.inventory,
            settings: world.settings,
            world,
            images,
            identities: Vec::new(),
            roots: Vec::new(),
            unroot: OnceCell::new(),
        };
        // Each takes what comes before it.
        context.identities = pod.containers().map(|it| context.identify(it)).collect();
        context.roots = pod.containers().map(|it| context.find_root(it)).collect();
        context
    }

    /// What is known of the image of a container.
    pub(super) fn image(&self, container: Container<'_>) -> Option<&'c Image<'c>> {
        self.images[container.rank()].as_ref()
    }

    /// Who a container can run as.
    pub(super) fn identity(&self, container: Container<'_>) -> Result<Identity<'c>, &Obstacle> {
        self.identities[container.rank()].as_ref().copied()
    }

    /// Whether a container goes on running as root, whatever is wished, and why.
    ///
    /// Its identity and the capabilities that root needs are left alone together.
    pub(super) fn root(&self, container: Container<'_>) -> Option<&Root> {
        self.roots[container.rank()].as_ref()
    }

    /// Whether any container goes on running as root.
    pub(super) fn keeps_root(&self) -> bool {
        self.roots.iter().any(Option::is_some)
    }

    /// Whether a pod runs where each namespace has users of its own.
    pub(super) fn is_openshift(&self, pod: Pod<'_>) -> bool {
        match self.settings.platform {
            Some(platform) => platform == Platform::OpenShift,
            None => self.inventory.openshift(pod.object()) == OpenShift::Here,
        }
    }

    /// Trusts no user or group that is written while others of the input are for OpenShift.
    pub(super) fn doubt(&self, pod: Pod<'_>, fix: &mut Fix) {
        let names = |wish: &Wish| {
            let key = wish.at().tokens().last().unwrap_or_default();
            matches!(wish, Wish::Set { .. }) && matches!(&*key, "runAsUser" | "fsGroup")
        };
        if self.settings.platform.is_some() || !fix.wishes.iter().any(names) {
            return;
        }
        if let OpenShift::Elsewhere(name) = self.inventory.openshift(pod.object()) {
            fix.trust = fix.trust.min(Trust::Risky);
            let reason = format!(
                "{} OpenShift, for which `{name}` is, refuses it: if this is for it too, say \
                 `platform: openshift`.",
                fix.reason
            );
            fix.reason = reason.into();
        }
    }

    /// Whether a container is told not to be root, or is sure to be.
    pub(super) fn bars_root(&self, container: Container<'_>) -> bool {
        let said = container.user().is_some() || container.non_root() == Some(true);
        said || run_as::fix_of(container, self).is_some_and(|(trust, _)| trust == Trust::Safe)
    }

    /// Why a container stays privileged, if it is.
    pub(super) fn stays_privileged(&self, container: Container<'_>) -> Option<String> {
        if !container.is_privileged() {
            return None;
        }
        self.settings.leaves(&privileged::RULE).or_else(|| container.needs_privilege())
    }

    /// Whether a kustomization that is at hand names the version of an image.
    pub(super) fn is_pinned(&self, image: &str) -> bool {
        self.world.pinned.contains(image)
    }
}
