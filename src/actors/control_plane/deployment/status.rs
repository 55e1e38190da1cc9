//! The status of a Deployment: what its ReplicaSets count together, and what its conditions say of that.

use super::Sync;
use super::rolling::max_unavailable;
use super::sets::Sets;
use crate::api::ApiError;
use crate::json;
use crate::machinery::{Map, Object, Time, Value};

/// Condition: how the rollout goes.
pub(super) const PROGRESSING: &str = "Progressing";
/// Its reason when it does not go.
pub(super) const TIMED_OUT: &str = "ProgressDeadlineExceeded";
/// Its reason when it has ended.
pub(super) const AVAILABLE: &str = "NewReplicaSetAvailable";

/// A condition moves to the end of the list when it changes, and does not change while its status and reason stay.
pub(super) fn set_condition(
    status: &mut Value,
    kind: &str,
    value: &str,
    reason: &str,
    message: &str,
    now: Time,
) {
    let conditions = status.at_mut("conditions").list_mut();
    let old = conditions.iter().find(|c| c.str_at("type") == kind);
    if old.is_some_and(|c| c.str_at("status") == value && c.str_at("reason") == reason) {
        return;
    }
    let since = old
        .filter(|c| c.str_at("status") == value)
        .map_or_else(|| now.rfc3339(), |c| c.str_at("lastTransitionTime").to_string());
    conditions.retain(|c| c.str_at("type") != kind);
    conditions.push(json!({
        "type": kind, "status": value, "reason": reason, "message": message,
        "lastTransitionTime": since, "lastUpdateTime": (now.rfc3339()),
    }));
}

/// Takes a condition away.
pub(super) fn remove_condition(status: &mut Value, kind: &str) {
    if status.items_at("conditions").iter().any(|c| c.str_at("type") == kind) {
        status.at_mut("conditions").list_mut().retain(|c| c.str_at("type") != kind);
    }
    if status.items_at("conditions").is_empty() {
        status.remove("conditions");
    }
}

/// The entry of a type.
pub(super) fn condition<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    status.items_at("conditions").iter().find(|c| c.str_at("type") == kind)
}

/// Whether everything a Deployment asks for is there and nothing else is.
pub(super) fn is_complete(deployment: &Object, status: &Value) -> bool {
    let wanted = deployment.int_at("spec/replicas").unwrap_or(0);
    let all = ["updatedReplicas", "replicas", "availableReplicas"];
    all.iter().all(|key| status.int_at(key).unwrap_or(0) == wanted)
        && status.int_at("observedGeneration").unwrap_or(0) >= deployment.generation()
}

impl Sync<'_> {
    /// Writes the counts, without a word on the rollout.
    pub(super) fn sync_status(&mut self, sets: &Sets) -> Result<(), ApiError> {
        let status = self.count(sets);
        self.write_status(status)
    }

    /// The status with its counts and the condition `Available`.
    pub(super) fn count(&self, sets: &Sets) -> Value {
        let deployment = &self.deployment;
        let of = |set: &Object, path: &str| set.int_at(path).unwrap_or(0);
        let sum = |path: &str| sets.all().map(|set| of(set, path)).sum::<i64>();
        let available = sum("status/availableReplicas");
        let mut status = Map::new();
        status.insert("observedGeneration", deployment.generation());
        for (key, n) in [
            ("replicas", sum("status/replicas")),
            ("updatedReplicas", sets.new.as_ref().map_or(0, |set| of(set, "status/replicas"))),
            ("readyReplicas", sum("status/readyReplicas")),
            ("availableReplicas", available),
            ("unavailableReplicas", (sum("spec/replicas") - available).max(0)),
        ] {
            if n != 0 {
                status.insert(key, n);
            }
        }
        if self.ctx.api.version().terminating_replicas_are_counted() {
            status.insert("terminatingReplicas", sum("status/terminatingReplicas"));
        }
        for key in ["collisionCount", "conditions"] {
            if let Some(value) = deployment.at("status").get(key) {
                status.insert(key, value);
            }
        }
        let mut status = Value::from(status);
        let wanted = deployment.int_at("spec/replicas").unwrap_or(0);
        let (value, reason, message) = match available >= wanted - max_unavailable(deployment) {
            true => ("True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
            false => {
                ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
            }
        };
        set_condition(&mut status, "Available", value, reason, message, self.ctx.now());
        status
    }
}
