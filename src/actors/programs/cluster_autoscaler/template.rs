//! What a new node of a group would look like.

use super::pod::Pod;
use super::simulation::Simulation;
use crate::actors::control_plane::scheduler::Resources;
use crate::machinery::{Object, well_known};
use std::sync::Arc;

/// A node that does not exist, with the pods it would come with.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// The node.
    pub node: Object,
    /// DaemonSet and static pods.
    pub pods: Vec<Arc<Pod>>,
}

impl Template {
    /// What the machine has.
    pub fn capacity(&self) -> Resources {
        Resources::parse(self.node.at("status/capacity"))
    }

    /// What pods may use of it.
    pub fn allocatable(&self) -> Resources {
        Resources::parse(self.node.at("status/allocatable"))
    }

    /// Adds a node made from the template, called after it, with its pods; returns its name.
    pub fn add_to(&self, simulation: &mut Simulation, suffix: &str) -> Arc<str> {
        let name: Arc<str> = Arc::from(format!("{}-{suffix}", self.node.name()));
        let mut node = self.node.clone();
        node.set("metadata/name", &*name);
        node.set_label(well_known::HOSTNAME, &name);
        simulation.set_node(&node);
        for pod in &self.pods {
            simulation.place(&Arc::new(pod.renamed(&format!("{}-{suffix}", pod.name()))), &name);
        }
        name
    }

    /// Adds the template itself, as the node on which single pods are tried.
    pub fn add_plain_to(&self, simulation: &mut Simulation) -> Arc<str> {
        let name: Arc<str> = Arc::from(self.node.name());
        simulation.set_node(&self.node);
        for pod in &self.pods {
            simulation.place(pod, &name);
        }
        name
    }
}
