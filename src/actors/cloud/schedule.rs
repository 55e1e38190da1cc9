//! Scheduled actions of groups: sizes that are taken on when their time has come.

use crate::actors::Ctx;
use crate::aws;
use crate::aws::state::{self, GROUP};
use crate::machinery::{Object, Time, Value};

/// Carries out what is due, and has the group looked at when the next is. Answers whether sizes changed.
pub(super) fn carry_out(group: &Object, ctx: &Ctx<'_>) -> bool {
    let now = ctx.now();
    let mut actions = group.items_at("spec/kubetick/scheduled").to_vec();
    let due = |action: &Value| Time::parse(action.str_at("next"));
    let mut changed = false;
    for action in actions.iter_mut().filter(|a| due(a).is_some_and(|at| at <= now)) {
        resize(group.name(), action, ctx);
        match aws::next_run(action, now) {
            Some(next) => action.set("next", next.rfc3339()),
            None => drop(action.remove("next")),
        }
        changed = true;
    }
    if changed {
        // One that is over and does not come again is gone.
        actions.retain(|a| a.get("next").is_some());
        state::modify(ctx.api.store(), GROUP, group.name(), |spec| spec.set("kubetick/scheduled", actions));
        return true;
    }
    if let Some(next) = actions.iter().filter_map(due).min() {
        ctx.wake_at(group.name(), next);
    }
    false
}

/// The sizes an action names; a desired capacity it leaves open gives way to its bounds.
fn resize(name: &str, action: &Value, ctx: &Ctx<'_>) {
    let store = ctx.api.store();
    let Some(group) = state::find(store, GROUP, name) else { return };
    let size = |member: &str| action.int_at(member).or(group.int_at(&format!("spec/{member}"))).unwrap_or(0);
    let before = group.int_at("spec/DesiredCapacity").unwrap_or(0);
    let (min, max) = (size("MinSize"), size("MaxSize").max(size("MinSize")));
    let desired = size("DesiredCapacity").clamp(min, max);
    state::modify(store, GROUP, name, |spec| {
        spec.set("MinSize", min);
        spec.set("MaxSize", max);
    });
    if desired != before {
        let key = action.str_at("ScheduledActionName");
        let cause = format!(
            "a scheduled action {key} updated AutoScalingGroup constraints to min: {min}, max: {max}, desired: {desired} changing the desired capacity from {before} to {desired}"
        );
        aws::set_size(store, name, desired, &cause);
    }
}
