//! What a project knows of images.
//!
//! In: an entry of `images`. Out: [`Entry`]s, one for each name.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{
    once_each,
    scalar::{Capability, FilePath, Group, ImageName, KnownImage, UserOrRoot},
};
use crate::images::Entry;

/// What is known of images; it stands above what the program knows, and is taken for proof. What is
/// left out stays as it is known otherwise, and what is listed is added.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map such as `{names: [shop/web], run-as-user: 10001}`"
)]
pub(in crate::host) struct ImageConfig {
    /// Which images, as manifests name them; `*` stands for anything: `shop/web`, `ghcr.io/shop/*`,
    /// `shop/web:1.*`. Without a tag it is for all of them, and of entries that fit, the last one
    /// counts.
    #[serde(deserialize_with = "one_at_least")]
    pub(in crate::host) names: Vec<ImageName>,
    /// An image that they are built on, or are as: `nginx:1.27`. What is known of that one holds for
    /// them.
    #[serde(default)]
    pub(in crate::host) like: Option<KnownImage>,
    /// The user that they work as; 0 if they need root.
    #[serde(default)]
    pub(in crate::host) run_as_user: Option<UserOrRoot>,
    /// The group of that user.
    #[serde(default)]
    pub(in crate::host) run_as_group: Option<Group>,
    /// The group that the volumes of that user are given to.
    #[serde(default)]
    pub(in crate::host) fs_group: Option<Group>,
    /// Whether they work without root: as `run-as-user`, or as whom the image says by a number.
    #[serde(default)]
    pub(in crate::host) run_as_non_root: Option<bool>,
    /// Whether they work as any user, which OpenShift asks for.
    #[serde(default)]
    pub(in crate::host) any_user: Option<bool>,
    /// Whether they work on a root file system that they cannot write to.
    #[serde(default)]
    pub(in crate::host) read_only_root_filesystem: Option<bool>,
    /// Where they write, and get an `emptyDir` if nothing is mounted there; an empty list says that
    /// they write nowhere. They then work on a root file system that they cannot write to, unless
    /// `read-only-root-filesystem` says otherwise.
    #[serde(default)]
    pub(in crate::host) writable_paths: Option<Vec<FilePath>>,
    /// Where their data is, which no `emptyDir` may hide.
    #[serde(default)]
    pub(in crate::host) data_paths: Vec<FilePath>,
    /// The capabilities that they do not start without; an empty list says that they need none.
    #[serde(default)]
    pub(in crate::host) capabilities: Option<Vec<Capability>>,
    /// Variables that have to be set before they work without root.
    #[serde(default, deserialize_with = "once_each")]
    pub(in crate::host) env: BTreeMap<String, String>,
    /// Whether they listen below port 1024.
    #[serde(default)]
    pub(in crate::host) low_port: Option<bool>,
    /// Whether they speak to the API server, and so need the token of their account.
    #[serde(default)]
    pub(in crate::host) api_token: Option<bool>,
    /// Why, or who says so; shown beside what rests on it.
    #[serde(default)]
    pub(in crate::host) reason: String,
}

impl ImageConfig {
    /// Whether it says both that they need root and that they do not.
    pub(super) fn is_contrary(&self) -> bool {
        let user = self.run_as_user.map(|user| user.0 != 0);
        user.is_some_and(|works| self.run_as_non_root == Some(!works))
    }

    /// What is said of the images, by their names.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let texts = |paths: &[FilePath]| paths.iter().map(|path| path.0.clone()).collect();
        let all = Entry {
            like: self.like.as_ref().map(|like| like.0.clone()),
            uid: self.run_as_user.map(|user| user.0),
            gid: self.run_as_group.map(|group| group.0),
            fs_group: self.fs_group.map(|group| group.0),
            non_root: self.run_as_non_root,
            any_uid: self.any_user,
            read_only: self.read_only_root_filesystem,
            writable: self.writable_paths.as_deref().map(texts),
            data: texts(&self.data_paths),
            keep: self.capabilities.as_ref().map(|all| all.iter().map(|it| it.0.clone()).collect()),
            env: self.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            low_port: self.low_port,
            token: self.api_token,
            reason: self.reason.clone(),
            ..Entry::default()
        };
        self.names.iter().map(move |name| Entry {
            image: name.repository.clone(),
            tags: name.tag.iter().cloned().collect(),
            ..all.clone()
        })
    }
}

/// A list of names that holds one: an entry without any would say something of nothing.
fn one_at_least<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ImageName>, D::Error> {
    let names = Vec::<ImageName>::deserialize(deserializer)?;
    match names.is_empty() {
        true => Err(D::Error::invalid_length(0, &"at least one name")),
        false => Ok(names),
    }
}
