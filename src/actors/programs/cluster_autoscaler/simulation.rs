//! The cluster as Cluster Autoscaler plays with it: nodes and pods that are there, and those that might be.

use super::pod::Pod;
use crate::actors::control_plane::scheduler::{Cycle, NodeInfo, PodInfo, Rejection, Snapshot};
use crate::machinery::{KubeVersion, Object};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A pod on a node. Pods that moved there stand behind those that were there, in the order of their moves.
#[derive(Clone, Debug)]
struct Placed {
    pod: Arc<Pod>,
    moved: u64,
}

/// Nodes with their pods, and the scheduler's filters over them. A copy is independent.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    snapshot: Snapshot,
    order: Vec<Arc<str>>,
    pods: BTreeMap<Arc<str>, Placed>,
    version: KubeVersion,
    moves: u64,
    /// Where the next search for a node begins. There is one such pointer a process.
    pub next: usize,
}

impl Simulation {
    /// An empty cluster. Volumes and namespaces are those of `snapshot`, which holds no nodes or pods.
    pub fn new(snapshot: Snapshot, version: KubeVersion, next: usize) -> Simulation {
        Simulation { snapshot, version, next, ..Simulation::default() }
    }

    /// Adds a node at the end of the list, or changes it in place.
    pub fn set_node(&mut self, node: &Object) {
        self.set_node_info(NodeInfo::parse(node));
    }

    /// As [`Simulation::set_node`], for a node already read.
    pub fn set_node_info(&mut self, node: NodeInfo) {
        if self.snapshot.node(&node.name).is_none() {
            self.order.push(node.name.clone());
        }
        self.snapshot.set_node_info(node);
    }

    /// Removes a node with its pods.
    pub fn remove_node(&mut self, name: &str) {
        for key in self.keys_on(name) {
            self.take_off(&key);
        }
        self.snapshot.remove_node(name);
        self.order.retain(|n| **n != *name);
    }

    /// Puts a pod where it is, or where it was before a simulated move.
    pub fn place(&mut self, pod: &Arc<Pod>, node: &str) {
        self.put(pod, node, 0);
    }

    /// Moves a pod to a node.
    pub fn move_to(&mut self, pod: &Arc<Pod>, node: &str) {
        self.moves += 1;
        self.put(pod, node, self.moves);
    }

    /// Puts back what [`Simulation::take_off`] took.
    pub fn put_back(&mut self, taken: Taken, node: &str) {
        self.put(&taken.0.pod, node, taken.0.moved);
    }

    fn put(&mut self, pod: &Arc<Pod>, node: &str, moved: u64) {
        let info = PodInfo { node: Some(Arc::from(node)), ..pod.pending.info.clone() };
        self.snapshot.place(Arc::new(info));
        self.pods.insert(pod.key().clone(), Placed { pod: pod.clone(), moved });
    }

    /// Takes a pod off its node.
    pub fn take_off(&mut self, key: &str) -> Option<Taken> {
        self.snapshot.remove_pod(key);
        self.pods.remove(key).map(Taken)
    }

    /// Volumes and namespaces, to be kept up to date.
    pub fn surroundings(&mut self) -> &mut Snapshot {
        &mut self.snapshot
    }

    /// Has the nodes stand in the order of their names, however they came.
    pub fn sort_nodes(&mut self) {
        self.order.sort();
    }

    /// Makes it the simulation of a process: its scheduler's version, where its searches go on.
    pub fn adopt(&mut self, version: KubeVersion, next: usize) {
        self.version = version;
        self.next = next;
    }

    /// A pod that is on a node.
    pub fn pod(&self, key: &str) -> Option<&Arc<Pod>> {
        self.pods.get(key).map(|p| &p.pod)
    }

    /// The nodes, in the order of the list.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = &Arc<str>> {
        self.order.iter()
    }

    /// A node.
    pub fn node(&self, name: &str) -> Option<&NodeInfo> {
        self.snapshot.node(name)
    }

    fn keys_on(&self, node: &str) -> Vec<Arc<str>> {
        self.snapshot.node(node).map_or_else(Vec::new, |n| n.pods().map(|p| p.info.key.clone()).collect())
    }

    /// How many pods a node has.
    pub fn pod_count(&self, node: &str) -> usize {
        self.snapshot.node(node).map_or(0, |n| n.pods().len())
    }

    /// The pods on a node: its own in the order of the list of pods, then those that moved there.
    pub fn pods_on(&self, node: &str) -> Vec<Arc<Pod>> {
        let keys = self.keys_on(node);
        let mut placed: Vec<&Placed> = keys.iter().filter_map(|k| self.pods.get(k)).collect();
        placed.sort_by_key(|p| (p.moved, p.pod.position));
        placed.into_iter().map(|p| p.pod.clone()).collect()
    }

    /// Whether the pod could run on the node.
    pub fn fits(&self, pod: &Pod, node: &str) -> Result<(), Rejection> {
        let cycle = Cycle::new(&self.snapshot, &pod.pending, self.version)?;
        let Some(info) = self.snapshot.node(node) else { return Ok(()) };
        match cycle.exclusion(node) {
            Some(rejection) => Err(rejection),
            None => cycle.filter(info),
        }
    }

    /// The first node that takes the pod among those that `suits` admits, searched from the pointer on; the pointer
    /// moves behind it. Nodes that are cordoned are passed over.
    pub fn find_node(&mut self, pod: &Pod, suits: impl Fn(&str) -> bool) -> Option<Arc<str>> {
        let cycle = Cycle::new(&self.snapshot, &pod.pending, self.version).ok()?;
        let total = self.order.len();
        let found = (0..total).map(|i| (self.next + i) % total).find(|i| {
            let name = &self.order[*i];
            suits(name)
                && cycle.exclusion(name).is_none()
                && self.snapshot.node(name).is_some_and(|n| !n.unschedulable && cycle.filter(n).is_ok())
        })?;
        self.next = (found + 1) % total;
        Some(self.order[found].clone())
    }
}

/// A pod that was taken off its node, with its place among the node's pods.
#[derive(Debug)]
pub struct Taken(Placed);
