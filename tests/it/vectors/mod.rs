//! Recorded cases from the real programs, one module a topic.

mod api;
mod api_writes;
mod aws;
pub mod ca;
mod eksctl;
pub mod harness;
pub mod hpa;

mod jmespath;
mod machinery;
mod mutate;
mod output;
mod patches;
mod reads;
mod scheduler;
mod session;
pub mod tables;
mod timelines;
mod wire_writes;
mod workloads;
mod write_order;
