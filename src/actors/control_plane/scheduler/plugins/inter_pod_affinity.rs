//! InterPodAffinity: pods that attract or repel each other within a topology.

use super::MAX_SCORE;
use crate::actors::control_plane::scheduler::node_info::NodeInfo;
use crate::actors::control_plane::scheduler::pod_affinity::AffinityTerm;
use crate::actors::control_plane::scheduler::pod_info::{PendingPod, PodKind};
use crate::actors::control_plane::scheduler::pod_kinds::KindId;
use crate::actors::control_plane::scheduler::snapshot::{Namespaces, Snapshot};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the required affinity of a pod on a node counts for another that it attracts.
const REQUIRED_AFFINITY_CREDIT: i64 = 1;

/// Why a node is out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misfit {
    /// No pod the pod must be near to.
    Affinity,
    /// A pod it must stay away from.
    AntiAffinity,
    /// A pod that wants it away.
    ExistingAntiAffinity,
}

/// Numbers by topology key and value.
#[derive(Clone, Debug, Default)]
struct Tally(BTreeMap<Arc<str>, BTreeMap<Arc<str>, i64>>);

impl Tally {
    fn add(&mut self, node: &NodeInfo, key: &Arc<str>, amount: i64) {
        let Some(value) = node.label(key) else { return };
        let values = self.0.entry(key.clone()).or_default();
        *values.entry(Arc::from(value)).or_default() += amount;
    }

    fn get(&self, node: &NodeInfo, key: &str) -> i64 {
        let value = |values: &BTreeMap<Arc<str>, i64>| values.get(node.label(key)?).copied();
        self.0.get(key).and_then(value).unwrap_or(0)
    }

    /// Whether any key gives the node a number above zero.
    fn touches(&self, node: &NodeInfo) -> bool {
        self.0.keys().any(|key| self.get(node, key) > 0)
    }

    fn is_all_zero(&self) -> bool {
        self.0.values().flat_map(|values| values.values()).all(|n| *n == 0)
    }
}

/// What pods of one kind mean for the incoming pod.
#[derive(Clone, Debug, Default)]
struct Relation {
    /// They are what all required terms of the pod ask for.
    wanted: bool,
    /// Topologies inside which the pod must stay away from them.
    avoided: Vec<Arc<str>>,
    /// Topologies inside which they want the pod away.
    repelling: Vec<Arc<str>>,
}

impl Relation {
    fn is_indifferent(&self) -> bool {
        !self.wanted && self.avoided.is_empty() && self.repelling.is_empty()
    }
}

fn keys_of_matching(terms: &[AffinityTerm], target: &PodKind, namespaces: &Namespaces) -> Vec<Arc<str>> {
    terms
        .iter()
        .filter(|t| t.matches(&target.namespace, target.labels(), namespaces))
        .map(|t| t.topology_key.clone())
        .collect()
}

fn meets_all(terms: &[AffinityTerm], target: &PodKind, namespaces: &Namespaces) -> bool {
    !terms.is_empty() && terms.iter().all(|t| t.matches(&target.namespace, target.labels(), namespaces))
}

/// The required terms on both sides against the pods there are.
#[derive(Clone, Debug, Default)]
pub struct AffinityFilter {
    relations: BTreeMap<KindId, Relation>,
    wanted: Tally,
    avoided: Tally,
    repelling: Tally,
    first_of_its_group: bool,
}

impl AffinityFilter {
    /// Counts the pods that matter.
    pub fn new(pod: &PendingPod, snapshot: &Snapshot) -> AffinityFilter {
        let (own, namespaces) = (&pod.info.kind, snapshot.namespaces());
        let relations: BTreeMap<_, _> = snapshot
            .kinds()
            .iter()
            .map(|(id, kind)| {
                let relation = Relation {
                    wanted: meets_all(&own.terms.required, kind, namespaces),
                    avoided: keys_of_matching(&own.terms.required_anti, kind, namespaces),
                    repelling: keys_of_matching(&kind.terms.required_anti, own, namespaces),
                };
                (id, relation)
            })
            .filter(|(_, relation)| !relation.is_indifferent())
            .collect();
        let mut filter = AffinityFilter {
            first_of_its_group: meets_all(&own.terms.required, own, namespaces),
            relations,
            ..AffinityFilter::default()
        };
        if !filter.relations.is_empty() {
            for node in snapshot.nodes() {
                for (kind, count) in node.kinds() {
                    filter.adjust(pod, node, kind, count.all);
                }
            }
        }
        filter
    }

    /// Pods of some kind appear on a node, or go away when `by` is negative.
    pub fn adjust(&mut self, pod: &PendingPod, node: &NodeInfo, kind: KindId, by: i64) {
        let Some(relation) = self.relations.get(&kind) else { return };
        if relation.wanted {
            pod.info.kind.terms.required.iter().for_each(|t| self.wanted.add(node, &t.topology_key, by));
        }
        relation.avoided.iter().for_each(|key| self.avoided.add(node, key, by));
        relation.repelling.iter().for_each(|key| self.repelling.add(node, key, by));
    }

    /// Why the pod may not go to the node.
    pub fn misfit(&self, pod: &PendingPod, node: &NodeInfo) -> Option<Misfit> {
        let terms = &pod.info.kind.terms;
        if !self.affinity_satisfied(&terms.required, node) {
            Some(Misfit::Affinity)
        } else if terms.required_anti.iter().any(|t| self.avoided.get(node, &t.topology_key) > 0) {
            Some(Misfit::AntiAffinity)
        } else if self.repelling.touches(node) {
            Some(Misfit::ExistingAntiAffinity)
        } else {
            None
        }
    }

    /// The first pod of a group that wants to be together may go anywhere the topology exists.
    fn affinity_satisfied(&self, required: &[AffinityTerm], node: &NodeInfo) -> bool {
        required.iter().all(|t| node.label(&t.topology_key).is_some())
            && (required.iter().all(|t| self.wanted.get(node, &t.topology_key) > 0)
                || (self.first_of_its_group && self.wanted.is_all_zero()))
    }
}

/// Normalized scores of the feasible nodes by the preferred terms on both sides; `None` when no pod has any bearing.
pub fn scores(pod: &PendingPod, snapshot: &Snapshot, feasible: &[&NodeInfo]) -> Option<Vec<i64>> {
    let (own, namespaces) = (&pod.info.kind, snapshot.namespaces());
    let meets =
        |term: &AffinityTerm, kind: &PodKind| term.matches(&kind.namespace, kind.labels(), namespaces);
    let credits: BTreeMap<KindId, Vec<(Arc<str>, i64)>> = snapshot
        .kinds()
        .iter()
        .map(|(id, kind)| {
            let ours = own.terms.preferred.iter().filter(|t| meets(&t.term, kind));
            let theirs = kind.terms.preferred.iter().filter(|t| meets(&t.term, own));
            let required = kind.terms.required.iter().filter(|t| meets(t, own));
            let credits = ours
                .chain(theirs)
                .map(|t| (t.term.topology_key.clone(), t.weight))
                .chain(required.map(|t| (t.topology_key.clone(), REQUIRED_AFFINITY_CREDIT)))
                .collect::<Vec<_>>();
            (id, credits)
        })
        .filter(|(_, credits)| !credits.is_empty())
        .collect();
    if credits.is_empty() {
        return None;
    }
    let mut tally = Tally::default();
    for node in snapshot.nodes() {
        for (kind, count) in node.kinds() {
            for (key, weight) in credits.get(&kind).into_iter().flatten() {
                tally.add(node, key, weight * count.all);
            }
        }
    }
    if tally.0.is_empty() {
        return None;
    }
    let raw: Vec<i64> =
        feasible.iter().map(|node| tally.0.keys().map(|key| tally.get(node, key)).sum()).collect();
    let (min, max) = (raw.iter().copied().min().unwrap_or(0), raw.iter().copied().max().unwrap_or(0));
    let normalized = |score: i64| {
        if max == min { 0 } else { (MAX_SCORE as f64 * (score - min) as f64 / (max - min) as f64) as i64 }
    };
    Some(raw.into_iter().map(normalized).collect())
}
