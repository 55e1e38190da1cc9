//! Auto Scaling: each group is kept at its desired capacity, and unhealthy instances are replaced.

use super::{rebalance, refresh, schedule, warm_pools};
use crate::actors::{Actor, Ctx, latency};
use crate::api::{ApiError, Server, fault};
use crate::aws::state::{self, GROUP, INSTANCE};
use crate::aws::{self, Activity, Lifecycle, WarmPool, cause_at, provision};
use crate::machinery::{Object, Time};
use crate::store::{Change, Verb};
use std::collections::BTreeMap;

const NAME: &str = "autoscaling";
const RANK: u8 = 71;

/// Keeps groups at their size; keys are their names.
pub struct AutoScaling;

/// Has all groups looked at: where they may launch has changed.
pub fn look_at_groups(api: &Server) {
    for group in state::list(api.store(), GROUP) {
        api.store().wake(NAME, RANK, group.name(), api.now() + latency::CAPACITY_DECISION);
    }
}

impl Actor for AutoScaling {
    fn name(&self) -> &'static str {
        NAME
    }

    fn rank(&self) -> u8 {
        RANK
    }

    fn watches(&self) -> &'static [&'static str] {
        &[GROUP.resource, INSTANCE.resource]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        if object.kind() == GROUP.name {
            match change.verb {
                Verb::Deleted => ctx.forget_wake(object.name()),
                _ => ctx.wake_in(object.name(), latency::CAPACITY_DECISION),
            }
            return;
        }
        let group = object.str_at("spec/kubetick/group");
        if !group.is_empty() {
            ctx.wake_in(group, latency::REPLACEMENT);
        }
    }

    fn reconcile(&mut self, name: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let Some(group) = state::find(ctx.api.store(), GROUP, name) else { return Ok(()) };
        let scaling = Scaling { group: &group, name, ctx };
        if scaling.may("ScheduledActions") && schedule::carry_out(&group, ctx) {
            // The change of sizes has it looked at again.
            return Ok(());
        }
        let ended = scaling.end_unhealthy() + refresh::step(&scaling);
        let members = aws::in_group(ctx.api.store(), name);
        let counts = |i: &&Object| !aws::is_terminating(i) && Lifecycle::of(i) != Lifecycle::Standby;
        let capacity: Vec<&Object> = members.iter().filter(counts).collect();
        let desired = group.int_at("spec/DesiredCapacity").unwrap_or(0);
        let missing = desired - capacity.len() as i64;
        let surplus = -missing - rebalance::surplus(&scaling, &capacity);
        if missing > 0 && scaling.may("Launch") {
            scaling.launch(missing, capacity.len() as i64, ended > 0);
        } else if surplus > 0 && scaling.may("Terminate") {
            scaling.shrink(&capacity, surplus);
        } else if missing == 0 {
            rebalance::step(&scaling, &capacity);
        }
        warm_pools::keep(&scaling);
        let pool = aws::in_pool(ctx.api.store(), name);
        if members.is_empty() && pool.is_empty() && group.str_at("spec/Status") == "Delete in progress" {
            state::remove(ctx.api.store(), GROUP, name);
        }
        Ok(())
    }
}

/// One look at a group.
pub(super) struct Scaling<'a> {
    /// The group.
    pub group: &'a Object,
    /// Its name.
    pub name: &'a str,
    /// The world it is looked at in.
    pub ctx: &'a Ctx<'a>,
}

impl Scaling<'_> {
    /// Whether a process of the group is not suspended.
    pub(super) fn may(&self, process: &str) -> bool {
        !self.group.items_at("spec/SuspendedProcesses").iter().any(|p| p.str_at("ProcessName") == process)
    }

    /// Ends the instances whose health check fails; answers how many.
    fn end_unhealthy(&self) -> i64 {
        if !self.may("HealthCheck") || !self.may("ReplaceUnhealthy") {
            return 0;
        }
        let mut ended = 0;
        for instance in aws::in_group(self.ctx.api.store(), self.name) {
            let Some(reason) = self.complaint(&instance) else { continue };
            let id = instance.name();
            let clause = format!("an instance was taken out of service in response to {reason}");
            aws::take_out(self.ctx.api.store(), &instance, cause_at(self.ctx.now(), &clause));
            state::modify(self.ctx.api.store(), INSTANCE, id, |spec| {
                spec.set("kubetick/unhealthy", true);
            });
            ended += 1;
        }
        ended
    }

    /// What is wrong with an instance in service.
    fn complaint(&self, instance: &Object) -> Option<String> {
        if Lifecycle::of(instance) != Lifecycle::InService {
            return None;
        }
        if !matches!(instance.str_at("spec/State/Name"), "running" | "pending") {
            return Some("an EC2 health check indicating it has been terminated or stopped".into());
        }
        if instance.bool_at("spec/kubetick/unhealthy") {
            return Some(instance.str_at("spec/kubetick/reason").to_string());
        }
        let impaired = Time(instance.int_at("spec/kubetick/impaired")?);
        let due = impaired + latency::STATUS_CHECK;
        if self.ctx.now() < due {
            self.ctx.wake_at(self.name, due);
            return None;
        }
        Some("an EC2 instance status checks failure".into())
    }

    /// The sentence about the last change of the desired capacity, if that is why something happens now.
    fn change(&self, capacity_moved: bool) -> Option<String> {
        let at = Time::parse(self.group.str_at("spec/kubetick/changed"))?;
        capacity_moved.then(|| cause_at(at, self.group.str_at("spec/kubetick/cause")))
    }

    fn launch(&self, count: i64, capacity: i64, replaces: bool) {
        let store = self.ctx.api.store();
        let now = self.ctx.now();
        let desired = capacity + count;
        let refreshed = aws::running_refresh(store, self.name).is_some();
        let cause = if refreshed {
            cause_at(now, "an instance was launched in response to an instance refresh")
        } else if replaces {
            cause_at(
                now,
                "an instance was launched in response to an unhealthy instance needing to be replaced",
            )
        } else {
            let clause = format!(
                "an instance was started in response to a difference between desired and actual capacity, increasing the capacity from {capacity} to {desired}"
            );
            [self.change(true), Some(cause_at(now, &clause))]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("  ")
        };
        for _ in warm_pools::take(self, count, &cause)..count {
            let Some((id, zone)) = self.launch_one() else {
                // A group whose template is gone stays as it is.
                let zones = provision::zones_of(store, self.group);
                if zones.iter().all(|zone| fault::has_no_room(store, zone)) {
                    self.tell_of_no_room(cause);
                    self.ctx.wake_in(self.name, latency::LAUNCH_RETRY);
                }
                return;
            };
            self.tell_of_launch(&id, &zone, &cause);
        }
    }

    /// Writes down that an instance is being launched, and why.
    pub(super) fn tell_of_launch(&self, id: &str, zone: &str, cause: &str) {
        let store = self.ctx.api.store();
        let activity = aws::begin(
            store,
            &Activity {
                group: self.name,
                description: format!("Launching a new EC2 instance: {id}"),
                cause: cause.to_string(),
                status: "PreInService",
                zone,
            },
        );
        state::modify(store, INSTANCE, id, |spec| spec.set("kubetick/activity", activity));
    }

    /// Launches an instance where there is room; answers its id and zone.
    pub(super) fn launch_one(&self) -> Option<(String, String)> {
        let store = self.ctx.api.store();
        let node = provision::launch(store, self.name, "pending").map(|node| (node.instance_id, node.zone));
        node.or_else(|| aws::launch_for(store, self.group))
    }

    /// No zone of the group has room for another instance.
    fn tell_of_no_room(&self, cause: String) {
        let kind = aws::type_of_launches(self.ctx.api.store(), self.group).unwrap_or_default();
        let zones = provision::zones_of(self.ctx.api.store(), self.group);
        let zone = zones.first().map_or("", String::as_str);
        let why = format!(
            "We currently do not have sufficient {kind} capacity in the Availability Zone you requested ({zone}). Our system will be working on provisioning additional capacity. Launching EC2 instance failed."
        );
        let activity = Activity {
            group: self.name,
            description: format!("Launching a new EC2 instance.  Status Reason: {why}"),
            cause,
            status: "Failed",
            zone,
        };
        aws::fail(self.ctx.api.store(), &activity, &why);
    }

    /// Ends instances that are too many: from zones that the group has left, then from the one with most of them, the oldest
    /// first; protected ones stay.
    fn shrink(&self, capacity: &[&Object], count: i64) {
        let now = self.ctx.now();
        let mut left: Vec<&Object> = capacity.to_vec();
        let own = provision::zones_of(self.ctx.api.store(), self.group);
        let mut victims = Vec::new();
        for _ in 0..count {
            let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
            for instance in &left {
                *zones.entry(instance.str_at("spec/Placement/AvailabilityZone")).or_default() += 1;
            }
            let candidates = left.iter().filter(|i| !i.bool_at("spec/kubetick/protected"));
            let victim = candidates.min_by_key(|i| {
                let zone = i.str_at("spec/Placement/AvailabilityZone");
                let crowd = match own.iter().any(|own| own == zone) {
                    true => zones.get(zone).copied().unwrap_or(0),
                    false => usize::MAX,
                };
                (usize::MAX - crowd, i.str_at("spec/LaunchTime").to_string(), i.name().to_string())
            });
            let Some(victim) = victim.copied() else { break };
            left.retain(|i| i.name() != victim.name());
            victims.push(victim);
        }
        if victims.is_empty() {
            return;
        }
        let (from, to) = (capacity.len(), capacity.len() - victims.len());
        let clause = format!(
            "an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from {from} to {to}"
        );
        let balanced = rebalance::finish(self).map(|clause| cause_at(now, &clause));
        let mut sentences: Vec<String> = balanced.or_else(|| self.change(true)).into_iter().collect();
        sentences.push(cause_at(now, &clause));
        for victim in &victims {
            sentences
                .push(cause_at(now, &format!("instance {} was selected for termination", victim.name())));
        }
        let cause = sentences.join("  ");
        let reuses = WarmPool::of(self.group).is_some_and(|pool| pool.reuses);
        for victim in victims {
            aws::take_out(self.ctx.api.store(), victim, cause.clone());
            if reuses {
                state::modify(self.ctx.api.store(), INSTANCE, victim.name(), |spec| {
                    spec.set("kubetick/returns", true);
                });
            }
        }
    }
}
