//! NodeResourcesFit: room for the requests; emptier nodes first.

use super::MAX_SCORE;
use crate::actors::control_plane::scheduler::node_info::NodeInfo;
use crate::actors::control_plane::scheduler::pod_info::PodInfo;
use std::borrow::Cow;

/// What a node lacks for a pod.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Shortage {
    /// `Too many pods`, `Insufficient cpu`, ...
    pub reasons: Vec<Cow<'static, str>>,
    /// Not even the empty node would do.
    pub hopeless: bool,
}

/// What the node lacks for the pod; `None` when it fits.
pub fn shortage(pod: &PodInfo, node: &NodeInfo) -> Option<Shortage> {
    let mut lack = Shortage::default();
    if node.pods().len() as i64 + 1 > node.pod_capacity {
        lack.reasons.push(Cow::Borrowed("Too many pods"));
    }
    let (requested, allocatable) = (node.requested(), &node.allocatable);
    for (name, amount) in pod.requests.iter().filter(|(_, amount)| *amount > 0) {
        if amount > allocatable.get(name) - requested.get(name) {
            lack.reasons.push(insufficient(name));
            lack.hopeless |= amount > allocatable.get(name);
        }
    }
    (!lack.reasons.is_empty()).then_some(lack)
}

fn insufficient(resource: &str) -> Cow<'static, str> {
    match resource {
        "cpu" => Cow::Borrowed("Insufficient cpu"),
        "memory" => Cow::Borrowed("Insufficient memory"),
        "ephemeral-storage" => Cow::Borrowed("Insufficient ephemeral-storage"),
        other => Cow::Owned(format!("Insufficient {other}")),
    }
}

/// The strategy LeastAllocated: the mean of what would stay free of cpu and memory, in percent.
pub fn least_allocated(pod: &PodInfo, node: &NodeInfo) -> i64 {
    let (cpu, memory) = node.scored_requests();
    let free = |requested: i64, allocatable: i64| match allocatable {
        0 => None,
        _ if requested > allocatable => Some(0),
        _ => Some((allocatable - requested) * MAX_SCORE / allocatable),
    };
    let scores: Vec<i64> = [
        free(cpu + pod.scored_requests.0, node.allocatable.milli_cpu),
        free(memory + pod.scored_requests.1, node.allocatable.memory),
    ]
    .into_iter()
    .flatten()
    .collect();
    if scores.is_empty() { 0 } else { scores.iter().sum::<i64>() / scores.len() as i64 }
}
