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

/// What an autoscaler measured and decided. One that could decide nothing says so in its events.
fn hpa(change: &Change) -> Option<String> {
    let told = |o: &Object| {
        let measured: Vec<String> = o.items_at("status/currentMetrics").iter().filter_map(measured).collect();
        let count = |key| o.int_at(key).unwrap_or(0);
        (measured.join(", "), count("status/currentReplicas"), count("status/desiredReplicas"))
    };
    let now = told(&change.object);
    let old = change.previous.as_ref().filter(|_| change.verb == Verb::Modified)?;
    if told(old) == now || !change.object.condition_true("ScalingActive") {
        return None;
    }
    let (measured, current, desired) = now;
    let replicas = if current == desired { current.to_string() } else { format!("{current} -> {desired}") };
    Some(format!("{} {measured} replicas {replicas}", about(&change.object)))
}

/// The value of a metric in an autoscaler's status, whatever its source.
fn measured(metric: &Value) -> Option<String> {
    let current = metric.map().iter().find_map(|(_, source)| source.get("current"))?;
    match current.int_at("averageUtilization") {
        Some(percent) => Some(format!("{percent}%")),
        None => ["averageValue", "value"].iter().find_map(|key| current.at(key).as_str()).map(str::to_string),
    }
}
