//! The one integration-test binary; a module a topic.

mod api_versions;
mod architecture;
mod autoscaling;
mod bad_input;
mod bash;
mod captured;
mod client_words;
mod cloud;
mod cluster_autoscaler;
mod controllers;
mod cost;
mod docs;
mod editing;
mod event_ttl;
mod explain_hpa;
mod faults;
mod flows;
mod generated;
mod lab;
mod laws;
mod nodes;
mod programs;
mod scheduling;
mod shell;
mod vectors;
mod walkthroughs;
