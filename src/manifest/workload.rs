//! The kinds that run pods, and where they keep them.

use super::{Object, object};

/// A kind that runs pods. Versions are not told apart: those that were removed kept pods in the
/// same place.
#[derive(Debug)]
pub struct Workload {
    /// The groups that serve the kind, or once did; the core group is empty.
    pub groups: &'static [&'static str],
    /// The kind.
    pub kind: &'static str,
    /// Where it keeps `metadata` and `spec` of its pods; `*` is every item of a list.
    pub templates: &'static [&'static str],
    /// Where it keeps claims whose names share a namespace with the names of volumes.
    pub claims: &'static str,
    /// Whether the pod takes all fields of a pod. Knative's takes those of containers, and few
    /// more: <https://knative.dev/docs/serving/configuration/feature-flags/>.
    pub whole: bool,
}

const TEMPLATE: &[&str] = &["spec/template"];
const CLAIMS: &str = "spec/volumeClaimTemplates/*";

/// A kind that keeps one whole pod at `spec.template`.
const fn templated(groups: &'static [&'static str], kind: &'static str) -> Workload {
    Workload { groups, kind, templates: TEMPLATE, claims: "", whole: true }
}

static WORKLOADS: &[Workload] = &[
    Workload { templates: &[""], ..templated(&[""], "Pod") },
    Workload { templates: &["template"], ..templated(&[""], "PodTemplate") },
    templated(&[""], "ReplicationController"),
    templated(&["apps", "extensions"], "Deployment"),
    templated(&["apps", "extensions"], "DaemonSet"),
    templated(&["apps", "extensions"], "ReplicaSet"),
    Workload { claims: CLAIMS, ..templated(&["apps"], "StatefulSet") },
    templated(&["batch", "extensions"], "Job"),
    Workload { templates: &["spec/jobTemplate/spec/template"], ..templated(&["batch"], "CronJob") },
    templated(&["argoproj.io"], "Rollout"),
    // The core group had it before OpenShift had groups.
    templated(&["apps.openshift.io", ""], "DeploymentConfig"),
    Workload { whole: false, ..templated(&["serving.knative.dev"], "Service") },
    Workload {
        templates: &["spec/replicatedJobs/*/template/spec/template"],
        ..templated(&["jobset.x-k8s.io"], "JobSet")
    },
    Workload {
        templates: &[
            "spec/leaderWorkerTemplate/leaderTemplate",
            "spec/leaderWorkerTemplate/workerTemplate",
        ],
        claims: "spec/leaderWorkerTemplate/volumeClaimTemplates/*",
        ..templated(&["leaderworkerset.x-k8s.io"], "LeaderWorkerSet")
    },
    Workload { claims: CLAIMS, ..templated(&["apps.kruise.io"], "CloneSet") },
];

impl Workload {
    pub(super) fn of(object: Object<'_>) -> Option<&'static Workload> {
        let kind = object.kind();
        let mut named = WORKLOADS.iter().filter(|workload| workload.kind == kind).peekable();
        named.peek()?;
        let version = object.api_version();
        named.find(|workload| workload.groups.contains(&object::group(&version)))
    }
}
