//! The controllers of kube-controller-manager and the scheduler.

pub mod hpa;
pub mod scheduler;
