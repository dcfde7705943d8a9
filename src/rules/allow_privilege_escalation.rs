use super::{Check, Context, Finding, Fix, Level, Profile, RESTRICTED, Rule, Trust, Version};
use crate::manifest::{Container, Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "allow-privilege-escalation",
    title: "Containers must not gain privileges",
    why: "A set-user-ID binary can hand its caller more rights than the container was given. \
          With `allowPrivilegeEscalation: false` the kernel refuses.",
    level: Level::Error,
    profile: Profile::Restricted,
    since: Version::v1(8),
    references: &[RESTRICTED, "https://docs.kernel.org/userspace-api/no_new_privs.html"],
    linux: true,
    check: Check::Pod(check),
};

pub(super) const FIELD: &str = "securityContext/allowPrivilegeEscalation";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let may = pod.containers().filter(|container| container.flag(FIELD) != Some(false));
    may.map(|container| {
        let message = format!("container `{}` may gain privileges", container.name());
        Finding::at(container, FIELD, message, fix(container, context))
    })
    .collect()
}

/// Whether the rule sees to it that a container gains no privileges.
pub(super) fn mends(container: Container<'_>, context: &Context<'_>) -> bool {
    context.settings.leaves(&RULE).is_none() && fix(container, context).trust != Trust::Manual
}

fn fix(container: Container<'_>, context: &Context<'_>) -> Fix {
    if let Some(need) = context.stays_privileged(container) {
        return Fix::manual(format!(
            "The API server refuses it beside `privileged: true`, which stays: {need}. End that \
             first."
        ));
    }
    // It compares with this very word: `SYS_ADMIN` passes.
    if container.added().any(|added| added == "CAP_SYS_ADMIN") {
        return Fix::manual(
            "The API server refuses it beside `CAP_SYS_ADMIN`. Take that away, or spell it \
             `SYS_ADMIN` as runtimes do.",
        );
    }
    // Only root has them from the start.
    if container.flag(FIELD) == Some(true) && container.user().is_some_and(|user| user != 0) {
        let added: Vec<String> = container.added().map(|added| format!("`{added}`")).collect();
        if !added.is_empty() {
            return Fix::manual(format!(
                "Someone said `true`, and a user other than root gets {} only from the file of a \
                 program, which `false` can prevent: try it first.",
                added.join(", ")
            ));
        }
    }
    if let Some(program) = container.gains_privileges() {
        return Fix::manual(format!(
            "It would fail: it runs `{program}`, which has to gain privileges. Run it as the user \
             that it needs to be."
        ));
    }
    let mut wishes = vec![container.set(FIELD, false)];
    if container.is_privileged() {
        wishes.push(container.set("securityContext/privileged", false));
    }
    Fix::risky(wishes, "Check that nothing in it leans on `sudo`, `su` or file capabilities.")
}
