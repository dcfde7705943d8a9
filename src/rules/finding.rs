//! What a rule finds, and what would mend it.

use std::{borrow::Cow, fmt};

use super::{Evidence, Rule};
use crate::{
    manifest::{Object, Part},
    yaml::{Node, Pointer, Value, Wish},
};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Asks for a person's value, or tells a fact.
    Note,
    /// Hardening beyond the Pod Security Standards.
    Warning,
    /// Violates a Pod Security Standard, or opens a known hole.
    Error,
}

/// How far a fix may be trusted, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// Someone must decide, or give a value; shown, never written.
    Manual,
    /// Right for most workloads; may stop one that leans on what is taken away.
    Risky,
    /// Cannot stop the workload, or evidence shows that it keeps running.
    Safe,
}

/// One thing, in one place, that is not as it should be.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// What is wrong; a fragment in lower case, names in backticks.
    pub message: String,
    /// The node to look at, within its document: the line that is wrong, or what should hold it.
    pub at: Pointer,
    /// The container that it is about, if it is about one.
    pub container: Option<String>,
    /// What would mend it.
    pub fix: Fix,
}

/// What would mend a finding: all of it or nothing.
#[derive(Clone, Debug)]
pub struct Fix {
    /// How far it may be trusted.
    pub trust: Trust,
    /// What it changes; empty if it is for a person to mend.
    pub wishes: Vec<Wish>,
    /// Why it may be trusted that far, and what to check; for `Manual`: what a person has to do,
    /// and what stands in the way.
    pub reason: Cow<'static, str>,
    /// What it rests on, or what stands in its way; empty unless
    /// [`Settings::evidence`](super::Settings::evidence) is asked for.
    pub evidence: Vec<Evidence>,
    /// What it is to others; none for most.
    pub beyond: Option<Box<Beyond>>,
}

/// What a fix is beyond its own object.
#[derive(Clone, Debug, Default)]
pub struct Beyond {
    /// The objects that it writes.
    pub objects: Vec<Missing>,
    /// What fixes of other objects call it.
    pub tie: Option<Tie>,
    /// The fixes without which it is not written.
    pub needs: Vec<Tie>,
}

/// An object that is missing, and where it has to stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// The object.
    pub object: Value,
    /// Whether before the object that the finding is about, or behind it.
    pub before: bool,
}

/// What one fix is called by others: what a rule asks of an object, and of whom it speaks if that
/// is another object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tie {
    rule: &'static str,
    object: (usize, usize, Pointer),
    /// What to call the object.
    name: Box<str>,
    about: Option<(usize, usize, Pointer)>,
}

impl Finding {
    /// A violation of a Pod Security Standard: at the field if it stands there, else at the pod or
    /// the container that should hold it.
    pub(super) fn at<'t>(
        part: impl Part<'t>,
        field: &str,
        message: impl Into<String>,
        fix: Fix,
    ) -> Finding {
        let at = match part.at(field) {
            Some(_) => part.pointer().into_join(field),
            None => part.pointer(),
        };
        Finding::of(part, at, message, fix)
    }

    /// The same at a node that says it.
    pub(super) fn on<'t>(
        part: impl Part<'t>,
        node: Node<'t>,
        message: impl Into<String>,
        fix: Fix,
    ) -> Finding {
        Finding::of(part, part.address(node), message, fix)
    }

    /// Something about an object that runs no pods, at a node of it that says it.
    pub(super) fn about<'t>(
        object: Object<'t>,
        node: Node<'t>,
        message: impl Into<String>,
        fix: Fix,
    ) -> Finding {
        let at = object.address(node);
        Finding { level: Level::Error, message: message.into(), at, container: None, fix }
    }

    pub(super) fn of<'t>(
        part: impl Part<'t>,
        at: Pointer,
        message: impl Into<String>,
        fix: Fix,
    ) -> Finding {
        let container = part.container().map(|container| container.name().into_owned());
        Finding { level: Level::Error, message: message.into(), at, container, fix }
    }

    /// The same, but no Pod Security Standard asks for it.
    pub(super) fn warning(self) -> Finding {
        Finding { level: Level::Warning, ..self }
    }

    /// The same, and it waits for what a person has to say.
    pub(super) fn note(self) -> Finding {
        Finding { level: Level::Note, ..self }
    }
}

impl Fix {
    /// One that cannot stop the workload.
    pub(super) fn safe(wishes: impl Into<Vec<Wish>>, reason: impl Into<Cow<'static, str>>) -> Fix {
        Fix::new(Trust::Safe, wishes.into(), reason.into())
    }

    /// One that may stop the workload; the reason says what to check.
    pub(super) fn risky(wishes: impl Into<Vec<Wish>>, reason: impl Into<Cow<'static, str>>) -> Fix {
        Fix::new(Trust::Risky, wishes.into(), reason.into())
    }

    /// One that a person has to make; the reason says what stands in the way.
    pub(super) fn manual(reason: impl Into<Cow<'static, str>>) -> Fix {
        Fix::new(Trust::Manual, Vec::new(), reason.into())
    }

    pub(super) fn new(trust: Trust, wishes: Vec<Wish>, reason: Cow<'static, str>) -> Fix {
        Fix { trust, wishes, reason, evidence: Vec::new(), beyond: None }
    }

    /// The same, and it writes an object.
    pub(super) fn writing(mut self, object: Missing) -> Fix {
        self.beyond.get_or_insert_default().objects.push(object);
        self
    }

    /// The same, called so by others.
    pub(super) fn tied(mut self, tie: Tie) -> Fix {
        self.beyond.get_or_insert_default().tie = Some(tie);
        self
    }

    /// The same, and it is not written without another.
    pub(super) fn needing(mut self, tie: Tie) -> Fix {
        self.beyond.get_or_insert_default().needs.push(tie);
        self
    }

    /// The objects that it writes.
    pub fn objects(&self) -> &[Missing] {
        self.beyond.as_deref().map_or(&[], |beyond| &beyond.objects)
    }

    /// Whether it changes anything.
    pub fn changes(&self) -> bool {
        !self.wishes.is_empty() || !self.objects().is_empty()
    }
}

impl Missing {
    /// It has to stand before the object that the finding is about.
    pub fn before(object: Value) -> Missing {
        Missing { object, before: true }
    }

    /// It has to stand behind that.
    pub fn behind(object: Value) -> Missing {
        Missing { object, before: false }
    }
}

impl Tie {
    /// What a rule asks of an object.
    pub(super) fn of(rule: &Rule, object: Object<'_>) -> Tie {
        let name = format!("{} `{}`", object.kind(), object.name()).into();
        Tie { rule: rule.id, object: place(object), name, about: None }
    }

    /// The same, on behalf of another object.
    pub(super) fn about(self, object: Object<'_>) -> Tie {
        Tie { about: Some(place(object)), ..self }
    }
}

/// `` `default-account-binding` of RoleBinding `reader` ``
impl fmt::Display for Tie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of {}", self.rule, self.name)
    }
}

fn place(object: Object<'_>) -> (usize, usize, Pointer) {
    (object.source(), object.document(), object.pointer())
}
