//! The meters of a pod, as the load controller remembers them.

use super::demand::Extra;
use super::meter::Meter;
use crate::api::Server;
use crate::json;
use crate::machinery::{Time, Value};
use crate::store::Remembered;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Whose memories the meters are, by pod uid.
pub(super) const METERS: &str = "meter";

/// The meter of a container, and the run of the container it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ContainerMeter {
    pub name: Arc<str>,
    pub run: Arc<str>,
    pub meter: Meter,
}

/// The meters of a pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PodMeters {
    /// `namespace/name`.
    pub pod: Arc<str>,
    /// The node it runs on.
    pub node: Arc<str>,
    /// Of the containers that run, in the pod's order: the first one serves.
    pub containers: Vec<ContainerMeter>,
    /// What each demand adds to the pod, by the key of the demand.
    pub given: BTreeMap<Arc<str>, Extra>,
}

impl PodMeters {
    /// The meters of a pod by its uid; none when it has none.
    pub fn read(api: &Server, uid: &str) -> Rc<PodMeters> {
        api.store().recall(METERS, uid).unwrap_or_default()
    }

    /// Keeps them; a pod without running containers has none.
    pub fn write(self, api: &Server, uid: &str) {
        if self.containers.is_empty() {
            api.store().remember(METERS, uid, Value::Null);
        } else {
            api.store().keep(METERS, uid, self);
        }
    }

    /// The meter of a container.
    pub fn container(&self, name: &str) -> Option<&ContainerMeter> {
        self.containers.iter().find(|c| *c.name == *name)
    }

    /// Lets every container run at a new rate from now on.
    pub fn set_rates(&mut self, now: Time, mut rate: impl FnMut(&Meter) -> i64) {
        for ContainerMeter { meter, .. } in &mut self.containers {
            meter.set_rate(rate(meter), now);
        }
    }

    /// What all containers would use if the node had enough, in millionths of a core.
    pub fn demand(&self) -> i64 {
        self.containers.iter().map(|c| c.meter.demand()).sum()
    }

    /// Memory that does not grow, and whether some does.
    pub fn memory(&self) -> (i64, bool) {
        let meters = || self.containers.iter().map(|c| &c.meter);
        let bytes = meters().map(|m| m.base_memory.saturating_add(m.extra_memory));
        (bytes.fold(0, i64::saturating_add), meters().any(|m| m.growth > 0))
    }

    /// Which run the container that serves is in; empty when there is none.
    pub fn serving_run(&self) -> &str {
        self.containers.first().map_or("", |c| &c.run)
    }

    /// Notes what a demand adds, and has the container that serves, the first one, use all that is added.
    pub fn give(&mut self, demand: &str, extra: Extra) {
        if extra == Extra::default() {
            self.given.remove(demand);
        } else {
            self.given.insert(demand.into(), extra);
        }
        self.apply_given();
    }

    /// Has the container that serves use what is given.
    pub fn apply_given(&mut self) {
        if let Some(ContainerMeter { meter, .. }) = self.containers.first_mut() {
            meter.extra = self.given.values().map(|e| e.cpu).sum();
            meter.extra_memory = self.given.values().map(|e| e.memory).sum();
        }
    }
}

impl Remembered for PodMeters {
    fn to_value(&self) -> Value {
        let meter = |c: &ContainerMeter| {
            let mut v = c.meter.to_value();
            v.set("run", c.run.as_ref());
            (c.name.clone(), v)
        };
        let containers: Value = self.containers.iter().map(meter).collect();
        let given: Value = self.given.iter().map(|(key, e)| (key, json!([e.cpu, e.memory]))).collect();
        let (pod, node) = (self.pod.as_ref(), self.node.as_ref());
        json!({"pod": pod, "node": node, "containers": containers, "given": given})
    }

    fn from_value(v: &Value) -> PodMeters {
        let extra = |v: &Value| Extra { cpu: v[0].as_i64().unwrap_or(0), memory: v[1].as_i64().unwrap_or(0) };
        let mut containers: Vec<ContainerMeter> = v
            .map_at("containers")
            .iter()
            .map(|(name, m)| ContainerMeter {
                name: name.into(),
                run: m.str_at("run").into(),
                meter: Meter::from_value(m),
            })
            .collect();
        containers.sort_by_key(|c| c.meter.position);
        PodMeters {
            pod: v.str_at("pod").into(),
            node: v.str_at("node").into(),
            containers,
            given: v.map_at("given").iter().map(|(key, e)| (key.into(), extra(e))).collect(),
        }
    }
}
