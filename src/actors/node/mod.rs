//! The nodes: the kubelet, and the controllers that watch over nodes and the pods on them.

pub mod addresses;
mod cloud;
mod condition_taints;
mod eviction;
mod heart;
mod kubelet;
mod lifecycle;
mod orders;
mod pod_gc;
mod taint_eviction;
mod taints;
mod zones;

pub use condition_taints::ConditionTaints;
pub use eviction::{EvictionManager, look_at_memory, room_for_pods};
pub use heart::{start_kubelet, stop_kubelet, tell_readiness};
pub use kubelet::Kubelet;
pub use lifecycle::NodeLifecycle;
pub use orders::{Ended, end_container, nudge};
pub use pod_gc::PodGarbageCollector;
pub use taint_eviction::TaintEviction;
