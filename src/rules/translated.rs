//! The policy that says what a PodSecurityPolicy said and no level says.
//!
//! In: the PodSecurityPolicy, and the policy that it amounts to. Out: whether that is there, what
//! writes it, and where each field went.

use super::{Finding, Fix, Missing, World};
use crate::{
    generate::{Field, Policy, Went},
    manifest::Object,
};

/// Whether the policy is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is not.
    Free,
    /// It is there and asks for the same.
    Same,
    /// One that asks for something else has its name.
    Taken,
    /// Another PodSecurityPolicy of the same file amounts to one of its name.
    Shared,
}

impl Place {
    pub(super) fn of(object: Object<'_>, policy: &Policy, world: &World<'_>) -> Place {
        let called =
            |kind, name: String| world.inventory.of_kind(kind).filter(move |it| it.name() == *name);
        let mut there = called("ValidatingAdmissionPolicy", policy.name.clone()).peekable();
        if there.peek().is_some() {
            let [policy, _] = policy.objects();
            // What it bears besides is for those who keep it.
            let same =
                |it: Object<'_>| it.node().get("spec").is_some_and(|its| its.says(&policy["spec"]));
            return if there.all(same) { Place::Same } else { Place::Taken };
        }
        let mut twins = called("PodSecurityPolicy", object.name().into_owned());
        let place = |it: Object<'_>| (it.document(), it.pointer());
        match twins.any(|it| it.source() == object.source() && place(it) != place(object)) {
            true => Place::Shared,
            false => Place::Free,
        }
    }

    /// What writes the policy; nothing, if it is there.
    pub(super) fn fix(self, policy: &Policy) -> Option<Fix> {
        let name = &policy.name;
        match self {
            Place::Same => None,
            Place::Taken => Some(Fix::manual(format!(
                "A ValidatingAdmissionPolicy `{name}` is there and asks for something else: see which \
                 of the two is meant."
            ))),
            Place::Shared => Some(Fix::manual(
                "Another one of its name is in this file: see which of the two is meant.",
            )),
            Place::Free => {
                let reason = "It warns and audits, and refuses nothing. Where pods used several \
                              policies, it warns of those that only another one let pass.";
                let [policy, binding] = policy.objects();
                let fix = Fix::safe([], reason).writing(Missing::behind(policy));
                Some(fix.writing(Missing::behind(binding)))
            }
        }
    }
}

/// Where a field went.
pub(super) fn tell(
    object: Object<'_>,
    field: &Field,
    level: &str,
    policy: &str,
    place: Option<Place>,
) -> Finding {
    let name = field.name;
    let (went, todo) = match field.went {
        Went::Level => (format!("the level `{level}` says it"), "Label the namespaces."),
        Went::Validation => match place {
            Some(Place::Taken | Place::Shared) => {
                (format!("a policy has to ask for it; see whether `{policy}` does"), WARNS)
            }
            _ => (format!("the policy `{policy}` asks for it"), WARNS),
        },
        Went::Default => ("nothing writes it into pods any more".to_owned(), DEFAULT),
        Went::Nowhere(why) => (format!("nothing takes its place, since {why}"), "Let it go."),
    };
    let path = ["spec", "metadata/annotations"].into_iter();
    let found = path.filter_map(|path| object.node().at(path)?.get(name)).next();
    let silent = if field.stated { "" } else { ", where nothing is said" };
    let message = format!("`{name}`{silent}: {went}");
    Finding::about(object, found.unwrap_or(object.node()), message, Fix::manual(todo)).note()
}

const WARNS: &str = "See that it warns of nothing, and let its binding deny then.";
const DEFAULT: &str = "Say it in the pods that need it.";
