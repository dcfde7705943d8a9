//! Where kubectl splits a text into documents, before any YAML is read.
//!
//! In: a [`Tree`]. Out: the places at which kubectl's reading would differ from YAML's.
//! Source: `YAMLReader` in `k8s.io/apimachinery/pkg/util/yaml`: a line that begins with `---`
//! separates, and may hold nothing else but blanks and a comment.

use super::{Error, Tree};

pub(super) fn check(tree: &Tree<'_>) -> Result<(), Error> {
    let text = tree.text();
    for document in &tree.documents {
        let start = document.start as usize;
        if document.directives {
            return Err(Error::new(start, "kubectl reads no `%` directives: remove them"));
        }
        // kubectl knows no line ends but `\n`; what stands before the first document it passes on.
        let is_first = document.root == tree.documents[0].root;
        let is_at_line = start == 0 || text.as_bytes()[start - 1] == b'\n';
        if document.explicit && !is_first && !is_at_line {
            return Err(Error::new(start, "kubectl does not split here: end the line with `\\n`"));
        }
    }
    let bytes = text.as_bytes();
    let first = bytes.starts_with(b"---").then_some(0);
    let further = memchr::memmem::find_iter(bytes, b"\n---").map(|at| at + 1);
    for at in first.into_iter().chain(further) {
        let rest = &text[at + 3..];
        let line = rest.split('\n').next().unwrap_or_default().trim();
        if !line.is_empty() && !line.starts_with('#') {
            let message = "kubectl takes this line for a broken separator: a `---` must be alone";
            return Err(Error::new(at, message));
        }
        let starts = |document: &super::Document| (document.start as usize).cmp(&at);
        let document = tree.documents.binary_search_by(starts).ok();
        if !document.is_some_and(|index| tree.documents[index].explicit) {
            return Err(Error::new(at, "kubectl splits the text here, within a value"));
        }
        // What is left of the document is its end alone, which kubectl's parser refuses.
        if begins_with_end(&text[at..]) {
            return Err(Error::new(at, "kubectl reads no document that is nothing but `...`"));
        }
    }
    Ok(())
}

/// Whether nothing but comments stands between a `---` and a `...`.
fn begins_with_end(text: &str) -> bool {
    let mut lines = text.lines().skip(1).map(str::trim_end);
    let first = lines.find(|line| !line.is_empty() && !line.trim_start().starts_with('#'));
    first.is_some_and(|line| line == "..." || line.starts_with("... "))
}
