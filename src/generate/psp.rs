//! PodSecurityPolicies in the words of today: a level of Pod Security, and what no level says.
//!
//! In: the spec of a PodSecurityPolicy, which is gone since Kubernetes 1.25. Out: a [`Translation`],
//! which says of each field where it went.
//!
//! What a field means is what the API server of 1.24 made of it; which level it amounts to stands in
//! <https://kubernetes.io/docs/reference/access-authn-authz/psp-to-pod-security-standards/>.

mod cel;
mod container;
mod pod;
mod spec;
mod volume;

use super::{Action, Policy};
use crate::yaml::Value;

use spec::Spec;

/// A level of Pod Security, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standard {
    /// It asks for nothing.
    Privileged,
    /// It keeps known ways onto the node shut.
    Baseline,
    /// It is best practice for pods.
    Restricted,
}

/// What a PodSecurityPolicy amounts to.
#[derive(Clone, Debug)]
pub struct Translation {
    /// The highest level whose labels ask for nothing that the policy lets pass, as far as it says
    /// anything of it.
    pub level: Standard,
    /// The fields that let it be no higher: the next level asks for something that they let pass.
    pub bounds: Vec<&'static str>,
    /// What the level does not say; none if it says all.
    pub policy: Option<Policy>,
    /// Where each field went that the policy states, and each other one that the generated policy
    /// asks for; in the order of their names.
    pub fields: Vec<Field>,
}

/// A field of a PodSecurityPolicy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in the spec, or that of an annotation.
    pub name: &'static str,
    /// Whether it is said, and not only what the policy means where it is silent.
    pub stated: bool,
    /// Where it went.
    pub went: Went,
}

/// Where a field went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// The level says it.
    Level,
    /// The generated policy asks for it.
    Validation,
    /// It wrote into pods, which have to say it now by themselves.
    Default,
    /// Nowhere; the reason why.
    Nowhere(&'static str),
}

/// What one field asks for.
struct Term {
    name: &'static str,
    /// Whether the policy says anything of it, and not only what it means when it is silent.
    stated: bool,
    /// The highest level that lets pass all that it lets pass.
    allows: Standard,
    /// What it asks for.
    ask: Option<Ask>,
    /// Where it went, if it asks for nothing.
    otherwise: Went,
}

/// What a validation asks for.
struct Ask {
    variable: Option<(&'static str, String)>,
    validation: k8s_openapi::api::admissionregistration::v1::Validation,
    /// The lowest level that asks for as much or more.
    implied: Option<Standard>,
}

impl Standard {
    /// As labels have it.
    pub fn name(self) -> &'static str {
        match self {
            Standard::Privileged => "privileged",
            Standard::Baseline => "baseline",
            Standard::Restricted => "restricted",
        }
    }
}

impl Translation {
    /// Translates the policy of an object, whose own policy is called `name`, and holds for the
    /// given namespaces; for all but those of the system, if there are none.
    ///
    /// Errors: the spec is none of a PodSecurityPolicy.
    pub fn of(object: &Value, name: &str, namespaces: &[String]) -> Result<Translation, String> {
        let spec = Spec::parse(object)?;
        let terms = spec.terms();
        let level = terms.iter().map(|term| term.allows).min().unwrap_or(Standard::Privileged);
        let mut bounds: Vec<&str> = match level {
            Standard::Restricted => Vec::new(),
            _ => terms.iter().filter(|it| it.allows == level).map(|it| it.name).collect(),
        };
        bounds.sort_unstable();
        bounds.dedup();
        let (mut variables, mut validations, mut fields) = (Vec::new(), Vec::new(), Vec::new());
        for Term { name, stated, ask, otherwise, .. } in terms {
            let went = match ask {
                None => otherwise,
                Some(ask) if ask.implied.is_some_and(|implied| level >= implied) => Went::Level,
                Some(ask) => {
                    variables.extend(ask.variable);
                    validations.push(ask.validation);
                    Went::Validation
                }
            };
            let tells = stated || went == Went::Validation;
            fields.extend(tells.then_some(Field { name, stated, went }));
        }
        fields.sort_by_key(|field| field.name);
        let policy = Policy {
            name: name.to_owned(),
            variables,
            validations,
            action: Action::Warn,
            namespaces: namespaces.to_vec(),
        };
        let policy = Some(policy).filter(|policy| !policy.validations.is_empty());
        Ok(Translation { level, bounds, policy, fields })
    }
}
