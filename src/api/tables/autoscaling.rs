//! HorizontalPodAutoscalers and disruption budgets.

use super::cells::{NONE, UNSET, int};
use super::{AGE, Cell, NAME, Printer};
use crate::machinery::{KubeVersion, Object, Value};

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new(
        "autoscaling",
        "HorizontalPodAutoscaler",
        &[
            NAME,
            Cell::string("Reference", |o, _| {
                let target = o.at("spec/scaleTargetRef");
                format!("{}/{}", target.str_at("kind"), target.str_at("name")).into()
            }),
            Cell::string("Targets", |o, cx| targets(o, cx.server).into()),
            Cell::string("MinPods", |o, _| {
                o.int_at("spec/minReplicas").map_or_else(|| UNSET.to_string(), |n| n.to_string()).into()
            }),
            Cell::string("MaxPods", |o, _| int(o, "spec/maxReplicas").into()),
            Cell::string("Replicas", |o, _| int(o, "status/currentReplicas").into()),
            AGE,
        ],
    ),
    Printer::new(
        "policy",
        "PodDisruptionBudget",
        &[
            NAME,
            Cell::string("Min Available", |o, _| int_or_percent(o.at("spec/minAvailable")).into()),
            Cell::string("Max Unavailable", |o, _| int_or_percent(o.at("spec/maxUnavailable")).into()),
            Cell::integer("Allowed Disruptions", |o, _| int(o, "status/disruptionsAllowed").into()),
            AGE,
        ],
    ),
];

fn int_or_percent(value: &Value) -> String {
    match value {
        Value::Int(i) => i.to_string(),
        Value::Str(s) => s.to_string(),
        _ => "N/A".into(),
    }
}

/// How many metrics fit the TARGETS column.
const METRICS_SHOWN: usize = 2;

/// `current/target` of each metric.
fn targets(hpa: &Object, server: KubeVersion) -> String {
    let current = hpa.items_at("status/currentMetrics");
    let metrics: Vec<String> = hpa
        .items_at("spec/metrics")
        .iter()
        .enumerate()
        .map(|(i, spec)| metric(spec, current.get(i).unwrap_or(&Value::Null), server))
        .collect();
    let shown = metrics[..metrics.len().min(METRICS_SHOWN)].join(", ");
    match metrics.len() {
        0 => NONE.into(),
        n if n > METRICS_SHOWN => format!("{shown} + {} more...", n - METRICS_SHOWN),
        _ => shown,
    }
}

fn metric(spec: &Value, status: &Value, server: KubeVersion) -> String {
    let kind = spec.str_at("type");
    // A status entry of another type at the same index says nothing about this metric.
    let (source, current) = match source_field(kind) {
        Some(field) => (spec.at(field), status.at(field).at("current")),
        None => return "<unknown type>".into(),
    };
    let target = source.at("target");
    let value = |field: &str, suffix: &str| {
        let wanted = quantity(target, field).unwrap_or_default();
        format!("{}/{wanted}{suffix}", quantity(current, field).as_deref().unwrap_or("<unknown>"))
    };
    let averaged = !target.at("averageValue").is_null();
    match kind {
        "Resource" | "ContainerResource" => {
            let cell = if averaged { value("averageValue", "") } else { utilization(current, target) };
            if server.hpa_targets_name_the_metric() {
                format!("{}: {cell}", source.str_at("name"))
            } else {
                cell
            }
        }
        "Pods" => value("averageValue", ""),
        _ if averaged => value("averageValue", " (avg)"),
        _ => value("value", ""),
    }
}

fn utilization(current: &Value, target: &Value) -> String {
    let percent = |v: &Value, missing: &str| {
        v.int_at("averageUtilization").map_or_else(|| missing.to_string(), |p| format!("{p}%"))
    };
    format!("{}/{}", percent(current, "<unknown>"), percent(target, "<auto>"))
}

fn source_field(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        "Pods" => "pods",
        "Object" => "object",
        "External" => "external",
        _ => return None,
    })
}

/// A quantity as it is stored: milli-quantities are not rounded.
fn quantity(value: &Value, field: &str) -> Option<String> {
    match value.at(field) {
        Value::Str(s) if !s.is_empty() => Some(s.to_string()),
        Value::Int(i) => Some(i.to_string()),
        _ => None,
    }
}
