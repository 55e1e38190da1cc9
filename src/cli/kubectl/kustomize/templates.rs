//! Where kinds keep what kustomizations change: metadata of templates, selectors, pod specs.

/// Labels or annotations of the templates in an object, as paths of the metadata around them.
pub(super) fn metadata(kind: &str) -> &'static [&'static str] {
    match kind {
        "ReplicationController" | "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" => {
            &["spec/template/metadata"]
        }
        "CronJob" => &["spec/jobTemplate/metadata", "spec/jobTemplate/spec/template/metadata"],
        _ => &[],
    }
}

/// Selectors that get common labels even when they are not there yet.
pub(super) fn selectors(kind: &str) -> &'static [&'static str] {
    match kind {
        "Service" | "ReplicationController" => &["spec/selector"],
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" => &["spec/selector/matchLabels"],
        _ => &[],
    }
}

/// Selectors that get common labels when they are there.
pub(super) fn optional_selectors(kind: &str) -> &'static [&'static str] {
    match kind {
        "Job" | "PodDisruptionBudget" => &["spec/selector/matchLabels"],
        "CronJob" => &["spec/jobTemplate/spec/selector/matchLabels"],
        "NetworkPolicy" => &["spec/podSelector/matchLabels"],
        _ => &[],
    }
}

/// Kinds that have a number of replicas.
pub(super) const SCALED: [&str; 4] = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"];

/// The pod's spec in an object.
pub(super) fn pod_spec(kind: &str) -> Option<&'static str> {
    match kind {
        "Pod" => Some("spec"),
        "CronJob" => Some("spec/jobTemplate/spec/template/spec"),
        _ if metadata(kind).is_empty() => None,
        _ => Some("spec/template/spec"),
    }
}
