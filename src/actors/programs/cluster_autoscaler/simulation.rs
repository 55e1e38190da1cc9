//! The cluster as Cluster Autoscaler plays with it: nodes and pods that are there, and those that might be.

use super::pod::Pod;
use super::residents::{Load, Placed, Residents};
use crate::actors::control_plane::scheduler::{Cycle, NodeInfo, PodInfo, Rejection, Snapshot};
use crate::machinery::{KubeVersion, Object};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// Nodes with their pods, and the scheduler's filters over them. A copy is independent.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    snapshot: Snapshot,
    order: Vec<Arc<str>>,
    /// The pods by the node they are on, whether it is there or not.
    residents: BTreeMap<Arc<str>, Arc<Residents>>,
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
        for pod in self.pods_on(name) {
            self.take_off(pod.key());
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
        self.move_out(pod.key());
        let node: Arc<str> = Arc::from(node);
        let info = PodInfo { node: Some(node.clone()), ..pod.pending.info.clone() };
        self.snapshot.place(Arc::new(info));
        let residents = self.residents.entry(node).or_default();
        Arc::make_mut(residents).insert(Placed { pod: pod.clone(), moved });
    }

    fn move_out(&mut self, key: &str) -> Option<Placed> {
        let node = self.snapshot.pod(key)?.node.as_ref()?;
        let residents = self.residents.get_mut(node)?;
        let placed = Arc::make_mut(residents).remove(key);
        if residents.pods().len() == 0 {
            self.residents.remove(node);
        }
        placed
    }

    /// Takes a pod off its node.
    pub fn take_off(&mut self, key: &str) -> Option<Taken> {
        let placed = self.move_out(key);
        self.snapshot.remove_pod(key);
        placed.map(Taken)
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

    /// Whether a pod is on a node.
    pub fn has_pod(&self, key: &str) -> bool {
        self.snapshot.pod(key).is_some()
    }

    /// A node.
    pub fn node(&self, name: &str) -> Option<&NodeInfo> {
        self.snapshot.node(name)
    }

    fn residents(&self, node: &str) -> Option<&Residents> {
        self.snapshot.node(node)?;
        self.residents.get(node).map(|r| &**r)
    }

    /// How many pods a node has.
    pub fn pod_count(&self, node: &str) -> usize {
        self.residents(node).map_or(0, |r| r.pods().len())
    }

    /// The pods on a node: its own in the order of the list of pods, then those that moved there.
    pub fn pods_on(&self, node: &str) -> Vec<Arc<Pod>> {
        self.residents(node).map_or_else(Vec::new, |r| r.pods().cloned().collect())
    }

    /// What the pods on a node ask for.
    pub fn load_of(&self, node: &str) -> &Load {
        static NOTHING: LazyLock<Load> = LazyLock::new(Load::default);
        self.residents(node).map_or(&NOTHING, Residents::load)
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
