//! Load: what is asked of workloads over time, and what their containers use because of it.
//!
//! Demand comes from three sources: what a program uses by itself ([`profile`]), curves a user sets on a workload
//! ([`curve`]), and clients in the cluster that ask, wait for the answer and ask again ([`closed_loop`]). It is split
//! over the pods that are Ready ([`distribution`]), held to limits and to what a node has ([`sharing`]), and kept as a piecewise constant
//! rate with its integral ([`meter`]): whoever measures ([`scrapes`]) reads the integral at two instants, so that work
//! is proportional to changes and not to time.

mod closed_loop;
mod controller;
pub mod curve;
pub mod custom;
mod demand;
mod distribution;
pub mod import;
mod meter;
pub mod metrics_api;
mod pod_meters;
mod profile;
pub mod samples;
pub mod scrapes;
mod sharing;
pub mod source;

pub use controller::{LoadController, look_again};
pub(in crate::actors) use demand::requests_a_second;
pub(in crate::actors) use profile::Client;
