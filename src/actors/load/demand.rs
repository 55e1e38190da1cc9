//! What is asked of the pods of a namespace at an instant.

use super::closed_loop::Network;
use super::profile::{Client, Profile};
use super::source::{self, CLIENTS, CPU, MEMORY_USE, Source};
use crate::api::Server;
use crate::machinery::quantity::Quantity;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Map, Object, Time, Value};
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

/// The pods behind a workload or Service.
pub(super) fn pods_of(api: &Server, ns: &str, kind: &str, name: &str) -> Vec<Object> {
    if kind == "pod" {
        return api.find("pods", ns, name).into_iter().collect();
    }
    let Some(resource) = api.registry().lookup(kind).cloned() else { return Vec::new() };
    let Some(object) = api.find(&crate::api::stored_under(&resource), ns, name) else { return Vec::new() };
    let selector = object.at("spec/selector");
    if matches!(kind, "service" | "replicationcontroller") {
        let wanted = selector.map();
        if wanted.is_empty() {
            return Vec::new();
        }
        return api.list_where("pods", ns, |labels| wanted.iter().all(|(k, v)| labels.get(k) == Some(v)));
    }
    match LabelSelector::from_object(selector) {
        Ok(selector) if !selector.is_everything() => {
            api.list_where("pods", ns, |labels: &Map| selector.matches(labels))
        }
        _ => Vec::new(),
    }
}

/// What load adds to the pods of a namespace, by uid. Pods without any are left out.
pub(super) fn of_namespace(api: &Server, ns: &str, clients: &[Asking], now: Time) -> BTreeMap<String, Extra> {
    let mut extras: BTreeMap<String, Extra> = BTreeMap::new();
    for source in source::of_namespace(api, ns) {
        let pods: Vec<Object> =
            pods_of(api, ns, &source.kind, &source.name).into_iter().filter(serves).collect();
        open_load(&source, &pods, now, &mut extras);
        if let Some(curve) = source.curve(CLIENTS) {
            let think = source.think.as_secs_f64();
            closed_load(
                api,
                &pods,
                curve.value(now),
                think,
                source.cost.map(|c| c.as_secs_f64()),
                &mut extras,
            );
        }
    }
    let mut services: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for client in clients.iter().filter(|c| c.namespace == ns) {
        let (count, think) = services.entry(&client.service).or_default();
        let parallel = client.parallel as f64;
        *count += parallel;
        *think += parallel * client.think;
    }
    for (service, (count, think)) in services {
        let pods: Vec<Object> = pods_of(api, ns, "service", service).into_iter().filter(serves).collect();
        closed_load(api, &pods, count, think / count.max(1.0), None, &mut extras);
    }
    extras.retain(|_, extra| *extra != Extra::default());
    extras
}

/// Demand that does not wait for answers.
fn open_load(source: &Source, pods: &[Object], now: Time, extras: &mut BTreeMap<String, Extra>) {
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
    extras: &mut BTreeMap<String, Extra>,
) {
    let Some(first) = pods.first() else { return };
    let container = first.items_at("spec/containers").first().cloned().unwrap_or_default();
    let cost = cost.unwrap_or_else(|| Profile::of(api, first, &container).cost);
    let network = Network { clients, think, cost, servers: pods.len(), cores: cores(api, first, &container) };
    let each = (network.cores_used() * 1e6 / pods.len() as f64) as i64;
    for pod in pods {
        extras.entry(pod.uid().to_string()).or_default().cpu += each;
    }
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
