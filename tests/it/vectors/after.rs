//! What a command leaves in the cluster, against the recorded state after it.

use super::api::difference;
use super::session::{self, Outcome};
use kubetick::machinery::{Object, Time, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Compares what a case recorded of the state after it, if it did.
pub fn check(dir: &str, case: &Value, outcome: &Outcome) -> Result<(), String> {
    if case.str_at("after").is_empty() {
        return Ok(());
    }
    let before = session::objects(&session::state_of(dir, case));
    // What is new under a generated name goes by what that was made from.
    let known: BTreeSet<String> = before.iter().chain(outcome.around()).map(session::key).collect();
    let key = |object: &Object| match object.str_at("metadata/generateName") {
        prefix if !prefix.is_empty() && !known.contains(&session::key(object)) => {
            format!("{} {}/{prefix}", object.kind(), object.namespace())
        }
        _ => session::key(object),
    };
    let by_key = |objects: Vec<Object>| -> BTreeMap<String, Value> {
        objects.iter().map(|object| (key(object), masked(object))).collect()
    };
    let before = by_key(before);
    let want = by_key(session::objects(&format!("{dir}/{}", case.str_at("after"))));
    let got = by_key(outcome.after().into_values().collect());
    let mut wrong = Vec::new();
    for (key, want) in &want {
        match got.get(key) {
            None => wrong.push(format!("{key} is missing")),
            Some(got) if got != want => wrong.push(format!("{key}: {}", difference(want, got))),
            Some(_) => {}
        }
    }
    // A recorded state holds some namespaces whole, and of the rest nothing.
    let namespaces: BTreeSet<&str> =
        before.values().chain(want.values()).map(|o| o.str_at("metadata/namespace")).collect();
    let around: BTreeSet<String> = outcome.around().iter().map(session::key).collect();
    for (key, object) in &got {
        let ns = object.str_at("metadata/namespace");
        let expected = want.contains_key(key) || around.contains(key) && !before.contains_key(key);
        let in_scope = before.contains_key(key) || !ns.is_empty() && namespaces.contains(ns);
        if in_scope && !expected {
            wrong.push(format!("{key} should not be there"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("afterwards: {}", wrong.join("; "))) }
}

/// What no two servers agree on, taken out.
fn masked(object: &Object) -> Value {
    let mut object = object.0.clone();
    for path in ["metadata/managedFields", "metadata/uid", "metadata/resourceVersion"] {
        object.remove(path);
    }
    if !object.str_at("metadata/generateName").is_empty() {
        object.remove("metadata/name");
    }
    mask("", &mut object);
    object
}

fn mask(key: &str, value: &mut Value) {
    match value {
        Value::Map(_) => {
            for key in value.map().keys().map(str::to_string).collect::<Vec<_>>() {
                if let Some(child) = value.map_mut().get_mut(&key) {
                    mask(&key, child);
                }
            }
        }
        Value::List(_) => value.list_mut().iter_mut().for_each(|child| mask(key, child)),
        _ => {
            let text = value.as_str().unwrap_or("");
            if Time::parse(text).is_some() {
                *value = "<time>".into();
            } else if matches!(key, "clusterIP" | "clusterIPs")
                && text.starts_with(|c: char| c.is_ascii_digit())
            {
                *value = "<address>".into();
            } else if matches!(key, "nodePort" | "healthCheckNodePort") {
                *value = "<port>".into();
            } else if key == "uid" || key.ends_with("controller-uid") {
                *value = "<uid>".into();
            } else if text.starts_with("kube-api-access-") {
                *value = "kube-api-access-<suffix>".into();
            }
        }
    }
}
