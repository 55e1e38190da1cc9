//! The template of each group: a real node if there is one, else what was kept of one, else what the group says.

use super::cloud::Asg;
use super::flags::Flags;
use super::journal::Journal;
use super::pod::Pod;
use super::registry::is_startup_taint;
use super::scale_down::node::{DELETION_CANDIDATE, Node, TO_BE_DELETED};
use super::simulation::Simulation;
use super::template::Template;
use crate::actors::control_plane::daemonset;
use crate::machinery::{Duration, Map, Object, Time, Value, names, well_known};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A node must have been ready for longer than this to be believed.
const SETTLED: Duration = Duration::from_mins(1);

/// Taints that say how a node is, not what it is for.
const CONDITIONS: [&str; 11] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/unschedulable",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/network-unavailable",
    "node.kubernetes.io/pid-pressure",
    "node.cloudprovider.kubernetes.io/uninitialized",
    "node.cloudprovider.kubernetes.io/shutdown",
    "cloud.google.com/impending-node-termination",
    "NodeWithImpairedVolumes",
];

/// A real node as it was kept.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Kept {
    node: Value,
    pods: Vec<Value>,
    /// What it was read from.
    stamp: String,
}

/// What templates are made from.
pub struct Sources<'a> {
    /// Flags.
    pub flags: &'a Flags,
    /// All nodes, by name.
    pub nodes: &'a BTreeMap<Arc<str>, Node>,
    /// The pods on them.
    pub simulation: &'a Simulation,
    /// The DaemonSets.
    pub daemon_sets: &'a [Object],
    /// The instant.
    pub now: Time,
    /// Makes names differ.
    pub seed: u64,
    /// The number of the loop.
    pub turn: u64,
}

impl Sources<'_> {
    /// Keeps the node of a group that new ones would look like, when there is one. Nothing is done when it has not
    /// changed.
    pub fn keep(&self, group: &str, kept: &mut BTreeMap<String, Kept>, journal: &mut Journal) {
        let Some(node) = self.settled(group) else { return };
        if node.taint(TO_BE_DELETED).is_some() {
            journal.info(4, "taints.go:403", "Removing autoscaler taint when creating template from node");
        }
        if node.taint(DELETION_CANDIDATE).is_some() {
            let text = "Removing autoscaler soft taint when creating template from node";
            journal.info(4, "taints.go:406", text);
        }
        let stamp = format!(
            "{} {} {}",
            node.name,
            node.object.resource_version(),
            self.simulation.pod_count(&node.name)
        );
        if kept.get(group).is_some_and(|k| k.stamp == stamp) {
            return;
        }
        let pods = self.simulation.pods_on(&node.name);
        let pods = pods.iter().filter(|p| p.belongs_to_node()).map(|p| p.object.0.clone()).collect();
        kept.insert(group.to_string(), Kept { node: node.object.0.clone(), pods, stamp });
    }

    /// The first node of the group that has been ready for a while and takes pods.
    fn settled(&self, group: &str) -> Option<&Node> {
        self.nodes.values().find(|n| {
            let ready = n.object.condition("Ready");
            let since = ready.and_then(|c| Time::parse(c.str_at("lastTransitionTime")));
            n.group.as_deref() == Some(group)
                && n.ready
                && !n.object.bool_at("spec/unschedulable")
                && since.is_some_and(|at| at + SETTLED < self.now)
        })
    }

    /// The template of a group. `provider` is the node that the group itself tells of.
    pub fn template(
        &self,
        asg: &Asg,
        kept: &BTreeMap<String, Kept>,
        provider: Option<Object>,
    ) -> Option<Arc<Template>> {
        let name = self.name_of(&asg.name);
        if let Some(kept) = kept.get(&asg.name) {
            let mut node = self.sanitized(&Object(kept.node.clone()), &name);
            add_missing_resources(&mut node, provider.as_ref());
            let pods = kept
                .pods
                .iter()
                .map(|p| Arc::new(Pod::parse(&Object(p.clone())).renamed(&pod_name(p, &name))));
            let mut pods: Vec<Arc<Pod>> = pods.collect();
            if self.flags.force_daemons {
                let has =
                    |set: &Object| pods.iter().any(|p| p.owner.as_ref().is_some_and(|o| o.uid == set.uid()));
                let missing: Vec<&Object> = self.daemon_sets.iter().filter(|s| !has(s)).collect();
                pods.extend(missing.into_iter().filter_map(|set| daemon_pod(set, &node)));
            }
            return Some(Arc::new(Template { node, pods }));
        }
        if let Some(provider) = provider {
            let node = self.sanitized(&provider, &name);
            let mut pods: Vec<Arc<Pod>> = vec![Arc::new(kube_proxy(&asg.name))];
            pods.extend(self.daemon_sets.iter().filter_map(|set| daemon_pod(set, &node)));
            return Some(Arc::new(Template { node, pods }));
        }
        let of_group = |n: &&Node| n.group.as_deref() == Some(asg.name.as_str());
        let node = self.nodes.values().find(of_group)?;
        let pods = self.simulation.pods_on(&node.name);
        let pods = pods
            .iter()
            .filter(|p| p.belongs_to_node())
            .map(|p| Arc::new(p.renamed(&pod_name(&p.object, &name))))
            .collect();
        Some(Arc::new(Template { node: self.sanitized(&node.object, &name), pods }))
    }

    fn name_of(&self, group: &str) -> String {
        let number = names::number(self.seed, &format!("template-node {group}"), self.turn) >> 1;
        format!("template-node-for-{group}-{number}")
    }

    fn sanitized(&self, node: &Object, name: &str) -> Object {
        let mut clean = Object::new("v1", "Node", "", name);
        let mut labels: Map = node.labels().clone();
        labels.insert(well_known::HOSTNAME, name);
        clean.set("metadata/labels", labels);
        clean.set("metadata/creationTimestamp", node.str_at("metadata/creationTimestamp"));
        let taints: Vec<Value> = node
            .items_at("spec/taints")
            .iter()
            .filter(|t| !self.is_passing_taint(t.str_at("key")))
            .cloned()
            .collect();
        if !taints.is_empty() {
            clean.set("spec/taints", taints.into_iter().collect::<Value>());
        }
        if node.bool_at("spec/unschedulable") {
            clean.set("spec/unschedulable", true);
        }
        clean.set("status/capacity", node.at("status/capacity").clone());
        clean.set("status/allocatable", node.at("status/allocatable").clone());
        clean
    }

    fn is_passing_taint(&self, key: &str) -> bool {
        key == TO_BE_DELETED
            || key == DELETION_CANDIDATE
            || CONDITIONS.contains(&key)
            || is_startup_taint(key, self.flags)
            || key.starts_with("status-taint.cluster-autoscaler.kubernetes.io/")
            || self.flags.status_taints.iter().any(|t| t == key)
    }
}

/// A resource that only the group tells of (a GPU that no driver has announced yet) belongs to its nodes too.
fn add_missing_resources(node: &mut Object, provider: Option<&Object>) {
    let Some(provider) = provider else { return };
    for list in ["status/capacity", "status/allocatable"] {
        for (name, amount) in provider.map_at(list).iter() {
            let amounts = node.at_mut(list).map_mut();
            if !amounts.contains_key(name) {
                amounts.insert(name, amount.clone());
            }
        }
    }
}

fn pod_name(pod: &Value, node: &str) -> String {
    format!("{}-{node}", pod.str_at("metadata/name"))
}

/// The pod of a DaemonSet on a node that does not exist, if it would have one.
fn daemon_pod(set: &Object, node: &Object) -> Option<Arc<Pod>> {
    let mut pod = daemonset::pod_for(set, node)?;
    pod.set("metadata/name", format!("{}-{}", set.name(), node.name()));
    Some(Arc::new(Pod::parse(&pod)))
}

/// The provider takes for granted that every node runs one.
fn kube_proxy(group: &str) -> Pod {
    let mut pod = Object::new("v1", "Pod", "kube-system", &format!("kube-proxy-{group}"));
    let requests = crate::json!({"requests": {"cpu": "100m"}});
    pod.set("spec/containers", crate::json!([{"image": "kube-proxy", "resources": requests}]));
    pod.set_annotation("kubernetes.io/config.mirror", "1");
    pod.set_label("component", "kube-proxy");
    pod.set_label("tier", "node");
    Pod::parse(&pod)
}
