//! The cluster as a scheduling cycle sees it, kept up to date change by change.

use super::node_info::{NodeInfo, PlacedPod, Priorities};
use super::pod_info::{self, PodInfo};
use super::pod_kinds::PodKinds;
use super::volumes::Volumes;
use crate::machinery::{Map, Object, Time, Value, value, well_known};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The labels of namespaces, which namespace selectors of affinity terms look at.
#[derive(Clone, Debug, Default)]
pub struct Namespaces(BTreeMap<Arc<str>, Value>);

impl Namespaces {
    /// Labels of one namespace; none when it is unknown.
    pub fn labels(&self, name: &str) -> &Map {
        self.0.get(name).unwrap_or(&value::NULL).map()
    }
}

/// Nodes by age, then by name: the order in which they joined, as far as their objects tell it.
type Seniority = (Option<Time>, Arc<str>);

/// Nodes, the pods on them, and what else filters and scores look at. A copy is cheap and independent: what-if
/// simulations add template nodes and move pods on a copy.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    nodes: BTreeMap<Arc<str>, Arc<NodeInfo>>,
    pods: BTreeMap<Arc<str>, PlacedPod>,
    priorities: Priorities,
    /// Pods assigned to a node that is not there (yet, or any more).
    strays: BTreeMap<Arc<str>, BTreeMap<Arc<str>, PlacedPod>>,
    nominations: BTreeMap<Arc<str>, (Arc<str>, PlacedPod)>,
    kinds: PodKinds,
    /// Image name to the nodes that have it, oldest node first, with the size each reports.
    images: BTreeMap<Arc<str>, BTreeMap<Seniority, i64>>,
    namespaces: Namespaces,
    /// Volumes and claims.
    pub volumes: Volumes,
}

impl Snapshot {
    /// Adds a node, or takes over its changes.
    pub fn set_node(&mut self, node: &Object) {
        self.set_node_info(NodeInfo::parse(node));
    }

    /// As [`Snapshot::set_node`], for a node already read.
    pub fn set_node_info(&mut self, mut node: NodeInfo) {
        let name = node.name.clone();
        if let Some(old) = self.nodes.get(&name).cloned() {
            self.forget_images(&old);
            let mut known = Arc::unwrap_or_clone(old);
            known.refresh(node);
            node = known;
        } else {
            for pod in self.strays.remove(&name).unwrap_or_default().into_values() {
                node.add(pod);
            }
        }
        for (image, size) in &node.images {
            self.images.entry(image.clone()).or_default().insert((node.created, name.clone()), *size);
        }
        self.nodes.insert(name, Arc::new(node));
    }

    fn forget_images(&mut self, node: &NodeInfo) {
        for image in node.images.keys() {
            if let Some(holders) = self.images.get_mut(image) {
                holders.remove(&(node.created, node.name.clone()));
                if holders.is_empty() {
                    self.images.remove(image);
                }
            }
        }
    }

    /// Removes a node. The pods assigned to it are remembered until they are removed themselves.
    pub fn remove_node(&mut self, name: &str) {
        let Some(node) = self.nodes.remove(name) else { return };
        self.forget_images(&node);
        let pods: BTreeMap<_, _> = node.pods().map(|p| (p.info.key.clone(), p.clone())).collect();
        if !pods.is_empty() {
            self.strays.insert(node.name.clone(), pods);
        }
    }

    /// Takes over a pod as it is now: one that occupies a node is put there, any other is taken off.
    pub fn set_pod(&mut self, pod: &Object) {
        if pod_info::occupies_node(pod) {
            self.place(Arc::new(PodInfo::parse(pod)));
        } else {
            self.remove_pod(&pod.key());
        }
    }

    /// Puts a pod on the node it names. The scheduler assumes its decisions this way before they are written.
    pub fn place(&mut self, info: Arc<PodInfo>) {
        let Some(node) = info.node.clone() else { return };
        // Acquiring before releasing keeps the number of a kind whose only pod changes.
        let pod = PlacedPod { kind: self.kinds.acquire(&info.kind), info };
        self.remove_pod(&pod.info.key);
        self.priorities.enter(pod.info.priority);
        self.pods.insert(pod.info.key.clone(), pod.clone());
        match self.nodes.get_mut(&node) {
            Some(node) => Arc::make_mut(node).add(pod),
            None => drop(self.strays.entry(node).or_default().insert(pod.info.key.clone(), pod)),
        }
    }

    /// Takes a pod off its node; returns what was known of it.
    pub fn remove_pod(&mut self, key: &str) -> Option<Arc<PodInfo>> {
        let pod = self.pods.remove(key)?;
        self.priorities.leave(pod.info.priority);
        if let Some(name) = &pod.info.node {
            if let Some(node) = self.nodes.get_mut(name) {
                Arc::make_mut(node).remove(key);
            } else if let Some(strays) = self.strays.get_mut(name) {
                strays.remove(key);
                if strays.is_empty() {
                    self.strays.remove(name);
                }
            }
        }
        self.kinds.release(pod.kind);
        Some(pod.info)
    }

    /// Notes that room is being made on a node for a pod.
    pub fn nominate(&mut self, info: Arc<PodInfo>, node: &str) {
        let pod = PlacedPod { kind: self.kinds.acquire(&info.kind), info };
        self.remove_nomination(&pod.info.key);
        self.nominations.insert(pod.info.key.clone(), (Arc::from(node), pod));
    }

    /// Forgets a nomination; whether there was one.
    pub fn remove_nomination(&mut self, key: &str) -> bool {
        let Some((_, pod)) = self.nominations.remove(key) else { return false };
        self.kinds.release(pod.kind);
        true
    }

    /// Pods nominated to a node.
    pub fn nominated_to(&self, node: &str) -> impl Iterator<Item = &PlacedPod> {
        self.nominations.values().filter(move |(n, _)| &**n == node).map(|(_, pod)| pod)
    }

    /// Takes over the labels of a namespace.
    pub fn set_namespace(&mut self, namespace: &Object) {
        self.namespaces.0.insert(Arc::from(namespace.name()), namespace.at("metadata/labels").clone());
    }

    /// Forgets a namespace.
    pub fn remove_namespace(&mut self, name: &str) {
        self.namespaces.0.remove(name);
    }

    /// The labels of namespaces.
    pub fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    /// A node.
    pub fn node(&self, name: &str) -> Option<&NodeInfo> {
        self.nodes.get(name).map(|n| &**n)
    }

    /// A pod that occupies a node.
    pub fn pod(&self, key: &str) -> Option<&Arc<PodInfo>> {
        self.pods.get(key).map(|p| &p.info)
    }

    /// The priority of the least important pod.
    pub fn lowest_priority(&self) -> Option<i64> {
        self.priorities.lowest()
    }

    /// Nodes by name.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = &NodeInfo> {
        self.nodes.values().map(|n| &**n)
    }

    /// The kinds of pods there are.
    pub fn kinds(&self) -> &PodKinds {
        &self.kinds
    }

    /// The size of an image and the number of nodes that have it. Nodes may report different sizes; the one that had it
    /// first is believed.
    pub fn image(&self, name: &str) -> Option<(i64, usize)> {
        let holders = self.images.get(name)?;
        Some((*holders.values().next()?, holders.len()))
    }

    /// Nodes in the order in which a search that stops early goes through them: one of each zone in turn.
    pub fn nodes_across_zones(&self) -> Vec<&NodeInfo> {
        let mut by_age: Vec<&NodeInfo> = self.nodes().collect();
        by_age.sort_by_key(|n| (n.created, n.name.clone()));
        let mut zones: Vec<(String, Vec<&NodeInfo>)> = Vec::new();
        for node in by_age {
            let zone = zone_of(node);
            match zones.iter_mut().find(|(z, _)| *z == zone) {
                Some((_, nodes)) => nodes.push(node),
                None => zones.push((zone, vec![node])),
            }
        }
        let longest = zones.iter().map(|(_, nodes)| nodes.len()).max().unwrap_or(0);
        (0..longest).flat_map(|i| zones.iter().filter_map(move |(_, nodes)| nodes.get(i).copied())).collect()
    }
}

fn zone_of(node: &NodeInfo) -> String {
    let label = |new: &str, old: &str| node.label(new).or(node.label(old)).unwrap_or("").to_string();
    let region = label(well_known::REGION, "failure-domain.beta.kubernetes.io/region");
    let zone = label(well_known::ZONE, "failure-domain.beta.kubernetes.io/zone");
    format!("{region}:{zone}")
}
