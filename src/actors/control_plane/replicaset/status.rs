//! The status of a ReplicaSet.

use super::Kind;
use super::census::Counts;
use crate::actors::Ctx;
use crate::api::ApiError;
use crate::json;
use crate::machinery::{Map, Object, Value};

const FAILURE: &str = "ReplicaFailure";

/// Writes what changed.
pub(super) fn write(
    ctx: &Ctx<'_>,
    kind: Kind,
    owner: &Object,
    pods: &Counts,
    outcome: &Result<(), ApiError>,
) -> Result<(), ApiError> {
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);

    let mut status = Map::new();
    status.insert("replicas", count(pods.replicas));
    for (key, n) in [
        ("fullyLabeledReplicas", pods.labelled),
        ("readyReplicas", pods.ready),
        ("availableReplicas", pods.available),
    ] {
        if n != 0 {
            status.insert(key, count(n));
        }
    }
    if kind == Kind::ReplicaSet && ctx.api.version().terminating_replicas_are_counted() {
        status.insert("terminatingReplicas", count(pods.terminating));
    }
    status.insert("observedGeneration", owner.generation());
    let conditions = conditions(ctx, owner, pods.replicas, outcome);
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
