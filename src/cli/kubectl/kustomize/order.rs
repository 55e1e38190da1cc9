//! The order of what is printed and applied: what others need comes first.

use super::Item;
use crate::machinery::Object;

const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

pub(super) fn legacy(items: &mut [Item]) {
    items.sort_by_cached_key(|item| {
        let object = &item.object;
        (rank(object.kind()), [group(object), object.api_version().to_string(), kind(object)], place(object))
    });
}

fn rank(kind: &str) -> usize {
    let at = |list: &[&str]| list.iter().position(|k| *k == kind);
    at(FIRST).or_else(|| at(LAST).map(|i| FIRST.len() + 1 + i)).unwrap_or(FIRST.len())
}

/// Groups by name, the core group behind them all.
fn group(object: &Object) -> String {
    if object.group().is_empty() { "~G".to_string() } else { object.group().to_string() }
}

fn kind(object: &Object) -> String {
    object.kind().to_string()
}

fn place(object: &Object) -> (String, String) {
    let ns = if object.namespace().is_empty() { "~X" } else { object.namespace() };
    (ns.to_string(), object.name().to_string())
}
