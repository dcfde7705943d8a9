//! What fixes rest on, for programs that ask.
//!
//! In: what a rule knows when it makes a [`Fix`]. Out: [`Evidence`], which owns all it says; none if
//! nobody asks, since most of it is never read.

use super::{Context, Fix, Identity};
use crate::{
    images::{Grade, Image},
    manifest::{Container, Object, Part, Place},
    yaml::{Node, Pointer},
};

/// One thing that a fix rests on, or that stands in its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// What is known of the image of a container.
    Image {
        /// The name of the container.
        container: String,
        /// The name of what is known.
        family: String,
        /// How well that is known which the fix rests on.
        grade: Grade,
        /// Where it comes from.
        sources: Vec<String>,
    },
    /// A key of the configuration, or the option of its name.
    Setting(&'static str),
    /// Another object.
    Object {
        /// What it is for it.
        role: Role,
        /// Its name.
        name: String,
        /// What it shows; a fragment.
        shown: String,
        /// Where it says so.
        place: Option<Place>,
    },
    /// A node of the object itself.
    Manifest {
        /// Its address in its document.
        at: Pointer,
        /// What it shows; a fragment.
        shown: String,
    },
}

/// What an object is for a pod, or for a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It gives rights to its account.
    Binding,
    /// It reads it.
    ConfigMap,
    /// It leads to it.
    Service,
    /// It is a workload of the namespace.
    Workload,
}

impl Fix {
    /// The same, and what it rests on.
    pub(super) fn resting_on(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Fix {
        self.evidence.extend(evidence);
        self
    }
}

impl Context<'_> {
    /// What is known of the image of a container, and how well, if anyone asks.
    pub(super) fn known(
        &self,
        container: Container<'_>,
        image: &Image<'_>,
        grade: Grade,
    ) -> Option<Evidence> {
        let asked = self.settings.evidence && grade > Grade::Unknown;
        asked.then(|| Evidence::Image {
            container: container.name().into_owned(),
            family: image.family.to_owned(),
            grade,
            sources: image.sources.iter().map(|source| (*source).to_owned()).collect(),
        })
    }

    /// What a part of the manifest shows, if anyone asks.
    pub(super) fn shown<'t>(&self, part: impl Part<'t>, shown: &str) -> Option<Evidence> {
        self.shown_at(part, part.node(), shown)
    }

    /// What a node of the manifest shows, if anyone asks.
    pub(super) fn shown_at<'t>(
        &self,
        part: impl Part<'t>,
        node: Node<'t>,
        shown: &str,
    ) -> Option<Evidence> {
        let asked = self.settings.evidence;
        asked.then(|| Evidence::Manifest { at: part.address(node), shown: shown.to_owned() })
    }

    /// What another object shows, if anyone asks.
    pub(super) fn shown_by(&self, role: Role, object: Object<'_>, shown: &str) -> Option<Evidence> {
        self.settings.evidence.then(|| {
            let (source, document, at) = (object.source(), object.document(), object.pointer());
            Evidence::Object {
                role,
                name: object.name().into_owned(),
                shown: shown.to_owned(),
                place: self.inventory.place(source, document, &at),
            }
        })
    }

    /// A key of the configuration, if anyone asks.
    pub(super) fn said(&self, key: &'static str) -> Option<Evidence> {
        self.settings.evidence.then_some(Evidence::Setting(key))
    }

    /// What tells who a container runs as, if anyone asks.
    pub(super) fn told(
        &self,
        container: Container<'_>,
        identity: Identity<'_>,
    ) -> Option<Evidence> {
        const USER: &str = "securityContext/runAsUser";
        match identity {
            Identity::Said => {
                let (own, shown) = (container.at(USER), "its user is not root");
                match own {
                    Some(node) => self.shown_at(container, node, shown),
                    None => self.shown_at(container.pod(), container.pod().at(USER)?, shown),
                }
            }
            Identity::Image(image) | Identity::Numbers(_, image) => {
                self.known(container, image, identity.grade())
            }
            Identity::Unknown => None,
        }
    }
}
