//! The nodes: the kubelet, and the controllers that watch over nodes and the pods on them.

mod orders;

pub use orders::{Ended, end_container, nudge};
