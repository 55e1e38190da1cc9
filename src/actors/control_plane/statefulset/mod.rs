//! The StatefulSet controller: pods with a name of their own, made, updated and taken away in order.

mod history;
mod identity;
mod plan;

use super::pod_control::{controller_key, record};
use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, Reason};
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Map, Object, Value};
use crate::store::{Change, Verb};
use history::History;
use plan::{Plan, Revisions, Step, Wanted};

const SETS: &str = "statefulsets.apps";
const COMPONENT: &str = "statefulset-controller";

/// The controller as an actor.
#[derive(Debug, Default)]
pub struct StatefulSetController;

impl Actor for StatefulSetController {
    fn name(&self) -> &'static str {
        COMPONENT
    }

    fn rank(&self) -> u8 {
        30
    }

    fn watches(&self) -> &'static [&'static str] {
        &[SETS, "pods"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        if change.resource.as_ref() != SETS {
            if let Some(key) = controller_key(&change.object, "StatefulSet") {
                ctx.wake(&key);
            }
        } else if change.verb == Verb::Deleted {
            ctx.forget_wake(&change.object.key());
        } else {
            ctx.wake(&change.object.key());
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

fn sync(ctx: &Ctx<'_>, set: &Object) -> Result<(), ApiError> {
    if set.at("status/observedGeneration").is_null() {
        adopt_orphans(ctx, set)?;
    }
    let mut pods = ctx.api.list_owned("pods", set);
    pods.retain(|p| p.is_controlled_by(set.uid()));
    let history = History::observe(ctx, set)?;
    let wanted = Wanted::read(set);
    let revisions = Revisions { current: history.current.name(), update: history.update.name() };
    let plan = plan::plan(set.name(), &wanted, &pods, revisions, ctx.now());
    let outcome = plan.steps.iter().try_for_each(|step| take(ctx, set, &history, step));
    write_status(ctx, set, &wanted, &history, &plan)?;
    if let Some(at) = plan.again {
        ctx.wake_at(set.key().as_str(), at);
    }
    outcome?;
    history.truncate(ctx, set, &pods)
}

/// Pods that an earlier set of the same name left behind come back under its control.
fn adopt_orphans(ctx: &Ctx<'_>, set: &Object) -> Result<(), ApiError> {
    let selector =
        LabelSelector::from_object(set.at("spec/selector")).unwrap_or_else(|_| LabelSelector::nothing());
    let orphans = ctx.api.pods_matching(set.namespace(), &selector);
    for mut pod in orphans {
        let mine = identity::ordinal(set.name(), pod.name()).is_some();
        if mine && pod.controller().is_none() && !pod.is_deleting() {
            let mut owners = pod.items_at("metadata/ownerReferences").to_vec();
            owners.push(set.as_controller_ref());
            pod.set("metadata/ownerReferences", owners);
            ctx.api.update(pod)?;
        }
    }
    Ok(())
}

fn take(ctx: &Ctx<'_>, set: &Object, history: &History, step: &Step) -> Result<(), ApiError> {
    match step {
        Step::Claims { ordinal } => make_claims(ctx, set, &identity::pod_name(set, *ordinal)),
        Step::Create { ordinal, updated } => {
            let pod = identity::pod_name(set, *ordinal);
            let revision = if *updated { &history.update } else { &history.current };
            let template = super::revisions::template_of(revision);
            let outcome = make_claims(ctx, set, &pod).and_then(|()| {
                match ctx.api.create(identity::new_pod(set, &template, revision.name(), *ordinal)) {
                    // The pod of a set that is gone, not yet gone itself.
                    Err(e) if e.reason == Reason::AlreadyExists => Ok(false),
                    made => made.map(|_| true),
                }
            });
            if let Ok(true) | Err(_) = outcome {
                tell(ctx, set, "create", &format!("Pod {pod}"), "successful", outcome.as_ref().err());
            }
            outcome.map(|_| ())
        }
        Step::Delete { pod } => {
            let outcome = ctx.api.delete("pods", set.namespace(), pod);
            tell(ctx, set, "delete", &format!("Pod {pod}"), "successful", outcome.as_ref().err());
            outcome
        }
    }
}

fn make_claims(ctx: &Ctx<'_>, set: &Object, pod: &str) -> Result<(), ApiError> {
    for claim in identity::claims(set, pod) {
        if ctx.api.find("persistentvolumeclaims", claim.namespace(), claim.name()).is_some() {
            continue;
        }
        let what = format!("Claim {} Pod {pod}", claim.name());
        let outcome = ctx.api.create(claim);
        tell(ctx, set, "create", &what, "success", outcome.as_ref().err());
        outcome?;
    }
    Ok(())
}

fn tell(ctx: &Ctx<'_>, set: &Object, verb: &str, what: &str, success: &str, error: Option<&ApiError>) {
    let title = if verb == "create" { "Create" } else { "Delete" };
    let verb = if ctx.api.version().statefulset_events_are_capitalized() { title } else { verb };
    let place = format!("{verb} {what} in StatefulSet {}", set.name());
    match error {
        None => {
            let message = format!("{place} {success}");
            record(ctx, set, COMPONENT, "Normal", &format!("Successful{title}"), &message);
        }
        Some(e) => {
            let message = format!("{place} failed error: {e}");
            record(ctx, set, COMPONENT, "Warning", &format!("Failed{title}"), &message);
        }
    }
}

fn write_status(
    ctx: &Ctx<'_>,
    set: &Object,
    wanted: &Wanted,
    history: &History,
    plan: &Plan,
) -> Result<(), ApiError> {
    let mut counts = plan.counts;
    let mut current = history.current.name();
    let all = [counts.updated, counts.ready, counts.replicas].iter().all(|n| *n == wanted.replicas);
    if all && !wanted.on_delete {
        counts.current = counts.updated;
        current = history.update.name();
    }
    let mut status = Map::new();
    status.insert("observedGeneration", set.generation());
    status.insert("replicas", counts.replicas);
    for (key, n) in [
        ("readyReplicas", counts.ready),
        ("currentReplicas", counts.current),
        ("updatedReplicas", counts.updated),
    ] {
        if n != 0 {
            status.insert(key, n);
        }
    }
    status.insert("availableReplicas", counts.available);
    status.insert("currentRevision", current);
    status.insert("updateRevision", history.update.name());
    status.insert("collisionCount", history.collisions);
    if let Some(conditions) = set.at("status").get("conditions") {
        status.insert("conditions", conditions);
    }
    let mut changed = set.clone();
    changed.set("status", Value::from(status));
    changed.remove("metadata/resourceVersion");
    ctx.api.update_status(changed).map(|_| ())
}
