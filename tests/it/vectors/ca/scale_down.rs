//! `ca/scaledown.jsonl`: which nodes are unneeded, and which go after a while.

use super::super::harness::{self, same};
use super::{int, node, now, pods};
use kubetick::actors::control_plane::scheduler::Snapshot;
use kubetick::actors::programs::cluster_autoscaler::Release;
use kubetick::actors::programs::cluster_autoscaler::flags::Flags;
use kubetick::actors::programs::cluster_autoscaler::journal::Journal;
use kubetick::actors::programs::cluster_autoscaler::scale_down::budgets::Budgets;
use kubetick::actors::programs::cluster_autoscaler::scale_down::drain_rules::Controllers;
use kubetick::actors::programs::cluster_autoscaler::scale_down::node::{Node, Settings};
use kubetick::actors::programs::cluster_autoscaler::scale_down::planner::{
    Departures, Findings, Memory, Reason, Size, View, crop, due, look,
};
use kubetick::actors::programs::cluster_autoscaler::scale_down::removal::Removable;
use kubetick::actors::programs::cluster_autoscaler::simulation::Simulation;
use kubetick::json;
use kubetick::machinery::{Duration, Map, Object, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn flags(input: &Value) -> Flags {
    let mut flags = Flags::default();
    for (name, value) in input.map_at("Flags").iter() {
        let (int, bool) = (|| value.as_i64().unwrap(), || value.as_bool().unwrap());
        match name {
            "ignore-daemonsets-utilization" => flags.ignore_daemons = bool(),
            "ignore-mirror-pods-utilization" => flags.ignore_mirrors = bool(),
            "scale-down-utilization-threshold" => flags.utilization_threshold = value.as_f64().unwrap(),
            "skip-nodes-with-custom-controller-pods" => flags.skip_custom_controllers = bool(),
            "skip-nodes-with-local-storage" => flags.skip_local_storage = bool(),
            "skip-nodes-with-system-pods" => flags.skip_system_pods = bool(),
            "max-scale-down-parallelism" => flags.scale_down_parallelism = int(),
            "max-drain-parallelism" => flags.drain_parallelism = int(),
            "min-replica-count" => flags.min_replicas = int(),
            "scale-down-unneeded-time" => flags.unneeded_time = Duration::from_secs(int()),
            "scale-down-unready-time" => flags.unready_time = Duration::from_secs(int()),
            "scale-down-unready-enabled" => flags.scale_down_unready = bool(),
            "second-pass-after" => {}
            other => panic!("unknown flag {other}"),
        }
    }
    flags
}

struct Given(BTreeMap<(String, String), i64>);

impl Controllers for Given {
    fn replicas(&self, kind: &str, namespace: &str, name: &str) -> Option<i64> {
        match kind {
            "DaemonSet" => Some(1),
            "ReplicaSet" => self.0.get(&(namespace.to_string(), name.to_string())).copied(),
            _ => None,
        }
    }
}

fn budgets(input: &Value) -> Budgets {
    let objects: Vec<Object> = input
        .items_at("Pdbs")
        .iter()
        .map(|p| {
            let mut o =
                Object::new("policy/v1", "PodDisruptionBudget", p.str_at("Namespace"), p.str_at("Name"));
            o.set("spec/selector/matchLabels", p.at("MatchLabels"));
            o.set("status/disruptionsAllowed", int(p, "DisruptionsAllowed"));
            o
        })
        .collect();
    Budgets::parse(&objects)
}

fn reasons(unremovable: &BTreeMap<Arc<str>, Reason>) -> Map {
    let one = |reason: &Reason| {
        let mut v = json!({"reason": reason.name()});
        if let Reason::BlockedByPod(pod, why) = reason {
            v.set("pod", &**pod);
            v.set("podReason", why.name());
        }
        v
    };
    unremovable.iter().map(|(node, reason)| (&**node, one(reason))).collect()
}

fn sorted(list: &[(Arc<str>, Removable)]) -> Value {
    let names: BTreeSet<&str> = list.iter().map(|(n, _)| &**n).collect();
    names.into_iter().map(Value::from).collect()
}

/// The nodes of a case with the pods on them.
fn cluster(input: &Value, release: Release) -> (Simulation, BTreeMap<Arc<str>, Node>) {
    let mut simulation = Simulation::new(Snapshot::default(), release.scheduler(), 0);
    let mut nodes = BTreeMap::new();
    for n in input.items_at("Nodes") {
        let object = node(n);
        simulation.set_node(&object);
        let group = Some(n.str_at("Group")).filter(|g| !g.is_empty()).map(Arc::from);
        let node = Node::new(&object, group, !n.bool_at("NotReady"));
        nodes.insert(node.name.clone(), node);
    }
    for pod in pods(input.items_at("Pods")) {
        let node = pod.node.clone().expect("a bound pod");
        simulation.place(&pod, &node);
    }
    (simulation, nodes)
}

fn same_findings(found: &Findings, want: &Value) -> Result<(), String> {
    for (node, wanted) in want.map_at("utilization").iter() {
        let got = found.utilization.get(node).ok_or(format!("no utilization of {node}"))?;
        for (field, share) in [("cpu", got.cpu), ("mem", got.memory), ("max", got.max)] {
            same(field, Some(share), wanted.at(field).as_f64())?;
        }
        same("resource", got.resource, wanted.str_at("resource"))?;
    }
    same("utilizations", found.utilization.len(), want.map_at("utilization").len())?;
    same("unneeded", &sorted(&found.removable), want.at("unneeded"))?;
    same("unremovable", &reasons(&found.unremovable), want.map_at("unremovable"))
}

/// Where the real program chooses by the order of a map, it chose differently from run to run.
fn among_those_seen(departures: &Departures, want: &Value) -> Result<(), String> {
    let counts = (departures.empty.len() as i64, departures.drain.len() as i64);
    same("counts", counts, (int(want, "toDeleteEmptyCount"), int(want, "toDeleteDrainCount")))?;
    for (list, seen) in [(&departures.empty, "seenEmpty"), (&departures.drain, "seenDrain")] {
        let seen = want.items_at(seen);
        let odd = list.iter().find(|(n, _)| !seen.iter().any(|s| s == &**n));
        same("never seen", odd.map(|(n, _)| n), None)?;
    }
    Ok(())
}

#[test]
fn scale_downs() {
    harness::run("ca/scaledown.jsonl", |case| {
        let input = case.at("input");
        let (flags, release) = (flags(input), Release::default());
        let (mut simulation, nodes) = cluster(input, release);
        let candidates: Vec<Arc<str>> =
            input.items_at("Nodes").iter().map(|n| Arc::from(n.str_at("Name"))).collect();
        let replicas = |r: &Value| {
            let key = (r.str_at("Namespace").to_string(), r.str_at("Name").to_string());
            (key, int(r, "Replicas"))
        };
        let controllers = Given(input.items_at("ReplicaSets").iter().map(replicas).collect());
        let settings = |_: &str| Settings {
            threshold: flags.utilization_threshold,
            gpu_threshold: flags.gpu_utilization_threshold,
            unneeded_time: flags.unneeded_time,
            unready_time: flags.unready_time,
            ignore_daemons: flags.ignore_daemons,
        };
        let going = BTreeSet::new();
        let mut view = View {
            flags: &flags,
            nodes: &nodes,
            settings: &settings,
            controllers: &controllers,
            budgets: budgets(input),
            going: &going,
            started: now(),
            now: now(),
        };
        let mut journal = Journal::new(4);
        let mut memory = Memory::default();
        let mut trial = Cow::Owned(simulation.clone());
        let first = look(&mut memory, &candidates, &view, &mut trial, &mut journal);
        simulation.next = trial.next;

        let want = case.at("expect");
        same_findings(&first, want)?;

        view.now = now() + Duration::from_secs(int(input, "Flags/second-pass-after"));
        let second = look(&mut memory, &candidates, &view, &mut Cow::Borrowed(&simulation), &mut journal);
        let mut sizes: BTreeMap<Arc<str>, Size> = input
            .items_at("Groups")
            .iter()
            .map(|g| {
                let size = Size { min: int(g, "Min"), target: int(g, "Target"), going: 0 };
                (Arc::from(g.str_at("Name")), size)
            })
            .collect();
        let mut spare = (i64::MAX, i64::MAX);
        let departures = due(&memory, &second, &view, &mut sizes, &mut spare, &mut journal);
        let want = want.at("atSecondPass");
        if want.bool_at("pickUnspecified") {
            return among_those_seen(&departures, want);
        }
        same("empty", &sorted(&departures.empty), want.at("toDeleteEmpty"))?;
        same("drain", &sorted(&departures.drain), want.at("toDeleteDrain"))?;
        let mut unremovable = second.unremovable.clone();
        unremovable.extend(departures.staying.clone());
        same("unremovable later", &reasons(&unremovable), want.map_at("unremovable"))?;
        let cropped = crop(departures, (0, 0), &flags);
        let by_group = |list: &[(Arc<str>, Removable)]| {
            let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
            for (name, _) in list {
                *counts.entry(nodes[name].group.as_deref().unwrap_or("")).or_default() += 1;
            }
            counts.into_iter().collect::<Map>()
        };
        same("cropped empty", &by_group(&cropped.empty), want.map_at("croppedEmptyByGroup"))?;
        same("cropped drain", &by_group(&cropped.drain), want.map_at("croppedDrainByGroup"))?;
        Ok(())
    });
}
