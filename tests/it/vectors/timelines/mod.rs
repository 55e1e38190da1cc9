//! What a control plane wrote, and when, against ours: a scenario is driven step by step, and at every instant at which
//! the recorded control plane was at rest all objects and events of the scenario must be the same.
//!
//! Instants are compared with a tolerance, as the recorded machine had its own pace: states are looked at in the middle
//! of pauses that are longer than that. Random names, addresses and the choice among equal nodes are masked.

mod kubelet;
mod masks;
mod reduce;
mod state;
mod steps;
mod world;

use super::harness;
use kubetick::machinery::Value;
use state::{Recorded, State};
use world::World;

const SCENARIOS: [&str; 36] = [
    "cronjob-forbid-replace",
    "cronjob-history",
    "daemonset-rolling-update",
    "deploy-create-service",
    "deploy-delete-background",
    "deploy-delete-foreground",
    "deploy-delete-orphan",
    "deploy-pause-resume",
    "deploy-progress-deadline",
    "deploy-proportional-scaling",
    "deploy-recreate",
    "deploy-restart",
    "deploy-rollback",
    "deploy-rolling-10-surge0",
    "deploy-rolling-minready",
    "deploy-rolling-update",
    "deploy-scale-down",
    "deploy-scale-up",
    "drain-with-pdb",
    "job-backofflimit",
    "job-complete",
    "job-deadline-suspend",
    "namespace-delete",
    "node-deleted-podgc",
    "node-join-daemonset",
    "node-lost-taint-eviction",
    "node-notready-recovers",
    "pdb-eviction",
    "pending-then-node",
    "preemption",
    "quota-exceeded",
    "rc-lifecycle",
    "service-endpoints-readiness",
    "statefulset-lifecycle",
    "statefulset-parallel",
    "taint-noexecute-manual",
];

#[test]
fn control_plane_writes_what_the_real_one_wrote() {
    let wanted = std::env::var("KUBETICK_TIMELINE").ok();
    let chosen = SCENARIOS.iter().filter(|id| wanted.as_deref().is_none_or(|w| id.contains(w)));
    let cases: Vec<Value> = chosen
        .map(|id| Value::parse(&harness::text(&format!("timelines/{id}.json"))).expect("a scenario"))
        .collect();
    harness::run_cases("timelines", &cases, replay);
}

fn replay(case: &Value) -> Result<(), String> {
    let recorded = Recorded::read(case);
    let mut world = World::new(case);
    let mut looks = recorded.pauses().into_iter().peekable();
    let steps = steps::all(case);
    let mut steps = steps.iter().peekable();
    let mut differences = Vec::new();
    loop {
        let step_at = steps.peek().map(|s| s.at("t").as_f64().unwrap_or(0.0));
        match (looks.peek().copied(), step_at) {
            (Some(look), at) if at.is_none_or(|at| look < at) => {
                world.run_until(look);
                looks.next();
                let (mut got, mut want) = (world.state(), recorded.at(look));
                if !recorded.slices_rest(look) {
                    [&mut got, &mut want].into_iter().for_each(State::forget_slices);
                }
                if let Some(difference) = State::difference(&got, &want) {
                    differences.push(format!("at {look:.2} s:{difference}"));
                    if differences.len() > 2 {
                        break;
                    }
                }
            }
            (_, Some(at)) => {
                world.run_until(at);
                let step = steps.next().expect("a step");
                if let Err(e) = steps::take(&world, step) {
                    return Err(format!("step at {at} s: {e}"));
                }
            }
            _ => break,
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n    ")) }
}
