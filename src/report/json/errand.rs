//! What is written besides what mends findings in their own files, in the words of the format.

use json_patch::PatchOperation;
use serde::Serialize;

use crate::{
    plan,
    report::{Done, Mode},
    yaml::{Beside, Value},
};

/// A file that is new.
#[derive(Serialize)]
pub(super) struct Created<'r> {
    name: &'r str,
    objects: &'r [Value],
    written: bool,
    failure: Option<&'r str>,
}

/// What fixes of other files change in this one.
#[derive(Serialize)]
pub(super) struct Errand<'r> {
    document: usize,
    reason: &'r str,
    operations: &'r [PatchOperation],
    appends: Vec<&'r Value>,
}

impl<'r> Created<'r> {
    pub(super) fn of(created: &'r plan::Created, done: &'r Done) -> Created<'r> {
        let failure = done.failed.get(&created.name).map(String::as_str);
        let written = done.mode == Mode::Fix && failure.is_none();
        Created { name: &created.name, objects: &created.objects, written, failure }
    }
}

impl<'r> Errand<'r> {
    pub(super) fn of(errand: &'r plan::Errand) -> Errand<'r> {
        let value = |beside: &'r Beside| match beside {
            Beside::Before(value) | Beside::Behind(value) => value,
        };
        Errand {
            document: errand.group.document,
            reason: &errand.reason,
            operations: &errand.operations.0,
            appends: errand.group.beside.iter().map(value).collect(),
        }
    }
}
