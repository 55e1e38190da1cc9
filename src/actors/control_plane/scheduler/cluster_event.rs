//! Which changes of the cluster give a rejected pod another chance.

use super::node_info::NodeInfo;
use super::plugins::{Plugin, resources_fit};
use super::pod_affinity::AffinityTerm;
use super::pod_info::{PendingPod, PodInfo};
use super::snapshot::Snapshot;
use super::taints::{Taint, first_untolerated};
use crate::machinery::KubeVersion;

/// A change, as far as it may matter to pods that wait.
#[derive(Clone, Copy, Debug)]
pub enum ClusterEvent<'a> {
    /// A node joined.
    NodeAdded(&'a NodeInfo),
    /// Something about a node changed.
    NodeChanged {
        /// Before.
        old: &'a NodeInfo,
        /// After.
        new: &'a NodeInfo,
    },
    /// A node left.
    NodeRemoved(&'a NodeInfo),
    /// A pod got its node.
    PodAssigned(&'a PodInfo),
    /// A pod with a node changed.
    PodChanged {
        /// Before.
        old: &'a PodInfo,
        /// After.
        new: &'a PodInfo,
    },
    /// A pod with a node is gone, or has come to its end.
    PodRemoved(&'a PodInfo),
    /// A claim, volume, storage class or CSI node changed.
    StorageChanged,
}

impl ClusterEvent<'_> {
    /// Whether the event may turn the verdict of one of the plugins that rejected the pod.
    pub fn revives(
        &self,
        plugins: impl IntoIterator<Item = Plugin>,
        pod: &PendingPod,
        snapshot: &Snapshot,
        version: KubeVersion,
    ) -> bool {
        plugins.into_iter().any(|plugin| {
            self.concerns(plugin)
                && (!version.scheduler_has_queueing_hints() || self.helps(plugin, pod, snapshot))
        })
    }

    /// Whether the plugin listens to events of this kind at all.
    pub(super) fn concerns(&self, plugin: Plugin) -> bool {
        use ClusterEvent::*;
        let storage = matches!(
            plugin,
            Plugin::VolumeRestrictions
                | Plugin::NodeVolumeLimits
                | Plugin::VolumeBinding
                | Plugin::VolumeZone
        );
        let between_pods = matches!(plugin, Plugin::PodTopologySpread | Plugin::InterPodAffinity);
        match self {
            NodeAdded(_) | NodeChanged { .. } => true,
            NodeRemoved(_) => plugin == Plugin::PodTopologySpread,
            PodAssigned(_) => between_pods,
            PodChanged { .. } => between_pods || plugin == Plugin::NodeResourcesFit,
            PodRemoved(_) => {
                between_pods
                    || matches!(
                        plugin,
                        Plugin::NodeResourcesFit
                            | Plugin::NodePorts
                            | Plugin::VolumeRestrictions
                            | Plugin::NodeVolumeLimits
                    )
            }
            StorageChanged => storage,
        }
    }

    /// The plugin's own opinion: whether this very change could help this pod.
    fn helps(&self, plugin: Plugin, pod: &PendingPod, snapshot: &Snapshot) -> bool {
        match self {
            ClusterEvent::NodeAdded(node) => node_helps(plugin, pod, None, node),
            ClusterEvent::NodeChanged { old, new } => node_helps(plugin, pod, Some(old), new),
            ClusterEvent::NodeRemoved(node) => has_spread_keys(pod, node),
            ClusterEvent::PodAssigned(p) => appearance_helps(plugin, pod, p, snapshot),
            ClusterEvent::PodRemoved(p) => disappearance_helps(plugin, pod, p, snapshot),
            ClusterEvent::PodChanged { old, new } if plugin == Plugin::NodeResourcesFit => {
                let smaller = |name: &str| new.requests.get(name) < old.requests.get(name);
                pod.info.requests.iter().any(|(name, amount)| amount > 0 && smaller(name))
            }
            ClusterEvent::PodChanged { old, new } => {
                appearance_helps(plugin, pod, new, snapshot)
                    || disappearance_helps(plugin, pod, old, snapshot)
            }
            ClusterEvent::StorageChanged => true,
        }
    }
}

/// Whether a node that is new, or was `old` before, is one the plugin would let the pod go to now.
fn node_helps(plugin: Plugin, pod: &PendingPod, old: Option<&NodeInfo>, new: &NodeInfo) -> bool {
    // A node that would have passed before is no news.
    let becomes = |passes: &dyn Fn(&NodeInfo) -> bool| passes(new) && !old.is_some_and(passes);
    match plugin {
        Plugin::NodeUnschedulable => becomes(&|node| {
            !node.unschedulable || pod.tolerations.iter().any(|t| t.tolerates(&Taint::unschedulable()))
        }),
        Plugin::NodeName => becomes(&|node| pod.info.node.as_ref() == Some(&node.name)),
        Plugin::TaintToleration => {
            becomes(&|node| first_untolerated(&node.taints, &pod.tolerations).is_none())
        }
        Plugin::NodeAffinity => becomes(&|node| pod.node_affinity.admits(&node.name, node.labels())),
        Plugin::NodeResourcesFit => {
            let fits = resources_fit::shortage(&pod.info, &new.emptied()).is_none();
            let grown = old.is_none_or(|old| {
                let more = |name: &str| new.allocatable.get(name) > old.allocatable.get(name);
                new.pod_capacity > old.pod_capacity
                    || pod.info.requests.iter().any(|(name, amount)| amount > 0 && more(name))
            });
            fits && grown
        }
        Plugin::PodTopologySpread => {
            let changed = old.is_none_or(|old| old.labels() != new.labels() || old.taints != new.taints);
            changed && (has_spread_keys(pod, new) || old.is_some_and(|old| has_spread_keys(pod, old)))
        }
        Plugin::InterPodAffinity => {
            let terms = &pod.info.kind.terms;
            let mut all = terms.required.iter().chain(&terms.required_anti);
            // Terms of other pods may be what rejected the pod: then any node in a place of its own may do.
            let none = terms.required.is_empty() && terms.required_anti.is_empty();
            let news = |t: &AffinityTerm| {
                let value = new.label(&t.topology_key);
                value.is_some() && old.is_none_or(|old| old.label(&t.topology_key) != value)
            };
            all.any(news) || (none && old.is_none_or(|old| old.labels() != new.labels()))
        }
        _ => old.is_none() || old.is_some_and(|old| old.labels() != new.labels()),
    }
}

fn has_spread_keys(pod: &PendingPod, node: &NodeInfo) -> bool {
    pod.spread.iter().filter(|c| c.hard).all(|c| node.label(&c.topology_key).is_some())
}

fn counts_for_spread(pod: &PendingPod, other: &PodInfo) -> bool {
    pod.info.kind.namespace == other.kind.namespace
        && pod.spread.iter().any(|c| c.hard && c.counts(other.kind.labels()))
}

fn any_term(terms: &[AffinityTerm], target: &PodInfo, snapshot: &Snapshot) -> bool {
    let (namespace, labels) = (&target.kind.namespace, target.kind.labels());
    terms.iter().any(|t| t.matches(namespace, labels, snapshot.namespaces()))
}

fn appearance_helps(plugin: Plugin, pod: &PendingPod, other: &PodInfo, snapshot: &Snapshot) -> bool {
    match plugin {
        Plugin::InterPodAffinity => any_term(&pod.info.kind.terms.required, other, snapshot),
        Plugin::PodTopologySpread => counts_for_spread(pod, other),
        _ => false,
    }
}

fn disappearance_helps(plugin: Plugin, pod: &PendingPod, other: &PodInfo, snapshot: &Snapshot) -> bool {
    match plugin {
        Plugin::InterPodAffinity => {
            any_term(&pod.info.kind.terms.required_anti, other, snapshot)
                || any_term(&other.kind.terms.required_anti, &pod.info, snapshot)
        }
        Plugin::PodTopologySpread => counts_for_spread(pod, other),
        Plugin::NodePorts => {
            let frees = |port| other.host_ports.iter().any(|p| p.conflicts(port));
            pod.info.host_ports.iter().any(frees)
        }
        // Whatever it requested, its place among the pods of the node is free.
        Plugin::NodeResourcesFit => true,
        Plugin::VolumeRestrictions => pod.info.claim_keys().any(|key| other.claim_keys().any(|k| k == key)),
        Plugin::NodeVolumeLimits => !other.claims.is_empty(),
        _ => false,
    }
}
