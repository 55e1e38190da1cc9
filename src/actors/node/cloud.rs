//! The cloud controller's part in the life of a node (cloud-node-lifecycle-controller): of nodes that are not ready it asks
//! EC2 whether their instance is still there.

use super::lifecycle::ready_status;
use super::taints;
use crate::actors::Ctx;
use crate::api::{ApiError, EventSpec, heartbeat};
use crate::aws::provision;
use crate::json;
use crate::machinery::{Object, Value};

/// Keeps new pods off a node whose machine is switched off.
const SHUTDOWN: &str = "node.cloudprovider.kubernetes.io/shutdown";

/// Removes a node whose instance is gone; answers whether it did.
pub(super) fn has_removed(node: &Object, ctx: &Ctx<'_>) -> Result<bool, ApiError> {
    let name = node.name();
    if !heartbeat::stopped(ctx.api, name).is_some_and(|stopped| stopped.instance_is_gone) {
        return Ok(false);
    }
    let message = format!("Deleting node {name} because it does not exist in the cloud provider");
    let event = EventSpec {
        kind: "Normal",
        reason: "DeletingNode",
        message: &message,
        component: "cloud-node-lifecycle-controller",
        ..EventSpec::default()
    };
    ctx.api.record(node, &event);
    ctx.api.delete("nodes", "", name)?;
    Ok(true)
}

/// Taints a node that is not ready while its instance is stopped.
pub(super) fn taint_while_stopped(node: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let is_ours = |taint: &Value| taint.str_at("key") == SHUTDOWN;
    let tainted = node.items_at("spec/taints").iter().any(is_ours);
    let ready = ready_status(node) == "True";
    if ready && !tainted {
        return Ok(());
    }
    let stopped = || {
        let instance = provision::instance_of(ctx.api.store(), node);
        instance.is_some_and(|i| i.str_at("spec/State/Name") == "stopped")
    };
    let wanted = !ready && stopped();
    if wanted == tainted {
        return Ok(());
    }
    taints::modify(ctx, node.name(), |node| {
        let mut taints = node.items_at("spec/taints").to_vec();
        taints.retain(|t| !is_ours(t));
        if wanted {
            taints.push(json!({"key": SHUTDOWN, "effect": "NoSchedule"}));
        }
        taints
    })
}
