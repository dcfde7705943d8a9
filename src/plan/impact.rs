use super::Subject;
use crate::{
    manifest::{Object, Source, Workload},
    yaml::{Node, Tree},
};

/// What the API server and the controllers do when a changed object is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// New pods take the place of the old ones.
    RollsOut,
    /// The API server refuses the change: the object must be deleted and created anew.
    NeedsReplace,
    /// Runs that begin later have it.
    NextRun,
    /// Each pod has it once someone deletes the old one.
    OnDelete,
    /// Pods that are created later have it, and nothing replaces those that run.
    NewPods,
    /// The kubelet of a node starts it anew once its file there changes.
    Restarts,
    /// The API server refuses the object, with or without the change.
    Refused,
    /// It depends on what controls objects of this kind.
    Unknown,
}

impl Impact {
    /// Source: `ValidatePodUpdate` and `ValidateJobUpdate` of `k8s.io/kubernetes/pkg/apis` refuse
    /// what fixes change; the update strategies of the controllers.
    pub(super) fn of(object: Object<'_>) -> Impact {
        if object.pods().iter().any(|pod| pod.is_static()) {
            return Impact::Restarts;
        }
        let strategy = object.node().at("spec/updateStrategy/type").and_then(Node::as_str);
        let kind = object.kind();
        match (&*object.group(), &*kind) {
            ("", "Pod") | ("batch" | "extensions", "Job") => Impact::NeedsReplace,
            ("batch", "CronJob") => Impact::NextRun,
            ("apps" | "extensions", "StatefulSet" | "DaemonSet")
                if strategy.as_deref() == Some("OnDelete") =>
            {
                Impact::OnDelete
            }
            ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet") => Impact::RollsOut,
            ("apps" | "extensions", "ReplicaSet") | ("", "ReplicationController") => {
                Impact::NewPods
            }
            _ => Impact::Unknown,
        }
    }

    /// A sentence for people; empty where it is not known.
    pub fn sentence(self, kind: &str) -> &'static str {
        match self {
            Impact::RollsOut => "Rolls out when applied.",
            Impact::NeedsReplace if kind == "Pod" => {
                "A running Pod does not take this: it must be deleted and created anew."
            }
            Impact::NeedsReplace => {
                "An existing Job does not take this: it must be deleted and created anew."
            }
            Impact::NextRun => "Holds from the next run on.",
            Impact::OnDelete => "Holds for each pod once it is deleted.",
            Impact::NewPods => "Holds for pods that are created from then on.",
            Impact::Restarts => "The kubelet starts it anew once its file on the node changes.",
            Impact::Refused => "The API server refuses it.",
            Impact::Unknown => "",
        }
    }
}

/// Looks again at those that the API server refuses: the change may have mended that. `text` is the
/// source after it, and `own` the kinds that run pods besides those that everyone knows.
pub(crate) fn look_again(subjects: &mut [Subject], text: &str, own: &[Workload]) {
    let Ok(tree) = Tree::parse(text) else { return };
    let source = Source::new("", tree, own);
    for object in source.objects(0) {
        let mut refused = subjects.iter_mut().filter(|subject| subject.refusal.is_some());
        let is_this =
            |it: &&mut Subject| it.document == object.document() && it.pointer == object.pointer();
        if let Some(subject) = refused.find(is_this) {
            subject.refusal = object.refusal(&object.pods());
        }
    }
}
