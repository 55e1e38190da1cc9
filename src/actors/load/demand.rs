//! What is asked of the pods of a namespace at an instant.

use super::closed_loop::Network;
use super::profile::{Client, Profile};
use super::source::{CLIENTS, CPU, MEMORY_USE, Source};
use crate::api::Server;
use crate::json;
use crate::machinery::quantity::Quantity;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Object, Time, Value};
use crate::store::Remembered;
use std::collections::BTreeMap;

/// What load adds to one pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extra {
    /// Millionths of a core.
    pub cpu: i64,
    /// Bytes.
    pub memory: i64,
}

/// A client pod and the Service it asks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asking {
    pub namespace: String,
    pub service: String,
    pub parallel: i64,
    pub think: f64,
}

impl Remembered for Asking {
    fn to_value(&self) -> Value {
        json!({
            "namespace": &self.namespace, "service": &self.service, "parallel": self.parallel, "think": self.think,
        })
    }

    fn from_value(v: &Value) -> Asking {
        Asking {
            namespace: v.str_at("namespace").into(),
            service: v.str_at("service").into(),
            parallel: v.int_at("parallel").unwrap_or(1),
            think: v.at("think").as_f64().unwrap_or(0.0),
        }
    }
}

/// The Service a client's URL leads to: `web`, `web.shop`, `web.shop.svc.cluster.local`, or a cluster IP.
pub(super) fn resolve(api: &Server, pod: &Object, client: &Client) -> Asking {
    let asking = |namespace: &str, service: &str| Asking {
        namespace: namespace.into(),
        service: service.into(),
        parallel: client.parallel,
        think: client.think,
    };
    if client.host.starts_with(|c: char| c.is_ascii_digit()) {
        let services = api.list("services", "");
        if let Some(found) = services.iter().find(|s| s.str_at("spec/clusterIP") == client.host) {
            return asking(found.namespace(), found.name());
        }
    }
    let mut labels = client.host.split('.');
    let name = labels.next().unwrap_or("");
    asking(labels.next().unwrap_or_else(|| pod.namespace()), name)
}

/// Whether load reaches a pod.
fn serves(pod: &Object) -> bool {
    pod.condition_true("Ready") && !pod.is_deleting()
}

/// What selects the pods behind a workload or Service; nothing when it is not there or has no selector.
fn selector_of(api: &Server, ns: &str, kind: &str, name: &str) -> Option<LabelSelector> {
    let resource = api.registry().lookup(kind).cloned()?;
    let object = api.find(&crate::api::stored_under(&resource), ns, name)?;
    let selector = object.at("spec/selector");
    let selector = match kind {
        "service" | "replicationcontroller" => LabelSelector::from_labels(selector.map()),
        _ => LabelSelector::from_object(selector).ok()?,
    };
    (!selector.is_everything()).then_some(selector)
}

/// The pods behind a workload or Service.
pub(super) fn pods_of(api: &Server, ns: &str, kind: &str, name: &str) -> Vec<Object> {
    if kind == "pod" {
        return api.find("pods", ns, name).into_iter().collect();
    }
    selector_of(api, ns, kind, name).map(|s| api.pods_matching(ns, &s)).unwrap_or_default()
}

/// Whether a pod is among the pods behind a workload or Service of its namespace.
pub(super) fn reaches(api: &Server, ns: &str, kind: &str, name: &str, pod: &Object) -> bool {
    match kind {
        "pod" => pod.name() == name,
        _ => selector_of(api, ns, kind, name).is_some_and(|s| s.matches(pod.labels())),
    }
}

/// Extra use by uid of the pod, without pods that get none.
type Extras = BTreeMap<String, Extra>;

fn some_only(mut extras: Extras) -> Extras {
    extras.retain(|_, extra| *extra != Extra::default());
    extras
}

/// What a source adds to its pods.
pub(super) fn of_source(api: &Server, source: &Source, now: Time) -> Extras {
    let pods: Vec<Object> =
        pods_of(api, &source.namespace, &source.kind, &source.name).into_iter().filter(serves).collect();
    let mut extras = Extras::new();
    open_load(source, &pods, now, &mut extras);
    if let Some(curve) = source.curve(CLIENTS) {
        let cost = source.cost.map(|c| c.as_secs_f64());
        closed_load(api, &pods, curve.value(now), source.think.as_secs_f64(), cost, &mut extras);
    }
    some_only(extras)
}

/// What client pods add to the pods behind the Service they ask.
pub(super) fn of_clients<'a>(
    api: &Server,
    ns: &str,
    service: &str,
    clients: impl Iterator<Item = &'a Asking>,
) -> Extras {
    let (mut count, mut think) = (0.0, 0.0);
    for client in clients {
        let parallel = client.parallel as f64;
        count += parallel;
        think += parallel * client.think;
    }
    let mut extras = Extras::new();
    if count > 0.0 {
        let pods: Vec<Object> = pods_of(api, ns, "service", service).into_iter().filter(serves).collect();
        closed_load(api, &pods, count, think / count, None, &mut extras);
    }
    some_only(extras)
}

/// Demand that does not wait for answers.
fn open_load(source: &Source, pods: &[Object], now: Time, extras: &mut Extras) {
    if pods.is_empty() {
        return;
    }
    let share = |about: &str| source.curve(about).map_or(0.0, |c| c.value(now)) / pods.len() as f64;
    let (cpu, memory) = ((share(CPU) * 1_000.0) as i64, share(MEMORY_USE) as i64);
    for pod in pods {
        let extra = extras.entry(pod.uid().to_string()).or_default();
        extra.cpu += cpu;
        extra.memory += memory;
    }
}

/// Demand of clients that wait for answers.
fn closed_load(
    api: &Server,
    pods: &[Object],
    clients: f64,
    think: f64,
    cost: Option<f64>,
    extras: &mut Extras,
) {
    let Some(network) = network(api, pods, clients, think, cost) else { return };
    let each = (network.cores_used() * 1e6 / pods.len() as f64) as i64;
    for pod in pods {
        extras.entry(pod.uid().to_string()).or_default().cpu += each;
    }
}

/// Clients and the pods that answer them; nothing without pods.
fn network(api: &Server, pods: &[Object], clients: f64, think: f64, cost: Option<f64>) -> Option<Network> {
    let first = pods.first()?;
    let container = first.items_at("spec/containers").first().cloned().unwrap_or_default();
    let cost = cost.unwrap_or_else(|| Profile::of(api, first, &container).cost);
    Some(Network { clients, think, cost, servers: pods.len(), cores: cores(api, first, &container) })
}

/// How many requests a second come of a client in a pod, as long as nobody else asks and nothing changes.
pub(in crate::actors) fn requests_a_second(api: &Server, pod: &Object, client: &Client) -> f64 {
    let asking = resolve(api, pod, client);
    let pods = pods_of(api, &asking.namespace, "service", &asking.service);
    let pods: Vec<Object> = pods.into_iter().filter(serves).collect();
    let network = network(api, &pods, asking.parallel as f64, asking.think, None);
    network.filter(|n| n.cost > 0.0).map_or(0.0, |n| n.cores_used() / n.cost)
}

/// The cores a container may use: its limit, or those of its node.
fn cores(api: &Server, pod: &Object, container: &Value) -> f64 {
    let limit = Quantity::from_value(container.at("resources/limits/cpu")).map(|q| q.milli_value());
    let milli = limit.unwrap_or_else(|_| {
        let node = api.find("nodes", "", pod.str_at("spec/nodeName"));
        node.map_or(1_000, |n| Quantity::of(n.at("status/capacity/cpu")).milli_value())
    });
    milli as f64 / 1_000.0
}
