//! Cluster Autoscaler against what the real packages decided.

mod estimator;
mod expander;
mod scale_down;
mod scale_up;
pub mod timelines;

use kubetick::actors::programs::cluster_autoscaler::pod::Pod;
use kubetick::actors::programs::cluster_autoscaler::template::Template;
use kubetick::json;
use kubetick::machinery::{Duration, Map, Object, Time, Value};
use std::sync::Arc;

/// The instant of every case.
fn now() -> Time {
    Time::parse("2026-06-03T12:00:00Z").unwrap()
}

fn ago(seconds: i64) -> String {
    (now() - Duration::from_secs(seconds)).rfc3339()
}

fn int(v: &Value, field: &str) -> i64 {
    v.int_at(field).unwrap_or(0)
}

/// A node of the inputs.
fn node(v: &Value) -> Object {
    let name = v.str_at("Name");
    let mut o = Object::new("v1", "Node", "", name);
    let amounts =
        |cpu: i64, memory: i64| json!({"cpu": format!("{cpu}m"), "memory": memory, "pods": int(v, "Pods")});
    let or = |field: &str, default: i64| v.int_at(field).filter(|n| *n != 0).unwrap_or(default);
    let (cpu, memory) = (int(v, "CPU"), int(v, "Mem"));
    o.set("status/allocatable", amounts(cpu, memory));
    o.set("status/capacity", amounts(or("CapCPU", cpu), or("CapMem", memory)));
    let mut labels: Map = v.map_at("Labels").clone();
    for (key, value) in
        [("kubernetes.io/hostname", name), ("kubernetes.io/os", "linux"), ("kubernetes.io/arch", "amd64")]
    {
        labels.insert(key, value);
    }
    o.set("metadata/labels", labels);
    if !v.at("Annotations").is_null() {
        o.set("metadata/annotations", v.at("Annotations"));
    }
    if !v.at("Taints").is_null() {
        o.set("spec/taints", v.at("Taints"));
    }
    if v.bool_at("Unschedulable") {
        o.set("spec/unschedulable", true);
    }
    o.set("metadata/creationTimestamp", ago(3 * 3600));
    let ready = if v.bool_at("NotReady") { "False" } else { "True" };
    o.set(
        "status/conditions",
        json!([{"type": "Ready", "status": ready, "lastTransitionTime": ago(2 * 3600)}]),
    );
    o
}

/// A pod of the inputs under one of its names.
fn pod(v: &Value, name: &str) -> Object {
    let ns = match v.str_at("Namespace") {
        "" => "default",
        ns => ns,
    };
    let mut o = Object::new("v1", "Pod", ns, name);
    o.set("metadata/uid", format!("{ns}/{name}"));
    o.set("metadata/creationTimestamp", ago(3600));
    let mut requests = Map::new();
    if int(v, "CPU") > 0 {
        requests.insert("cpu", format!("{}m", int(v, "CPU")));
    }
    if int(v, "Mem") > 0 {
        requests.insert("memory", int(v, "Mem"));
    }
    let mut container = json!({"name": "c", "image": "i", "resources": {"requests": requests}});
    if int(v, "HostPort") > 0 {
        let port = int(v, "HostPort");
        container.set("ports", json!([{"hostPort": port, "containerPort": port, "protocol": "TCP"}]));
    }
    o.set("spec/containers", json!([container]));
    o.set(
        "spec/restartPolicy",
        if v.str_at("RestartPolicy").is_empty() { "Always" } else { v.str_at("RestartPolicy") },
    );
    for (from, to) in [
        ("Labels", "metadata/labels"),
        ("Annotations", "metadata/annotations"),
        ("NodeSelector", "spec/nodeSelector"),
        ("Tolerations", "spec/tolerations"),
        ("Priority", "spec/priority"),
    ] {
        if !v.at(from).is_null() {
            o.set(to, v.at(from));
        }
    }
    if v.bool_at("Mirror") {
        o.set_annotation("kubernetes.io/config.mirror", "mirror");
    }
    if !v.str_at("OwnerKind").is_empty() {
        let kind = v.str_at("OwnerKind");
        let api_version = match kind {
            "Job" => "batch/v1",
            "ReplicationController" => "v1",
            _ => "apps/v1",
        };
        let owner = v.str_at("OwnerName");
        o.set(
            "metadata/ownerReferences",
            json!([{"apiVersion": api_version, "kind": kind, "name": owner, "uid": format!("{ns}/{owner}"), "controller": true}]),
        );
    }
    if v.bool_at("LocalStorage") {
        o.set("spec/volumes", json!([{"name": "d", "emptyDir": {}}]));
    }
    let own = json!({"matchLabels": v.at("Labels")});
    if v.bool_at("AntiAffinityHostname") {
        o.set(
            "spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution",
            json!([{"labelSelector": own.clone(), "topologyKey": "kubernetes.io/hostname"}]),
        );
    }
    if !v.str_at("SpreadKey").is_empty() {
        o.set(
            "spec/topologySpreadConstraints",
            json!([{"maxSkew": int(v, "SpreadMaxSkew"), "topologyKey": v.str_at("SpreadKey"), "whenUnsatisfiable": "DoNotSchedule", "labelSelector": own}]),
        );
    }
    if int(v, "DeletedSecondsAgo") > 0 {
        o.set("metadata/deletionTimestamp", ago(int(v, "DeletedSecondsAgo")));
        o.set("spec/terminationGracePeriodSeconds", 30);
    }
    if !v.str_at("Node").is_empty() {
        o.set("spec/nodeName", v.str_at("Node"));
    }
    if !v.str_at("Phase").is_empty() {
        o.set("status/phase", v.str_at("Phase"));
    }
    o
}

/// The pods of a list, those with a count multiplied.
fn pods(list: &[Value]) -> Vec<Arc<Pod>> {
    let mut all = Vec::new();
    for v in list {
        let names = match int(v, "Count") {
            0 => vec![v.str_at("Name").to_string()],
            n => (0..n).map(|i| format!("{}-{i}", v.str_at("Name"))).collect(),
        };
        for name in names {
            let mut parsed = Pod::parse(&pod(v, &name));
            parsed.position = all.len();
            all.push(Arc::new(parsed));
        }
    }
    all
}

fn template(v: &Value) -> Template {
    Template { node: node(v), pods: pods(v.items_at("Daemons")) }
}

fn names<'a>(pods: impl IntoIterator<Item = &'a Arc<Pod>>) -> Value {
    pods.into_iter().map(|p| Value::from(p.name())).collect()
}

fn sorted_names<'a>(pods: impl IntoIterator<Item = &'a Arc<Pod>>) -> Value {
    let mut names: Vec<String> = pods.into_iter().map(|p| p.name().to_string()).collect();
    names.sort();
    names.into_iter().map(Value::from).collect()
}
