//! What is known of one image; owns nothing.
//!
//! In: what the catalogue and the user say. Out: an [`Image`], which says of each fact how well it
//! is known.

use super::fact::{AnyUid, Backing, Grade, Need, Token, User, Works};

/// What is known of an image: of its family, as its tag has it.
///
/// What is not known is empty, `None` or `Unknown`; nothing is guessed. Facts are those of the
/// image as it is published: a `command` or `args` of a container may go around its entrypoint,
/// and then [`drop`](Image::drop) and paths that the entrypoint makes no longer hold. An image
/// built on this one is another image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image<'a> {
    /// The name of the family: `postgres`, `bitnami-redis`. For an image that only the user knows,
    /// what the user calls it.
    pub family: &'a str,
    /// What it is for, the main role first: `database`, `web`, `node-agent`, `base`, …
    pub roles: Vec<&'a str>,
    /// Why it should be replaced, if it is retired.
    pub status: Option<&'a str>,
    /// How well the family as a whole is known; each part has its own grade beside.
    pub grade: Grade,
    /// `USER` of the image, and so whether it starts as root if nobody says otherwise.
    pub user: User<'a>,
    /// The numbers to run it as.
    pub run_as: RunAs<'a>,
    /// Whether it can run as another user than root.
    pub non_root: NonRoot<'a>,
    /// How it drops root by itself, if it does: by its entrypoint, or in its workers only.
    pub drop: Option<PrivilegeDrop<'a>>,
    /// `VOLUME` of the image. It makes no path writable under a read-only root: CRI-O makes an
    /// empty directory of it.
    pub volumes: Vec<&'a str>,
    /// Where its data is. An `emptyDir` there, or above or below it, loses or hides data.
    pub data: Vec<&'a str>,
    /// Whether its root file system can be read-only.
    pub read_only: ReadOnly<'a>,
    /// What of the capabilities it needs.
    pub capabilities: Capabilities<'a>,
    /// Where it listens if nobody says otherwise; not complete.
    pub ports: Vec<Port<'a>>,
    /// Whether it listens below 1024 if nobody says otherwise; as another user than root it then
    /// needs `net.ipv4.ip_unprivileged_port_start: "0"`, which the API server refuses beside
    /// `hostNetwork`.
    pub low_port: Option<bool>,
    /// Whether it speaks to the API server.
    pub token: Token,
    /// Why, or when; may be empty.
    pub token_why: &'a str,
    /// What of its node it needs, if anything: it must not be taken away.
    pub host: Option<Host<'a>>,
    /// What goes wrong with it; sentences and fragments for people.
    pub traps: Vec<&'a str>,
    /// What nobody has read or tried.
    pub unverified: Vec<&'a str>,
    /// Why less is known of this very tag or repository than of the family. The grades are lowered
    /// already.
    pub doubts: Vec<&'a str>,
    /// Which kinds of tags differ, where the tag is not known. What they differ in is left out
    /// already, paths excepted: those of all are there.
    pub depends_on_tag: Vec<&'a str>,
    /// What the user says, of what has no grade of its own.
    pub declared: Declared,
    /// Where the facts come from: `REPOSITORY@COMMIT [DAY] PATHS`, or an address; then `| NOTE`.
    pub sources: Vec<&'a str>,
}

/// The numbers to run an image as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunAs<'a> {
    /// For `runAsUser`; 0 where it has to be root. Keep what a manifest says instead, and look at
    /// [`NonRoot::any_uid`].
    pub uid: Option<u32>,
    /// For `runAsGroup`.
    pub gid: Option<u32>,
    /// For `fsGroup`, where a volume is mounted that it writes to.
    pub fs_group: Option<u32>,
    /// How well they are known.
    pub grade: Grade,
    /// What to know beside them; may be empty.
    pub note: &'a str,
}

/// Whether an image can run as another user than root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NonRoot<'a> {
    /// Whether it can, and with what.
    pub works: Works,
    /// How well that is known.
    pub grade: Grade,
    /// Whether it can as any user.
    pub any_uid: AnyUid,
    /// Why not, or with what; may be empty.
    pub note: &'a str,
    /// What must be set before, even where `works` is plainly `Yes`. Some move a port, and with it
    /// go Services, probes and policies.
    pub env: Vec<Setting<'a>>,
    /// What must be set before in the pod's `sysctls`, or in which case; see also
    /// [`Image::low_port`].
    pub sysctls: Vec<Setting<'a>>,
}

/// A name and the value that it must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting<'a> {
    /// The name of a variable or a sysctl.
    pub name: &'a str,
    /// The value.
    pub value: &'a str,
    /// When it is needed, or what it does; may be empty.
    pub note: &'a str,
}

/// How an image that was started as root stops being root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivilegeDrop<'a> {
    /// How well that is known.
    pub grade: Grade,
    /// What it needs for it, if it is started as root; without them it fails.
    pub capabilities: Vec<&'a str>,
    /// What it does it with: `gosu`.
    pub tool: &'a str,
    /// Who it becomes; prose.
    pub to: &'a str,
    /// When it does, mostly by the first argument; prose.
    pub when: &'a str,
}

/// Whether the root file system of an image can be read-only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOnly<'a> {
    /// Whether it can, and with what.
    pub works: Works,
    /// How well that is known.
    pub grade: Grade,
    /// Why not, or with what; may be empty.
    pub note: &'a str,
    /// Where it writes.
    pub paths: Vec<Writable<'a>>,
}

/// A path that must be writable under a read-only root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Writable<'a> {
    /// The path as the image says it: `/var/run` and `/run` are mostly one, and in rules for a
    /// whole family `<app>` stands for what each image has there.
    pub path: &'a str,
    /// What belongs there.
    pub backing: Backing,
    /// How much it is needed.
    pub need: Need,
    /// Whether the image has files there which an empty mount hides, so that it breaks.
    pub seeded: bool,
    /// What for; may be empty.
    pub purpose: &'a str,
    /// When it is needed, if not always.
    pub condition: &'a str,
    /// What to know beside; may be empty.
    pub note: &'a str,
}

/// What of the capabilities an image needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities<'a> {
    /// What must be added back after `drop: [ALL]`, or the program does not start: it has them as
    /// file capabilities, and the kernel refuses to run what may not have all of its own.
    pub keep: Vec<&'a str>,
    /// What it needs as long as it runs as root; see also [`PrivilegeDrop::capabilities`].
    pub as_root: Vec<&'a str>,
    /// What is good for something, but not needed: not to be added, and not to be taken away.
    pub optional: Vec<&'a str>,
    /// Programs with file capabilities: what they have, which they are, and of which tags.
    pub programs: Vec<[&'a str; 3]>,
    /// What to know beside; may be empty.
    pub note: &'a str,
}

/// Where an image listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port<'a> {
    /// The number.
    pub number: u16,
    /// Whether it is UDP; else it is TCP.
    pub udp: bool,
    /// Whether the image says so by `EXPOSE`; `None` if that was not read.
    pub exposed: Option<bool>,
    /// What speaks there; may be empty.
    pub purpose: &'a str,
    /// When; may be empty.
    pub note: &'a str,
}

/// What of its node an image needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host<'a> {
    /// `hostNetwork`
    pub network: bool,
    /// `hostPID`
    pub pid: bool,
    /// `privileged`
    pub privileged: bool,
    /// Paths of the node, as prose.
    pub paths: Vec<&'a str>,
    /// Why, or what else; may be empty.
    pub note: &'a str,
}

/// What the user says of an image, of what has no grade of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// [`NonRoot::any_uid`]
    pub any_uid: bool,
    /// [`RunAs::fs_group`]
    pub fs_group: bool,
    /// [`Image::capabilities`]
    pub capabilities: bool,
    /// [`Image::token`]
    pub token: bool,
}

/// Who to run an image as, where that is known to be possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// For `runAsUser`; never 0.
    pub uid: u32,
    /// For `runAsGroup`.
    pub gid: Option<u32>,
    /// For `fsGroup`; only of images that have data, unless the user names it.
    pub fs_group: Option<u32>,
    /// The weaker of what is known of the numbers, and of whether it runs with them.
    pub grade: Grade,
}

impl<'a> Image<'a> {
    /// Who to run it as, if it can run as another user than root and it is known as whom.
    ///
    /// It counts on everything that [`NonRoot::works`] asks for: the sysctl, the variables, the
    /// arguments.
    pub fn identity(&self) -> Option<Identity> {
        let uid = self.run_as.uid.filter(|uid| *uid != 0 && self.non_root.works.is_possible())?;
        let RunAs { gid, fs_group, grade, .. } = self.run_as;
        let fs_group = fs_group.filter(|_| !self.data.is_empty() || self.declared.fs_group);
        Some(Identity { uid, gid, fs_group, grade: grade.min(self.non_root.grade) })
    }

    /// How well it is known which capabilities it needs.
    pub fn capabilities_grade(&self) -> Grade {
        if self.declared.capabilities { Grade::Declared } else { self.grade }
    }

    /// How well it is known whether it speaks to the API server.
    pub fn token_grade(&self) -> Grade {
        if self.declared.token { Grade::Declared } else { self.grade }
    }

    /// Lowers what is known to a grade.
    pub(super) fn cap(&mut self, grade: Grade) {
        let parts = [&mut self.run_as.grade, &mut self.non_root.grade, &mut self.read_only.grade];
        for its in parts.into_iter().chain([&mut self.grade]) {
            *its = grade.min(*its);
        }
    }

    /// Leaves only what holds for another image too; `when` tells it from this one.
    pub(super) fn agree(&mut self, other: Image<'a>, when: &'a str) {
        fn same<T: PartialEq + Default>(its: &mut T, other: T) {
            if *its != other {
                *its = T::default();
            }
        }
        same(&mut self.user, other.user);
        same(&mut self.run_as.uid, other.run_as.uid);
        same(&mut self.run_as.gid, other.run_as.gid);
        same(&mut self.run_as.fs_group, other.run_as.fs_group);
        same(&mut self.non_root.works, other.non_root.works);
        same(&mut self.read_only.works, other.read_only.works);
        same(&mut self.drop, other.drop);
        same(&mut self.low_port, other.low_port);
        self.cap(other.grade);
        self.run_as.grade = self.run_as.grade.min(other.run_as.grade);
        self.non_root.grade = self.non_root.grade.min(other.non_root.grade);
        self.read_only.grade = self.read_only.grade.min(other.read_only.grade);
        for path in &mut self.read_only.paths {
            if !other.read_only.paths.contains(path) {
                (path.need, path.condition) = (Need::Unverified, "depends on the tag");
            }
        }
        let paths = &self.read_only.paths;
        let more = other.read_only.paths.into_iter();
        let more: Vec<_> = more
            .filter(|path| !paths.iter().any(|its| its.path == path.path))
            .map(|path| Writable {
                need: Need::Unverified,
                condition: "depends on the tag",
                ..path
            })
            .collect();
        self.read_only.paths.extend(more);
        join(&mut self.volumes, other.volumes);
        join(&mut self.data, other.data);
        join(&mut self.ports, other.ports);
        join(&mut self.non_root.sysctls, other.non_root.sysctls);
        join(&mut self.traps, other.traps);
        join(&mut self.doubts, other.doubts);
        self.depends_on_tag.push(when);
    }
}

impl<'a> ReadOnly<'a> {
    /// Where an empty `emptyDir` is needed and enough: always, mostly or likely, and on no files of
    /// the image. Mounts that the container has are not looked at, nor is whether
    /// [`works`](ReadOnly::works).
    pub fn scratch(&self) -> impl Iterator<Item = &Writable<'a>> {
        self.paths.iter().filter(|path| {
            path.backing == Backing::EmptyDir
                && !path.seeded
                && !path.path.contains('<')
                && matches!(path.need, Need::Always | Need::Usual | Need::Likely)
        })
    }

    /// Where it always writes and no empty `emptyDir` will do: it needs a volume for data, a copy
    /// of what the image has there, or a file.
    pub fn obstacles(&self) -> impl Iterator<Item = &Writable<'a>> {
        self.paths.iter().filter(|path| {
            path.need == Need::Always
                && (path.backing != Backing::EmptyDir || path.seeded || path.path.contains('<'))
        })
    }
}

/// Adds what is not there yet.
pub(super) fn join<T: PartialEq>(its: &mut Vec<T>, others: Vec<T>) {
    for other in others {
        if !its.contains(&other) {
            its.push(other);
        }
    }
}
