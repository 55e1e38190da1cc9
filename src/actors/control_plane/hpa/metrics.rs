//! The inputs of one pass: what the metrics APIs answer for a target, reduced to one value by pod or one value for all,
//! with the controller's words around every failure.

use super::cluster::{Cluster, MetricValue, ObjectRef};
use super::pods::{PodMetrics, PodView};
use super::spec::MetricRef;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Duration, Time};
use std::cell::OnceCell;
use std::sync::Arc;

/// One value of one pod, in thousandths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub pod: Arc<str>,
    pub value: i64,
    pub timestamp: Time,
    pub window: Duration,
}

type Listed = Result<Vec<PodMetrics>, String>;

/// What one pass reads about its target. Pods and pod metrics are listed once, however many metrics ask for them.
pub struct Inputs<'a> {
    cluster: &'a dyn Cluster,
    namespace: &'a str,
    selector: &'a LabelSelector,
    pods: Vec<Arc<PodView>>,
    resource_metrics: OnceCell<Listed>,
}

impl<'a> Inputs<'a> {
    /// The inputs for the pods under a selector.
    pub fn new(cluster: &'a dyn Cluster, namespace: &'a str, selector: &'a LabelSelector) -> Inputs<'a> {
        let mut pods = cluster.pods(namespace, selector);
        if !pods.is_sorted_by(|a, b| a.name <= b.name) {
            pods.sort_by(|a, b| a.name.cmp(&b.name));
        }
        Inputs { cluster, namespace, selector, pods, resource_metrics: OnceCell::new() }
    }

    /// The pods, by name.
    pub fn pods(&self) -> &[Arc<PodView>] {
        &self.pods
    }

    /// Usage of a resource by pod: of one container, or of all containers together when `container` is empty. A pod
    /// of which any part is not measured has no sample.
    pub(super) fn resource(
        &self,
        resource: &str,
        container: &str,
        every_pod_has_the_container: bool,
    ) -> Result<Vec<Sample>, String> {
        let wrap = |e: String| format!("unable to get metrics for resource {resource}: {e}");
        let listed = self
            .resource_metrics
            .get_or_init(|| self.cluster.resource_metrics(self.namespace, self.selector))
            .as_ref()
            .map_err(|e| wrap(format!("unable to fetch metrics from resource metrics API: {e}")))?;
        if listed.is_empty() {
            return Err(wrap("no metrics returned from resource metrics API".into()));
        }
        let mut samples = Vec::with_capacity(listed.len());
        for metrics in listed {
            let has_container = || metrics.containers.iter().any(|(name, _)| **name == *container);
            if every_pod_has_the_container && !container.is_empty() && !has_container() {
                return Err(wrap(format!(
                    "failed to get container metrics: container {container} not present in metrics for pod {}/{}",
                    self.namespace, metrics.name
                )));
            }
            if let Some(value) = usage(metrics, resource, container) {
                let (timestamp, window) = (metrics.timestamp, metrics.window);
                samples.push(Sample { pod: metrics.name.clone(), value, timestamp, window });
            }
        }
        Ok(by_pod(samples))
    }

    /// A custom metric by pod.
    pub(super) fn pods_metric(&self, metric: &MetricRef) -> Result<Vec<Sample>, String> {
        let wrap = |e: String| format!("unable to get metric {}: {e}", metric.name);
        let values = self
            .cluster
            .pods_metric(self.namespace, self.selector, metric)
            .map_err(|e| wrap(format!("unable to fetch metrics from custom metrics API: {e}")))?;
        if values.is_empty() {
            return Err(wrap("no metrics returned from custom metrics API".into()));
        }
        let sample = |v: MetricValue| Sample {
            pod: v.object,
            value: v.value,
            timestamp: v.timestamp,
            window: v.window,
        };
        Ok(by_pod(values.into_iter().map(sample).collect()))
    }

    /// A custom metric of one object.
    pub(super) fn object_metric(&self, object: &ObjectRef, metric: &MetricRef) -> Result<i64, String> {
        let value = self.cluster.object_metric(self.namespace, object, metric);
        value.map(|v| v.value).map_err(|e| {
            format!(
                "unable to get metric {}: {} on {} {}/unable to fetch metrics from custom metrics API: {e}",
                metric.name, object.kind, self.namespace, object.name
            )
        })
    }

    /// The sum of all series of an external metric.
    pub(super) fn external_metric(&self, metric: &MetricRef) -> Result<i64, String> {
        let wrap = |e: String| {
            let (namespace, name) = (self.namespace, &metric.name);
            format!("unable to get external metric {namespace}/{name}/{}: {e}", metric.selector_text())
        };
        let values = self
            .cluster
            .external_metric(self.namespace, metric)
            .map_err(|e| wrap(format!("unable to fetch metrics from external metrics API: {e}")))?;
        if values.is_empty() {
            return Err(wrap("no metrics returned from external metrics API".into()));
        }
        Ok(values.iter().fold(0, |sum: i64, v| sum.saturating_add(v.value)))
    }

    /// How many pods share a value that is measured once for all of them.
    pub(super) fn serving_pods(&self) -> Result<i64, String> {
        if self.pods.is_empty() {
            return Err(format!("unable to calculate ready pods: {NO_PODS}"));
        }
        Ok(self.pods.iter().filter(|p| p.serves()).count() as i64)
    }
}

/// The complaint about a selector that matches nothing.
pub(super) const NO_PODS: &str = "no pods returned by selector while calculating replica count";

fn usage(metrics: &PodMetrics, resource: &str, container: &str) -> Option<i64> {
    if !container.is_empty() {
        let (_, usage) = metrics.containers.iter().find(|(name, _)| **name == *container)?;
        return usage.get(resource);
    }
    if metrics.containers.is_empty() {
        return None;
    }
    metrics.containers.iter().map(|(_, usage)| usage.get(resource)).sum()
}

/// In name order; of two samples of one pod the later in the answer stands.
fn by_pod(mut samples: Vec<Sample>) -> Vec<Sample> {
    if !samples.is_sorted_by(|a, b| a.pod < b.pod) {
        samples.reverse();
        samples.sort_by(|a, b| a.pod.cmp(&b.pod));
        samples.dedup_by(|later, earlier| later.pod == earlier.pod);
    }
    samples
}
