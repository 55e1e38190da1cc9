//! `kubetick explain pod/NAME`: one attempt of the scheduler, and what the containers run, in readable
//! lines.

use super::tabwriter::{DESCRIBE, align};
use crate::machinery::Value;
use std::fmt::Write;

/// The text for the record of an attempt.
pub fn explain_pod(record: &Value) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    if record.str_at("time").is_empty() {
        // Bound by hand, or by the node itself.
        let _ = writeln!(out, "Pod {}\nkube-scheduler has not looked at it", record.str_at("pod"));
        out.push_str(&programs(record));
        return out;
    }
    let looked_at = record.int_at("nodesLookedAt").unwrap_or(0);
    let _ = writeln!(out, "Pod {} at {}", record.str_at("pod"), record.str_at("time"));
    let _ = writeln!(out, "kube-scheduler looked at {looked_at} nodes");
    let nodes = record.items_at("nodes");
    if !nodes.is_empty() {
        let mut table = String::from("  NODE\tVERDICT\n");
        for node in nodes {
            let _ = writeln!(table, "  {}\t{}", node.str_at("node"), verdict(node));
        }
        let _ = write!(out, "\n{}", align(DESCRIBE, &table));
    }
    let preemption = record.at("preemption");
    let outcome = match (record.at("node").as_str(), preemption.at("node").as_str()) {
        (Some(node), _) => format!("placed on {node}"),
        (None, Some(node)) => {
            let of_node = preemption.items_at("candidates").iter().find(|c| c.str_at("node") == node);
            let victims = of_node.map_or(&[][..], |c| c.items_at("victims")).iter().filter_map(Value::as_str);
            let victims: Vec<&str> = victims.collect();
            format!("waits for {node}, from which these have to go: {}", victims.join(", "))
        }
        (None, None) => format!("waits: {}", record.str_at("message")),
    };
    let _ = writeln!(out, "\n  => {outcome}");
    out.push_str(&growth(record.at("clusterAutoscaler")));
    out.push_str(&programs(record));
    out
}

/// What Cluster Autoscaler does for a pod that waits, and what each group says.
fn growth(outlook: &Value) -> String {
    if outlook.is_null() {
        return String::new();
    }
    let mut out = String::new();
    let groups = outlook.items_at("groups");
    if !groups.is_empty() {
        let mut table = String::from("  GROUP\tNODES\tVERDICT\n");
        for group in groups {
            let size = |field: &str| group.int_at(field).unwrap_or(0);
            let reasons: Vec<&str> = group.items_at("reasons").iter().filter_map(Value::as_str).collect();
            let (name, now, min, max) = (group.str_at("group"), size("size"), size("min"), size("max"));
            let _ = writeln!(table, "  {name}\t{now} (min {min}, max {max})\tno: {}", reasons.join(", "));
        }
        let _ = write!(out, "\n{}\n", align(DESCRIBE, &table));
    }
    let _ = writeln!(out, "  => Cluster Autoscaler: {}", outlook.str_at("result"));
    out
}

/// What the containers run, and why.
fn programs(record: &Value) -> String {
    let programs = record.items_at("programs");
    if programs.is_empty() {
        return String::new();
    }
    let mut table = String::from("  CONTAINER\tRUNS\tBECAUSE OF\n");
    for p in programs {
        let _ = writeln!(table, "  {}\t{}\t{}", p.str_at("container"), p.str_at("program"), p.str_at("why"));
    }
    format!("\n{}", align(DESCRIBE, &table))
}

fn verdict(node: &Value) -> String {
    if !node.bool_at("feasible") {
        let reasons: Vec<&str> = node.items_at("reasons").iter().filter_map(Value::as_str).collect();
        return format!("no: {} ({})", reasons.join(", "), node.str_at("plugin"));
    }
    let Some(total) = node.int_at("total") else { return "yes, and no choice to make".into() };
    let scores = node.map_at("scores").iter();
    let parts: Vec<String> =
        scores.map(|(plugin, s)| format!("{plugin} {}", s.as_i64().unwrap_or(0))).collect();
    format!("yes, score {total}: {}", parts.join(", "))
}
