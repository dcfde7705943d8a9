use super::{
    BASELINE, Check, Context, Finding, Fix, Level, Profile, Rule, Version,
    allow_privilege_escalation, capabilities, host_namespaces, quoted,
};
use crate::{
    manifest::{Container, Part as _, Pod},
    yaml::{Node, Wish},
};

pub(super) const RULE: Rule = Rule {
    id: "added-capabilities",
    title: "Containers must not add capabilities",
    why: "Each capability is a part of what root may do: some of them, such as `SYS_ADMIN` and \
          `NET_ADMIN`, are enough to take over the node or to read the traffic of others.",
    level: Level::Error,
    profile: Profile::Baseline,
    since: Version::FIRST,
    references: &[BASELINE, "https://man7.org/linux/man-pages/man7/capabilities.7.html"],
    linux: true,
    check: Check::Pod(check),
};

const ADD: &str = "securityContext/capabilities/add";
const FILES: &str = "Check that no program gets them from its file: root alone has them else.";
/// What runtimes give by themselves, of which `restricted` lets a container add one.
const DEFAULT: &str = "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE \
                       SETFCAP SETGID SETPCAP SETUID SYS_CHROOT";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    let restricted = context.settings.asks(Profile::Restricted, Version::v1(22));
    let allowed = if restricted { capabilities::BIND } else { DEFAULT };
    let found = |container: Container<'_>| {
        let is_refused = |node: &Node<'_>| allowed.split(' ').all(|it| it != node.text());
        let refused: Vec<_> = container.list(ADD).filter(is_refused).collect();
        let first = *refused.first()?;
        let names = quoted(refused.iter().map(|node| node.text()));
        let message = format!("container `{}` adds {names}", container.name());
        Some(Finding::on(container, first, message, fix(container, &refused, allowed, context)))
    };
    pod.containers().filter_map(found).collect()
}

fn fix<'t>(
    container: Container<'t>,
    refused: &[Node<'t>],
    allowed: &'static str,
    context: &Context<'_>,
) -> Fix {
    let spelled = |node: Node<'_>| {
        let name = node.text().to_ascii_uppercase();
        let name = name.strip_prefix("CAP_").unwrap_or(&name);
        allowed.split(' ').find(|it| *it == name)
    };
    let wish = |node: &Node<'t>| match (container.address(*node), spelled(*node)) {
        (at, Some(value)) => Wish::Set { at, value: value.into() },
        (at, None) => Wish::Remove { at },
    };
    if refused.iter().all(|node| spelled(*node).is_some()) {
        let reason = "Pod Security knows it by this name alone, and so do most runtimes.";
        return Fix::safe(refused.iter().map(wish).collect::<Vec<_>>(), reason);
    }
    let held =
        |why: &str| Fix::manual(format!("{why} Keep what it uses, in a namespace of its own."));
    if container.is_privileged() {
        return held("It is privileged, and so has all of them anyhow.");
    }
    if host_namespaces::needed(container.pod()) {
        return held("Its pod shares namespaces with its node, as tools of the node do.");
    }
    if let Some(need) = capabilities::needed(container, refused, context) {
        return held(&need);
    }
    if let Some(root) = context.root(container) {
        let is = if root.certain { "is" } else { "may be" };
        return held(&format!("Root can use them, and it {is} root: {}.", root.need));
    }
    let all = container.list(ADD).all(|it| spelled(it).is_none());
    let each = refused.iter().map(wish);
    let mut wishes = if all { vec![container.remove(ADD)] } else { each.collect() };
    let forbidden = container.flag(allow_privilege_escalation::FIELD) == Some(false);
    if !forbidden && !allow_privilege_escalation::mends(container, context) {
        return held("A program's file may give them to it, which nothing here forbids.");
    }
    wishes.extend((!forbidden).then(|| container.set(allow_privilege_escalation::FIELD, false)));
    let trusted = forbidden || context.settings.trusts(&allow_privilege_escalation::RULE);
    match trusted && context.bars_root(container) {
        true => Fix::safe(wishes, "Who is not root, and gains no privileges, has none of them."),
        false => Fix::risky(wishes, FILES),
    }
}
