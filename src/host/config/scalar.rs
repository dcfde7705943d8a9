//! The words and numbers of a configuration.
//!
//! In: a scalar, while the parser still knows where it stands. Out: what it means, or an error that
//! says what is wanted there.

use std::{fmt, marker::PhantomData, sync::LazyLock};

use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};

use crate::{
    host::choice::{file_name, version},
    images,
    manifest::clean,
    rules::{RULES, Version},
};

/// The largest user or group that the API server takes.
pub(in crate::host) const MAX_ID: i64 = i32::MAX as i64;

/// The id of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::host) struct RuleName(pub(in crate::host) &'static str);

/// `latest`, or `v1.34`.
#[derive(Clone, Copy, Debug)]
pub(in crate::host) struct VersionName(pub(in crate::host) Version);

/// The name of a YAML file, without a folder.
#[derive(Clone, Debug)]
pub(in crate::host) struct FileName(pub(in crate::host) String);

/// A user who is not root.
#[derive(Clone, Copy, Debug)]
pub(in crate::host) struct User(pub(in crate::host) u32);

/// A user; 0 is root.
#[derive(Clone, Copy, Debug)]
pub(in crate::host) struct UserOrRoot(pub(in crate::host) u32);

/// A group.
#[derive(Clone, Copy, Debug)]
pub(in crate::host) struct Group(pub(in crate::host) u32);

/// An API group, without a version.
#[derive(Clone, Debug)]
pub(in crate::host) struct ApiGroup(pub(in crate::host) String);

/// A registry, or the beginning of the names of repositories in one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::host) struct Place(pub(in crate::host) String);

/// Where a pod spec is, as `spec/jobs/*/template/spec`.
#[derive(Clone, Debug)]
pub(in crate::host) struct PodSpec(pub(in crate::host) String);

/// A repository and a tag, with `*` for anything.
#[derive(Clone, Debug)]
pub(in crate::host) struct ImageName {
    pub(in crate::host) repository: String,
    pub(in crate::host) tag: Option<String>,
}

/// A reference to an image that the program knows.
#[derive(Clone, Debug)]
pub(in crate::host) struct KnownImage(pub(in crate::host) String);

/// A path in a container.
#[derive(Clone, Debug)]
pub(in crate::host) struct FilePath(pub(in crate::host) String);

/// A capability, as manifests write it.
#[derive(Clone, Debug)]
pub(in crate::host) struct Capability(pub(in crate::host) String);

/// What a scalar can mean.
trait Scalar: Sized {
    /// What is wanted.
    const WANTED: &'static str;

    fn of_text(_: &str) -> Option<Self> {
        None
    }

    fn of_number(_: i64) -> Option<Self> {
        None
    }

    fn refuse<E: Error>(text: &str) -> E {
        E::invalid_value(Unexpected::Str(text), &Self::WANTED)
    }
}

struct Visit<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for Visit<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WANTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::of_text(text).ok_or_else(|| T::refuse(text))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        let own = i64::try_from(number).ok().and_then(T::of_number);
        own.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &T::WANTED))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::of_number(number).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &T::WANTED))
    }
}

fn read<'de, D: Deserializer<'de>, T: Scalar>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Visit(PhantomData))
}

impl Scalar for RuleName {
    const WANTED: &'static str = "the name of a rule";

    fn of_text(text: &str) -> Option<RuleName> {
        RULES.iter().find(|rule| rule.id == text).map(|rule| RuleName(rule.id))
    }

    fn refuse<E: Error>(text: &str) -> E {
        static IDS: LazyLock<Vec<&str>> =
            LazyLock::new(|| RULES.iter().map(|rule| rule.id).collect());
        E::unknown_variant(text, &IDS)
    }
}

impl Scalar for VersionName {
    const WANTED: &'static str = "`latest`, or a version such as `v1.34`";

    fn of_text(text: &str) -> Option<VersionName> {
        version(text).ok().map(VersionName)
    }
}

impl Scalar for FileName {
    const WANTED: &'static str = "the name of a YAML file, without a folder";

    fn of_text(text: &str) -> Option<FileName> {
        file_name(text).ok().map(FileName)
    }
}

impl Scalar for User {
    const WANTED: &'static str = "a user from 1 to 2147483647";

    fn of_number(number: i64) -> Option<User> {
        id(number).filter(|&user| user > 0).map(User)
    }
}

impl Scalar for UserOrRoot {
    const WANTED: &'static str = "a user from 0 to 2147483647";

    fn of_number(number: i64) -> Option<UserOrRoot> {
        id(number).map(UserOrRoot)
    }
}

impl Scalar for Group {
    const WANTED: &'static str = "a group from 0 to 2147483647";

    fn of_number(number: i64) -> Option<Group> {
        id(number).map(Group)
    }
}

fn id(number: i64) -> Option<u32> {
    u32::try_from(number).ok().filter(|&id| i64::from(id) <= MAX_ID)
}

impl Scalar for ApiGroup {
    const WANTED: &'static str = "an API group without a version, such as `apps.example.com`";

    fn of_text(text: &str) -> Option<ApiGroup> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        text.bytes().all(known).then(|| ApiGroup(text.to_owned()))
    }
}

impl Scalar for Place {
    const WANTED: &'static str =
        "a registry, or how names in one begin, such as `registry.example.com/shop`";

    fn of_text(text: &str) -> Option<Place> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_:[]".contains(&byte);
        let text = text.trim_end_matches('/');
        let fits = !text.contains("//") && !text.starts_with('/') && text.bytes().all(known);
        (fits && !text.is_empty()).then(|| Place(text.to_owned()))
    }
}

impl Scalar for ImageName {
    const WANTED: &'static str = "the name of an image, such as `shop/web` or `shop/web:1.*`";

    fn of_text(text: &str) -> Option<ImageName> {
        let (folder, name) =
            text.rsplit_once('/').map_or(("", text), |(folder, name)| (folder, name));
        let (name, tag) =
            name.split_once(':').map_or((name, None), |(name, tag)| (name, Some(tag)));
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_:*[]".contains(&byte);
        let is_tag = |tag: &str| !tag.is_empty() && !tag.contains(['/', ':', '[', ']']);
        let fits = !name.is_empty()
            && text.bytes().all(known)
            && !text.starts_with('/')
            && !text.contains("//")
            && !name.contains(|it: char| it.is_ascii_uppercase() || "[]".contains(it))
            && tag.is_none_or(is_tag);
        let repository = match folder {
            "" => name.to_owned(),
            _ => format!("{folder}/{name}"),
        };
        fits.then(|| ImageName { repository, tag: tag.map(str::to_owned) })
    }
}

impl Scalar for KnownImage {
    const WANTED: &'static str = "an image that is known, such as `nginx:1.27`";

    fn of_text(text: &str) -> Option<KnownImage> {
        let own = images::Own::default();
        images::lookup(images::Reference::parse(text)?, &own)?;
        Some(KnownImage(text.to_owned()))
    }
}

impl Scalar for FilePath {
    const WANTED: &'static str =
        "a path in the container, such as `/var/cache/web`, and not of the system";

    fn of_text(text: &str) -> Option<FilePath> {
        let path = clean(text);
        // Nothing starts where these are hidden.
        let of_system = ["/proc", "/sys", "/dev"].iter().any(|system| {
            path.strip_prefix(system).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        let whole = ["/", "/etc", "/bin", "/lib", "/usr"].contains(&&*path);
        let fits = text.starts_with('/') && !text.contains([':', '<', '\n']);
        (fits && !whole && !of_system).then_some(FilePath(path))
    }
}

impl Scalar for Capability {
    const WANTED: &'static str = "a capability such as `NET_BIND_SERVICE`";

    fn of_text(text: &str) -> Option<Capability> {
        let known = |byte: u8| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit();
        let fits = !text.is_empty() && text != "ALL" && !text.starts_with("CAP_");
        (fits && text.bytes().all(known)).then(|| Capability(text.to_owned()))
    }
}

impl Scalar for PodSpec {
    const WANTED: &'static str = "a path such as `spec.template.spec` or `spec.jobs[*].podSpec`";

    fn of_text(text: &str) -> Option<PodSpec> {
        let path = text.strip_prefix('.').unwrap_or(text).replace("[*]", ".*").replace('.', "/");
        let is_step = |step: &str| {
            step == "*" || !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        (path.split('/').all(is_step) && !path.ends_with('*') && !path.starts_with('*'))
            .then_some(PodSpec(path))
    }
}

macro_rules! deserialize {
    ($($scalar:ty),*) => {$(
        impl<'de> Deserialize<'de> for $scalar {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$scalar, D::Error> {
                read(deserializer)
            }
        }
    )*};
}

deserialize!(RuleName, VersionName, User, UserOrRoot, Group, ApiGroup, Place, PodSpec);
deserialize!(ImageName, KnownImage, FileName, FilePath, Capability);

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        self.tag.as_ref().map_or(Ok(()), |tag| write!(f, ":{tag}"))
    }
}
