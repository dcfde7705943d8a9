//! What mends a finding, and why it may not be written, in the words of the format.

use json_patch::PatchOperation;
use serde::Serialize;

use super::{evidence::Evidence, place, words};
use crate::{
    plan,
    report::{summary::held, words::obstacle},
    rules::{self, Missing},
    yaml::Value,
};

#[derive(Serialize)]
pub(super) struct Fix<'r> {
    trust: &'static str,
    reason: &'r str,
    operations: &'r [PatchOperation],
    creates: Vec<Created<'r>>,
    evidence: Vec<Evidence<'r>>,
}

/// An object that a fix writes beside the one that it is about.
#[derive(Serialize)]
struct Created<'r> {
    place: &'static str,
    file: Option<&'r str>,
    object: &'r Value,
}

#[derive(Serialize)]
pub(super) struct Hold {
    cause: &'static str,
    line: Option<usize>,
    column: Option<usize>,
    message: String,
    advice: &'static str,
}

impl<'r> Fix<'r> {
    /// `operations` are what it does to its own document.
    ///
    /// `outside` is the file that takes in what is missing, if that is another.
    pub(super) fn of(
        fix: &'r rules::Fix,
        outside: Option<&'r str>,
        operations: &'r [PatchOperation],
    ) -> Fix<'r> {
        Fix {
            trust: fix.trust.name(),
            reason: &fix.reason,
            operations,
            creates: fix.objects().iter().map(|it| Created::of(it, outside)).collect(),
            evidence: fix.evidence.iter().map(Evidence::of).collect(),
        }
    }
}

impl<'r> Created<'r> {
    fn of(missing: &'r Missing, file: Option<&'r str>) -> Created<'r> {
        let place = match (file, missing.before) {
            (Some(_), _) => "file",
            (None, true) => "before",
            (None, false) => "behind",
        };
        Created { place, file, object: &missing.object }
    }
}

impl Hold {
    pub(super) fn of(hold: &plan::Hold) -> Hold {
        let (cause, position, message) = match hold {
            plan::Hold::Manual => ("manual", None, held(hold).to_owned()),
            plan::Hold::Untrusted => ("untrusted", None, held(hold).to_owned()),
            plan::Hold::Overlaid { .. } => ("overlay", None, obstacle(hold)),
            plan::Hold::Untied { .. } => ("untied", None, obstacle(hold)),
            plan::Hold::Barred { .. } => ("barred", None, obstacle(hold)),
            plan::Hold::Refused { position, refusal } => {
                (words::refusal(refusal.kind), Some(*position), refusal.message.clone())
            }
        };
        let (line, column) = place(position);
        Hold { cause, line, column, message, advice: hold.advice() }
    }
}
