//! What the controllers of workloads share: pods made from a template and taken away, with the events that tell of it,
//! and what a controller asks of a pod.

use crate::actors::Ctx;
use crate::api::{ApiError, EventSpec};
use crate::machinery::{Duration, Object, Time, Value};

/// The most pods a controller makes or deletes in one pass.
pub const BURST: usize = 500;

/// A pod of a controller's template; it gets its name from the server.
pub fn pod_from_template(template: &Value, owner: &Object) -> Object {
    let mut pod = Object::default();
    pod.set("apiVersion", "v1");
    pod.set("kind", "Pod");
    for key in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template.at("metadata").get(key) {
            pod.at_mut("metadata").map_mut().insert(key, value);
        }
    }
    pod.set("metadata/generateName", format!("{}-", owner.name()));
    pod.set("metadata/namespace", owner.namespace());
    pod.set("metadata/ownerReferences", vec![owner.as_controller_ref()]);
    pod.set("spec", template.at("spec"));
    pod
}

/// Records an event of a controller about an object.
pub fn record(ctx: &Ctx<'_>, about: &Object, component: &str, kind: &str, reason: &str, message: &str) {
    ctx.api.record(about, &EventSpec { kind, reason, message, component, ..EventSpec::default() });
}

/// Makes a pod and tells of it in an event about the owner.
pub fn create_pod(ctx: &Ctx<'_>, component: &str, owner: &Object, pod: Object) -> Result<Object, ApiError> {
    match ctx.api.create(pod) {
        Ok(made) => {
            let message = format!("Created pod: {}", made.name());
            record(ctx, owner, component, "Normal", "SuccessfulCreate", &message);
            Ok(made)
        }
        Err(e) => {
            // The end of a namespace is no news.
            if !is_namespace_terminating(&e) {
                let message = format!("Error creating: {e}");
                record(ctx, owner, component, "Warning", "FailedCreate", &message);
            }
            Err(e)
        }
    }
}

/// Whether a write failed because its namespace is going away.
pub fn is_namespace_terminating(e: &ApiError) -> bool {
    e.details.as_ref().is_some_and(|d| d.causes.iter().any(|c| c.reason == "NamespaceTerminating"))
}

/// Deletes a pod and tells of it in an event about the owner.
pub fn delete_pod(ctx: &Ctx<'_>, component: &str, owner: &Object, pod: &str) -> Result<(), ApiError> {
    match ctx.api.delete("pods", owner.namespace(), pod) {
        Ok(()) => {
            record(ctx, owner, component, "Normal", "SuccessfulDelete", &format!("Deleted pod: {pod}"));
            Ok(())
        }
        Err(e) => {
            record(ctx, owner, component, "Warning", "FailedDelete", &format!("Error deleting: {e}"));
            Err(e)
        }
    }
}

/// Makes `count` things in batches of 1, 2, 4, ...: when one of a batch fails, no further batch is begun, so that a quota
/// that is used up is not asked a thousand times. Returns how many were made and the first error.
pub fn slow_start(
    count: usize,
    mut make: impl FnMut(usize) -> Result<(), ApiError>,
) -> (usize, Result<(), ApiError>) {
    let (mut made, mut next, mut batch) = (0, 0, 1);
    while next < count {
        let end = (next + batch).min(count);
        let mut outcome = Ok(());
        for i in next..end {
            match make(i) {
                Ok(()) => made += 1,
                Err(e) => outcome = outcome.and(Err(e)),
            }
        }
        if outcome.is_err() {
            return (made, outcome);
        }
        (next, batch) = (end, batch * 2);
    }
    (made, Ok(()))
}

/// `namespace/name` of the controller of an object, when it is of a kind.
pub fn controller_key(object: &Object, kind: &str) -> Option<String> {
    object
        .controller()
        .filter(|owner| owner.kind == kind)
        .map(|owner| format!("{}/{}", object.namespace(), owner.name))
}

/// Whether a pod ended: `Succeeded` or `Failed`.
pub fn is_terminal(pod: &Object) -> bool {
    matches!(pod.str_at("status/phase"), "Succeeded" | "Failed")
}

/// Whether a pod is ready.
pub fn is_ready(pod: &Object) -> bool {
    pod.condition_true("Ready")
}

/// Whether a pod is ready, and since when.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Readiness {
    /// Whether it is.
    pub ready: bool,
    since: Option<Time>,
}

impl Readiness {
    /// Reads it.
    pub fn of(pod: &Object) -> Readiness {
        let ready = pod.condition("Ready").filter(|c| c.str_at("status") == "True");
        Readiness {
            ready: ready.is_some(),
            since: ready.and_then(|c| Time::parse(c.str_at("lastTransitionTime"))),
        }
    }

    /// When the pod becomes available: when it was ready for a while. None for one that is not ready.
    pub fn available_at(self, min_ready_seconds: i64) -> Option<Time> {
        match min_ready_seconds {
            0 => self.ready.then_some(Time(i64::MIN)),
            seconds => self.since.map(|since| since + Duration::from_secs(seconds)),
        }
    }
}

/// When a pod becomes available.
pub fn available_at(pod: &Object, min_ready_seconds: i64) -> Option<Time> {
    Readiness::of(pod).available_at(min_ready_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn a_failure_stops_the_batches() {
        let (made, outcome) = slow_start(100, |i| if i == 4 { Err(ApiError::rejected()) } else { Ok(()) });
        assert_eq!(made, 6);
        assert!(outcome.is_err());
        assert_eq!(slow_start(9, |_| Ok(())).0, 9);
    }

    #[test]
    fn availability_comes_after_the_seconds_asked_for() {
        let mut pod = Object::new("v1", "Pod", "shop", "p");
        assert_eq!(available_at(&pod, 0), None);
        let since = Time::from_secs(100);
        pod.set(
            "status/conditions",
            json!([
                {"type": "Ready", "status": "True", "lastTransitionTime": (since.rfc3339())}
            ]),
        );
        assert!(available_at(&pod, 0).is_some_and(|at| at <= since));
        assert_eq!(available_at(&pod, 10), Some(since + Duration::from_secs(10)));
    }
}
