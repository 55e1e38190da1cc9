//! API versions on their way out, and what the server says of them whenever they are asked for.

use super::Resource;
use crate::machinery::KubeVersion;

/// A kind in a version: since which server it is deprecated, which one no longer has it, and what takes its place.
struct Deprecated {
    api_version: &'static str,
    kind: &'static str,
    since: u32,
    gone: Option<u32>,
    instead: &'static str,
}

const fn row(
    api_version: &'static str,
    kind: &'static str,
    since: u32,
    gone: Option<u32>,
    instead: &'static str,
) -> Deprecated {
    Deprecated { api_version, kind, since, gone, instead }
}

const TABLE: &[Deprecated] = &[
    row("v1", "ComponentStatus", 19, None, ""),
    row("v1", "Endpoints", 33, None, "discovery.k8s.io/v1 EndpointSlice"),
    row(
        "autoscaling/v2beta1",
        "HorizontalPodAutoscaler",
        22,
        Some(25),
        "autoscaling/v2 HorizontalPodAutoscaler",
    ),
    row(
        "autoscaling/v2beta2",
        "HorizontalPodAutoscaler",
        23,
        Some(26),
        "autoscaling/v2 HorizontalPodAutoscaler",
    ),
    row("batch/v1beta1", "CronJob", 21, Some(25), "batch/v1 CronJob"),
    row("discovery.k8s.io/v1beta1", "EndpointSlice", 21, Some(25), "discovery.k8s.io/v1 EndpointSlice"),
    row("events.k8s.io/v1beta1", "Event", 22, Some(25), "events.k8s.io/v1 Event"),
    row("networking.k8s.io/v1beta1", "Ingress", 19, Some(22), "networking.k8s.io/v1 Ingress"),
    row("networking.k8s.io/v1beta1", "IngressClass", 19, Some(22), "networking.k8s.io/v1 IngressClass"),
    row("node.k8s.io/v1beta1", "RuntimeClass", 22, Some(25), "node.k8s.io/v1 RuntimeClass"),
    row("policy/v1beta1", "PodDisruptionBudget", 21, Some(25), "policy/v1 PodDisruptionBudget"),
    row("policy/v1beta1", "PodSecurityPolicy", 21, Some(25), ""),
    row("storage.k8s.io/v1beta1", "CSIStorageCapacity", 24, Some(27), "storage.k8s.io/v1 CSIStorageCapacity"),
];

/// What the server says of a resource: nothing, unless it is deprecated.
pub(super) fn warning(resource: &Resource, server: KubeVersion) -> Option<String> {
    let api_version = resource.api_version();
    let row = TABLE.iter().find(|d| d.kind == resource.kind && d.api_version == api_version)?;
    if !server.is_within(row.since, u32::MAX) {
        return None;
    }
    let mut text = format!("{api_version} {} is deprecated in v1.{}+", row.kind, row.since);
    if let Some(gone) = row.gone {
        text.push_str(&format!(", unavailable in v1.{gone}+"));
    }
    if !row.instead.is_empty() {
        text.push_str(&format!("; use {}", row.instead));
    }
    Some(text)
}
