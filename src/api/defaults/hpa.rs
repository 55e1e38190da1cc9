//! Defaults of HorizontalPodAutoscalers (v2).

use crate::json;
use crate::machinery::{Object, Value};

/// Fills in the minimum, the metric, and whatever a given `behavior` leaves open; without `behavior` the controller
/// goes by rules of its own, so none is made up.
pub(crate) fn default_hpa(hpa: &mut Object) {
    if hpa.at("spec/minReplicas").is_null() {
        hpa.set("spec/minReplicas", 1);
    }
    if hpa.items_at("spec/metrics").is_empty() {
        hpa.set("spec/metrics", Value::from(vec![cpu_utilization(80)]));
    }
    if !hpa.at("spec/behavior").is_null() {
        overlay(hpa.at_mut("spec/behavior/scaleUp"), scale_up_rules());
        overlay(hpa.at_mut("spec/behavior/scaleDown"), scale_down_rules());
    }
}

/// The metric of an autoscaler that names none, and of `targetCPUUtilizationPercentage`.
pub(crate) fn cpu_utilization(percent: i64) -> Value {
    json!({
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": percent}},
    })
}

fn scale_up_rules() -> Value {
    json!({
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [
            {"type": "Pods", "value": 4, "periodSeconds": 15},
            {"type": "Percent", "value": 100, "periodSeconds": 15},
        ],
    })
}

/// The window is left to the controller's flag.
fn scale_down_rules() -> Value {
    json!({
        "selectPolicy": "Max",
        "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
    })
}

/// Keeps what is given, an empty list of policies included: that one is for validation to refuse.
fn overlay(given: &mut Value, defaults: Value) {
    let rules = given.map_mut();
    for (key, value) in defaults.map().iter() {
        if rules.get(key).is_none_or(Value::is_null) {
            rules.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_spec_gets_a_minimum_and_the_cpu_metric() {
        let mut hpa = Object(json!({"spec": {"maxReplicas": 3, "metrics": []}}));
        default_hpa(&mut hpa);
        assert_eq!(hpa.int_at("spec/minReplicas"), Some(1));
        assert_eq!(hpa.items_at("spec/metrics"), [cpu_utilization(80)]);
        assert!(hpa.at("spec/behavior").is_null());
    }

    #[test]
    fn behavior_is_completed_direction_by_direction() {
        let mut hpa = Object(json!({"spec": {"behavior": {
            "scaleDown": {"stabilizationWindowSeconds": 30, "policies": [], "tolerance": "50m"},
        }}}));
        default_hpa(&mut hpa);
        assert_eq!(*hpa.at("spec/behavior/scaleUp"), scale_up_rules());
        let down = json!({
            "stabilizationWindowSeconds": 30, "policies": [], "tolerance": "50m", "selectPolicy": "Max",
        });
        assert_eq!(*hpa.at("spec/behavior/scaleDown"), down);
    }
}
