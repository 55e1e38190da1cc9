//! `kubetick explain node/NAME`: what Cluster Autoscaler thinks of a node.

use super::tabwriter::{DESCRIBE, align};
use crate::machinery::duration::go_duration;
use crate::machinery::go_text::float_g_digits;
use crate::machinery::{Time, Value};
use std::fmt::Write;

/// The text for the record of a node, at an instant.
pub fn explain_node(record: &Value, now: Time) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "Node {} at {}", record.str_at("node"), record.str_at("time"));
    let group = record.at("group");
    let size = |field: &str| group.int_at(field).unwrap_or(0);
    if !group.is_null() {
        let (name, now, min, max) = (group.str_at("name"), size("size"), size("min"), size("max"));
        let _ = writeln!(out, "Cluster Autoscaler: group {name}, {now} nodes (min {min}, max {max})");
    }
    let mut table = String::new();
    let used = record.at("utilization");
    if !used.is_null() {
        let percent = |field: &str| float_g_digits(used.at(field).as_f64().unwrap_or(0.0) * 100.0, 4);
        let (resource, share, threshold) = (used.str_at("resource"), percent("share"), percent("threshold"));
        let _ = writeln!(table, "  utilization\t{resource} {share}%; below {threshold}% it may go");
    }
    if let Some(since) = Time::parse(record.str_at("unneededSince")) {
        let _ =
            writeln!(table, "  unneeded since\t{}, for {}", since.rfc3339(), go_duration(now.since(since)));
    }
    if let Some(until) = Time::parse(record.str_at("coolingUntil")) {
        let _ = writeln!(table, "  nothing goes before\t{}, after the last change", until.rfc3339());
    }
    if !table.is_empty() {
        let _ = write!(out, "\n{}", align(DESCRIBE, &table));
    }
    let due = [record.str_at("due"), record.str_at("coolingUntil")].into_iter().filter_map(Time::parse).max();
    let outcome = match (record.at("going").as_str(), due) {
        (Some(stage), _) => format!("goes: {stage}"),
        (None, Some(due)) if due > now => {
            format!("goes after {}, in {}", due.rfc3339(), go_duration(due.since(now)))
        }
        (None, Some(_)) => "goes with one of the next loops, as its group can spare it".to_string(),
        (None, None) => format!("stays: {}", reason(record.str_at("stays"))),
    };
    let _ = writeln!(out, "\n  => {outcome}");
    out
}

/// A reason in words, after its name.
fn reason(text: &str) -> String {
    let mut words = text.split(' ');
    let name = words.next().unwrap_or("");
    let (pod, why) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let meaning = match name {
        "NotAutoscaled" => "no group that Cluster Autoscaler looks after",
        "NotUnderutilized" => "too much of it is requested",
        "NodeGroupMinSizeReached" => "its group has no node to spare",
        "NoPlaceToMovePods" => "its pods would find no place elsewhere",
        "ScaleDownDisabledAnnotation" => "an annotation of the node forbids it",
        "ScaleDownUnreadyDisabled" => "unready nodes are left alone",
        "CurrentlyBeingDeleted" => "it is marked for removal",
        "NotUnneededLongEnough" => "not unneeded for long enough",
        "NotUnreadyLongEnough" => "not unready for long enough",
        "MinimalResourceLimitExceeded" => "the cluster would have too few cores or too little memory",
        "NotLookedAtYet" => "nobody has looked at it yet",
        "BlockedByPod" => return format!("{name}: pod {pod} holds it, {} ({why})", blocker(why)),
        _ => return name.to_string(),
    };
    format!("{name}: {meaning}")
}

/// Why a pod holds its node, in words.
fn blocker(name: &str) -> &str {
    match name {
        "ControllerNotFound" => "what made it is gone",
        "MinReplicasReached" => "it has too few replicas",
        "NotReplicated" => "nobody would make it anew elsewhere",
        "LocalStorageRequested" => "it has data on the node",
        "NotSafeToEvictAnnotation" => "an annotation of it forbids its eviction",
        "UnmovableKubeSystemPod" => "it is of kube-system and has no disruption budget",
        "NotEnoughPdb" => "its disruption budget lets none go",
        _ => "for this reason",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn a_node_goes_when_its_time_and_the_pause_are_over() {
        let record = json!({
            "node": "n", "time": "2026-06-03T00:10:00Z", "group": {"name": "g", "size": 3, "min": 1, "max": 5},
            "utilization": {"resource": "cpu", "share": 0.0647668, "threshold": 0.5},
            "unneededSince": "2026-06-03T00:05:00Z", "due": "2026-06-03T00:15:00Z",
            "coolingUntil": "2026-06-03T00:16:00Z",
        });
        let text = explain_node(&record, Time::parse("2026-06-03T00:10:05Z").unwrap());
        assert!(text.contains("group g, 3 nodes (min 1, max 5)"), "{text}");
        assert!(text.contains("cpu 6.477%; below 50% it may go"), "{text}");
        assert!(text.ends_with("=> goes after 2026-06-03T00:16:00Z, in 5m55s\n"), "{text}");
    }

    #[test]
    fn blockers_are_named() {
        let record = json!({"node": "n", "stays": "BlockedByPod web-1 NotReplicated"});
        assert!(
            explain_node(&record, Time::default())
                .ends_with("=> stays: BlockedByPod: pod web-1 holds it, nobody would make it anew elsewhere (NotReplicated)\n")
        );
    }
}
