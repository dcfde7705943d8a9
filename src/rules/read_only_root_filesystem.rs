use serde_json::json;

use super::{Context, Finding, Fix, Level, Profile, Rule, Version};
use crate::manifest::{Container, Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "read-only-root-filesystem",
    title: "Containers must not write to their root file system",
    why: "Whoever breaks into a container that cannot write to its own files cannot change its \
          programs, and finds few places to leave tools in.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &["https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"],
    linux: true,
    check,
};

const FIELD: &str = "securityContext/readOnlyRootFilesystem";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let writes = pod.containers().filter(|container| container.flag(FIELD) != Some(true));
    let writes: Vec<_> =
        writes.map(|container| (container, obstacle(container, context))).collect();
    let scratched = writes
        .iter()
        .filter(|(container, obstacle)| obstacle.is_none() && !container.mounts_over("/tmp"));
    let patched = context.inventory.patched_volumes(pod.object());
    let scratched = scratched.map(|(container, _)| *container);
    let mut volumes = pod.new_volumes("tmp", scratched, patched).into_iter();
    writes
        .into_iter()
        .map(|(container, obstacle)| {
            let fix = match obstacle {
                Some(obstacle) => Fix::manual(obstacle),
                None if container.mounts_over("/tmp") => fix(container, None),
                None => fix(container, volumes.next()),
            };
            let name = container.name();
            let message = format!("container `{name}` may write to its root file system");
            Finding::at(container, FIELD, message, fix).warning()
        })
        .collect()
}

/// Why someone has to look first.
fn obstacle(container: Container<'_>, context: &Context<'_>) -> Option<String> {
    let pod = container.pod();
    // Whoever wrote this met a program that writes, where we would only guess that none does.
    if container.flag(FIELD) == Some(false) {
        return Some(
            "Someone said `false`: mount an `emptyDir` wherever it writes, then say `true`.".into(),
        );
    }
    if pod.is_static() {
        return Some(
            "It looks like a static pod, a part of its node: try it on one node first.".into(),
        );
    }
    if let Some(need) = container.writes_root() {
        return Some(format!(
            "It would fail: {need}. Mount an `emptyDir` wherever it writes, or let the image hold \
             what it needs; then say `true`."
        ));
    }
    if let Some(fragile) = pod.is_fragile().filter(|_| !context.settings.accepts(RULE.id)) {
        return Some(format!(
            "Nothing proves that it writes to its mounts only, and {fragile}. Check that it does, \
             then use `--accept-risk {}`.",
            RULE.id
        ));
    }
    container.no_scratch().filter(|_| !container.mounts_over("/tmp"))
}

fn fix(container: Container<'_>, volume: Option<String>) -> Fix {
    let mut wishes = vec![container.set(FIELD, true)];
    if let Some(name) = volume {
        let mount = json!({ "name": name, "mountPath": "/tmp" });
        let volume = json!({ "name": name, "emptyDir": {} });
        wishes.extend([
            container.include("volumeMounts", mount),
            container.pod().include("volumes", volume),
        ]);
    }
    Fix::risky(wishes, "Check where besides its mounts it writes, and mount an `emptyDir` there.")
}
