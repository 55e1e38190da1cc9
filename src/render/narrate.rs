//! What a tick tells: one line a change that a person would care for.

use crate::machinery::{Object, Time, Value};
use crate::store::{Change, Verb};

/// The line of a change; nothing for the housekeeping of the control plane.
pub fn line(change: &Change) -> Option<String> {
    let text = match change.resource.as_ref() {
        "events" => event(change)?,
        "pods" => pod(change)?,
        "nodes" => node(change)?,
        "horizontalpodautoscalers.autoscaling" => hpa(change)?,
        "leases.coordination.k8s.io" | "endpoints" | "endpointslices.discovery.k8s.io" => return None,
        "replicasets.apps" | "deployments.apps" => return None,
        _ => match change.verb {
            Verb::Added => format!("{} created", about(&change.object)),
            Verb::Deleted => format!("{} deleted", about(&change.object)),
            Verb::Modified => return None,
        },
    };
    Some(format!("{}  {text}", clock(change.time)))
}

fn clock(t: Time) -> String {
    t.timestamp().strftime("%H:%M:%S").to_string()
}

fn about(o: &Object) -> String {
    let ns = if o.namespace().is_empty() { String::new() } else { format!("{}/", o.namespace()) };
    format!("{ns}{}/{}", o.kind().to_lowercase(), o.name())
}

fn event(change: &Change) -> Option<String> {
    let e = &change.object;
    if change.verb == Verb::Deleted {
        return None;
    }
    let ns = match e.str_at("involvedObject/namespace") {
        "" => String::new(),
        ns => format!("{ns}/"),
    };
    let kind = e.str_at("involvedObject/kind").to_lowercase();
    let name = e.str_at("involvedObject/name");
    Some(format!("{ns}{kind}/{name} {}: {}", e.str_at("reason"), e.str_at("message").trim()))
}

/// A pod's phase as people follow it.
fn pod(change: &Change) -> Option<String> {
    let word = |o: &Object| {
        if o.is_deleting() {
            "Terminating".to_string()
        } else if o.condition_true("Ready") {
            "Ready".to_string()
        } else {
            o.str_at("status/phase").to_string()
        }
    };
    match (change.verb, &change.previous) {
        (Verb::Deleted, _) => Some(format!("{} gone", about(&change.object))),
        (_, Some(old)) if word(old) == word(&change.object) => None,
        _ => Some(format!("{} {}", about(&change.object), word(&change.object))),
    }
}

fn node(change: &Change) -> Option<String> {
    let ready = |o: &Object| o.condition_true("Ready");
    match (change.verb, &change.previous) {
        (Verb::Deleted, _) => Some(format!("{} gone", about(&change.object))),
        (_, Some(old)) if ready(old) == ready(&change.object) => None,
        _ => Some(format!(
            "{} {}",
            about(&change.object),
            if ready(&change.object) { "Ready" } else { "NotReady" }
        )),
    }
}

fn hpa(change: &Change) -> Option<String> {
    let seen = |o: &Object| {
        let metrics: Vec<String> = o
            .items_at("status/currentMetrics")
            .iter()
            .filter_map(|m| {
                let current =
                    m.at(&m.str_at("type").chars().take(1).flat_map(char::to_lowercase).collect::<String>());
                let current = if current.is_null() { m.at("resource/current") } else { current };
                current.int_at("averageUtilization").map(|p| format!("{p}%"))
            })
            .collect();
        (metrics.join(", "), o.at("status/currentReplicas").clone(), o.at("status/desiredReplicas").clone())
    };
    let now = seen(&change.object);
    let count = |v: &Value| v.as_i64().unwrap_or(0);
    match (change.verb, &change.previous) {
        (Verb::Added | Verb::Deleted, _) => None,
        (_, Some(old)) if seen(old) == now => None,
        _ => Some(format!(
            "{} {} replicas {} -> {}",
            about(&change.object),
            now.0,
            count(&now.1),
            count(&now.2)
        )),
    }
}
