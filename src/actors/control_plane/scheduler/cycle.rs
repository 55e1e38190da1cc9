//! One scheduling cycle: a pod against the nodes of a snapshot. The rules every door shares; who goes through which
//! nodes in which order is the business of [`attempt`](super::attempt) and of simulations.

use super::node_info::{NodeInfo, PlacedPod};
use super::plugins::inter_pod_affinity::{self, AffinityFilter};
use super::plugins::spread::{self, SpreadFilter};
use super::plugins::{self, Plugin, balanced_allocation, image_locality, resources_fit};
use super::pod_info::PendingPod;
use super::snapshot::Snapshot;
use super::taints::{Taint, Toleration, first_untolerated};
use super::verdict::{Code, NodeScore, Rejection};
use super::volumes::PodVolumes;
use crate::machinery::KubeVersion;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A pod that is being scheduled, with everything about the cluster its filters need counted once.
#[derive(Clone, Debug)]
pub struct Cycle<'a> {
    /// The cluster.
    pub snapshot: &'a Snapshot,
    /// The pod.
    pub pod: &'a PendingPod,
    /// Decides texts and rules.
    pub version: KubeVersion,
    named_nodes: Option<BTreeSet<Arc<str>>>,
    volumes: PodVolumes<'a>,
    topology: Topology,
}

/// The counts that change when pods come and go: what a what-if changes beside a node.
#[derive(Clone, Debug)]
struct Topology {
    spread: SpreadFilter,
    affinity: AffinityFilter,
}

impl<'a> Cycle<'a> {
    /// Prepares the filters. The error is the verdict of a plugin that rejects the pod whatever the node.
    pub fn new(
        snapshot: &'a Snapshot,
        pod: &'a PendingPod,
        version: KubeVersion,
    ) -> Result<Cycle<'a>, Rejection> {
        let named_nodes = pod.node_affinity.named_nodes();
        if named_nodes.as_ref().is_some_and(BTreeSet::is_empty) {
            return Err(Rejection::unresolvable(Plugin::NodeAffinity, "pod affinity terms conflict"));
        }
        let volumes = PodVolumes::resolve(pod, &snapshot.volumes, version)?;
        let topology = Topology {
            spread: SpreadFilter::new(pod, snapshot),
            affinity: AffinityFilter::new(pod, snapshot),
        };
        Ok(Cycle { snapshot, pod, version, named_nodes, volumes, topology })
    }

    /// Why a node need not even be looked at: the pod names others.
    pub fn exclusion(&self, node: &str) -> Option<Rejection> {
        let excluded = self.named_nodes.as_ref().is_some_and(|names| !names.contains(node));
        excluded.then(|| {
            Rejection::unresolvable(Plugin::NodeAffinity, "node(s) didn't satisfy plugin(s) [NodeAffinity]")
        })
    }

    /// Whether the pod can go to the node, also when the pods of at least its priority that are nominated to the node
    /// get there first.
    pub fn filter(&self, node: &NodeInfo) -> Result<(), Rejection> {
        self.what_if(node).filter()
    }

    /// A hypothesis about a node of the snapshot.
    pub fn what_if<'c>(&'c self, node: &'c NodeInfo) -> WhatIf<'c> {
        WhatIf { cycle: self, node: Cow::Borrowed(node), topology: Cow::Borrowed(&self.topology) }
    }

    fn run_filters(&self, node: &NodeInfo, topology: &Topology) -> Result<(), Rejection> {
        let pod = self.pod;
        if node.unschedulable && !tolerates(&pod.tolerations, &Taint::unschedulable()) {
            return Err(Rejection::unresolvable(Plugin::NodeUnschedulable, "node(s) were unschedulable"));
        }
        if pod.info.node.as_ref().is_some_and(|name| *name != node.name) {
            let text = "node(s) didn't match the requested node name";
            return Err(Rejection::unresolvable(Plugin::NodeName, text));
        }
        if let Some(taint) = first_untolerated(&node.taints, &pod.tolerations) {
            return Err(Rejection::unresolvable(
                Plugin::TaintToleration,
                untolerated_text(taint, self.version),
            ));
        }
        if !pod.node_affinity.admits(&node.name, node.labels()) {
            let text = "node(s) didn't match Pod's node affinity/selector";
            return Err(Rejection::unresolvable(Plugin::NodeAffinity, text));
        }
        if pod.info.host_ports.iter().any(|port| node.host_ports().iter().any(|taken| port.conflicts(taken)))
        {
            let text = "node(s) didn't have free ports for the requested pod ports";
            return Err(Rejection::unschedulable(Plugin::NodePorts, text));
        }
        if let Some(lack) = resources_fit::shortage(&pod.info, node) {
            let hopeless = lack.hopeless && self.version.scheduler_gives_up_on_small_nodes();
            let code = if hopeless { Code::UnschedulableAndUnresolvable } else { Code::Unschedulable };
            return Err(Rejection { plugin: Plugin::NodeResourcesFit, code, reasons: lack.reasons });
        }
        self.volumes.filter(node, self.snapshot)?;
        match topology.spread.misfit(node) {
            Some(spread::Misfit::MissingLabel) => {
                let text = "node(s) didn't match pod topology spread constraints (missing required label)";
                return Err(Rejection::unresolvable(Plugin::PodTopologySpread, text));
            }
            Some(spread::Misfit::Skew) => {
                let text = "node(s) didn't match pod topology spread constraints";
                return Err(Rejection::unschedulable(Plugin::PodTopologySpread, text));
            }
            None => {}
        }
        use inter_pod_affinity::Misfit;
        let plugin = Plugin::InterPodAffinity;
        match topology.affinity.misfit(pod, node) {
            Some(Misfit::Affinity) => {
                Err(Rejection::unresolvable(plugin, "node(s) didn't match pod affinity rules"))
            }
            Some(Misfit::AntiAffinity) => {
                Err(Rejection::unschedulable(plugin, "node(s) didn't match pod anti-affinity rules"))
            }
            Some(Misfit::ExistingAntiAffinity) => {
                let text = "node(s) didn't satisfy existing pods anti-affinity rules";
                Err(Rejection::unschedulable(plugin, text))
            }
            None => Ok(()),
        }
    }

    /// The scores of nodes that passed the filters, in their order.
    pub fn scores(&self, feasible: &[&NodeInfo]) -> Vec<NodeScore> {
        let mut scores = vec![NodeScore::default(); feasible.len()];
        let mut give = |plugin: Plugin, normalized: Vec<i64>| {
            for (score, points) in scores.iter_mut().zip(normalized) {
                let weighted = points * plugin.weight();
                score.plugins.push((plugin, weighted));
                score.total += weighted;
            }
        };
        let each = |f: &dyn Fn(&NodeInfo) -> i64| feasible.iter().map(|node| f(node)).collect::<Vec<i64>>();
        let (pod, info) = (self.pod, &self.pod.info);

        let preferences: Vec<&Toleration> =
            pod.tolerations.iter().filter(|t| t.concerns_preferences()).collect();
        let mut bothers = each(&|node| {
            let disliked = |t: &&Taint| !t.effect.repels() && !preferences.iter().any(|o| o.tolerates(t));
            node.taints.iter().filter(disliked).count() as i64
        });
        plugins::normalize_reversed(&mut bothers);
        give(Plugin::TaintToleration, bothers);
        if pod.node_affinity.has_preferences() {
            let mut preferred = each(&|node| pod.node_affinity.preference(&node.name, node.labels()));
            plugins::normalize(&mut preferred);
            give(Plugin::NodeAffinity, preferred);
        }
        give(Plugin::NodeResourcesFit, each(&|node| resources_fit::least_allocated(info, node)));
        if let Some(spread) = spread::scores(pod, self.snapshot, feasible) {
            give(Plugin::PodTopologySpread, spread);
        }
        if let Some(affinity) = inter_pod_affinity::scores(pod, self.snapshot, feasible) {
            give(Plugin::InterPodAffinity, affinity);
        }
        if self.version.scheduler_scores_dynamic_resources() {
            give(Plugin::DynamicResources, vec![0; feasible.len()]);
        }
        if balanced_allocation::applies(info) {
            let balance = each(&|node| balanced_allocation::score(info, node, self.version));
            give(Plugin::NodeResourcesBalancedAllocation, balance);
        }
        give(Plugin::ImageLocality, each(&|node| image_locality::score(pod, node, self.snapshot)));
        scores
    }
}

fn tolerates(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations.iter().any(|t| t.tolerates(taint))
}

fn untolerated_text(taint: &Taint, version: KubeVersion) -> Cow<'static, str> {
    if !version.scheduler_names_the_taint() {
        Cow::Borrowed("node(s) had untolerated taint(s)")
    } else if version.scheduler_says_untolerated() {
        Cow::Owned(format!("node(s) had untolerated taint {{{}: {}}}", taint.key, taint.value))
    } else {
        Cow::Owned(format!(
            "node(s) had taint {{{}: {}}}, that the pod didn't tolerate",
            taint.key, taint.value
        ))
    }
}

/// A node as it would be with some pods more or less; the filters see the difference.
#[derive(Clone, Debug)]
pub struct WhatIf<'c> {
    cycle: &'c Cycle<'c>,
    node: Cow<'c, NodeInfo>,
    topology: Cow<'c, Topology>,
}

impl WhatIf<'_> {
    /// With one pod more.
    pub fn add(&mut self, pod: &PlacedPod) {
        self.node.to_mut().add(pod.clone());
        self.adjust(pod, 1);
    }

    /// With one pod less.
    pub fn remove(&mut self, pod: &PlacedPod) {
        if self.node.to_mut().remove(&pod.info.key).is_some() {
            self.adjust(pod, -1);
        }
    }

    fn adjust(&mut self, pod: &PlacedPod, by: i64) {
        let topology = self.topology.to_mut();
        if !pod.info.terminating {
            topology.spread.adjust(self.cycle.pod, &self.node, pod.kind, by);
        }
        topology.affinity.adjust(self.cycle.pod, &self.node, pod.kind, by);
    }

    /// As [`Cycle::filter`].
    pub fn filter(&self) -> Result<(), Rejection> {
        let incoming = &self.cycle.pod.info;
        let nominated: Vec<&PlacedPod> = self
            .cycle
            .snapshot
            .nominated_to(&self.node.name)
            .filter(|p| p.info.priority >= incoming.priority && p.info.key != incoming.key)
            .collect();
        if !nominated.is_empty() {
            let mut crowded = self.clone();
            nominated.into_iter().for_each(|pod| crowded.add(pod));
            self.cycle.run_filters(&crowded.node, &crowded.topology)?;
        }
        self.cycle.run_filters(&self.node, &self.topology)
    }
}
