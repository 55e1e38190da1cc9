//! Whether a pod lets its node go.

use super::budgets::Budgets;
use crate::actors::programs::cluster_autoscaler::flags::Flags;
use crate::actors::programs::cluster_autoscaler::pod::Pod;
use crate::machinery::{Time, Value};

const SAFE_TO_EVICT: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";
const SAFE_VOLUMES: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";

/// What holds a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Blocker {
    /// The object that made the pod is gone.
    ControllerNotFound,
    /// It has too few replicas.
    MinReplicasReached,
    /// Nobody would make the pod anew.
    NotReplicated,
    /// The pod has data on the node.
    LocalStorageRequested,
    /// An annotation forbids it.
    NotSafeToEvictAnnotation,
    /// A pod of the system without budget.
    UnmovableKubeSystemPod,
    /// Its disruption budget is used up.
    NotEnoughPdb,
}

impl Blocker {
    /// The name of the reason.
    pub fn name(self) -> &'static str {
        match self {
            Blocker::ControllerNotFound => "ControllerNotFound",
            Blocker::MinReplicasReached => "MinReplicasReached",
            Blocker::NotReplicated => "NotReplicated",
            Blocker::LocalStorageRequested => "LocalStorageRequested",
            Blocker::NotSafeToEvictAnnotation => "NotSafeToEvictAnnotation",
            Blocker::UnmovableKubeSystemPod => "UnmovableKubeSystemPod",
            Blocker::NotEnoughPdb => "NotEnoughPdb",
        }
    }

    /// What the log says about the pod.
    pub fn text(self, pod: &Pod, flags: &Flags) -> String {
        let (key, name) = (pod.key(), pod.name());
        let owner = pod.owner.as_ref();
        let kind = owner.map_or("controller", |o| o.kind.as_str());
        match self {
            Blocker::ControllerNotFound => {
                let owner = owner.map_or("", |o| o.name.as_str());
                format!("{kind} for {key} is not present, err: {} \"{owner}\" not found", kind.to_lowercase())
            }
            Blocker::MinReplicasReached => {
                format!("{kind} for {key} has too few replicas min: {}", flags.min_replicas)
            }
            Blocker::NotReplicated => format!("{key} is not replicated"),
            Blocker::LocalStorageRequested => format!("pod with local storage present: {name}"),
            Blocker::NotSafeToEvictAnnotation => {
                format!("pod annotated as not safe to evict present: {name}")
            }
            Blocker::UnmovableKubeSystemPod => {
                format!("non-daemonset, non-mirrored, non-pdb-assigned kube-system pod present: {name}")
            }
            Blocker::NotEnoughPdb => format!("not enough pod disruption budget to move {key}"),
        }
    }
}

/// What becomes of a pod when its node goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It does not matter.
    Ignored,
    /// It belongs to the node.
    Daemon,
    /// It must find another place.
    Moved,
    /// It holds the node.
    Blocks(Blocker),
}

/// What is known of the controllers of pods.
pub trait Controllers {
    /// `spec.replicas` of the object, 1 for kinds that have none; `None` when the object is not there.
    fn replicas(&self, kind: &str, namespace: &str, name: &str) -> Option<i64>;
}

/// Applies the rules in their order.
pub fn fate(pod: &Pod, budgets: &Budgets, controllers: &dyn Controllers, flags: &Flags, now: Time) -> Fate {
    if pod.is_mirror() || pod.is_long_terminating(now) {
        return Fate::Ignored;
    }
    let kind = pod.owner.as_ref().map_or("", |o| o.kind.as_str());
    let replicated = matches!(kind, "ReplicaSet" | "ReplicationController" | "Job" | "StatefulSet");
    if flags.skip_custom_controllers
        && (replicated || pod.is_daemon())
        && let Some(owner) = &pod.owner
    {
        match controllers.replicas(kind, pod.namespace(), &owner.name) {
            None => return Fate::Blocks(Blocker::ControllerNotFound),
            Some(n) if matches!(kind, "ReplicaSet" | "ReplicationController") && n < flags.min_replicas => {
                return Fate::Blocks(Blocker::MinReplicasReached);
            }
            Some(_) => {}
        }
    }
    if pod.is_daemon() {
        return Fate::Daemon;
    }
    let evictable = pod.object.annotation(SAFE_TO_EVICT);
    if evictable == Some("true") || is_terminal(pod) {
        return Fate::Moved;
    }
    if pod.owner.is_none() || (flags.skip_custom_controllers && !replicated) {
        return Fate::Blocks(Blocker::NotReplicated);
    }
    if flags.skip_system_pods && pod.namespace() == "kube-system" && !budgets.concern(pod) {
        return Fate::Blocks(Blocker::UnmovableKubeSystemPod);
    }
    if evictable == Some("false") {
        return Fate::Blocks(Blocker::NotSafeToEvictAnnotation);
    }
    if flags.skip_local_storage && has_local_storage(pod) {
        return Fate::Blocks(Blocker::LocalStorageRequested);
    }
    if budgets.forbid(pod) {
        return Fate::Blocks(Blocker::NotEnoughPdb);
    }
    Fate::Moved
}

fn is_terminal(pod: &Pod) -> bool {
    match (pod.object.str_at("spec/restartPolicy"), pod.object.str_at("status/phase")) {
        ("Never", "Succeeded" | "Failed") | ("OnFailure", "Succeeded") => true,
        (_, phase) => phase == "Failed",
    }
}

fn has_local_storage(pod: &Pod) -> bool {
    let excused: Vec<&str> = pod.object.annotation(SAFE_VOLUMES).unwrap_or("").split(',').collect();
    let local = |v: &&Value| {
        let empty = v.get("emptyDir");
        !v.at("hostPath").is_null() || empty.is_some_and(|e| e.str_at("medium") != "Memory")
    };
    pod.object.items_at("spec/volumes").iter().filter(local).any(|v| !excused.contains(&v.str_at("name")))
}
