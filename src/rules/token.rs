//! What bears on the API token of a pod.
//!
//! In: a [`Pod`], what is known of its images, and who may do what. Out: what speaks for the token,
//! and the fix that keeps it.

use super::{Context, Fix, identity::noted};
use crate::{
    images::{Grade, Image, Token},
    manifest::{Binding, Part as _, Pod, TokenUse},
};

/// What speaks for the token.
pub(super) fn evidence(pod: Pod<'_>, context: &Context<'_>) -> Option<TokenUse> {
    let inventory = context.inventory;
    let namespace = inventory.namespace_of(pod.object());
    let account = pod.account();
    let binding = inventory.bindings_of(namespace.as_deref(), &account).into_iter().next();
    binding
        .map(|binding| granted(&account, &binding))
        .or_else(|| pod.uses_token())
        .or_else(|| told(pod, context))
        .or_else(|| {
            let shown = inventory.configured(pod)?;
            Some(TokenUse { shown, certain: false })
        })
}

/// Says that the pod mounts the token that something speaks for.
///
/// What only looks like a use of it is for a person to check; and so is an account that nobody sees,
/// since it may say `false` itself.
pub(super) fn keep(pod: Pod<'_>, field: &str, evidence: &TokenUse, context: &Context<'_>) -> Fix {
    let wish = pod.set(field, true);
    let reason = format!("It keeps the token that it seems to use: {}.", evidence.shown);
    let namespace = context.inventory.namespace_of(pod.object());
    let account = pod.account();
    let is_seen = account == "default"
        || context.inventory.accounts(namespace.as_deref(), &account).next().is_some();
    match (evidence.certain, is_seen) {
        (true, true) => Fix::safe([wish], reason),
        (false, true) => Fix::risky(
            [wish],
            format!("{reason} Say `false` if it does not speak to the API server."),
        ),
        (_, false) => Fix::risky(
            [wish],
            format!(
                "{reason} `{account}` is not in these files: check that it does not say `false`."
            ),
        ),
    }
}

fn granted(account: &str, binding: &Binding) -> TokenUse {
    let seems = if binding.certain { "gives" } else { "seems to give" };
    let shown = format!("{} `{}` {seems} rights to `{account}`", binding.kind, binding.name);
    TokenUse { shown, certain: binding.certain }
}

/// What is known of its images that speaks for the token.
fn told(pod: Pod<'_>, context: &Context<'_>) -> Option<TokenUse> {
    pod.containers().find_map(|container| {
        let image = context.image(container).filter(|image| image.token == Token::Yes)?;
        let shown =
            format!("`{}` speaks to the API server{}", image.family, noted(image.token_why));
        Some(TokenUse { shown, certain: image.token_grade().is_proof() })
    })
}

/// Whether all its images are known not to speak to the API server.
pub(super) fn is_known_silent(pod: Pod<'_>, context: &Context<'_>) -> bool {
    pod.containers().all(|container| {
        let silent = |image: Image<'_>| {
            let grade = image.token_grade();
            let own = container.has_command() && grade != Grade::Declared;
            image.token == Token::No && grade.is_proof() && !own
        };
        context.image(container).is_some_and(silent)
    })
}
