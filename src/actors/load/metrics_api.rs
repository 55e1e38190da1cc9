//! `custom.metrics.k8s.io` and `external.metrics.k8s.io` over REST, in the shapes adapters answer in: the values that
//! autoscalers read, from the curves a user has set.

use super::custom;
use super::source::{self, METRIC, Source};
use crate::api::{ApiError, Reason, Server};
use crate::machinery::quantity::Quantity;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Map, Value};
use std::collections::BTreeSet;
use std::rc::Rc;

const CUSTOM: &str = "custom.metrics.k8s.io";
const EXTERNAL: &str = "external.metrics.k8s.io";

/// The answer to a GET below `/apis/GROUP/VERSION`, whose path is taken apart into `rest`; `None` for another group, or
/// when nobody has set metrics of this one.
pub fn answer(
    api: &Server,
    group: &str,
    version: &str,
    rest: &[&str],
    label_selector: &str,
) -> Option<Result<String, ApiError>> {
    let external = match (group, version) {
        (CUSTOM, "v1beta1" | "v1beta2") => false,
        (EXTERNAL, "v1beta1") => true,
        _ => return None,
    };
    let sources = metrics(api, external);
    if sources.is_empty() {
        return None;
    }
    let selector = match LabelSelector::parse(label_selector) {
        Ok(selector) => selector,
        Err(e) => return Some(Err(ApiError::bad_request(e.to_string()))),
    };
    let accepts = |labels: &Map| label_selector.is_empty() || selector.matches(labels);
    let answer = match (external, rest) {
        (_, []) => Ok(discovery(api, group, version, &sources)),
        (true, ["namespaces", ns, metric]) => external_values(api, ns, metric, accepts),
        (false, ["namespaces", ns, "pods", "*", metric]) => pod_values(api, version, ns, metric, accepts),
        (false, ["namespaces", ns, resource, name, metric]) => {
            object_value(api, version, ns, resource, name, metric, accepts)
        }
        _ => Err(ApiError::no_such_resource()),
    };
    Some(answer)
}

/// What is set: the source and the name of the metric.
fn metrics(api: &Server, external: bool) -> Vec<(Rc<Source>, String)> {
    let of_group = source::all(api).into_iter().filter(|s| (s.kind == "external") == external);
    let named = |s: Rc<Source>| {
        let names: Vec<String> =
            s.curves.keys().filter_map(|about| about.strip_prefix(METRIC)).map(str::to_string).collect();
        names.into_iter().map(move |name| (s.clone(), name))
    };
    of_group.flat_map(named).collect()
}

/// The resources of the group: `pods/rps`, `deployments.apps/rps`; plain names of external metrics.
fn discovery(api: &Server, group: &str, version: &str, metrics: &[(Rc<Source>, String)]) -> String {
    let mut names = BTreeSet::new();
    for (source, metric) in metrics {
        if group == EXTERNAL {
            names.insert(metric.clone());
            continue;
        }
        names.insert(format!("pods/{metric}"));
        if let Some(resource) = api.registry().lookup(&source.kind) {
            names.insert(format!("{}/{metric}", resource.qualified()));
        }
    }
    let kind = if group == EXTERNAL { "ExternalMetricValueList" } else { "MetricValueList" };
    let entry = |name: &String| {
        format!(
            "{{\"name\":{},\"singularName\":\"\",\"namespaced\":true,\"kind\":\"{kind}\",\"verbs\":[\"get\"]}}",
            text(name)
        )
    };
    let entries: Vec<String> = names.iter().map(entry).collect();
    format!(
        "{{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":\"{group}/{version}\",\"resources\":[{}]}}\n",
        entries.join(",")
    )
}

fn external_values(
    api: &Server,
    ns: &str,
    metric: &str,
    accepts: impl Fn(&Map) -> bool,
) -> Result<String, ApiError> {
    let values = custom::external(api, ns, metric, accepts).map_err(not_found)?;
    let now = api.now().rfc3339();
    let item = |v: &custom::Measured| {
        format!(
            "{{\"metricName\":{},\"metricLabels\":{{}},\"timestamp\":\"{now}\",\"value\":{}}}",
            text(metric),
            amount(v.milli)
        )
    };
    Ok(list("ExternalMetricValueList", &format!("{EXTERNAL}/v1beta1"), values.iter().map(item)))
}

fn pod_values(
    api: &Server,
    version: &str,
    ns: &str,
    metric: &str,
    accepts: impl Fn(&Map) -> bool,
) -> Result<String, ApiError> {
    let values = custom::of_pods(api, ns, metric, accepts).map_err(not_found)?;
    let item = |v: &custom::Measured| measured(api, version, ("/v1", "Pod", ns, &v.object), metric, v.milli);
    Ok(list("MetricValueList", &format!("{CUSTOM}/{version}"), values.iter().map(item)))
}

fn object_value(
    api: &Server,
    version: &str,
    ns: &str,
    resource: &str,
    name: &str,
    metric: &str,
    accepts: impl Fn(&Map) -> bool,
) -> Result<String, ApiError> {
    let found = api.registry().lookup(resource).cloned().ok_or_else(ApiError::no_such_resource)?;
    let (kind, group) = (found.kind.to_string(), found.group.to_string());
    let milli = if kind == "Pod" {
        let all = custom::of_pods(api, ns, metric, accepts).map_err(not_found)?;
        let of_pod = all.into_iter().find(|v| v.object == name).map(|v| v.milli);
        of_pod.ok_or_else(|| {
            not_found(format!("the server could not find the metric {metric} for pods {name}"))
        })?
    } else {
        custom::of_object(api, ns, &group, &kind, name, metric).map_err(not_found)?.milli
    };
    let api_version = format!("{group}/{}", found.version);
    let item = measured(api, version, (&api_version, &kind, ns, name), metric, milli);
    Ok(list("MetricValueList", &format!("{CUSTOM}/{version}"), std::iter::once(item)))
}

/// One value of a custom metric; the two versions of the API name the metric differently.
fn measured(
    api: &Server,
    version: &str,
    (api_version, kind, ns, name): (&str, &str, &str, &str),
    metric: &str,
    milli: i64,
) -> String {
    let object = format!(
        "{{\"kind\":{},\"namespace\":{},\"name\":{},\"apiVersion\":{}}}",
        text(kind),
        text(ns),
        text(name),
        text(api_version)
    );
    let (now, value) = (api.now().rfc3339(), amount(milli));
    match version {
        "v1beta1" => format!(
            "{{\"describedObject\":{object},\"metricName\":{},\"timestamp\":\"{now}\",\"value\":{value},\"selector\":null}}",
            text(metric)
        ),
        _ => format!(
            "{{\"describedObject\":{object},\"metric\":{{\"name\":{},\"selector\":null}},\"timestamp\":\"{now}\",\"value\":{value}}}",
            text(metric)
        ),
    }
}

fn list(kind: &str, api_version: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    format!(
        "{{\"kind\":\"{kind}\",\"apiVersion\":\"{api_version}\",\"metadata\":{{}},\"items\":[{}]}}\n",
        items.join(",")
    )
}

fn text(s: &str) -> String {
    Value::from(s).to_json()
}

/// Thousandths as a quantity.
fn amount(milli: i64) -> String {
    text(&Quantity::parse(&format!("{milli}m")).map(|q| q.canonical()).unwrap_or_default())
}

fn not_found(message: String) -> ApiError {
    ApiError { message, reason: Reason::NotFound, ..ApiError::no_such_resource() }
}
