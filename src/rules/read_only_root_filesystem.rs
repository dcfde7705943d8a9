use serde_json::json;

use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Scratch, Version};
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
    check: Check::Pod(check),
};

pub(super) const FIELD: &str = "securityContext/readOnlyRootFilesystem";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let writes = pod.containers().filter(|container| container.flag(FIELD) != Some(true));
    let scratches: Vec<(Container<'_>, Result<Scratch, Fix>)> =
        writes.map(|container| (container, Scratch::of(container, context))).collect();
    let places: Vec<(Container<'_>, &str)> = scratches
        .iter()
        .filter_map(|(container, scratch)| Some((*container, scratch.as_ref().ok()?)))
        .flat_map(|(container, scratch)| scratch.paths.iter().map(move |path| (container, &**path)))
        .collect();
    let patched = context.inventory.patched_volumes(pod.object());
    let mut volumes = pod.new_volumes(&places, patched).into_iter();
    scratches
        .iter()
        .map(|(container, scratch)| {
            let fix = match scratch {
                Ok(scratch) => fix(*container, scratch, &mut volumes),
                Err(fix) => fix.clone(),
            };
            let name = container.name();
            let message = format!("container `{name}` may write to its root file system");
            Finding::at(*container, FIELD, message, fix).warning()
        })
        .collect()
}

fn fix(
    container: Container<'_>,
    scratch: &Scratch,
    volumes: &mut impl Iterator<Item = String>,
) -> Fix {
    let mut wishes = vec![container.set(FIELD, true)];
    for (path, name) in scratch.paths.iter().zip(volumes) {
        let mount = json!({ "name": name, "mountPath": path });
        let volume = json!({ "name": name, "emptyDir": {} });
        wishes.extend([
            container.include("volumeMounts", mount),
            container.pod().include("volumes", volume),
        ]);
    }
    let fix = Fix::new(scratch.trust, wishes, scratch.reason.clone().into());
    fix.resting_on(scratch.evidence.clone())
}
