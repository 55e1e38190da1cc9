//! Recorded cases from the real programs, one module a topic.

mod api;
pub mod harness;

mod machinery;
pub mod tables;
