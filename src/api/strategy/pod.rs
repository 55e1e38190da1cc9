//! New pods: pending, with the quality of service their resources give them.

use crate::json;
use crate::machinery::{Object, Quantity, Value};

pub(super) fn prepare_create(pod: &mut Object, now: &str) {
    let class = qos_class(pod.at("spec"));
    let mut status = json!({"phase": "Pending", "qosClass": class});
    if !pod.items_at("spec/schedulingGates").is_empty() {
        let gated = json!({
            "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
            "lastProbeTime": null, "lastTransitionTime": now,
        });
        status.set("conditions", vec![gated]);
    }
    pod.set("status", status);
}

/// The quality of service of a pod: `Guaranteed` when CPU and memory are limited everywhere to what is requested,
/// `BestEffort` when nothing is requested or limited, else `Burstable`.
fn qos_class(spec: &Value) -> &'static str {
    let whole = &spec["resources"];
    let parts: Vec<&Value> = if whole["requests"].is_empty_value() && whole["limits"].is_empty_value() {
        ["containers", "initContainers"]
            .iter()
            .flat_map(|list| spec[*list].items())
            .map(|c| &c["resources"])
            .collect()
    } else {
        vec![whole]
    };
    let (mut any, mut guaranteed) = (false, true);
    for resources in parts {
        let amount =
            |side: &str, name: &str| Some(Quantity::of(&resources[side][name])).filter(|q| q.nano() > 0);
        for name in ["cpu", "memory"] {
            let (request, limit) = (amount("requests", name), amount("limits", name));
            any |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && (request.is_none() || request == limit);
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_of_service_follows_from_cpu_and_memory() {
        let class = |resources: &[&str]| {
            let containers: Vec<Value> =
                resources.iter().map(|r| json!({"resources": Value::parse(r).unwrap()})).collect();
            qos_class(&json!({"containers": containers}))
        };
        let full = r#"{"requests":{"cpu":"1","memory":"1Gi"},"limits":{"cpu":"1000m","memory":"1Gi"}}"#;
        assert_eq!(class(&[full]), "Guaranteed");
        assert_eq!(class(&[full, "{}"]), "Burstable");
        assert_eq!(class(&["{}"]), "BestEffort");
        assert_eq!(class(&[r#"{"requests":{"cpu":"0"}}"#]), "BestEffort");
        assert_eq!(class(&[r#"{"limits":{"ephemeral-storage":"1Gi"}}"#]), "BestEffort");
        assert_eq!(class(&[r#"{"requests":{"cpu":"1"}}"#]), "Burstable");
    }
}
