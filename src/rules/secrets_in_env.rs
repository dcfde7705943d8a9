use super::{Check, Context, Finding, Fix, Level, Profile, Rule, Version};
use crate::manifest::{Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "secrets-in-env",
    title: "Secrets must not stand in the environment of a container",
    why: "Whoever may read the manifest, the repository or the pod has the secret; and it can be changed \
          only where it stands.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &["https://kubernetes.io/docs/concepts/configuration/secret/"],
    linux: false,
    check: Check::Pod(check),
};

/// What names of variables end in that hold secrets.
const NAMES: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "CREDENTIALS",
    "API_KEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "SECRET_KEY",
    "ENCRYPTION_KEY",
    "SIGNING_KEY",
];
/// What secrets begin with that are known by it.
const BEGINNINGS: &[&str] =
    &["-----BEGIN ", "AKIA", "AIza", "ghp_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "sk_live_"];
/// What says where a secret is, to whatever puts it there.
const REFERENCES: &[&str] =
    &["$(", "${", "{{", "<", "/", "vault:", "ref+", "op://", "azurekeyvault"];

fn check(pod: Pod<'_>, _: &Context<'_>) -> Vec<Finding> {
    let variables = pod.containers().flat_map(|it| it.list("env").map(move |entry| (it, entry)));
    let found = variables.filter_map(|(container, entry)| {
        let (name, node) = (entry.get("name")?.as_str()?, entry.get("value")?);
        let value = node.as_str()?;
        let why = match () {
            _ if BEGINNINGS.iter().any(|begin| value.starts_with(begin)) => "is a key",
            _ if has_password(&value) => "has a password in its address",
            _ if is_named_so(&name) && is_literal(&value) => "seems to be a secret",
            _ => return None,
        };
        let message = format!("`{name}` of container `{}` {why}", container.name());
        let fix = Fix::manual(
            "Put it into a Secret, name that by `valueFrom.secretKeyRef`, and change it: who has \
             read this has it.",
        );
        Some(Finding::on(container, node, message, fix).warning())
    });
    found.collect()
}

fn is_named_so(name: &str) -> bool {
    let is_joint = |byte: &u8| b"_-.".contains(byte);
    NAMES.iter().any(|end| {
        let Some(start) = name.len().checked_sub(end.len()) else { return false };
        let (before, its) = name.as_bytes().split_at(start);
        let alike =
            |(its, end): (&u8, u8)| its.eq_ignore_ascii_case(&end) || end == b'_' && is_joint(its);
        its.iter().zip(end.bytes()).all(alike) && before.last().is_none_or(is_joint)
    })
}

fn is_literal(value: &str) -> bool {
    let said = !matches!(&*value.to_ascii_lowercase(), "" | "true" | "false" | "yes" | "no");
    said && !REFERENCES.iter().any(|reference| value.starts_with(reference))
}

/// `scheme://user:password@host`
fn has_password(value: &str) -> bool {
    let user = || value.split_once("://")?.1.split(['/', '?']).next()?.rsplit_once('@');
    let password = user().and_then(|(user, _)| user.split_once(':'));
    password.is_some_and(|(_, password)| is_literal(password))
}
