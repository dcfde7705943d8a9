//! Whom the subject of a binding means.
//!
//! In: the subject. Out: a [`Whom`]: an account, a user or a group.

use std::{borrow::Cow, fmt};

use super::source::text;
use crate::yaml::Node;

/// Whom a subject means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom<'t> {
    /// One ServiceAccount; also if it is named as the user that it is to the API server.
    Account {
        /// Its namespace, as far as that is known.
        namespace: Option<Cow<'t, str>>,
        /// Its name.
        name: Cow<'t, str>,
    },
    /// A user whom something else knows.
    User(Cow<'t, str>),
    /// All that are in a group.
    Group(Cow<'t, str>),
}

/// The group of all that show who they are.
const AUTHENTICATED: &str = "system:authenticated";
/// The group of all accounts; and, with a namespace behind it, of those in one.
const ACCOUNTS: &str = "system:serviceaccounts";

impl<'t> Whom<'t> {
    /// Whom a subject means in a binding that is in a namespace; none if it means nobody.
    pub(super) fn of(subject: Node<'t>, namespace: Option<&Cow<'t, str>>) -> Option<Whom<'t>> {
        let (kind, name) = (text(subject, "kind")?, text(subject, "name")?);
        match &*kind {
            "ServiceAccount" => {
                // The API server takes subjects that name none, and means the binding's.
                let namespace = text(subject, "namespace").or_else(|| namespace.cloned());
                Some(Whom::Account { namespace, name })
            }
            "User" | "SystemUser" => {
                let account = name.strip_prefix("system:serviceaccount:");
                let Some((namespace, account)) = account.and_then(|it| it.split_once(':')) else {
                    return Some(Whom::User(name));
                };
                let owned = |text: &str| Cow::Owned(text.to_owned());
                Some(Whom::Account { namespace: Some(owned(namespace)), name: owned(account) })
            }
            "Group" | "SystemGroup" => Some(Whom::Group(name)),
            _ => None,
        }
    }

    /// Whether it means everyone, and who they are is not even asked.
    pub fn is_anonymous(&self) -> bool {
        match self {
            Whom::Account { .. } => false,
            Whom::User(name) => name == "system:anonymous",
            Whom::Group(name) => name == "system:unauthenticated",
        }
    }

    /// Whether it means all that show who they are, be they people or pods.
    pub fn is_authenticated(&self) -> bool {
        matches!(self, Whom::Group(name) if name == AUTHENTICATED)
    }

    /// Whether it means everyone who is in some way known to the cluster: all of them, all accounts,
    /// or all that OpenShift lets log in.
    pub fn is_everyone(&self) -> bool {
        let groups = [AUTHENTICATED, ACCOUNTS, "system:authenticated:oauth"];
        matches!(self, Whom::Group(name) if groups.contains(&&**name))
    }

    /// Whether it is a group that accounts are in.
    pub fn is_of_accounts(&self) -> bool {
        let Whom::Group(name) = self else { return false };
        name == AUTHENTICATED || name == ACCOUNTS || self.accounts_of().is_some()
    }

    /// The namespace whose accounts are the group.
    pub fn accounts_of(&self) -> Option<&str> {
        let Whom::Group(name) = self else { return None };
        name.strip_prefix(ACCOUNTS)?.strip_prefix(':')
    }

    /// Whether the name is one that Kubernetes keeps for itself.
    pub fn is_of_system(&self) -> bool {
        match self {
            Whom::Account { namespace, .. } => namespace.as_deref() == Some("kube-system"),
            Whom::User(name) | Whom::Group(name) => {
                name.starts_with("system:") || name.starts_with("kubeadm:")
            }
        }
    }

    /// `ServiceAccount`
    pub fn kind(&self) -> &'static str {
        match self {
            Whom::Account { .. } => "ServiceAccount",
            Whom::User(_) => "User",
            Whom::Group(_) => "Group",
        }
    }

    /// The name alone.
    pub fn name(&self) -> &str {
        let (Whom::Account { name, .. } | Whom::User(name) | Whom::Group(name)) = self;
        name
    }

    /// The namespace of an account, as far as that is known.
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Whom::Account { namespace, .. } => namespace.as_deref(),
            _ => None,
        }
    }
}

/// ``ServiceAccount `shop/web` ``
impl fmt::Display for Whom<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = (self.kind(), self.name());
        match self.namespace() {
            Some(namespace) => write!(f, "{kind} `{namespace}/{name}`"),
            None => write!(f, "{kind} `{name}`"),
        }
    }
}
