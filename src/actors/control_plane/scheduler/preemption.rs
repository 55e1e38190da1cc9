//! Preemption: which pods of lower priority have to go so that a pod that fits nowhere gets a place.

use super::cycle::Cycle;
use super::node_info::{NodeInfo, PlacedPod};
use super::pod_affinity::selector;
use super::pod_info::{PendingPod, PodInfo};
use super::verdict::{Code, NodeVerdict, Rejection, fit_error};
use crate::json;
use crate::machinery::{LabelSelector, Object, Time, Value};
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Even in large clusters at least this many nodes are tried.
const MIN_CANDIDATES: usize = 100;
/// What a node says that has nobody of lower priority.
const NO_VICTIMS: &str = "No preemption victims found for incoming pod";
/// What is said of a node where evictions would not help.
const UNHELPFUL: &str = "Preemption is not helpful for scheduling";

/// A PodDisruptionBudget as preemption respects it.
#[derive(Clone, Debug)]
pub struct Budget {
    namespace: Arc<str>,
    selector: LabelSelector,
    allowed: i64,
    disrupted: BTreeSet<Arc<str>>,
}

impl Budget {
    /// Reads a PodDisruptionBudget.
    pub fn parse(pdb: &Object) -> Budget {
        Budget {
            namespace: Arc::from(pdb.namespace()),
            selector: selector(pdb.at("spec/selector")),
            allowed: pdb.int_at("status/disruptionsAllowed").unwrap_or(0),
            disrupted: pdb.map_at("status/disruptedPods").keys().map(Arc::from).collect(),
        }
    }

    /// Whether evicting the pod uses the budget. A pod whose eviction was granted already does not count twice; an
    /// empty selector and a pod without labels are not looked at here.
    fn covers(&self, pod: &PodInfo) -> bool {
        self.namespace == pod.kind.namespace
            && !self.disrupted.contains(&pod.name)
            && !self.selector.is_everything()
            && !pod.kind.labels().is_empty()
            && self.selector.matches(pod.kind.labels())
    }
}

/// A node on which evictions would make room.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The node.
    pub node: Arc<str>,
    /// Who has to go, most important first.
    pub victims: Vec<Arc<PodInfo>>,
    /// How many of them a budget protects.
    pub violations: usize,
}

/// What came of looking for victims.
#[derive(Clone, Debug)]
pub enum Preemption {
    /// Room can be made.
    Chosen {
        /// All nodes where it could.
        candidates: Vec<Candidate>,
        /// Which of them is chosen.
        chosen: usize,
    },
    /// It cannot; the text goes into the pod's message after `preemption: `.
    Failed(String),
}

impl Preemption {
    /// The node that is to be freed, with its victims.
    pub fn chosen(&self) -> Option<&Candidate> {
        match self {
            Preemption::Chosen { candidates, chosen } => candidates.get(*chosen),
            Preemption::Failed(_) => None,
        }
    }

    /// As part of an explanation.
    pub fn to_value(&self) -> Value {
        match self {
            Preemption::Failed(text) => json!({"failed": text}),
            Preemption::Chosen { candidates, .. } => {
                let describe = |c: &Candidate| {
                    let victims: Value = c.victims.iter().map(|v| &*v.key).collect();
                    json!({"node": &*c.node, "victims": victims, "pdbViolations": c.violations})
                };
                let node = self.chosen().map(|c| &*c.node);
                json!({"node": node, "candidates": candidates.iter().map(describe).collect::<Value>()})
            }
        }
    }
}

/// Why a pod may not preempt others, whatever the nodes say.
fn ineligible(pod: &PendingPod, cycle: &Cycle, verdicts: &[NodeVerdict]) -> Option<&'static str> {
    if pod.never_preempts {
        return Some("not eligible due to preemptionPolicy=Never.");
    }
    let nominated = pod.nominated_node.as_deref()?;
    let given_up = verdicts.iter().any(|v| {
        &*v.node == nominated && v.rejection().is_some_and(|r| r.code == Code::UnschedulableAndUnresolvable)
    });
    let leaving = cycle
        .snapshot
        .node(nominated)?
        .pods()
        .any(|p| p.info.terminating && p.info.preempted && p.info.priority < pod.info.priority);
    (leaving && !given_up).then_some("not eligible due to a terminating pod on the nominated node.")
}

/// Looks for the node where evictions hurt least. `pick` chooses where the search begins, and among equals.
pub fn preempt(
    cycle: &Cycle,
    verdicts: &[NodeVerdict],
    budgets: &[Budget],
    pick: &mut dyn FnMut(usize) -> usize,
) -> Preemption {
    if let Some(why) = ineligible(cycle.pod, cycle, verdicts) {
        return Preemption::Failed(why.into());
    }
    let all = cycle.snapshot.nodes().len();
    let promising = verdicts.iter().filter(|v| v.rejection().is_some_and(|r| r.code == Code::Unschedulable));
    if cycle.snapshot.lowest_priority().is_none_or(|lowest| lowest >= cycle.pod.info.priority) {
        let promising = promising.count();
        let reasons = std::iter::repeat_n(NO_VICTIMS, promising);
        let rest = std::iter::repeat_n(UNHELPFUL, all.saturating_sub(promising));
        return Preemption::Failed(fit_error(all, reasons.chain(rest)));
    }
    let promising: Vec<&NodeInfo> = promising.filter_map(|v| cycle.snapshot.node(&v.node)).collect();
    let wanted = (promising.len() / 10).max(MIN_CANDIDATES);
    let offset = if promising.len() > wanted { pick(promising.len()) } else { 0 };
    let (mut candidates, mut failures) = (Vec::new(), Vec::new());
    let mut harmless = 0;
    for i in 0..promising.len() {
        if harmless > 0 && candidates.len() >= wanted {
            break;
        }
        match find_victims(cycle, promising[(offset + i) % promising.len()], budgets) {
            Ok(candidate) => {
                harmless += usize::from(candidate.violations == 0);
                candidates.push(candidate);
            }
            Err(rejection) => failures.push(rejection),
        }
    }
    if candidates.is_empty() {
        let reasons = failures.iter().flat_map(|r| &r.reasons).map(|reason| &**reason);
        let rest = all.saturating_sub(failures.len());
        let text = fit_error(all, reasons.chain(std::iter::repeat_n(UNHELPFUL, rest)));
        return Preemption::Failed(text);
    }
    let best = gentlest(&candidates);
    let chosen = if best.len() > 1 { best[pick(best.len()) % best.len()] } else { best[0] };
    Preemption::Chosen { candidates, chosen }
}

/// Who would have to leave one node: everybody of lower priority leaves, then as many as possible are let back in, the
/// most important first, those a budget protects before all others.
fn find_victims(cycle: &Cycle, node: &NodeInfo, budgets: &[Budget]) -> Result<Candidate, Rejection> {
    let priority = cycle.pod.info.priority;
    if node.lowest_priority().is_none_or(|lowest| lowest >= priority) {
        return Err(Rejection::unresolvable(super::plugins::Plugin::NodeResourcesFit, NO_VICTIMS));
    }
    let mut lower: Vec<PlacedPod> = node.pods().filter(|p| p.info.priority < priority).cloned().collect();
    lower.sort_by(|a, b| by_importance(&a.info, &b.info));
    let mut trial = cycle.what_if(node);
    lower.iter().for_each(|pod| trial.remove(pod));
    trial.filter()?;

    let mut victims = Vec::new();
    let mut violations = 0;
    let (protected, free) = split_by_budget(&lower, budgets);
    for (pods, counts) in [(protected, true), (free, false)] {
        for pod in pods {
            trial.add(pod);
            if trial.filter().is_err() {
                trial.remove(pod);
                victims.push(pod.info.clone());
                violations += usize::from(counts);
            }
        }
    }
    victims.sort_by(|a, b| by_importance(a, b));
    Ok(Candidate { node: node.name.clone(), victims, violations })
}

/// Higher priority first, then the one that runs longer; a pod that has not started is the youngest.
fn by_importance(a: &PodInfo, b: &PodInfo) -> Ordering {
    let age = |pod: &PodInfo| pod.started.unwrap_or(Time(i64::MAX));
    b.priority.cmp(&a.priority).then_with(|| age(a).cmp(&age(b)))
}

/// The pods whose eviction would overdraw a budget, and the others. Budgets are used up in order of importance.
fn split_by_budget<'p>(
    pods: &'p [PlacedPod],
    budgets: &[Budget],
) -> (Vec<&'p PlacedPod>, Vec<&'p PlacedPod>) {
    let mut left: Vec<i64> = budgets.iter().map(|b| b.allowed).collect();
    pods.iter().partition(|pod| {
        let mut overdrawn = false;
        for (budget, left) in budgets.iter().zip(&mut left) {
            if budget.covers(&pod.info) {
                *left -= 1;
                overdrawn |= *left < 0;
            }
        }
        overdrawn
    })
}

/// The candidates that are best by every criterion: fewest violations, least important most important victim, smallest
/// sum of priorities, fewest victims, and youngest among the most important.
fn gentlest(candidates: &[Candidate]) -> Vec<usize> {
    let rank = |c: &Candidate| {
        let highest = c.victims.iter().map(|v| v.priority).max().unwrap_or(i64::MIN);
        // The offset keeps the sum growing with the number of victims even when priorities are negative.
        let sum: i64 = c.victims.iter().map(|v| v.priority + (1 << 31)).sum();
        let started = |v: &&Arc<PodInfo>| v.started.unwrap_or(Time(i64::MAX));
        let earliest =
            c.victims.iter().filter(|v| v.priority == highest).map(|v| started(&v)).min().unwrap_or_default();
        (c.violations, highest, sum, c.victims.len(), Reverse(earliest))
    };
    let ranks: Vec<_> = candidates.iter().map(rank).collect();
    let best = ranks.iter().min();
    (0..candidates.len()).filter(|i| Some(&ranks[*i]) == best).collect()
}
