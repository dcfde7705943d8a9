//! Where a container needs an `emptyDir` once its root file system is read-only.
//!
//! In: a [`Container`], and what is known of its image. Out: the paths, and how far they may be
//! trusted to be all.

use super::{
    Context, Evidence, Fix, Trust, condition,
    identity::noted,
    local_storage,
    read_only_root_filesystem::{FIELD, RULE},
};
use crate::{
    images::{Backing, Grade, Image, Need, ReadOnly, Works, Writable},
    manifest::{Container, Part as _, clean},
};

/// Where someone who knows says so.
const LIST: &str = "list where it writes as `writable-paths` of its image under `images` in \
                    `.seaworthy.yaml`";

/// The paths at which a container gets an `emptyDir`.
pub(super) struct Scratch {
    pub(super) paths: Vec<String>,
    pub(super) trust: Trust,
    pub(super) reason: String,
    pub(super) evidence: Option<Evidence>,
}

impl Scratch {
    /// Errors: what is left to someone who has to look first.
    pub(super) fn of(container: Container<'_>, context: &Context<'_>) -> Result<Scratch, Fix> {
        if container.pod().is_static() {
            let advice =
                "It looks like a static pod, a part of its node: try it on one node first.";
            return Err(Fix::manual(advice));
        }
        let doubt = doubt(container);
        // Only the word of the user stands above it.
        let matters = doubt.is_none() || !context.settings.images.entries.is_empty();
        let image = if matters { context.image(container) } else { None };
        let image = image.filter(|image| image.read_only.works != Works::Unknown);
        let mut scratch = match (image, doubt) {
            (Some(image), Some((doubt, _))) if image.read_only.grade == Grade::Declared => {
                let scratch = Scratch::known(container, image, context)?;
                let reason = format!("You say where it writes, and {doubt}: check it.");
                Scratch { trust: scratch.trust.min(Trust::Risky), reason, ..scratch }
            }
            (_, Some((doubt, advice))) => {
                let evidence = context.shown(container, &doubt);
                return Err(Fix::manual(advice).resting_on(evidence));
            }
            (Some(image), None) => Scratch::known(container, image, context)?,
            (None, None) => unknown(container, context).map_err(Fix::manual)?,
        };
        if !scratch.paths.is_empty() {
            let told = local_storage::told(container.pod());
            scratch.reason.extend(told.into_iter().flat_map(|told| [" ", told]));
        }
        Ok(scratch)
    }

    fn known(
        container: Container<'_>,
        image: &Image<'_>,
        context: &Context<'_>,
    ) -> Result<Scratch, Fix> {
        let evidence = context.known(container, image, image.read_only.grade);
        match known(container, image, context) {
            Ok(scratch) => Ok(Scratch { evidence, ..scratch }),
            Err(obstacle) => Err(Fix::manual(obstacle).resting_on(evidence)),
        }
    }
}

/// What in the manifest tells that it writes elsewhere, as a fragment; and what to do about it.
fn doubt(container: Container<'_>) -> Option<(String, String)> {
    // Whoever wrote this met a program that writes, where we would only guess that none does.
    if container.flag(FIELD) == Some(false) {
        let advice = format!(
            "Someone said `false`. Mount an `emptyDir` wherever it writes, then say `true`; or \
             {LIST}."
        );
        return Some(("someone said `false`".to_owned(), advice));
    }
    let need = container.writes_root()?;
    let advice = format!(
        "It would fail: {need}. Mount an `emptyDir` wherever it writes, or let the image hold what \
         it needs, then say `true`; or {LIST}."
    );
    Some((need, advice))
}

/// Nothing is known of the image: most programs write to `/tmp` if anywhere.
fn unknown(container: Container<'_>, context: &Context<'_>) -> Result<Scratch, String> {
    if let Some(fragile) = fragile(container, context) {
        return Err(format!(
            "Nothing proves that it writes to its mounts only, and {fragile}. Check that it does \
             and use `--accept-risk {}`, or {LIST}.",
            RULE.id
        ));
    }
    let covered = container.mounts_over("/tmp");
    if let Some(obstacle) = container.no_scratch().filter(|_| !covered) {
        return Err(obstacle);
    }
    Ok(Scratch {
        paths: if covered { Vec::new() } else { vec!["/tmp".to_owned()] },
        trust: Trust::Risky,
        reason: "Check where besides its mounts it writes, and mount an `emptyDir` there.".into(),
        evidence: None,
    })
}

fn known(
    container: Container<'_>,
    image: &Image<'_>,
    context: &Context<'_>,
) -> Result<Scratch, String> {
    let family = image.family;
    let note = noted(image.read_only.note);
    if image.read_only.works == Works::No {
        return Err(format!(
            "`{family}` has to write to its root file system{note}. If it need not, say \
             `read-only-root-filesystem: true` of its image under `images` in `.seaworthy.yaml`."
        ));
    }
    let open = |path: &&Writable<'_>| !container.mounts_over(&clean(path.path));
    let read_only = settled(&image.read_only, container);
    if let Some(path) = read_only.obstacles().find(open) {
        return Err(format!(
            "`{family}` writes to `{}`{}: {}.",
            path.path,
            purpose(path) + &case(path),
            what(path)
        ));
    }
    let mut paths: Vec<String> =
        read_only.scratch().filter(open).map(|path| clean(path.path)).collect();
    paths.sort_unstable();
    paths.dedup();
    // What is below another one is there with it.
    let all = paths.clone();
    paths.retain(|path| !all.iter().any(|other| path.starts_with(&format!("{other}/"))));
    if let Some((path, mount)) = paths.iter().find_map(|path| Some((path, container.closes(path)?)))
    {
        return Err(format!(
            "`{family}` writes to `{path}`, and nothing can be mounted there: `{}` is mounted at \
             `{}` and cannot be written to. Mount its files one by one, with `subPath`.",
            mount.volume, mount.path
        ));
    }
    if paths.iter().any(|path| path == "/tmp")
        && let Some(obstacle) = container.no_scratch()
    {
        return Err(obstacle);
    }
    // Where the tag is not known, where its data is may not be known either.
    let proven = image.read_only.works.is_possible()
        && image.read_only.grade.is_proof()
        && image.depends_on_tag.is_empty();
    let own = container.has_command() && image.read_only.grade != Grade::Declared;
    if let Some(fragile) = fragile(container, context).filter(|_| !proven || own) {
        return Err(format!(
            "It is not certain where `{family}` writes{note}, and {fragile}. Check it and use \
             `--accept-risk {}`, or {LIST}.",
            RULE.id
        ));
    }
    let mut maybe = read_only.paths.iter().filter(|path| match path.need {
        Need::Conditional => path.backing != Backing::EmptyDir || path.seeded,
        // Without a volume it starts, and fails once it writes.
        Need::Usual | Need::Likely => path.backing == Backing::Data,
        _ => false,
    });
    let (trust, reason) = match proven {
        _ if let Some(path) = maybe.find(open) => (
            Trust::Risky,
            format!(
                "`{family}` also writes to `{}`{}: check it.",
                path.path,
                purpose(path) + &case(path)
            ),
        ),
        true if own => (
            Trust::Risky,
            format!(
                "`{family}` is known to write nowhere else: check that it is so with the command that \
             it is given."
            ),
        ),
        true => (Trust::Safe, format!("`{family}` is known to write nowhere else.")),
        false => (Trust::Risky, format!("Check where else `{family}` writes{note}.")),
    };
    Ok(Scratch { paths, trust, reason, evidence: None })
}

/// What is known of where it writes, with only those cases that may be the one of the container.
fn settled<'a>(known: &ReadOnly<'a>, container: Container<'_>) -> ReadOnly<'a> {
    let mut known = known.clone();
    known.paths.retain_mut(|path| {
        let depends = match path.need {
            Need::Conditional => true,
            Need::Usual => !path.condition.is_empty(),
            _ => false,
        };
        if !depends {
            return true;
        }
        match condition::holds(path.condition, container) {
            Some(true) => path.need = Need::Always,
            Some(false) => return false,
            None => {}
        }
        true
    });
    known
}

fn fragile(container: Container<'_>, context: &Context<'_>) -> Option<&'static str> {
    container.pod().is_fragile().filter(|_| !context.settings.accepts(RULE.id))
}

fn purpose(path: &Writable<'_>) -> String {
    if path.purpose.is_empty() { String::new() } else { format!(" ({})", path.purpose) }
}

fn case(path: &Writable<'_>) -> String {
    if path.condition.is_empty() { String::new() } else { format!(", {}", path.condition) }
}

fn what(path: &Writable<'_>) -> &'static str {
    match path.backing {
        _ if path.path.contains('<') => "mount what it needs there, then say `true`",
        Backing::Data => "give it a volume there, then say `true`",
        Backing::File => "mount a file there, then say `true`",
        Backing::Projected => "mount there what it is to read, then say `true`",
        Backing::EmptyDir => {
            "it has files there, which an empty volume would hide: copy them into one first, in an \
             init container"
        }
    }
}
