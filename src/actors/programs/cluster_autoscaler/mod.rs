//! Cluster Autoscaler: it makes node groups grow when pods find no node, and shrink when nodes are not needed (1.30.4;
//! what other releases do differently is in [`Release`]).
//!
//! The core is functions over plain inputs: pods, nodes and groups as they are, flags, the instant. The program around it
//! reads them through the API server and the cloud's door, and writes what the core decides.

mod access;
mod actuator;
mod backoff;
mod clock;
pub mod cloud;
mod config_map;
mod controller;
mod controllers;
pub mod equivalence;

pub mod estimator;
mod events;
pub mod expander;
mod filter;
pub mod flags;
pub mod group;
pub mod journal;
mod leader;
mod log;
mod metrics;
pub mod outlook;
pub mod pod;
mod program;
mod registry;
mod release;
pub mod residents;
pub mod scale_down;
pub mod scale_up;
pub mod simulation;
mod state;
mod status;
pub mod template;
mod templates;
mod turn;
mod world;

pub use controller::{ClusterAutoscaler, Connect};
pub use program::Autoscaler;
pub use release::Release;
