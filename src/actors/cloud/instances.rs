//! EC2: an instance starts, becomes a node, ends.

use super::{interruption, lifecycle};
use crate::actors::node::{start_kubelet, stop_kubelet};
use crate::actors::{Actor, Ctx, latency};
use crate::api::ApiError;
use crate::aws::state::{self, INSTANCE, SPOT_REQUEST};
use crate::aws::{self, Lifecycle};
use crate::catalog::nodes::NodeSpec;
use crate::json;
use crate::machinery::{Duration, KubeVersion, Object, Time, Value};
use crate::store::{Change, Verb};

/// Takes instances through their states; keys are their ids.
pub struct Ec2;

impl Actor for Ec2 {
    fn name(&self) -> &'static str {
        "ec2"
    }

    fn rank(&self) -> u8 {
        70
    }

    fn watches(&self) -> &'static [&'static str] {
        &[INSTANCE.resource]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        match change.verb {
            Verb::Deleted => ctx.forget_wake(change.object.name()),
            _ => ctx.wake(change.object.name()),
        }
    }

    fn reconcile(&mut self, id: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let Some(instance) = state::find(ctx.api.store(), INSTANCE, id) else { return Ok(()) };
        match instance.str_at("spec/State/Name") {
            "pending" => start(&instance, ctx),
            "running" => run(&instance, ctx)?,
            "shutting-down" => shut_down(&instance, ctx)?,
            "terminated" => forget(&instance, ctx)?,
            // One that is stopped needs no drain.
            "stopping" | "stopped" if aws::is_terminating(&instance) => end(&instance, ctx)?,
            "stopping" => stop(&instance, ctx),
            _ => {}
        }
        Ok(())
    }
}

/// Since when an instance is in its state.
fn since(instance: &Object) -> Time {
    let launched = || Time::parse(instance.str_at("spec/LaunchTime")).unwrap_or_default();
    instance.int_at("spec/kubetick/since").map_or_else(launched, Time)
}

/// Whether a time in the present state has passed; has the instance looked at again when it has not.
fn passed(instance: &Object, time: Duration, ctx: &Ctx<'_>) -> bool {
    let due = since(instance) + time;
    if ctx.now() < due {
        ctx.wake_at(instance.name(), due);
    }
    ctx.now() >= due
}

fn start(instance: &Object, ctx: &Ctx<'_>) {
    if !passed(instance, latency::INSTANCE_START, ctx) {
        return;
    }
    aws::set_state(ctx.api.store(), instance.name(), "running", "");
    if Lifecycle::of(instance) == Lifecycle::Pending
        && let Some(instance) = state::find(ctx.api.store(), INSTANCE, instance.name())
    {
        lifecycle::arrive(&instance, ctx);
    }
}

/// A machine that runs becomes a node once its kubelet is up; one on its way out is drained and ended.
fn run(instance: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let store = ctx.api.store();
    if let Some(noticed) = interruption::noticed(instance) {
        return interruption::step(instance, noticed, ctx);
    }
    if aws::is_terminating(instance) {
        return end(instance, ctx);
    }
    lifecycle::enter(instance, ctx);
    // What stands in a warm pool is no node yet.
    if aws::is_warm(instance) {
        return Ok(());
    }
    let Some(node) = node_of(instance, ctx) else { return Ok(()) };
    let up = match instance.bool_at("spec/kubetick/warmed") {
        true => since(instance) + latency::KUBELET_START,
        false => {
            Time::parse(instance.str_at("spec/LaunchTime")).unwrap_or_default() + latency::NODE_REGISTRATION
        }
    };
    if ctx.api.find("nodes", "", &node.name()).is_some() {
        if instance.bool_at("spec/kubetick/stopped") {
            start_kubelet(ctx.api, &node.name());
            state::modify(store, INSTANCE, instance.name(), |spec| {
                spec.remove("kubetick/stopped");
            });
        }
        return Ok(());
    }
    if ctx.now() < up {
        ctx.wake_at(instance.name(), up);
        return Ok(());
    }
    // A node registers once: one that somebody deletes stays away until its kubelet restarts.
    if !instance.bool_at("spec/kubetick/registered") {
        state::modify(store, INSTANCE, instance.name(), |spec| spec.set("kubetick/registered", true));
        // The image it was launched from has the kubelet of its group's version.
        let kubelet = KubeVersion::parse(instance.str_at("spec/kubetick/kubelet"));
        ctx.api.create(node.object(kubelet.unwrap_or(ctx.api.version()), ctx.now()))?;
    }
    Ok(())
}

/// Ends an instance that leaves its group once nothing holds it.
fn end(instance: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    if lifecycle::leave(instance, ctx)? && !lifecycle::goes_back(instance, ctx) {
        aws::set_state(ctx.api.store(), instance.name(), "shutting-down", "User initiated");
    }
    Ok(())
}

/// The node an instance is or becomes; `None` for a machine of no cluster.
pub(super) fn node_of(instance: &Object, ctx: &Ctx<'_>) -> Option<NodeSpec> {
    let kept = instance.at("spec/kubetick/node");
    (!kept.is_null()).then(|| NodeSpec::from_value(kept, ctx.api.store().meta().seed))
}

fn shut_down(instance: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    if let Some(node) = node_of(instance, ctx)
        && ctx.api.find("nodes", "", &node.name()).is_some()
    {
        stop_kubelet(ctx.api, &node.name(), true);
    }
    let free = lifecycle::leave(instance, ctx)?;
    if !passed(instance, latency::INSTANCE_END, ctx) {
        return Ok(());
    }
    aws::set_state(ctx.api.store(), instance.name(), "terminated", "");
    let (code, message) = match interruption::noticed(instance) {
        Some(_) => interruption::TERMINATED,
        None => {
            ("instance-terminated-by-user", "Spot Instance terminated due to user-initiated termination.")
        }
    };
    tell_spot_request(instance, "closed", code, message, ctx);
    if free {
        part(instance, ctx);
    }
    Ok(())
}

/// A group has an instance no more.
fn part(instance: &Object, ctx: &Ctx<'_>) {
    let store = ctx.api.store();
    let activity = instance.str_at("spec/kubetick/activity");
    if !activity.is_empty() {
        aws::end(store, activity, "Successful");
    }
    state::modify(store, INSTANCE, instance.name(), |spec| spec.set("kubetick/lifecycle", "Terminated"));
}

/// Writes the state of a spot instance's request; other instances have none.
pub(super) fn tell_spot_request(instance: &Object, to: &str, code: &str, message: &str, ctx: &Ctx<'_>) {
    let now = state::timestamp(ctx.now());
    state::modify(ctx.api.store(), SPOT_REQUEST, instance.str_at("spec/SpotInstanceRequestId"), |spec| {
        spec.set("State", to);
        spec.set("Status", json!({"Code": code, "Message": message, "UpdateTime": now}));
    });
}

/// A terminated instance is listed for an hour, and in its group as long as a hook holds it there.
fn forget(instance: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    if Lifecycle::of(instance) != Lifecycle::Terminated && lifecycle::leave(instance, ctx)? {
        part(instance, ctx);
    } else if passed(instance, latency::INSTANCE_LISTED, ctx)
        && Lifecycle::of(instance) == Lifecycle::Terminated
    {
        state::remove(ctx.api.store(), INSTANCE, instance.name());
    }
    Ok(())
}

fn stop(instance: &Object, ctx: &Ctx<'_>) {
    if let Some(node) = node_of(instance, ctx).filter(|_| !aws::is_warm(instance)) {
        stop_kubelet(ctx.api, &node.name(), false);
    }
    if passed(instance, latency::INSTANCE_STOP, ctx) {
        let store = ctx.api.store();
        aws::set_state(store, instance.name(), "stopped", "");
        state::modify(store, INSTANCE, instance.name(), |spec| {
            spec.set("kubetick/stopped", Value::from(true));
        });
        if aws::is_warm(instance) {
            lifecycle::rests(instance, ctx);
        }
    }
}
