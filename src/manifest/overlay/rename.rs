//! The `images` of a kustomization: other names and versions for the images of containers.

use crate::{
    manifest::source::text,
    yaml::{Node, Value},
};

/// All of one kustomization, in their order.
#[derive(Default)]
pub(super) struct Images(Vec<Image>);

struct Image {
    name: String,
    new_name: Option<String>,
    new_tag: Option<String>,
    digest: Option<String>,
}

impl Images {
    pub(super) fn of<'t>(entries: impl Iterator<Item = Node<'t>>) -> Images {
        let image = |entry: Node<'t>| {
            let owned = |key: &str| text(entry, key).map(Into::into);
            // People leave out the quotes around a version.
            let tag = entry.get("newTag").map(|tag| tag.text().into_owned());
            Some(Image {
                name: owned("name")?,
                new_name: owned("newName"),
                new_tag: tag.filter(|tag| !tag.is_empty()),
                digest: owned("digest"),
            })
        };
        Images(entries.filter_map(image).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Renames the images of all containers, wherever in the object they stand.
    pub(super) fn rename(&self, value: &mut Value) {
        if self.is_empty() {
            return;
        }
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let holds = matches!(key.as_str(), "containers" | "initContainers");
                    if let (true, Some(containers)) = (holds, value.as_array_mut()) {
                        containers.iter_mut().for_each(|container| self.rename_in(container));
                    }
                    self.rename(value);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.rename(item)),
            _ => {}
        }
    }

    fn rename_in(&self, container: &mut Value) {
        let Some(Value::String(image)) = container.get_mut("image") else { return };
        for new in &self.0 {
            if let Some(renamed) = new.rename(image) {
                *image = renamed;
            }
        }
    }
}

impl Image {
    /// The new name of an image; none if it is another.
    fn rename(&self, image: &str) -> Option<String> {
        let version = image.strip_prefix(&*self.name)?;
        if !version.is_empty() && !version.starts_with([':', '@']) {
            return None;
        }
        let name = self.new_name.as_ref().unwrap_or(&self.name);
        let tag = self.new_tag.as_ref().map(|tag| format!(":{tag}"));
        let digest = self.digest.as_ref().map(|digest| format!("@{digest}"));
        Some(match (tag, digest) {
            (None, None) => format!("{name}{version}"),
            (tag, digest) => {
                format!("{name}{}{}", tag.unwrap_or_default(), digest.unwrap_or_default())
            }
        })
    }
}
