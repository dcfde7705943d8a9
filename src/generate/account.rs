use std::collections::BTreeMap;

use k8s_openapi::{
    api::core::v1::{LocalObjectReference, ServiceAccount},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};

use super::to_value;
use crate::yaml::Value;

/// A ServiceAccount of one workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// As the workload names it; none if it names none.
    pub namespace: Option<String>,
    /// The labels that it gets.
    pub labels: BTreeMap<String, String>,
    /// The names of the Secrets that its pods pull images with.
    pub pull_secrets: Vec<String>,
    /// Whether it says that its pods mount no token, if they do not say so themselves.
    pub mounts_no_token: bool,
}

impl Account {
    /// The object.
    pub fn value(&self) -> Value {
        let secret = |name: &String| LocalObjectReference { name: name.clone() };
        let secrets: Vec<LocalObjectReference> = self.pull_secrets.iter().map(secret).collect();
        to_value(&ServiceAccount {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                namespace: self.namespace.clone(),
                labels: (!self.labels.is_empty()).then(|| self.labels.clone()),
                ..ObjectMeta::default()
            },
            automount_service_account_token: self.mounts_no_token.then_some(false),
            image_pull_secrets: (!secrets.is_empty()).then_some(secrets),
            secrets: None,
        })
    }
}
