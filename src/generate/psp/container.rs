//! What a PodSecurityPolicy asks of containers.
//!
//! In: a [`Spec`]. Out: [`Term`]s.

use super::{
    Ask, Standard, Term, Went,
    cel::{effective, list, no_container, text, told, within},
    pod::message,
    spec::{Ids, SeLinuxOptions, Spec},
};

/// What containers may add under the level *baseline*.
const BASELINE: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
/// The types that containers may name under the level *baseline*.
const SELINUX_TYPES: &[&str] =
    &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/allowedProfileNames";
const SECCOMP_DEFAULT: &str = "seccomp.security.alpha.kubernetes.io/defaultProfileName";
const APPARMOR: &str = "apparmor.security.beta.kubernetes.io/allowedProfileNames";
const APPARMOR_DEFAULT: &str = "apparmor.security.beta.kubernetes.io/defaultProfileName";

/// What the kubelet gives to containers that name no AppArmor profile.
const RUNTIME_DEFAULT: &str = "runtime/default";

impl Spec {
    pub(super) fn container_terms(&self) -> Vec<Term> {
        let default =
            |name, stated| Term { otherwise: Went::Default, ..Term::open(name, stated, None) };
        vec![
            self.privileged(),
            self.host_ports(),
            self.added(),
            self.dropped(),
            default("defaultAddCapabilities", self.default_add_capabilities.is_some()),
            self.user(),
            self.group(),
            self.read_only(),
            self.escalation(),
            default(
                "defaultAllowPrivilegeEscalation",
                self.default_allow_privilege_escalation.is_some(),
            ),
            self.proc_mount(),
            self.selinux(),
            self.seccomp(),
            default(SECCOMP_DEFAULT, self.annotations.contains_key(SECCOMP_DEFAULT)),
            self.apparmor(),
            default(APPARMOR_DEFAULT, self.annotations.contains_key(APPARMOR_DEFAULT)),
        ]
    }

    fn privileged(&self) -> Term {
        let allowed = self.privileged == Some(true);
        let ask = (!allowed).then(|| {
            let bad = "container.?securityContext.?privileged.orValue(false)";
            no_container("privileged", bad, "Containers must not be privileged.")
                .implied_by(Standard::Baseline)
        });
        Term {
            name: "privileged",
            stated: self.privileged.is_some(),
            allows: if allowed { Standard::Privileged } else { Standard::Restricted },
            ask,
            otherwise: Went::Nowhere("it allows everything"),
        }
    }

    fn host_ports(&self) -> Term {
        let ranges = self.host_ports.as_deref().unwrap_or_default();
        let all = ranges.iter().any(|range| range.min <= 1 && range.max >= 65535);
        let ask = (!all).then(|| {
            let bad = format!(
                "container.?ports.orValue([]).exists(port, port.?hostPort.optMap(number,\n    \
                 number > 0 && !{}).orValue(false))",
                within("number", ranges)
            );
            let message = match ranges {
                [] => "Containers must not take ports of their node.".to_owned(),
                _ => format!("Ports of the node must be among: {}.", told(ranges)),
            };
            no_container("exposed", &bad, &message).implied_by(Standard::Baseline)
        });
        Term {
            name: "hostPorts",
            stated: self.host_ports.is_some(),
            allows: if ranges.is_empty() { Standard::Restricted } else { Standard::Privileged },
            ask,
            otherwise: Went::Nowhere("it allows everything"),
        }
    }

    /// What is added by itself may be added, too.
    fn added(&self) -> Term {
        let lists = [&self.allowed_capabilities, &self.default_add_capabilities];
        let allowed: Vec<&str> =
            lists.into_iter().flatten().flatten().map(String::as_str).collect();
        let among = |known: &[&str]| allowed.iter().all(|it| known.contains(it));
        let ask = (!allowed.contains(&"*")).then(|| {
            let bad = format!(
                "container.?securityContext.?capabilities.?add.orValue([]).exists(capability,\n    \
                 !(capability in {}))",
                list(&allowed)
            );
            let message = match &*allowed {
                [] => "Containers must not add capabilities.".to_owned(),
                _ => format!("Capabilities that are added must be among: {}.", allowed.join(", ")),
            };
            let every = |known: &[&str]| known.iter().all(|it| allowed.contains(it));
            let ask = no_container("empowered", &bad, &message);
            match every(BASELINE) {
                true => ask.implied_by(Standard::Baseline),
                false => ask.implied_if(every(&["NET_BIND_SERVICE"]), Standard::Restricted),
            }
        });
        Term {
            name: "allowedCapabilities",
            stated: self.allowed_capabilities.is_some(),
            allows: match () {
                _ if among(&["NET_BIND_SERVICE"]) => Standard::Restricted,
                _ if among(BASELINE) => Standard::Baseline,
                _ => Standard::Privileged,
            },
            ask,
            otherwise: Went::Nowhere("it allows everything"),
        }
    }

    /// Whoever drops all drops these.
    fn dropped(&self) -> Term {
        let required = self.required_drop_capabilities.as_deref().unwrap_or_default();
        let all = required.iter().any(|it| it == "ALL");
        let ask = (!required.is_empty()).then(|| {
            let dropped = "container.?securityContext.?capabilities.?drop.orValue([])";
            let bad = format!(
                "!('ALL' in {dropped}) &&\n  !{}.all(capability, capability in {dropped})",
                list(required)
            );
            let message = format!("Containers must drop capabilities: {}.", required.join(", "));
            no_container("undropped", &bad, &message).implied_by(Standard::Restricted)
        });
        Term {
            name: "requiredDropCapabilities",
            stated: self.required_drop_capabilities.is_some(),
            allows: if all { Standard::Restricted } else { Standard::Baseline },
            ask,
            otherwise: Went::Nowhere("it asks for nothing"),
        }
    }

    fn user(&self) -> Term {
        let ids = self.run_as_user.as_ref();
        let rule = ids.map_or("RunAsAny", |ids| &*ids.rule);
        let (user, non_root) = (effective("runAsUser"), effective("runAsNonRoot"));
        let never_root = ids.is_some_and(|ids| ids.ranges.iter().all(|range| range.min > 0));
        let (allows, ask) = match (rule, ids) {
            ("MustRunAsNonRoot", _) => {
                let bad =
                    format!("!{non_root}.orValue({user}.hasValue()) ||\n  {user}.orValue(1) == 0");
                let message = "Containers must not run as root: set \
                               `securityContext.runAsNonRoot: true`.";
                let ask = no_container("root", &bad, message).implied_by(Standard::Restricted);
                (Standard::Restricted, Some(ask))
            }
            ("MustRunAs", Some(ids)) => {
                let allows = if never_root { Standard::Restricted } else { Standard::Baseline };
                (allows, Some(in_ranges("strangers", "runAsUser", ids, true)))
            }
            _ => (Standard::Baseline, None),
        };
        Term { allows, ..Term::open("runAsUser", ids.is_some(), ask) }
    }

    fn group(&self) -> Term {
        let ask = self
            .run_as_group
            .as_ref()
            .and_then(|ids| Some(in_ranges("outsiders", "runAsGroup", ids, ids.binds()?)));
        Term::open("runAsGroup", self.run_as_group.is_some(), ask)
    }

    fn read_only(&self) -> Term {
        let ask = (self.read_only_root_filesystem == Some(true)).then(|| {
            let bad = "!container.?securityContext.?readOnlyRootFilesystem.orValue(false)";
            let message = "Containers must not write to their root file system: set \
                           `securityContext.readOnlyRootFilesystem: true`.";
            no_container("writable", bad, message)
        });
        Term::open("readOnlyRootFilesystem", self.read_only_root_filesystem.is_some(), ask)
    }

    fn escalation(&self) -> Term {
        let forbidden = self.allow_privilege_escalation == Some(false);
        let ask = forbidden.then(|| {
            let bad = "container.?securityContext.?allowPrivilegeEscalation.orValue(true)";
            let message = "Containers must not gain privileges: set \
                           `securityContext.allowPrivilegeEscalation: false`.";
            no_container("escalating", bad, message).implied_by(Standard::Restricted)
        });
        Term {
            name: "allowPrivilegeEscalation",
            stated: self.allow_privilege_escalation.is_some(),
            allows: if forbidden { Standard::Restricted } else { Standard::Baseline },
            ask,
            otherwise: Went::Nowhere("it allows everything"),
        }
    }

    fn proc_mount(&self) -> Term {
        let types = self.allowed_proc_mount_types.clone().filter(|types| !types.is_empty());
        let types = types.unwrap_or_else(|| vec!["Default".to_owned()]);
        let bad = format!(
            "!(container.?securityContext.?procMount.orValue('Default') in {})",
            list(&types)
        );
        let message = format!("`procMount` of containers must be among: {}.", types.join(", "));
        let plain = types == ["Default"];
        let all = ["Default", "Unmasked"].iter().all(|known| types.iter().any(|it| it == known));
        let ask =
            (!all).then(|| no_container("unmasked", &bad, &message).implied_by(Standard::Baseline));
        Term {
            name: "allowedProcMountTypes",
            stated: self.allowed_proc_mount_types.is_some(),
            allows: if plain { Standard::Restricted } else { Standard::Privileged },
            ask,
            otherwise: Went::Nowhere("it allows everything"),
        }
    }

    /// A policy that lets containers say anything was made for nodes without SELinux: it does not
    /// lower the level, which refuses few things of it.
    fn selinux(&self) -> Term {
        let must = self.se_linux.as_ref().filter(|it| it.rule == "MustRunAs");
        let options = must.map(|it| &it.se_linux_options);
        let plain = options.is_none_or(|it| {
            it.user.is_empty() && it.role.is_empty() && SELINUX_TYPES.contains(&&*it.kind)
        });
        Term {
            allows: if plain { Standard::Restricted } else { Standard::Privileged },
            ..Term::open("seLinux", self.se_linux.is_some(), options.map(labelled))
        }
    }

    /// Without the annotation no profile could be named at all, which helps nobody: what the levels
    /// ask for is the opposite.
    fn seccomp(&self) -> Term {
        let allowed = self.annotations.get(SECCOMP);
        let names: Vec<&str> = allowed.map(|it| it.split(',').collect()).unwrap_or_default();
        let any = names.is_empty() || names.contains(&"*");
        let is_default = |name: &&str| ["docker/default", RUNTIME_DEFAULT].contains(name);
        let ask = (!any).then(|| {
            let mut profiles: Vec<&str> =
                names.iter().copied().filter(|it| !is_default(it)).collect();
            profiles.extend(names.iter().any(is_default).then_some(RUNTIME_DEFAULT));
            let bad = format!("!({} in {})", profile("seccompProfile", ""), list(&profiles));
            let message = format!("Seccomp profiles must be among: {}.", profiles.join(", "));
            no_container("unfiltered", &bad, &message)
        });
        let confined = |name: &&str| is_default(name) || name.starts_with("localhost/");
        Term {
            allows: match () {
                _ if any => Standard::Baseline,
                _ if names.iter().all(confined) => Standard::Restricted,
                _ => Standard::Privileged,
            },
            ..Term::open(SECCOMP, allowed.is_some(), ask)
        }
    }

    fn apparmor(&self) -> Term {
        let allowed = self.annotations.get(APPARMOR);
        let names: Vec<&str> = allowed.map(|it| it.split(',').collect()).unwrap_or_default();
        let ask = (!names.is_empty()).then(|| {
            let default = if names.contains(&RUNTIME_DEFAULT) { RUNTIME_DEFAULT } else { "" };
            let bad = format!("!({} in {})", profile("appArmorProfile", default), list(&names));
            let message = format!("AppArmor profiles must be among: {}.", names.join(", "));
            no_container("unarmored", &bad, &message)
        });
        Term {
            allows: match names.contains(&"unconfined") {
                true => Standard::Privileged,
                false => Standard::Restricted,
            },
            ..Term::open(APPARMOR, allowed.is_some(), ask)
        }
    }
}

/// The name that annotations had for the profile of a container, or of its pod.
fn profile(field: &str, default: &str) -> String {
    format!(
        "{}.optMap(profile,\n    profile.type == 'Localhost' ? 'localhost/' + \
         profile.?localhostProfile.orValue('') :\n    profile.type == 'RuntimeDefault' ? \
         'runtime/default' : 'unconfined').orValue({})",
        effective(field),
        text(default)
    )
}

fn in_ranges(name: &'static str, field: &str, ids: &Ids, must: bool) -> Ask {
    let within = within("id", &ids.ranges);
    let bad = format!("!{}.optMap(id,\n    {within}).orValue({})", effective(field), !must);
    no_container(name, &bad, &message(&format!("securityContext.{field}"), ids))
}

/// That containers bear these labels; categories may stand in any order.
fn labelled(options: &SeLinuxOptions) -> Ask {
    let same =
        |field: &str, value: &str| format!("options.?{field}.orValue('') == {}", text(value));
    let level = match options.level.split_once(':') {
        None => same("level", &options.level),
        Some((sensitivity, categories)) => format!(
            "options.?level.orValue('').startsWith({}) &&\n    \
             sets.equivalent(options.level.substring({}).split(','), {})",
            text(&format!("{sensitivity}:")),
            sensitivity.len() + 1,
            list(categories.split(','))
        ),
    };
    let bad = format!(
        "!{}.optMap(options,\n    {} && {} && {} &&\n    {level}).orValue(false)",
        effective("seLinuxOptions"),
        same("user", &options.user),
        same("role", &options.role),
        same("type", &options.kind),
    );
    let said = [
        ("user", &options.user),
        ("role", &options.role),
        ("type", &options.kind),
        ("level", &options.level),
    ];
    let said: Vec<String> = said
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| format!("{field} {value}"))
        .collect();
    let message = match &*said {
        [] => "Containers must set `seLinuxOptions`, and nothing in it.".to_owned(),
        said => format!("Containers must set `seLinuxOptions`, to {}.", said.join(", ")),
    };
    no_container("mislabelled", &bad, &message)
}
