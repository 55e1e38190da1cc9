//! The part of a turn that makes groups grow.

use super::{Picture, Turn};
use crate::actors::programs::cluster_autoscaler::backoff::Failure;
use crate::actors::programs::cluster_autoscaler::events::PRIORITIES;
use crate::actors::programs::cluster_autoscaler::expander::{Priorities, Proposal, choose};
use crate::actors::programs::cluster_autoscaler::filter::{drop_daemons, drop_schedulable, drop_young};
use crate::actors::programs::cluster_autoscaler::group::{Group, Standing};
use crate::actors::programs::cluster_autoscaler::journal::{Journal, Subject};
use crate::actors::programs::cluster_autoscaler::pod::Pod;
use crate::actors::programs::cluster_autoscaler::scale_up::limits::Totals;
use crate::actors::programs::cluster_autoscaler::scale_up::{
    Increase, Outcome, ScaleUp, Situation, decide, plan_text,
};
use crate::actors::programs::cluster_autoscaler::simulation::Simulation;
use crate::machinery::Duration;
use std::sync::Arc;

/// Pods younger than this may not be all there are yet.
const VERY_NEW: Duration = Duration::from_secs(2);

impl Turn<'_, '_> {
    /// Makes a group grow if pods need it. Answers whether scale-down is forbidden in this turn; `None` ends the turn.
    pub(super) fn grow(&mut self, picture: &Picture, simulation: &mut Simulation) -> Option<bool> {
        let now = self.now();
        let pods = self.pending(simulation);
        self.state.next_node = simulation.next;
        self.state.helpless.clear();
        self.state.refusals.clear();
        self.state.no_growth.clear();
        if pods.is_empty() {
            self.journal.info(1, "static_autoscaler.go:564", "No unschedulable pods");
            return Some(false);
        }
        let most = self.flags.max_nodes_total;
        if most > 0 && picture.readiness.total.ready >= most {
            self.journal.info(1, "static_autoscaler.go:566", "Max total nodes in cluster reached");
            self.state.no_growth = format!("there are as many nodes as --max-nodes-total allows ({most})");
            return Some(false);
        }
        let oldest = pods.iter().filter_map(|p| p.object.created()).min();
        if oldest.is_some_and(|at| at + VERY_NEW > now) {
            let text = "Unschedulable pods are very new, waiting one iteration for more";
            self.journal.info(1, "static_autoscaler.go:573", text);
            return Some(true);
        }
        let upcoming: i64 = picture.upcoming.values().sum();
        let groups = self.groups(picture);
        let mut ungrouped = Totals::default();
        for node in picture.nodes.values().filter(|n| n.group.is_none()) {
            let (cores, memory) = node.machine();
            ungrouped.add(&Totals { cores, memory, gpus: Vec::new() }, 1);
        }
        let situation = Situation {
            flags: self.flags,
            simulation,
            groups: &groups,
            pending: &pods,
            nodes: picture.readiness.total.ready + upcoming,
            upcoming,
            ungrouped,
        };
        let api = self.process.api;
        let (chain, release) = (self.chain, self.flags.release);
        let config_map = api.find("configmaps", &self.flags.namespace, PRIORITIES);
        let priorities = Priorities::of(config_map.as_ref());
        // The real program leaves the choice among equals to chance.
        let mut pick =
            |options: &[Proposal]| api.store().draw("cluster-autoscaler/expander") as usize % options.len();
        let mut best = |options: Vec<Proposal>, journal: &mut Journal| {
            choose(chain, options, &priorities, release, journal, &mut pick)
        };
        let decision = decide(situation, &mut best, self.journal);
        self.state.next_node = simulation.next;
        self.carry_out(decision)
    }

    /// The pods that need a node that is not there.
    fn pending(&mut self, simulation: &mut Simulation) -> Vec<Arc<Pod>> {
        let mut pods = Vec::new();
        for pod in self.world.waiting.values() {
            match pod.object.str_at("status/nominatedNodeName") {
                // Room is being made for it there.
                node if !node.is_empty() && simulation.node(node).is_some() => simulation.move_to(pod, node),
                _ => pods.push(pod.clone()),
            }
        }
        pods.extend(self.to_be_moved(simulation));
        let pods = drop_schedulable(pods, simulation, &mut self.state.hints, self.journal);
        let pods = drop_daemons(pods, self.journal);
        drop_young(pods, self.flags, self.process.now(), self.journal)
    }

    /// The pods of nodes that are being drained: whoever makes pods will make them again elsewhere.
    fn to_be_moved(&self, simulation: &Simulation) -> Vec<Arc<Pod>> {
        let drained = self.state.deletions.iter().filter(|d| d.drains);
        let again = |p: &Arc<Pod>| {
            let kind = p.owner.as_ref().map_or("", |o| o.kind.as_str());
            matches!(kind, "ReplicaSet" | "ReplicationController" | "Job" | "StatefulSet")
                && !p.is_mirror()
                && !p.object.is_deleting()
        };
        let pods = drained.flat_map(|d| simulation.pods_on(&d.node)).filter(again);
        // Under another name, so that the pod itself stays where it is in the simulation.
        pods.map(|p| {
            let mut moved = (*p).clone();
            moved.node = None;
            Arc::new(moved.renamed(p.name()))
        })
        .collect()
    }

    fn groups(&self, picture: &Picture) -> Vec<Group> {
        let now = self.now();
        let standing = |name: &str| {
            if !picture.healthy.get(name).copied().unwrap_or(true) {
                return Standing::Unhealthy;
            }
            match self.state.backoff.of(name, now) {
                Some(f) => Standing::BackedOff(format!("{{true {{{} {} {}}}}}", f.class, f.code, f.message)),
                None => Standing::Safe,
            }
        };
        let group = |(name, asg): (&String, &super::super::cloud::Asg)| Group {
            name: Arc::from(name.as_str()),
            max: asg.max,
            target: asg.size,
            template: picture.templates.get(name).cloned(),
            standing: standing(name),
        };
        self.state.cloud.groups.iter().map(group).collect()
    }

    /// Does what was decided. `None` when groups grow, or should have.
    fn carry_out(&mut self, decision: ScaleUp) -> Option<bool> {
        let now = self.now();
        match &decision.outcome {
            Outcome::NotNeeded => return Some(false),
            Outcome::Error(why) => {
                self.state.no_growth.clone_from(why);
                self.journal.error("static_autoscaler.go:578", format!("Failed to scale up: {why}"));
                self.tell_helpless(&decision);
                return None;
            }
            Outcome::NoOptions => {
                self.tell_helpless(&decision);
                return Some(false);
            }
            Outcome::Planned => {}
        }
        if decision.plan.is_empty() {
            self.tell_helpless(&decision);
            return Some(false);
        }
        for step in &decision.plan {
            if let Err(why) = self.increase(step) {
                let text = format!("Failed to scale up: failed to increase node group size: {why}");
                self.journal.error("static_autoscaler.go:578", text);
                return None;
            }
        }
        self.state.last_scale_up = now;
        let text =
            "Skipping event processing for unschedulable pods since there is a ScaleUp attempt this loop";
        self.journal.info(4, "eventing_scale_up_processor.go:47", text);
        let message = format!("pod triggered scale-up: {}", plan_text(&decision.plan));
        for pod in &decision.triggered {
            self.journal.event(
                Subject::Object(pod.object.clone()),
                false,
                "TriggeredScaleUp",
                message.clone(),
            );
        }
        self.note_helpless(&decision);
        None
    }

    fn increase(&mut self, step: &Increase) -> Result<(), String> {
        let now = self.now();
        let (name, from, to, max) = (&step.group, step.from, step.to, step.max);
        self.journal.info(0, "executor.go:162", format!("Scale-up: setting group {name} size to {to}"));
        self.journal.note(
            "ScaledUpGroup",
            format!("Scale-up: setting group {name} size to {to} instead of {from} (max: {max})"),
        );
        let done = self.state.cloud.increase(self.client, name, to - from, now, self.journal);
        if let Err(why) = done {
            let text = format!("Scale-up failed for group {name}: {why}");
            self.journal.event(Subject::Status, true, "FailedToScaleUpGroup", text.clone());
            let failure =
                Failure { class: "Other".into(), code: "cloudProviderError".into(), message: why.clone() };
            let started = self.state.started;
            self.state.backoff.fail(name, failure, self.flags, now, started, self.journal);
            self.state.count("failed_scale_ups_total{reason=\"cloudProviderError\"}", 1);
            return Err(why);
        }
        self.journal.note(
            "ScaledUpGroup",
            format!("Scale-up: group {name} size set to {to} instead of {from} (max: {max})"),
        );
        self.state.registry.register(name, to - from, self.flags, now);
        self.state.group_times.entry(name.to_string()).or_default().added = now;
        self.state.count("scaled_up_nodes_total", to - from);
        Ok(())
    }

    /// Remembers for whom no group grows, and why.
    fn note_helpless(&mut self, decision: &ScaleUp) {
        self.state.helpless.clear();
        self.state.refusals.clear();
        for (n, (pods, refusals)) in decision.refused.iter().enumerate() {
            self.state.helpless.extend(pods.iter().map(|pod| (pod.key().to_string(), n)));
            let said = refusals.iter().map(|r| match r.detail.as_str() {
                "" => (r.group.to_string(), r.reason.clone()),
                detail => (r.group.to_string(), format!("{} ({detail})", r.reason)),
            });
            self.state.refusals.push(said.collect());
        }
    }

    fn tell_helpless(&mut self, decision: &ScaleUp) {
        self.note_helpless(decision);
        for (pod, reasons) in &decision.remaining {
            let text = format!("pod didn't trigger scale-up: {}", reason_text(reasons));
            self.journal.event(Subject::Object(pod.object.clone()), false, "NotTriggerScaleUp", text);
        }
    }

    /// Groups below their minimum are raised to it.
    pub(super) fn enforce_min_sizes(&mut self) {
        let low: Vec<Increase> = self
            .state
            .cloud
            .groups
            .values()
            .filter(|g| g.size < g.min)
            .map(|g| Increase { group: Arc::from(g.name.as_str()), from: g.size, to: g.min, max: g.max })
            .collect();
        if low.is_empty() {
            return;
        }
        let text = format!("ScaleUpToNodeGroupMinSize: final scale-up plan: {}", plan_text(&low));
        self.journal.info(1, "orchestrator.go:390", text);
        for step in low {
            if let Err(why) = self.increase(&step) {
                self.journal.error("orchestrator.go:400", format!("Failed to scale up to min size: {why}"));
            }
        }
    }
}

/// `1 Insufficient cpu, 2 max node group size reached`
fn reason_text(reasons: &[(usize, String)]) -> String {
    reasons.iter().map(|(n, text)| format!("{n} {text}")).collect::<Vec<_>>().join(", ")
}
