use super::{
    Check, Context, Finding, Fix, Level, Profile, Rule, Version,
    dashboard::{self, Program},
    flags::Flags,
    login::{self, Login},
};
use crate::manifest::{Container, Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "dashboard-login",
    title: "The Dashboard must let nobody in who does not log in",
    why: "Whoever need not log in works with the rights of the Dashboard's own account, and a token that \
          goes over plain HTTP is anyone's.",
    level: Level::Error,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://github.com/kubernetes/dashboard/blob/v2.7.0/docs/common/dashboard-arguments.md",
        "https://github.com/kubernetes/dashboard/blob/v2.7.0/docs/user/access-control/README.md",
        "CVE-2018-18264",
    ],
    linux: false,
    check: Check::Pod(check),
};

fn check(pod: Pod<'_>, _: &Context<'_>) -> Vec<Finding> {
    let whole = |it: &Container<'_>| dashboard::program(*it) == Some(Program::Whole);
    pod.containers().filter(whole).flat_map(look).collect()
}

fn look(container: Container<'_>) -> Vec<Finding> {
    let flags = Flags::of(container);
    let account = container.pod().account();
    let skips = flags.on(login::SKIP).map(|flag| {
        let message = format!("whoever skips the login of the Dashboard works as `{account}`");
        Finding::on(container, flag.node, message, login::unskipped(&flags))
    });
    let insecure = flags.on(login::INSECURE).map(|flag| {
        let message = match login::serves_https(&flags) {
            true => {
                "people might log in to the Dashboard over plain HTTP, if it did not serve HTTPS"
            }
            false => "people log in to the Dashboard over plain HTTP",
        };
        Finding::on(container, flag.node, message, login::secured(&flags, &account)).warning()
    });
    let settings = flags.on(login::SETTINGS).map(|flag| {
        let message = "anyone may open the settings of the Dashboard";
        Finding::on(container, flag.node, message, login::authorized(&flags)).warning()
    });
    let modes = flags.value(login::MODE).unwrap_or_default();
    let passwords = modes.split(',').any(|mode| mode.trim() == "basic");
    let passwords = flags.named(login::MODE).last().filter(|_| passwords).map(|flag| {
        let message = "the Dashboard asks for passwords";
        Finding::on(container, flag.node, message, Fix::manual(login::NO_PASSWORDS)).note()
    });
    let open = Login::of(container, &flags).opening(&account).map(|(message, advice)| {
        let field = if container.at("args").is_some() { "args" } else { "image" };
        Finding::at(container, field, message, Fix::manual(advice))
    });
    [skips, insecure, settings, passwords, open].into_iter().flatten().collect()
}
