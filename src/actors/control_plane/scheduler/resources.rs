//! How much of each resource a pod requests, and how much a node has.

use crate::machinery::{Quantity, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What scoring assumes for a container without a cpu request, in millicores.
const DEFAULT_MILLI_CPU: i64 = 100;
/// What scoring assumes for a container without a memory request, in bytes.
const DEFAULT_MEMORY: i64 = 200 * 1024 * 1024;

/// An amount of every resource.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Resources {
    /// Millicores.
    pub milli_cpu: i64,
    /// Bytes of memory.
    pub memory: i64,
    /// Bytes of local ephemeral storage.
    pub ephemeral_storage: i64,
    /// Everything else by its name: `nvidia.com/gpu`, `hugepages-2Mi`, ...
    pub extended: BTreeMap<Arc<str>, i64>,
}

impl Resources {
    /// Reads a resource list. The count `pods` of a node is not part of it.
    pub fn parse(list: &Value) -> Resources {
        let mut r = Resources::default();
        for (name, amount) in list.map().iter().filter(|(name, _)| *name != "pods") {
            let amount = if name == "cpu" { milli(amount) } else { whole(amount) };
            *r.slot(name) = amount;
        }
        r
    }

    fn slot(&mut self, name: &str) -> &mut i64 {
        match name {
            "cpu" => &mut self.milli_cpu,
            "memory" => &mut self.memory,
            "ephemeral-storage" => &mut self.ephemeral_storage,
            other => self.extended.entry(Arc::from(other)).or_default(),
        }
    }

    /// Adds, by resource.
    pub fn add(&mut self, other: &Resources) {
        self.combine(other, i64::saturating_add);
    }

    /// Subtracts, by resource.
    pub fn subtract(&mut self, other: &Resources) {
        self.combine(other, i64::saturating_sub);
        self.extended.retain(|_, amount| *amount != 0);
    }

    /// The larger, by resource.
    fn raise_to(&mut self, other: &Resources) {
        self.combine(other, i64::max);
    }

    fn combine(&mut self, other: &Resources, op: fn(i64, i64) -> i64) {
        self.milli_cpu = op(self.milli_cpu, other.milli_cpu);
        self.memory = op(self.memory, other.memory);
        self.ephemeral_storage = op(self.ephemeral_storage, other.ephemeral_storage);
        for (name, amount) in &other.extended {
            let slot = self.extended.entry(name.clone()).or_default();
            *slot = op(*slot, *amount);
        }
    }

    /// Whether nothing at all is asked for.
    pub fn is_zero(&self) -> bool {
        self.milli_cpu == 0
            && self.memory == 0
            && self.ephemeral_storage == 0
            && self.extended.values().all(|v| *v == 0)
    }

    /// The resources by name, in the order in which they are checked.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i64)> {
        [("cpu", self.milli_cpu), ("memory", self.memory), ("ephemeral-storage", self.ephemeral_storage)]
            .into_iter()
            .chain(self.extended.iter().map(|(name, amount)| (&**name, *amount)))
    }

    /// The amount of one resource: millicores for `cpu`, else units.
    pub fn get(&self, name: &str) -> i64 {
        match name {
            "cpu" => self.milli_cpu,
            "memory" => self.memory,
            "ephemeral-storage" => self.ephemeral_storage,
            other => self.extended.get(other).copied().unwrap_or(0),
        }
    }
}

fn milli(v: &Value) -> i64 {
    Quantity::of(v).milli_value()
}

fn whole(v: &Value) -> i64 {
    Quantity::of(v).value()
}

/// The number of pods a node takes (`status.allocatable.pods`).
pub fn pod_capacity(allocatable: &Value) -> i64 {
    whole(allocatable.at("pods"))
}

/// The effective requests of a pod: its containers and sidecars run together, ordinary init containers one after the
/// other before them, each beside the sidecars declared earlier; plus the overhead of its runtime class.
pub fn pod_requests(pod: &Value) -> Resources {
    aggregate(pod, Defaults::None)
}

/// The cpu (millicores) and memory a pod counts for when nodes are scored: a container that requests nothing counts
/// for something, so that such pods spread out too.
pub fn pod_requests_for_scoring(pod: &Value) -> (i64, i64) {
    let r = aggregate(pod, Defaults::ForScoring);
    (r.milli_cpu, r.memory)
}

#[derive(Clone, Copy, PartialEq)]
enum Defaults {
    None,
    ForScoring,
}

fn aggregate(pod: &Value, defaults: Defaults) -> Resources {
    let spec = pod.at("spec");
    let resize_infeasible = pod
        .items_at("status/conditions")
        .iter()
        .any(|c| c.str_at("type") == "PodResizePending" && c.str_at("reason") == "Infeasible");
    let of = |container: &Value, statuses: &str| {
        let status = pod.items_at(statuses).iter().find(|s| s.str_at("name") == container.str_at("name"));
        container_requests(container, status, resize_infeasible, defaults)
    };

    let mut total = Resources::default();
    for container in spec.items_at("containers") {
        total.add(&of(container, "status/containerStatuses"));
    }
    let mut sidecars = Resources::default();
    let mut starting = Resources::default();
    for container in spec.items_at("initContainers") {
        let mut own = of(container, "status/initContainerStatuses");
        if container.str_at("restartPolicy") == "Always" {
            total.add(&own);
            sidecars.add(&own);
            starting.raise_to(&sidecars);
        } else {
            own.add(&sidecars);
            starting.raise_to(&own);
        }
    }
    total.raise_to(&starting);

    // Requests of the pod as a whole stand in for the sum over its containers.
    for (name, amount) in spec.map_at("resources/requests").iter() {
        if name == "cpu" {
            total.milli_cpu = milli(amount);
        } else if name == "memory" || name.starts_with("hugepages-") {
            *total.slot(name) = whole(amount);
        }
    }
    total.add(&Resources::parse(spec.at("overhead")));
    total
}

/// While a container is resized in place, the largest of what it wants, was granted and has counts. A resize that the
/// node can never grant is not counted.
fn container_requests(
    container: &Value,
    status: Option<&Value>,
    resize_infeasible: bool,
    defaults: Defaults,
) -> Resources {
    let wanted = container.at("resources/requests");
    let mut r = Resources::parse(wanted);
    if let Some(status) = status {
        let actual = Resources::parse(status.at("resources/requests"));
        let granted = Resources::parse(status.at("allocatedResources"));
        if resize_infeasible && (!actual.is_zero() || !granted.is_zero()) {
            r = Resources::default();
        }
        r.raise_to(&actual);
        r.raise_to(&granted);
    }
    if defaults == Defaults::ForScoring {
        let given = |name: &str| wanted.get(name).is_some();
        if !given("cpu") {
            r.milli_cpu = DEFAULT_MILLI_CPU;
        }
        if !given("memory") {
            r.memory = DEFAULT_MEMORY;
        }
    }
    r
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn container(cpu: &str) -> Value {
        json!({"name": "c", "resources": {"requests": {"cpu": cpu}}})
    }

    #[test]
    fn init_containers_run_beside_earlier_sidecars_only() {
        let mut sidecar = container("200m");
        sidecar.set("restartPolicy", "Always");
        let pod = json!({"spec": {
            "containers": [container("100m"), container("100m")],
            "initContainers": [container("350m"), sidecar, container("250m")],
            "overhead": {"cpu": "10m"},
        }});
        // Running: 100 + 100 + 200; starting: 350, then 200 + 250.
        assert_eq!(pod_requests(&pod).milli_cpu, 460);
    }

    #[test]
    fn requests_of_the_pod_replace_those_of_its_containers() {
        let pod =
            json!({"spec": {"containers": [container("100m")], "resources": {"requests": {"cpu": "2"}}}});
        assert_eq!(pod_requests(&pod).milli_cpu, 2000);
    }

    #[test]
    fn a_container_in_resize_counts_with_its_largest_size() {
        let pod = json!({
            "spec": {"containers": [container("100m")]},
            "status": {"containerStatuses": [{"name": "c", "allocatedResources": {"cpu": "150m"},
                "resources": {"requests": {"cpu": "120m"}}}]},
        });
        assert_eq!(pod_requests(&pod).milli_cpu, 150);
    }

    #[test]
    fn scoring_assumes_something_for_containers_without_requests() {
        let pod = json!({"spec": {"containers": [container("300m"), {"name": "d"}]}});
        assert_eq!(pod_requests_for_scoring(&pod), (400, 400 * 1024 * 1024));
        assert!(pod_requests(&json!({"spec": {"containers": [{"name": "d"}]}})).is_zero());
    }
}
