//! The fields of an object that are compared.

use kubetick::json;
use kubetick::machinery::{Map, Object, Value};

/// The fields of an object that are compared.
pub fn reduce(object: &Object) -> Map {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        if !value.is_null() {
            out.insert(key, value);
        }
    };
    put("labels", non_empty(object.at("metadata/labels")));
    put("annotations", annotations(object.annotations()));
    put("owners", list(object, "metadata/ownerReferences", owner));
    put("finalizers", non_empty(object.at("metadata/finalizers")));
    put("deleting", if object.is_deleting() { json!(true) } else { Value::Null });
    put("grace", object.at("metadata/deletionGracePeriodSeconds").clone());
    put("generation", object.at("metadata/generation").clone());
    put("conditions", conditions(object));
    match object.kind() {
        "Pod" => pod(object, &mut put),
        "Node" => {
            put(
                "taints",
                list(object, "spec/taints", |t| json!([t.at("key"), t.at("value"), t.at("effect")])),
            );
            put("unschedulable", object.at("spec/unschedulable").clone());
        }
        "Namespace" => put("phase", object.at("status/phase").clone()),
        "ConfigMap" => put("keys", object.map_at("data").keys().collect()),
        "ControllerRevision" => put("revision", object.at("revision").clone()),
        "EndpointSlice" => {
            put("endpoints", list(object, "endpoints", endpoint));
            put(
                "ports",
                list(
                    object,
                    "ports",
                    |p| json!({"name": p.at("name"), "protocol": p.at("protocol"), "port": p.at("port")}),
                ),
            );
        }
        "Endpoints" => put("subsets", list(object, "subsets", subset)),
        _ => workload(object, &mut put),
    }
    out
}

fn non_empty(v: &Value) -> Value {
    if v.is_empty_value() { Value::Null } else { v.clone() }
}

fn list(object: &Value, path: &str, each: impl Fn(&Value) -> Value) -> Value {
    let items: Vec<Value> = object.items_at(path).iter().map(each).collect();
    if items.is_empty() { Value::Null } else { items.into() }
}

/// Without what kubectl remembers and what the kubelet is told.
fn annotations(annotations: &Map) -> Value {
    let mut map = annotations.clone();
    map.retain(|key, _| {
        key != "kubectl.kubernetes.io/last-applied-configuration" && !key.starts_with("fake/")
    });
    non_empty(&map.into())
}

fn owner(reference: &Value) -> Value {
    json!({
        "kind": reference.at("kind"), "name": reference.at("name"), "controller": reference.at("controller"),
        "block": reference.at("blockOwnerDeletion"),
    })
}

fn conditions(object: &Object) -> Value {
    let mut out = Map::new();
    for c in object.items_at("status/conditions") {
        let mut entry = Map::new();
        for key in ["status", "reason", "message"] {
            if !c.str_at(key).is_empty() {
                entry.insert(key, c.at(key));
            }
        }
        out.insert(c.str_at("type"), entry);
    }
    non_empty(&out.into())
}

fn pod(object: &Object, put: &mut impl FnMut(&str, Value)) {
    put("nodeName", object.at("spec/nodeName").clone());
    let toleration = |t: &Value| json!([t.at("key"), t.at("effect"), t.at("tolerationSeconds")]);
    put("tolerations", list(object, "spec/tolerations", toleration));
    put("phase", object.at("status/phase").clone());
    put("podIP", object.at("status/podIP").clone());
    put("qos", object.at("status/qosClass").clone());
    put("priority", object.at("spec/priority").clone());
    put("nominated", object.at("status/nominatedNodeName").clone());
    put("nodeAffinity", object.at("spec/affinity/nodeAffinity").clone());
    put("containers", list(object, "status/containerStatuses", container));
}

fn container(status: &Value) -> Value {
    let mut out = Map::new();
    out.insert("name", status.at("name"));
    out.insert("ready", status.bool_at("ready"));
    out.insert("restarts", status.int_at("restartCount").unwrap_or(0));
    let states: Value = status.map_at("state").keys().collect();
    for (_, state) in status.map_at("state").iter() {
        if !state.str_at("reason").is_empty() {
            out.insert("why", state.at("reason"));
        }
        if let Some(code) = state.int_at("exitCode") {
            out.insert("exit", code);
        }
    }
    out.insert("state", states);
    out.into()
}

fn endpoint(e: &Value) -> Value {
    json!({
        "addr": e.at("addresses"), "cond": e.at("conditions"), "pod": e.at("targetRef/name"), "node": e.at("nodeName"),
    })
}

fn subset(s: &Value) -> Value {
    let each = |path: &str| -> Value {
        s.items_at(path).iter().map(|a| json!([a.at("ip"), a.at("targetRef/name")])).collect()
    };
    json!({"addresses": each("addresses"), "notReady": each("notReadyAddresses")})
}

fn workload(object: &Object, put: &mut impl FnMut(&str, Value)) {
    for key in [
        "replicas",
        "paused",
        "schedule",
        "completions",
        "parallelism",
        "suspend",
        "minAvailable",
        "maxUnavailable",
    ] {
        if key != "suspend" || object.kind() == "Job" {
            put(key, object.at("spec").at(key).clone());
        }
    }
    if !matches!(object.kind(), "Job" | "CronJob") {
        put("tann", annotations(object.map_at("spec/template/metadata/annotations")));
        put("image", list(object, "spec/template/spec/containers", |c| c.at("image").clone()));
    }
    let status = object.at("status");
    if object.kind() == "CronJob" {
        let active: Value = status.items_at("active").iter().map(|a| a.at("name").clone()).collect();
        let (last, success) = (status.at("lastScheduleTime"), status.at("lastSuccessfulTime"));
        put("status", json!({"active": active, "lastScheduleTime": last, "lastSuccessfulTime": success}));
        return;
    }
    let mut status = status.map().clone();
    status.remove("conditions");
    put("status", non_empty(&status.into()));
}

/// The fields that differ, with their new values; what went is null.
pub fn changed(before: &Map, after: &Map) -> Value {
    let mut out = Map::new();
    for (key, value) in after.iter() {
        if before.get(key) != Some(value) {
            out.insert(key, value);
        }
    }
    for key in before.keys().filter(|key| after.get(key).is_none()) {
        out.insert(key, Value::Null);
    }
    out.into()
}
