//! Recorded cases from the real programs, one module a topic.

pub mod harness;
mod api;
