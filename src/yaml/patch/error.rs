//! Why a patch is not applied, for a person.
//!
//! In: what stands in the way. Out: words, and the byte that they speak of.

use std::fmt;

use crate::yaml::{Error, Pointer, Refusal};

/// Why a patch was not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchError {
    /// The patch itself is no JSON Patch and no merge patch.
    NoPatch {
        /// The byte of the patch file at which reading it stopped, where that is known.
        at: Option<usize>,
        /// Why not; a fragment in lower case.
        message: String,
    },
    /// The text cannot be read.
    Unreadable(Error),
    /// No number was given, and there is not exactly one document with content.
    Ambiguous {
        /// How many there are.
        documents: usize,
    },
    /// There is no document of this number.
    NoDocument {
        /// The number, counted from 0.
        document: usize,
        /// How many there are, empty ones too.
        documents: usize,
    },
    /// An operation does not apply to the document.
    Inapplicable {
        /// Its index in the patch, from 0; none in a merge patch.
        operation: Option<usize>,
        /// Where it leads.
        pointer: Pointer,
        /// The byte of the text up to which its pointer leads.
        at: usize,
        /// Why it does not apply; a fragment in lower case.
        message: String,
    },
    /// An operation cannot be carried out by editing its own bytes.
    Refused {
        /// Its index in the patch, from 0; none in a merge patch.
        operation: Option<usize>,
        /// Where it leads.
        pointer: Pointer,
        /// Why; its byte is one of the text before the patch.
        refusal: Refusal,
    },
    /// The result is not what RFC 6902 or RFC 7396 yields: a fault of this program.
    Unfaithful,
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |operation: &Option<usize>| match operation {
            Some(number) => format!("operation {number} at `"),
            None => "the merge patch at `".to_owned(),
        };
        match self {
            PatchError::NoPatch { message, .. } => write!(f, "this is no patch: {message}"),
            PatchError::Unreadable(error) => write!(f, "{error}"),
            PatchError::Ambiguous { documents: 0 } => {
                write!(f, "there is no document with content")
            }
            PatchError::Ambiguous { documents } => {
                write!(f, "there are {documents} documents with content: say which one")
            }
            PatchError::NoDocument { document, documents } => {
                write!(f, "there is no document {document}: there are {documents}, counted from 0")
            }
            PatchError::Inapplicable { operation, pointer, message, .. } => {
                write!(f, "{}{pointer}` does not apply: {message}", number(operation))
            }
            PatchError::Refused { operation, pointer, refusal } => {
                write!(f, "{}{pointer}` is refused: {}", number(operation), refusal.message)
            }
            PatchError::Unfaithful => {
                write!(f, "the patched text would not mean what the patch says")
            }
        }
    }
}

impl std::error::Error for PatchError {}

impl PatchError {
    /// The byte of the text (of the patch file for [`PatchError::NoPatch`]) that is in the way.
    pub fn at(&self) -> Option<usize> {
        match self {
            PatchError::NoPatch { at, .. } => *at,
            PatchError::Unreadable(error) => Some(error.at),
            PatchError::Inapplicable { at, .. } => Some(*at),
            PatchError::Refused { refusal, .. } => Some(refusal.at),
            _ => None,
        }
    }
}
