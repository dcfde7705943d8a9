//! How the Dashboard knows whom it speaks with.
//!
//! In: the [`Flags`] of its container, and the version of its image. Out: a [`Login`], and what takes
//! away the flags that weaken it.
//!
//! Source: `isLoginEnabled` and `isSecureModeEnabled` of
//! `github.com/kubernetes/dashboard/src/app/backend/client` at v1.10.1 and v2.7.0: a request that
//! comes without TLS is taken for one of the Dashboard's own account, unless `--enable-insecure-login`
//! says otherwise.

use super::{Fix, flags::Flags};
use crate::manifest::Container;

pub(super) const SKIP: &str = "enable-skip-login";
pub(super) const INSECURE: &str = "enable-insecure-login";
pub(super) const SETTINGS: &str = "disable-settings-authorizer";
pub(super) const MODE: &str = "authentication-mode";
pub(super) const NO_PASSWORDS: &str = "API servers take none since Kubernetes 1.19: say `--authentication-mode=token`, and give those \
     who log in a token of an account of their own.";
const IN_A_TEXT: &str = "It stands in a longer text: take it away there.";

/// Whom it asks to log in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    /// Everyone, over HTTPS; plain HTTP is not served.
    Https,
    /// Everyone, over HTTP.
    Http,
    /// Nobody, since it serves HTTP and was not told to ask.
    Nobody,
    /// Nobody who does not want to: its version lets everyone skip it.
    OldVersion,
    /// It is not all said here.
    Hidden,
}

impl Login {
    pub(super) fn of(container: Container<'_>, flags: &Flags<'_>) -> Login {
        match () {
            _ if version(&container.image()).is_some_and(|version| version < [1, 10, 1]) => {
                Login::OldVersion
            }
            _ if serves_https(flags) => Login::Https,
            _ if flags.on(INSECURE).is_some() => Login::Http,
            _ if flags.hidden => Login::Hidden,
            _ => Login::Nobody,
        }
    }

    /// What is open although no flag says so, and what to do about it.
    pub(super) fn opening(self, account: &str) -> Option<(String, &'static str)> {
        match self {
            Login::Nobody => Some((
                format!("the Dashboard serves plain HTTP, and lets everyone work as `{account}`"),
                "Over plain HTTP it asks nobody to log in. Let it serve HTTPS, with \
                 `--auto-generate-certificates` or a certificate of your own, and lead the Service \
                 and the probe to port 8443.",
            )),
            Login::OldVersion => Some((
                format!("this version of the Dashboard lets everyone work as `{account}`"),
                "Before 1.10.1 anyone can skip the login: take a version that is still maintained, \
                 or do without the Dashboard.",
            )),
            _ => None,
        }
    }
}

/// Whether it serves HTTPS, and nothing else.
pub(super) fn serves_https(flags: &Flags<'_>) -> bool {
    let has = |name| flags.value(name).is_some_and(|value| !value.is_empty());
    flags.on("auto-generate-certificates").is_some() || has("tls-cert-file") && has("tls-key-file")
}

/// The version that the tag of an image names.
fn version(image: &str) -> Option<[u32; 3]> {
    let tag = image.split('@').next()?.rsplit('/').next()?.split_once(':')?.1;
    let mut parts = tag.strip_prefix('v').unwrap_or(tag).split('.');
    let mut part = || {
        let part = parts.next()?;
        let end = part.find(|char: char| !char.is_ascii_digit()).unwrap_or(part.len());
        part[..end].parse().ok()
    };
    Some([part()?, part()?, part()?])
}

/// Lets nobody skip the login.
pub(super) fn unskipped(flags: &Flags<'_>) -> Fix {
    let Some(wishes) = flags.without(SKIP) else { return Fix::manual(IN_A_TEXT) };
    Fix::risky(
        wishes,
        "Who skipped it has to bring a token: check that no proxy before it leans on that.",
    )
}

/// Lets only those open the settings who may write them.
pub(super) fn authorized(flags: &Flags<'_>) -> Fix {
    let Some(wishes) = flags.without(SETTINGS) else { return Fix::manual(IN_A_TEXT) };
    Fix::risky(wishes, "Check that those who change its settings may do so as themselves.")
}

/// Lets nobody log in over plain HTTP.
///
/// Where it serves nothing else, the flag is what makes it ask at all.
pub(super) fn secured(flags: &Flags<'_>, account: &str) -> Fix {
    if !serves_https(flags) {
        return Fix::manual(format!(
            "Do not only take the flag away: over plain HTTP it would then ask nobody to log in, and \
             let everyone work as `{account}`. Let it serve HTTPS first, with \
             `--auto-generate-certificates` or a certificate of your own, and lead the Service and \
             the probe to port 8443."
        ));
    }
    match flags.without(INSECURE) {
        Some(wishes) => Fix::safe(wishes, "It serves HTTPS, where the flag changes nothing."),
        None => Fix::manual(IN_A_TEXT),
    }
}
