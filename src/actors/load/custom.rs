//! Metrics that an adapter would serve (`custom.metrics.k8s.io`, `external.metrics.k8s.io`): curves a user has set. The
//! first curve of a metric is what installs the adapter.

use super::demand::pods_of;
use super::source::{self, METRIC, Source};
use crate::api::Server;
use crate::machinery::Map;
use std::rc::Rc;

/// One value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Measured {
    /// The pod it was measured on; empty for other metrics.
    pub object: String,
    /// In thousandths.
    pub milli: i64,
}

const EXTERNAL: &str = "external";

fn curve_name(metric: &str) -> String {
    format!("{METRIC}{metric}")
}

fn is_custom(source: &Source) -> bool {
    source.kind != EXTERNAL && source.curves.keys().any(|about| about.starts_with(METRIC))
}

fn value(api: &Server, source: &Source, metric: &str) -> Option<f64> {
    source.curve(&curve_name(metric)).map(|curve| curve.value(api.now()))
}

fn adapter(api: &Server) -> Result<Vec<Rc<Source>>, String> {
    let sources = source::all(api);
    if sources.iter().any(|s| is_custom(s)) {
        return Ok(sources);
    }
    Err("no custom metrics API (custom.metrics.k8s.io) registered".to_string())
}

/// A metric of pods: the workload's value, divided among its Ready pods.
pub fn of_pods(
    api: &Server,
    ns: &str,
    metric: &str,
    accepts: impl Fn(&Map) -> bool,
) -> Result<Vec<Measured>, String> {
    let sources = adapter(api)?;
    let mut found = Vec::new();
    for source in sources.iter().filter(|s| s.namespace == ns && is_custom(s)) {
        let Some(total) = value(api, source, metric) else { continue };
        let pods = pods_of(api, ns, &source.kind, &source.name);
        let ready: Vec<_> = pods.iter().filter(|p| p.condition_true("Ready")).collect();
        let each = (total / ready.len().max(1) as f64).ceil() as i64;
        let selected = ready.iter().filter(|p| accepts(p.labels()));
        found.extend(selected.map(|p| Measured { object: p.name().to_string(), milli: each }));
    }
    if found.is_empty() {
        return Err(format!("the server could not find the metric {metric} for pods"));
    }
    Ok(found)
}

/// A metric of one object.
pub fn of_object(
    api: &Server,
    ns: &str,
    group: &str,
    kind: &str,
    name: &str,
    metric: &str,
) -> Result<Measured, String> {
    adapter(api)?;
    let source = source::find(api, ns, &kind.to_lowercase(), name);
    let milli = source.and_then(|s| value(api, &s, metric)).map(|v| v.ceil() as i64);
    milli.map(|milli| Measured { object: String::new(), milli }).ok_or_else(|| {
        let resource =
            api.registry().by_group_kind(group, kind).map_or(kind.to_lowercase(), |r| r.qualified());
        format!("the server could not find the metric {metric} for {resource} {name}")
    })
}

/// An external metric: one series a source.
pub fn external(
    api: &Server,
    ns: &str,
    metric: &str,
    accepts: impl Fn(&Map) -> bool,
) -> Result<Vec<Measured>, String> {
    let sources: Vec<Rc<Source>> = source::all(api).into_iter().filter(|s| s.kind == EXTERNAL).collect();
    if sources.is_empty() {
        return Err(format!(
            "the server could not find the requested resource (get {metric}.external.metrics.k8s.io)"
        ));
    }
    let here = sources.iter().filter(|s| s.namespace == ns && accepts(&Map::new()));
    let measured = here.filter_map(|s| value(api, s, metric));
    Ok(measured.map(|v| Measured { object: String::new(), milli: v.ceil() as i64 }).collect())
}
