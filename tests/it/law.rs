//! The laws that hold for every review, as one function over any sources.

use std::collections::BTreeMap;

use seaworthy::{
    manifest::{self, Inventory, Site},
    plan::{Change, Draft, Fate, Hold, Plan, Subject},
    review::{Outcome, Review, Reviewed, Settings, Skip, Source, review},
    rules::{self, Missing, World},
    yaml::{Node, Tree, Value, Wish, operations},
};

/// Holds the laws to the review of some sources. Errors: the laws that are broken, and where.
pub(crate) fn hold(sources: &[Source], settings: &Settings, review: &Review) -> Vec<String> {
    let mut broken = Vec::new();
    for reviewed in &review.sources {
        let mut one = Vec::new();
        one.extend(accounted(reviewed));
        if let (Ok(text), Some(change)) = (&reviewed.source.text, &reviewed.plan.change) {
            one.extend(untouched(text, change));
            one.extend(faithful(text, &reviewed.plan, change));
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
    review.sources.iter().map(written).collect()
}

/// Accounted: the outcome fits what was found, mended, held and wrong.
fn accounted(reviewed: &Reviewed) -> Option<String> {
    let plan = &reviewed.plan;
    let fits = match reviewed.outcome {
        Outcome::Changed => plan.mended() > 0 && plan.change.is_some(),
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

/// Faithful: the edited text means what the wishes make of the value that the text had, and new
/// documents are those that findings ask for.
fn faithful(text: &str, plan: &Plan, change: &Change) -> Option<String> {
    let (Ok(before), Ok(after)) = (Tree::parse(text), Tree::parse(&*change.text)) else {
        return Some("faithful: the edited text does not parse".to_owned());
    };
    let mut wishes: BTreeMap<usize, Vec<Wish>> = BTreeMap::new();
    let mut beside: Vec<(usize, &Missing)> = Vec::new();
    for entry in plan.entries.iter().filter(|entry| entry.fate == Fate::Mended) {
        let subject = &plan.subjects[entry.subject];
        let of_document = wishes.entry(subject.document).or_default();
        of_document.extend(entry.finding.fix.wishes.iter().cloned());
        for missing in entry.finding.fix.objects() {
            let value = missing.object.clone();
            let at = subject.pointer.clone();
            match (subject.site, missing.before) {
                (Site::Item, true) => of_document.push(Wish::Insert { at, value }),
                (Site::Item, false) => {
                    of_document.push(Wish::Include { at: at.parent().unwrap(), value });
                }
                _ => beside.push((subject.document, missing)),
            }
        }
    }
    let mut got = after.roots();
    for (document, old) in before.roots().enumerate() {
        for value in expected(&beside, document, true) {
            if got.next().and_then(|new| new.value().ok()).as_ref() != Some(value) {
                return Some(format!("faithful: {value} is not before document {document}"));
            }
        }
        let Some(new) = got.next() else {
            return Some(format!("faithful: document {document} is gone"));
        };
        if let Some(broken) = changed(document, old, new, wishes.get(&document)) {
            return Some(broken);
        }
        for value in expected(&beside, document, false) {
            if got.next().and_then(|new| new.value().ok()).as_ref() != Some(value) {
                return Some(format!("faithful: {value} is not behind document {document}"));
            }
        }
    }
    got.next().map(|_| "faithful: documents came unasked".to_owned())
}

/// The new documents on one side of a document: what several ask for stands before the first of
/// them, or behind the last.
fn expected<'m>(beside: &[(usize, &'m Missing)], document: usize, before: bool) -> Vec<&'m Value> {
    let is_here = |missing: &Missing| {
        let all =
            beside.iter().filter(|(_, it)| it.before == before && it.object == missing.object);
        let documents = all.map(|(its, _)| *its);
        let place = if before { documents.min() } else { documents.max() };
        place == Some(document)
    };
    let mut values: Vec<&Value> = Vec::new();
    for (_, missing) in beside.iter().filter(|(_, it)| it.before == before && is_here(it)) {
        if !values.contains(&&missing.object) {
            values.push(&missing.object);
        }
    }
    values
}

/// Whether a document changed otherwise than was wished.
fn changed(
    document: usize,
    old: Node<'_>,
    new: Node<'_>,
    wishes: Option<&Vec<Wish>>,
) -> Option<String> {
    let Some(wishes) = wishes else {
        let same = old.raw() == new.raw();
        return (!same).then(|| format!("faithful: document {document} changed unasked"));
    };
    let (Ok(mut wanted), Ok(got)) = (old.value(), new.value()) else {
        return Some(format!("faithful: document {document} has no value"));
    };
    let patch = operations(&wanted, wishes);
    if let Err(error) = json_patch::patch(&mut wanted, &patch) {
        return Some(format!("faithful: document {document}: {error}"));
    }
    (wanted != got).then(|| format!("faithful: document {document} means something else"))
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
        let left = named(reviewed, |_| true);
        let held = named(before, |fate| *fate != Fate::Mended);
        for (finding, n) in left {
            if held.get(&finding).is_none_or(|held| *held < n) {
                broken.push(format!("{name}: mended: {finding} is found again"));
            }
        }
    }
    broken
}

/// The findings with such a fate, by object and rule, and how many there are of each.
fn named(reviewed: &Reviewed, such: fn(&Fate) -> bool) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in reviewed.plan.entries.iter().filter(|entry| such(&entry.fate)) {
        let subject = &reviewed.plan.subjects[entry.subject];
        *counts.entry(format!("{} of {subject}", entry.rule.id)).or_default() += 1;
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
    let world = World::new(&inventory, &settings.rules);
    let mut broken = Vec::new();
    for (index, (source, reviewed)) in read.iter().zip(reviewed).enumerate() {
        // What is not worked on as a whole has no plan, whatever its other documents hold.
        if matches!(reviewed.outcome, Outcome::Refused | Outcome::PassedOver(_)) {
            continue;
        }
        let objects = inventory.objects().iter().filter(|object| object.source() == index);
        let mut draft = Draft::new(source.tree(), settings.trust);
        for object in objects {
            let mut findings = rules::check(*object, &world);
            findings.reverse();
            draft.add(Subject::of(*object), findings);
        }
        let mut again = draft.finish();
        // What overlays make of it, and what others lack, is looked at when all plans are made.
        for (entry, before) in again.entries.iter_mut().zip(&reviewed.plan.entries) {
            if let Fate::Held(hold @ (Hold::Overlaid { .. } | Hold::Untied { .. })) = &before.fate {
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
    broken
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
