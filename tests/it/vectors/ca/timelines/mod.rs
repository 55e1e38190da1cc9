//! Runs of the real binary: what it did to the groups and when, what it said, the events it wrote.

pub mod cloud;
pub mod world;

use super::super::harness;
use kubetick::machinery::{Time, Value};
use std::collections::BTreeMap;
use world::{PROGRAM, World};

const SCENARIOS: [&str; 13] = [
    "balance-old-nodes",
    "default-timers-nginx-15-then-delete",
    "delete-scale-down-empty",
    "drain-with-local-storage-and-annotations",
    "fits-no-group",
    "least-waste-both-eligible",
    "least-waste-two-groups",
    "nginx-1-to-15-old-nodes",
    "nginx-1-to-15",
    "nginx-40-hits-max",
    "pdb-blocked-drain",
    "provision-timeout-backoff",
    "scale-from-zero-labels",
];

/// Instants may differ by so many seconds.
const TOLERANCE: f64 = 1.3;

/// What the recording calls a decision.
const DECISIONS: [&str; 11] = [
    "No unschedulable pods",
    "Scale-down: removing node",
    "Scale-down: removing empty node",
    "Best option to resize",
    "Estimated ",
    "Final scale-up plan",
    "Scale-up: setting group",
    "Setting asg",
    "No expansion options",
    "Scale-up timed out",
    "Removing ",
];

#[test]
fn the_program_does_what_the_real_one_did() {
    let wanted = std::env::var("KUBETICK_TIMELINE").ok();
    let chosen = SCENARIOS.iter().filter(|id| wanted.as_deref().is_none_or(|w| id.contains(w)));
    let cases: Vec<Value> = chosen
        .map(|id| Value::parse(&harness::text(&format!("ca/timelines/{id}.json"))).expect("a scenario"))
        .collect();
    harness::run_cases("ca/timelines", &cases, replay);
}

fn replay(case: &Value) -> Result<(), String> {
    let world = World::new(case);
    for action in case.items_at("scenario/actions").iter().filter(|a| a.int_at("at") != Some(0)) {
        world.run_to(action.at("at").as_f64().unwrap());
        world.act(action);
    }
    let last = case.items_at("loops").last().map_or(0.0, |l| l.at("t").as_f64().unwrap());
    world.run_to(case.at("scenario/durationSeconds").as_f64().unwrap().max(last));
    let pod = world.api.get("pods", "kube-system", PROGRAM).unwrap();
    let log = world.api.store().logs(pod.uid(), "cluster-autoscaler/0");
    if std::env::var("KUBETICK_SHOW").is_ok() {
        for line in &log {
            println!("{:8.2} {}", world.seconds(line.time), line.text);
        }
    }
    let mut differences = Vec::new();

    let sizes: Vec<(f64, String)> = world
        .cloud
        .borrow()
        .changes
        .iter()
        .map(|(at, group, size)| (world.seconds(*at), format!("{group} {size}")))
        .collect();
    differ("sizes", merged(sizes), merged(recorded_sizes(case)), &mut differences);

    let decisions: Vec<(f64, String)> = log
        .iter()
        .filter_map(|line| Some((line.time, line.text.split_once("] ")?.1)))
        .filter(|(_, text)| DECISIONS.iter().any(|d| text.starts_with(d)) && !text.contains("taint"))
        .map(|(at, text)| (world.seconds(at), masked(text)))
        .collect();
    let loops = case.items_at("loops").iter();
    let recorded = loops.flat_map(|l| {
        let t = l.at("t").as_f64().unwrap();
        l.items_at("decisions").iter().map(move |d| (t, masked(d.as_str().unwrap())))
    });
    let decisions = decisions.into_iter().filter(|(t, _)| *t < last + TOLERANCE).collect();
    differ("decisions", decisions, recorded.collect(), &mut differences);
    differ("events", events(&world), recorded_events(case), &mut differences);
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n    ")) }
}

/// Sizes that a group has only for a moment, between two terminations, do not show in the recording.
fn merged(sizes: Vec<(f64, String)>) -> Vec<(f64, String)> {
    let mut out: Vec<(f64, String)> = Vec::new();
    for (t, text) in sizes {
        let group = text.split(' ').next().unwrap().to_string();
        out.retain(|(before, other)| t - before > 1.0 || !other.starts_with(&format!("{group} ")));
        out.push((t, text));
    }
    out
}

fn recorded_sizes(case: &Value) -> Vec<(f64, String)> {
    let changes = case.items_at("timeline").iter().filter(|e| e.str_at("kind") == "asg-desired");
    changes
        .map(|e| {
            let size = e.int_at("desired").unwrap();
            (e.at("t").as_f64().unwrap(), format!("{} {size}", e.str_at("group")))
        })
        .collect()
}

fn recorded_events(case: &Value) -> Vec<(f64, String)> {
    let events = case.items_at("events").iter();
    events
        .map(|e| {
            let t = e.at("t").as_f64().unwrap();
            let object = e.at("object");
            (t, masked(&event(e, object.str_at("kind"), object.str_at("name"))))
        })
        .collect()
}

fn event(e: &Value, kind: &str, name: &str) -> String {
    let name = if kind == "Pod" { format!("{name} ") } else { name.to_string() };
    format!("{} {kind} {name}: {} {}", e.str_at("reason"), e.str_at("type"), e.str_at("message"))
}

fn events(world: &World) -> Vec<(f64, String)> {
    let ours = |e: &&kubetick::machinery::Object| e.str_at("source/component") == "cluster-autoscaler";
    world
        .api
        .list("events", "")
        .iter()
        .filter(ours)
        .map(|e| {
            let at = Time::parse(e.str_at("firstTimestamp")).unwrap();
            let object = e.at("involvedObject");
            (world.seconds(at), masked(&event(e, object.str_at("kind"), object.str_at("name"))))
        })
        .collect()
}

/// Without names that chance gives, and without fractions of seconds.
fn masked(text: &str) -> String {
    let mut out = text.to_string();
    for (pattern, with) in [
        (r"ip-192-168-10-\d+\.ec2\.internal", "NODE"),
        (r"aws:///us-east-1a/i-[0-9a-f]+", "INSTANCE"),
        (r"-[0-9a-z]{7,10}-[0-9a-z]{5}\b", "-POD"),
        (r"Pod (aws-node|kube-proxy)-[0-9a-z]{5}\b", "Pod $1-POD"),
        (r"(\d+)\.\d+s", "${1}s"),
        (r"utilization: \{[^}]*\}", "utilization"),
    ] {
        out = regex_lite::Regex::new(pattern).unwrap().replace_all(&out, with).into_owned();
    }
    out
}

/// Compares two lists of things with their instants, as bags: every thing must have its like close by.
fn differ(what: &str, got: Vec<(f64, String)>, want: Vec<(f64, String)>, differences: &mut Vec<String>) {
    let group = |list: Vec<(f64, String)>| {
        let mut by_text: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (t, text) in list {
            by_text.entry(text).or_default().push(t);
        }
        by_text.values_mut().for_each(|times| times.sort_by(f64::total_cmp));
        by_text
    };
    let (got, want) = (group(got), group(want));
    let texts: std::collections::BTreeSet<&String> = got.keys().chain(want.keys()).collect();
    for text in texts {
        let none = Vec::new();
        let (g, w) = (got.get(text).unwrap_or(&none), want.get(text).unwrap_or(&none));
        let close = g.len() == w.len() && g.iter().zip(w).all(|(a, b)| (a - b).abs() <= TOLERANCE);
        if !close {
            differences.push(format!("{what}: {text}: got {g:.1?}, want {w:.1?}"));
        }
    }
}
