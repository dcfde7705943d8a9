//! The laws that hold for every review, as one function over any sources.

use std::collections::BTreeMap;

use seaworthy::{
    manifest::{self, Inventory, Site},
    plan::{Change, Created, Draft, Entry, Fate, Hold, Plan, Subject},
    review::{Outcome, Review, Reviewed, Settings, Skip, Source, review},
    rules::{self, Finding, Rule, World},
    yaml::{Beside, Tree, Wish, operations},
};

use crate::neighbors::{self, Document};

/// Holds the laws to the review of some sources. Errors: the laws that are broken, and where.
pub(crate) fn hold(sources: &[Source], settings: &Settings, review: &Review) -> Vec<String> {
    let mut broken = Vec::new();
    for reviewed in &review.sources {
        let mut one = Vec::new();
        one.extend(accounted(reviewed));
        if let (Ok(text), Some(change)) = (&reviewed.source.text, &reviewed.plan.change) {
            one.extend(untouched(text, change));
            one.extend(faithful(text, &reviewed.plan, change, &beside(&reviewed.plan)));
            one.extend(comments(text, &reviewed.plan, change));
        }
        let name = &reviewed.source.name;
        broken.extend(one.into_iter().map(|law| format!("{name}: {law}")));
    }
    if broken.is_empty() {
        broken.extend(still(settings, review));
        broken.extend(indifferent(sources, settings, review));
    }
    broken
}

/// The sources as they are once every change is written.
pub(crate) fn written(review: &Review) -> Vec<Source> {
    let written = |reviewed: &Reviewed| {
        let text = match &reviewed.plan.change {
            Some(change) => Ok(change.text.clone()),
            None => reviewed.source.text.clone(),
        };
        Source { text, ..reviewed.source.clone() }
    };
    let created = |created: &Created| Source::new(&created.name, created.text.clone().into());
    let created = review.created.iter().map(created);
    review.sources.iter().map(written).chain(created).collect()
}

/// Accounted: the outcome fits what was found, mended, held and wrong.
fn accounted(reviewed: &Reviewed) -> Option<String> {
    let plan = &reviewed.plan;
    let fits = match reviewed.outcome {
        Outcome::Changed => {
            let asked = plan.mended() > 0 || !plan.errands.is_empty();
            // What is all written elsewhere changes nothing here.
            let elsewhere = plan.subjects.iter().any(|subject| subject.outside.is_some());
            asked && (plan.change.is_some() || elsewhere)
        }
        Outcome::Held => plan.mended() == 0 && plan.held() > 0 && plan.change.is_none(),
        Outcome::Refused => !reviewed.problems.is_empty() && plan.change.is_none(),
        Outcome::Clean => plan.entries.is_empty() && reviewed.problems.is_empty(),
        Outcome::PassedOver(_) => plan.entries.is_empty() && plan.change.is_none(),
    };
    let told = reviewed.problems.iter().all(|problem| !problem.message.is_empty());
    (!fits || !told).then(|| {
        let (mended, held) = (plan.mended(), plan.held());
        format!("accounted: {:?} with {mended} mended, {held} held", reviewed.outcome)
    })
}

/// Untouched: the bytes outside the edits are those that were there.
fn untouched(text: &str, change: &Change) -> Option<String> {
    let (mut old, mut new) = (0, 0);
    for edit in change.edits.as_slice() {
        let kept = edit.span.start.checked_sub(old)?;
        if text.get(old..edit.span.start) != change.text.get(new..new + kept) {
            return Some(format!("untouched: bytes {old}.. differ outside the edits"));
        }
        old = edit.span.end;
        new += kept + edit.insert.len();
    }
    (text.get(old..) != change.text.get(new..)).then(|| "untouched: the end differs".to_owned())
}

/// The documents that mended findings ask for, each with the one that it should stand beside.
fn beside(plan: &Plan) -> Vec<(usize, Beside)> {
    let mended = plan.entries.iter().filter(|entry| entry.fate == Fate::Mended);
    let mended = mended.filter(|entry| {
        let subject = &plan.subjects[entry.subject];
        subject.site != Site::Item && subject.outside.is_none()
    });
    let asked = mended.flat_map(|entry| {
        let document = plan.subjects[entry.subject].document;
        entry.finding.fix.objects().iter().map(move |missing| {
            let side = if missing.before { Beside::Before } else { Beside::Behind };
            (document, side(missing.object.clone()))
        })
    });
    let errands = plan.errands.iter().map(|errand| &errand.group);
    let errands =
        errands.flat_map(|group| group.beside.iter().map(|it| (group.document, it.clone())));
    asked.chain(errands).collect()
}

/// The wishes for objects that are missing in the list of which an object is an item.
fn items<'e>(subject: &'e Subject, entry: &'e Entry) -> impl Iterator<Item = Wish> + 'e {
    let is_item = subject.site == Site::Item && subject.outside.is_none();
    let objects = entry.finding.fix.objects().iter().filter(move |_| is_item);
    objects.map(|missing| {
        let (at, value) = (subject.pointer.clone(), missing.object.clone());
        match missing.before {
            true => Wish::Insert { at, value },
            false => Wish::Include { at: at.parent().unwrap(), value },
        }
    })
}

/// Faithful: the edited text means what the wishes make of the value that the text had, and has the
/// new documents that were asked for, each in its place.
fn faithful(
    text: &str,
    plan: &Plan,
    change: &Change,
    beside: &[(usize, Beside)],
) -> Option<String> {
    let (Ok(before), Ok(after)) = (Tree::parse(text), Tree::parse(&*change.text)) else {
        return Some("faithful: the edited text does not parse".to_owned());
    };
    let documents = neighbors::documents(before.roots().len(), beside);
    if documents.len() != after.roots().len() {
        return Some("faithful: documents came or went unasked".to_owned());
    }
    let mut wishes: BTreeMap<usize, Vec<Wish>> = BTreeMap::new();
    for entry in plan.entries.iter().filter(|entry| entry.fate == Fate::Mended) {
        let subject = &plan.subjects[entry.subject];
        let wishes = wishes.entry(subject.document).or_default();
        wishes.extend(entry.finding.fix.wishes.iter().cloned());
        wishes.extend(items(subject, entry));
    }
    for group in plan.errands.iter().map(|errand| &errand.group) {
        wishes.entry(group.document).or_default().extend(group.wishes.iter().cloned());
    }
    for (document, new) in documents.into_iter().zip(after.roots()) {
        let document = match document {
            Document::Old(document) => document,
            Document::New(value) if new.value().as_ref() == Ok(value) => continue,
            Document::New(value) => return Some(format!("faithful: {value} is not in its place")),
        };
        let old = before.root(document)?;
        let Some(wishes) = wishes.get(&document) else {
            if old.raw() != new.raw() {
                return Some(format!("faithful: document {document} changed unasked"));
            }
            continue;
        };
        let (Ok(mut wanted), Ok(got)) = (old.value(), new.value()) else {
            return Some(format!("faithful: document {document} has no value"));
        };
        let patch = operations(&wanted, wishes);
        if let Err(error) = json_patch::patch(&mut wanted, &patch) {
            return Some(format!("faithful: document {document}: {error}"));
        }
        if wanted != got {
            return Some(format!("faithful: document {document} means something else"));
        }
    }
    None
}

/// No comment on a line of its own is lost, but those within what a wish removes.
fn comments(text: &str, plan: &Plan, change: &Change) -> Option<String> {
    let removes = |wish: &Wish| matches!(wish, Wish::Remove { .. });
    let entries = plan.entries.iter().filter(|entry| entry.fate == Fate::Mended);
    if entries.flat_map(|entry| &entry.finding.fix.wishes).any(removes) {
        return None;
    }
    let (before, after) = (own_lines(text), own_lines(&change.text));
    before
        .iter()
        .find(|(comment, n)| after.get(*comment).is_none_or(|its| its < n))
        .map(|(comment, _)| format!("comments: `{comment}` was lost"))
}

/// The comments on lines of their own, with how often each stands there. A line within quotes or a
/// block may begin like one, and is none.
fn own_lines(text: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    let tree = Tree::parse(text).expect("it was parsed before");
    for comment in tree.comments() {
        // NEL, LS and PS end lines too.
        let breaks = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
        let before = text[..comment.start].rsplit(breaks).next().unwrap_or_default();
        if before.trim_matches([' ', '\t', '\u{feff}']).is_empty() {
            *counts.entry(text[comment.start..comment.end].trim_end()).or_default() += 1;
        }
    }
    counts
}

/// Still and mended: reviewing what was written changes nothing, and what was mended is gone.
fn still(settings: &Settings, first: &Review) -> Vec<String> {
    let again = review(written(first), settings);
    let mut broken = Vec::new();
    for created in &again.created {
        broken.push(format!("{}: still: fixing again creates it", created.name));
    }
    for new in &again.sources[first.sources.len()..] {
        let name = &new.source.name;
        if new.plan.change.is_some() {
            broken.push(format!("{name}: still: fixing again changes what was created"));
        }
        let by_fixes = new.plan.entries.iter().filter(|entry| entry.fate == Fate::Mended);
        broken.extend(by_fixes.map(|entry| format!("{name}: created with {}", entry.rule.id)));
    }
    for (reviewed, before) in again.sources.iter().zip(&first.sources) {
        let name = &reviewed.source.name;
        if reviewed.plan.change.is_some() {
            let ids: Vec<&str> = reviewed
                .plan
                .entries
                .iter()
                .filter(|entry| entry.fate == Fate::Mended)
                .map(|entry| entry.rule.id)
                .collect();
            broken.push(format!("{name}: still: fixing it again changes it ({})", ids.join(", ")));
        }
        let left = named(reviewed, |_| true, &numbers(before));
        let held = named(before, |fate| *fate != Fate::Mended, &[]);
        for (finding, n) in left {
            if held.get(&finding).is_none_or(|held| *held < n) {
                broken.push(format!("{name}: mended: {finding} is found again"));
            }
        }
    }
    broken
}

/// What each document of an edited text was called before, if others were written beside them.
pub(crate) fn numbers(before: &Reviewed) -> Vec<String> {
    let asked = beside(&before.plan);
    let Some(text) = before.source.text.as_ref().ok().filter(|_| !asked.is_empty()) else {
        return Vec::new();
    };
    let count = Tree::parse(text.as_str()).map_or(0, |tree| tree.roots().len());
    let documents = neighbors::documents(count, &asked).into_iter();
    let name = |document| match document {
        Document::Old(document) => document.to_string(),
        Document::New(_) => "that is new".to_owned(),
    };
    documents.map(name).collect()
}

/// The findings with such a fate, by object and rule, and how many there are of each; documents are
/// called by their number, unless they are called otherwise.
fn named(
    reviewed: &Reviewed,
    such: fn(&Fate) -> bool,
    documents: &[String],
) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in reviewed.plan.entries.iter().filter(|entry| such(&entry.fate)) {
        let subject = &reviewed.plan.subjects[entry.subject];
        let number = subject.document.to_string();
        let document = documents.get(subject.document).unwrap_or(&number);
        let name = format!("{} of {subject} in document {document}", entry.rule.id);
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// Indifferent: the order of findings and of files does not matter to the text.
fn indifferent(sources: &[Source], settings: &Settings, review: &Review) -> Vec<String> {
    let read = sources.iter().zip(&review.sources).rev().filter_map(|(source, reviewed)| {
        let tree = Tree::parse(source.text.as_ref().ok()?.as_str()).ok()?;
        let encrypted = reviewed.outcome == Outcome::PassedOver(Skip::Encrypted);
        (!encrypted).then(|| {
            (manifest::Source::new(source.name.as_str(), tree, &settings.workloads), reviewed)
        })
    });
    let (read, reviewed): (Vec<manifest::Source<'_>>, Vec<&Reviewed>) = read.unzip();
    let inventory = Inventory::new(&read, settings.rules.default_namespace.as_deref());
    let templates = [Skip::Chart, Skip::Jinja, Skip::Ytt].map(Outcome::PassedOver);
    let hides = |it: &&Reviewed| !it.problems.is_empty() || templates.contains(&it.outcome);
    let hidden = review.sources.iter().filter(hides).filter(|it| it.source.may_bind_default());
    let world = World::new(&inventory, &settings.rules)
        .incomplete(hidden.map(|it| it.source.name.as_str()).collect());
    let mut broken = Vec::new();
    for (index, (source, reviewed)) in read.iter().zip(reviewed).enumerate() {
        // What is not worked on as a whole has no plan, whatever its other documents hold.
        if matches!(reviewed.outcome, Outcome::Refused | Outcome::PassedOver(_)) {
            continue;
        }
        let objects = inventory.objects().iter().filter(|object| object.source() == index);
        let mut draft = Draft::new(source, settings.trust, &settings.new_files);
        for object in objects {
            let mut findings = rules::check(*object, &world);
            findings.extend(known_late(reviewed, &Subject::of(*object)));
            findings.reverse();
            draft.add(Subject::of(*object), findings);
        }
        let mut again = draft.finish();
        again.errands.clone_from(&reviewed.plan.errands);
        // What overlays make of it, and what others lack, is looked at when all plans are made.
        for (entry, before) in again.entries.iter_mut().zip(&reviewed.plan.entries) {
            if let Fate::Held(
                hold @ (Hold::Overlaid { .. } | Hold::Untied { .. } | Hold::Barred { .. }),
            ) = &before.fate
            {
                entry.fate = Fate::Held(hold.clone());
            }
        }
        again.edit(source.tree());
        let text = |plan: &Plan| plan.change.as_ref().map(|change| change.text.clone());
        if text(&again) != text(&reviewed.plan) {
            let [one, other] = [text(&reviewed.plan), text(&again)].map(Option::unwrap_or_default);
            let diff = similar::TextDiff::from_lines(&one, &other);
            let diff = diff.unified_diff().context_radius(1).to_string();
            broken.push(format!("{}: indifferent: another order\n{diff}", source.name));
        }
    }
    broken.extend(indifferent_overlays(sources, settings, review));
    broken.extend(indifferent_levels(sources, settings, review));
    broken
}

/// The rule whose findings are known when all else is planned.
const LATE: &str = "pod-security-labels";

/// What that rule found of an object.
fn known_late(reviewed: &Reviewed, subject: &Subject) -> Vec<(&'static Rule, Finding)> {
    let plan = &reviewed.plan;
    let is_its = |entry: &&Entry| {
        let its = &plan.subjects[entry.subject];
        entry.rule.id == LATE
            && (its.document, &its.pointer) == (subject.document, &subject.pointer)
    };
    plan.entries.iter().filter(is_its).map(|entry| (entry.rule, entry.finding.clone())).collect()
}

/// The same of what namespaces have reached: from the last file to the first, it is the same.
fn indifferent_levels(sources: &[Source], settings: &Settings, before: &Review) -> Option<String> {
    let late = |review: &Review| {
        let all = review.sources.iter().flat_map(|reviewed| {
            let late = reviewed.plan.entries.iter().filter(|entry| entry.rule.id == LATE);
            late.map(|it| {
                let (finding, name) = (&it.finding, &reviewed.source.name);
                let wishes = &finding.fix.wishes;
                format!("{name}:{}: {}: {wishes:?}: {:?}", it.position, finding.message, it.fate)
            })
        });
        let mut all: Vec<String> = all.collect();
        all.sort();
        all
    };
    let first = late(before);
    if first.is_empty() {
        return None;
    }
    let then = late(&review(sources.iter().rev().cloned().collect(), settings));
    (first != then).then(|| format!("indifferent: levels are {first:#?}, and then {then:#?}"))
}

/// The same of what overlays hold: from the last file to the first, it is the same.
fn indifferent_overlays(
    sources: &[Source],
    settings: &Settings,
    before: &Review,
) -> Option<String> {
    let overlaid = |review: &Review| {
        let all = review.sources.iter().flat_map(|reviewed| {
            let entries = reviewed.plan.entries.iter().map(|entry| (entry.rule.id, &entry.fate));
            entries.map(|(rule, fate)| format!("{}: {rule}: {fate:?}", reviewed.source.name))
        });
        let mut all: Vec<String> = all.filter(|line| line.contains("Overlaid")).collect();
        all.sort();
        all
    };
    let first = overlaid(before);
    if first.is_empty() {
        return None;
    }
    let reversed = review(sources.iter().rev().cloned().collect(), settings);
    let then = overlaid(&reversed);
    (first != then).then(|| format!("indifferent: overlays hold {first:#?}, and then {then:#?}"))
}
