//! The scheduler at work: one pod at a time from the queue, placed or rejected, with everything that is written about it.

use super::attempt::{Attempt, Outcome, Settings, schedule};
use super::pod_info::PendingPod;
use super::preemption::Candidate;
use super::queue::SchedulingQueue;
use super::texts;
use super::topology_spread::default_spread_selector;
use super::view::{View, find_pod, is_pending};
use crate::actors::{Actor, Ctx, latency};
use crate::api::{ApiError, EventSpec, Server, set_condition};
use crate::json;
use crate::machinery::{LabelSelector, Object, Time, Value, names};
use crate::store::{Change, Verb};
use std::rc::Rc;
use std::sync::Arc;

/// The one key of the agenda: whatever is first in the queue.
const NEXT: &str = "next";
/// The memory beside those of the pods in the queue.
const STATE: &str = "state";
/// Whose memories the records of attempts are, by pod.
pub const ATTEMPTS: &str = "scheduler-attempts";
/// Where EKS runs its scheduler.
const HOST: &str = "default-scheduler-ip-172-16-56-103.ec2.internal";

/// kube-scheduler.
#[derive(Default)]
pub struct Scheduler {
    view: Option<View>,
    /// Where the next search begins in a large cluster.
    start: usize,
}

impl Scheduler {
    fn view(&mut self, ctx: &Ctx<'_>) -> &mut View {
        let start = &mut self.start;
        self.view.get_or_insert_with(|| {
            let state = ctx.memory(STATE);
            *start = state.int_at("start").and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
            let started = state.int_at("started").map_or_else(|| ctx.now(), Time);
            if state.is_null() {
                ctx.remember(STATE, json!({"started": started.0}));
            }
            let mut queue = SchedulingQueue::new(ctx.api.version(), started);
            for (key, entry) in ctx.api.store().memories("scheduler") {
                if key != STATE {
                    queue.restore(&key, &entry);
                }
            }
            View::new(ctx.api, queue)
        })
    }

    /// Writes down what changed in the queue, and asks to be woken for what is due next.
    fn save(&mut self, ctx: &Ctx<'_>, earliest: Time) {
        let Some(view) = &mut self.view else { return };
        for (key, entry) in view.queue.take_changes() {
            ctx.remember(&key, entry);
        }
        if let Some(due) = view.queue.next_due(ctx.now()) {
            ctx.wake_at(NEXT, due.max(earliest));
        }
    }

    /// Tries the pod whose turn it is; false when there is none.
    fn schedule_next(&mut self, ctx: &Ctx<'_>) -> bool {
        let now = ctx.now();
        let Some(key) = self.view(ctx).queue.pop(now) else { return false };
        let Some(pod) = find_pod(ctx.api, &key).filter(is_pending) else {
            self.view(ctx).dequeue(&key);
            return true;
        };
        if pod.is_deleting() {
            self.view(ctx).dequeue(&key);
            warn(ctx.api, &pod, &texts::skipped(&key));
            return true;
        }
        let attempt = self.attempt(&pod, ctx);
        ctx.api.store().remember(ATTEMPTS, &key, record(&attempt, &key, now));
        match &attempt.outcome {
            Outcome::Placed(node) => self.bind(&pod, &key, node, ctx),
            Outcome::Unschedulable { .. } => self.reject(&pod, &key, &attempt, ctx),
        }
        true
    }

    fn attempt(&mut self, pod: &Object, ctx: &Ctx<'_>) -> Rc<Attempt> {
        let mut pending = PendingPod::parse(pod);
        pending.default_spread = default_spread(ctx.api, pod);
        let start = self.start;
        if let Some(failure) = self.view(ctx).failure_of(&pending, start) {
            return failure;
        }
        let (snapshot, budgets) = self.view(ctx).cluster(ctx.api);
        let settings = Settings { version: ctx.api.version(), budgets, start, always_score: false };
        let (seed, mut draws) = (ctx.api.store().meta().seed, 0);
        let purpose = format!("tie {}", pod.uid());
        let attempt = schedule(snapshot, &pending, settings, &mut |n| {
            draws += 1;
            (names::number(seed, &purpose, draws) % n.max(1) as u64) as usize
        });
        if attempt.next_start != start {
            self.start = attempt.next_start;
            let started = self.view(ctx).queue.started();
            ctx.remember(STATE, json!({"started": started.0, "start": self.start as i64}));
        }
        let attempt = Rc::new(attempt);
        self.view(ctx).note_failure(pending, &attempt);
        attempt
    }

    fn bind(&mut self, pod: &Object, key: &str, node: &str, ctx: &Ctx<'_>) {
        select_node_of_claims(ctx.api, pod, node);
        match ctx.api.bind(pod.namespace(), pod.name(), node) {
            Ok(bound) => {
                let view = self.view(ctx);
                view.dequeue(key);
                view.snapshot(ctx.api).set_pod(&bound);
                let message = texts::scheduled(key, node);
                tell(ctx.api, &bound, "Normal", "Scheduled", "Binding", &message);
            }
            Err(e) => {
                warn(ctx.api, pod, &format!("binding rejected: {}", e.message));
                self.view(ctx).queue.fail(key, ctx.now());
            }
        }
    }

    fn reject(&mut self, pod: &Object, key: &str, attempt: &Attempt, ctx: &Ctx<'_>) {
        let message = attempt.message();
        let chosen = attempt.preemption();
        warn(ctx.api, pod, &message);
        note_rejection(ctx, pod, &message, chosen);
        if let Some(candidate) = chosen {
            self.preempt(pod, key, candidate, ctx);
        }
        self.view(ctx).queue.reject(key, attempt.rejecting_plugins(), ctx.now());
    }

    /// Sends away the pods that are in the way, and takes the place from pods of less importance it was meant for.
    fn preempt(&mut self, preemptor: &Object, key: &str, candidate: &Candidate, ctx: &Ctx<'_>) {
        let api = ctx.api;
        for victim in &candidate.victims {
            let Some(pod) = find_pod(api, &victim.key) else { continue };
            let marked = api.modify_status("pods", pod.namespace(), pod.name(), |p| {
                api.mark_disrupted(p, "PreemptionByScheduler", texts::PREEMPTING);
            });
            if marked.is_err() || api.delete("pods", pod.namespace(), pod.name()).is_err() {
                continue;
            }
            let message = texts::preempted(preemptor.uid(), key, &candidate.node, api.version());
            tell(api, &pod, "Normal", "Preempted", "Preempting", &message);
        }
        let priority = preemptor.int_at("spec/priority").unwrap_or(0);
        let snapshot = self.view(ctx).snapshot(api);
        let outranked: Vec<Arc<str>> = snapshot
            .nominated_to(&candidate.node)
            .filter(|p| p.info.priority < priority && *p.info.key != *key)
            .map(|p| p.info.key.clone())
            .collect();
        for other in outranked {
            if let Some((ns, name)) = other.split_once('/') {
                // Whoever is gone meanwhile needs no correction.
                let _ = api.modify_status("pods", ns, name, |p| {
                    p.remove("status/nominatedNodeName");
                });
            }
        }
    }
}

impl Actor for Scheduler {
    fn name(&self) -> &'static str {
        "scheduler"
    }

    fn rank(&self) -> u8 {
        50
    }

    fn watches(&self) -> &'static [&'static str] {
        &[
            "pods",
            "nodes",
            "namespaces",
            "poddisruptionbudgets.policy",
            "persistentvolumeclaims",
            "persistentvolumes",
            "storageclasses.storage.k8s.io",
            "csinodes.storage.k8s.io",
        ]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let now = ctx.now();
        if change.verb == Verb::Deleted && change.resource.as_ref() == "pods" {
            ctx.api.store().remember(ATTEMPTS, &change.object.key(), Value::Null);
        }
        self.view(ctx).apply(change, ctx.api, now);
        self.save(ctx, now + latency::sync(self.name()));
    }

    fn reconcile(&mut self, _key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        if !self.schedule_next(ctx) {
            let now = ctx.now();
            self.view(ctx).adopt(ctx.api, now);
        }
        self.save(ctx, ctx.now() + latency::SCHEDULING_CYCLE);
        Ok(())
    }
}

/// The condition PodScheduled and the node that is being freed; nothing is written when nothing changes.
fn note_rejection(ctx: &Ctx<'_>, pod: &Object, message: &str, chosen: Option<&Candidate>) {
    // A pod that is gone meanwhile needs no condition.
    let _ = ctx.api.modify_status("pods", pod.namespace(), pod.name(), |p| {
        let condition =
            json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message});
        set_condition(p, condition, &ctx.now().rfc3339());
        if let Some(candidate) = chosen {
            p.set("status/nominatedNodeName", &*candidate.node);
        }
    });
}

/// Tells the provisioner of claims that wait for their first consumer where the pod goes.
fn select_node_of_claims(api: &Server, pod: &Object, node: &str) {
    for volume in pod.items_at("spec/volumes") {
        let claim = volume.str_at("persistentVolumeClaim/claimName");
        let Some(found) =
            (!claim.is_empty()).then(|| api.find("persistentvolumeclaims", pod.namespace(), claim)).flatten()
        else {
            continue;
        };
        const SELECTED: &str = "volume.kubernetes.io/selected-node";
        if found.str_at("spec/volumeName").is_empty() && found.annotation(SELECTED) != Some(node) {
            // A claim that is gone meanwhile keeps the pod from starting, which the kubelet tells.
            let _ = api.modify("persistentvolumeclaims", pod.namespace(), claim, |c| {
                c.set_annotation(SELECTED, node)
            });
        }
    }
}

fn default_spread(api: &Server, pod: &Object) -> Option<LabelSelector> {
    if !pod.items_at("spec/topologySpreadConstraints").is_empty() {
        return None;
    }
    let owner = pod.controller().and_then(|owner| {
        let resource = match owner.kind.as_str() {
            "ReplicaSet" => "replicasets.apps",
            "StatefulSet" => "statefulsets.apps",
            "ReplicationController" => "replicationcontrollers",
            _ => return None,
        };
        api.find(resource, pod.namespace(), &owner.name)
    });
    default_spread_selector(pod, api.list("services", pod.namespace()).iter(), owner.as_ref())
}

fn warn(api: &Server, pod: &Object, message: &str) {
    tell(api, pod, "Warning", "FailedScheduling", "Scheduling", &texts::note(message));
}

fn tell(api: &Server, pod: &Object, kind: &str, reason: &str, action: &str, message: &str) {
    let component = "default-scheduler";
    api.record(pod, &EventSpec { kind, reason, message, component, host: HOST, field_path: "", action });
}

/// How many nodes a kept record describes one by one.
const NODES_KEPT: usize = 8;

/// What is kept of an attempt for explanations: in a large cluster the node that was chosen and the reasons by number.
fn record(attempt: &Attempt, pod: &str, now: Time) -> Value {
    let all = attempt.verdicts.len() <= NODES_KEPT;
    let mut value = attempt.to_value(|v| all || Some(&*v.node) == attempt.node());
    value.set("pod", pod);
    value.set("time", now.rfc3339());
    value.set("nodesLookedAt", attempt.verdicts.len() as i64);
    value
}
