//! The conditions and the status of a HorizontalPodAutoscaler.

use crate::machinery::{Time, Value};
use serde::Deserialize;

/// One entry of `status.conditions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Condition {
    /// `AbleToScale`, `ScalingActive`, `ScalingLimited` or `ScaledToZero`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True` or `False`.
    pub status: String,
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// When `status` last changed; empty until the condition stands in a status.
    pub last_transition_time: String,
}

impl Condition {
    fn new(kind: &str, holds: bool, reason: &str, message: impl Into<String>) -> Condition {
        Condition {
            kind: kind.to_string(),
            status: if holds { "True" } else { "False" }.to_string(),
            reason: reason.to_string(),
            message: message.into(),
            last_transition_time: String::new(),
        }
    }

    /// AbleToScale with any reason.
    pub(super) fn able_to_scale(holds: bool, reason: &str, message: impl Into<String>) -> Condition {
        Condition::new("AbleToScale", holds, reason, message)
    }

    /// ScalingActive with any reason.
    pub(super) fn scaling_active(holds: bool, reason: &str, message: impl Into<String>) -> Condition {
        Condition::new("ScalingActive", holds, reason, message)
    }

    /// ScalingActive=False of a target whose pods cannot be found.
    pub(super) fn invalid_selector(message: &str) -> Condition {
        Condition::scaling_active(false, "InvalidSelector", message)
    }

    /// ScalingActive=False of a target whose pods another autoscaler counts too.
    pub(super) fn ambiguous_selector(message: &str) -> Condition {
        Condition::scaling_active(false, "AmbiguousSelector", message)
    }

    /// ScalingLimited: false when nothing stood in the way of the wanted size.
    pub(super) fn scaling_limited(holds: bool, reason: &str, message: &str) -> Condition {
        Condition::new("ScalingLimited", holds, reason, message)
    }

    /// ScaledToZero after a change of size, with the feature gate on.
    pub(super) fn scaled_to_zero(holds: bool) -> Condition {
        let (reason, message) = if holds {
            ("ScaledToZero", "the HPA controller scaled the workload to zero")
        } else {
            ("NotScaledToZero", "the HPA controller did not scale the workload to zero")
        };
        Condition::new("ScaledToZero", holds, reason, message)
    }

    /// ScalingActive=False of a metric that cannot be computed.
    pub(super) fn cannot_compute(reason: &str, error: &str) -> Condition {
        let message = format!("the HPA was unable to compute the replica count: {error}");
        Condition::scaling_active(false, reason, message)
    }
}

/// The status of a HorizontalPodAutoscaler (v2).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Status {
    pub current_replicas: i32,
    pub desired_replicas: i32,
    pub last_scale_time: Option<String>,
    pub current_metrics: Option<Vec<Value>>,
    #[serde(deserialize_with = "super::spec::null_as_default")]
    pub conditions: Vec<Condition>,
}

impl Status {
    /// Whether a condition has status `True`.
    pub fn holds(&self, kind: &str) -> bool {
        self.conditions.iter().any(|c| c.kind == kind && c.status == "True")
    }

    /// Puts a condition in its place, or last. The transition time moves only when the status changes.
    pub fn set(&mut self, condition: Condition, now: Time) {
        let stamp = || now.rfc3339();
        match self.conditions.iter_mut().find(|c| c.kind == condition.kind) {
            Some(old) if old.status == condition.status => {
                (old.reason, old.message) = (condition.reason, condition.message);
            }
            Some(old) => *old = Condition { last_transition_time: stamp(), ..condition },
            None => self.conditions.push(Condition { last_transition_time: stamp(), ..condition }),
        }
    }

    /// Takes a condition out.
    pub fn drop(&mut self, kind: &str) {
        self.conditions.retain(|c| c.kind != kind);
    }

    /// As the API writes it: `desiredReplicas` and `currentMetrics` always, the rest unless empty.
    pub fn to_value(&self) -> Value {
        let mut v = crate::json!({
            "desiredReplicas": self.desired_replicas,
            "currentMetrics": self.current_metrics.clone(),
        });
        if self.current_replicas != 0 {
            v.set("currentReplicas", self.current_replicas);
        }
        if let Some(time) = &self.last_scale_time {
            v.set("lastScaleTime", time);
        }
        if !self.conditions.is_empty() {
            v.set("conditions", self.conditions.iter().map(condition_value).collect::<Value>());
        }
        v
    }
}

fn condition_value(c: &Condition) -> Value {
    crate::json!({
        "type": &c.kind, "status": &c.status, "reason": &c.reason, "message": &c.message,
        "lastTransitionTime": &c.last_transition_time,
    })
}
