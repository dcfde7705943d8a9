//! Who gets the token of an account: the pods that run as it, here and elsewhere.
//!
//! In: a ServiceAccount, or the [`Pod`]s that name it. Out: those that leave it to the account, and
//! what a person has to know before the account gives it to nobody who does not ask.

use super::{
    Context, Fix, Trust, World, automount_service_account_token as pods,
    automount_service_account_token::FIELD,
};
use crate::manifest::{Object, Part as _, Pod};

/// Annotations that give pods the identity of a cloud. None needs the token that the API server
/// mounts: webhooks of EKS and Azure project one of their own, and GKE asks for it by itself.
const CLOUDS: &[&str] = &[
    "azure.workload.identity/client-id",
    "eks.amazonaws.com/role-arn",
    "iam.gke.io/gcp-service-account",
];

/// Those that do not say whether they mount it.
pub(super) fn silent<'t>(users: &[Pod<'t>]) -> impl Iterator<Item = Pod<'t>> {
    users.iter().copied().filter(|pod| pod.flag(FIELD).is_none())
}

/// The first that does not say it, and that no fix makes say it.
pub(super) fn mute<'t>(users: &[Pod<'t>], world: &World<'_>) -> Option<Pod<'t>> {
    silent(users).find(|pod| {
        let images = world.images(*pod);
        let context = Context::new(world, *pod, &images);
        let mut findings = match world.settings.runs(&pods::RULE) {
            true => pods::check(*pod, &context),
            false => Vec::new(),
        };
        findings.iter_mut().for_each(|finding| world.settings.amend(&pods::RULE, finding));
        let says = |fix: &Fix| fix.trust > Trust::Manual && fix.changes();
        !findings.iter().any(|finding| says(&finding.fix))
    })
}

/// Why one that no pod here names is left as it is.
pub(super) fn absent(account: Object<'_>, world: &World<'_>) -> Fix {
    let name = account.name();
    let bindings = world.inventory.bindings_of(account, &name);
    let whose = match bindings.first() {
        Some(binding) => format!(
            "{} `{}` gives it rights, so that something is to run as it: an operator may make pods \
             that say nothing of the token.",
            binding.kind, binding.name
        ),
        None => "Whoever runs as it is not in these files.".to_owned(),
    };
    Fix::manual(format!(
        "{whose} Say `{FIELD}: false` once you know that each of them says for itself whether it \
         mounts it.{}",
        besides(account)
    ))
}

/// What to check before it gives it to nobody who does not ask.
pub(super) fn check_what(account: Object<'_>) -> String {
    let others = match &*account.name() {
        "default" => "no pod of the namespace that names no account leans on it",
        _ => "nothing else runs as it, such as pods that an operator makes",
    };
    format!(
        "Each pod here that runs as it says for itself whether it mounts the token. Check that \
         {others}.{}",
        besides(account)
    )
}

/// What it gives besides, which stays as it is.
fn besides(account: Object<'_>) -> String {
    let node = account.node();
    let annotations = node.at("metadata/annotations");
    let cloud = CLOUDS.iter().find(|key| annotations.is_some_and(|its| its.get(key).is_some()));
    let cloud =
        cloud.map(|key| format!(" What `{key}` gives comes by a token of its own, and stays."));
    let legacy = node.get("secrets").filter(|list| list.items().next().is_some()).map(|_| {
        " Tokens that its `secrets` name stay valid until someone deletes them.".to_owned()
    });
    cloud.into_iter().chain(legacy).collect()
}
