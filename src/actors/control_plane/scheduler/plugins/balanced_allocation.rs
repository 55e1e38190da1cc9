//! NodeResourcesBalancedAllocation: cpu and memory of a node should be used to the same degree.

use super::MAX_SCORE;
use crate::actors::control_plane::scheduler::node_info::NodeInfo;
use crate::actors::control_plane::scheduler::pod_info::PodInfo;
use crate::machinery::KubeVersion;

/// Whether the pod could unbalance anything.
pub fn applies(pod: &PodInfo) -> bool {
    pod.requests.milli_cpu != 0 || pod.requests.memory != 0
}

/// The score of a node: its balance with the pod or, in newer versions, how much the pod improves it.
pub fn score(pod: &PodInfo, node: &NodeInfo, version: KubeVersion) -> i64 {
    let with = balance(node, pod.requests.milli_cpu, pod.requests.memory);
    if version.scheduler_scores_change_of_balance() {
        50 + (50 + with - balance(node, 0, 0)) / 2
    } else {
        with
    }
}

fn balance(node: &NodeInfo, more_cpu: i64, more_memory: i64) -> i64 {
    let fraction = |requested: i64, allocatable: i64| {
        (allocatable != 0).then(|| (requested as f64 / allocatable as f64).min(1.0))
    };
    let cpu = fraction(node.requested().milli_cpu + more_cpu, node.allocatable.milli_cpu);
    let memory = fraction(node.requested().memory + more_memory, node.allocatable.memory);
    let deviation = match (cpu, memory) {
        (Some(cpu), Some(memory)) => ((cpu - memory) / 2.0).abs(),
        _ => 0.0,
    };
    ((1.0 - deviation) * MAX_SCORE as f64) as i64
}
