//! The fix that takes capabilities from a container that is not root, but those that it needs.
//!
//! In: a [`Container`], and what is known of its image. Out: a [`Fix`].

use super::{
    Context, Fix, Identity, Trust, drop_capabilities::DROP, low_port, quoted, run_as,
    run_as_non_root,
};
use crate::{
    images::{Grade, Image, User},
    manifest::{Container, Part as _, Pod},
    yaml::Node,
};

/// What `restricted` lets a container add.
pub(super) const BIND: &str = "NET_BIND_SERVICE";
const ADD: &str = "securityContext/capabilities/add";

pub(super) fn drop(container: Container<'_>, context: &Context<'_>) -> Fix {
    let mut fix = match context.identity(container) {
        Ok(Identity::Numbers(_, image)) if starts_as_root(container, image) => {
            let Some((trust, other)) = run_as::fix_of(container, context) else {
                let id = run_as_non_root::RULE.id;
                return Fix::manual(format!("It starts as root, and no fix of `{id}` ends that."));
            };
            if trust == Trust::Manual {
                return Fix::manual(format!("It starts as root, and stays so: {}", other.reason));
            }
            // With all of them gone it would not start as root, nor become another user.
            let mut fix = known(container, image, context);
            if fix.trust == Trust::Manual {
                return fix;
            }
            fix.trust = fix.trust.min(trust);
            fix.wishes.extend_from_slice(&other.wishes);
            fix
        }
        Ok(Identity::Said) if let Some(image) = context.image(container) => {
            known(container, image, context)
        }
        // A program of another user than root has none of them in effect, but by its file.
        Ok(Identity::Image(image) | Identity::Numbers(_, image)) => {
            known(container, image, context)
        }
        _ => Fix::risky(
            [container.include(DROP, "ALL")],
            "Check that it does not change owners or switch users; what it needs goes to `add`.",
        ),
    };
    if let Some(port) = container.low_port().filter(|_| fix.trust != Trust::Manual) {
        fix.free(container.pod(), port, context);
    }
    fix
}

/// Whether a container starts as root if nobody says otherwise.
fn starts_as_root(container: Container<'_>, image: &Image<'_>) -> bool {
    matches!(image.user, User::Root | User::Unknown) && container.non_root() != Some(true)
}

/// Why what is added has to stay, if the program of the image does not start without.
pub(super) fn needed(
    container: Container<'_>,
    added: &[Node<'_>],
    context: &Context<'_>,
) -> Option<String> {
    let image = context.image(container)?;
    let name = |node: &Node<'_>| {
        let name = node.text().to_ascii_uppercase();
        name.strip_prefix("CAP_").map_or_else(|| name.clone(), str::to_owned)
    };
    let need = added.iter().map(name).find(|name| image.capabilities.keep.contains(&&**name))?;
    Some(format!("`{}` does not start without `{need}`, which its file asks for.", image.family))
}

/// What of them the image is known to need without root.
fn known(container: Container<'_>, image: &Image<'_>, context: &Context<'_>) -> Fix {
    let evidence = context.known(container, image, image.capabilities_grade());
    fix_of(container, image).resting_on(evidence)
}

fn fix_of(container: Container<'_>, image: &Image<'_>) -> Fix {
    let mut wishes = vec![container.include(DROP, "ALL")];
    let kept = image.capabilities.keep.iter();
    let added: Vec<_> = container.added().collect();
    let kept: Vec<&str> =
        kept.filter(|its| !added.iter().any(|add| add == *its)).copied().collect();
    wishes.extend(kept.iter().map(|its| container.include(ADD, *its)));
    let family = image.family;
    // What would be added is refused in its turn.
    if let Some(refused) = kept.iter().find(|its| **its != BIND) {
        return Fix::manual(format!(
            "`{family}` does not start without `{refused}`, which its file asks for and \
             `restricted` refuses: `add` it beside `drop: [ALL]`, in a namespace of its own."
        ));
    }
    let grade = image.capabilities_grade();
    let own = container.has_command() && grade != Grade::Declared;
    match () {
        _ if own => {
            let check = "check that it is so with the command that it is given";
            Fix::risky(wishes, format!("`{family}` is known to need no others: {check}."))
        }
        _ if !grade.is_proof() => {
            Fix::risky(wishes, format!("`{family}` seems to need no others: check it."))
        }
        _ if kept.is_empty() => {
            Fix::safe(wishes, format!("`{family}` needs none where it is not root."))
        }
        _ => Fix::safe(
            wishes,
            format!(
                "`{family}` does not start without {}, which its file asks for.",
                quoted(&kept)
            ),
        ),
    }
}

impl Fix {
    /// Lets whoever is not root bind a low port too, or says that it has to change.
    fn free(&mut self, pod: Pod<'_>, port: i64, context: &Context<'_>) {
        let mut reason = std::mem::take(&mut self.reason).into_owned();
        match low_port::free(pod, context) {
            Some((wishes, trust)) => {
                self.wishes.extend(wishes);
                self.trust = self.trust.min(trust);
                reason.push_str(&format!(" The sysctl lets it listen at port {port}."));
            }
            // The API server refuses sysctls of the network beside `hostNetwork`.
            None => {
                self.trust = Trust::Risky.min(self.trust);
                reason.push_str(&format!(
                    " It declares port {port}: let it listen above 1023, or `add` \
                     `NET_BIND_SERVICE` if it stays root."
                ));
            }
        }
        self.reason = reason.into();
    }
}
