use super::{Check, Level, Profile, Rule, Version, labels};

pub(super) const RULE: Rule = Rule {
    id: "pod-security-labels",
    title: "Namespaces must say which level of Pod Security their pods meet",
    why: "Without these labels the API server takes any pod: what is safe today is not kept so, and \
          nobody hears of it.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
        "https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-namespace-labels/",
    ],
    linux: false,
    // What pods meet is known when all else is planned: there is nothing to say before.
    check: Check::Object(&["Namespace"], labels::check),
};
