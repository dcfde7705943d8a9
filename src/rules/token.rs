//! What bears on the API token of a pod.
//!
//! In: a [`Pod`], what is known of its images, and who may do what. Out: what speaks for the token,
//! and the fix that keeps it.

use super::{
    Context, Evidence, Fix, Role, automount_service_account_token::FIELD, identity::noted,
};
use crate::{
    images::{Grade, Token},
    manifest::{Binding, Configured, Container, Object, Part as _, Pod, TokenUse},
    yaml::Node,
};

/// What speaks for the token of a pod.
pub(super) struct Use {
    /// A fragment: `` `web` runs … ``.
    pub(super) shown: String,
    /// Whether it certainly needs it; else it only looks so.
    certain: bool,
    pub(super) evidence: Option<Evidence>,
}

impl Use {
    /// The first thing that speaks for it, the strongest first.
    pub(super) fn of(pod: Pod<'_>, context: &Context<'_>) -> Option<Use> {
        granted(pod, context)
            .or_else(|| {
                let TokenUse { shown, certain, node } = pod.uses_token()?;
                let evidence = context.shown_at(pod, node, &shown);
                Some(Use { shown, certain, evidence })
            })
            .or_else(|| told(pod, context))
            .or_else(|| configured(pod, context))
    }

    /// Says that the pod mounts the token.
    ///
    /// What only looks like a use of it is for a person to check; and so is an account that nobody
    /// sees, since it may say `false` itself.
    pub(super) fn keep(self, pod: Pod<'_>, field: &str, context: &Context<'_>) -> Fix {
        let wish = pod.set(field, true);
        let reason = format!("It keeps the token that it seems to use: {}.", self.shown);
        let namespace = context.inventory.namespace_of(pod.object());
        let account = pod.account();
        let is_seen = account == "default"
            || context.inventory.accounts(namespace.as_deref(), &account).next().is_some();
        let check = match (self.certain, is_seen) {
            (true, true) => return Fix::safe([wish], reason).resting_on(self.evidence),
            (false, true) => "Say `false` if it does not speak to the API server.".to_owned(),
            (_, false) => {
                format!("`{account}` is not in these files: check that it does not say `false`.")
            }
        };
        Fix::risky([wish], format!("{reason} {check}")).resting_on(self.evidence)
    }
}

/// Whether its account has a pod mount the token that says nothing of it: all that have its name and
/// are at hand say that it does not, if any.
pub(super) fn is_mounted_by_account(pod: Pod<'_>, context: &Context<'_>) -> bool {
    let namespace = context.inventory.namespace_of(pod.object());
    let account = pod.account();
    let mut accounts = context.inventory.accounts(namespace.as_deref(), &account).peekable();
    let off = |object: Object<'_>| object.node().get(FIELD).and_then(Node::as_bool) == Some(false);
    accounts.peek().is_none() || !accounts.all(off)
}

/// Mounts no token, since nothing speaks for it.
pub(super) fn leave(pod: Pod<'_>, field: &str, context: &Context<'_>) -> Fix {
    let (wish, account) = (pod.set(field, false), pod.account());
    let silent = silent(pod.containers(), context).filter(|_| account == "default");
    if let Some(evidence) = silent {
        let reason =
            "No program of its images speaks to the API server, and no binding gives it rights.";
        return Fix::safe([wish], reason).resting_on(evidence);
    }
    let what = match &*account {
        "default" => "Check that nothing outside of these files gives rights to `default`",
        _ => "It has an account of its own: check that it does not call the API server",
    };
    let reason = format!("{what}, and that no sidecar that is injected needs the token.");
    Fix::risky([wish], reason)
}

/// A binding that gives rights to its account.
fn granted(pod: Pod<'_>, context: &Context<'_>) -> Option<Use> {
    let (inventory, account) = (context.inventory, pod.account());
    let Binding { kind, name, source, document, at, certain, .. } =
        inventory.bindings_of(pod.object(), &account).into_iter().next()?;
    let seems = if certain { "gives" } else { "seems to give" };
    let shown = format!("{kind} `{name}` {seems} rights to `{account}`");
    let evidence = context.settings.evidence.then(|| Evidence::Object {
        role: Role::Binding,
        name,
        shown: shown.clone(),
        place: inventory.place(source, document, &at),
    });
    Some(Use { shown, certain, evidence })
}

/// What is known of its images that speaks for the token.
fn told(pod: Pod<'_>, context: &Context<'_>) -> Option<Use> {
    pod.containers().find_map(|container| known(container, context))
}

/// What is known for certain of its images that speaks for the token.
pub(super) fn proven(pod: Pod<'_>, context: &Context<'_>) -> Option<Use> {
    pod.containers().filter_map(|it| known(it, context)).find(|known| known.certain)
}

/// What is known of an image that speaks for the token.
fn known(container: Container<'_>, context: &Context<'_>) -> Option<Use> {
    let image = context.image(container).filter(|image| image.token == Token::Yes)?;
    let shown = format!("`{}` speaks to the API server{}", image.family, noted(image.token_why));
    let grade = image.token_grade();
    let evidence = context.known(container, image, grade);
    Some(Use { shown, certain: grade.is_proof(), evidence })
}

/// What speaks for the token in one container: its image, or what it runs and is told.
pub(super) fn used_by(container: Container<'_>, context: &Context<'_>) -> Option<Use> {
    known(container, context).or_else(|| {
        let shown = container.speaks_to_api()?;
        let evidence = context.shown(container, &shown);
        Some(Use { shown, certain: false, evidence })
    })
}

/// What its configuration says.
pub(super) fn configured(pod: Pod<'_>, context: &Context<'_>) -> Option<Use> {
    let Configured { shown, name, object } = context.inventory.configured(pod)?;
    let evidence = match object {
        Some(object) => context.shown_by(Role::ConfigMap, object, &shown),
        None => context.settings.evidence.then(|| Evidence::Object {
            role: Role::ConfigMap,
            name,
            shown: shown.clone(),
            place: None,
        }),
    };
    Some(Use { shown, certain: false, evidence })
}

/// What shows that its images do not speak to the API server, one for each container if anyone
/// asks; nothing if that is not known of all.
pub(super) fn silent<'p>(
    containers: impl Iterator<Item = Container<'p>>,
    context: &Context<'_>,
) -> Option<Vec<Evidence>> {
    let mut evidence = Vec::new();
    for container in containers {
        let image = context.image(container).filter(|image| image.token == Token::No)?;
        let grade = image.token_grade();
        let own = container.has_command() && grade != Grade::Declared;
        if own || !grade.is_proof() {
            return None;
        }
        evidence.extend(context.known(container, image, grade));
    }
    Some(evidence)
}
