//! The controllers of kube-controller-manager and the scheduler.

pub mod api_availability;
pub mod cronjob;
pub mod daemonset;
pub mod deployment;
pub mod disruption;
pub mod endpoints;
pub mod garbage_collector;
pub mod hpa;
pub mod job;
pub mod namespace;
pub mod persistent_volume;
pub mod pod_control;
pub mod replicaset;
pub mod resource_quota;
mod revisions;
pub mod scheduler;
pub mod serviceaccount;
pub mod statefulset;
