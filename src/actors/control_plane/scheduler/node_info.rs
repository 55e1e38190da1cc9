//! A node with the pods on it, and sums kept over them.

use super::pod_info::{HostPort, PodInfo};
use super::pod_kinds::KindId;
use super::resources::{self, Resources};
use super::taints::{self, Taint};
use crate::machinery::{Map, Object, Time, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many pods of one kind are on a node.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct KindCount {
    /// All of them.
    pub all: i64,
    /// Those that are being deleted.
    pub terminating: i64,
}

impl KindCount {
    /// Those that are not being deleted.
    pub fn staying(self) -> i64 {
        self.all - self.terminating
    }
}

/// How many pods are of each priority.
#[derive(Clone, Debug, Default)]
pub(super) struct Priorities(BTreeMap<i64, usize>);

impl Priorities {
    /// One more pod.
    pub(super) fn enter(&mut self, priority: i64) {
        *self.0.entry(priority).or_default() += 1;
    }

    /// One pod less.
    pub(super) fn leave(&mut self, priority: i64) {
        if let Some(count) = self.0.get_mut(&priority) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&priority);
            }
        }
    }

    /// That of the least important pod.
    pub(super) fn lowest(&self) -> Option<i64> {
        self.0.keys().next().copied()
    }
}

/// A pod on a node.
#[derive(Clone, Debug)]
pub struct PlacedPod {
    /// The pod.
    pub info: Arc<PodInfo>,
    /// Its kind, as the snapshot numbers them.
    pub kind: KindId,
}

/// A node and what runs on it.
#[derive(Clone, Debug, Default)]
pub struct NodeInfo {
    /// `metadata.name`.
    pub name: Arc<str>,
    /// `metadata.creationTimestamp`.
    pub created: Option<Time>,
    labels: Value,
    /// `spec.taints`.
    pub taints: Vec<Taint>,
    /// `spec.unschedulable`.
    pub unschedulable: bool,
    /// `status.allocatable`.
    pub allocatable: Resources,
    /// How many pods it takes.
    pub pod_capacity: i64,
    /// Images it has, by each of their names, with their size.
    pub images: BTreeMap<Arc<str>, i64>,
    pods: BTreeMap<Arc<str>, PlacedPod>,
    requested: Resources,
    scored_requests: (i64, i64),
    host_ports: Vec<HostPort>,
    kinds: BTreeMap<KindId, KindCount>,
    priorities: Priorities,
}

impl NodeInfo {
    /// What of a node is read here.
    pub const MEMBERS: &[&'static str] = &[
        "metadata/creationTimestamp",
        "metadata/labels",
        "metadata/name",
        "spec/taints",
        "spec/unschedulable",
        "status/allocatable",
        "status/images/names",
        "status/images/sizeBytes",
    ];

    /// Reads a node; it has no pods yet.
    pub fn parse(node: &Object) -> NodeInfo {
        let allocatable = node.at("status/allocatable");
        let mut images = BTreeMap::new();
        for image in node.items_at("status/images") {
            for name in image.items_at("names").iter().filter_map(Value::as_str) {
                images.insert(Arc::from(name), image.int_at("sizeBytes").unwrap_or(0));
            }
        }
        NodeInfo {
            name: Arc::from(node.name()),
            created: node.created(),
            labels: node.at("metadata/labels").clone(),
            taints: taints::taints(node),
            unschedulable: node.bool_at("spec/unschedulable"),
            allocatable: Resources::parse(allocatable),
            pod_capacity: resources::pod_capacity(allocatable),
            images,
            ..NodeInfo::default()
        }
    }

    /// `metadata.labels`.
    pub fn labels(&self) -> &Map {
        self.labels.map()
    }

    /// One label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels().get(key).and_then(Value::as_str)
    }

    /// The pods, by key.
    pub fn pods(&self) -> impl ExactSizeIterator<Item = &PlacedPod> {
        self.pods.values()
    }

    /// Sum of the requests of the pods.
    pub fn requested(&self) -> &Resources {
        &self.requested
    }

    /// Millicores and bytes the pods count for in scores.
    pub fn scored_requests(&self) -> (i64, i64) {
        self.scored_requests
    }

    /// Host ports taken.
    pub fn host_ports(&self) -> &[HostPort] {
        &self.host_ports
    }

    /// The pods by kind.
    pub fn kinds(&self) -> impl Iterator<Item = (KindId, KindCount)> {
        self.kinds.iter().map(|(kind, count)| (*kind, *count))
    }

    /// The priority of the least important pod.
    pub fn lowest_priority(&self) -> Option<i64> {
        self.priorities.lowest()
    }

    /// How many pods of a kind.
    pub fn count(&self, kind: KindId) -> KindCount {
        self.kinds.get(&kind).copied().unwrap_or_default()
    }

    /// Puts a pod on the node; one of the same key is replaced.
    pub(super) fn add(&mut self, pod: PlacedPod) {
        self.remove(&pod.info.key);
        self.requested.add(&pod.info.requests);
        self.scored_requests.0 += pod.info.scored_requests.0;
        self.scored_requests.1 += pod.info.scored_requests.1;
        self.host_ports.extend(pod.info.host_ports.iter().cloned());
        let count = self.kinds.entry(pod.kind).or_default();
        count.all += 1;
        count.terminating += i64::from(pod.info.terminating);
        self.priorities.enter(pod.info.priority);
        self.pods.insert(pod.info.key.clone(), pod);
    }

    /// Takes a pod off the node.
    pub(super) fn remove(&mut self, key: &str) -> Option<PlacedPod> {
        let pod = self.pods.remove(key)?;
        self.requested.subtract(&pod.info.requests);
        self.scored_requests.0 -= pod.info.scored_requests.0;
        self.scored_requests.1 -= pod.info.scored_requests.1;
        for port in &pod.info.host_ports {
            if let Some(i) = self.host_ports.iter().position(|p| p == port) {
                self.host_ports.swap_remove(i);
            }
        }
        if let Some(count) = self.kinds.get_mut(&pod.kind) {
            count.all -= 1;
            count.terminating -= i64::from(pod.info.terminating);
            if count.all == 0 {
                self.kinds.remove(&pod.kind);
            }
        }
        self.priorities.leave(pod.info.priority);
        Some(pod)
    }

    /// The node without its pods.
    pub fn emptied(&self) -> NodeInfo {
        NodeInfo {
            pods: BTreeMap::new(),
            requested: Resources::default(),
            scored_requests: (0, 0),
            host_ports: Vec::new(),
            kinds: BTreeMap::new(),
            priorities: Priorities::default(),
            ..self.clone()
        }
    }

    /// Takes over what is known of the node itself from a newer reading; the pods stay.
    pub(super) fn refresh(&mut self, node: NodeInfo) {
        let old = std::mem::replace(self, node);
        self.pods = old.pods;
        self.requested = old.requested;
        self.scored_requests = old.scored_requests;
        self.host_ports = old.host_ports;
        self.kinds = old.kinds;
        self.priorities = old.priorities;
    }
}
