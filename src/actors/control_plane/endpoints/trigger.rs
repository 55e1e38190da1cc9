//! The annotation `endpoints.kubernetes.io/last-change-trigger-time`: when what led to a write happened, for those who
//! measure how long the news took. Only new readiness of pods and the service's creation count; other writes drop it.

use super::addresses::Endpoint;
use crate::actors::Ctx;
use crate::json;
use crate::machinery::{Object, Value};
use crate::store::Remembered;
use std::collections::BTreeMap;
use std::sync::Arc;

const ANNOTATION: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// What was seen of a service at the last call.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// When the service was created.
    created: String,
    /// When the readiness of each pod changed last, by uid.
    pods: BTreeMap<Arc<str>, Arc<str>>,
}

impl Remembered for Seen {
    fn to_value(&self) -> Value {
        let pods: Value = self.pods.iter().map(|(uid, changed)| (uid, changed.as_ref())).collect();
        json!({"created": self.created.as_str(), "pods": pods})
    }

    fn from_value(v: &Value) -> Seen {
        let pods = v.map_at("pods").iter();
        Seen {
            created: v.str_at("created").to_string(),
            pods: pods.map(|(uid, v)| (uid.into(), v.as_str().unwrap_or("").into())).collect(),
        }
    }
}

/// The earliest cause since the last call for this service, which is remembered.
pub(super) fn since_last(service: &Object, endpoints: &[Endpoint], ctx: &Ctx<'_>) -> Option<String> {
    let key = service.key();
    let known = ctx.recall::<Seen>(&key).unwrap_or_default();
    let created = service.str_at("metadata/creationTimestamp");
    let mut causes: Vec<&str> = Vec::new();
    if known.created != created {
        causes.push(created);
    }
    let mut pods = BTreeMap::new();
    for endpoint in endpoints {
        let uid = endpoint.pod.uid();
        let changed = endpoint.pod.condition("Ready").map_or("", |c| c.str_at("lastTransitionTime"));
        let before = known.pods.get_key_value(uid);
        if changed > before.map_or("", |(_, time)| time) {
            causes.push(changed);
        }
        let same = before.filter(|(_, time)| ***time == *changed);
        let entry = same.map(|(uid, time)| (uid.clone(), time.clone()));
        let (uid, changed) = entry.unwrap_or_else(|| (uid.into(), changed.into()));
        pods.insert(uid, changed);
    }
    let cause = causes.into_iter().min().map(str::to_string);
    let seen = Seen { created: created.to_string(), pods };
    if seen != *known {
        ctx.keep(&key, seen);
    }
    cause
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
