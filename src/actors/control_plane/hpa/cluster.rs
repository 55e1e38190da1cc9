//! The world outside, as far as the controller asks it.

use super::pods::{PodMetrics, PodView};
use super::spec::{MetricRef, TargetRef};
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Duration, Time, Value};
use std::sync::Arc;

/// The scale subresource of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scale {
    /// `spec.replicas`.
    pub spec_replicas: i32,
    /// `status.replicas`.
    pub status_replicas: i32,
    /// `status.selector`.
    pub selector: String,
}

/// What the event recorder is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `Warning` rather than `Normal`.
    pub warning: bool,
    /// One word.
    pub reason: &'static str,
    /// The text.
    pub message: String,
}

/// One value of a custom or external metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricValue {
    /// The object it was measured on: a pod's name for a metric of pods, else empty.
    pub object: Arc<str>,
    /// In thousandths.
    pub value: i64,
    /// When it was measured.
    pub timestamp: Time,
    /// Over how long; the adapter's `windowSeconds`, or a minute.
    pub window: Duration,
}

/// The object a metric of type Object describes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectRef {
    /// `networking.k8s.io/v1`.
    pub api_version: String,
    /// `Ingress`.
    pub kind: String,
    /// Name.
    pub name: String,
}

/// The API servers (core, resource metrics, custom metrics, external metrics) and the informers. Errors are the client's
/// texts, for example `deployments.apps "web" not found`; the controller wraps them.
pub trait Cluster {
    /// Whether discovery lists a kind in a group, in any version.
    fn knows_kind(&self, group: &str, kind: &str) -> bool;
    /// GET of the scale subresource.
    fn scale(&self, namespace: &str, target: &TargetRef) -> Result<Scale, String>;
    /// The pods a selector matches, in name order.
    fn pods(&self, namespace: &str, selector: &LabelSelector) -> Vec<Arc<PodView>>;
    /// The selectors other autoscalers of the namespace remember ([`super::Memory::selector`]), by `namespace/name`.
    fn selectors_of_others(&self, namespace: &str, name: &str) -> Vec<(String, LabelSelector)>;
    /// LIST of `pods.metrics.k8s.io`.
    fn resource_metrics(&self, namespace: &str, selector: &LabelSelector) -> Result<Vec<PodMetrics>, String>;
    /// A custom metric of pods.
    fn pods_metric(
        &self,
        namespace: &str,
        selector: &LabelSelector,
        metric: &MetricRef,
    ) -> Result<Vec<MetricValue>, String>;
    /// A custom metric of one object.
    fn object_metric(
        &self,
        namespace: &str,
        object: &ObjectRef,
        metric: &MetricRef,
    ) -> Result<MetricValue, String>;
    /// An external metric: all its series.
    fn external_metric(&self, namespace: &str, metric: &MetricRef) -> Result<Vec<MetricValue>, String>;

    /// UPDATE of the scale subresource.
    fn update_scale(&mut self, namespace: &str, target: &TargetRef, replicas: i32) -> Result<(), String>;
    /// UPDATE of the autoscaler's status. Called only when it differs from what the object holds.
    fn update_status(&mut self, status: Value) -> Result<(), String>;
    /// Records an event on the autoscaler.
    fn record(&mut self, event: Event);
}
