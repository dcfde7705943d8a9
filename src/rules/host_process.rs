use super::{BASELINE, Check, Context, Finding, Fix, Level, Profile, Rule, Version};
use crate::manifest::{Part, Pod};

pub(super) const RULE: Rule = Rule {
    id: "host-process",
    title: "Windows containers must not be processes of their node",
    why: "A HostProcess container is no container: it has the files, the network and the users of \
          its Windows node.",
    level: Level::Error,
    profile: Profile::Baseline,
    since: Version::FIRST,
    references: &[
        BASELINE,
        "https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/",
    ],
    linux: false,
    check: Check::Pod(check),
};

const FIELD: &str = "securityContext/windowsOptions/hostProcess";

fn check(pod: Pod<'_>, _: &Context<'_>) -> Vec<Finding> {
    let of_pod = said(pod).into_iter();
    of_pod.chain(pod.containers().filter_map(said)).collect()
}

fn said<'t>(part: impl Part<'t>) -> Option<Finding> {
    (part.flag(FIELD) == Some(true)).then(|| {
        let message = format!("{} runs as a process of its node", part.title());
        Finding::at(part, FIELD, message, fix(part))
    })
}

fn fix<'t>(part: impl Part<'t>) -> Fix {
    let mut shared = ["hostNetwork", "hostPID", "hostIPC"].into_iter();
    if shared.any(|field| part.pod().flag(field) == Some(true)) {
        return Fix::manual(
            "It was made to manage its node: keep it in a namespace of its own that takes no \
             other pods.",
        );
    }
    Fix::risky(
        [part.set(FIELD, false)],
        "The API server refuses it without `hostNetwork: true`, so it cannot have run so: check \
         what it is for.",
    )
}
