//! The roles that every cluster has.
//!
//! Source: `plugin/pkg/auth/authorizer/rbac/bootstrappolicy` of `k8s.io/kubernetes`, and kubeadm.

use super::{Object, RoleRef};

/// Those for people.
const FOR_PEOPLE: &[&str] = &["admin", "cluster-admin", "edit", "view"];
/// Those for Kubernetes itself.
const OF_KUBERNETES: &[&str] = &[
    "system:aggregate-to-admin",
    "system:aggregate-to-edit",
    "system:aggregate-to-view",
    "system:auth-delegator",
    "system:basic-user",
    "system:cluster-trust-bundle-discovery",
    "system:discovery",
    "system:heapster",
    "system:kube-aggregator",
    "system:kube-controller-manager",
    "system:kube-dns",
    "system:kube-scheduler",
    "system:kubelet-api-admin",
    "system:monitoring",
    "system:node",
    "system:node-bootstrapper",
    "system:node-problem-detector",
    "system:node-proxier",
    "system:persistent-volume-provisioner",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
    "system:volume-scheduler",
];
/// What the names of whole families of them begin with.
const FAMILIES: &[&str] = &["system:certificates.k8s.io:", "system:controller:", "kubeadm:"];

impl RoleRef<'_> {
    /// Whether the role is one that the cluster may have although no manifest shows it.
    pub fn is_built_in(&self) -> bool {
        let reserved = ["system:", "kubeadm:"];
        reserved.iter().any(|prefix| self.name.starts_with(prefix))
            || match self.is_cluster {
                true => FOR_PEOPLE.contains(&&*self.name),
                false => self.name == "extension-apiserver-authentication-reader",
            }
    }
}

impl Object<'_> {
    /// Whether it is a role or a binding that Kubernetes makes itself.
    pub fn is_bootstrap(self) -> bool {
        let name = self.name();
        FOR_PEOPLE.contains(&&*name)
            || OF_KUBERNETES.contains(&&*name)
            || FAMILIES.iter().any(|family| name.starts_with(family))
    }
}
