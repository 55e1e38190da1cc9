//! How an instance comes into its group or its warm pool and goes out of them: past the group's lifecycle hooks.

use super::drain;
use super::instances::node_of;
use crate::actors::node::stop_kubelet;
use crate::actors::{Ctx, latency};
use crate::api::ApiError;
use crate::aws::state::{self, GROUP, INSTANCE};
use crate::aws::{self, Lifecycle, Outcome, Transition, WarmPool, cause_at};
use crate::machinery::{Object, Time};

/// An instance is up: it waits for the launching hooks of its group, or serves.
pub(super) fn arrive(instance: &Object, ctx: &Ctx<'_>) {
    let store = ctx.api.store();
    if !aws::begin_actions(store, instance, Transition::Launching) {
        return serve(instance, ctx);
    }
    aws::change_status(store, instance.str_at("spec/kubetick/activity"), "MidLifecycleAction");
    move_to(instance, "Pending:Wait", ctx);
}

fn move_to(instance: &Object, lifecycle: &str, ctx: &Ctx<'_>) {
    state::modify(ctx.api.store(), INSTANCE, instance.name(), |spec| {
        spec.set("kubetick/lifecycle", aws::told_of(instance, lifecycle));
    });
}

/// An instance is where it was meant to go: in service, or in the warm pool.
fn serve(instance: &Object, ctx: &Ctx<'_>) {
    if aws::is_warm(instance) {
        rest(instance, ctx);
    } else {
        settle(instance, "InService", ctx);
    }
}

/// An instance has come to a state in which it stays; the activity is over.
fn settle(instance: &Object, lifecycle: &str, ctx: &Ctx<'_>) {
    let store = ctx.api.store();
    let activity = instance.str_at("spec/kubetick/activity");
    if !activity.is_empty() {
        aws::end(store, activity, "Successful");
    }
    state::modify(store, INSTANCE, instance.name(), |spec| {
        spec.set("kubetick/lifecycle", lifecycle);
        for done in ["activity", "actions", "proceeded", "returns"] {
            spec.at_mut("kubetick").remove(done);
        }
    });
}

/// What instances do in the warm pool of this one's group; `None` where there is none any more.
fn state_in_pool(instance: &Object, ctx: &Ctx<'_>) -> Option<String> {
    let group = state::find(ctx.api.store(), GROUP, instance.str_at("spec/kubetick/group"))?;
    WarmPool::of(&group).filter(|pool| !pool.ends).map(|pool| pool.state)
}

/// Puts an instance that is prepared, or was in service, into the warm pool: it goes on running there or stops.
fn rest(instance: &Object, ctx: &Ctx<'_>) {
    if state_in_pool(instance, ctx).as_deref() == Some("Running") {
        return settle(instance, "Warmed:Running", ctx);
    }
    let store = ctx.api.store();
    aws::set_state(store, instance.name(), "stopping", "User initiated");
    state::modify(store, INSTANCE, instance.name(), |spec| {
        spec.set("kubetick/lifecycle", "Warmed:Pending:Proceed");
    });
}

/// An instance of a warm pool has stopped.
pub(super) fn rests(instance: &Object, ctx: &Ctx<'_>) {
    let state = state_in_pool(instance, ctx).unwrap_or_else(|| "Stopped".to_string());
    settle(instance, &format!("Warmed:{state}"), ctx);
}

/// Puts an instance that left its group back into the warm pool, if it is meant to go there and there is one; answers
/// whether it did.
pub(super) fn goes_back(instance: &Object, ctx: &Ctx<'_>) -> bool {
    let runs = instance.str_at("spec/State/Name") == "running";
    if !instance.bool_at("spec/kubetick/returns") || !runs || state_in_pool(instance, ctx).is_none() {
        return false;
    }
    if let Some(node) = node_of(instance, ctx) {
        stop_kubelet(ctx.api, &node.name(), true);
    }
    state::modify(ctx.api.store(), INSTANCE, instance.name(), |spec| {
        spec.set("kubetick/stopped", true);
        for over in ["registered", "draining", "returns"] {
            spec.at_mut("kubetick").remove(over);
        }
    });
    rest(instance, ctx);
    true
}

/// Takes an instance that comes into its group a step further.
pub(super) fn enter(instance: &Object, ctx: &Ctx<'_>) {
    match Lifecycle::of(instance) {
        Lifecycle::Pending => arrive(instance, ctx),
        Lifecycle::PendingWait => match aws::outcome(ctx.api.store(), instance) {
            Outcome::Waiting(until) => ctx.wake_at(instance.name(), until),
            Outcome::Continue => {
                move_to(instance, "Pending:Proceed", ctx);
                state::modify(ctx.api.store(), INSTANCE, instance.name(), |spec| {
                    spec.set("kubetick/proceeded", ctx.now().0);
                });
            }
            Outcome::Abandoned(why) => abandon(instance, &why, ctx),
        },
        Lifecycle::PendingProceed => {
            let begun = Time(instance.int_at("spec/kubetick/proceeded").unwrap_or_default());
            match begun + latency::LIFECYCLE_PROCEED {
                due if ctx.now() < due => ctx.wake_at(instance.name(), due),
                _ => serve(instance, ctx),
            }
        }
        _ => {}
    }
}

/// A launch that its hook gave up: the instance ends, and its group launches another.
fn abandon(instance: &Object, why: &str, ctx: &Ctx<'_>) {
    let store = ctx.api.store();
    aws::cancel(store, instance.str_at("spec/kubetick/activity"), why);
    let clause = "an instance was taken out of service in response to a launch failure";
    aws::take_out(store, instance, cause_at(ctx.now(), clause));
}

/// Takes an instance that leaves its group a step further; answers whether nothing holds it any more. EKS drains the node
/// of a managed group meanwhile.
pub(super) fn leave(instance: &Object, ctx: &Ctx<'_>) -> Result<bool, ApiError> {
    let store = ctx.api.store();
    match Lifecycle::of(instance) {
        Lifecycle::Terminating if aws::begin_actions(store, instance, Transition::Terminating) => {
            move_to(instance, "Terminating:Wait", ctx);
            state::modify(store, INSTANCE, instance.name(), |spec| {
                spec.set("kubetick/draining", ctx.now().0)
            });
            Ok(false)
        }
        Lifecycle::TerminatingWait => {
            let runs = instance.str_at("spec/State/Name") == "running";
            if aws::eks_drains(store, instance) && (!runs || drain::step(instance, ctx)?) {
                aws::eks_continues(store, instance);
            }
            let Some(instance) = state::find(store, INSTANCE, instance.name()) else { return Ok(true) };
            if let Outcome::Waiting(until) = aws::outcome(store, &instance) {
                ctx.wake_at(instance.name(), until);
                return Ok(false);
            }
            move_to(&instance, "Terminating:Proceed", ctx);
            Ok(true)
        }
        _ => Ok(true),
    }
}
