//! The annotation `endpoints.kubernetes.io/last-change-trigger-time`: when what led to a write happened, for those who
//! measure how long the news took. Only new readiness of pods and the service's creation count; other writes drop it.

use super::addresses::Endpoint;
use crate::actors::Ctx;
use crate::machinery::{Object, Value};

const ANNOTATION: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// The earliest cause since the last call for this service, which is remembered.
pub(super) fn since_last(service: &Object, endpoints: &[Endpoint], ctx: &Ctx<'_>) -> Option<String> {
    let key = service.key();
    let known = ctx.memory(&key);
    let mut seen = Value::object();
    seen.set("created", service.str_at("metadata/creationTimestamp"));
    let mut causes: Vec<String> = Vec::new();
    if known.str_at("created") != seen.str_at("created") {
        causes.push(seen.str_at("created").to_string());
    }
    let mut pods = Value::object();
    for endpoint in endpoints {
        let changed = endpoint.pod.condition("Ready").map_or("", |c| c.str_at("lastTransitionTime"));
        let before = known.at("pods").str_at(endpoint.pod.uid());
        if changed > before {
            causes.push(changed.to_string());
        }
        pods.map_mut().insert(endpoint.pod.uid(), changed);
    }
    seen.set("pods", pods);
    if seen != known {
        ctx.remember(&key, seen);
    }
    causes.into_iter().min()
}

/// Sets or drops the annotation.
pub(super) fn annotate(object: &mut Object, cause: Option<&str>) {
    match cause {
        Some(time) => object.set_annotation(ANNOTATION, time),
        None => {
            if object.annotation(ANNOTATION).is_some() {
                object.at_mut("metadata/annotations").map_mut().remove(ANNOTATION);
                if object.annotations().is_empty() {
                    object.remove("metadata/annotations");
                }
            }
        }
    }
}
