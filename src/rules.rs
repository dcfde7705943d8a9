//! What a manifest should be. One rule, one file, one line in [`RULES`].
//!
//! In: an [`Object`] and what else there is. Out: [`Finding`]s, which own all they say.

mod added_capabilities;
mod allow_privilege_escalation;
mod apparmor_profile;
mod automount_service_account_token;
mod capabilities;
mod condition;
mod context;
mod default_service_account;
mod deprecated_service_account_field;
mod docker_socket;
mod drop_capabilities;
mod evidence;
mod given;
mod host_namespaces;
mod host_path_volumes;
mod host_ports;
mod host_probes;
mod host_process;
mod identity;
mod image_pull_policy;
mod image_registry;
mod image_tag;
mod local_storage;
mod low_port;
mod overrides;
mod own_folder;
mod privileged;
mod proc_mount;
mod read_only_root_filesystem;
mod registries;
mod resource_limits;
mod root;
mod run_as;
mod run_as_non_root;
mod run_as_user;
mod scratch;
mod seccomp_profile;
mod secrets_in_env;
mod selinux_options;
mod service_links;
mod settings;
mod shared_process_namespace;
mod standard;
mod sysctls;
mod token;
mod volume_types;
mod writable_host_path;

use std::{borrow::Cow, fmt};

use crate::{
    manifest::{Container, Object, Part, Pod},
    yaml::{Node, Pointer, Wish},
};

use self::{identity::Identity, root::Root, scratch::Scratch};

pub use context::{Context, World};
pub use evidence::{Evidence, Role};
pub use overrides::Override;
pub use registries::Registries;
pub use settings::{Platform, Settings};
pub use standard::{Profile, Version};

/// Every rule, in the order of their names.
pub static RULES: &[&Rule] = &[
    &added_capabilities::RULE,
    &allow_privilege_escalation::RULE,
    &apparmor_profile::RULE,
    &automount_service_account_token::RULE,
    &default_service_account::RULE,
    &deprecated_service_account_field::RULE,
    &docker_socket::RULE,
    &drop_capabilities::RULE,
    &host_namespaces::RULE,
    &host_path_volumes::RULE,
    &host_ports::RULE,
    &host_probes::RULE,
    &host_process::RULE,
    &image_pull_policy::RULE,
    &image_registry::RULE,
    &image_tag::RULE,
    &privileged::RULE,
    &proc_mount::RULE,
    &read_only_root_filesystem::RULE,
    &resource_limits::RULE,
    &run_as_non_root::RULE,
    &run_as_user::RULE,
    &seccomp_profile::RULE,
    &secrets_in_env::RULE,
    &selinux_options::RULE,
    &service_links::RULE,
    &shared_process_namespace::RULE,
    &sysctls::RULE,
    &volume_types::RULE,
    &writable_host_path::RULE,
];

/// The Pod Security Standards; each rule's level of them.
const BASELINE: &str =
    "https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline";
const RESTRICTED: &str =
    "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted";

/// A rule is data: what it is called, why it is there, and how to look.
#[derive(Debug)]
pub struct Rule {
    /// Its name; forever: `run-as-non-root`.
    pub id: &'static str,
    /// What must be; a line without a full stop.
    pub title: &'static str,
    /// What happens otherwise; a sentence or two.
    pub why: &'static str,
    /// How much it matters at most; each [`Finding`] says it for itself.
    pub level: Level,
    /// The least profile that it is part of.
    pub profile: Profile,
    /// The first version of the Pod Security Standards that asks for it.
    pub since: Version,
    /// Where it is written down: documents, other tools' names for it.
    pub references: &'static [&'static str],
    /// Whether it speaks of fields that only Linux pods may have.
    pub linux: bool,
    /// How to look.
    pub check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Each pod of a workload, with everything else at hand; it reports on nothing but that pod.
    Pod(fn(Pod<'_>, &Context<'_>) -> Vec<Finding>),
    /// Each object of some kinds, which are those of [`LOOKED_INTO`](crate::manifest::LOOKED_INTO)
    /// or workloads; it reports on nothing but that object.
    Object(&'static [&'static str], fn(Object<'_>, &World<'_>) -> Vec<Finding>),
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Asks for a person's value, or tells a fact.
    Note,
    /// Hardening beyond the Pod Security Standards.
    Warning,
    /// Violates a Pod Security Standard, or opens a known hole.
    Error,
}

/// How far a fix may be trusted, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// Someone must decide, or give a value; shown, never written.
    Manual,
    /// Right for most workloads; may stop one that leans on what is taken away.
    Risky,
    /// Cannot stop the workload, or evidence shows that it keeps running.
    Safe,
}

/// One thing, in one place, that is not as it should be.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// What is wrong; a fragment in lower case, names in backticks.
    pub message: String,
    /// The node to look at, within its document: the line that is wrong, or what should hold it.
    pub at: Pointer,
    /// The container that it is about, if it is about one.
    pub container: Option<String>,
    /// What would mend it.
    pub fix: Fix,
}

/// What would mend a finding: all of it or nothing.
#[derive(Clone, Debug)]
pub struct Fix {
    /// How far it may be trusted.
    pub trust: Trust,
    /// What it changes; empty if it is for a person to mend.
    pub wishes: Vec<Wish>,
    /// Why it may be trusted that far, and what to check; for `Manual`: what a person has to do,
    /// and what stands in the way.
    pub reason: Cow<'static, str>,
    /// What it rests on, or what stands in its way; empty unless [`Settings::evidence`] is asked
    /// for.
    pub evidence: Vec<Evidence>,
}

/// Everything that is wrong with one object and its pods, by all rules that run.
///
/// What something else is to complete, and workloads with a [gap](Object::gap), have no findings.
pub fn check(object: Object<'_>, world: &World<'_>) -> Vec<(&'static Rule, Finding)> {
    if !object.is_looked_into() || world.inventory.gap(object).is_some() {
        return Vec::new();
    }
    let settings = world.settings;
    let kind = object.kind();
    let mut findings = Vec::new();
    for &rule in RULES.iter().filter(|rule| settings.runs(rule)) {
        if let Check::Object(kinds, look) = rule.check
            && kinds.contains(&&*kind)
        {
            let mut found = look(object, world);
            found.iter_mut().for_each(|finding| settings.amend(rule, finding));
            findings.extend(found.into_iter().map(|finding| (rule, finding)));
        }
    }
    for pod in object.pods() {
        let (windows, silent) = (pod.is_windows(), pod.is_silent_windows());
        let asks = |rule: &Rule| {
            let standard = rule.profile < Profile::Hardened;
            !windows || standard && settings.pod_security < Version::v1(25)
        };
        let runs = |rule: &&&Rule| settings.runs(rule) && (!rule.linux || asks(rule));
        let images = world.images(pod);
        let context = Context::new(world, pod, &images);
        for &rule in RULES.iter().filter(runs) {
            let mut found = look(rule, pod, silent, &context);
            if rule.linux && windows {
                found.iter_mut().for_each(|finding| finding.fix = Fix::manual(WINDOWS));
            }
            for finding in &mut found {
                context.doubt(pod, &mut finding.fix);
                settings.amend(rule, finding);
                let accepted = settings.accepts(rule.id) && finding.fix.trust == Trust::Risky;
                finding.fix.evidence.extend(context.said("accept-risk").filter(|_| accepted));
            }
            findings.extend(found.into_iter().map(|finding| (rule, finding)));
        }
    }
    findings
}

const WINDOWS: &str = "A pod for Windows cannot say it, and the Pod Security Standards ask it all \
                       the same before v1.25: hold it to a newer version.";

/// `silent` is whether the pod is one for Windows, but not to the API server.
fn look(rule: &Rule, pod: Pod<'_>, silent: bool, context: &Context<'_>) -> Vec<Finding> {
    let Check::Pod(check) = rule.check else { return Vec::new() };
    let mut findings = check(pod, context);
    if rule.linux && silent {
        for finding in &mut findings {
            finding.fix = Fix::manual(
                "It seems to be made for Windows, where the field is refused: say \
                 `os: {name: windows}`, or take away what else asks for Windows.",
            );
        }
    }
    findings
}

impl Finding {
    /// A violation of a Pod Security Standard: at the field if it stands there, else at the pod or
    /// the container that should hold it.
    fn at<'t>(part: impl Part<'t>, field: &str, message: impl Into<String>, fix: Fix) -> Finding {
        let at = match part.at(field) {
            Some(_) => part.pointer().into_join(field),
            None => part.pointer(),
        };
        Finding::of(part, at, message, fix)
    }

    /// The same at a node that says it.
    fn on<'t>(
        part: impl Part<'t>,
        node: Node<'t>,
        message: impl Into<String>,
        fix: Fix,
    ) -> Finding {
        Finding::of(part, part.address(node), message, fix)
    }

    /// Something about an object that runs no pods, at a node of it that says it.
    #[expect(dead_code)]
    fn about<'t>(
        object: Object<'t>,
        node: Node<'t>,
        message: impl Into<String>,
        fix: Fix,
    ) -> Finding {
        let at = object.address(node);
        Finding { level: Level::Error, message: message.into(), at, container: None, fix }
    }

    fn of<'t>(part: impl Part<'t>, at: Pointer, message: impl Into<String>, fix: Fix) -> Finding {
        let container = part.container().map(|container| container.name().into_owned());
        Finding { level: Level::Error, message: message.into(), at, container, fix }
    }

    /// The same, but no Pod Security Standard asks for it.
    fn warning(self) -> Finding {
        Finding { level: Level::Warning, ..self }
    }

    /// The same, and it waits for what a person has to say.
    fn note(self) -> Finding {
        Finding { level: Level::Note, ..self }
    }
}

impl Fix {
    /// One that cannot stop the workload.
    fn safe(wishes: impl Into<Vec<Wish>>, reason: impl Into<Cow<'static, str>>) -> Fix {
        Fix::new(Trust::Safe, wishes.into(), reason.into())
    }

    /// One that may stop the workload; the reason says what to check.
    fn risky(wishes: impl Into<Vec<Wish>>, reason: impl Into<Cow<'static, str>>) -> Fix {
        Fix::new(Trust::Risky, wishes.into(), reason.into())
    }

    /// One that a person has to make; the reason says what stands in the way.
    fn manual(reason: impl Into<Cow<'static, str>>) -> Fix {
        Fix::new(Trust::Manual, Vec::new(), reason.into())
    }

    fn new(trust: Trust, wishes: Vec<Wish>, reason: Cow<'static, str>) -> Fix {
        Fix { trust, wishes, reason, evidence: Vec::new() }
    }
}

/// ``container `a` ``, ``containers `a` and `b` ``, ``containers `a`, `b` and 3 more``.
fn names(containers: &[Container<'_>]) -> String {
    let quoted = |index: usize| format!("`{}`", containers[index].name());
    match containers.len() {
        1 => format!("container {}", quoted(0)),
        2 => format!("containers {} and {}", quoted(0), quoted(1)),
        3 => format!("containers {}, {} and {}", quoted(0), quoted(1), quoted(2)),
        count => format!("containers {}, {} and {} more", quoted(0), quoted(1), count - 2),
    }
}

/// Names in backticks, with commas between them.
fn quoted<T: fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
