//! Images whose program must own the folder that its data is in, and so cannot start where a new
//! volume is mounted right there.
//!
//! In: a [`Container`] that is to run as another user than root. Out: a wish, or what a person has
//! to do.

use serde_json::json;

use super::Identity;
use crate::{
    manifest::{Container, Mount, Part as _, clean},
    yaml::{Node, Wish},
};

/// `initdb` closes the folder to others, which only its owner may; the root of a new volume is
/// root's, whatever its group.
const FAMILIES: &[&str] = &["postgres", "postgis", "timescaledb"];
/// Names the folder; from version 18 on it is elsewhere if it is not named.
const VARIABLE: &str = "PGDATA";
const FOLDER: &str = "/var/lib/postgresql/data";

/// Leads it to a folder below the mount, if nothing can be there yet.
pub(super) fn free(
    container: Container<'_>,
    identity: &Identity<'_>,
) -> Result<Option<Wish>, String> {
    let Identity::Numbers(numbers, image) = identity else { return Ok(None) };
    let Some(uid) = numbers.uid.filter(|_| FAMILIES.contains(&image.family)) else {
        return Ok(None);
    };
    let mut variables = container.list("env");
    let named = variables.find(|it| it.get("name").is_some_and(|name| name.text() == VARIABLE));
    let folder = match named.map(|it| it.get("value").map(|value| clean(&value.text()))) {
        Some(Some(folder)) => folder,
        Some(None) => return Ok(None),
        None => FOLDER.to_owned(),
    };
    let Some(mount) = container.mounts().find(|mount| mount.path == folder) else {
        return Ok(None);
    };
    if is_given(container, &mount) {
        return Ok(None);
    }
    let is_scratch = container.pod().volumes().any(|volume| {
        let name = volume.get("name").map(Node::text);
        name.as_deref() == Some(&mount.volume) && volume.get("emptyDir").is_some()
    });
    let below = format!("{FOLDER}/pgdata");
    if is_scratch && named.is_none() {
        let variable = json!({ "name": VARIABLE, "value": below });
        return Ok(Some(container.include("env", variable)));
    }
    let family = image.family;
    Err(format!(
        "`{family}` must own the folder of its data, and `{}`, which is mounted right there, is \
         root's while it is new: let `{VARIABLE}` name a folder below, such as `{below}`, or, if it \
         holds data already, name `runAsUser: {uid}`.",
        mount.volume
    ))
}

/// Whether another container gives the volume to whoever is to own it.
fn is_given(container: Container<'_>, mount: &Mount<'_>) -> bool {
    container.pod().containers().any(|other| {
        other.runs(&["chown"]).is_some() && other.mounts().any(|its| its.volume == mount.volume)
    })
}
