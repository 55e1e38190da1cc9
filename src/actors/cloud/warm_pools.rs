//! Warm pools: a group takes instances from its pool before it launches new ones, and keeps the pool at its size.

use super::groups::Scaling;
use crate::aws::state::{self, GROUP, INSTANCE};
use crate::aws::{self, Activity, Lifecycle, WarmPool, cause_at};
use crate::machinery::Object;

/// Takes as many instances as are ready, and at most so many; answers how many.
pub(super) fn take(scaling: &Scaling<'_>, most: i64, cause: &str) -> i64 {
    let store = scaling.ctx.api.store();
    let mut ready = aws::in_pool(store, scaling.name);
    ready.retain(|i| Lifecycle::of(i) == Lifecycle::Warmed);
    ready.sort_by_key(|i| (i.str_at("spec/LaunchTime").to_string(), i.name().to_string()));
    ready.truncate(most.max(0) as usize);
    for instance in &ready {
        let id = instance.name();
        let activity =
            begin(scaling, instance, &format!("Launching a new EC2 instance from warm pool: {id}"), cause);
        state::modify(store, INSTANCE, id, |spec| {
            spec.set("kubetick/lifecycle", "Pending");
            spec.set("kubetick/activity", activity);
            spec.set("kubetick/warmed", true);
            spec.set("LaunchTime", state::timestamp(store.now()));
        });
        if instance.str_at("spec/State/Name") == "stopped" {
            aws::set_state(store, id, "pending", "");
        }
    }
    ready.len() as i64
}

fn begin(scaling: &Scaling<'_>, instance: &Object, description: &str, cause: &str) -> String {
    let activity = Activity {
        group: scaling.name,
        description: description.to_string(),
        cause: cause.to_string(),
        status: "PreInService",
        zone: instance.str_at("spec/Placement/AvailabilityZone"),
    };
    aws::begin(scaling.ctx.api.store(), &activity)
}

/// Keeps the pool of a group at its size.
pub(super) fn keep(scaling: &Scaling<'_>) {
    let Some(pool) = WarmPool::of(scaling.group) else { return };
    let store = scaling.ctx.api.store();
    let all = aws::in_pool(store, scaling.name);
    let returning = |i: &Object| i.bool_at("spec/kubetick/returns");
    let coming = aws::in_group(store, scaling.name).iter().filter(|i| returning(i)).count();
    let staying: Vec<&Object> = all.iter().filter(|i| !aws::is_terminating(i)).collect();
    let count = (staying.len() + coming) as i64;
    if count < pool.size && scaling.may("Launch") {
        for size in count..pool.size {
            if !launch(scaling, size) {
                break;
            }
        }
    } else if count > pool.size && scaling.may("Terminate") {
        let clause = format!(
            "an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from {count} to {}",
            pool.size
        );
        for instance in staying.into_iter().take((count - pool.size) as usize) {
            aws::take_out(store, instance, cause_at(scaling.ctx.now(), &clause));
        }
    }
    if pool.ends && all.is_empty() {
        state::modify(store, GROUP, scaling.name, |spec| drop(spec.at_mut("kubetick").remove("warmPool")));
    }
}

/// Launches an instance into the pool, which has so many; answers whether there was room for it.
fn launch(scaling: &Scaling<'_>, size: i64) -> bool {
    let store = scaling.ctx.api.store();
    let Some((id, _)) = scaling.launch_one() else { return false };
    let Some(instance) = state::find(store, INSTANCE, &id) else { return false };
    let clause = format!(
        "an instance was started in response to a difference between desired and actual capacity, increasing the capacity from {size} to {}",
        size + 1
    );
    let cause = cause_at(scaling.ctx.now(), &clause);
    let activity =
        begin(scaling, &instance, &format!("Launching a new EC2 instance into warm pool: {id}"), &cause);
    state::modify(store, INSTANCE, &id, |spec| {
        spec.set("kubetick/lifecycle", "Warmed:Pending");
        spec.set("kubetick/activity", activity);
    });
    true
}
