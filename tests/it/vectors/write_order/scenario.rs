//! A scenario's cluster, its steps, and a record of what is written meanwhile, in the form of the recordings.

use super::kubelet::ScriptedKubelet;
use super::reduce::{changed, reduce};
use crate::lab;
use kubetick::actors::{Actor, control_plane};
use kubetick::api::{DeleteOptions, Patch, Server, WriteOptions};
use kubetick::json;
use kubetick::machinery::{Duration, KubeVersion, Object, Time, Value};
use kubetick::sim::Engine;
use kubetick::store::{Change, Store, Verb};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

fn actors() -> Vec<Box<dyn Actor>> {
    vec![
        Box::new(control_plane::cronjob::CronJobController),
        Box::new(control_plane::daemonset::DaemonSetController),
        Box::new(control_plane::garbage_collector::GarbageCollector),
        Box::new(control_plane::job::JobController),
        Box::new(control_plane::job::TtlAfterFinished),
        Box::new(control_plane::namespace::NamespaceController),
        Box::new(control_plane::scheduler::Scheduler::default()),
        Box::new(control_plane::serviceaccount::NamespaceFurniture),
        Box::new(control_plane::statefulset::StatefulSetController),
        Box::new(ScriptedKubelet),
    ]
}

/// Runs a scenario; the answer holds `writes` and `events` as a recording does.
pub fn run(recorded: &Value) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let t0 = Time::parse(recorded.str_at("t0")).unwrap();
    let ns = recorded.str_at("namespace");
    let api = Server::new(
        Store::create(
            &dir.path().join("lab.db"),
            lab::meta(KubeVersion::LATEST, t0 - Duration::from_secs(10)),
        )
        .unwrap(),
    );
    let mut engine = Engine::with(&api, actors());
    furnish(&api, ns, recorded.items_at("nodes"));
    engine.run_until(t0);
    let mut record =
        Record { t0, ns: ns.into(), known: BTreeMap::new(), writes: Vec::new(), events: Vec::new() };
    let last = |key: &str| recorded.items_at(key).last().and_then(|w| w.at("t").as_f64()).unwrap_or(0.0);
    for step in recorded.items_at("steps") {
        let at = seconds(step.at("t").as_f64().unwrap_or(0.0));
        run_until(&mut engine, t0 + at, &mut record);
        take(&api, ns, step);
    }
    run_until(&mut engine, t0 + seconds(last("writes").max(last("events")) + 1.0), &mut record);
    json!({"writes": (record.writes), "events": (record.events)})
}

fn seconds(n: f64) -> Duration {
    Duration::from_millis((n * 1000.0) as i64)
}

fn run_until(engine: &mut Engine<'_>, at: Time, record: &mut Record) {
    let _ = engine.watch_until(at, &mut |changes| {
        changes.iter().for_each(|change| record.add(change));
        ControlFlow::Continue(())
    });
}

/// The namespace, three nodes for everybody, and the scenario's own.
fn furnish(api: &Server, ns: &str, own: &[Value]) {
    api.create(Object::new("v1", "Namespace", "", ns)).unwrap();
    let shared = ["p-0", "p-1", "p-2"].into_iter().zip(["a", "b", "c"]).map(|(name, zone)| (name, zone, "p"));
    // What the scenario calls `dsu-a` is in zone a, and of the pool `dsu`.
    let own = own.iter().filter_map(|name| {
        let name = name.as_str()?;
        let (pool, zone) = name.rsplit_once('-')?;
        Some((name, zone, pool))
    });
    for (name, zone, pool) in shared.chain(own) {
        let mut node = Object::new("v1", "Node", "", name);
        for (key, value) in [
            ("kubernetes.io/hostname", name),
            ("pool", pool),
            ("topology.kubernetes.io/region", "ap-northeast-2"),
            ("topology.kubernetes.io/zone", &format!("ap-northeast-2{zone}")),
        ] {
            node.set_label(key, value);
        }
        api.create(node).unwrap();
        api.modify("nodes", "", name, |n| drop(n.remove("spec/taints"))).unwrap();
        let ready = |n: &mut Object| {
            let resources = json!({"cpu": "4", "memory": "16Gi", "pods": "110"});
            n.set("status/allocatable", &resources);
            n.set("status/capacity", &resources);
            n.set("status/conditions", json!([{"type": "Ready", "status": "True"}]));
        };
        api.modify_status("nodes", "", name, ready).unwrap();
    }
}

fn api_version(kind: &str) -> &'static str {
    match kind {
        "Job" | "CronJob" => "batch/v1",
        "StatefulSet" | "DaemonSet" | "Deployment" | "ReplicaSet" => "apps/v1",
        _ => "v1",
    }
}

/// Does what the driver of the recording did.
fn take(api: &Server, ns: &str, step: &Value) {
    let action = step.at("do");
    if action.as_str() == Some("create") {
        let mut object = Object(step.at("manifest").clone());
        let version = api_version(object.kind());
        object.set("apiVersion", version);
        let resource = api.resource_of(&object).unwrap();
        api.post(&resource, ns, object.0, &WriteOptions::default()).unwrap();
        return;
    }
    let named = |kind: &str| {
        let object = Object::new(api_version(kind), kind, ns, action.str_at("name"));
        api.resource_of(&object).unwrap()
    };
    if let Some(kind) = action.at("patch").as_str() {
        let (resource, name) = (named(kind), action.str_at("name"));
        let patch = Patch::Strategic(action.at("body").clone());
        let options = WriteOptions::default();
        if action.str_at("subresource") == "scale" {
            api.patch_scale(&resource, ns, name, &patch, &options).unwrap();
        } else {
            api.patch(&resource, ns, name, &patch, kubetick::api::Part::Main, &options).unwrap();
        }
    } else if let Some(kind) = action.at("delete").as_str() {
        api.remove(&named(kind), ns, action.str_at("name"), &DeleteOptions::default()).unwrap();
    } else {
        let words: Vec<&str> = action.items_at("kubectl").iter().filter_map(Value::as_str).collect();
        kubectl(api, &words);
    }
}

/// The few commands that touch nodes.
fn kubectl(api: &Server, words: &[&str]) {
    match words {
        ["cordon", node] => {
            let cordon = |n: &mut Object| {
                n.set("spec/unschedulable", true);
                let taint = json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"});
                n.set("spec/taints", vec![taint]);
            };
            api.modify("nodes", "", node, cordon).unwrap();
        }
        ["label", "node", node, label] => {
            let key = label.trim_end_matches('-');
            api.modify("nodes", "", node, |n| drop(n.at_mut("metadata/labels").map_mut().remove(key)))
                .unwrap();
        }
        other => panic!("no such command here: {other:?}"),
    }
}

struct Record {
    t0: Time,
    ns: String,
    known: BTreeMap<String, Value>,
    writes: Vec<Value>,
    events: Vec<Value>,
}

impl Record {
    fn add(&mut self, change: &Change) {
        let o = &change.object;
        if o.namespace() != self.ns {
            return;
        }
        let t = change.time.since(self.t0).as_secs_f64();
        if o.kind() == "Event" {
            self.events.push(json!({
                "t": t, "verb": (change.verb.as_str()), "type": (o.at("type")), "reason": (o.at("reason")),
                "message": (o.at("message")), "count": (o.at("count")), "source": (o.at("source")),
                "object": {"kind": (o.at("involvedObject/kind")), "name": (o.at("involvedObject/name"))},
            }));
            return;
        }
        let key = format!("{} {}", o.kind(), o.name());
        let after = reduce(o);
        let set = match change.verb {
            Verb::Deleted => {
                self.known.remove(&key);
                Value::object()
            }
            _ => {
                let before = self.known.insert(key, after.clone()).unwrap_or_default();
                changed(&before, &after)
            }
        };
        if change.verb == Verb::Modified && set.map().is_empty() {
            return;
        }
        self.writes.push(json!({
            "t": t, "verb": (change.verb.as_str()), "kind": (o.kind()), "name": (o.name()), "set": set,
        }));
    }
}
