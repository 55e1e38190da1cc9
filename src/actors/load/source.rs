//! What a user asks of workloads: curves by namespace, kind and name. They are memories of the load controller, so they
//! travel with copies and exports of a cluster.

use super::curve::{Curve, Started};
use crate::api::Server;
use crate::json;
use crate::machinery::{Duration, Time, Value};
use std::collections::BTreeMap;

/// Whose memories the sources are.
const MEMORY: &str = "load";

/// What a curve is about.
pub const CPU: &str = "cpu";
/// What a curve is about.
pub const MEMORY_USE: &str = "memory";
/// What a curve is about: how many clients ask at once.
pub const CLIENTS: &str = "clients";
/// Curves of a metric carry its name behind this.
pub const METRIC: &str = "metric/";

/// All that is asked of one workload.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// Namespace.
    pub namespace: String,
    /// Kind in lower case (`deployment`), or `external` for a metric of nothing in the cluster.
    pub kind: String,
    /// Name.
    pub name: String,
    /// When the curves begin.
    pub start: Time,
    /// By what they are about: thousandths of a core, bytes, clients, thousandths of a metric.
    pub curves: BTreeMap<String, Curve>,
    /// How long a client waits between an answer and its next request.
    pub think: Duration,
    /// CPU time of one request; `None` for what the program takes by itself.
    pub cost: Option<Duration>,
}

impl Source {
    /// `ns/kind/name`.
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.namespace, self.kind, self.name)
    }

    /// One of the curves.
    pub fn curve(&self, about: &str) -> Option<Started> {
        self.curves.get(about).map(|curve| Started { start: self.start, curve: curve.clone() })
    }

    /// The next instant at which any of the curves changes.
    pub fn next_change(&self, now: Time) -> Option<Time> {
        self.curves.keys().filter_map(|about| self.curve(about)?.next_change(now)).min()
    }

    fn to_value(&self) -> Value {
        let curves: Value = self.curves.iter().map(|(about, c)| (about.as_str(), c.to_value())).collect();
        json!({
            "start": self.start.0, "curves": curves, "think": nanos(self.think), "cost": self.cost.map(nanos),
        })
    }

    fn from_value(key: &str, v: &Value) -> Option<Source> {
        let mut parts = key.splitn(3, '/');
        let (namespace, kind, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Source {
            namespace: namespace.into(),
            kind: kind.into(),
            name: name.into(),
            start: Time(v.int_at("start")?),
            curves: v.map_at("curves").iter().map(|(k, c)| (k.to_string(), Curve::from_value(c))).collect(),
            think: Duration::from_nanos(v.int_at("think").unwrap_or(0)),
            cost: v.int_at("cost").map(Duration::from_nanos),
        })
    }
}

fn nanos(d: Duration) -> i64 {
    i64::try_from(d.as_nanos()).unwrap_or(i64::MAX)
}

/// Every source of a cluster, by key.
pub fn all(api: &Server) -> Vec<Source> {
    let memories = api.store().memories(MEMORY);
    memories.iter().filter_map(|(key, v)| Source::from_value(key, v)).collect()
}

/// The sources of a namespace.
pub fn of_namespace(api: &Server, ns: &str) -> Vec<Source> {
    all(api).into_iter().filter(|s| s.namespace == ns).collect()
}

/// One source.
pub fn find(api: &Server, ns: &str, kind: &str, name: &str) -> Option<Source> {
    let key = format!("{ns}/{kind}/{name}");
    Source::from_value(&key, &api.store().memory(MEMORY, &key))
}

/// Sets a source; one without curves is removed. The load controller notices at once.
pub fn set(api: &Server, source: &Source) {
    let value = if source.curves.is_empty() { Value::Null } else { source.to_value() };
    api.store().remember(MEMORY, &source.key(), value);
    super::controller::wake(api, &source.namespace);
}
