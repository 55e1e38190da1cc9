//! What the program keeps from loop to loop. A restart of the container forgets it.

use super::actuator::Deletion;
use super::backoff::Backoff;
use super::cloud::Cloud;
use super::registry::Registry;
use super::scale_down::planner;
use super::scale_down::removal::Hints;
use super::status::Transitions;
use super::templates::Kept;
use crate::machinery::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When a group was last changed; 0 for never.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Times {
    /// It grew.
    pub added: Time,
    /// It shrank.
    pub deleted: Time,
    /// It failed to shrink.
    pub failed: Time,
}

/// Everything.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// When the process began to lead.
    pub started: Time,
    /// The holder of the lease that was seen last, and since when it is.
    pub observed: Option<(String, Time)>,
    /// Whether it holds the lease.
    pub leading: bool,
    /// The number of loops.
    pub loops: u64,
    /// When the next one begins.
    pub next_loop: Time,
    /// The loop that last scaled up.
    pub last_scale_up: Time,
    /// The loop that last began to delete nodes.
    pub last_delete: Time,
    /// The loop that last failed to.
    pub last_fail: Time,
    /// Where searches for a node begin.
    pub next_node: usize,
    /// AWS.
    pub cloud: Cloud,
    /// The groups' nodes.
    pub registry: Registry,
    /// Groups that failed.
    pub backoff: Backoff,
    /// Unneeded nodes.
    pub planner: planner::Memory,
    /// Where pending pods will go.
    pub hints: Hints,
    /// Real nodes that stand for their groups.
    pub templates: BTreeMap<String, Kept>,
    /// What was last done to groups.
    pub group_times: BTreeMap<String, Times>,
    /// Nodes that are going.
    pub deletions: Vec<Deletion>,
    /// When events were last let through, by what they are alike in.
    pub events: BTreeMap<String, Time>,
    /// Status of things, and since when.
    pub transitions: Transitions,
    /// Counters for the metrics.
    pub counters: BTreeMap<String, i64>,
    /// Gauges for the metrics.
    pub gauges: BTreeMap<String, f64>,
    /// When the last loop looked at nodes.
    pub looked: Time,
    /// How much of nodes was used then: the share, and of what.
    pub used: BTreeMap<String, (f64, String)>,
    /// Why nodes stay, as far as the last loop asked.
    pub staying: BTreeMap<String, String>,
    /// The pods for which no group grows, by key: which of the refusals is theirs.
    pub helpless: BTreeMap<String, usize>,
    /// What the groups say to pods that are alike: group and reason.
    pub refusals: Vec<Vec<(String, String)>>,
    /// Why nothing grows at all; empty when that is not so.
    pub no_growth: String,
}

impl State {
    /// Counts something.
    pub fn count(&mut self, name: impl Into<String>, by: i64) {
        *self.counters.entry(name.into()).or_default() += by;
    }
}
