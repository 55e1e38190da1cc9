//! The nodes: the kubelet, and the controllers that watch over nodes and the pods on them.

pub mod addresses;
mod condition_taints;
mod kubelet;
mod orders;

pub use condition_taints::ConditionTaints;
pub use kubelet::Kubelet;
pub use kubelet::images::preload as preload_images;
pub use orders::{Ended, end_container, nudge};
