use super::{
    Check, Context, Finding, Fix, Level, Missing, Profile, Rule, Tie, Version,
    automount_service_account_token, default_account_binding,
    leave::{self, Leave},
    projected_token,
    token::{self, Use},
};
use crate::manifest::{Part as _, Pod};

pub(super) const RULE: Rule = Rule {
    id: "default-service-account",
    title: "Pods must have an account of their own",
    why: "All pods of a namespace that name no account share `default`: a right that one of them gets is \
          a right of all.",
    level: Level::Warning,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts",
    ],
    linux: false,
    check: Check::Pod(check),
};

const FIELD: &str = "serviceAccountName";
const TOKEN: &str = "automountServiceAccountToken";

fn check(pod: Pod<'_>, context: &Context<'_>) -> Vec<Finding> {
    // The API server refuses the mirror of a static pod that names one.
    if pod.account() != "default" || pod.is_static() {
        return Vec::new();
    }
    let bindings = context.inventory.bindings_of(pod.object(), "default");
    let bound = bindings.first().filter(|binding| binding.certain);
    let message = match bound {
        Some(binding) => format!(
            "the pod shares the account `default`, to which `{}` gives rights",
            binding.name
        ),
        None => "the pod shares the account `default`".to_owned(),
    };
    let leave = leave::leave(pod.object(), context.world);
    match leave.and_then(|leave| leave::stays(pod, context).map_or(Ok(leave), |it| Err(it.into())))
    {
        Ok(leave) => vec![Finding::at(pod, FIELD, message, mend(pod, leave, context)).warning()],
        Err(why) => {
            let finding = Finding::at(pod, FIELD, message, Fix::manual(why));
            vec![if bound.is_some() { finding.warning() } else { finding.note() }]
        }
    }
}

fn mend(pod: Pod<'_>, leave: Leave<'_>, context: &Context<'_>) -> Fix {
    let mut reason = leave::reason(&leave, pod, context);
    let Leave { mut account, bindings } = leave;
    let mut wishes = vec![pod.set(FIELD, &*account.name)];
    // The new account says `false`, and so a pod that uses its token has to say otherwise; where
    // `default` says so as well, it has none to use.
    let projected = projected(pod, context);
    let has_one = || token::is_mounted_by_account(pod, context);
    let is_open = pod.flag(TOKEN).is_none() && projected.is_none() && has_one();
    let used = Use::of(pod, context).filter(|_| is_open);
    let (is_used, whole) = (used.is_some(), pod.workload().whole);
    wishes.extend((is_used && whole).then(|| pod.set(TOKEN, true)));
    account.mounts_no_token = whole || !is_used;
    let object = pod.object();
    if !context.settings.runs(&automount_service_account_token::RULE) {
        reason.push_str(&match used {
            Some(Use { shown, .. }) => format!(" It keeps its token: {shown}."),
            None => " It mounts no token, if the pod does not say otherwise.".to_owned(),
        });
    }
    let fix = Fix::risky(wishes, reason)
        .writing(Missing::before(account.value()))
        .tied(Tie::of(&RULE, object));
    let binding = |binding| Tie::of(&default_account_binding::RULE, binding).about(object);
    bindings.into_iter().map(binding).chain(projected).fold(fix, Fix::needing)
}

/// What gives the token to those of its containers that use it, if that is asked for.
fn projected(pod: Pod<'_>, context: &Context<'_>) -> Option<Tie> {
    let rule = &automount_service_account_token::RULE;
    let runs = context.settings.leaves(rule).is_none();
    projected_token::fix(pod, TOKEN, context).filter(|_| runs)?;
    Some(Tie::of(rule, pod.object()))
}
