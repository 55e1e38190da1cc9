//! Nodes that go: which are unneeded, which may go, how they go.

pub mod budgets;
pub mod drain_rules;
pub mod node;
pub mod planner;
pub mod removal;
pub mod utilization;
