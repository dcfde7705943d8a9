//! The user and the group that the user of the program names, for containers of whose images
//! nothing is known.
//!
//! In: the [`Container`]s of a pod that are to get them. Out: wishes, or why there are none.

use super::{
    Context, Evidence,
    identity::FS_GROUP,
    run_as::{KEEPS_A_KEY, POLICY, USER},
};
use crate::{
    manifest::{Container, Part as _, Pod},
    yaml::Wish,
};

/// What has to be checked of a container whose user is not named.
pub(super) const NUMBER: &str =
    "The kubelet refuses an image whose `USER` is no number, or 0: check it.";

/// What containers get, and what to check of it.
pub(super) struct Given {
    pub(super) wishes: Vec<Wish>,
    pub(super) reason: String,
    pub(super) evidence: Vec<Evidence>,
}

impl Given {
    /// `told` are the containers of one pod that a fix is for, and that name no user.
    pub(super) fn of(told: &[Container<'_>], context: &Context<'_>) -> Given {
        let mut given =
            Given { wishes: Vec::new(), reason: NUMBER.to_owned(), evidence: Vec::new() };
        let (user, group) = (context.settings.run_as_user, context.settings.fs_group);
        let Some(pod) = told.first().map(|container| container.pod()) else { return given };
        if user.is_none() && group.is_none() {
            return given;
        }
        let has_group = has_group(pod, context);
        let group = group.filter(|_| !has_group && pod.workload().whole && pod.shares_volumes());
        if let Some(why) = obstacle(told, has_group || group.is_some(), context) {
            given.reason = format!("{NUMBER} It gets no user or group: {why}.");
            return given;
        }
        if let Some(user) = user {
            given.evidence.extend(context.said("run-as-user"));
            // Containers that are told already follow the pod too, and may be someone else.
            let all = pod.containers().filter(|it| it.user().is_none()).count() == told.len();
            match all && pod.workload().whole {
                true => given.wishes.push(pod.set(USER, user)),
                false => given.wishes.extend(told.iter().map(|it| it.set(USER, user))),
            }
            given.reason = format!("Check that its image works as user {user}.");
        }
        if let Some(group) = group {
            given.evidence.extend(context.said("fs-group"));
            given.wishes.push(pod.set(FS_GROUP, group));
            if pod.containers().any(Container::keeps_data) && pod.at(POLICY).is_none() {
                given.wishes.push(pod.set(POLICY, "OnRootMismatch"));
            }
        }
        given
    }
}

/// Whether the pod has a group for its volumes, or gets one that an image of it is known to need.
fn has_group(pod: Pod<'_>, context: &Context<'_>) -> bool {
    let needs = |container: Container<'_>| {
        let identity = context.identity(container).ok()?;
        identity.numbers()?.fs_group.filter(|_| context.root(container).is_none())
    };
    pod.at(FS_GROUP).is_some_and(|node| !node.is_null())
        || pod.containers().any(|container| needs(container).is_some())
}

/// Why they can get neither a user nor a group; `group` is whether the pod has or gets one.
fn obstacle(told: &[Container<'_>], group: bool, context: &Context<'_>) -> Option<String> {
    let pod = told.first()?.pod();
    if context.is_openshift(pod) {
        return Some("on OpenShift each namespace has users of its own".to_owned());
    }
    if let Some(path) = told.iter().flat_map(|container| container.host_paths()).next() {
        return Some(format!("`{path}` of the node belongs to whoever wrote it"));
    }
    // The group is for the volumes of all containers.
    if let Some(why) = pod.containers().find_map(|it| it.foreign_data(context.inventory)) {
        return Some(why);
    }
    if !group && told.iter().any(|container| container.needs_group()) {
        return Some("it could not use its volumes without a `--fs-group`".to_owned());
    }
    // The kubelet lets the group read its cookie, which it then refuses.
    let is_picky = |it: Container<'_>| it.image().contains(KEEPS_A_KEY) && it.keeps_data();
    pod.containers()
        .any(is_picky)
        .then(|| "RabbitMQ refuses a cookie that a group can read".to_owned())
}
