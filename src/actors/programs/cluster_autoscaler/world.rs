//! The cluster as this program's watches show it: read once, then kept up to date.

use super::filter::{is_expendable, is_unschedulable};
use super::flags::Flags;
use super::pod::Pod;
use super::registry::is_ready;
use super::scale_down::node::Node;
use super::simulation::Simulation;
use crate::actors::control_plane::scheduler::Snapshot;
use crate::api::Server;
use crate::machinery::Object;
use crate::store::Change;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The resources that are watched.
pub const WATCHED: [&str; 7] = [
    "nodes",
    "pods",
    "namespaces",
    "persistentvolumeclaims",
    "persistentvolumes",
    "storageclasses.storage.k8s.io",
    "csinodes.storage.k8s.io",
];

/// Nodes, the pods on them, the pods that wait.
#[derive(Debug)]
pub struct World {
    /// Nodes and the pods on them; expendable pods take no room.
    pub simulation: Simulation,
    /// Nodes by name; their groups are not known here.
    pub nodes: BTreeMap<Arc<str>, Node>,
    /// Pods that the scheduler could not place.
    pub waiting: BTreeMap<Arc<str>, Arc<Pod>>,
    /// What has changed since it was last brought up to date.
    dirty: BTreeSet<(&'static str, String)>,
    /// With whose eyes it was read.
    flags: Flags,
}

impl World {
    /// Reads the cluster.
    pub fn read(api: &Server, flags: &Flags) -> World {
        let mut snapshot = Snapshot::default();
        let store = api.store();
        store.for_each("namespaces", "", |ns| snapshot.set_namespace(ns));
        for resource in &WATCHED[3..] {
            store.for_each(resource, "", |object| snapshot.volumes.set(object));
        }
        let mut world = World {
            simulation: Simulation::new(snapshot, flags.release.scheduler(), 0),
            nodes: BTreeMap::new(),
            waiting: BTreeMap::new(),
            dirty: BTreeSet::new(),
            flags: flags.clone(),
        };
        store.for_each("nodes", "", |node| world.set_node(node));
        store.for_each("pods", "", |pod| world.set_pod(pod));
        world
    }

    /// Whether it shows what a program with these flags would see.
    pub fn suits(&self, flags: &Flags) -> bool {
        self.flags == *flags
    }

    /// Takes note of a change.
    pub fn note(&mut self, change: &Change) {
        if let Some(resource) = WATCHED.into_iter().find(|r| *r == change.resource.as_ref()) {
            self.dirty.insert((resource, change.object.key()));
        }
    }

    /// Takes over what has changed.
    pub fn catch_up(&mut self, api: &Server) {
        let dirty = std::mem::take(&mut self.dirty);
        if dirty.is_empty() {
            return;
        }
        for (resource, key) in dirty {
            let (ns, name) = key.split_once('/').unwrap_or(("", &key));
            match (resource, api.find(resource, ns, name)) {
                ("nodes", Some(node)) => self.set_node(&node),
                ("nodes", None) => {
                    self.nodes.remove(name);
                    self.simulation.remove_node(name);
                }
                ("pods", Some(pod)) => self.set_pod(&pod),
                ("pods", None) => {
                    self.waiting.remove(key.as_str());
                    self.simulation.take_off(&key);
                }
                ("namespaces", Some(ns)) => self.simulation.surroundings().set_namespace(&ns),
                ("namespaces", None) => self.simulation.surroundings().remove_namespace(name),
                // A volume that has gone leaves its pods pending with the scheduler; no simulation asks for it again.
                (_, Some(object)) => self.simulation.surroundings().volumes.set(&object),
                (_, None) => {}
            }
        }
        self.simulation.sort_nodes();
    }

    fn set_node(&mut self, object: &Object) {
        let node = Node::new(object, None, is_ready(object, &self.flags));
        self.simulation.set_node(object);
        self.nodes.insert(node.name.clone(), node);
    }

    fn set_pod(&mut self, object: &Object) {
        let key = object.key();
        let over = matches!(object.str_at("status/phase"), "Succeeded" | "Failed");
        let bound = !object.str_at("spec/nodeName").is_empty();
        self.waiting.remove(key.as_str());
        if over || is_expendable(object, &self.flags) {
            self.simulation.take_off(&key);
        } else if bound {
            let pod = Arc::new(Pod::parse(object));
            let node = pod.node.clone().unwrap_or_default();
            self.simulation.place(&pod, &node);
        } else if is_unschedulable(object) {
            let pod = Arc::new(Pod::parse(object));
            self.waiting.insert(pod.key().clone(), pod);
        }
    }
}
