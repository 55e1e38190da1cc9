//! The one integration-test binary; a module a topic.

mod architecture;
mod autoscaling;
mod bad_input;
mod controllers;
mod explain_hpa;
mod generated;
mod lab;
mod nodes;
mod scheduling;
mod vectors;
mod walkthroughs;
