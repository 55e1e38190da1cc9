//! The reduced form of objects in which the recordings tell of their changes.

use kubetick::json;
use kubetick::machinery::{Object, Value};

/// The fields of an object that a recording follows; absent ones are null.
pub fn reduce(o: &Object) -> Value {
    let mut out = Value::object();
    let mut put = |key: &str, value: Value| {
        if !value.is_null() {
            out.set(key, value);
        }
    };
    put("labels", o.at("metadata/labels").clone());
    let mut annotations = o.at("metadata/annotations").clone();
    annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    put("annotations", annotations);
    put("finalizers", o.at("metadata/finalizers").clone());
    put("owners", owners(o));
    put("generation", o.at("metadata/generation").clone());
    if o.is_deleting() {
        put("deleting", true.into());
        put("grace", o.at("metadata/deletionGracePeriodSeconds").clone());
    }
    let mut status = o.at("status").clone();
    status.remove("conditions");
    if status.map().is_empty() {
        status = Value::Null;
    }
    match o.kind() {
        "Pod" => {}
        "Job" => {
            for key in ["parallelism", "completions", "suspend"] {
                put(key, o.at("spec").at(key).clone());
            }
            put("conditions", conditions(o));
            put("status", status);
        }
        "CronJob" => {
            put("schedule", o.at("spec/schedule").clone());
            let active: Value = status.items_at("active").iter().map(|r| r.at("name").clone()).collect();
            let when = |key: &str| status.at(key).clone();
            put(
                "status",
                json!({
                    "active": active, "lastScheduleTime": (when("lastScheduleTime")),
                    "lastSuccessfulTime": (when("lastSuccessfulTime")),
                }),
            );
        }
        "ControllerRevision" => put("revision", o.at("revision").clone()),
        _ => {
            put("replicas", o.at("spec/replicas").clone());
            let images = o.items_at("spec/template/spec/containers").iter();
            put("image", images.map(|c| c.at("image").clone()).collect());
            put("conditions", conditions(o));
            put("status", status);
        }
    }
    out
}

fn owners(o: &Object) -> Value {
    let references = o.items_at("metadata/ownerReferences");
    if references.is_empty() {
        return Value::Null;
    }
    let owner = |r: &Value| {
        json!({
            "block": (r.bool_at("blockOwnerDeletion")), "controller": (r.bool_at("controller")),
            "kind": (r.at("kind")), "name": (r.at("name")),
        })
    };
    references.iter().map(owner).collect()
}

fn conditions(o: &Object) -> Value {
    let list = o.items_at("status/conditions");
    if list.is_empty() {
        return Value::Null;
    }
    let mut out = Value::object();
    for c in list {
        let mut told = json!({"status": (c.at("status"))});
        for key in ["reason", "message"] {
            if !c.str_at(key).is_empty() {
                told.set(key, c.at(key));
            }
        }
        out.map_mut().insert(c.str_at("type"), told);
    }
    out
}

/// The fields that differ, with their new values.
pub fn changed(before: &Value, after: &Value) -> Value {
    let mut out = Value::object();
    for (key, value) in after.map().iter() {
        if before.get(key) != Some(value) {
            out.map_mut().insert(key, value);
        }
    }
    for key in before.map().keys().filter(|key| after.get(key).is_none()) {
        out.map_mut().insert(key, Value::Null);
    }
    out
}
