//! What becomes of fixes in the overlays of a workload, which are built before and after.
//!
//! In: a [`Plan`] and the objects that it speaks of. Out: the entries that an overlay breaks, and
//! what is to be said of the others.

use std::{borrow::Cow, collections::HashSet};

use crate::{
    manifest::{self, Object, Overlay, Pod},
    plan::{Entry, Fate, Hold, Plan, judge},
    rules::{self, Finding, Rule, Trust, World},
    yaml::{self, Pointer, Tree, Value, Wish},
};

use super::Settings;

/// What is to change in a plan.
pub(super) enum Amendment {
    /// The entry is held.
    Hold(Hold),
    /// Its fix is trusted no more than that, or as far as it was; and this is added to its reason.
    Note(Trust, String),
    /// What comes out has no use for what its fix writes; the overlay, by its place.
    Spare(usize),
}

/// What one overlay makes of one object.
struct Built<'o> {
    by: &'o str,
    faults: HashSet<String>,
    findings: Vec<(&'static Rule, Finding)>,
}

/// What overlays say to the mended entries of a plan; nothing if they let all pass.
pub(super) fn amend(
    plan: &Plan,
    objects: &[Object<'_>],
    world: &World<'_>,
    settings: &Settings,
) -> Vec<(usize, Amendment)> {
    let mut amendments = Vec::new();
    if plan.mended() == 0 {
        return amendments;
    }
    let mut first = 0;
    for entries in plan.entries.chunk_by(|one, other| one.subject == other.subject) {
        let object = objects[entries[0].subject];
        let overlays = world.inventory.overlays(object);
        let its = if overlays.is_empty() { None } else { object.node().value().ok() };
        if let Some(value) = its {
            let look = Look { object, value, entries, world, settings };
            let places = 0..overlays.len();
            let mut its: Vec<_> = places.flat_map(|place| look.amend(&overlays, place)).collect();
            look.weigh(&overlays, &mut its);
            amendments.extend(its.into_iter().map(|(entry, amendment)| (first + entry, amendment)));
        }
        first += entries.len();
    }
    amendments
}

/// An object and its findings.
struct Look<'l, 't> {
    object: Object<'t>,
    value: Value,
    entries: &'l [Entry],
    world: &'l World<'l>,
    settings: &'l Settings,
}

impl Look<'_, '_> {
    fn amend(&self, overlays: &[Overlay<'_>], place: usize) -> Vec<(usize, Amendment)> {
        let overlay = &overlays[place];
        let mended = self.entries.iter().enumerate().filter(|(_, it)| it.fate == Fate::Mended);
        let mut mended: Vec<(usize, &Entry)> = mended.collect();
        let built = overlay.build(self.object, self.value.clone());
        let is_as_before = built.as_ref().is_ok_and(|value| *value == self.value);
        let before = match built {
            Ok(value) if value.is_null() => return Vec::new(),
            value => value.and_then(|value| self.inspect(overlay, value)),
        };
        let before = match before {
            Ok(before) => before,
            Err(why) => return unknown(overlay.name(), &why, &mended),
        };
        let mut amendments = self.spared(place, &before, &mended);
        // What is held of what comes out, or takes more there, may not be written into what it is
        // made of. What comes out as it is may yet not let a fix through.
        mended.retain(|(index, entry)| {
            if is_as_before {
                return true;
            }
            let its = before.findings.iter().filter(|(rule, _)| rule.id == entry.rule.id);
            let barred = its.clone().find_map(|(_, finding)| self.bars(finding, entry));
            let doubted = its.map(|(_, finding)| finding).find(|finding| doubts(finding, entry));
            if let (None, Some(finding)) = (&barred, doubted) {
                let note = format!("Under `{}`: {}", before.by, finding.fix.reason);
                amendments.push((*index, Amendment::Note(finding.fix.trust, note)));
            }
            let stays = barred.is_none();
            amendments.extend(barred.map(|why| (*index, before.hold(why))));
            stays
        });
        let all: Vec<&Entry> = mended.iter().map(|(_, entry)| *entry).collect();
        let after = self.build(overlay, &all);
        let Err(why) = before.stands(&after) else {
            let after = after.expect("it stands");
            amendments.extend(mended.iter().filter(|(_, entry)| after.still_has(entry)).map(
                |(index, entry)| {
                    let note = format!("`{}` undoes it.", after.by);
                    (*index, Amendment::Note(entry.finding.fix.trust, note))
                },
            ));
            return amendments;
        };
        let alone: Vec<(usize, String)> = mended
            .iter()
            .filter_map(|(index, entry)| {
                Some((*index, before.stands(&self.build(overlay, &[entry])).err()?))
            })
            .collect();
        // If none breaks it alone, nobody knows which of them it is.
        let broken = match alone.is_empty() {
            true => mended.iter().map(|(index, _)| (*index, why.clone())).collect(),
            false => alone,
        };
        amendments.extend(broken.into_iter().map(|(index, why)| (index, before.hold(why))));
        amendments
    }

    /// What is written besides, and what comes out has no use for.
    fn spared(
        &self,
        place: usize,
        before: &Built<'_>,
        mended: &[(usize, &Entry)],
    ) -> Vec<(usize, Amendment)> {
        let writes = |entry: &Entry| !entry.finding.fix.objects().is_empty();
        let spared = mended.iter().filter(|(_, it)| writes(it) && !before.still_has(it));
        spared.map(|(index, _)| (*index, Amendment::Spare(place))).collect()
    }

    /// Holds what nothing has a use for that is built, and tells of what only some
    /// builds have none for.
    fn weigh(&self, overlays: &[Overlay<'_>], amendments: &mut [(usize, Amendment)]) {
        let spares = |(index, amendment): &(usize, Amendment)| match amendment {
            Amendment::Spare(place) => Some((*index, *place)),
            _ => None,
        };
        let spared: HashSet<(usize, usize)> = amendments.iter().filter_map(spares).collect();
        let is_plain = !spared.is_empty() && self.world.inventory.is_built_as_it_is(self.object);
        for (index, amendment) in amendments {
            let Amendment::Spare(place) = *amendment else { continue };
            let by = overlays[place].name();
            let mut others = overlays.iter().enumerate().filter(|(_, other)| other.is_last());
            let is_unused = !is_plain && others.all(|(other, _)| spared.contains(&(*index, other)));
            *amendment = match is_unused {
                true => Amendment::Hold(Hold::Overlaid {
                    by: by.into(),
                    why: "it has another account, and so has all that is built of it".into(),
                }),
                false => Amendment::Note(
                    self.entries[*index].finding.fix.trust,
                    format!("Under `{by}` nothing uses it: see whether it is needed."),
                ),
            };
        }
    }

    /// Why the fix of an entry would do harm to what comes out, as a finding of that tells.
    fn bars(&self, finding: &Finding, entry: &Entry) -> Option<String> {
        let is_of_all = |finding: &Finding| finding.container.is_none();
        let related = finding.container == entry.finding.container
            || is_of_all(finding)
            || is_of_all(&entry.finding);
        if related && matches!(judge(finding, self.settings.trust), Fate::Held(_)) {
            return Some(format!("{}. {}", finding.message, finding.fix.reason));
        }
        let known: HashSet<String> = needs(&entry.finding).collect();
        let more = needs(finding).find(|need| !known.contains(need));
        let more = more.filter(|_| finding.container == entry.finding.container)?;
        Some(format!("it takes more: {more}. {}", finding.fix.reason))
    }

    /// What an overlay makes of the object with the fixes of these entries.
    fn build<'o>(&self, overlay: &'o Overlay<'_>, entries: &[&Entry]) -> Result<Built<'o>, String> {
        let at = self.object.pointer();
        let wishes = entries.iter().flat_map(|entry| &entry.finding.fix.wishes);
        let wishes: Vec<Wish> = wishes.filter_map(|wish| wish.below(&at)).collect();
        let mut value = self.value.clone();
        let patch = yaml::operations(&value, &wishes);
        json_patch::patch(&mut value, &patch).map_err(|error| error.to_string())?;
        let new = entries.iter().flat_map(|entry| entry.finding.fix.objects());
        new.map(|missing| &missing.object).try_for_each(|object| take(overlay, object))?;
        self.inspect(overlay, overlay.build(self.object, value)?)
    }

    /// What there is to say about what an overlay built.
    fn inspect<'o>(&self, overlay: &'o Overlay<'_>, value: Value) -> Result<Built<'o>, String> {
        let (mut faults, mut findings) = (HashSet::new(), Vec::new());
        if !value.is_null() {
            let tree = Tree::parse(value.to_string()).map_err(|error| error.message.to_string())?;
            let source = manifest::Source::new("", tree, &self.settings.workloads);
            for object in source.objects(self.object.source()) {
                let pods = object.pods();
                faults.extend(object.refusal(&pods));
                faults.extend(pods.into_iter().flat_map(Pod::faults));
                findings.extend(rules::check(object, self.world));
            }
        }
        Ok(Built { by: overlay.name(), faults, findings })
    }
}

impl Built<'_> {
    fn hold(&self, why: String) -> Amendment {
        Amendment::Hold(Hold::Overlaid { by: self.by.into(), why: why.into() })
    }

    /// Whether what comes out after a fix is as sound as this; an error is a fragment.
    fn stands(&self, after: &Result<Built<'_>, String>) -> Result<(), String> {
        let after = after.as_ref().map_err(Clone::clone)?;
        let mut faults: Vec<&String> = after.faults.difference(&self.faults).collect();
        faults.sort();
        faults.first().map_or(Ok(()), |fault| Err((*fault).clone()))
    }

    fn still_has(&self, entry: &Entry) -> bool {
        self.findings.iter().any(|(rule, finding)| {
            rule.id == entry.rule.id && finding.container == entry.finding.container
        })
    }
}

/// Lays an overlay over a new object, which it may only call otherwise; an error is a fragment.
fn take(overlay: &Overlay<'_>, new: &Value) -> Result<(), String> {
    let tree = Tree::parse(new.to_string()).map_err(|error| error.message.to_string())?;
    let source = manifest::Source::new("", tree, &[]);
    let body = |value: &Value| {
        let mut value = value.clone();
        value.as_object_mut().map(|fields| fields.remove("metadata"));
        value
    };
    source.objects(0).try_for_each(|object| {
        let title = || format!("the new {} `{}`", object.kind(), object.name());
        match overlay.build(object, new.clone()) {
            Ok(built) if body(&built) == body(new) => Ok(()),
            Ok(_) => Err(format!("a patch is also for {}", title())),
            Err(why) => Err(format!("a patch is also for {}: {why}", title())),
        }
    })
}

/// Whether a fix is trusted less for what comes out.
fn doubts(finding: &Finding, entry: &Entry) -> bool {
    finding.container == entry.finding.container && finding.fix.trust < entry.finding.fix.trust
}

/// What a fix asks for, wherever the container stands, and whatever its volumes and its new account
/// are called.
fn needs(finding: &Finding) -> impl Iterator<Item = String> {
    let writes = !finding.fix.objects().is_empty();
    finding.fix.wishes.iter().filter_map(move |wish| match wish {
        Wish::Set { at, .. } if writes && field(at) == "serviceAccountName" => None,
        Wish::Set { at, value } => Some(format!("`{}: {value}`", field(at))),
        Wish::Include { at, value } | Wish::Insert { at, value } => {
            if value.get("emptyDir").is_some() {
                return None;
            }
            let value = value.get("mountPath").unwrap_or(value);
            Some(format!("`{value}` in `{}`", field(at)))
        }
        Wish::Remove { .. } => None,
    })
}

/// The key of a field.
fn field(at: &Pointer) -> String {
    at.tokens().last().unwrap_or_default().into_owned()
}

/// Nothing is known of what comes out: so no fix is certain that was.
fn unknown(by: &str, why: &str, mended: &[(usize, &Entry)]) -> Vec<(usize, Amendment)> {
    let note = format!("Nobody can tell what `{by}` makes of it: {why}.");
    let certain = mended.iter().filter(|(_, entry)| entry.finding.fix.trust > Trust::Risky);
    certain.map(|(index, _)| (*index, Amendment::Note(Trust::Risky, note.clone()))).collect()
}

/// Says it of the entries; and tells whether more of them stay.
pub(super) fn apply(amendments: Vec<(usize, Amendment)>, plan: &mut Plan, trust: Trust) -> bool {
    let mended = plan.mended();
    for (index, amendment) in amendments {
        let Entry { finding, fate, .. } = &mut plan.entries[index];
        match amendment {
            Amendment::Hold(hold) if *fate == Fate::Mended => *fate = Fate::Held(hold),
            Amendment::Hold(_) | Amendment::Spare(_) => {}
            Amendment::Note(at_most, note) => {
                finding.fix.trust = finding.fix.trust.min(at_most);
                if !finding.fix.reason.contains(&note) {
                    let reason = format!("{} {note}", finding.fix.reason);
                    finding.fix.reason = Cow::Owned(reason.trim().to_owned());
                }
                if *fate == Fate::Mended {
                    *fate = judge(finding, trust);
                }
            }
        }
    }
    plan.mended() < mended
}
