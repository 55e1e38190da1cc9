//! Deployments.

pub mod rolling;
