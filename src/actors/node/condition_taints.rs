//! Node conditions become taints that keep new pods away (`NoSchedule`), at once on every change of a node.

use super::taints;
use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::json;
use crate::machinery::{Object, Value};
use crate::store::{Change, Verb};

/// Condition, status, and the taint that stands for them.
const TAINTS: &[(&str, &str, &str)] = &[
    ("Ready", "False", "node.kubernetes.io/not-ready"),
    ("Ready", "Unknown", "node.kubernetes.io/unreachable"),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
];
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// Keeps the taints in step; keys are nodes.
pub struct ConditionTaints;

impl Actor for ConditionTaints {
    fn name(&self) -> &'static str {
        "node-condition-taints"
    }

    fn rank(&self) -> u8 {
        18
    }

    fn watches(&self) -> &'static [&'static str] {
        &["nodes"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        if change.verb != Verb::Deleted && wanted(&change.object) != current(&change.object) {
            ctx.wake(change.object.name());
        }
    }

    fn reconcile(&mut self, name: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let Some(node) = ctx.api.find("nodes", "", name) else { return Ok(()) };
        let wanted = wanted(&node);
        if wanted == current(&node) {
            return Ok(());
        }
        taints::modify(ctx, name, |node| {
            let mut taints: Vec<Value> =
                node.items_at("spec/taints").iter().filter(|t| !is_ours(t)).cloned().collect();
            for key in &wanted {
                // A taint that stays keeps what it says of when it came.
                let old = node.items_at("spec/taints").iter().find(|t| is_ours(t) && t.str_at("key") == *key);
                let fresh = || {
                    let mut taint = json!({"key": (*key), "effect": "NoSchedule"});
                    if *key != UNSCHEDULABLE || !node.at("spec/unschedulable").is_null() {
                        taint.set("timeAdded", ctx.now().rfc3339());
                    }
                    taint
                };
                taints.push(old.cloned().unwrap_or_else(fresh));
            }
            taints
        })
    }
}

/// The keys of the taints a node should have.
fn wanted(node: &Object) -> Vec<&'static str> {
    let mut keys: Vec<&str> = TAINTS
        .iter()
        .filter(|(kind, status, _)| node.condition(kind).is_some_and(|c| c.str_at("status") == *status))
        .map(|(_, _, key)| *key)
        .collect();
    if node.bool_at("spec/unschedulable") {
        keys.push(UNSCHEDULABLE);
    }
    // A node that has said nothing yet keeps the taint it was admitted with.
    if node.condition("Ready").is_none()
        && node.items_at("spec/taints").iter().any(|t| is_ours(t) && t.str_at("key") == TAINTS[0].2)
    {
        keys.push(TAINTS[0].2);
    }
    keys.sort_unstable();
    keys
}

/// The keys of the taints it has.
fn current(node: &Object) -> Vec<&'static str> {
    let taints = node.items_at("spec/taints");
    let mut keys: Vec<&str> = TAINTS
        .iter()
        .map(|(_, _, key)| *key)
        .chain([UNSCHEDULABLE])
        .filter(|key| taints.iter().any(|t| t.str_at("effect") == "NoSchedule" && t.str_at("key") == *key))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Whether a taint is one this controller sets and removes.
fn is_ours(taint: &Value) -> bool {
    let key = taint.str_at("key");
    taint.str_at("effect") == "NoSchedule"
        && (key == UNSCHEDULABLE || TAINTS.iter().any(|(_, _, k)| *k == key))
}
