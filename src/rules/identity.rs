//! Who a container can run as, if it need not be root.
//!
//! In: a [`Container`], and what is known of its image. Out: the numbers to run it as, or what
//! stands in the way.

use super::{Context, capabilities};
use crate::{
    images::{AnyUid, Grade, Image, Setting, User, Works},
    manifest::{Container, Part as _},
};

/// Who a container runs as once root is refused.
#[derive(Clone, Copy)]
pub(super) enum Identity<'c> {
    /// As whom the manifest says: not root.
    Said,
    /// As whom its image says: a number, and so one that the kubelet takes.
    Image(&'c Image<'c>),
    /// As numbers that it has to be told.
    Numbers(Numbers, &'c Image<'c>),
    /// Nobody knows.
    Unknown,
}

/// What has to be said of a container's user.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    /// `runAsUser`; none where the platform chooses it.
    pub(super) uid: Option<u32>,
    /// `runAsGroup`
    pub(super) gid: Option<u32>,
    /// `fsGroup`, where a volume is not to be read or written otherwise.
    pub(super) fs_group: Option<u32>,
}

/// Why a container cannot be anyone but root, or why nobody can say who.
pub(super) struct Obstacle {
    /// A fragment.
    pub(super) why: String,
    /// Whether that is certain.
    pub(super) certain: bool,
}

impl<'c> Context<'c> {
    /// Finds out who a container can run as.
    pub(super) fn identify(&self, container: Container<'_>) -> Result<Identity<'c>, Obstacle> {
        if container.user().is_some_and(|user| user != 0) {
            return Ok(Identity::Said);
        }
        let Some(image) = self.image(container) else {
            return Ok(Identity::Unknown);
        };
        let name = container.image();
        let works = image.non_root.works;
        if !works.is_possible() {
            let certain = works == Works::No && image.non_root.grade.is_proof();
            let note = noted(image.non_root.note);
            return match (works, image.user) {
                (Works::No, _) => {
                    let why = format!("its image `{name}` works as root only{note}");
                    Err(Obstacle { why, certain })
                }
                (Works::Partial, _) => Err(Obstacle::seen(format!(
                    "its image `{name}` works without root in part only{note}"
                ))),
                // As with an image of which nothing is known, the kubelet tells.
                (_, User::Number(_)) => Ok(Identity::Image(image)),
                _ => Ok(Identity::Unknown),
            };
        }
        if works == Works::WithArgs {
            let note = noted(image.non_root.note);
            return Err(Obstacle::seen(format!(
                "its image `{name}` works without root with other arguments only{note}"
            )));
        }
        if matches!(image.user, User::Number(1..) | User::NotRoot) {
            return Ok(Identity::Image(image));
        }
        if let Some(reason) = container.foreign_data(self.inventory) {
            return Err(Obstacle::seen(reason));
        }
        if self.is_openshift(container.pod()) {
            // The platform chooses a number of its own, in the group 0.
            return match image.non_root.any_uid {
                AnyUid::Yes | AnyUid::Usually | AnyUid::WithGroup0 => {
                    let numbers = Numbers { uid: None, gid: None, fs_group: None };
                    Ok(Identity::Numbers(numbers, image))
                }
                _ => Err(Obstacle::seen(format!(
                    "its image `{name}` is not known to work as any user"
                ))),
            };
        }
        let Some(known) = image.identity() else {
            let user = match image.user {
                User::Name(user) => {
                    format!("runs as `{user}`, and no number of that user is known")
                }
                _ => "names no user, and no other than root is known to work".to_owned(),
            };
            return Err(Obstacle::seen(format!("its image `{name}` {user}")));
        };
        let group = known.fs_group.or(known.gid);
        let fs_group =
            group.filter(|_| container.needs_group() && container.pod().number(FS_GROUP).is_none());
        let numbers = Numbers { uid: Some(known.uid), gid: known.gid, fs_group };
        Ok(Identity::Numbers(numbers, image))
    }
}

impl Obstacle {
    /// One that need not be the last word.
    fn seen(why: String) -> Obstacle {
        Obstacle { why, certain: false }
    }
}

pub(super) const FS_GROUP: &str = "securityContext/fsGroup";

impl<'c> Identity<'c> {
    /// How well it is known that the container runs so.
    pub(super) fn grade(self) -> Grade {
        match self {
            Identity::Said => Grade::Declared,
            Identity::Image(image) if image.user == User::NotRoot => image.non_root.grade,
            Identity::Image(image) => image.grade,
            Identity::Numbers(Numbers { uid: None, .. }, image) => match image.declared.any_uid {
                true => Grade::Declared,
                false => image.non_root.grade.min(Grade::Inferred),
            },
            Identity::Numbers(_, image) => {
                image.identity().map_or(Grade::Unknown, |identity| identity.grade)
            }
            Identity::Unknown => Grade::Unknown,
        }
    }

    /// What has to be said of its user.
    pub(super) fn numbers(self) -> Option<Numbers> {
        match self {
            Identity::Numbers(numbers, _) => Some(numbers),
            _ => None,
        }
    }

    /// The name of what is known of its image; may be empty.
    pub(super) fn family(self) -> &'c str {
        match self {
            Identity::Numbers(_, image) | Identity::Image(image) => image.family,
            _ => "",
        }
    }

    /// Variables that must be set for it.
    pub(super) fn settings(self) -> &'c [Setting<'c>] {
        match self {
            Identity::Numbers(_, image) => &image.non_root.env,
            _ => &[],
        }
    }

    /// Whether it binds a port below 1024 if nothing says otherwise.
    pub(super) fn binds_low(self) -> bool {
        match self {
            Identity::Numbers(_, image) => {
                image.low_port == Some(true)
                    && !image.capabilities.keep.contains(&capabilities::BIND)
            }
            _ => false,
        }
    }
}

/// A note of the catalogue behind a fragment.
pub(super) fn noted(note: &str) -> String {
    match note.trim_end_matches('.') {
        "" => String::new(),
        note => format!(" ({note})"),
    }
}
