//! The DaemonSet controller: one pod on every node that fits.

mod nodes;
mod plan;

pub(crate) use nodes::pod_for;

use super::pod_control::{BURST, controller_key, create_pod, delete_pod, record, slow_start};
use super::revisions;
use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, Reason};
use crate::machinery::backoff::Backoff;
use crate::machinery::{Duration, Map, Object, Time, Value, hash};
use crate::store::{Change, Verb};
use nodes::{Fit, HASH_LABEL, Placement};
use plan::{Changes, Counts, Ended, View, Wanted};

const SETS: &str = "daemonsets.apps";
const COMPONENT: &str = "daemonset-controller";
/// The most pods made in one pass.
const CREATE_BURST: usize = BURST / 2;
/// How long a pod that failed is left alone: doubling with each failure on the node.
const BACKOFF: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_mins(15);

/// The controller as an actor.
#[derive(Debug, Default)]
pub struct DaemonSetController;

impl Actor for DaemonSetController {
    fn name(&self) -> &'static str {
        COMPONENT
    }

    fn rank(&self) -> u8 {
        30
    }

    fn watches(&self) -> &'static [&'static str] {
        &[SETS, "pods", "nodes"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        match change.resource.as_ref() {
            "pods" => {
                if let Some(key) = controller_key(object, "DaemonSet") {
                    ctx.wake(&key);
                }
            }
            "nodes" => {
                if concerns_placement(change) {
                    ctx.api.list(SETS, "").iter().for_each(|set| ctx.wake(&set.key()));
                }
            }
            _ if change.verb == Verb::Deleted => ctx.forget_wake(&object.key()),
            _ => ctx.wake(&object.key()),
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (ns, name) = key.split_once('/').unwrap_or(("", key));
        match ctx.api.find(SETS, ns, name) {
            Some(set) if !set.is_deleting() => sync(ctx, &set),
            _ => Ok(()),
        }
    }
}

/// Whether a change of a node can change where pods belong: most only report its health.
fn concerns_placement(change: &Change) -> bool {
    let Some(before) = change.previous.as_ref().filter(|_| change.verb == Verb::Modified) else {
        return true;
    };
    let now = &change.object;
    before.labels() != now.labels() || before.at("spec/taints") != now.at("spec/taints")
}

fn sync(ctx: &Ctx<'_>, set: &Object) -> Result<(), ApiError> {
    let revision = observe_revision(ctx, set)?;
    let hash = revision.label(HASH_LABEL).unwrap_or("").to_string();
    let template = nodes::daemon_template(set, &hash);
    let placement = Placement::read(&template);
    let fits: Vec<(String, Fit)> =
        ctx.api.list("nodes", "").iter().map(|n| (n.name().to_string(), placement.fit(n))).collect();
    let min_ready = set.int_at("spec/minReadySeconds").unwrap_or(0);
    let pods = owned_pods(ctx, set);
    let view = View::new(&fits, &pods, &hash, min_ready, ctx.now());
    let wanted = Wanted::read(set, view.desired());
    let mut changes = view.manage(&wanted);
    // What is being changed already is waited for before more is.
    if changes == Changes::default() && !wanted.on_delete {
        changes = view.update(&wanted);
    }
    let outcome = apply(ctx, set, &template, changes);
    // The status tells of the pods the pass began with; those it made are the next pass's.
    write_status(ctx, set, view.counts())?;
    if let Some(at) = view.again {
        ctx.wake_at(&set.key(), at);
    }
    outcome?;
    clear_history(ctx, set, &revision, &pods)
}

fn owned_pods(ctx: &Ctx<'_>, set: &Object) -> Vec<Object> {
    let mut pods = ctx.api.list_owned("pods", set);
    pods.retain(|p| p.is_controlled_by(set.uid()));
    pods
}

/// The revision of the template, made when there is none yet; one that comes back takes the newest number.
fn observe_revision(ctx: &Ctx<'_>, set: &Object) -> Result<Object, ApiError> {
    let all = revisions::list(ctx, set);
    let template = set.at("spec/template");
    let data = revisions::data_of(template);
    let newest = all.last().map_or(0, revisions::number);
    if let Some(known) = all.into_iter().rev().find(|r| r.at("data") == &data) {
        if revisions::number(&known) == newest {
            return Ok(known);
        }
        let mut again = known;
        again.set("revision", newest + 1);
        return ctx.api.update(again);
    }
    let mut collisions = set.int_at("status/collisionCount");
    loop {
        let hash = hash::pod_template_hash(template, collisions);
        let revision = revisions::new_revision(set, data.clone(), newest + 1, &hash, HASH_LABEL);
        match ctx.api.create(revision) {
            Err(e) if e.reason == Reason::AlreadyExists && collisions.unwrap_or(0) < 100 => {
                collisions = Some(collisions.unwrap_or(0) + 1);
            }
            other => return other,
        }
    }
}

fn apply(ctx: &Ctx<'_>, set: &Object, template: &Value, changes: Changes) -> Result<(), ApiError> {
    let mut delete = changes.delete;
    delete.extend(changes.ended.into_iter().filter_map(|ended| give_up_on(ctx, set, ended)));
    let count = changes.create.len().min(CREATE_BURST);
    let (_, outcome) = slow_start(count, |i| {
        let pod = nodes::new_pod(set, template, &changes.create[i]);
        create_pod(ctx, COMPONENT, set, pod).map(|_| ())
    });
    delete.truncate(BURST);
    let deleted = delete.iter().try_for_each(|pod| delete_pod(ctx, COMPONENT, set, pod));
    outcome.and(deleted)
}

/// A pod that ended is replaced, but not again and again without a pause.
fn give_up_on(ctx: &Ctx<'_>, set: &Object, ended: Ended) -> Option<String> {
    let place = format!("pod {}/{} on node {}", set.namespace(), ended.pod, ended.node);
    if !ended.failed {
        let message = format!("Found succeeded daemon {place}, will try to delete it");
        record(ctx, set, COMPONENT, "Normal", "SucceededDaemonPod", &message);
        return Some(ended.pod);
    }
    let key = format!("{}/{}", set.uid(), ended.node);
    let now = ctx.now();
    let memory = ctx.memory(&key);
    let entry = memory
        .int_at("updated")
        .zip(memory.int_at("delay"))
        .map(|(updated, delay)| Backoff { delay: Duration::from_millis(delay), updated: Time(updated) });
    if let Some(entry) = entry.filter(|b| now.since(b.updated) < b.delay) {
        ctx.wake_at(&set.key(), entry.updated + entry.delay);
        return None;
    }
    let next = Backoff::next(entry, now, now, BACKOFF, BACKOFF_MAX);
    let delay = i64::try_from(next.delay.as_millis()).unwrap_or(i64::MAX);
    ctx.remember(&key, crate::json!({"updated": (next.updated.0), "delay": delay}));
    let message = format!("Found failed daemon {place}, will try to kill it");
    record(ctx, set, COMPONENT, "Warning", "FailedDaemonPod", &message);
    Some(ended.pod)
}

fn write_status(ctx: &Ctx<'_>, set: &Object, counts: Counts) -> Result<(), ApiError> {
    let mut status = Map::new();
    status.insert("currentNumberScheduled", counts.current);
    status.insert("desiredNumberScheduled", counts.desired);
    status.insert("numberMisscheduled", counts.misscheduled);
    status.insert("numberReady", counts.ready);
    status.insert("observedGeneration", set.generation());
    for (key, n) in [
        ("updatedNumberScheduled", counts.updated),
        ("numberAvailable", counts.available),
        ("numberUnavailable", counts.desired - counts.available),
    ] {
        if n != 0 {
            status.insert(key, n);
        }
    }
    for key in ["collisionCount", "conditions"] {
        if let Some(value) = set.at("status").get(key) {
            status.insert(key, value);
        }
    }
    let (ns, name) = (set.namespace(), set.name());
    ctx.api.modify_status(SETS, ns, name, |o| o.set("status", Value::from(status))).map(|_| ())
}

fn clear_history(ctx: &Ctx<'_>, set: &Object, current: &Object, pods: &[Object]) -> Result<(), ApiError> {
    let in_use = |r: &Object| {
        r.name() == current.name() || pods.iter().any(|p| p.label(HASH_LABEL) == r.label(HASH_LABEL))
    };
    revisions::truncate(ctx, set, &revisions::list(ctx, set), in_use)
}
