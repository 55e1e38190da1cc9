//! The cluster as the controller meets it through the API.

use super::cluster::{Cluster, Event, MetricValue, ObjectRef, Scale};
use super::memory::Memory;
use super::pod_cache::{PodCache, SelectedPod};
use super::pods::{PodMetrics, PodView, Resources};
use super::spec::{MetricRef, TargetRef};
use crate::actors::Ctx;
use crate::actors::load::custom;
use crate::actors::load::scrapes::{ContainerSample, Scrapes};
use crate::api::{ApiError, EventSpec, Resource, WriteOptions};
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Object, Value};
use std::sync::Arc;

/// Name of the controller, in the agenda and in events.
pub(super) const NAME: &str = "horizontal-pod-autoscaler";
/// Where autoscalers are stored.
pub(super) const RESOURCE: &str = "horizontalpodautoscalers.autoscaling";

/// What one pass over one autoscaler sees and writes.
pub(super) struct World<'a, 'c> {
    pub(super) ctx: &'a Ctx<'c>,
    pub(super) hpa: &'a Object,
    pub(super) pods: std::cell::RefCell<&'a mut PodCache>,
}

impl World<'_, '_> {
    fn target(&self, target: &TargetRef) -> Result<Resource, ApiError> {
        let group = target.api_version.split_once('/').map_or("", |(group, _)| group);
        let registry = self.ctx.api.registry();
        registry.by_group_kind(group, &target.kind).cloned().ok_or_else(ApiError::no_such_resource)
    }
}

impl Cluster for World<'_, '_> {
    fn knows_kind(&self, group: &str, kind: &str) -> bool {
        self.ctx.api.registry().by_group_kind(group, kind).is_some()
    }

    fn scale(&self, namespace: &str, target: &TargetRef) -> Result<Scale, String> {
        let resource = self.target(target).map_err(|e| e.message)?;
        let scale = self.ctx.api.scale(&resource, namespace, &target.name).map_err(|e| e.message)?;
        let count = |path: &str| scale.int_at(path).and_then(|n| i32::try_from(n).ok()).unwrap_or(0);
        Ok(Scale {
            spec_replicas: count("spec/replicas"),
            status_replicas: count("status/replicas"),
            selector: scale.str_at("status/selector").to_string(),
        })
    }

    fn pods(&self, namespace: &str, selector: &LabelSelector) -> Vec<Arc<PodView>> {
        let mut cache = self.pods.borrow_mut();
        let selected = cache.select(self.ctx, self.hpa, namespace, selector);
        selected.pods().iter().map(|pod| pod.view.clone()).collect()
    }

    fn selectors_of_others(&self, namespace: &str, name: &str) -> Vec<(String, LabelSelector)> {
        let mut others = Vec::new();
        self.ctx.api.store().for_each(RESOURCE, namespace, |hpa| {
            if hpa.name() != name {
                others.push(hpa.key());
            }
        });
        let selector = |key: String| {
            let text = self.ctx.recall::<Memory>(&key)?.selector.clone()?;
            Some((key, LabelSelector::parse(&text).ok()?))
        };
        others.into_iter().filter_map(selector).collect()
    }

    fn resource_metrics(&self, namespace: &str, selector: &LabelSelector) -> Result<Vec<PodMetrics>, String> {
        let scrapes = Scrapes::find(self.ctx.api).map_err(|e| e.client_text("get pods.metrics.k8s.io"))?;
        let Some(scrapes) = scrapes else { return Ok(Vec::new()) };
        let mut cache = self.pods.borrow_mut();
        let selected = cache.select(self.ctx, self.hpa, namespace, selector).metered(self.ctx);
        let (cpu, memory): (Arc<str>, Arc<str>) = (Arc::from("cpu"), Arc::from("memory"));
        let usage = |c: ContainerSample| {
            let milli_cores =
                c.cpu_nanocores.div_euclid(1_000_000) + i64::from(c.cpu_nanocores % 1_000_000 != 0);
            let amounts = [(cpu.clone(), milli_cores), (memory.clone(), c.memory.saturating_mul(1000))];
            (c.name, Resources::new(amounts))
        };
        let measure = |pod: &SelectedPod| {
            let sample = scrapes.sample(pod.target.as_ref()?)?;
            Some(PodMetrics {
                name: pod.view.name.clone(),
                timestamp: sample.timestamp,
                window: sample.window,
                containers: sample.containers.into_iter().map(usage).collect(),
            })
        };
        Ok(selected.iter().filter_map(measure).collect())
    }

    fn pods_metric(
        &self,
        namespace: &str,
        selector: &LabelSelector,
        metric: &MetricRef,
    ) -> Result<Vec<MetricValue>, String> {
        let found =
            custom::of_pods(self.ctx.api, namespace, &metric.name, |labels| selector.matches(labels))?;
        Ok(found.into_iter().map(|v| self.value(v)).collect())
    }

    fn object_metric(
        &self,
        namespace: &str,
        object: &ObjectRef,
        metric: &MetricRef,
    ) -> Result<MetricValue, String> {
        let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
        custom::of_object(self.ctx.api, namespace, group, &object.kind, &object.name, &metric.name)
            .map(|v| self.value(v))
    }

    fn external_metric(&self, namespace: &str, metric: &MetricRef) -> Result<Vec<MetricValue>, String> {
        let selector =
            LabelSelector::from_object(&metric.selector).unwrap_or_else(|_| LabelSelector::everything());
        let found = custom::external(self.ctx.api, namespace, &metric.name, |labels| {
            metric.selector.is_null() || selector.matches(labels)
        })?;
        Ok(found.into_iter().map(|v| self.value(v)).collect())
    }

    fn update_scale(&mut self, namespace: &str, target: &TargetRef, replicas: i32) -> Result<(), String> {
        let resource = self.target(target).map_err(|e| e.message)?;
        let options = WriteOptions::component();
        let written = self.ctx.api.set_scale(&resource, namespace, &target.name, replicas.into(), &options);
        written.map(|_| ()).map_err(|e| e.message)
    }

    fn update_status(&mut self, status: Value) -> Result<(), String> {
        let (ns, name) = (self.hpa.namespace(), self.hpa.name());
        let written = self.ctx.api.modify_status(RESOURCE, ns, name, |hpa| hpa.set("status", status));
        written.map(|_| ()).map_err(|e| e.message)
    }

    fn record(&mut self, event: Event) {
        let spec = EventSpec {
            kind: if event.warning { "Warning" } else { "Normal" },
            reason: event.reason,
            message: &event.message,
            component: NAME,
            host: "",
            field_path: "",
            action: "",
        };
        self.ctx.api.record(self.hpa, &spec);
    }
}

impl World<'_, '_> {
    fn value(&self, measured: custom::Measured) -> MetricValue {
        MetricValue {
            object: Arc::from(measured.object),
            value: measured.milli,
            timestamp: self.ctx.now(),
            window: crate::machinery::Duration::from_secs(60),
        }
    }
}
