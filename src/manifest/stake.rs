//! What is at stake if the pods of a workload do not start after a change.
//!
//! In: a [`Pod`]. Out: sentences about the controller that runs it, and its strategy.

use super::Pod;
use crate::yaml::Node;

impl Pod<'_> {
    /// Why a pod that does not start would do more harm than a rollout that stops.
    pub fn is_fragile(self) -> Option<&'static str> {
        let object = self.object();
        let word = |path| object.node().at(path).and_then(Node::as_str);
        match &*self.workload().kind {
            "StatefulSet" => Some("a StatefulSet stays stuck at a pod that does not start"),
            _ if matches!(word("spec/strategy/type").as_deref(), Some("Recreate")) => {
                Some("`Recreate` stops the old pods before it is known whether new ones start")
            }
            "Deployment" if self.may_stop_all() => {
                Some("its `maxUnavailable` lets the rollout stop all old pods at once")
            }
            "CronJob" if word("spec/concurrencyPolicy").as_deref() == Some("Forbid") => {
                Some("`Forbid` skips every later run while one hangs")
            }
            _ => None,
        }
    }

    /// Whether a rollout may stop every old pod before a new one is ready.
    ///
    /// Source: `ResolveFenceposts` of `k8s.io/kubernetes/pkg/controller/deployment/util`.
    fn may_stop_all(self) -> bool {
        let spec = |path| self.object().node().at(path);
        let replicas = spec("spec/replicas").and_then(Node::as_i64).unwrap_or(1);
        // Percentages of it are rounded down, of the surge up.
        let share = |path, round: fn(f64) -> f64| {
            let node = spec(path)?;
            let percent =
                node.as_str().and_then(|text| text.strip_suffix('%')?.parse::<f64>().ok());
            let part = percent.map(|percent| round(percent * replicas as f64 / 100.0) as i64);
            node.as_i64().or(part)
        };
        let missing = share("spec/strategy/rollingUpdate/maxUnavailable", f64::floor);
        let surge = share("spec/strategy/rollingUpdate/maxSurge", f64::ceil);
        let missing = missing.unwrap_or(replicas / 4);
        // Where neither allows any change, one pod may be missing.
        let missing = if missing == 0 && surge == Some(0) { 1 } else { missing };
        replicas > 0 && missing >= replicas
    }

    /// What happens if a pod does not start or fails after a change; a sentence.
    pub fn stake(self) -> &'static str {
        match &*self.workload().kind {
            "StatefulSet" => {
                "If it fails, the update stops at that pod, which must be deleted by hand after a \
                 revert."
            }
            _ if self.is_fragile().is_some() => "If it fails, nothing runs until it is reverted.",
            "DaemonSet" => {
                "If it fails, the rollout stops once `maxUnavailable` nodes are without it."
            }
            "Job" | "JobSet" => "If it fails, the job does not finish.",
            "CronJob" => "If it fails, so does every run until it is reverted.",
            "Pod" => "If it fails, nothing takes its place.",
            "ReplicaSet" | "ReplicationController" | "PodTemplate" => {
                "Only pods that start after the change will show."
            }
            "Service" => "If it fails, traffic stays with the old revision.",
            "Deployment" | "Rollout" | "DeploymentConfig" | "CloneSet" | "LeaderWorkerSet" => {
                "If it fails, the rollout stops, and old pods go on serving."
            }
            // What an own kind does then, only its controller knows.
            _ => "",
        }
    }
}
