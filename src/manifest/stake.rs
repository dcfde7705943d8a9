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
        match self.workload().kind {
            "StatefulSet" => Some("a StatefulSet stays stuck at a pod that does not start"),
            _ if matches!(word("spec/strategy/type").as_deref(), Some("Recreate")) => {
                Some("`Recreate` stops the old pods before it is known whether new ones start")
            }
            "CronJob" if word("spec/concurrencyPolicy").as_deref() == Some("Forbid") => {
                Some("`Forbid` skips every later run while one hangs")
            }
            _ => None,
        }
    }

    /// What happens if a pod does not start or fails after a change; a sentence.
    pub fn stake(self) -> &'static str {
        match self.workload().kind {
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
            _ => "If it fails, the rollout stops, and old pods go on serving.",
        }
    }
}
