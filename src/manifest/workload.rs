//! The kinds that run pods, and where they keep them.

use std::sync::LazyLock;

use super::{Object, object};

/// A kind that runs pods. Versions are not told apart: those that were removed kept pods in the
/// same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The groups that serve the kind, or once did; the core group is empty.
    pub groups: Vec<String>,
    /// The kind.
    pub kind: String,
    /// Where it keeps the specs of its pods; `*` is every item of a list. Their metadata stands
    /// beside them.
    pub pods: Vec<String>,
    /// Where it keeps claims whose names share a namespace with the names of volumes.
    pub claims: &'static str,
    /// Whether the pod takes all fields of a pod. Knative's takes those of containers, and few
    /// more: <https://knative.dev/docs/serving/configuration/feature-flags/>.
    pub whole: bool,
}

const CLAIMS: &str = "spec/volumeClaimTemplates/*";

/// The kinds that everyone knows.
static WORKLOADS: LazyLock<Vec<Workload>> = LazyLock::new(|| {
    vec![
        Workload::new(&[""], "Pod", &["spec"]),
        Workload::new(&[""], "PodTemplate", &["template/spec"]),
        templated(&[""], "ReplicationController"),
        templated(&["apps", "extensions"], "Deployment"),
        templated(&["apps", "extensions"], "DaemonSet"),
        templated(&["apps", "extensions"], "ReplicaSet"),
        Workload { claims: CLAIMS, ..templated(&["apps"], "StatefulSet") },
        templated(&["batch", "extensions"], "Job"),
        Workload::new(&["batch"], "CronJob", &["spec/jobTemplate/spec/template/spec"]),
        templated(&["argoproj.io"], "Rollout"),
        // The core group had it before OpenShift had groups.
        templated(&["apps.openshift.io", ""], "DeploymentConfig"),
        Workload { whole: false, ..templated(&["serving.knative.dev"], "Service") },
        Workload::new(
            &["jobset.x-k8s.io"],
            "JobSet",
            &["spec/replicatedJobs/*/template/spec/template/spec"],
        ),
        Workload {
            claims: "spec/leaderWorkerTemplate/volumeClaimTemplates/*",
            ..Workload::new(
                &["leaderworkerset.x-k8s.io"],
                "LeaderWorkerSet",
                &[
                    "spec/leaderWorkerTemplate/leaderTemplate/spec",
                    "spec/leaderWorkerTemplate/workerTemplate/spec",
                ],
            )
        },
        Workload { claims: CLAIMS, ..templated(&["apps.kruise.io"], "CloneSet") },
    ]
});

/// A kind that keeps one whole pod at `spec.template`.
fn templated(groups: &[&str], kind: &str) -> Workload {
    Workload::new(groups, kind, &["spec/template/spec"])
}

impl Workload {
    /// A kind whose pods are whole, and that makes no claims.
    pub fn new(groups: &[&str], kind: &str, pods: &[&str]) -> Workload {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let (groups, pods) = (owned(groups), owned(pods));
        Workload { groups, kind: kind.to_owned(), pods, claims: "", whole: true }
    }

    /// How an object runs pods, if it is of a kind that does; `own` are kinds that stand above
    /// those that everyone knows.
    pub(super) fn of<'t>(object: Object<'_>, own: &'t [Workload]) -> Option<&'t Workload> {
        let kind = object.kind();
        let known = own.iter().chain(&*WORKLOADS);
        let mut named = known.filter(|workload| workload.kind == kind).peekable();
        named.peek()?;
        let version = object.api_version();
        let group = object::group(&version);
        named.find(|workload| workload.groups.iter().any(|its| its == group))
    }
}
