//! PodTopologySpread: even numbers over the values of a node label.

use super::MAX_SCORE;
use crate::actors::control_plane::scheduler::node_info::NodeInfo;
use crate::actors::control_plane::scheduler::pod_info::PendingPod;
use crate::actors::control_plane::scheduler::pod_kinds::KindId;
use crate::actors::control_plane::scheduler::snapshot::Snapshot;
use crate::actors::control_plane::scheduler::taints::first_untolerated;
use crate::actors::control_plane::scheduler::topology_spread::SpreadConstraint;
use crate::machinery::well_known;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why a node is out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misfit {
    /// The node lacks a topology label.
    MissingLabel,
    /// Its domain would exceed the emptiest one by too much.
    Skew,
}

/// The domains of one constraint with their pods.
#[derive(Clone, Debug)]
struct Domains {
    constraint: SpreadConstraint,
    /// The kinds of pods that count.
    kinds: Vec<KindId>,
    pods: BTreeMap<Arc<str>, i64>,
    /// Pods in the emptiest domain; `None` when there is no domain.
    emptiest: Option<i64>,
}

impl Domains {
    fn new(constraint: &SpreadConstraint, pod: &PendingPod, snapshot: &Snapshot) -> Domains {
        Domains {
            kinds: counted_kinds(constraint, pod, snapshot),
            constraint: constraint.clone(),
            pods: BTreeMap::new(),
            emptiest: None,
        }
    }

    fn refresh(&mut self) {
        let enough = self.pods.len() as i64 >= self.constraint.min_domains;
        let least = self.pods.values().copied().min();
        self.emptiest = if enough { least } else { Some(0) };
    }
}

fn counted_kinds(constraint: &SpreadConstraint, pod: &PendingPod, snapshot: &Snapshot) -> Vec<KindId> {
    let namespace = &pod.info.kind.namespace;
    snapshot
        .kinds()
        .iter()
        .filter(|(_, kind)| kind.namespace == *namespace && constraint.counts(kind.labels()))
        .map(|(id, _)| id)
        .collect()
}

fn count(node: &NodeInfo, kinds: &[KindId]) -> i64 {
    kinds.iter().map(|kind| node.count(*kind).staying()).sum()
}

/// Whether a node takes part in a constraint at all.
fn included(constraint: &SpreadConstraint, pod: &PendingPod, node: &NodeInfo) -> bool {
    (!constraint.honors_affinity || pod.node_affinity.admits(&node.name, node.labels()))
        && (!constraint.honors_taints || first_untolerated(&node.taints, &pod.tolerations).is_none())
}

fn has_all_keys<'a>(node: &NodeInfo, mut constraints: impl Iterator<Item = &'a SpreadConstraint>) -> bool {
    constraints.all(|c| node.label(&c.topology_key).is_some())
}

/// The hard constraints of a pod against the pods there are.
#[derive(Clone, Debug, Default)]
pub struct SpreadFilter {
    domains: Vec<Domains>,
}

impl SpreadFilter {
    /// Counts the pods of every domain.
    pub fn new(pod: &PendingPod, snapshot: &Snapshot) -> SpreadFilter {
        let hard = pod.spread.iter().filter(|c| c.hard);
        let mut filter = SpreadFilter { domains: hard.map(|c| Domains::new(c, pod, snapshot)).collect() };
        if filter.domains.is_empty() {
            return filter;
        }
        for node in snapshot.nodes() {
            filter.for_each_domain(pod, node, |domains, value| {
                *domains.pods.entry(Arc::from(value)).or_default() += count(node, &domains.kinds);
            });
        }
        filter.domains.iter_mut().for_each(Domains::refresh);
        filter
    }

    fn for_each_domain(
        &mut self,
        pod: &PendingPod,
        node: &NodeInfo,
        mut change: impl FnMut(&mut Domains, &str),
    ) {
        if !has_all_keys(node, self.domains.iter().map(|d| &d.constraint)) {
            return;
        }
        for domains in &mut self.domains {
            if included(&domains.constraint, pod, node)
                && let Some(value) = node.label(&domains.constraint.topology_key)
            {
                change(domains, value);
            }
        }
    }

    /// A pod of some kind appears on a node (`by` 1) or goes away (-1).
    pub fn adjust(&mut self, pod: &PendingPod, node: &NodeInfo, kind: KindId, by: i64) {
        self.for_each_domain(pod, node, |domains, value| {
            if domains.kinds.contains(&kind) {
                *domains.pods.entry(Arc::from(value)).or_default() += by;
                domains.refresh();
            }
        });
    }

    /// Why the pod may not go to the node.
    pub fn misfit(&self, node: &NodeInfo) -> Option<Misfit> {
        for domains in &self.domains {
            let Some(value) = node.label(&domains.constraint.topology_key) else {
                return Some(Misfit::MissingLabel);
            };
            let Some(emptiest) = domains.emptiest else { continue };
            let there = domains.pods.get(value).copied().unwrap_or(0);
            if there + i64::from(domains.constraint.matches_itself) - emptiest > domains.constraint.max_skew {
                return Some(Misfit::Skew);
            }
        }
        None
    }
}

/// Normalized scores of the feasible nodes by the soft constraints, or by the default ones of a pod that has none at
/// all; `None` when there is nothing to score by.
pub fn scores(pod: &PendingPod, snapshot: &Snapshot, feasible: &[&NodeInfo]) -> Option<Vec<i64>> {
    let own = !pod.spread.is_empty();
    let constraints: Vec<SpreadConstraint> = if own {
        pod.spread.iter().filter(|c| !c.hard).cloned().collect()
    } else {
        SpreadConstraint::defaults(pod.default_spread.as_ref()?).into()
    };
    if constraints.is_empty() {
        return None;
    }
    // A node that lacks a label of the pod's own constraints is left aside; the default ones take every node as it is.
    let aside = |node: &NodeInfo| own && !has_all_keys(node, constraints.iter());
    let mut raw = vec![0.0; feasible.len()];
    for constraint in &constraints {
        add_raw(constraint, pod, snapshot, feasible, &aside, &mut raw);
    }

    let raw: Vec<Option<i64>> =
        feasible.iter().zip(raw).map(|(node, score)| (!aside(node)).then(|| score.round() as i64)).collect();
    let max = raw.iter().flatten().copied().max().unwrap_or(0);
    let min = raw.iter().flatten().copied().min().unwrap_or(0);
    let normalized = |score: i64| if max == 0 { MAX_SCORE } else { MAX_SCORE * (max + min - score) / max };
    Some(raw.into_iter().map(|score| score.map_or(0, normalized)).collect())
}

/// Adds what one constraint has against each feasible node: the more pods in its domain the worse, all the more the
/// more domains there are.
fn add_raw(
    constraint: &SpreadConstraint,
    pod: &PendingPod,
    snapshot: &Snapshot,
    feasible: &[&NodeInfo],
    aside: &impl Fn(&NodeInfo) -> bool,
    raw: &mut [f64],
) {
    let key = &*constraint.topology_key;
    let kinds = counted_kinds(constraint, pod, snapshot);
    let by_node = key == well_known::HOSTNAME;
    let mut domains: BTreeMap<&str, i64> = BTreeMap::new();
    let mut size = 0;
    for node in feasible.iter().filter(|n| !aside(n)) {
        size += 1;
        // All nodes without the label are one more domain, if one that no node gains or loses by.
        domains.insert(node.label(key).unwrap_or(""), 0);
    }
    if !by_node {
        size = domains.len();
        for node in snapshot.nodes().filter(|n| !aside(n) && included(constraint, pod, n)) {
            if let Some(pods) = node.label(key).and_then(|value| domains.get_mut(value)) {
                *pods += count(node, &kinds);
            }
        }
    }
    let weight = ((size + 2) as f64).ln();
    for (node, raw) in feasible.iter().zip(raw) {
        let Some(value) = node.label(key) else { continue };
        let pods = if by_node { count(node, &kinds) } else { domains.get(value).copied().unwrap_or(0) };
        *raw += pods as f64 * weight + (constraint.max_skew - 1) as f64;
    }
}
