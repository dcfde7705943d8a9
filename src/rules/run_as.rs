//! The fix that takes root from containers, with all that it takes for them to run without.
//!
//! In: [`Container`]s whose [`Identity`] is no obstacle. Out: a [`Fix`].

use std::borrow::Cow;

use serde_json::json;

use super::{
    Context, Evidence, Fix, Root, Trust,
    given::{Given, NUMBER},
    identity::{FS_GROUP, Identity, Numbers},
    low_port, own_folder, quoted, run_as_non_root, run_as_user,
};
use crate::{
    images::Grade,
    manifest::{Container, Part, Pod},
    yaml::Wish,
};

const NON_ROOT: &str = "securityContext/runAsNonRoot";
pub(super) const USER: &str = "securityContext/runAsUser";
const GROUP: &str = "securityContext/runAsGroup";
pub(super) const POLICY: &str = "securityContext/fsGroupChangePolicy";
/// Images that keep a secret in their data and refuse it once a group may read it.
pub(super) const KEEPS_A_KEY: &str = "rabbitmq";

/// The fix that takes root from a container, where this rule does so, and how far it is trusted.
pub(super) fn fix_of<'c>(
    container: Container<'_>,
    context: &'c Context<'_>,
) -> Option<(Trust, Cow<'c, Fix>)> {
    let pod = container.pod();
    let rule = &run_as_non_root::RULE;
    if context.settings.leaves(rule).is_some() || run_as_user::tamed(pod, context) {
        return None;
    }
    if context.root(container).is_some() || container.non_root() == Some(true) {
        return None;
    }
    let of_pod = container.flag(NON_ROOT).is_none() && is_of_pod(pod, context);
    let fix = match of_pod {
        true => Cow::Borrowed(fix_all(pod, context)),
        false => Cow::Owned(fix(container, &[container], context)),
    };
    Some((context.settings.trust(rule, fix.trust), fix))
}

/// Whether the pod refuses root for all containers that say nothing of it.
pub(super) fn is_of_pod(pod: Pod<'_>, context: &Context<'_>) -> bool {
    pod.workload().whole && !context.keeps_root()
}

/// The fix that takes root from all containers that say nothing of it, at their pod.
pub(super) fn fix_all<'c>(pod: Pod<'_>, context: &'c Context<'_>) -> &'c Fix {
    context.unroot.get_or_init(|| fix(pod, &Sorted::of(pod, context).unsaid, context))
}

/// The containers of a pod that may run as root.
pub(super) struct Sorted<'t, 'c> {
    /// Those that stay root, and why.
    pub(super) roots: Vec<(Container<'t>, &'c Root)>,
    /// Those that say themselves that they may be root.
    pub(super) said: Vec<Container<'t>>,
    /// Those that say nothing.
    pub(super) unsaid: Vec<Container<'t>>,
}

impl<'t, 'c> Sorted<'t, 'c> {
    pub(super) fn of(pod: Pod<'t>, context: &'c Context<'_>) -> Sorted<'t, 'c> {
        let mut sorted = Sorted { roots: Vec::new(), said: Vec::new(), unsaid: Vec::new() };
        for container in pod.containers() {
            match context.root(container) {
                Some(root) => sorted.roots.push((container, root)),
                None if container.non_root() == Some(true) => {}
                None if container.flag(NON_ROOT).is_some() => sorted.said.push(container),
                None => sorted.unsaid.push(container),
            }
        }
        sorted
    }
}

/// What gathers for one fix.
struct Draft {
    wishes: Vec<Wish>,
    trust: Trust,
    reasons: Vec<String>,
    evidence: Vec<Evidence>,
}

/// Refuses root to `containers`, at `part`: the pod that holds all of them, or the only one.
pub(super) fn fix<'t>(
    part: impl Part<'t>,
    containers: &[Container<'t>],
    context: &Context<'_>,
) -> Fix {
    let pod = part.pod();
    let mut draft = Draft {
        wishes: vec![part.set(NON_ROOT, true)],
        trust: Trust::Safe,
        reasons: Vec::new(),
        evidence: Vec::new(),
    };
    let who: Vec<_> = containers.iter().map(|it| (*it, context.identity(*it))).collect();
    let unknown = who.iter().filter(|(_, identity)| matches!(identity, Ok(Identity::Unknown)));
    let unknown: Vec<Container<'t>> = unknown.map(|(container, _)| *container).collect();
    let given = Given::of(&unknown, context);
    // What is known of an image stands above what is given for all.
    let check = |identity: &Result<_, _>| if identity.is_ok() { &*given.reason } else { NUMBER };
    let checks: Vec<&str> = who.iter().map(|(_, identity)| check(identity)).collect();
    // What is not known although it was looked for is let through by whoever accepts the risk.
    let who: Vec<(Container<'t>, Identity<'_>)> = who
        .into_iter()
        .map(|(container, identity)| (container, identity.unwrap_or(Identity::Unknown)))
        .collect();
    let numbers: Vec<Option<Numbers>> =
        who.iter().map(|(_, identity)| identity.numbers()).collect();
    let same = numbers.windows(2).all(|pair| {
        let user = |numbers: Option<Numbers>| numbers.map(|its| (its.uid, its.gid));
        user(pair[0]) == user(pair[1])
    });
    let of_pod = part.container().is_none() && same && pod.containers().count() == who.len();
    if let Some(numbers) = numbers.first().copied().flatten().filter(|_| of_pod) {
        draft.run(part, numbers);
    }
    let mut told: Vec<(String, Vec<Cow<'_, str>>)> = Vec::new();
    for ((container, identity), check) in who.iter().zip(checks) {
        if let Some(numbers) = identity.numbers().filter(|_| !of_pod) {
            draft.run(*container, numbers);
        }
        let reason = draft.tell(*container, identity, check);
        draft.evidence.extend(context.told(*container, *identity));
        match told.iter_mut().find(|(told, _)| *told == reason) {
            Some((_, names)) => names.push(container.name()),
            None => told.push((reason, vec![container.name()])),
        }
        if let Err(obstacle) = draft.prepare(*container, identity, context) {
            return Fix::manual(obstacle).resting_on(draft.evidence);
        }
    }
    draft.wishes.extend(given.wishes);
    draft.evidence.extend(given.evidence);
    let apart = told.len() > 1;
    let told = told.into_iter().map(|(reason, names)| match apart {
        true => format!("{}: {reason}", quoted(names)),
        false => reason,
    });
    draft.reasons.splice(0..0, told);
    match draft.share(pod, &who) {
        Ok(()) => draft.finish(),
        Err(obstacle) => Fix::manual(obstacle).resting_on(draft.evidence),
    }
}

impl Draft {
    fn run<'t>(&mut self, part: impl Part<'t>, numbers: Numbers) {
        self.wishes.extend(numbers.uid.map(|uid| part.set(USER, uid)));
        let gid = numbers.gid.filter(|_| part.number(GROUP).is_none());
        self.wishes.extend(gid.map(|gid| part.set(GROUP, gid)));
    }

    /// Says who a container runs as, and how well that is known; `check` is what to check if it is
    /// not.
    fn tell(&mut self, container: Container<'_>, identity: &Identity<'_>, check: &str) -> String {
        let grade = identity.grade();
        // Another program may need what that of the image does not; the user knows of it.
        let own = container.has_command() && grade != Grade::Declared;
        let (proven, reason) = match identity {
            Identity::Said => (true, "The user that it names is not root.".to_owned()),
            Identity::Image(_) => (
                grade.is_proof(),
                format!("Its image runs as a user that is not root: {}.", word(grade)),
            ),
            Identity::Numbers(Numbers { uid: Some(uid), .. }, image) => {
                let of = image.family;
                (grade.is_proof() && !own, format!("`{of}` works as user {uid}: {}.", word(grade)))
            }
            Identity::Numbers(..) if grade == Grade::Declared => {
                (true, format!("OpenShift chooses its user, and it works as any: {}.", word(grade)))
            }
            Identity::Numbers(..) => {
                (false, "OpenShift chooses its user: check that it works as any.".to_owned())
            }
            Identity::Unknown => (false, check.to_owned()),
        };
        let reason = match own && !proven && grade.is_proof() {
            true => format!("{reason} It is given another command: check that this does too."),
            false => reason,
        };
        if !proven {
            self.trust = self.trust.min(Trust::Risky);
        }
        reason
    }

    /// Sets what must be set before; an error is what a person has to do.
    fn prepare(
        &mut self,
        container: Container<'_>,
        identity: &Identity<'_>,
        context: &Context<'_>,
    ) -> Result<(), String> {
        for setting in identity.settings() {
            let set = container.list("env").find(|variable| {
                variable.get("name").is_some_and(|name| name.text() == setting.name)
            });
            let (name, value) = (setting.name, setting.value);
            match set.map(|variable| variable.get("value").map(|value| value.text())) {
                Some(Some(its)) if its == value => continue,
                Some(_) => {
                    return Err(format!("It works without root with `{name}={value}`: say so."));
                }
                None => {}
            }
            self.wishes.push(container.include("env", json!({ "name": name, "value": value })));
            self.trust = self.trust.min(Trust::Risky);
            self.reasons.push(match setting.note.trim_end_matches('.') {
                "" => format!("`{name}={value}` lets it."),
                note => format!("`{name}={value}` lets it: {note}."),
            });
        }
        if let Some(wish) = own_folder::free(container, identity)? {
            self.wishes.push(wish);
            self.trust = self.trust.min(Trust::Risky);
            self.reasons.push("Its data goes to a folder that it may own.".to_owned());
        }
        if identity.numbers().is_some_and(|numbers| numbers.uid.is_some())
            && let Some((root, volume)) = context.shares_with_root(container)
        {
            self.trust = self.trust.min(Trust::Risky);
            self.reasons.push(format!(
                "`{root}` stays root and writes to `{volume}` too: check that each can use what the \
                 other makes there."
            ));
        }
        let declared = container.low_port();
        let silent = identity.binds_low() && container.list("ports").next().is_none();
        if declared.is_none() && !silent {
            return Ok(());
        }
        let pod = container.pod();
        match low_port::free(pod, context) {
            Some((wishes, trust)) => {
                self.wishes.extend(wishes);
                self.trust = self.trust.min(trust);
                self.reasons.push(match declared {
                    Some(port) => format!("The sysctl lets it listen at port {port}."),
                    None => "The sysctl lets it listen at its port below 1024.".to_owned(),
                });
            }
            None if identity.binds_low() => {
                let place = match pod.workload().whole {
                    true => " on its node's network, where only root may",
                    false => ", where only root may, and Knative takes no sysctl",
                };
                return Err(format!("It listens below 1024{place}: let it listen above 1023."));
            }
            None => {
                self.trust = self.trust.min(Trust::Risky);
                let port = declared.unwrap_or_default();
                self.reasons.push(format!("It declares port {port}: let it listen above 1023."));
            }
        }
        Ok(())
    }

    /// Says the group that volumes get; an error is what a person has to do.
    fn share(&mut self, pod: Pod<'_>, who: &[(Container<'_>, Identity<'_>)]) -> Result<(), String> {
        let groups = who.iter().filter_map(|(container, identity)| {
            Some((*container, identity.numbers()?.fs_group?, identity.family()))
        });
        let groups: Vec<_> = groups.collect();
        let Some(&(_, group, _)) = groups.first() else { return Ok(()) };
        if groups.iter().any(|(_, other, _)| *other != group) {
            return Err(
                "Its containers need different groups for their volumes, and a pod has one \
                 `fsGroup`: name the users and the group, or one `fs-group` of their images under \
                 `images` in `.seaworthy.yaml`."
                    .to_owned(),
            );
        }
        if !pod.workload().whole {
            return Err(
                "It needs an `fsGroup` for its volumes, which Knative does not take.".to_owned()
            );
        }
        let keeps = groups.iter().filter(|(container, ..)| container.keeps_data());
        if keeps.clone().any(|(_, _, family)| family.contains(KEEPS_A_KEY)) {
            return Err(
                "`fsGroup` would open its cookie to the group, and it then refuses to start: \
                        give the data to its user by hand, then name the user."
                    .to_owned(),
            );
        }
        self.trust = self.trust.min(Trust::Risky);
        self.wishes.push(pod.set(FS_GROUP, group));
        if keeps.clone().next().is_none() {
            self.reasons.push("`fsGroup` lets it read files that are not for everyone.".to_owned());
            return Ok(());
        }
        if pod.at(POLICY).is_none() {
            self.wishes.push(pod.set(POLICY, "OnRootMismatch"));
        }
        self.reasons.push(
            "`fsGroup` lets it at its data, every file of which is opened to that group once: check \
             that it bears this, and back it up."
                .to_owned(),
        );
        Ok(())
    }

    fn finish(self) -> Fix {
        let Draft { trust, wishes, reasons, evidence } = self;
        Fix { evidence, ..Fix::new(trust, wishes, reasons.join(" ").into()) }
    }
}

fn word(grade: Grade) -> &'static str {
    match grade {
        Grade::Declared => "you say so",
        Grade::Read => "its Dockerfile says so",
        Grade::Documented => "its publisher says so",
        Grade::Inferred | Grade::Unknown => "as far as can be told, check it",
    }
}
