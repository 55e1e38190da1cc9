//! The cluster a recorded case describes.

use kubetick::actors::control_plane::hpa::*;
use kubetick::machinery::quantity::Quantity;
use kubetick::machinery::selector::LabelSelector;
use kubetick::machinery::{Duration, Time, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the controller sees in one step, and what it did.
#[derive(Default)]
pub struct World {
    pub scale: Scale,
    pub missing: bool,
    pub update_error: Option<String>,
    pub status_error: Option<String>,
    pub pods: Vec<Arc<PodView>>,
    pub pod_metrics: Vec<PodMetrics>,
    pub pod_metrics_error: Option<String>,
    pub custom: BTreeMap<String, Vec<MetricValue>>,
    pub custom_error: Option<String>,
    pub external: BTreeMap<String, Vec<MetricValue>>,
    pub external_error: Option<String>,
    pub others: Vec<(String, LabelSelector)>,
    pub events: Vec<Event>,
    pub scale_updates: Vec<i32>,
    pub status: Option<Value>,
}

fn answer<T: Clone>(error: &Option<String>, items: &[T]) -> Result<Vec<T>, String> {
    error.clone().map_or_else(|| Ok(items.to_vec()), Err)
}

impl Cluster for World {
    fn knows_kind(&self, _group: &str, kind: &str) -> bool {
        kind != "Gadget"
    }
    fn scale(&self, _namespace: &str, target: &TargetRef) -> Result<Scale, String> {
        if self.missing {
            return Err(format!("deployments.apps {:?} not found", target.name));
        }
        Ok(self.scale.clone())
    }
    fn pods(&self, _namespace: &str, _selector: &LabelSelector) -> Vec<Arc<PodView>> {
        self.pods.clone()
    }
    fn selectors_of_others(&self, _namespace: &str, _name: &str) -> Vec<(String, LabelSelector)> {
        self.others.clone()
    }
    fn resource_metrics(
        &self,
        _namespace: &str,
        _selector: &LabelSelector,
    ) -> Result<Vec<PodMetrics>, String> {
        answer(&self.pod_metrics_error, &self.pod_metrics)
    }
    fn pods_metric(
        &self,
        _: &str,
        _: &LabelSelector,
        metric: &MetricRef,
    ) -> Result<Vec<MetricValue>, String> {
        answer(&self.custom_error, self.custom.get(&metric.name).map_or(&[], Vec::as_slice))
    }
    fn object_metric(&self, _: &str, object: &ObjectRef, metric: &MetricRef) -> Result<MetricValue, String> {
        let values = answer(&self.custom_error, self.custom.get(&metric.name).map_or(&[], Vec::as_slice))?;
        values.first().cloned().ok_or_else(|| format!("no value of {} for {}", metric.name, object.name))
    }
    fn external_metric(&self, _namespace: &str, metric: &MetricRef) -> Result<Vec<MetricValue>, String> {
        answer(&self.external_error, self.external.get(&metric.name).map_or(&[], Vec::as_slice))
    }
    fn update_scale(&mut self, _namespace: &str, target: &TargetRef, replicas: i32) -> Result<(), String> {
        match self.update_error.as_deref() {
            Some("conflict") => Err(format!(
                "Operation cannot be fulfilled on deployments.apps {:?}: the object has been modified; please apply \
                 your changes to the latest version and try again",
                target.name
            )),
            Some(error) => Err(error.to_string()),
            None => {
                self.scale_updates.push(replicas);
                Ok(())
            }
        }
    }
    fn update_status(&mut self, status: Value) -> Result<(), String> {
        if let Some(error) = &self.status_error {
            return Err(error.clone());
        }
        self.status = Some(status);
        Ok(())
    }
    fn record(&mut self, event: Event) {
        self.events.push(event);
    }
}

/// A text that is there only sometimes.
pub fn text(v: &Value, key: &str) -> Option<String> {
    v.get(key).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_string)
}

/// Thousandths of a quantity.
pub fn milli(quantity: &Value) -> i64 {
    Quantity::from_value(quantity).expect("a quantity").milli_value()
}

fn ago(v: &Value, key: &str, now: Time) -> Option<Time> {
    v.int_at(key).map(|seconds| now - Duration::from_secs(seconds))
}

fn readiness(pod: &Value, now: Time) -> Option<Readiness> {
    let ready = match pod.str_at("ready") {
        "" => return None,
        "True" => Some(true),
        "False" => Some(false),
        _ => None,
    };
    Some(Readiness { ready, since: ago(pod, "readyTransitionAgo", now) })
}

/// The pods of a case. All of them carry the labels `app=web`.
pub fn pods(list: &Value, now: Time) -> Vec<Arc<PodView>> {
    let view = |pod: &Value| {
        let (sidecars, ordinary): (Vec<&Value>, Vec<&Value>) =
            pod.items_at("containers").iter().partition(|c| c.bool_at("restartableInit"));
        let container = |c: &&Value| ContainerRequests {
            name: Arc::from(c.str_at("name")),
            requests: Resources::from_value(c.at("requests")),
        };
        Arc::new(PodView {
            name: Arc::from(pod.str_at("name")),
            labels: kubetick::json!({"app": "web"}),
            phase: Phase::parse(pod.str_at("phase")),
            deleting: pod.bool_at("deleting"),
            readiness: readiness(pod, now),
            started: ago(pod, "startAgo", now),
            containers: ordinary.iter().chain(&sidecars).map(container).collect(),
            pod_requests: pod.get("podRequests").filter(|v| !v.is_null()).map(Resources::from_value),
        })
    };
    list.items().iter().map(view).collect()
}

/// The answer of the resource metrics API.
pub fn pod_metrics(list: &Value, now: Time) -> Vec<PodMetrics> {
    let item = |m: &Value| {
        let usage = |c: &Value| (Arc::from(c.str_at("name")), Resources::from_value(c.at("usage")));
        PodMetrics {
            name: Arc::from(m.str_at("pod")),
            timestamp: ago(m, "ago", now).expect("ago"),
            window: Duration::from_secs(m.int_at("window").unwrap_or(60)),
            containers: m.items_at("containers").iter().map(usage).collect(),
        }
    };
    list.items().iter().map(item).collect()
}

/// Values of a custom or external metric.
pub fn values(list: &Value, now: Time) -> Vec<MetricValue> {
    let value = |v: &Value| MetricValue {
        object: Arc::from(v.str_at("pod")),
        value: milli(v.at("value")),
        timestamp: ago(v, "ago", now).unwrap_or(now),
        window: Duration::from_secs(v.int_at("window").unwrap_or(60)),
    };
    list.items().iter().map(value).collect()
}

/// Values by metric name.
pub fn metrics(map: &Value, now: Time) -> BTreeMap<String, Vec<MetricValue>> {
    map.map().iter().map(|(name, list)| (name.to_string(), values(list, now))).collect()
}
