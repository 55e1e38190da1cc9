//! `ca/estimator.jsonl`: packing pending pods into nodes of one group.

use super::super::harness::{self, same};
use super::{int, names, node, pods, sorted_names, template};
use kubetick::actors::control_plane::scheduler::Snapshot;
use kubetick::actors::programs::cluster_autoscaler::Release;
use kubetick::actors::programs::cluster_autoscaler::equivalence::group;
use kubetick::actors::programs::cluster_autoscaler::estimator::estimate;
use kubetick::actors::programs::cluster_autoscaler::simulation::Simulation;
use kubetick::machinery::{Map, Value};

#[test]
fn estimates() {
    harness::run("ca/estimator.jsonl", |case| {
        let input = case.at("input");
        let release = Release::default();
        let mut simulation = Simulation::new(Snapshot::default(), release.scheduler(), 0);
        for n in input.items_at("Nodes") {
            simulation.set_node(&node(n));
        }
        let template = template(input.at("Template"));
        let groups = group(&pods(input.items_at("Pods")));
        let mut trial = simulation.clone();
        let on = template.add_plain_to(&mut trial);
        let mut unschedulable = Value::array();
        let mut fitting = Vec::new();
        for group in &groups {
            match trial.fits(group.sample(), &on) {
                Ok(()) => fitting.push(group),
                Err(no) => {
                    let text = format!("{}: {}", group.sample().name(), no.reasons.join(", "));
                    unschedulable.list_mut().push(text.into());
                }
            }
        }
        let limit = int(input, "Flags/max-nodes-per-scaleup");
        let estimate = estimate(&mut simulation, &fitting, &template, Some(limit), release);
        let want = case.at("expect");
        same("unschedulable", &unschedulable, want.at("unschedulableGroups"))?;
        same("nodes", estimate.nodes as i64, int(want, "nodeCount"))?;
        let placed = estimate.pods();
        if want.bool_at("orderUnspecified") {
            return same("pods", &sorted_names(&placed), want.at("scheduledPods"));
        }
        same("pods", &names(&placed), want.at("scheduledPods"))?;
        let places: Map = estimate.placements.iter().map(|(pod, node)| (pod.name(), &**node)).collect();
        same("placement", &places, want.map_at("placement"))
    });
}
