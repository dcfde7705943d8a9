//! What is known of images: who they run as, where they write, what they need.
//!
//! In: the text of a container's `image`. Out: an [`Image`], with how well each fact is known, or
//! nothing.
//!
//! ```
//! use seaworthy::images::{Own, Reference, lookup};
//!
//! let reference = Reference::parse("mirror.gcr.io/library/postgres:17-alpine").unwrap();
//! let own = Own::default();
//! let image = lookup(reference, &own).unwrap();
//! assert_eq!(image.family, "postgres");
//! assert_eq!(image.identity().map(|identity| identity.uid), Some(70));
//! ```
//!
//! Facts come from the catalogue, `images/catalogue.txt`, and from the user. No name is taken for
//! another one that looks like it: `example/nginx` may be anything.

mod catalogue;
mod fact;
mod glob;
mod image;
mod own;
mod paragraph;
mod reference;

pub use fact::{AnyUid, Backing, Grade, Need, Token, User, Works};
pub use image::{
    Capabilities, Declared, Host, Identity, Image, NonRoot, Port, PrivilegeDrop, ReadOnly, RunAs,
    Setting, Writable,
};
pub use own::{Entry, Own};
pub use reference::{Mirror, Reference};

/// What tags of images for Windows have in them.
const WINDOWS: [&str; 3] = ["windows", "nanoserver", "ltsc20"];

/// What is known of an image: the catalogue's word, with the user's above it; nothing if neither
/// knows it.
///
/// Where the tag is not known, what differs between tags is left out: the
/// [uid](RunAs::uid) of `postgres@sha256:…` is 999 or 70, and so it is none. If the tags are of
/// different families, as with `gitea/gitea`, nothing is known. The catalogue knows nothing of
/// images for Windows.
pub fn lookup<'a>(reference: Reference<'_>, own: &'a Own) -> Option<Image<'a>> {
    let name = reference.name(&own.mirrors);
    let tag = reference.tag();
    let mut image = find(&name, tag);
    let fits = |entry: &&Entry| entry.fits(&name, tag, &own.mirrors);
    for entry in own.entries.iter().filter(fits) {
        let like = entry.like.as_deref().and_then(Reference::parse);
        let like = like.and_then(|like| find(&like.name(&own.mirrors), like.tag()));
        let mut said = like.or(image).unwrap_or(Image { family: &entry.image, ..Image::default() });
        entry.apply(&mut said);
        image = Some(said);
    }
    image
}

/// The names of all families of the catalogue, in their order.
pub fn families() -> impl Iterator<Item = &'static str> {
    let heads = catalogue::paragraphs().filter_map(|paragraph| paragraph.lines().next());
    heads.filter_map(|head| head.strip_prefix('[')?.split_once(']')).map(|(name, _)| name)
}

fn find(name: &str, tag: Option<&str>) -> Option<Image<'static>> {
    if tag.is_some_and(|tag| WINDOWS.iter().any(|word| tag.contains(word))) {
        return None;
    }
    Some(paragraph::read(catalogue::find(name, tag)?, name, tag))
}
