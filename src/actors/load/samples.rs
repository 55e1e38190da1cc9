//! metrics-server: what it would answer now, computed from the meters at its last two scrapes. A scrape by itself costs
//! nothing.

use super::meter::Meter;
use super::pod_meters::PodMeters;
use crate::actors::programs::{Process, metrics_server};
use crate::api::{AggregatedApi, ApiError, Resource, Server, heartbeat};
use crate::json;
use crate::machinery::duration::go_duration;
use crate::machinery::quantity::Quantity;
use crate::machinery::{Duration, Object, Time, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

const GROUP: &str = "metrics.k8s.io";
/// cAdvisor looks at a container every 10 to 20 s, so what a scrape finds is about that old.
const HOUSEKEEPING: Duration = Duration::from_secs(15);
/// From the start of a container to cAdvisor's first look at it; the second follows a [`HOUSEKEEPING`] later.
const NOTICED: Duration = Duration::from_secs(1);
/// Over how long before its instant a point is measured. Demand here is piecewise constant where a real one wavers: means
/// over whole windows would show, at every step, values between the steps that nobody asked for.
const PROBE: Duration = Duration::from_millis(10);
/// A container this young is measured from its start.
const YOUNGEST: Duration = Duration::from_secs(10);
/// What a node uses beside its pods: kubelet, container runtime, kernel.
const NODE_CPU: i64 = 38_000_000;
pub(super) const NODE_MEMORY: i64 = 420 << 20;

/// Why there are no metrics at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unavailable {
    /// No APIService declares the group.
    NotServed,
    /// Nobody answers behind it.
    Down,
}

impl Unavailable {
    /// The client's error for a request such as `get pods.metrics.k8s.io`.
    pub fn client_text(self, request: &str) -> String {
        let what = match self {
            Unavailable::NotServed => "the server could not find the requested resource",
            Unavailable::Down => "the server is currently unable to handle the request",
        };
        format!("{what} ({request})")
    }
}

/// What a container used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContainerSample {
    /// Its name.
    pub name: Arc<str>,
    /// Billionths of a core.
    pub cpu_nanocores: i64,
    /// Bytes of working set.
    pub memory: i64,
}

/// What the containers of a pod used.
#[derive(Clone, PartialEq, Debug)]
pub struct PodSample {
    /// The pod.
    pub pod: Object,
    /// When it was measured.
    pub timestamp: Time,
    /// Over how long.
    pub window: Duration,
    /// By container, in the pod's order.
    pub containers: Vec<ContainerSample>,
}

/// What a node used.
#[derive(Clone, PartialEq, Debug)]
pub struct NodeSample {
    /// The node.
    pub node: Object,
    /// When it was measured.
    pub timestamp: Time,
    /// Over how long.
    pub window: Duration,
    /// Billionths of a core.
    pub cpu_nanocores: i64,
    /// Bytes of working set.
    pub memory: i64,
}

/// The scrapes metrics-server answers from.
struct Scrapes {
    last: Time,
    previous: Option<Time>,
    resolution: Duration,
    measures_young: bool,
    /// Nodes whose kubelets did not answer the last scrape: what they do not tell is missing at once.
    silent: BTreeSet<String>,
}

/// What two scrapes tell of a container: its use at an instant, over the time before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Reading {
    at: Time,
    window: Duration,
}

/// When the figures were taken that a scrape of a container finds: cAdvisor has looked at a young one twice within 16 s,
/// and later on at some instant in the last [`HOUSEKEEPING`].
fn look(start: Time, scrape: Time) -> Option<Time> {
    let age = scrape.since(start);
    let (first, second) = (start + NOTICED, start + NOTICED + HOUSEKEEPING);
    if age < NOTICED {
        None
    } else if scrape < second {
        Some(first)
    } else {
        Some(second.max(scrape - HOUSEKEEPING))
    }
}

impl Scrapes {
    fn find(api: &Server) -> Result<Option<Scrapes>, Unavailable> {
        let services = api.list("apiservices.apiregistration.k8s.io", "");
        let declared =
            services.iter().find(|s| s.str_at("spec/group") == GROUP && !s.at("spec/service").is_null());
        let service = declared.ok_or(Unavailable::NotServed)?;
        if !service.condition_true("Available") {
            return Err(Unavailable::Down);
        }
        let (ns, name) = (service.str_at("spec/service/namespace"), service.str_at("spec/service/name"));
        let pods = super::demand::pods_of(api, ns, "service", name);
        let first = pods.iter().filter(|p| p.condition_true("Ready")).find_map(|pod| {
            let start = PodMeters::read(api, pod.uid()).containers.values().map(|(_, m)| m.start).min()?;
            Some((start, pod))
        });
        let (start, pod) = first.ok_or(Unavailable::Down)?;
        let container = pod.items_at("spec/containers").first().cloned().unwrap_or_default();
        let process = Process { api, pod, container: &container, started: start, restarts: 0 };
        let resolution = metrics_server::resolution(&process);
        let passed = api.now().since(start).as_nanos().max(0) / resolution.as_nanos().max(1);
        let ticks = i32::try_from(passed).unwrap_or(i32::MAX);
        let last = start + resolution * ticks;
        let stopped = heartbeat::all_stopped(api).into_iter();
        Ok(Some(Scrapes {
            last,
            previous: (ticks > 0).then(|| last - resolution),
            resolution,
            // Since v0.5 one scrape is enough for a container that has just started.
            measures_young: metrics_server::version(container.str_at("image")).is_none_or(|minor| minor >= 5),
            silent: stopped.filter(|(_, stopped)| stopped.at <= last).map(|(node, _)| node).collect(),
        }))
    }

    /// Whether the kubelet of a node answered the last scrape.
    fn reaches(&self, node: &str) -> bool {
        !self.silent.contains(node)
    }

    /// What is known of a container that was there at both scrapes, or is young enough to be measured from its start.
    fn reading(&self, start: Time) -> Option<Reading> {
        let at = look(start, self.last)?;
        if let Some(before) = self.previous.and_then(|scrape| look(start, scrape)) {
            // Two looks that are worth comparing are a resolution apart, as far as there was a first one by then.
            let before = before.min((at - self.resolution).max(start + NOTICED));
            return (before < at).then(|| Reading { at, window: at.since(before) });
        }
        let age = at.since(start);
        let young = self.measures_young && age >= YOUNGEST && age < self.resolution;
        young.then_some(Reading { at, window: age })
    }
}

fn sample(pod: &Object, meters: &PodMeters, scrapes: &Scrapes) -> Option<PodSample> {
    let mut containers = Vec::new();
    let mut earliest: Option<Reading> = None;
    for container in pod.items_at("spec/containers") {
        let Some((name, (_, meter))) = meters.containers.get_key_value(container.str_at("name")) else {
            continue;
        };
        let reading = scrapes.reading(meter.start)?;
        if meter.used(reading.at) == 0 || meter.memory(reading.at) == 0 {
            return None;
        }
        if earliest.is_none_or(|e| reading.at < e.at) {
            earliest = Some(reading);
        }
        containers.push(ContainerSample {
            name: name.clone(),
            cpu_nanocores: nanocores(meter, reading.at),
            memory: meter.memory(reading.at),
        });
    }
    let Reading { at, window } = earliest?;
    Some(PodSample { pod: pod.clone(), timestamp: at.truncated(), window, containers })
}

fn nanocores(meter: &Meter, at: Time) -> i64 {
    let nanos = i128::from(meter.used(at) - meter.used(at - PROBE)) * 1_000_000_000 / PROBE.as_nanos();
    i64::try_from(nanos).unwrap_or(i64::MAX)
}

/// What these pods used; those not measured yet are left out.
pub fn of<'a>(api: &Server, pods: impl Iterator<Item = &'a Object>) -> Result<Vec<PodSample>, Unavailable> {
    let Some(scrapes) = Scrapes::find(api)? else { return Ok(Vec::new()) };
    let running = pods.filter(|pod| pod.str_at("status/phase") == "Running");
    let reached = running.filter(|pod| scrapes.reaches(pod.str_at("spec/nodeName")));
    Ok(reached.filter_map(|pod| sample(pod, &PodMeters::read(api, pod.uid()), &scrapes)).collect())
}

/// What the nodes used.
pub fn of_nodes(api: &Server) -> Result<Vec<NodeSample>, Unavailable> {
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
            for (_, meter) in PodMeters::read(api, pod.uid()).containers.values() {
                cpu += nanocores(meter, at);
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
            let Some((_, meter)) = meters.containers.get(container.str_at("name")) else { continue };
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
        let samples = of(api, api.list("pods", ns).iter()).map_err(|e| Self::refuse(resource, e))?;
        Ok(samples.iter().map(|s| pod_metrics(s, now)).collect())
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

fn pod_metrics(s: &PodSample, now: Time) -> Object {
    let mut o = metrics("PodMetrics", &s.pod, s.timestamp, s.window, now);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The age of the figures and their window, in seconds, when a container is scraped every `resolution` seconds, the
    /// last time at the age of `age`.
    fn reading(age: i64, resolution: i64, measures_young: bool) -> Option<(i64, i64)> {
        let (start, resolution) = (Time::from_secs(1_000), Duration::from_secs(resolution));
        let last = start + Duration::from_secs(age);
        let scrapes = Scrapes {
            last,
            previous: Some(last - resolution),
            resolution,
            measures_young,
            silent: BTreeSet::new(),
        };
        let reading = scrapes.reading(start)?;
        Some((reading.at.since(start).as_secs(), reading.window.as_secs()))
    }

    #[test]
    fn a_young_container_is_known_after_two_looks() {
        assert_eq!(reading(15, 15, true), None);
        assert_eq!(reading(16, 15, true), Some((16, 15)));
        assert_eq!(reading(31, 15, true), Some((16, 15)));
        assert_eq!(reading(40, 15, true), Some((25, 15)));
        assert_eq!(reading(300, 15, true), Some((285, 15)));
        // One scrape in a minute: since v0.5 the start counts as the one before.
        assert_eq!(reading(20, 60, true), Some((16, 16)));
        assert_eq!(reading(20, 60, false), None);
        assert_eq!(reading(62, 60, false), Some((47, 46)));
        assert_eq!(reading(200, 60, false), Some((185, 60)));
    }
}
