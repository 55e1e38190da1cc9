//! What the program thinks of nodes and pods, for explanations.

use super::actuator::Stage;
use super::cloud::group_options;
use super::flags::Flags;
use super::program::flags_of;
use super::state::State;
use crate::actors::programs::{MEMORY, Process};
use crate::api::Server;
use crate::json;
use crate::machinery::{Object, Time, Value};
use std::collections::BTreeMap;

/// The program that leads, if one does: its flags and its state.
fn leader(api: &Server) -> Option<(Flags, State)> {
    api.store().memories(MEMORY).into_iter().find_map(|(key, memory)| {
        let (uid, container) = key.split_once('/')?;
        if !memory.at("state").bool_at("leading") {
            return None;
        }
        let state: State = memory.at("state").read().ok()?;
        let pod: Object = api.list("pods", "").into_iter().find(|p| p.uid() == uid)?;
        let spec = pod.items_at("spec/containers").iter().find(|c| c.str_at("name") == container)?.clone();
        let started = Time(memory.int_at("started").unwrap_or(0));
        let process = Process { api, pod: &pod, container: &spec, started, restarts: 0 };
        Some((flags_of(&process).ok()?, state))
    })
}

/// Why a node stays, or when it goes; `None` when no Cluster Autoscaler is at work, or none has looked yet. Members:
/// `time` (of the look), `node`, `group` with `size`, `min` and `max`; as far as they were asked `utilization` with
/// `resource`, `share` and `threshold`, `unneededSince`, `due`, `coolingUntil`, `stays` (a reason), `going` (a stage).
pub fn of_node(api: &Server, node: &Object) -> Option<Value> {
    let (flags, state) = leader(api)?;
    if state.loops == 0 {
        return None;
    }
    let name = node.name();
    let mut record = json!({"time": (state.looked.rfc3339()), "node": name});
    let Some(asg) = state.cloud.group_of(node.str_at("spec/providerID")) else {
        record.set("stays", "NotAutoscaled");
        return Some(record);
    };
    record.set(
        "group",
        json!({"name": (asg.name.as_str()), "size": (asg.size), "min": (asg.min), "max": (asg.max)}),
    );
    let settings = group_options(Some(asg), &flags);
    if let Some((share, resource)) = state.used.get(name) {
        record.set(
            "utilization",
            json!({"resource": (resource.as_str()), "share": *share, "threshold": (settings.threshold)}),
        );
    }
    if let Some(deletion) = state.deletions.iter().find(|d| d.node == name) {
        let stage = match &deletion.stage {
            Stage::Marked => "marked, so that its pods may come to an end by themselves",
            Stage::Evicting(..) => "evicting its pods",
            Stage::Stopping(..) => "waiting for its pods to stop",
            Stage::Held(_) => "waiting for an annotation to be taken off",
        };
        record.set("going", stage);
        return Some(record);
    }
    if let Some(since) = state.planner.since.get(name) {
        let ready = super::registry::is_ready(node, &flags);
        let needed = if ready { settings.unneeded_time } else { settings.unready_time };
        record.set("unneededSince", since.rfc3339());
        record.set("due", (*since + needed).rfc3339());
        let cooling = [
            state.last_scale_up + flags.delay_after_add,
            state.last_fail + flags.delay_after_failure,
            state.last_delete + flags.delay_after_delete,
        ];
        if let Some(until) = cooling.into_iter().max().filter(|until| *until > api.now()) {
            record.set("coolingUntil", until.rfc3339());
        }
        return Some(record);
    }
    let stays = match state.staying.get(name) {
        Some(reason) => reason.as_str(),
        None if asg.size <= asg.min => "NodeGroupMinSizeReached",
        None => "NotLookedAtYet",
    };
    record.set("stays", stays);
    Some(record)
}

/// What is done for a pending pod: `result`, a text, and where no group grows for it `groups` with `group`, `size`, `min`,
/// `max` and `reasons`.
pub fn of_pod(api: &Server, key: &str) -> Value {
    let Some((_, state)) = leader(api) else { return json!({"result": "none is at work"}) };
    if let Some(refusals) = state.helpless.get(key).and_then(|n| state.refusals.get(*n)) {
        return json!({"result": "no group grows for it", "groups": (verdicts(&state, refusals))});
    }
    if !state.no_growth.is_empty() {
        return json!({"result": (format!("no group grows: {}", state.no_growth))});
    }
    let Some(place) = state.hints.get(key) else {
        return json!({"result": "it has not decided about it yet"});
    };
    let group = place.strip_prefix("template-node-for-").and_then(|rest| rest.split_once("-upcoming-"));
    let result = match group.and_then(|(name, _)| name.rsplit_once('-')) {
        Some((group, _)) => format!("fits a node that is coming to {group}"),
        None => format!("fits {place}"),
    };
    json!({"result": result})
}

/// What each group says, by name.
fn verdicts(state: &State, refusals: &[(String, String)]) -> Vec<Value> {
    let mut reasons: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (group, reason) in refusals {
        reasons.entry(group).or_default().push(reason.as_str().into());
    }
    let verdict = |(name, reasons): (&str, Vec<Value>)| {
        let mut v = json!({"group": name, "reasons": reasons});
        if let Some(asg) = state.cloud.groups.get(name) {
            v.set("size", asg.size);
            v.set("min", asg.min);
            v.set("max", asg.max);
        }
        v
    };
    reasons.into_iter().map(verdict).collect()
}
