//! Cluster Autoscaler: it makes node groups grow when pods find no node, and shrink when nodes are not needed (1.30.4;
//! what other releases do differently is in [`Release`]).
//!
//! The core is functions over plain inputs: pods, nodes and groups as they are, flags, the instant. The program around it
//! reads them through the API server and the cloud's door, and writes what the core decides.

mod clock;
pub mod equivalence;
pub mod estimator;
pub mod expander;
pub mod flags;
pub mod group;
pub mod journal;
pub mod pod;
mod release;
pub mod scale_down;
pub mod scale_up;
pub mod simulation;
pub mod template;

pub use release::Release;
