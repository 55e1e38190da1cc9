//! The status of a ReplicaSet.

use super::Kind;
use crate::actors::Ctx;
use crate::actors::control_plane::pod_control::{is_available, is_ready};
use crate::api::ApiError;
use crate::json;
use crate::machinery::{Map, Object, Value};

const FAILURE: &str = "ReplicaFailure";

/// Counts the pods and writes what changed.
pub(super) fn write(
    ctx: &Ctx<'_>,
    kind: Kind,
    owner: &Object,
    pods: &[Object],
    terminating: usize,
    outcome: &Result<(), ApiError>,
) -> Result<(), ApiError> {
    let min_ready = owner.int_at("spec/minReadySeconds").unwrap_or(0);
    let template = owner.map_at("spec/template/metadata/labels");
    let labelled = |p: &&Object| template.iter().all(|(key, value)| p.labels().get(key) == Some(value));
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);

    let mut status = Map::new();
    status.insert("replicas", count(pods.len()));
    for (key, n) in [
        ("fullyLabeledReplicas", pods.iter().filter(labelled).count()),
        ("readyReplicas", pods.iter().filter(|p| is_ready(p)).count()),
        ("availableReplicas", pods.iter().filter(|p| is_available(p, min_ready, ctx.now())).count()),
    ] {
        if n != 0 {
            status.insert(key, count(n));
        }
    }
    if kind == Kind::ReplicaSet && ctx.api.version().terminating_replicas_are_counted() {
        status.insert("terminatingReplicas", count(terminating));
    }
    status.insert("observedGeneration", owner.generation());
    let conditions = conditions(ctx, owner, pods.len(), outcome);
    if !conditions.is_empty() {
        status.insert("conditions", conditions);
    }
    let mut changed = owner.clone();
    changed.set("status", status);
    changed.remove("metadata/resourceVersion");
    ctx.api.update_status(changed).map(|_| ())
}

/// The first failure is told until a pass succeeds.
fn conditions(ctx: &Ctx<'_>, owner: &Object, pods: usize, outcome: &Result<(), ApiError>) -> Vec<Value> {
    let mut conditions: Vec<Value> = owner.items_at("status/conditions").to_vec();
    match outcome {
        Ok(()) => conditions.retain(|c| c.str_at("type") != FAILURE),
        Err(_) if owner.condition(FAILURE).is_some() => {}
        Err(e) => {
            let wanted = owner.int_at("spec/replicas").unwrap_or(0);
            let missing = i64::try_from(pods).is_ok_and(|n| n < wanted);
            conditions.push(json!({
                "type": FAILURE, "status": "True", "lastTransitionTime": (ctx.now().rfc3339()),
                "reason": (if missing { "FailedCreate" } else { "FailedDelete" }), "message": (e.to_string()),
            }));
        }
    }
    conditions
}
