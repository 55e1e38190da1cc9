//! Nodes as the planner sees them.

use crate::actors::control_plane::scheduler::Resources;
use crate::machinery::{Duration, Object, Quantity, Time, Value};
use std::sync::Arc;

/// Marks a node that is being removed.
pub const TO_BE_DELETED: &str = "ToBeDeletedByClusterAutoscaler";
/// Marks a node that will be removed if nothing changes.
pub const DELETION_CANDIDATE: &str = "DeletionCandidateOfClusterAutoscaler";
const DISABLED: &str = "cluster-autoscaler.kubernetes.io/scale-down-disabled";
/// The mark of a removal is believed for so long.
const REMOVAL_LASTS: Duration = Duration::from_mins(5);

/// Settings of a group's nodes; where a tag of the group says nothing, the flags'.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Settings {
    /// Nodes below it may go.
    pub threshold: f64,
    /// The same for nodes with GPUs.
    pub gpu_threshold: f64,
    /// How long a ready node must have been unneeded.
    pub unneeded_time: Duration,
    /// How long an unready one.
    pub unready_time: Duration,
    /// Whether DaemonSet pods do not count.
    pub ignore_daemons: bool,
}

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    /// The object.
    pub object: Object,
    /// Its name.
    pub name: Arc<str>,
    /// Its group, if it has one.
    pub group: Option<Arc<str>>,
    /// Whether it counts as ready.
    pub ready: bool,
    /// What it offers.
    pub allocatable: Resources,
    machine: (i64, i64),
}

impl Node {
    /// Reads a node.
    pub fn new(object: &Object, group: Option<Arc<str>>, ready: bool) -> Node {
        let capacity = object.at("status/capacity");
        Node {
            name: Arc::from(object.name()),
            allocatable: Resources::parse(object.at("status/allocatable")),
            object: object.clone(),
            group,
            ready,
            machine: (Quantity::of(capacity.at("cpu")).value(), Quantity::of(capacity.at("memory")).value()),
        }
    }

    /// Its taint of a key.
    pub fn taint(&self, key: &str) -> Option<&Value> {
        self.object.items_at("spec/taints").iter().find(|t| t.str_at("key") == key)
    }

    /// Whether it is marked as being removed, and the mark is young.
    pub fn is_being_removed(&self, now: Time) -> bool {
        let since = self.taint(TO_BE_DELETED).and_then(|t| t.str_at("value").parse::<i64>().ok());
        since.is_some_and(|s| now.since(Time(s.saturating_mul(1_000_000_000))) < REMOVAL_LASTS)
    }

    /// Whether an annotation keeps it.
    pub fn is_kept(&self) -> bool {
        self.object.annotation(DISABLED) == Some("true")
    }

    /// Whole cores and bytes of the machine.
    pub fn machine(&self) -> (i64, i64) {
        self.machine
    }
}
