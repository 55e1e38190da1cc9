//! kube-scheduler as a pure core: a [`Snapshot`] of the cluster, a pod, and [`schedule`] answers where it goes, why not
//! elsewhere, and who would have to make room. The [`SchedulingQueue`] says which pod is next. What writes the decisions
//! into the cluster, the actor, stands around it; Cluster Autoscaler asks the same [`Cycle`] about nodes that do not
//! exist yet.

mod attempt;
mod cluster_event;
mod controller;
mod cycle;
mod node_affinity;
mod node_info;
mod plugins;
mod pod_affinity;
mod pod_info;
mod pod_kinds;
mod preemption;
mod queue;
mod resources;
mod snapshot;
mod taints;
pub mod texts;
mod topology_spread;
mod verdict;
mod view;
mod volumes;

pub use attempt::{Attempt, Outcome, Settings, schedule};
pub use cluster_event::ClusterEvent;
pub use controller::{ATTEMPTS, Scheduler};
pub use cycle::{Cycle, WhatIf};
pub use node_affinity::NodeAffinity;
pub use node_info::{KindCount, NodeInfo, PlacedPod};
pub use plugins::Plugin;
pub use pod_affinity::{AffinityTerm, AffinityTerms, WeightedTerm};
pub use pod_info::{HostPort, PendingPod, PodInfo, PodKind, occupies_node};
pub use pod_kinds::{KindId, PodKinds};
pub use preemption::{Budget, Candidate, Preemption, preempt};
pub use queue::SchedulingQueue;
pub use resources::{Resources, pod_requests};
pub use snapshot::{Namespaces, Snapshot};
pub use taints::{Taint, TaintEffect, Toleration, first_untolerated, taints, tolerations};
pub use topology_spread::{SpreadConstraint, default_spread_selector};
pub use verdict::{Code, Finding, NodeScore, NodeVerdict, Rejection, fit_error};
pub use volumes::Volumes;
