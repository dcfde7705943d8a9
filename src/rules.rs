//! What a manifest should be. One rule, one file, one line in [`RULES`].
//!
//! In: an [`Object`] and what else there is. Out: [`Finding`]s, which own all they say.

mod added_capabilities;
mod admitted;
mod allow_privilege_escalation;
mod anonymous_subject;
mod apparmor_profile;
mod automount_service_account_token;
mod broad_subject;
mod capabilities;
mod cluster_admin_binding;
mod condition;
mod context;
mod dashboard;
mod dashboard_exposure;
mod dashboard_login;
mod dashboard_rights;
mod default_account_binding;
mod default_service_account;
mod deprecated_service_account_field;
mod docker_socket;
mod drop_capabilities;
mod evidence;
mod exposure;
mod finding;
mod flags;
mod given;
mod holders;
mod host_namespaces;
mod host_path_volumes;
mod host_ports;
mod host_probes;
mod host_process;
mod identity;
mod image_pull_policy;
mod image_registry;
mod image_tag;
mod labels;
mod leave;
mod levels;
mod local_storage;
mod login;
mod low_port;
mod missing_role;
mod nodes_proxy;
mod overrides;
mod own_folder;
mod pod_security_labels;
mod pod_security_policy;
mod pods_exec;
mod policy_use;
mod privileged;
mod proc_mount;
mod projected_token;
mod read_only_root_filesystem;
mod registries;
mod resource_limits;
mod rights_escalation;
mod root;
mod run_as;
mod run_as_non_root;
mod run_as_user;
mod runners;
mod scratch;
mod seccomp_profile;
mod secrets_cluster_wide;
mod secrets_in_env;
mod selinux_options;
mod service_account_automount;
mod service_links;
mod settings;
mod shared_process_namespace;
mod standard;
mod sysctls;
mod token;
mod token_requests;
mod translated;
mod unbound_role;
mod volume_types;
mod wildcard;
mod wildcard_rights;
mod writable_host_path;

use std::fmt;

use crate::manifest::{Container, Object, Pod};

use self::{identity::Identity, root::Root, scratch::Scratch};

pub use context::{Context, World};
pub use evidence::{Evidence, Role};
pub use finding::{Beyond, Finding, Fix, Level, Missing, Tie, Trust};
pub use levels::{Judge, Levels, Met, Reached, Standards};
pub use overrides::Override;
pub use registries::Registries;
pub use settings::{Platform, Settings};
pub use standard::{Profile, Version};

/// Every rule, in the order of their names.
pub static RULES: &[&Rule] = &[
    &added_capabilities::RULE,
    &allow_privilege_escalation::RULE,
    &anonymous_subject::RULE,
    &apparmor_profile::RULE,
    &automount_service_account_token::RULE,
    &broad_subject::RULE,
    &cluster_admin_binding::RULE,
    &dashboard_exposure::RULE,
    &dashboard_login::RULE,
    &dashboard_rights::RULE,
    &default_account_binding::RULE,
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
    &missing_role::RULE,
    &nodes_proxy::RULE,
    &pod_security_labels::RULE,
    &pod_security_policy::RULE,
    &pods_exec::RULE,
    &privileged::RULE,
    &proc_mount::RULE,
    &read_only_root_filesystem::RULE,
    &resource_limits::RULE,
    &rights_escalation::RULE,
    &run_as_non_root::RULE,
    &run_as_user::RULE,
    &seccomp_profile::RULE,
    &secrets_cluster_wide::RULE,
    &secrets_in_env::RULE,
    &selinux_options::RULE,
    &service_account_automount::RULE,
    &service_links::RULE,
    &shared_process_namespace::RULE,
    &sysctls::RULE,
    &token_requests::RULE,
    &unbound_role::RULE,
    &volume_types::RULE,
    &wildcard_rights::RULE,
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
            findings.extend(amended(rule, look(object, world), settings));
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

/// What follows for a namespace from the levels that the world was [told](World::reach).
pub fn check_levels(namespace: Object<'_>, world: &World<'_>) -> Vec<(&'static Rule, Finding)> {
    let found = labels::check(namespace, world);
    amended(&pod_security_labels::RULE, found, world.settings)
}

/// Whether anyone asks for the levels that namespaces have reached.
pub fn asks_for_levels(settings: &Settings) -> bool {
    settings.runs(&pod_security_labels::RULE)
}

/// The findings of a rule on an object, with what is said in its place.
fn amended(
    rule: &'static Rule,
    mut found: Vec<Finding>,
    settings: &Settings,
) -> Vec<(&'static Rule, Finding)> {
    found.iter_mut().for_each(|finding| settings.amend(rule, finding));
    found.into_iter().map(|finding| (rule, finding)).collect()
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
