//! What a PodSecurityPolicy asks of pods as such.
//!
//! In: a [`Spec`]. Out: [`Term`]s.

use super::{
    Ask, Standard, Term, Went,
    cel::{among, any, list, that, told, within},
    spec::{Ids, Spec},
};

/// What any pod may set: what Kubernetes calls safe, up to 1.37.
const SAFE_SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_notsent_lowat",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];
const SYSCTLS: &str = "variables.pod.?securityContext.?sysctls.orValue([])";

impl Spec {
    pub(super) fn pod_terms(&self) -> Vec<Term> {
        let mut terms = vec![
            shared("hostIPC", self.host_ipc),
            shared("hostNetwork", self.host_network),
            shared("hostPID", self.host_pid),
            self.supplemental_groups(),
            self.fs_group(),
            self.unsafe_sysctls(),
            self.forbidden_sysctls(),
        ];
        terms.extend(self.runtime_class());
        terms
    }

    fn supplemental_groups(&self) -> Term {
        let name = "supplementalGroups";
        Term::open(
            name,
            self.supplemental_groups.is_some(),
            self.supplemental_groups.as_ref().and_then(|ids| {
                let groups = "variables.pod.?securityContext.?supplementalGroups.orValue([])";
                let all = format!("{groups}.all(group, {})", within("group", &ids.ranges));
                let expression = match ids.binds()? {
                    true => format!("{groups}.size() > 0 && {all}"),
                    false => all,
                };
                Some(that(expression, message("securityContext.supplementalGroups", ids)))
            }),
        )
    }

    fn fs_group(&self) -> Term {
        Term::open(
            "fsGroup",
            self.fs_group.is_some(),
            self.fs_group.as_ref().and_then(|ids| {
                let must = ids.binds()?;
                let within = within("group", &ids.ranges);
                let expression = format!(
                    "variables.pod.?securityContext.?fsGroup.optMap(group, {within}).orValue({})",
                    !must
                );
                Some(that(expression, message("securityContext.fsGroup", ids)))
            }),
        )
    }

    /// Without `allowedUnsafeSysctls` no unsafe one may be set, which the levels say, too.
    fn unsafe_sysctls(&self) -> Term {
        let allowed = self.allowed_unsafe_sysctls.as_deref().unwrap_or_default();
        let may =
            any([format!("sysctl.name in {}", list(SAFE_SYSCTLS)), among("sysctl.name", allowed)]);
        let ask = that(
            format!("{SYSCTLS}.all(sysctl,\n  {may})"),
            format!("Kernel parameters must be safe{}.", besides(allowed)),
        );
        Term {
            name: "allowedUnsafeSysctls",
            stated: self.allowed_unsafe_sysctls.is_some(),
            allows: match allowed.is_empty() {
                true => Standard::Restricted,
                false => Standard::Privileged,
            },
            ask: (!allowed.iter().any(|it| it == "*")).then(|| ask.implied_by(Standard::Baseline)),
            otherwise: Went::Nowhere("it allows everything"),
        }
    }

    fn forbidden_sysctls(&self) -> Term {
        let forbidden = self.forbidden_sysctls.as_deref().unwrap_or_default();
        let ask = (!forbidden.is_empty()).then(|| {
            let expression = format!("{SYSCTLS}.all(sysctl, !{})", among("sysctl.name", forbidden));
            that(expression, format!("Kernel parameters must not be {}.", forbidden.join(", ")))
        });
        Term::open("forbiddenSysctls", self.forbidden_sysctls.is_some(), ask)
    }

    fn runtime_class(&self) -> Option<Term> {
        let class = self.runtime_class.as_ref()?;
        let names = &class.allowed_runtime_class_names;
        let ask = (!names.iter().any(|name| name == "*")).then(|| {
            let expression = format!(
                "variables.pod.?runtimeClassName.optMap(name, name in {}).orValue(true)",
                list(names)
            );
            that(expression, format!("Runtime classes must be among: {}.", names.join(", ")))
        });
        let term = Term::open("runtimeClass", true, ask);
        Some(match class.default_runtime_class_name {
            Some(_) => Term { otherwise: Went::Default, ..term },
            None => term,
        })
    }
}

impl Ids {
    /// Whether something in the ranges must be named, or only may; none if they bind nobody.
    pub(super) fn binds(&self) -> Option<bool> {
        match &*self.rule {
            "MustRunAs" => Some(true),
            "MayRunAs" => Some(false),
            _ => None,
        }
    }
}

impl Term {
    /// A field of which no level says anything.
    pub(super) fn open(name: &'static str, stated: bool, ask: Option<Ask>) -> Term {
        let otherwise = Went::Nowhere("it asks for nothing");
        Term { name, stated, allows: Standard::Restricted, ask, otherwise }
    }
}

/// A namespace of the node.
fn shared(name: &'static str, allowed: Option<bool>) -> Term {
    let allowed_at_all = allowed == Some(true);
    let ask = (!allowed_at_all).then(|| {
        let expression = format!("!variables.pod.?{name}.orValue(false)");
        let message = format!("Pods must not set `{name}`.");
        that(expression, message).implied_by(Standard::Baseline)
    });
    Term {
        name,
        stated: allowed.is_some(),
        allows: if allowed_at_all { Standard::Privileged } else { Standard::Restricted },
        ask,
        otherwise: Went::Nowhere("it allows everything"),
    }
}

pub(super) fn message(field: &str, ids: &Ids) -> String {
    let ranges = told(&ids.ranges);
    match ids.binds() {
        _ if ids.ranges.is_empty() => format!("No `{field}` is allowed: no range says which."),
        Some(true) => format!("Pods must set `{field}`, to {ranges}."),
        _ => format!("Pods must set `{field}` to nothing but {ranges}."),
    }
}

fn besides(allowed: &[String]) -> String {
    match allowed.is_empty() {
        true => String::new(),
        false => format!(", or {}", allowed.join(", ")),
    }
}
