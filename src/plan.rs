//! What becomes of the findings: mended, all of one fix or nothing of it, or held with the reason.
//!
//! In: the [`Tree`] of one source, and the [`Finding`]s of its objects. Out: a [`Plan`] with the
//! edited text.

mod impact;
mod late;
mod operations;
mod outside;
mod subject;
mod ties;

use std::cell::OnceCell;

pub use impact::Impact;
pub(crate) use impact::look_again;
pub(crate) use late::Late;
pub use operations::Operations;
pub(crate) use outside::send;
pub use outside::{Bar, Created, Errand, NewFiles};
pub use subject::Subject;
pub(crate) use ties::{leans, settle};

use crate::{
    manifest::Source,
    rules::{Finding, Rule, Trust},
    text::{Edits, Lines, Position},
    yaml::{self, Cannot, Group, Node, Pointer, Refusal, Trail, Tree},
};

/// What is to be done about one source. Law: every finding is one entry, mended or held.
#[derive(Debug, Default)]
pub struct Plan {
    /// The objects that entries speak of, in the order of the source.
    pub subjects: Vec<Subject>,
    /// What was found and what becomes of it, by subject, then by place.
    pub entries: Vec<Entry>,
    /// What fixes of other sources want of it.
    pub errands: Vec<Errand>,
    /// The text that mends what can be mended, and does the errands; none if nothing can.
    pub change: Option<Change>,
    /// The same for programs that change values; none if nobody asked for it.
    pub operations: Option<Operations>,
}

/// A finding and what becomes of it.
#[derive(Debug)]
pub struct Entry {
    /// The rule that asks for it.
    pub rule: &'static Rule,
    /// The index of its [`Subject`].
    pub subject: usize,
    /// What the rule says.
    pub finding: Finding,
    /// Where it stands in the source.
    pub position: Position,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The change mends it.
    Mended,
    /// It stays, for this reason.
    Held(Hold),
}

/// Why a finding stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It asks for a person's decision or value; the fix says which.
    Manual,
    /// Its fix is trusted less than was asked for.
    Untrusted,
    /// A kustomization would make something of it that does not run.
    Overlaid {
        /// Its file.
        by: Box<str>,
        /// What comes out; a fragment, maybe with sentences behind it.
        why: Box<str>,
    },
    /// It goes only with the fix of another object, which is not written.
    Untied {
        /// What to call that.
        without: Box<str>,
    },
    /// It goes only with what a new file would hold, and that must not be made.
    Barred {
        /// What the file would be called.
        file: Box<str>,
        /// Why not.
        bar: Bar,
    },
    /// The text cannot be edited so.
    Refused {
        /// Where the hindrance stands.
        position: Position,
        /// What it is.
        refusal: Box<Refusal>,
    },
}

/// A source with its edits made.
#[derive(Debug)]
pub struct Change {
    /// What differs from the source.
    pub edits: Edits,
    /// The text after it.
    pub text: String,
    /// The bytes of that text at which mended findings show, each with the index of its entry;
    /// first byte first.
    pub landings: Vec<(usize, usize)>,
}

/// A plan that is being made: it takes what was found object by object, so that no more is there at
/// a time than is kept.
pub struct Draft<'t> {
    source: &'t Source<'t>,
    /// The least trust that a fix needs to be written.
    trust: Trust,
    new_files: &'t NewFiles,
    lines: OnceCell<Lines<'t>>,
    /// The way to the last node, and the document that it is in.
    trail: Option<(usize, Trail<'t>)>,
    subjects: Vec<Subject>,
    entries: Vec<Entry>,
}

impl<'t> Draft<'t> {
    /// A plan for one source of which nothing is known yet.
    pub fn new(source: &'t Source<'_>, trust: Trust, new_files: &'t NewFiles) -> Draft<'t> {
        let (lines, subjects, entries) = (OnceCell::new(), Vec::new(), Vec::new());
        Draft { source, trust, new_files, lines, trail: None, subjects, entries }
    }

    /// Adds an object, and decides what becomes of each of its findings.
    pub fn add(&mut self, mut subject: Subject, findings: Vec<(&'static Rule, Finding)>) {
        if findings.iter().any(|(_, finding)| !finding.fix.objects().is_empty()) {
            subject.outside = self.new_files.target(self.source, subject.site);
        }
        let (index, new, document) = (self.subjects.len(), self.entries.len(), subject.document);
        self.subjects.push(subject);
        self.make_room(document, findings.len());
        for (rule, finding) in findings {
            let byte = self.byte(document, &finding.at);
            let position =
                self.lines.get_or_init(|| Lines::new(self.source.tree().text())).position(byte);
            let fate = judge(&finding, self.trust);
            self.entries.push(Entry { rule, subject: index, finding, position, fate });
        }
        // What is appended to one list stands in this order, so it may not depend on who came first.
        self.entries[new..].sort_by(|one, other| one.order().cmp(&other.order()));
    }

    /// Makes room for the entries of an object, and, within bounds, for as many as all documents have
    /// if the others are like those that were looked at: twice as much as there was, as lists grow,
    /// would be left half empty.
    fn make_room(&mut self, document: usize, more: usize) {
        let entries = &mut self.entries;
        if entries.len() + more <= entries.capacity() {
            return;
        }
        let documents = self.source.tree().roots().len();
        let left = documents.saturating_sub(document + 1);
        let rest = (entries.len() * left / (document + 1)).min(4 * entries.len());
        match rest > more {
            true => entries.reserve_exact(rest + rest / 16),
            false => entries.reserve(more),
        }
    }

    /// The byte at which a reader looks for what stands at an address.
    fn byte(&mut self, document: usize, at: &Pointer) -> usize {
        if self.trail.as_ref().is_none_or(|(its, _)| *its != document) {
            self.trail = self.source.tree().root(document).map(|root| (document, Trail::new(root)));
        }
        self.trail.as_mut().map_or(0, |(_, trail)| first(trail.walk(at).0))
    }

    /// Edits the text.
    pub fn finish(self) -> Plan {
        let Draft { source, lines, subjects, entries, .. } = self;
        drop(lines);
        let mut plan = Plan { subjects, entries, ..Plan::default() };
        plan.edit(source.tree());
        plan
    }
}

/// What becomes of a finding, if the text can be edited.
pub(crate) fn judge(finding: &Finding, trust: Trust) -> Fate {
    if finding.fix.trust == Trust::Manual || !finding.fix.changes() {
        return Fate::Held(Hold::Manual);
    }
    match finding.fix.trust < trust {
        true => Fate::Held(Hold::Untrusted),
        false => Fate::Mended,
    }
}

/// The byte at which a reader looks for a node: its key if it has one.
fn first(node: Node<'_>) -> usize {
    node.key_node().unwrap_or(node).span().start
}

impl Entry {
    /// By place, then by rule.
    fn order(&self) -> impl Ord + '_ {
        let finding = &self.finding;
        (self.position, self.rule.id, &finding.container, &finding.message)
    }
}

impl Plan {
    /// Edits the text, anew if entries were held; holds what cannot be edited.
    pub fn edit(&mut self, tree: &Tree<'_>) {
        let Plan { subjects, entries, errands, .. } = self;
        self.change = None;
        let asked = entries.iter_mut().enumerate();
        let mut asked: Vec<(usize, &mut Entry)> =
            asked.filter(|(_, entry)| entry.fate == Fate::Mended).collect();
        if asked.is_empty() && errands.is_empty() {
            return;
        }
        // The wishes are lent to the groups: there may be very many of them.
        let lend = |(_, entry): &mut (usize, &mut Entry)| {
            let subject = &subjects[entry.subject];
            let fix = &mut entry.finding.fix;
            let mut group = Group {
                document: subject.document,
                wishes: std::mem::take(&mut fix.wishes),
                beside: Vec::new(),
            };
            fix.objects().iter().for_each(|missing| subject.place(missing, &mut group));
            group
        };
        let lent: Vec<usize> =
            asked.iter().map(|(_, entry)| entry.finding.fix.wishes.len()).collect();
        let mut groups: Vec<Group> = asked.iter_mut().map(lend).collect();
        groups.extend(errands.iter().map(|errand| errand.group.clone()));
        let edited = yaml::edit(tree, &groups);
        for (((_, entry), mut group), lent) in asked.iter_mut().zip(groups).zip(lent) {
            group.wishes.truncate(lent);
            entry.finding.fix.wishes = group.wishes;
        }
        let mut lines = None;
        for (group, refusal) in edited.refused {
            let lines = lines.get_or_insert_with(|| Lines::new(tree.text()));
            let position = lines.position(refusal.at);
            match group.checked_sub(asked.len()) {
                Some(errand) => errands[errand].refused = Some((position, refusal)),
                None => {
                    let refusal = refusal.into();
                    asked[group].1.fate = Fate::Held(Hold::Refused { position, refusal });
                }
            }
        }
        if edited.edits.is_empty() {
            return;
        }
        // What others want has no entry here.
        let landings = edited.landings.into_iter();
        let landings = landings.filter_map(|(byte, group)| Some((byte, asked.get(group)?.0)));
        let landings = landings.collect();
        self.change = Some(Change { edits: edited.edits, text: edited.text, landings });
    }

    /// How many findings the change mends.
    pub fn mended(&self) -> usize {
        self.entries.iter().filter(|entry| entry.fate == Fate::Mended).count()
    }

    /// How many findings stay.
    pub fn held(&self) -> usize {
        self.entries.len() - self.mended()
    }
}

impl Hold {
    /// What a person can do about it; empty where the fix says so itself.
    pub fn advice(&self) -> &'static str {
        match self {
            Hold::Manual => "",
            Hold::Untrusted => "without `--safe` it is written",
            Hold::Overlaid { .. } => "change what the kustomization lays over it first",
            Hold::Untied { .. } => "see there what keeps it",
            Hold::Barred { bar, .. } => match bar {
                Bar::Taken => "give that file too, or name another with `--generate-into`",
                Bar::Unnamed(_) => "give that file too",
                Bar::Nameless => "name one with `--generate-into`",
            },
            Hold::Refused { refusal, .. } => match refusal.kind {
                Cannot::Shared => "change what the anchor holds, or write the value out here",
                Cannot::Duplicate => "remove all but one of the equal keys",
                Cannot::Missing => {
                    "the manifest is not shaped as Kubernetes expects: correct it first"
                }
                Cannot::Layout => "write this place in the usual layout first",
                Cannot::Conflict => "decide which of the two should hold",
                Cannot::Unreadable => "correct the document so that Kubernetes can read it",
                Cannot::Unfaithful => "mend it by hand, and please report the file",
            },
        }
    }
}
