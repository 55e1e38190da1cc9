//! The one integration-test binary; a module a topic.

mod controllers;
mod autoscaling;
mod explain_hpa;
mod lab;
mod scheduling;
mod vectors;
mod walkthroughs;
