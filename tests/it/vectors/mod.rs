//! Recorded cases from the real programs, one module a topic.

mod after;
mod api;
mod api_writes;
mod aws;
pub mod ca;
mod commands;
mod eksctl;
pub mod harness;
pub mod hpa;

mod jmespath;
mod live;
mod machinery;
mod output;
mod patches;
mod playback;
mod requests;
mod scheduler;
mod session;
pub mod tables;
mod timelines;
mod wire;
mod workloads;
mod write_order;
