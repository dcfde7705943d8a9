//! An object as a reader knows it, and what applying its fixes does.
//!
//! In: an [`Object`]. Out: a [`Subject`].

use std::{borrow::Cow, fmt};

use super::{Entry, Fate, Impact};
use crate::{
    manifest::{Object, Site},
    rules::{Missing, Trust},
    yaml::{Beside, Group, Pointer, Wish},
};

/// An object as a reader knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The document that holds it, counted from 0.
    pub document: usize,
    /// Its address there.
    pub pointer: Pointer,
    /// What others can be written beside it.
    pub site: Site,
    /// The file that takes in what is missing beside it, if that is another one.
    pub outside: Option<Box<str>>,
    /// `apps/v1`
    pub api_version: String,
    /// `Deployment`
    pub kind: String,
    /// As written; none if the manifest names none.
    pub namespace: Option<String>,
    /// Its name, or what its name begins with.
    pub name: String,
    /// What applying it does, if it is changed.
    pub impact: Impact,
    /// Why the API server refuses it, if it does so even with the change; a fragment.
    pub refusal: Option<String>,
    /// What happens if a pod that a risky fix changed does not start, as a sentence.
    pub stake: &'static str,
}

impl Subject {
    /// What applying the fixes of its entries does, and what happens if that fails; empty if none
    /// is written.
    pub fn prospect(&self, entries: &[Entry]) -> String {
        let impact = self.impact_of(entries).map_or(Cow::Borrowed(""), |impact| self.tell(impact));
        format!("{impact} {}", self.stake_of(entries)).trim().to_owned()
    }

    /// What applying it does with the fixes of its entries; none if none is written, unless the API
    /// server refuses it as it stands.
    pub fn impact_of(&self, entries: &[Entry]) -> Option<Impact> {
        if self.refusal.is_some() {
            return Some(Impact::Refused);
        }
        entries.iter().any(|entry| entry.fate == Fate::Mended).then_some(self.impact)
    }

    /// What applying it does, as a sentence; empty where it is not known.
    pub fn tell(&self, impact: Impact) -> Cow<'static, str> {
        match &self.refusal {
            Some(reason) if impact == Impact::Refused => {
                format!("The API server refuses it: {reason}.").into()
            }
            _ => impact.sentence(&self.kind).into(),
        }
    }

    /// What happens if a pod does not start after the fixes of its entries; empty if that cannot
    /// be, since only safe ones are written, or nothing that the API server takes.
    pub fn stake_of(&self, entries: &[Entry]) -> &'static str {
        if self.refusal.is_some() {
            return "";
        }
        let mended = entries.iter().filter(|entry| entry.fate == Fate::Mended);
        match mended.map(|entry| entry.finding.fix.trust).min() {
            None | Some(Trust::Safe) => "",
            Some(_) => self.stake,
        }
    }

    /// Adds to a group of its document what is missing beside it.
    pub(super) fn place(&self, missing: &Missing, group: &mut Group) {
        if self.outside.is_some() {
            return;
        }
        let value = missing.object.clone();
        match (self.site, missing.before) {
            (Site::Item, true) => {
                group.wishes.push(Wish::Insert { at: self.pointer.clone(), value });
            }
            (Site::Item, false) => {
                let at = self.pointer.parent().unwrap_or_default();
                group.wishes.push(Wish::Include { at, value });
            }
            (Site::Document | Site::Closed, true) => group.beside.push(Beside::Before(value)),
            (Site::Document | Site::Closed, false) => group.beside.push(Beside::Behind(value)),
        }
    }

    /// What to call an object.
    pub fn of(object: Object<'_>) -> Subject {
        let pods = object.pods();
        Subject {
            document: object.document(),
            pointer: object.pointer(),
            site: object.site(),
            outside: None,
            api_version: object.api_version().into_owned(),
            kind: object.kind().into_owned(),
            namespace: object.namespace().map(Cow::into_owned),
            name: object.name().into_owned(),
            impact: Impact::of(object),
            refusal: object.refusal(&pods),
            stake: pods.first().map_or("", |pod| pod.stake()),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}
