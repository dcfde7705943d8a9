//! The words of the format; what they say must not change with what the core calls it.

use crate::{
    images::Grade,
    plan::Impact,
    review::{Cause, Outcome, Skip},
    yaml::Cannot,
};

pub(super) const OUTCOMES: [&str; 5] = ["changed", "clean", "held", "passed-over", "refused"];
pub(super) const LEVELS: [&str; 3] = ["error", "warning", "note"];

pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Changed => "changed",
        Outcome::Clean => "clean",
        Outcome::Held => "held",
        Outcome::PassedOver(_) => "passed-over",
        Outcome::Refused => "refused",
    }
}

pub(super) fn skip(skip: Skip) -> &'static str {
    match skip {
        Skip::NoObject => "no-object",
        Skip::NotSelected => "not-selected",
        Skip::Partial => "partial",
        Skip::Chart => "helm",
        Skip::Jinja => "jinja",
        Skip::Ytt => "ytt",
        Skip::Encrypted => "sops",
    }
}

pub(super) fn problem(cause: Cause) -> &'static str {
    match cause {
        Cause::Unread => "unread",
        Cause::Size => "size",
        Cause::Encoding => "encoding",
        Cause::Syntax => "syntax",
        Cause::Meaning => "meaning",
    }
}

pub(super) fn impact(impact: Impact) -> &'static str {
    match impact {
        Impact::RollsOut => "rolls-out",
        Impact::NeedsReplace => "needs-replace",
        Impact::NextRun => "next-run",
        Impact::OnDelete => "on-delete",
        Impact::NewPods => "new-pods",
        Impact::Restarts => "restarts",
        Impact::Refused => "refused",
        Impact::Unknown => "unknown",
    }
}

/// Who knows of an image, and where it stands if the user does.
pub(super) fn knower(grade: Grade) -> (&'static str, Option<&'static str>) {
    match grade {
        Grade::Declared => ("config", Some("images")),
        _ => ("image-catalogue", None),
    }
}

pub(super) fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Declared => "declared",
        Grade::Read => "read",
        Grade::Documented => "documented",
        Grade::Inferred => "inferred",
        Grade::Unknown => "unknown",
    }
}

pub(super) fn refusal(cannot: Cannot) -> &'static str {
    match cannot {
        Cannot::Shared => "shared",
        Cannot::Duplicate => "duplicate",
        Cannot::Missing => "missing",
        Cannot::Layout => "layout",
        Cannot::Conflict => "conflict",
        Cannot::Unreadable => "unreadable",
        Cannot::Unfaithful => "unfaithful",
    }
}
