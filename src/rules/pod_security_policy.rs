use super::{Check, Finding, Fix, Level, Missing, Profile, Rule, Version, World, quoted};
use crate::{
    generate::{Field, Standard, Translation, Went},
    manifest::Object,
};

pub(super) const RULE: Rule = Rule {
    id: "pod-security-policy",
    title: "Pod Security must say what PodSecurityPolicies said",
    why: "The API server has none of them since 1.25: what they forbade, it lets pass, unless labels \
          of namespaces or an admission policy forbid it.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::v1(25),
    references: &[
        "https://kubernetes.io/docs/reference/access-authn-authz/psp-to-pod-security-standards/",
        "https://kubernetes.io/docs/tasks/configure-pod-container/migrate-from-psp/",
    ],
    linux: false,
    check: Check::Object(&["PodSecurityPolicy"], check),
};

fn check(object: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    if !["policy", "extensions"].contains(&&*object.group()) {
        return Vec::new();
    }
    let reach = world.policy_uses().reach(&object.name());
    let namespaces: Vec<String> = reach.namespaces.iter().cloned().collect();
    let bound: &[String] = if reach.beyond { &[] } else { &namespaces };
    let name = format!("psp-{}", object.name());
    let at = object.node().get("spec").unwrap_or(object.node());
    let value = object.node().value().map_err(|error| error.to_string());
    let translation = match value.and_then(|value| Translation::of(&value, &name, bound)) {
        Ok(translation) => translation,
        Err(why) => {
            let fix = Fix::manual(format!("Correct it, and what it said can be told: {why}."));
            return vec![Finding::about(object, at, "it is no PodSecurityPolicy", fix).warning()];
        }
    };
    let level = translation.level.name();
    let whose = reach.words();
    let label = match translation.level {
        Standard::Privileged => PRIVILEGED.to_owned(),
        _ => format!(
            "Label the namespaces whose pods used it; this lists the pods that would be refused, \
             and changes nothing: `kubectl label --dry-run=server --overwrite namespace {whose} \
             pod-security.kubernetes.io/enforce={level}`. Then take the PodSecurityPolicy away."
        ),
    };
    let message = match bound {
        [] => format!("it amounts to the level `{level}` of Pod Security"),
        names => format!("it amounts to the level `{level}` of Pod Security, in {}", quoted(names)),
    };
    let mut findings = vec![Finding::about(object, at, message, Fix::manual(label)).warning()];
    if let Some(policy) = &translation.policy
        && !world.inventory.of_kind("ValidatingAdmissionPolicy").any(|its| its.name() == name)
    {
        let reason = "It warns and audits, and refuses nothing. Where pods used several policies, it \
                      warns of those that only another one let pass.";
        let [policy, binding] = policy.objects();
        let fix = Fix::safe([], reason)
            .writing(Missing::behind(policy))
            .writing(Missing::behind(binding));
        let message = format!("no level says all that it said; the policy `{name}` does");
        findings.push(Finding::about(object, at, message, fix).warning());
    }
    findings.extend(translation.fields.iter().map(|field| tell(object, field, level, &name)));
    findings
}

/// Where a field went.
fn tell(object: Object<'_>, field: &Field, level: &str, policy: &str) -> Finding {
    let name = field.name;
    let (went, todo) = match field.went {
        Went::Level => (format!("the level `{level}` says it"), "Label the namespaces."),
        Went::Validation => (format!("the policy `{policy}` asks for it"), WARNS),
        Went::Default => ("nothing writes it into pods any more".to_owned(), DEFAULT),
        Went::Nowhere(why) => (format!("nothing takes its place, since {why}"), "Let it go."),
    };
    let path = ["spec", "metadata/annotations"].into_iter();
    let found = path.filter_map(|path| object.node().at(path)?.get(name)).next();
    let silent = if field.stated { "" } else { ", where nothing is said" };
    let message = format!("`{name}`{silent}: {went}");
    Finding::about(object, found.unwrap_or(object.node()), message, Fix::manual(todo)).note()
}

const PRIVILEGED: &str = "That level refuses nothing, so no label says anything of it. Take the \
                          PodSecurityPolicy away.";
const WARNS: &str = "See that it warns of nothing, and let its binding deny then.";
const DEFAULT: &str = "Say it in the pods that need it.";
