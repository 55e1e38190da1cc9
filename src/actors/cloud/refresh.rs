//! Instance refreshes: the instances a group had when one began are ended, some at a time, and replaced.

use super::groups::Scaling;
use super::instances::node_of;
use crate::aws::state::{self, INSTANCE_REFRESH, NODE_GROUP};
use crate::aws::{self, Lifecycle, cause_at};
use crate::machinery::{Duration, Object, Value};

/// How often a refresh looks whether the next instances may go.
const LOOK: Duration = Duration::from_secs(5);

/// Takes a running refresh a step further; answers how many instances it ended.
pub(super) fn step(scaling: &Scaling<'_>) -> i64 {
    let (store, now) = (scaling.ctx.api.store(), scaling.ctx.now());
    let Some(refresh) = aws::running_refresh(store, scaling.name) else { return 0 };
    if !scaling.may("InstanceRefresh") {
        return 0;
    }
    let id = refresh.name();
    if refresh.str_at("spec/Status") == "Pending" {
        state::modify(store, INSTANCE_REFRESH, id, |spec| {
            spec.set("Status", "InProgress");
            spec.set("StartTime", state::timestamp_milli(now));
        });
    }
    let begun = refresh.str_at("spec/kubetick/begun");
    let members = aws::in_group(store, scaling.name);
    // Instances that were launched before keep their place until their turn comes.
    let is_old = |i: &&Object| i.str_at("spec/LaunchTime") <= begun && Lifecycle::of(i) != Lifecycle::Standby;
    let old: Vec<&Object> = members.iter().filter(is_old).collect();
    let waiting: Vec<&Object> = old.iter().copied().filter(|i| !aws::is_terminating(i)).collect();
    let size = scaling.group.int_at("spec/DesiredCapacity").unwrap_or(0);
    state::modify(store, INSTANCE_REFRESH, id, |spec| {
        let left = old.len() as i64;
        spec.set("InstancesToUpdate", left);
        spec.set(
            "PercentageComplete",
            if size > 0 { (100 * (size - left).max(0) / size).min(100) } else { 100 },
        );
    });
    let settled = members.iter().all(|i| is_old(&i) || is_up(i, scaling)) && members.len() as i64 >= size;
    if old.is_empty() && settled {
        finish(scaling, id);
        return 0;
    }
    scaling.ctx.wake_in(scaling.name, LOOK);
    let going = old.len() - waiting.len();
    if !settled || going > 0 {
        return 0;
    }
    let batch = batch(&refresh, size).min(waiting.len() as i64);
    for instance in waiting.iter().take(batch as usize) {
        let clause = "an instance was taken out of service in response to an instance refresh";
        aws::take_out(store, instance, cause_at(now, clause));
    }
    batch
}

/// Whether an instance serves: in service, and ready if it is a node.
fn is_up(instance: &Object, scaling: &Scaling<'_>) -> bool {
    let ready = |name: String| {
        scaling.ctx.api.find("nodes", "", &name).is_some_and(|node| node.condition_true("Ready"))
    };
    Lifecycle::of(instance) == Lifecycle::InService
        && node_of(instance, scaling.ctx).is_none_or(|node| ready(node.name()))
}

/// How many may go at a time: what the least healthy share leaves, and one in any case.
fn batch(refresh: &Object, size: i64) -> i64 {
    if let Some(batch) = refresh.int_at("spec/kubetick/batch") {
        return batch.max(1);
    }
    let healthy = refresh.int_at("spec/Preferences/MinHealthyPercentage").unwrap_or(90);
    (size - (size * healthy + 99) / 100).max(1)
}

fn finish(scaling: &Scaling<'_>, id: &str) {
    let (store, now) = (scaling.ctx.api.store(), state::timestamp_milli(scaling.ctx.now()));
    state::modify(store, INSTANCE_REFRESH, id, |spec| {
        spec.set("Status", "Successful");
        spec.set("PercentageComplete", 100);
        spec.set("InstancesToUpdate", 0);
        spec.set("EndTime", now);
    });
    // An update of a node group is over with the refresh it began.
    for group in state::list(store, NODE_GROUP) {
        if group.str_at("spec/kubetick/refresh") == id && group.str_at("spec/status") == "UPDATING" {
            state::modify(store, NODE_GROUP, group.name(), |spec| {
                spec.set("status", "ACTIVE");
                spec.set("kubetick/refresh", Value::Null);
                let becomes = spec.at("kubetick/becomes").clone();
                for (member, value) in becomes.map().iter() {
                    spec.set(member, value);
                }
                spec.remove("kubetick/becomes");
            });
        }
    }
}
