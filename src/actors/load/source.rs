//! What a user asks of workloads: curves by namespace, kind and name. They are memories of the load controller, so they
//! travel with copies and exports of a cluster.

use super::curve::{Curve, Started};
use crate::api::Server;
use crate::json;
use crate::machinery::{Duration, Time, Value};
use crate::store::Remembered;
use std::collections::BTreeMap;
use std::rc::Rc;

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
}

impl Remembered for Source {
    fn to_value(&self) -> Value {
        let curves: Value = self.curves.iter().map(|(about, c)| (about.as_str(), c.to_value())).collect();
        json!({
            "namespace": &self.namespace, "kind": &self.kind, "name": &self.name, "start": self.start.0,
            "curves": curves, "think": nanos(self.think), "cost": self.cost.map(nanos),
        })
    }

    fn from_value(v: &Value) -> Source {
        Source {
            namespace: v.str_at("namespace").into(),
            kind: v.str_at("kind").into(),
            name: v.str_at("name").into(),
            start: Time(v.int_at("start").unwrap_or(0)),
            curves: v.map_at("curves").iter().map(|(k, c)| (k.to_string(), Curve::from_value(c))).collect(),
            think: Duration::from_nanos(v.int_at("think").unwrap_or(0)),
            cost: v.int_at("cost").map(Duration::from_nanos),
        }
    }
}

fn nanos(d: Duration) -> i64 {
    i64::try_from(d.as_nanos()).unwrap_or(i64::MAX)
}

/// Every source of a cluster, by key.
pub fn all(api: &Server) -> Vec<Rc<Source>> {
    api.store().recall_all(MEMORY).into_iter().map(|(_, source)| source).collect()
}

/// The sources of a namespace.
pub fn of_namespace(api: &Server, ns: &str) -> Vec<Rc<Source>> {
    all(api).into_iter().filter(|s| s.namespace == ns).collect()
}

/// One source.
pub fn find(api: &Server, ns: &str, kind: &str, name: &str) -> Option<Rc<Source>> {
    api.store().recall(MEMORY, &format!("{ns}/{kind}/{name}"))
}

/// Sets a source; one without curves is removed. The load controller notices at once.
pub fn set(api: &Server, source: Source) {
    let (key, namespace) = (source.key(), source.namespace.clone());
    if source.curves.is_empty() {
        api.store().remember(MEMORY, &key, Value::Null);
    } else {
        api.store().keep(MEMORY, &key, source);
    }
    super::controller::wake(api, &namespace);
}
