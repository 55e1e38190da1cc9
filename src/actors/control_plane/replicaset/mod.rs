//! ReplicaSets.

pub mod deletion_order;
