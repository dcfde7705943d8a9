//! What a PodSecurityPolicy says.
//!
//! In: the object. Out: its fields, with what they mean where they are left out.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Term;
use crate::yaml::Value;

/// Its fields. Source: `PodSecurityPolicySpec` of `k8s.io/api/policy/v1beta1`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Spec {
    /// Those of the object: seccomp and AppArmor never became fields.
    #[serde(skip)]
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) privileged: Option<bool>,
    pub(super) default_add_capabilities: Option<Vec<String>>,
    pub(super) required_drop_capabilities: Option<Vec<String>>,
    pub(super) allowed_capabilities: Option<Vec<String>>,
    pub(super) volumes: Option<Vec<String>>,
    pub(super) host_network: Option<bool>,
    pub(super) host_ports: Option<Vec<Range>>,
    #[serde(rename = "hostPID")]
    pub(super) host_pid: Option<bool>,
    #[serde(rename = "hostIPC")]
    pub(super) host_ipc: Option<bool>,
    pub(super) se_linux: Option<SeLinux>,
    pub(super) run_as_user: Option<Ids>,
    pub(super) run_as_group: Option<Ids>,
    pub(super) supplemental_groups: Option<Ids>,
    pub(super) fs_group: Option<Ids>,
    pub(super) read_only_root_filesystem: Option<bool>,
    pub(super) default_allow_privilege_escalation: Option<bool>,
    pub(super) allow_privilege_escalation: Option<bool>,
    pub(super) allowed_host_paths: Option<Vec<HostPath>>,
    pub(super) allowed_flex_volumes: Option<Vec<Driver>>,
    #[serde(rename = "allowedCSIDrivers")]
    pub(super) allowed_csi_drivers: Option<Vec<Driver>>,
    pub(super) allowed_unsafe_sysctls: Option<Vec<String>>,
    pub(super) forbidden_sysctls: Option<Vec<String>>,
    pub(super) allowed_proc_mount_types: Option<Vec<String>>,
    pub(super) runtime_class: Option<RuntimeClass>,
}

/// From the first number to the last.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Range {
    pub(super) min: i64,
    pub(super) max: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ids {
    pub(super) rule: String,
    pub(super) ranges: Vec<Range>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SeLinux {
    pub(super) rule: String,
    pub(super) se_linux_options: SeLinuxOptions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SeLinuxOptions {
    pub(super) user: String,
    pub(super) role: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) level: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct HostPath {
    pub(super) path_prefix: String,
    pub(super) read_only: bool,
}

/// One of a flexVolume has a driver, one of CSI a name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Driver {
    driver: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RuntimeClass {
    pub(super) allowed_runtime_class_names: Vec<String>,
    pub(super) default_runtime_class_name: Option<String>,
}

impl Driver {
    pub(super) fn name(&self) -> &str {
        if self.driver.is_empty() { &self.name } else { &self.driver }
    }
}

impl Spec {
    /// Errors: a field holds what it cannot hold.
    pub(super) fn parse(object: &Value) -> Result<Spec, String> {
        let spec = object.get("spec").filter(|spec| !spec.is_null()).cloned();
        let spec = spec.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        let mut spec: Spec = serde_json::from_value(spec).map_err(|error| error.to_string())?;
        let annotations = object.pointer("/metadata/annotations").and_then(Value::as_object);
        let annotations = annotations.into_iter().flatten();
        spec.annotations = annotations
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect();
        Ok(spec)
    }

    /// What each of its fields asks for.
    pub(super) fn terms(&self) -> Vec<Term> {
        let mut terms = self.pod_terms();
        terms.extend(self.container_terms());
        terms.extend(self.volume_terms());
        terms
    }
}
