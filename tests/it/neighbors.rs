//! Which documents a text has once new ones were written beside those that it had: worked out
//! plainly, to judge the one that writes them.

use seaworthy::yaml::{Beside, Value};

/// A document of a text to which new ones were added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Document<'b> {
    /// One that was there, counted from 0.
    Old(usize),
    /// One that was written.
    New(&'b Value),
}

/// The documents of a text that had some, once all is written that was asked for beside them: each
/// value once, before the first document for which it was asked, or else behind the last.
pub(crate) fn documents(count: usize, asked: &[(usize, Beside)]) -> Vec<Document<'_>> {
    let mut before: Vec<(usize, &Value)> = Vec::new();
    let mut behind: Vec<(usize, &Value)> = Vec::new();
    for (document, beside) in asked {
        if let Beside::Before(value) = beside {
            match before.iter_mut().find(|(_, known)| *known == value) {
                Some((first, _)) => *first = (*first).min(*document),
                None => before.push((*document, value)),
            }
        }
    }
    for (document, beside) in asked {
        if let Beside::Behind(value) = beside
            && before.iter().all(|(_, known)| *known != value)
        {
            match behind.iter_mut().find(|(_, known)| *known == value) {
                Some((last, _)) => *last = (*last).max(*document),
                None => behind.push((*document, value)),
            }
        }
    }
    let mut documents = Vec::new();
    for document in 0..count {
        documents.extend(of(&before, document));
        documents.push(Document::Old(document));
        documents.extend(of(&behind, document));
    }
    documents
}

fn of<'b>(all: &[(usize, &'b Value)], document: usize) -> impl Iterator<Item = Document<'b>> {
    let its = all.iter().filter(move |(its, _)| *its == document);
    its.map(|(_, value)| Document::New(value))
}
