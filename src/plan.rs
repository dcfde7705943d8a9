//! What becomes of the findings: mended, all of one fix or nothing of it, or held with the reason.
//!
//! In: the [`Tree`] of one source, and the [`Finding`]s of its objects. Out: a [`Plan`] with the
//! edited text.

mod impact;
mod operations;
mod ties;

use std::{borrow::Cow, cell::OnceCell, fmt};

pub use impact::Impact;
pub(crate) use impact::look_again;
pub use operations::Operations;
pub(crate) use ties::settle;

use crate::{
    manifest::{Object, Site},
    rules::{Finding, Missing, Rule, Trust},
    text::{Edits, Lines, Position},
    yaml::{self, Beside, Cannot, Group, Node, Pointer, Refusal, Trail, Tree, Wish},
};

/// What is to be done about one source. Law: every finding is one entry, mended or held.
#[derive(Debug, Default)]
pub struct Plan {
    /// The objects that entries speak of, in the order of the source.
    pub subjects: Vec<Subject>,
    /// What was found and what becomes of it, by subject, then by place.
    pub entries: Vec<Entry>,
    /// The text that mends what can be mended; none if nothing can.
    pub change: Option<Change>,
    /// The same for programs that change values; none if nobody asked for it.
    pub operations: Option<Operations>,
}

/// An object as a reader knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The document that holds it, counted from 0.
    pub document: usize,
    /// Its address there.
    pub pointer: Pointer,
    /// What others can be written beside it.
    pub site: Site,
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
    tree: &'t Tree<'t>,
    /// The least trust that a fix needs to be written.
    trust: Trust,
    lines: OnceCell<Lines<'t>>,
    /// The way to the last node, and the document that it is in.
    trail: Option<(usize, Trail<'t>)>,
    subjects: Vec<Subject>,
    entries: Vec<Entry>,
}

impl<'t> Draft<'t> {
    /// A plan for one source of which nothing is known yet.
    pub fn new(tree: &'t Tree<'t>, trust: Trust) -> Draft<'t> {
        let (lines, subjects, entries) = (OnceCell::new(), Vec::new(), Vec::new());
        Draft { tree, trust, lines, trail: None, subjects, entries }
    }

    /// Adds an object, and decides what becomes of each of its findings.
    pub fn add(&mut self, subject: Subject, findings: Vec<(&'static Rule, Finding)>) {
        let (index, new, document) = (self.subjects.len(), self.entries.len(), subject.document);
        self.subjects.push(subject);
        self.make_room(document, findings.len());
        for (rule, finding) in findings {
            let byte = self.byte(document, &finding.at);
            let position = self.lines.get_or_init(|| Lines::new(self.tree.text())).position(byte);
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
        let documents = self.tree.roots().len();
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
            self.trail = self.tree.root(document).map(|root| (document, Trail::new(root)));
        }
        self.trail.as_mut().map_or(0, |(_, trail)| first(trail.walk(at).0))
    }

    /// Edits the text.
    pub fn finish(self) -> Plan {
        let Draft { tree, lines, subjects, mut entries, .. } = self;
        drop(lines);
        let change = make(tree, &subjects, &mut entries);
        Plan { subjects, entries, change, operations: None }
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

/// Edits the text, and holds what could not be edited.
fn make(tree: &Tree<'_>, subjects: &[Subject], entries: &mut [Entry]) -> Option<Change> {
    let asked = entries.iter_mut().enumerate();
    let mut asked: Vec<(usize, &mut Entry)> =
        asked.filter(|(_, entry)| entry.fate == Fate::Mended).collect();
    if asked.is_empty() {
        return None;
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
    let lent: Vec<usize> = asked.iter().map(|(_, entry)| entry.finding.fix.wishes.len()).collect();
    let groups: Vec<Group> = asked.iter_mut().map(lend).collect();
    let edited = yaml::edit(tree, &groups);
    for (((_, entry), mut group), lent) in asked.iter_mut().zip(groups).zip(lent) {
        group.wishes.truncate(lent);
        entry.finding.fix.wishes = group.wishes;
    }
    let mut lines = None;
    for (group, refusal) in edited.refused {
        let lines = lines.get_or_insert_with(|| Lines::new(tree.text()));
        let position = lines.position(refusal.at);
        asked[group].1.fate = Fate::Held(Hold::Refused { position, refusal: refusal.into() });
    }
    if edited.edits.is_empty() {
        return None;
    }
    let landings = edited.landings.into_iter().map(|(byte, group)| (byte, asked[group].0));
    Some(Change { edits: edited.edits, text: edited.text, landings: landings.collect() })
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
    /// Edits the text anew, after entries were held.
    pub fn edit(&mut self, tree: &Tree<'_>) {
        self.change = make(tree, &self.subjects, &mut self.entries);
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
    fn place(&self, missing: &Missing, group: &mut Group) {
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
