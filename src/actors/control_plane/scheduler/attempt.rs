//! One attempt to place a pod: which nodes are looked at, which one is taken, what is said when none is left.

use super::cycle::Cycle;
use super::node_info::NodeInfo;
use super::plugins::Plugin;
use super::pod_info::PendingPod;
use super::preemption::{self, Budget, Preemption};
use super::snapshot::Snapshot;
use super::verdict::{Finding, NodeScore, NodeVerdict, Rejection, fit_error, with_preemption};
use crate::json;
use crate::machinery::{KubeVersion, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// From this many nodes on a search may stop when it has found enough.
const MIN_NODES_TO_FIND: usize = 100;

/// What an attempt depends on beside snapshot and pod.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings<'a> {
    /// Version of the scheduler.
    pub version: KubeVersion,
    /// PodDisruptionBudgets, which preemption respects.
    pub budgets: &'a [Budget],
    /// Where the search begins in a large cluster: [`Attempt::next_start`] of the attempt before.
    pub start: usize,
    /// Score also a node that is the only one.
    pub always_score: bool,
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The pod goes to this node.
    Placed(Arc<str>),
    /// It fits nowhere.
    Unschedulable {
        /// What the filters said.
        filters: String,
        /// What came of preemption; absent when there are no nodes at all.
        preemption: Option<Preemption>,
    },
}

/// An attempt: the decision and everything that led to it.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// `namespace/name` of the pod.
    pub pod: Arc<str>,
    /// What became of each node that was looked at.
    pub verdicts: Vec<NodeVerdict>,
    /// The plugin that rejected the pod whatever the node.
    pub rejected_outright: Option<Rejection>,
    /// The decision.
    pub outcome: Outcome,
    /// Where the next search begins in a large cluster.
    pub next_start: usize,
    version: KubeVersion,
}

impl Attempt {
    /// The node the pod goes to.
    pub fn node(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Placed(node) => Some(node),
            Outcome::Unschedulable { .. } => None,
        }
    }

    /// The node that is to be freed for the pod, with its victims.
    pub fn preemption(&self) -> Option<&preemption::Candidate> {
        match &self.outcome {
            Outcome::Unschedulable { preemption: Some(preemption), .. } => preemption.chosen(),
            _ => None,
        }
    }

    /// The text of the event FailedScheduling and of the condition PodScheduled; empty when the pod was placed.
    pub fn message(&self) -> String {
        match &self.outcome {
            Outcome::Placed(_) => String::new(),
            Outcome::Unschedulable { filters, preemption } => {
                let text = preemption.as_ref().and_then(|p| match p {
                    Preemption::Failed(text) => Some(text.as_str()),
                    Preemption::Chosen { .. } => None,
                });
                with_preemption(filters, text, self.version)
            }
        }
    }

    /// The plugins whose verdict kept the pod out: what a queue waits for.
    pub fn rejecting_plugins(&self) -> BTreeSet<Plugin> {
        let by_node = self.verdicts.iter().filter_map(NodeVerdict::rejection);
        by_node.chain(&self.rejected_outright).map(|r| r.plugin).collect()
    }

    /// The record behind `kubetick explain pod/NAME`, with the nodes that `told` admits.
    pub fn to_value(&self, told: impl Fn(&NodeVerdict) -> bool) -> Value {
        let mut record = json!({"pod": &*self.pod});
        let nodes = self.verdicts.iter().filter(|v| told(v)).map(NodeVerdict::to_value);
        record.set("nodes", nodes.collect::<Value>());
        match &self.outcome {
            Outcome::Placed(node) => record.set("node", &**node),
            Outcome::Unschedulable { preemption, .. } => {
                record.set("message", self.message());
                if let Some(preemption) = preemption {
                    record.set("preemption", preemption.to_value());
                }
            }
        }
        record
    }
}

/// Tries to place a pod. `pick(n)` chooses one of `n` equals: the real scheduler leaves it to chance, here the caller's
/// seed decides.
pub fn schedule(
    snapshot: &Snapshot,
    pod: &PendingPod,
    settings: Settings,
    pick: &mut dyn FnMut(usize) -> usize,
) -> Attempt {
    let mut attempt = Attempt {
        pod: pod.info.key.clone(),
        verdicts: Vec::new(),
        rejected_outright: None,
        outcome: Outcome::Unschedulable {
            filters: "no nodes available to schedule pods".into(),
            preemption: None,
        },
        next_start: settings.start,
        version: settings.version,
    };
    let nodes = snapshot.nodes().len();
    if nodes == 0 {
        return attempt;
    }
    let cycle = match Cycle::new(snapshot, pod, settings.version) {
        Ok(cycle) => cycle,
        Err(rejection) => {
            // The verdict holds for every node: no node is worth an eviction.
            let unhelpful = std::iter::repeat_n("Preemption is not helpful for scheduling", nodes);
            attempt.outcome = Outcome::Unschedulable {
                filters: format!("0/{nodes} nodes are available: {}.", rejection.reasons.join(", ")),
                preemption: Some(match pod.never_preempts {
                    true => Preemption::Failed("not eligible due to preemptionPolicy=Never.".into()),
                    false => Preemption::Failed(fit_error(nodes, unhelpful)),
                }),
            };
            attempt.rejected_outright = Some(rejection);
            return attempt;
        }
    };
    let feasible = search(&cycle, &mut attempt);
    if feasible.is_empty() {
        let reasons = attempt.verdicts.iter().filter_map(NodeVerdict::rejection).flat_map(|r| &r.reasons);
        let filters = fit_error(nodes, reasons.map(|r| &**r));
        let preemption = preemption::preempt(&cycle, &attempt.verdicts, settings.budgets, pick);
        attempt.outcome = Outcome::Unschedulable { filters, preemption: Some(preemption) };
        return attempt;
    }
    let mut best = vec![feasible[0].name.clone()];
    if feasible.len() > 1 || settings.always_score {
        let scores = cycle.scores(&feasible);
        best = best_nodes(&feasible, &scores);
        note_scores(&mut attempt.verdicts, &feasible, scores);
    }
    let chosen = if best.len() > 1 { pick(best.len()) % best.len() } else { 0 };
    attempt.outcome = Outcome::Placed(best.swap_remove(chosen));
    attempt
}

/// Filters nodes until enough are found; a node to which the pod is nominated is taken alone if it fits.
fn search<'s>(cycle: &Cycle<'s>, attempt: &mut Attempt) -> Vec<&'s NodeInfo> {
    let snapshot = cycle.snapshot;
    let nominated = cycle.pod.nominated_node.as_ref().and_then(|name| snapshot.node(name));
    if let Some(node) = nominated
        && cycle.exclusion(&node.name).is_none()
        && cycle.filter(node).is_ok()
    {
        attempt.verdicts.push(NodeVerdict { node: node.name.clone(), finding: Finding::Feasible(None) });
        return vec![node];
    }
    let total = snapshot.nodes().len();
    let enough = nodes_to_find(total);
    let order: Vec<&NodeInfo> =
        if enough < total { snapshot.nodes_across_zones() } else { snapshot.nodes().collect() };
    let start = if enough < total { attempt.next_start % total } else { 0 };
    let mut feasible = Vec::new();
    for node in order[start..].iter().chain(&order[..start]) {
        let finding = match cycle.exclusion(&node.name) {
            Some(rejection) => Finding::Excluded(rejection),
            None => match cycle.filter(node) {
                Ok(()) => {
                    feasible.push(*node);
                    Finding::Feasible(None)
                }
                Err(rejection) => Finding::Rejected(rejection),
            },
        };
        attempt.verdicts.push(NodeVerdict { node: node.name.clone(), finding });
        if feasible.len() >= enough {
            break;
        }
    }
    if enough < total {
        attempt.next_start = (start + attempt.verdicts.len()) % total;
    }
    feasible
}

/// How many feasible nodes are enough: all of a small cluster, a shrinking share of a large one.
fn nodes_to_find(total: usize) -> usize {
    if total < MIN_NODES_TO_FIND {
        return total;
    }
    let percent = 50usize.saturating_sub(total / 125).max(5);
    (total * percent / 100).max(MIN_NODES_TO_FIND)
}

fn best_nodes(feasible: &[&NodeInfo], scores: &[NodeScore]) -> Vec<Arc<str>> {
    let top = scores.iter().map(|s| s.total).max();
    let at_top = feasible.iter().zip(scores).filter(|(_, s)| Some(s.total) == top);
    at_top.map(|(node, _)| node.name.clone()).collect()
}

fn note_scores(verdicts: &mut [NodeVerdict], feasible: &[&NodeInfo], scores: Vec<NodeScore>) {
    // Both lists are in search order.
    let mut scored = feasible.iter().zip(scores).peekable();
    for verdict in verdicts {
        if let Some((_, score)) = scored.next_if(|(node, _)| node.name == verdict.node) {
            verdict.finding = Finding::Feasible(Some(score));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_clusters_are_searched_in_part() {
        assert_eq!(nodes_to_find(99), 99);
        assert_eq!(nodes_to_find(150), 100);
        assert_eq!(nodes_to_find(1000), 420);
        assert_eq!(nodes_to_find(6000), 300);
    }
}
