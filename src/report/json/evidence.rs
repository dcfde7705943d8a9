//! What fixes rest on, in the words of the format.

use serde::Serialize;

use super::words;
use crate::rules::{self, Role};

/// One thing that a fix rests on. What a kind does not have is left out.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Evidence<'r> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grade: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<&'r [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'r str>,
}

impl<'r> Evidence<'r> {
    pub(super) fn of(evidence: &'r rules::Evidence) -> Evidence<'r> {
        match evidence {
            rules::Evidence::Image { container, family, grade, sources } => {
                let (kind, key) = words::knower(*grade);
                Evidence {
                    kind,
                    key,
                    container: Some(container),
                    family: Some(family),
                    grade: Some(words::grade(*grade)),
                    sources: Some(sources),
                    ..Evidence::default()
                }
            }
            rules::Evidence::Setting(key) => {
                Evidence { kind: "config", key: Some(key), ..Evidence::default() }
            }
            rules::Evidence::Object { role, name, shown, place } => Evidence {
                kind: match role {
                    Role::Binding => "binding",
                    Role::ConfigMap => "config-map",
                    Role::Service => "service",
                    Role::Workload => "workload",
                },
                name: Some(name),
                file: place.as_ref().map(|place| &*place.file),
                line: place.as_ref().map(|place| place.position.line),
                column: place.as_ref().map(|place| place.position.column),
                message: Some(shown),
                ..Evidence::default()
            },
            rules::Evidence::Manifest { at, shown } => Evidence {
                kind: "manifest",
                pointer: Some(at.as_str()),
                message: Some(shown),
                ..Evidence::default()
            },
        }
    }
}
