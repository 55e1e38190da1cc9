//! The group whose new nodes would have the least idle cpu and memory.

use super::{Proposal, Release};
use crate::actors::programs::cluster_autoscaler::journal::Journal;

/// The options of the smallest waste; exact equality keeps all.
pub(super) fn filter(options: Vec<Proposal>, release: Release, journal: &mut Journal) -> Vec<Proposal> {
    let scores: Vec<f64> = options.iter().map(|option| waste(option, release, journal)).collect();
    let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
    options.into_iter().zip(scores).filter(|(_, score)| *score == least).map(|(option, _)| option).collect()
}

/// The idle share of cpu plus that of memory. Pods of DaemonSets do not count as use.
fn waste(option: &Proposal, release: Release, journal: &mut Journal) -> f64 {
    let capacity = option.template.capacity();
    let (mut cpu, mut memory) = (0, 0);
    for pod in &option.pods {
        let requests = &pod.pending.info.requests;
        let (c, m) = match release.weighs_effective_requests() {
            true => (requests.milli_cpu, requests.memory),
            false => pod.container_requests(),
        };
        cpu += c;
        memory += m;
    }
    let idle = |requested: i64, one: i64| {
        let available = one * option.nodes;
        (available - requested) as f64 / available as f64
    };
    let (idle_cpu, idle_memory) = (idle(cpu, capacity.milli_cpu), idle(memory, capacity.memory));
    let score = idle_cpu + idle_memory;
    journal.info(
        1,
        "waste.go:55",
        format!(
            "Expanding Node Group {} would waste {:.2}% CPU, {:.2}% Memory, {:.2}% Blended",
            option.group,
            idle_cpu * 100.0,
            idle_memory * 100.0,
            score * 50.0
        ),
    );
    score
}
