//! One turn of the main loop: what is seen, what is believed, what is done about it.

mod scale_down;
mod scale_up;
mod unregistered;

use super::access::Access;
use super::actuator::{Crew, Progress, clear_taint};
use super::cloud::{Client, Discovery};
use super::controllers::Owners;
use super::expander::Expander;
use super::flags::Flags;
use super::journal::{Journal, Subject};
use super::registry::{Readiness, Registry};
use super::scale_down::node::{Node, TO_BE_DELETED};
use super::simulation::Simulation;
use super::state::State;
use super::status::Report;
use super::template::Template;
use super::templates::Sources;
use super::world::World;
use crate::actors::programs::Process;
use crate::machinery::{Object, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a turn works with.
pub struct Turn<'a, 'c> {
    /// The process.
    pub process: &'a Process<'a>,
    /// Flags.
    pub flags: &'a Flags,
    /// Which groups are meant.
    pub discovery: &'a Discovery,
    /// The chain of expanders.
    pub chain: &'a [Expander],
    /// What may be done at the API server.
    pub access: &'a Access<'a>,
    /// The way to the cloud.
    pub client: &'a mut Client<'c>,
    /// What is kept from turn to turn.
    pub state: &'a mut State,
    /// The cluster.
    pub world: &'a mut World,
    /// What is said.
    pub journal: &'a mut Journal,
}

/// What is believed during a turn.
struct Picture {
    /// Nodes with their groups.
    nodes: BTreeMap<Arc<str>, Node>,
    readiness: Readiness,
    healthy: BTreeMap<String, bool>,
    templates: BTreeMap<String, Arc<Template>>,
    /// Nodes to come, by group.
    upcoming: BTreeMap<String, i64>,
}

impl Turn<'_, '_> {
    fn now(&self) -> Time {
        self.process.now()
    }

    /// Takes the steps that are due for nodes on their way out.
    pub fn advance_deletions(&mut self) {
        let now = self.now();
        let api = self.process.api;
        let owners = Owners(api);
        let mut left = Vec::new();
        for mut deletion in std::mem::take(&mut self.state.deletions) {
            if deletion.next > now {
                left.push(deletion);
                continue;
            }
            let mut crew = Crew {
                api,
                access: self.access,
                flags: self.flags,
                controllers: &owners,
                client: self.client,
                cloud: &mut self.state.cloud,
                now,
            };
            match deletion.advance(&mut crew, self.journal) {
                Progress::Waiting => left.push(deletion),
                Progress::Gone => {
                    self.state.count(format!("scaled_down_nodes_total{{reason=\"{}\"}}", deletion.why), 1);
                    self.state.group_times.entry(deletion.group.clone()).or_default().deleted = now;
                }
                Progress::Failed => {
                    self.state.group_times.entry(deletion.group.clone()).or_default().failed = now;
                }
            }
        }
        self.state.deletions = left;
    }

    /// One turn.
    pub fn run(&mut self) {
        let now = self.now();
        self.state.loops += 1;
        self.world.catch_up(self.process.api);
        if self.state.loops == 1 {
            self.clean_up();
        }
        self.journal.info(4, "static_autoscaler.go:306", "Starting main loop");
        if !self.flags.scale_up_from_zero && self.refuses_empty_cluster() {
            return;
        }
        let refreshed = {
            let started = self.state.started;
            self.state.cloud.refresh(self.client, self.discovery, now, started, self.journal)
        };
        if let Err(why) = refreshed {
            let text = format!("Failed to refresh cloud provider config: {why}");
            self.journal.error("static_autoscaler.go:355", text);
            return;
        }
        let mut picture = self.look();
        self.settle(&mut picture);
        self.write_status(&picture);
    }

    /// Everything after the picture is complete; however it ends, the status is written.
    fn settle(&mut self, picture: &mut Picture) {
        if self.remove_unregistered() {
            self.journal.info(0, "static_autoscaler.go:440", "Some unregistered nodes were removed");
        }
        if !Registry::is_cluster_healthy(&picture.readiness, self.flags) {
            self.journal.warn("static_autoscaler.go:446", "Cluster is not ready for autoscaling");
            self.state.planner.since.clear();
            self.journal.event(Subject::Status, true, "ClusterUnhealthy", "Cluster is unhealthy");
            return;
        }
        if self.give_up_failed() {
            return;
        }
        // Without pods to place there is nothing to simulate: a quiet turn costs little in a large cluster.
        let quiet = self.world.waiting.is_empty() && self.state.deletions.iter().all(|d| !d.drains);
        let mut simulation = if quiet { self.empty_simulation() } else { self.simulation(picture) };
        let Some(forbidden) = self.grow(picture, &mut simulation) else { return };
        if self.flags.scale_down {
            self.shrink(picture, forbidden);
        }
        if self.flags.enforce_min_size {
            self.enforce_min_sizes();
        }
    }

    /// Marks of an earlier run come off.
    fn clean_up(&mut self) {
        let marked: Vec<Object> = self
            .world
            .nodes
            .values()
            .filter(|n| n.taint(TO_BE_DELETED).is_some())
            .filter(|n| self.state.cloud.group_of(n.object.str_at("spec/providerID")).is_some())
            .map(|n| n.object.clone())
            .collect();
        for node in marked {
            let api = self.process.api;
            let cordoned = self.flags.cordon;
            let done = clear_taint(api, self.access, node.name(), TO_BE_DELETED, cordoned, self.journal);
            let (warning, text) = match done {
                Ok(()) => (false, format!("removed {TO_BE_DELETED} taints from node {}", node.name())),
                Err(why) => (true, format!("failed to clean {TO_BE_DELETED} on node {}: {why}", node.name())),
            };
            self.journal.event(Subject::Object(node), warning, "ClusterAutoscalerCleanup", text);
        }
    }

    fn refuses_empty_cluster(&mut self) -> bool {
        let ready = self.world.nodes.values().any(|n| n.ready);
        let text = match (self.world.nodes.is_empty(), ready) {
            (true, _) => "Cluster has no nodes.",
            (_, false) => "Cluster has no ready nodes.",
            _ => return false,
        };
        self.journal.warn("static_autoscaler.go:1004", text);
        self.journal.event(Subject::Status, true, "ClusterUnhealthy", text);
        true
    }

    /// Looks at nodes and groups.
    fn look(&mut self) -> Picture {
        let now = self.now();
        let started = self.state.started;
        let index = self.state.cloud.by_instance();
        let mut nodes = self.world.nodes.clone();
        for node in nodes.values_mut() {
            let instance = node.object.str_at("spec/providerID").rsplit('/').next().unwrap_or("");
            node.group = index.get(instance).map(|group| Arc::from(*group));
        }
        let state = &mut *self.state;
        let readiness = state.registry.count(&nodes, &state.cloud, self.flags, now, self.journal);
        state.backoff.forget_old(self.flags, now);
        state.registry.settle_requests(
            &readiness,
            &state.cloud,
            &mut state.backoff,
            self.flags,
            (now, started),
            self.journal,
        );
        let mut healthy = BTreeMap::new();
        let mut upcoming = BTreeMap::new();
        for (name, asg) in &state.cloud.groups {
            let fine = state.registry.is_group_healthy(name, asg.size, &readiness, self.flags, self.journal);
            healthy.insert(name.clone(), fine);
            upcoming.insert(name.clone(), Registry::upcoming(name, asg.size, &readiness));
        }
        let mut picture = Picture { nodes, readiness, healthy, templates: BTreeMap::new(), upcoming };
        self.make_templates(&mut picture);
        picture
    }

    /// Keeps what real nodes tell of their groups; templates are made when something asks for them.
    fn make_templates(&mut self, picture: &mut Picture) {
        let api = self.process.api;
        let daemon_sets = api.list("daemonsets.apps", "");
        let seed = api.store().meta().seed;
        let sources = Sources {
            flags: self.flags,
            nodes: &picture.nodes,
            simulation: &self.world.simulation,
            daemon_sets: &daemon_sets,
            now: self.process.now(),
            seed,
            turn: self.state.loops,
        };
        for name in self.state.cloud.groups.keys() {
            sources.keep(name, &mut self.state.templates, self.journal);
        }
        let asked = !self.world.waiting.is_empty() || picture.upcoming.values().any(|n| *n > 0);
        if !asked {
            return;
        }
        let names: Vec<String> = self.state.cloud.groups.keys().cloned().collect();
        for name in names {
            let provider = self.state.cloud.provider_template(&name, self.client, self.journal);
            let Some(asg) = self.state.cloud.groups.get(&name) else { continue };
            if let Some(template) = sources.template(asg, &self.state.templates, provider) {
                picture.templates.insert(name, template);
            }
        }
    }

    /// The cluster with the nodes to come, without those that are only starting.
    fn simulation(&mut self, picture: &Picture) -> Simulation {
        let now = self.now();
        let mut simulation = self.world.simulation.clone();
        simulation.adopt(self.flags.release.scheduler(), self.state.next_node);
        for node in picture.nodes.values().filter(|n| Registry::is_starting(n, now)) {
            simulation.remove_node(&node.name);
        }
        for (group, count) in &picture.upcoming {
            let Some(template) = picture.templates.get(group) else { continue };
            for i in 0..*count {
                template.add_to(&mut simulation, &format!("upcoming-{i}"));
            }
        }
        simulation
    }

    /// A simulation of nothing, which only hands on where searches begin.
    fn empty_simulation(&self) -> Simulation {
        let mut simulation = Simulation::default();
        simulation.adopt(self.flags.release.scheduler(), self.state.next_node);
        simulation
    }

    fn write_status(&mut self, picture: &Picture) {
        let mut candidates: BTreeMap<String, i64> = BTreeMap::new();
        for name in self.state.planner.since.keys() {
            if let Some(group) = picture.nodes.get(name).and_then(|n| n.group.as_ref()) {
                *candidates.entry(group.to_string()).or_default() += 1;
            }
        }
        self.note_gauges(picture);
        if !self.flags.write_status {
            return;
        }
        let mut transitions = std::mem::take(&mut self.state.transitions);
        let report = Report {
            flags: self.flags,
            cloud: &self.state.cloud,
            readiness: &picture.readiness,
            registry: &self.state.registry,
            backoff: &self.state.backoff,
            healthy: &picture.healthy,
            candidates: &candidates,
            started: self.state.started,
            now: self.process.now(),
        };
        let text = report.text(&mut transitions);
        self.state.transitions = transitions;
        super::config_map::write(self.process, self.access, self.flags, &text, self.journal);
    }

    fn note_gauges(&mut self, picture: &Picture) {
        let (mut cores, mut memory) = (0, 0);
        for node in picture.nodes.values() {
            let (c, m) = node.machine();
            cores += c;
            memory += m;
        }
        let total = picture.readiness.total;
        let last = |at: Time| at.secs() as f64;
        let now = self.now();
        let gauges = [
            ("cluster_cpu_current_cores", cores as f64),
            ("cluster_memory_current_bytes", memory as f64),
            (
                "cluster_safe_to_autoscale",
                f64::from(u8::from(Registry::is_cluster_healthy(&picture.readiness, self.flags))),
            ),
            ("max_nodes_count", self.state.cloud.groups.values().map(|g| g.max).sum::<i64>() as f64),
            ("last_activity{activity=\"main\"}", last(now)),
            ("last_activity{activity=\"autoscaling\"}", last(now)),
            ("last_activity{activity=\"scaleUp\"}", last(self.state.last_scale_up)),
            ("last_activity{activity=\"scaleDown\"}", last(self.state.last_delete)),
            ("node_groups_count{node_group_type=\"autoprovisioned\"}", 0.0),
            ("node_groups_count{node_group_type=\"autoscaled\"}", self.state.cloud.groups.len() as f64),
            ("nodes_count{state=\"ready\"}", total.ready as f64),
            ("nodes_count{state=\"unready\"}", total.unready as f64),
            ("nodes_count{state=\"notStarted\"}", total.not_started as f64),
            ("nodes_count{state=\"longUnregistered\"}", total.long_unregistered as f64),
            ("nodes_count{state=\"unregistered\"}", total.unregistered as f64),
            ("unneeded_nodes_count", self.state.planner.since.len() as f64),
            ("pending_node_deletions", self.state.deletions.len() as f64),
            ("unschedulable_pods_count{type=\"unschedulable\"}", self.world.waiting.len() as f64),
        ];
        self.state.gauges.extend(gauges.map(|(name, value)| (name.to_string(), value)));
    }
}
