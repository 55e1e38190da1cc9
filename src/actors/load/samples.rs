//! What pods and nodes use: `metrics.k8s.io` as metrics-server would answer it now, and what kubelets see of their memory.

use super::pod_meters::{ContainerMeter, PodMeters};
use super::scrapes::{ContainerSample, GROUP, HOUSEKEEPING, PodSample, ScrapeTarget, Scrapes, Unavailable};
use crate::api::{AggregatedApi, ApiError, Resource, Server};
use crate::json;
use crate::machinery::duration::go_duration;
use crate::machinery::quantity::Quantity;
use crate::machinery::{Duration, Object, Time, Value};

/// What a node uses beside its pods: kubelet, container runtime, kernel.
const NODE_CPU: i64 = 38_000_000;
pub(super) const NODE_MEMORY: i64 = 420 << 20;

/// What a node used.
#[derive(Clone, PartialEq, Debug)]
struct NodeSample {
    node: Object,
    /// When it was measured.
    timestamp: Time,
    /// Over how long.
    window: Duration,
    /// Billionths of a core.
    cpu_nanocores: i64,
    /// Bytes of working set.
    memory: i64,
}

/// What these pods used; those not measured yet are left out.
fn of_pods(api: &Server, pods: Vec<Object>) -> Result<Vec<(Object, PodSample)>, Unavailable> {
    let Some(scrapes) = Scrapes::find(api)? else { return Ok(Vec::new()) };
    let sampled = |pod: Object| {
        let sample = scrapes.sample(&ScrapeTarget::new(api, &pod)?)?;
        Some((pod, sample))
    };
    Ok(pods.into_iter().filter_map(sampled).collect())
}

/// What the nodes used.
fn of_nodes(api: &Server) -> Result<Vec<NodeSample>, Unavailable> {
    let Some(scrapes) = Scrapes::find(api)? else { return Ok(Vec::new()) };
    let Some(previous) = scrapes.previous.map(|t| t - HOUSEKEEPING) else { return Ok(Vec::new()) };
    let at = scrapes.last - HOUSEKEEPING;
    let mut samples = Vec::new();
    for node in api.list("nodes", "") {
        if !scrapes.reaches(node.name())
            || !node.condition_true("Ready")
            || node.created().is_some_and(|t| t > previous)
        {
            continue;
        }
        let window = at.since(previous);
        let (mut cpu, mut memory) = (NODE_CPU, NODE_MEMORY);
        for pod in api.pods_on_node(node.name()) {
            for ContainerMeter { meter, .. } in &PodMeters::read(api, pod.uid()).containers {
                cpu += meter.nanocores(at);
                memory += meter.memory(at);
            }
        }
        samples.push(NodeSample { timestamp: at.truncated(), window, cpu_nanocores: cpu, memory, node });
    }
    Ok(samples)
}

/// How much memory a container uses, and how much it asked for.
pub struct ContainerMemory {
    /// Its name.
    pub name: String,
    /// Bytes of working set.
    pub used: i64,
    /// Bytes requested.
    pub requested: i64,
}

/// The memory of a pod that runs.
pub struct PodMemory {
    /// The pod.
    pub pod: Object,
    /// By container, in the pod's order.
    pub containers: Vec<ContainerMemory>,
}

impl PodMemory {
    /// Bytes of working set.
    pub fn used(&self) -> i64 {
        self.containers.iter().map(|c| c.used).sum()
    }

    /// Bytes requested.
    pub fn requested(&self) -> i64 {
        self.containers.iter().map(|c| c.requested).sum()
    }
}

/// The memory of a node at this instant.
pub struct NodeMemory {
    /// Bytes of working set, of the node's own programs too.
    pub used: i64,
    /// By how many bytes that grows in a second.
    pub growth: i64,
    /// The pods that use it.
    pub pods: Vec<PodMemory>,
}

/// What the pods of a node use of its memory now.
pub fn memory_of_node(api: &Server, node: &str) -> NodeMemory {
    let now = api.now();
    let mut memory = NodeMemory { used: NODE_MEMORY, growth: 0, pods: Vec::new() };
    for pod in api.pods_on_node(node) {
        let meters = PodMeters::read(api, pod.uid());
        let mut containers = Vec::new();
        for container in pod.items_at("spec/containers") {
            let Some(ContainerMeter { meter, .. }) = meters.container(container.str_at("name")) else {
                continue;
            };
            memory.growth += meter.growth;
            containers.push(ContainerMemory {
                name: container.str_at("name").to_string(),
                used: meter.memory(now),
                requested: Quantity::of(container.at("resources/requests/memory")).value(),
            });
        }
        if !containers.is_empty() {
            let pod = PodMemory { pod, containers };
            memory.used += pod.used();
            memory.pods.push(pod);
        }
    }
    memory
}

/// `metrics.k8s.io`.
pub struct MetricsApi;

impl MetricsApi {
    fn refuse(resource: &Resource, why: Unavailable) -> ApiError {
        let mut error = match why {
            Unavailable::NotServed => ApiError::no_such_resource(),
            Unavailable::Down => ApiError::service_unavailable(),
        };
        error.message = why.client_text(&format!("get {}", resource.qualified()));
        error
    }
}

impl AggregatedApi for MetricsApi {
    fn group(&self) -> &'static str {
        GROUP
    }

    fn list(&self, api: &Server, resource: &Resource, ns: &str) -> Result<Vec<Object>, ApiError> {
        let now = api.now();
        if resource.plural == "nodes" {
            let samples = of_nodes(api).map_err(|e| Self::refuse(resource, e))?;
            return Ok(samples.iter().map(|s| node_metrics(s, now)).collect());
        }
        let samples = of_pods(api, api.list("pods", ns)).map_err(|e| Self::refuse(resource, e))?;
        Ok(samples.iter().map(|(pod, s)| pod_metrics(pod, s, now)).collect())
    }

    fn get(&self, api: &Server, resource: &Resource, ns: &str, name: &str) -> Result<Object, ApiError> {
        let found = self.list(api, resource, ns)?.into_iter().find(|o| o.name() == name);
        found.ok_or_else(|| {
            let mut error = ApiError::not_found(resource, name);
            if resource.plural == "pods" {
                error.message = format!("podmetrics.{GROUP} \"{ns}/{name}\" not found");
            }
            error
        })
    }
}

fn metrics(kind: &str, about: &Object, timestamp: Time, window: Duration, now: Time) -> Object {
    let mut o = Object::new("metrics.k8s.io/v1beta1", kind, about.namespace(), about.name());
    o.set("metadata/creationTimestamp", now.rfc3339());
    if !about.labels().is_empty() {
        o.set("metadata/labels", about.at("metadata/labels"));
    }
    o.set("timestamp", timestamp.rfc3339());
    o.set("window", go_duration(window));
    o
}

fn usage(cpu_nanocores: i64, memory: i64) -> Value {
    json!({"cpu": (format!("{cpu_nanocores}n")), "memory": (format!("{}Ki", memory / 1024))})
}

fn pod_metrics(pod: &Object, s: &PodSample, now: Time) -> Object {
    let mut o = metrics("PodMetrics", pod, s.timestamp, s.window, now);
    let container =
        |c: &ContainerSample| json!({"name": c.name.as_ref(), "usage": (usage(c.cpu_nanocores, c.memory))});
    o.set("containers", s.containers.iter().map(container).collect::<Value>());
    o
}

fn node_metrics(s: &NodeSample, now: Time) -> Object {
    let mut o = metrics("NodeMetrics", &s.node, s.timestamp, s.window, now);
    o.set("usage", usage(s.cpu_nanocores, s.memory));
    o
}
