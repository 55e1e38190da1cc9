//! `ca/scaleup.jsonl`: the whole decision, from pending pods to the plan.

use super::super::harness::{self, same};
use super::{int, node, pods, sorted_names, template};
use kubetick::actors::control_plane::scheduler::Snapshot;
use kubetick::actors::programs::cluster_autoscaler::Release;
use kubetick::actors::programs::cluster_autoscaler::expander::{Expander, Priorities, choose};
use kubetick::actors::programs::cluster_autoscaler::flags::Flags;
use kubetick::actors::programs::cluster_autoscaler::group::Group;
use kubetick::actors::programs::cluster_autoscaler::journal::Journal;
use kubetick::actors::programs::cluster_autoscaler::scale_up::limits::Totals;
use kubetick::actors::programs::cluster_autoscaler::scale_up::{
    Increase, Outcome, ScaleUp, Situation, decide, plan_text,
};
use kubetick::actors::programs::cluster_autoscaler::simulation::Simulation;
use kubetick::json;
use kubetick::machinery::{Map, Value};
use std::sync::Arc;

fn flags(input: &Value) -> Flags {
    let mut flags = Flags::default();
    for (name, value) in input.map_at("Flags").iter() {
        match name {
            "max-nodes-total" => flags.max_nodes_total = value.as_i64().unwrap(),
            "max-nodes-per-scaleup" => flags.max_nodes_per_scale_up = value.as_i64().unwrap(),
            "max-cores-total" => flags.cores.max = value.as_i64().unwrap(),
            "max-memory-total" => flags.memory.max = value.as_i64().unwrap() << 30,
            "balance-similar-node-groups" => flags.balance = value.as_bool().unwrap(),
            other => panic!("unknown flag {other}"),
        }
    }
    flags
}

fn increases(plan: &[Increase]) -> Value {
    let one = |p: &Increase| json!({"group": &*p.group, "from": p.from, "to": p.to, "max": p.max});
    plan.iter().map(one).collect()
}

fn same_decision(decision: &ScaleUp, want: &Value) -> Result<(), String> {
    let (result, error) = match &decision.outcome {
        Outcome::Planned => (0, ""),
        Outcome::Error(text) => (1, text.as_str()),
        Outcome::NoOptions => (2, ""),
        Outcome::NotNeeded => (3, ""),
    };
    same("result", result, int(want, "result"))?;
    same("error", error, want.str_at("error"))?;
    let mut options: Vec<_> = decision.options.clone();
    options.sort();
    let options: Value = options
        .iter()
        .map(|(group, nodes, pods)| json!({"group": &**group, "nodeCount": *nodes, "podCount": *pods}))
        .collect();
    same("options", options.items(), want.items_at("options"))?;
    if want.bool_at("pickUnspecified") {
        let mut sizes: Vec<i64> = decision.plan.iter().map(|p| p.to - p.from).collect();
        sizes.sort();
        let sizes: Value = sizes.into_iter().map(Value::from).collect();
        same("increases", sizes.items(), want.items_at("increasesSorted"))?;
    } else {
        let plan = if decision.plan.is_empty() { String::new() } else { plan_text(&decision.plan) };
        same("plan", plan.as_str(), want.str_at("plan"))?;
        same("infos", &increases(&decision.plan), want.at("scaleUpInfos"))?;
    }
    same("triggered", &sorted_names(&decision.triggered), want.at("podsTriggered"))?;
    same("awaiting", &sorted_names(&decision.awaiting), want.at("podsAwaitEvaluation"))?;
    let remaining: Map = decision
        .remaining
        .iter()
        .map(|(pod, reasons)| {
            let mut texts: Vec<String> = reasons.iter().map(|(n, text)| format!("{n} {text}")).collect();
            texts.sort();
            (pod.name(), texts.into_iter().map(Value::from).collect::<Value>())
        })
        .collect();
    same("remaining", &remaining, want.map_at("podsRemainUnschedulable"))
}

#[test]
fn scale_ups() {
    harness::run("ca/scaleup.jsonl", |case| {
        let input = case.at("input");
        let flags = flags(input);
        let release = Release::default();
        let mut simulation = Simulation::new(Snapshot::default(), release.scheduler(), 0);
        for n in input.items_at("Nodes") {
            simulation.set_node(&node(n));
        }
        let (mut pending, mut ungrouped) = (Vec::new(), Totals::default());
        for pod in pods(input.items_at("Pods")) {
            match pod.node.clone() {
                Some(node) => simulation.place(&pod, &node),
                None => pending.push(pod),
            }
        }
        for n in input.items_at("Nodes").iter().filter(|n| n.str_at("Group").is_empty()) {
            let capacity = super::template(n).capacity();
            ungrouped.add(&Totals::of(&capacity, &flags), 1);
        }
        let groups: Vec<Group> = input
            .items_at("Groups")
            .iter()
            .map(|g| Group {
                name: Arc::from(g.str_at("Name")),
                max: int(g, "Max"),
                target: int(g, "Target"),
                template: Some(Arc::new(template(g.at("Template")))),
                ..Group::default()
            })
            .collect();
        let nodes = input.items_at("Nodes").len() as i64;
        let situation = Situation {
            flags: &flags,
            simulation: &mut simulation,
            groups: &groups,
            pending: &pending,
            nodes,
            upcoming: 0,
            ungrouped,
        };
        let mut journal = Journal::new(4);
        let mut by_waste = |options, journal: &mut Journal| {
            let mut smallest =
                |options: &[kubetick::actors::programs::cluster_autoscaler::expander::Proposal]| {
                    (0..options.len()).min_by_key(|i| options[*i].group.clone()).unwrap_or(0)
                };
            choose(&[Expander::LeastWaste], options, &Priorities::Missing, release, journal, &mut smallest)
        };
        let decision = decide(situation, &mut by_waste, &mut journal);

        same_decision(&decision, case.at("expect"))
    });
}
