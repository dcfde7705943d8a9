//! What the user knows of images: it stands above the catalogue.
//!
//! In: [`Entry`]s, as the configuration has them. Out: their part of an [`Image`].

use super::{
    Image, Mirror,
    fact::{AnyUid, Grade, Need, Token, User, Works},
    glob,
    image::{Setting, Writable, join},
    reference,
};

/// Everything that the user knows of images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// Registries, or folders of them, that hold what others hold.
    pub mirrors: Vec<Mirror>,
    /// What is known of single images. All that fit count, later ones above earlier ones.
    pub entries: Vec<Entry>,
}

/// What the user knows of an image. What is left out is left as it is known otherwise; what is
/// listed is added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its repository, as manifests write it: `shop/web`; or a pattern, with `*`: `shop/*`. One that
    /// begins with `*` is of names in full. Mirrors are resolved before it is compared.
    pub image: String,
    /// Patterns of the tags that it is for, with `*`: `1.*`. If there are none it is for all tags,
    /// and for references whose tag is not known.
    pub tags: Vec<String>,
    /// A reference to an image of the catalogue that it is built on, or is as:
    /// `postgres:16-alpine`. All that is known of that one holds, and loses nothing of its grade:
    /// it is the user who says that it is so. If the catalogue does not know it, it says nothing.
    pub like: Option<String>,
    /// For `runAsUser`. Unless it is 0, that says that it can run as this user. It stands above the
    /// `USER` of the image.
    pub uid: Option<u32>,
    /// For `runAsGroup`.
    pub gid: Option<u32>,
    /// For `fsGroup`.
    pub fs_group: Option<u32>,
    /// Whether it can run as another user than root. If so and no user is known, its own `USER` is a
    /// number other than 0.
    pub non_root: Option<bool>,
    /// Whether it can run as any user, as on OpenShift.
    pub any_uid: Option<bool>,
    /// Whether its root file system can be read-only, with the mounts that are known.
    pub read_only: Option<bool>,
    /// Where it needs an `emptyDir` then. Whoever lists that says that it can be read-only.
    pub writable: Option<Vec<String>>,
    /// Where its data is.
    pub data: Vec<String>,
    /// Capabilities that it must keep: `NET_BIND_SERVICE`. An empty list says that it needs none.
    pub keep: Option<Vec<String>>,
    /// Variables that must be set before it can run as another user than root.
    pub env: Vec<(String, String)>,
    /// Whether it listens below 1024.
    pub low_port: Option<bool>,
    /// Whether it speaks to the API server.
    pub token: Option<bool>,
    /// Why; shown to people. May be empty.
    pub reason: String,
}

impl Entry {
    /// Whether it is for an image. `name` is the image's name in full.
    pub(super) fn fits(&self, name: &str, tag: Option<&str>, mirrors: &[Mirror]) -> bool {
        let fits = |tag| self.tags.iter().any(|glob| glob::matches(glob, tag));
        glob::matches(&reference::pattern(&self.image, mirrors), name)
            && (self.tags.is_empty() || tag.is_some_and(fits))
    }

    /// Says it of an image.
    pub(super) fn apply<'a>(&'a self, image: &mut Image<'a>) {
        self.apply_user(image);
        self.apply_read_only(image);
        join(&mut image.data, self.data.iter().map(String::as_str).collect());
        if let Some(keep) = &self.keep {
            join(&mut image.capabilities.keep, keep.iter().map(String::as_str).collect());
            image.declared.capabilities = true;
        }
        if self.low_port.is_some() {
            image.low_port = self.low_port;
        }
        if let Some(token) = self.token {
            image.token = if token { Token::Yes } else { Token::No };
            image.token_why = &self.reason;
            image.declared.token = true;
        }
        image.sources.push(CONFIGURATION);
        if !self.reason.is_empty() {
            join(&mut image.sources, vec![self.reason.as_str()]);
        }
    }

    fn apply_user<'a>(&'a self, image: &mut Image<'a>) {
        let any = self.any_uid.filter(|any| *any);
        let non_root = self.non_root.or(self.uid.map(|uid| uid != 0)).or(any);
        if let Some(uid) = self.uid {
            (image.run_as.uid, image.run_as.grade) = (Some(uid), GRADE);
            // The group of another user is not the group of this one.
            (image.run_as.gid, image.run_as.fs_group) = (None, None);
            if image.user != User::Number(uid) {
                image.user = User::Unknown;
            }
        }
        if self.gid.is_some() {
            (image.run_as.gid, image.run_as.grade) = (self.gid, GRADE);
        }
        if self.fs_group.is_some() {
            image.run_as.fs_group = self.fs_group;
            image.declared.fs_group = true;
        }
        if let Some(non_root) = non_root {
            image.non_root.works = works(non_root, image.non_root.works);
            (image.non_root.grade, image.non_root.note) = (GRADE, &self.reason);
            let number = image.run_as.uid.filter(|uid| *uid != 0);
            if self.non_root == Some(true)
                && number.is_none()
                && !matches!(image.user, User::Number(_))
            {
                image.user = User::NotRoot;
            }
        }
        if let Some(any) = self.any_uid {
            image.non_root.any_uid = if any { AnyUid::Yes } else { AnyUid::No };
            image.declared.any_uid = true;
        }
        for (name, value) in &self.env {
            image.non_root.env.retain(|its| its.name != name);
            image.non_root.env.push(Setting { name, value, note: "" });
        }
    }

    fn apply_read_only<'a>(&'a self, image: &mut Image<'a>) {
        for path in self.writable.iter().flatten() {
            image.read_only.paths.retain(|its| its.path != path);
            let writable = Writable { path, need: Need::Always, ..Writable::default() };
            image.read_only.paths.push(writable);
        }
        let Some(read_only) = self.read_only.or(self.writable.as_ref().map(|_| true)) else {
            return;
        };
        image.read_only.works = match (read_only, image.read_only.paths.is_empty()) {
            (true, true) => Works::Yes,
            (true, false) => Works::WithMounts,
            (false, _) => Works::No,
        };
        (image.read_only.grade, image.read_only.note) = (GRADE, &self.reason);
    }
}

/// How well is known what the user says.
const GRADE: Grade = Grade::Declared;
/// What stands among the sources of an image of which the user says something.
const CONFIGURATION: &str = "the configuration";

/// What works, once the user says whether it does: what has to be set for it stays needed, and its
/// arguments are for the user to know.
fn works(yes: bool, known: Works) -> Works {
    match (yes, known) {
        (true, Works::WithArgs) => Works::Yes,
        (true, known) if known.is_possible() => known,
        (true, _) => Works::Yes,
        (false, _) => Works::No,
    }
}
