use super::{
    Check, Finding, Fix, Level, Profile, Rule, Version, World, quoted,
    translated::{self, Place},
};
use crate::{
    generate::{Standard, Translation},
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
    let whose = match bound {
        [] => String::new(),
        names => format!(", in {}", quoted(names)),
    };
    let why = match &*translation.bounds {
        [] => String::new(),
        bounds => format!("; the next would refuse what {} let pass", quoted(bounds)),
    };
    let message = format!("it amounts to the level `{level}` of Pod Security{whose}{why}");
    let mut findings = vec![Finding::about(object, at, message, Fix::manual(label)).warning()];
    let place = translation.policy.as_ref().map(|policy| Place::of(object, policy, world));
    let written = translation.policy.as_ref().zip(place).and_then(|(it, place)| place.fix(it));
    findings.extend(written.map(|fix| {
        let message = format!("no level says all that it said; the policy `{name}` is to");
        Finding::about(object, at, message, fix).warning()
    }));
    let tell = |field| translated::tell(object, field, level, &name, place);
    findings.extend(translation.fields.iter().map(tell));
    findings
}

const PRIVILEGED: &str = "That level refuses nothing, so no label says anything of it. Take the \
                          PodSecurityPolicy away.";
