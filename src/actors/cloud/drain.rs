//! EKS drains a node of a managed group before its instance ends: it cordons it and evicts its pods, as far as their
//! disruption budgets let it, for at most a quarter of an hour.

use super::instances::node_of;
use crate::actors::{Ctx, latency};
use crate::api::{ApiError, DeleteOptions};
use crate::aws::provision::node_group_of;
use crate::machinery::{Object, Time};
use crate::store::Store;

/// Whether EKS drains this instance: it belongs to a managed group.
pub(super) fn is_wanted(store: &Store, instance: &Object) -> bool {
    node_group_of(store, instance.str_at("spec/kubetick/group")).is_some_and(|group| group.managed)
}

/// Goes on draining; answers whether the instance may end.
pub(super) fn step(instance: &Object, ctx: &Ctx<'_>) -> Result<bool, ApiError> {
    let Some(node) = node_of(instance, ctx).map(|n| n.name()) else { return Ok(true) };
    let Some(object) = ctx.api.find("nodes", "", &node) else { return Ok(true) };
    if !object.bool_at("spec/unschedulable") {
        ctx.api.modify("nodes", "", &node, |n| n.set("spec/unschedulable", true))?;
    }
    let begun = Time(instance.int_at("spec/kubetick/draining").unwrap_or_default());
    let pods: Vec<Object> = ctx.api.pods_on_node(&node).into_iter().filter(may_go).collect();
    if pods.is_empty() || ctx.now() >= begun + latency::DRAIN_TIMEOUT {
        return Ok(true);
    }
    for pod in pods.iter().filter(|p| !p.is_deleting()) {
        // A budget that refuses is asked again.
        let _ = ctx.api.evict(pod.namespace(), pod.name(), &DeleteOptions::default());
    }
    ctx.wake_in(instance.name(), latency::DRAIN_PERIOD);
    Ok(false)
}

/// Pods of DaemonSets and static pods end with their node; finished ones do not matter.
fn may_go(pod: &Object) -> bool {
    let of_daemon_set = pod.controller().is_some_and(|owner| owner.kind == "DaemonSet");
    let over = matches!(pod.str_at("status/phase"), "Succeeded" | "Failed");
    !of_daemon_set && !over && pod.annotation("kubernetes.io/config.mirror").is_none()
}
