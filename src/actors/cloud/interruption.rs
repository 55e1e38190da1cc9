//! EC2 takes a spot instance back: two minutes after its notice it ends. EKS drains the node of a managed group meanwhile.

use super::drain;
use super::instances::tell_spot_request;
use crate::actors::{Ctx, latency};
use crate::api::ApiError;
use crate::aws;
use crate::aws::state::{self, INSTANCE};
use crate::json;
use crate::machinery::{Object, Time};

/// Code and message of a request whose instance was taken back.
pub(super) const TERMINATED: (&str, &str) = (
    "instance-terminated-no-capacity",
    "Your Spot instance was terminated because there is no Spot capacity available that matches your request.",
);
const MARKED: (&str, &str) = ("marked-for-termination", "Your Spot instance is marked for termination.");
const REASON: &str = "Server.SpotInstanceTermination";

/// When an instance was told that it will be taken back.
pub(super) fn noticed(instance: &Object) -> Option<Time> {
    instance.int_at("spec/kubetick/interrupted").map(Time)
}

/// Goes on: drains, and ends the instance when its time is up.
pub(super) fn step(instance: &Object, noticed: Time, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let store = ctx.api.store();
    if ctx.now() >= noticed + latency::SPOT_NOTICE {
        aws::set_state(store, instance.name(), "shutting-down", REASON);
        state::modify(store, INSTANCE, instance.name(), |spec| {
            let message = format!("{REASON}: Spot instance termination");
            spec.set("StateReason", json!({"Code": REASON, "Message": message}));
        });
        return Ok(());
    }
    ctx.wake_at(instance.name(), noticed + latency::SPOT_NOTICE);
    if instance.int_at("spec/kubetick/draining").is_none() {
        tell_spot_request(instance, "active", MARKED.0, MARKED.1, ctx);
        state::modify(store, INSTANCE, instance.name(), |spec| spec.set("kubetick/draining", ctx.now().0));
        return Ok(());
    }
    if drain::is_wanted(store, instance) {
        drain::step(instance, ctx)?;
    }
    Ok(())
}
