//! What speaks for root in a container.
//!
//! In: a [`Container`], and what is known of its image. Out: a [`Root`], and what a person can do
//! about it.

use super::{Context, Evidence, Identity, run_as_non_root};
use crate::manifest::{Container, Part as _};

impl Context<'_> {
    /// Why a container goes on running as root, whatever is wished, if it does.
    pub(super) fn find_root(&self, container: Container<'_>) -> Option<Root> {
        if let Some(need) = container.is_root() {
            return Some(Root { need, certain: true, by_image: false });
        }
        let proven = container.user().is_some() || container.non_root() == Some(true);
        if proven || self.settings.accepts(run_as_non_root::RULE.id) {
            return None;
        }
        match self.identity(container) {
            Err(obstacle) => {
                let (need, certain) = (obstacle.why.clone(), obstacle.certain);
                Some(Root { need, certain, by_image: true })
            }
            Ok(identity) => match container.suggests_root() {
                Some(need) => Some(Root { need, certain: false, by_image: false }),
                None => {
                    let need = self.unproven(identity, container)?;
                    Some(Root { need, certain: false, by_image: true })
                }
            },
        }
    }

    /// A container that stays root and writes to a volume of another one, and that volume.
    pub(super) fn shares_with_root(&self, container: Container<'_>) -> Option<(String, String)> {
        container.pod().containers().filter(|it| self.root(*it).is_some()).find_map(|root| {
            let shared = |volume: &str| container.mounts().any(|its| its.volume == volume);
            let mount = root.mounts().find(|its| !its.read_only && shared(&its.volume))?;
            Some((root.name().into_owned(), mount.volume.into_owned()))
        })
    }

    /// Why someone has to look first, if nothing proves who a container runs as.
    fn unproven(&self, identity: Identity<'_>, container: Container<'_>) -> Option<String> {
        let fragile = container.pod().is_fragile().filter(|_| !identity.grade().is_proof())?;
        Some(format!("nothing proves that it does not, and {fragile}"))
    }
}

/// What speaks for root in a container.
pub(super) struct Root {
    /// A fragment: `it runs …`.
    pub(super) need: String,
    /// Whether it certainly is root; else it is only not proven that it can do without.
    pub(super) certain: bool,
    /// Whether it is for want of what is known of its image.
    by_image: bool,
}

/// Where someone says that a container can do without root.
#[derive(Clone, Copy)]
enum Way {
    /// In the manifest.
    Manifest,
    /// There, or in the configuration, of its image.
    Image,
    /// In the configuration, of its image: the platform chooses the user.
    AnyUser,
}

impl Root {
    /// What shows it, if anyone asks.
    pub(super) fn evidence(
        &self,
        container: Container<'_>,
        context: &Context<'_>,
    ) -> Option<Evidence> {
        if !context.settings.evidence {
            return None;
        }
        let of_image = context.identity(container).is_err_and(|obstacle| obstacle.why == self.need)
            && container.foreign_data(context.inventory).as_ref() != Some(&self.need);
        match context.image(container).filter(|_| of_image) {
            Some(image) => context.known(container, image, image.non_root.grade),
            None => context.shown(container, &self.need),
        }
    }

    /// Where someone who knows better says so: what the user says of an image gives nobody the data
    /// of someone else.
    fn way(&self, container: Container<'_>, context: &Context<'_>) -> Way {
        match self.by_image {
            true if container.foreign_data(context.inventory).is_some() => Way::Manifest,
            true if context.is_openshift(container.pod()) => Way::AnyUser,
            true => Way::Image,
            false => Way::Manifest,
        }
    }

    /// What to do about it; a sentence.
    pub(super) fn advice(&self, container: Container<'_>, context: &Context<'_>) -> &'static str {
        match (self.certain, self.way(container, context)) {
            (true, Way::Manifest) => "Give it an image and a user that work without root.",
            (true, _) => {
                "Give it an image and a user that work without root; if it does, say \
                 `run-as-non-root: true` of its image under `images` in `.seaworthy.yaml`."
            }
            (false, Way::Manifest) => {
                "Name a `runAsUser` that works, or use `--accept-risk run-as-non-root`."
            }
            (false, Way::Image) => {
                "Name a `runAsUser` that works, or the `run-as-user` of its image under `images` in \
                 `.seaworthy.yaml`, or use `--accept-risk run-as-non-root`."
            }
            (false, Way::AnyUser) => {
                "Say `any-user: true` of its image under `images` in `.seaworthy.yaml` if it works \
                 as any, or use `--accept-risk run-as-non-root`."
            }
        }
    }

    /// Who to name for it: the beginning of an advice.
    pub(super) fn user(&self, container: Container<'_>, context: &Context<'_>) -> &'static str {
        match self.way(container, context) {
            Way::Manifest => "Name a `runAsUser` that works for it",
            Way::Image => {
                "Name a `runAsUser` that works for it, or the `run-as-user` of its image under \
                 `images` in `.seaworthy.yaml`"
            }
            Way::AnyUser => {
                "Say `any-user: true` of its image under `images` in `.seaworthy.yaml` if it works \
                 as any"
            }
        }
    }
}
