//! How an instance comes into its group and goes out of it: past the group's lifecycle hooks.

use super::drain;
use crate::actors::{Ctx, latency};
use crate::api::ApiError;
use crate::aws::state::{self, INSTANCE};
use crate::aws::{self, Lifecycle, Outcome, Transition, cause_at};
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
        spec.set("kubetick/lifecycle", lifecycle);
    });
}

/// An instance is in service: its launch is over.
fn serve(instance: &Object, ctx: &Ctx<'_>) {
    let store = ctx.api.store();
    let activity = instance.str_at("spec/kubetick/activity");
    if !activity.is_empty() {
        aws::end(store, activity, "Successful");
    }
    state::modify(store, INSTANCE, instance.name(), |spec| {
        spec.set("kubetick/lifecycle", "InService");
        for done in ["activity", "actions", "proceeded"] {
            spec.at_mut("kubetick").remove(done);
        }
    });
}

/// Takes an instance that comes into its group a step further.
pub(super) fn enter(instance: &Object, ctx: &Ctx<'_>) {
    match Lifecycle::of(instance) {
        Lifecycle::PendingWait => match aws::outcome(ctx.api.store(), instance) {
            Outcome::Waiting(until) => ctx.wake_at(instance.name(), until),
            Outcome::Continue => {
                state::modify(ctx.api.store(), INSTANCE, instance.name(), |spec| {
                    spec.set("kubetick/lifecycle", "Pending:Proceed");
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
            state::modify(store, INSTANCE, instance.name(), |spec| {
                spec.set("kubetick/lifecycle", "Terminating:Wait");
                spec.set("kubetick/draining", ctx.now().0);
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
