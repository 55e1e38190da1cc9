//! A node's way from its registration to ready.

use crate::actors::{Ctx, latency};
use crate::api::{ApiError, EventSpec, Reason, fault, heartbeat};
use crate::catalog::nodes;
use crate::json;
use crate::machinery::Object;
use crate::store::{Change, Verb};

/// A node that registers itself gets ready once its network plugin runs.
pub(super) fn react(change: &Change, ctx: &Ctx<'_>) {
    let node = &change.object;
    match change.verb {
        Verb::Added if is_instance(node) && !node.condition_true("Ready") => {
            ctx.wake_in(&format!("ready {}", node.name()), latency::NODE_READY);
            tell(node, "Starting", "Starting kubelet.", ctx);
            warn(node, "InvalidDiskCapacity", "invalid capacity 0 on image filesystem", ctx);
            for what in ["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID"] {
                tell(node, what, &format!("Node {} status is now: {what}", node.name()), ctx);
            }
            lease(node, ctx);
            tell(node, "NodeAllocatableEnforced", "Updated Node Allocatable limit across pods", ctx);
        }
        Verb::Deleted => ctx.api.store().remember("node-images", node.name(), json!(null)),
        _ => {}
    }
}

/// The Lease by which the node shows that it lives.
fn lease(node: &Object, ctx: &Ctx<'_>) {
    let mut lease = Object::new("coordination.k8s.io/v1", "Lease", "kube-node-lease", node.name());
    lease.set(
        "metadata/ownerReferences",
        json!([
            {"apiVersion": "v1", "kind": "Node", "name": (node.name()), "uid": (node.uid())}
        ]),
    );
    lease.set("spec", json!({
        "holderIdentity": (node.name()), "leaseDurationSeconds": 40, "renewTime": (ctx.now().rfc3339_micro()),
    }));
    // A cluster without the namespace has no leases either.
    let _ = ctx.api.create(lease);
}

/// Says whether the node is ready: the network is there, unless a fault has it away.
pub(super) fn ready(name: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let Some(node) = ctx.api.find("nodes", "", name) else { return Ok(()) };
    let is_ready = !fault::has(ctx.api, name, fault::Kind::NotReady);
    let status = if is_ready { "True" } else { "False" };
    let told = node.condition("Ready").is_some_and(|c| c.str_at("status") == status);
    if heartbeat::stopped(ctx.api, name).is_some() || told || node.is_deleting() {
        return Ok(());
    }
    let now = ctx.now();
    let written = ctx.api.modify_status("nodes", "", name, |node| {
        let mut fresh = nodes::conditions(is_ready, now);
        for condition in &mut fresh {
            // What did not change keeps the instant it changed last.
            if let Some(old) = node.condition(condition.str_at("type"))
                && old.str_at("status") == condition.str_at("status")
            {
                condition.set("lastTransitionTime", old.at("lastTransitionTime"));
            }
        }
        node.set("status/conditions", fresh);
    });
    match written {
        Ok(node) => {
            let what = if is_ready { "NodeReady" } else { "NodeNotReady" };
            tell(&node, what, &format!("Node {name} status is now: {what}"), ctx);
        }
        Err(e) if e.reason == Reason::NotFound => {}
        Err(e) => return Err(e),
    }
    Ok(())
}

/// Nodes that stand for EC2 instances bring themselves up; others are as someone made them.
fn is_instance(node: &Object) -> bool {
    node.str_at("spec/providerID").starts_with("aws:///")
}

fn tell(node: &Object, reason: &str, message: &str, ctx: &Ctx<'_>) {
    record(node, "Normal", reason, message, ctx);
}

fn warn(node: &Object, reason: &str, message: &str, ctx: &Ctx<'_>) {
    record(node, "Warning", reason, message, ctx);
}

fn record(node: &Object, kind: &str, reason: &str, message: &str, ctx: &Ctx<'_>) {
    let event =
        EventSpec { kind, reason, message, component: "kubelet", host: node.name(), ..EventSpec::default() };
    ctx.api.record(node, &event);
}
