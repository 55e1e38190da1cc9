//! The process AZRebalance: a group whose zones have become uneven launches instances where it has few, and then ends as
//! many where it has too many. Between the two it is larger than it wants to be, and for that may pass its largest size.

use super::groups::Scaling;
use crate::actors::latency;
use crate::api::fault;
use crate::aws::{self, Lifecycle, cause_at, provision};
use crate::json;
use crate::machinery::{Object, Time, Value};
use std::collections::BTreeMap;

/// How many instances each zone has.
struct Spread {
    /// By zone: those of the group that have room, and those it has left or cannot launch in and still has instances in.
    counts: BTreeMap<String, i64>,
    /// Where it may launch.
    open: Vec<String>,
    /// Zones that are the group's no more, with instances in them.
    left: Vec<String>,
}

impl Spread {
    fn of(scaling: &Scaling<'_>, capacity: &[&Object]) -> Spread {
        let store = scaling.ctx.api.store();
        let zones = provision::zones_of(store, scaling.group);
        let open: Vec<String> = zones.iter().filter(|z| !fault::has_no_room(store, z)).cloned().collect();
        let mut counts: BTreeMap<String, i64> = open.iter().map(|zone| (zone.clone(), 0)).collect();
        for instance in capacity {
            *counts.entry(instance.str_at("spec/Placement/AvailabilityZone").to_string()).or_default() += 1;
        }
        let left = counts.keys().filter(|zone| !zones.contains(zone)).cloned().collect();
        Spread { counts, open, left }
    }

    fn count(&self, zone: &String) -> i64 {
        self.counts.get(zone).copied().unwrap_or(0)
    }

    /// How many instances have to move until no zone has two more than another.
    fn moves(&self) -> i64 {
        let mut counts: Vec<i64> = self.open.iter().map(|zone| self.count(zone)).collect();
        let mut moves = 0;
        for _ in 0..self.left.iter().map(|zone| self.count(zone)).sum::<i64>() {
            if let Some(least) = counts.iter_mut().min() {
                *least += 1;
                moves += 1;
            }
        }
        loop {
            let (Some(most), Some(least)) = (counts.iter().copied().max(), counts.iter().copied().min())
            else {
                return 0;
            };
            if most - least < 2 {
                return moves;
            }
            if let Some(zone) = counts.iter_mut().find(|n| **n == most) {
                *zone -= 1;
            }
            if let Some(zone) = counts.iter_mut().find(|n| **n == least) {
                *zone += 1;
            }
            moves += 1;
        }
    }

    /// `availability zones a b had 2 0 instances respectively`.
    fn told(&self) -> String {
        let zones: Vec<&str> = self.counts.keys().map(String::as_str).collect();
        let counts: Vec<String> = self.counts.values().map(ToString::to_string).collect();
        format!("availability zones {} had {} instances respectively", zones.join(" "), counts.join(" "))
    }
}

/// What is remembered of a group under way: the instances launched to balance it, and their zones.
fn launched(scaling: &Scaling<'_>) -> Vec<(String, String)> {
    let memory = scaling.ctx.memory(scaling.name);
    memory
        .map_at("launched")
        .iter()
        .map(|(id, zone)| (id.into(), zone.as_str().unwrap_or("").into()))
        .collect()
}

/// How many instances a group may have beyond what it wants: those that were launched to balance it, until all of them
/// serve.
pub(super) fn surplus(scaling: &Scaling<'_>, capacity: &[&Object]) -> i64 {
    let launched = launched(scaling);
    let members = || capacity.iter().filter(|i| launched.iter().any(|(id, _)| id == i.name()));
    let serve = members().all(|i| Lifecycle::of(i) == Lifecycle::InService);
    if serve { 0 } else { members().count() as i64 }
}

/// Why a group has too many instances now, if it is because it was balanced. It is over with that.
pub(super) fn finish(scaling: &Scaling<'_>) -> Option<String> {
    let mut zones: Vec<String> = launched(scaling).into_iter().map(|(_, zone)| zone).collect();
    if zones.is_empty() {
        return None;
    }
    zones.sort();
    zones.dedup();
    scaling.ctx.remember(scaling.name, Value::Null);
    Some(format!(
        "instances were launched to balance instances in zones {} with other zones resulting in more than desired number of instances in the group",
        zones.join(" ")
    ))
}

/// Looks whether a group at its size is uneven, and after a while does something about it.
pub(super) fn step(scaling: &Scaling<'_>, capacity: &[&Object]) {
    let ctx = scaling.ctx;
    if !launched(scaling).is_empty() {
        // Something else made the group smaller, or wants it larger by now.
        if surplus(scaling, capacity) == 0 {
            ctx.remember(scaling.name, Value::Null);
        }
        return;
    }
    let spread = Spread::of(scaling, capacity);
    let steady = capacity.iter().all(|i| Lifecycle::of(i) == Lifecycle::InService)
        && aws::running_refresh(ctx.api.store(), scaling.name).is_none();
    let moves = spread.moves();
    let may = scaling.may("AZRebalance") && scaling.may("Launch");
    if !may || !steady || moves == 0 {
        if !ctx.memory(scaling.name).is_null() {
            ctx.remember(scaling.name, Value::Null);
        }
        return;
    }
    let since = ctx.memory(scaling.name).int_at("uneven").map_or(ctx.now(), Time);
    let due = since + latency::REBALANCE;
    if ctx.now() < due {
        ctx.remember(scaling.name, json!({"uneven": (since.0)}));
        ctx.wake_at(scaling.name, due);
        return;
    }
    let max = scaling.group.int_at("spec/MaxSize").unwrap_or(0);
    let room = max + (max / 10).max(1) - capacity.len() as i64;
    launch(scaling, &spread, moves.min(room));
}

fn launch(scaling: &Scaling<'_>, spread: &Spread, count: i64) {
    let clause = format!("{}. An instance was launched to aid in balancing the group's zones", spread.told());
    let cause = cause_at(scaling.ctx.now(), &clause);
    let mut launched = Value::object();
    for _ in 0..count {
        let Some((id, zone)) = scaling.launch_one() else { break };
        scaling.tell_of_launch(&id, &zone, &cause);
        launched.map_mut().insert(&id, zone);
    }
    scaling.ctx.remember(scaling.name, json!({"launched": launched}));
}
