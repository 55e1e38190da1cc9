//! kube-scheduler against what the real one decided.

use super::harness::{self, same};
use kubetick::actors::control_plane::scheduler::{
    Attempt, Budget, Finding, NodeInfo, Outcome, PendingPod, PodInfo, Preemption, Settings, Snapshot,
    default_spread_selector, schedule,
};
use kubetick::json;
use kubetick::machinery::{Map, Members, Object, Value};
use std::collections::BTreeSet;

/// An object of the inputs, which are short of kind and namespace.
fn object(kind: &str, from: &Value, spec: Value) -> Object {
    let mut o = Object::new("v1", kind, "default", from.str_at("name"));
    o.set("spec", spec);
    o
}

/// As the scheduler reads the objects of a cluster: what it leaves out must decide nothing.
fn surveyed(object: &Value, members: &[&'static str]) -> Object {
    Object(Value::parse_members(&object.to_json(), &Members::at(members)).expect("JSON"))
}

fn attempt(input: &Value, budgets: &[Budget]) -> Attempt {
    let mut snapshot = Snapshot::default();
    for node in input.items_at("nodes") {
        snapshot.set_node(&surveyed(node, NodeInfo::MEMBERS));
    }
    for pod in input.items_at("pods") {
        snapshot.set_pod(&surveyed(pod, PodInfo::MEMBERS));
    }
    let pod = Object(input.at("pod").clone());
    let services: Vec<Object> = input
        .items_at("services")
        .iter()
        .map(|s| object("Service", s, json!({"selector": s.at("selector")})))
        .collect();
    let owner = pod.controller().and_then(|owner| {
        let set = input.items_at("replicaSets").iter().find(|r| r.str_at("name") == owner.name)?;
        Some(object("ReplicaSet", set, json!({"selector": set.at("selector")})))
    });
    let mut pending = PendingPod::parse(&pod);
    pending.default_spread = default_spread_selector(&pod, services.iter(), owner.as_ref());
    let settings = Settings { budgets, always_score: true, ..Settings::default() };
    schedule(&snapshot, &pending, settings, &mut |_| 0)
}

fn failed(attempt: &Attempt) -> Value {
    let entries = attempt.verdicts.iter().filter_map(|v| match &v.finding {
        Finding::Rejected(r) => Some(json!({
            "node": &*v.node, "plugin": r.plugin.name(), "code": r.code.name(),
            "reasons": r.reasons.iter().map(|t| &**t).collect::<Value>(),
        })),
        _ => None,
    });
    entries.collect()
}

fn filter_message(attempt: &Attempt) -> Option<&str> {
    match &attempt.outcome {
        Outcome::Unschedulable { filters, .. } => Some(filters),
        Outcome::Placed(_) => None,
    }
}

#[test]
fn filters_and_scores() {
    harness::run("scheduler/filter-score.jsonl", |case| {
        let attempt = attempt(case.at("input"), &[]);
        let want = case.at("expect");
        same("failed", &failed(&attempt), want.at("failed"))?;
        let mut feasible = BTreeSet::new();
        let mut scores = Map::new();
        for verdict in &attempt.verdicts {
            if let Finding::Feasible(score) = &verdict.finding {
                feasible.insert(&*verdict.node);
                if let Some(score) = score {
                    let plugins: Map = score.plugins.iter().map(|(p, s)| (p.name(), *s)).collect();
                    scores.insert(&verdict.node, json!({"plugins": plugins, "total": score.total}));
                }
            }
        }
        same("feasible", &feasible.into_iter().collect(), want.at("feasible"))?;
        same("message", filter_message(&attempt), want.at("message").as_str())?;
        same("scores", &scores, want.map_at("scores"))?;
        let best: Vec<_> = want.items_at("best").iter().filter_map(Value::as_str).collect();
        same("one of the best is chosen", attempt.node().is_none_or(|n| best.contains(&n)), true)
    });
}

#[test]
fn preemption() {
    harness::run("scheduler/preemption.jsonl", |case| {
        let budgets: Vec<Budget> = case
            .items_at("input/podDisruptionBudgets")
            .iter()
            .map(|b| {
                let mut pdb =
                    object("PodDisruptionBudget", b, json!({"selector": {"matchLabels": b.at("selector")}}));
                pdb.set("status/disruptionsAllowed", b.at("disruptionsAllowed"));
                Budget::parse(&pdb)
            })
            .collect();
        let attempt = attempt(case.at("input"), &budgets);
        let want = case.at("expect");
        same("failed", &failed(&attempt), want.at("failed"))?;
        same("filter message", filter_message(&attempt), want.at("filterMessage").as_str())?;
        let candidates: Value = match &attempt.outcome {
            Outcome::Unschedulable { preemption: Some(Preemption::Chosen { candidates, .. }), .. } => {
                candidates
                    .iter()
                    .map(|c| {
                        let victims: Value = c.victims.iter().map(|v| &*v.name).collect();
                        json!({"node": &*c.node, "victims": victims, "pdbViolations": c.violations})
                    })
                    .collect()
            }
            _ => Value::array(),
        };
        same("candidates", &candidates, want.at("candidates"))?;
        same("event", attempt.message().as_str(), want.str_at("eventMessage"))?;
        same("nominated", attempt.preemption().map(|c| &*c.node), want.at("nominatedNode").as_str())
    });
}
