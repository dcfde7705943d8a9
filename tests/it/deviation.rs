//! How our reading of a text differs from libyaml's.

use std::sync::atomic::{AtomicUsize, Ordering};

use seaworthy::yaml::{self, Kind, MAX_DEPTH, Node, Tree};

use crate::libyaml;

/// A deviation that is meant.
struct Meant {
    reason: &'static str,
    /// How often it is met.
    met: AtomicUsize,
    holds: fn(&Readings<'_>) -> bool,
}

/// Every deviation from libyaml that is meant; any other fails the test.
static MEANT: [Meant; 6] = [
    Meant {
        reason: "libyaml reads texts of any depth, we read those of MAX_DEPTH and refuse the others",
        met: AtomicUsize::new(0),
        holds: |readings| {
            let deep = |stream: &libyaml::Stream| {
                stream.nodes().iter().any(|node| node.depth + 1 >= MAX_DEPTH)
            };
            readings.ours.is_err() && readings.theirs.as_ref().is_ok_and(deep)
        },
    },
    Meant {
        reason: "libyaml reads `[a?b]`, kubectl's parser ends the scalar at the `?` and refuses",
        met: AtomicUsize::new(0),
        holds: |readings| {
            let at_mark =
                |error: &yaml::Error| readings.text.as_bytes().get(error.at) == Some(&b'?');
            readings.ours.as_ref().is_err_and(at_mark) && readings.theirs.is_ok()
        },
    },
    Meant {
        reason: "libyaml loses what follows a `?` without a key in brackets, and so wants `[? ]]`",
        met: AtomicUsize::new(0),
        holds: |readings| {
            let breaks = ['\r', '\n', '\u{85}', '\u{2028}', '\u{2029}'];
            let says_nothing = |text: &str| {
                let mut lines = text.split(breaks).map(|line| line.trim_start_matches([' ', '\t']));
                lines.all(|line| line.is_empty() || line.starts_with('#'))
            };
            let behind_mark = |error: &yaml::Error| {
                let mut marks = readings.text[..error.at].match_indices('?');
                marks.any(|(mark, _)| says_nothing(&readings.text[mark + 1..error.at]))
            };
            readings.ours.as_ref().is_err_and(behind_mark) && readings.theirs.is_ok()
        },
    },
    Meant {
        reason: "a key has 1024 characters at most; `unsafe-libyaml` counts bytes, kubectl's parser not",
        met: AtomicUsize::new(0),
        holds: |readings| {
            let Ok(tree) = &readings.ours else { return false };
            let mut open: Vec<Node<'_>> = tree.roots().collect();
            let mut is_long = false;
            while let Some(node) = open.pop() {
                open.extend(node.items());
                for (key, value) in node.entries() {
                    let colon = value.lead().unwrap_or(key.span().end);
                    let starts = [Some(key.span()), key.anchor(), key.tag()].into_iter().flatten();
                    let start = starts.map(|span| span.start).min().unwrap_or(colon);
                    is_long |= !key.is_explicit() && colon - start > 1024;
                    open.extend([key, value]);
                }
            }
            let lost = |error: &libyaml::Error| {
                let known = ["could not find expected ':'", "mapping values are not allowed"];
                known.iter().any(|known| error.problem.contains(known))
            };
            is_long && readings.theirs.as_ref().is_err_and(lost)
        },
    },
    Meant {
        reason: "kubectl's parser knows the escape `\\'`, libyaml does not",
        met: AtomicUsize::new(0),
        holds: |readings| {
            let unknown =
                |error: &libyaml::Error| error.problem.contains("unknown escape character");
            readings.text.contains("\\'")
                && readings.ours.is_ok()
                && readings.theirs.as_ref().is_err_and(unknown)
        },
    },
    Meant {
        reason: "JSON writes characters beyond U+FFFF as two escapes; kubectl reads JSON as such",
        met: AtomicUsize::new(0),
        holds: |readings| {
            let no_character =
                |error: &libyaml::Error| error.problem.contains("invalid Unicode character");
            readings.text.trim_start().starts_with(['{', '['])
                && readings.ours.is_ok()
                && readings.theirs.as_ref().is_err_and(no_character)
        },
    },
];

struct Readings<'t> {
    text: &'t str,
    ours: &'t Result<Tree<'t>, yaml::Error>,
    theirs: &'t Result<libyaml::Stream, libyaml::Error>,
}

/// How our reading of a text differs from libyaml's.
#[derive(Debug)]
pub struct Deviation {
    /// The kind of it, to count by.
    pub kind: String,
    /// What stands where.
    pub detail: String,
}

/// Reads a text twice, and says whether anything differs that is not meant to.
pub fn deviation(text: &str) -> Option<Deviation> {
    let theirs = libyaml::parse(text);
    let ours = Tree::parse(text);
    let readings = Readings { text, ours: &ours, theirs: &theirs };
    if let Some(meant) = MEANT.iter().find(|meant| (meant.holds)(&readings)) {
        meant.met.fetch_add(1, Ordering::Relaxed);
        return None;
    }
    match (&ours, &theirs) {
        (Err(_), Err(_)) => None,
        (Err(ours), Ok(_)) => {
            let kind = format!("only libyaml reads it; we: {}", general(&ours.message));
            deviates(kind, format!("we: {} at byte {}", ours.message, ours.at))
        }
        (Ok(_), Err(theirs)) => {
            let kind = format!("only we read it; libyaml: {}", theirs.problem);
            deviates(kind, format!("libyaml: {} at byte {}", theirs.problem, theirs.at))
        }
        (Ok(ours), Ok(theirs)) => streams(ours, theirs),
    }
}

/// How often each deviation that is meant was met, and why it is meant.
pub fn meant() -> impl Iterator<Item = (usize, &'static str)> {
    MEANT.iter().map(|meant| (meant.met.load(Ordering::Relaxed), meant.reason))
}

fn deviates(kind: impl Into<String>, detail: impl Into<String>) -> Option<Deviation> {
    Some(Deviation { kind: kind.into(), detail: detail.into() })
}

/// A message without what it quotes.
fn general(message: &str) -> String {
    message.split('`').step_by(2).collect::<Vec<_>>().join("…")
}

fn streams(ours: &Tree<'_>, theirs: &libyaml::Stream) -> Option<Deviation> {
    let (our, their) = (ours.roots().len(), theirs.documents.len());
    if our != their {
        return deviates("number of documents", format!("we {our}, libyaml {their}"));
    }
    let pairs = ours.roots().zip(&theirs.documents);
    pairs.into_iter().find_map(|(root, document)| {
        let judge = Judge { theirs };
        judge.node(root, theirs.node(*document))
    })
}

struct Judge<'t> {
    theirs: &'t libyaml::Stream,
}

impl Judge<'_> {
    fn node(&self, ours: yaml::Node<'_>, theirs: &libyaml::Node) -> Option<Deviation> {
        let kind = theirs.kind;
        let place = ours.span().start;
        if ours.kind() != kind {
            let what = format!("kind of node: we {:?}, libyaml {kind:?}", ours.kind());
            return deviates(what, format!("at byte {place}"));
        }
        let differs = |what: &str, our: &str, their: &str| {
            (our != their).then(|| {
                let detail = format!("at byte {place}: we {our:?}, libyaml {their:?}");
                Deviation { kind: format!("{what} of {kind:?}"), detail }
            })
        };
        let text = ours.tree().text();
        let anchor = ours.anchor().map_or("", |span| &text[span.start..span.end]);
        let their_anchor = theirs.anchor.as_ref().map(|name| format!("&{name}"));
        let tag = ours.tag_name();
        differs("anchor", anchor, &their_anchor.unwrap_or_default())
            .or_else(|| {
                // libyaml gives tags as strings of C, which end at a `%00`.
                let (our, their) = (tag.as_deref(), theirs.tag.as_deref());
                let our = our.and_then(|tag| tag.split('\0').next());
                differs("tag", our.unwrap_or_default(), their.unwrap_or_default())
            })
            .or_else(|| differs("text", &ours.text(), &theirs.text))
            .or_else(|| self.span(ours, theirs))
            .or_else(|| self.children(ours, theirs))
    }

    fn span(&self, ours: yaml::Node<'_>, theirs: &libyaml::Node) -> Option<Deviation> {
        // libyaml gives collections the bytes of their first token, and empty nodes a place of
        // its own choice behind the colon.
        if !ours.kind().is_scalar() && ours.kind() != Kind::Alias || ours.kind() == Kind::Empty {
            return None;
        }
        let (our, their) = (ours.span(), theirs.span);
        // libyaml's node begins with its properties.
        let properties = [ours.anchor(), ours.tag()].into_iter().flatten();
        let start = properties.map(|span| span.start).fold(our.start, usize::min);
        if (start, our.end) == (their.start, their.end) {
            return None;
        }
        // Blanks on a last line without a line break: libyaml has been given the break, so that
        // they are an empty line to it.
        let text = ours.tree().text();
        let block = matches!(ours.kind(), Kind::Literal | Kind::Folded);
        let rest = text.get(our.end..their.end).unwrap_or("?");
        if block
            && start == their.start
            && !text.ends_with('\n')
            && rest.trim_matches(' ').is_empty()
        {
            return None;
        }
        let what = if start == their.start { "end" } else { "start" };
        let detail = format!("we {start}..{}, libyaml {}..{}", our.end, their.start, their.end);
        deviates(format!("{what} of {:?}", ours.kind()), detail)
    }

    fn children(&self, ours: yaml::Node<'_>, theirs: &libyaml::Node) -> Option<Deviation> {
        let pairs = ours.entries().flat_map(|(key, value)| [key, value]);
        let children: Vec<_> = ours.items().chain(pairs).collect();
        if children.len() != theirs.children.len() {
            let (our, their) = (children.len(), theirs.children.len());
            let detail = format!("at byte {}: we {our}, libyaml {their}", ours.span().start);
            return deviates(format!("number of children of {:?}", ours.kind()), detail);
        }
        let theirs = theirs.children.iter().map(|&child| self.theirs.node(child));
        children.into_iter().zip(theirs).find_map(|(child, theirs)| {
            match child.parent().is_some_and(|parent| parent.span() == ours.span()) {
                true => self.node(child, theirs),
                false => deviates("a child does not know its parent", format!("{child:?}")),
            }
        })
    }
}
