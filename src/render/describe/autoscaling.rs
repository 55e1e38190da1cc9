//! HorizontalPodAutoscalers.

use super::meta::{name_and_namespace, value_or};
use super::{Page, View, events, go, meta};
use crate::machinery::{Object, Value};

/// kubectl asks for `autoscaling/v2` whatever version it was pointed at, and for `v1` only of servers without it.
pub(super) fn describe(page: &mut Page, view: &View<'_>) {
    let served =
        view.world.get("horizontalpodautoscalers.autoscaling", view.object.namespace(), view.object.name());
    let hpa = served.as_ref().filter(|hpa| hpa.api_version() == "autoscaling/v2").unwrap_or(view.object);
    name_and_namespace(page, view);
    meta::labels_and_annotations(page, view);
    page.field(0, "CreationTimestamp", view.time(hpa.at("metadata/creationTimestamp")));
    let target = hpa.at("spec/scaleTargetRef");
    page.field(0, "Reference", format_args!("{}/{}", target.str_at("kind"), target.str_at("name")));
    if hpa.api_version() == "autoscaling/v1" {
        utilization(page, hpa);
    } else {
        metrics(page, hpa);
    }
    page.field(0, "Min replicas", value_or(hpa.at("spec/minReplicas"), "<unset>"));
    page.field(0, "Max replicas", hpa.int_at("spec/maxReplicas").unwrap_or(0));
    if let behavior @ Value::Map(_) = hpa.at("spec/behavior") {
        page.line(0, "Behavior:");
        rules(page, "Scale Up", behavior.at("scaleUp"));
        rules(page, "Scale Down", behavior.at("scaleDown"));
    }
    let replicas = |field: &str| hpa.at("status").int_at(field).unwrap_or(0);
    page.line(
        0,
        format_args!(
            "{} pods:\t{} current / {} desired",
            target.str_at("kind"),
            replicas("currentReplicas"),
            replicas("desiredReplicas")
        ),
    );
    conditions(page, hpa.items_at("status/conditions"));
    events::write(page, view);
}

/// The one metric of `autoscaling/v1`.
fn utilization(page: &mut Page, hpa: &Object) {
    let Some(target) = hpa.int_at("spec/targetCPUUtilizationPercentage") else { return };
    page.field(0, "Target CPU utilization", format_args!("{target}%"));
    let current = value_or(hpa.at("status/currentCPUUtilizationPercentage"), "<unknown>");
    page.field(0, "Current CPU utilization", format_args!("{current}%"));
}

fn metrics(page: &mut Page, hpa: &Object) {
    page.field(0, "Metrics", "( current / target )");
    let current = hpa.items_at("status/currentMetrics");
    for (i, metric) in hpa.items_at("spec/metrics").iter().enumerate() {
        // The status tells of the metrics in the order of the spec.
        let current = current.get(i).unwrap_or(&crate::machinery::value::NULL);
        page.line(1, self::metric(metric, current));
    }
}

/// One metric: what it is, its current value and its target.
fn metric(metric: &Value, status: &Value) -> String {
    let (kind, field) = match metric.str_at("type") {
        "External" => ("External", "external"),
        "Pods" => ("Pods", "pods"),
        "Object" => ("Object", "object"),
        "Resource" => ("Resource", "resource"),
        "ContainerResource" => ("ContainerResource", "containerResource"),
        other => return format!("<unknown metric type \"{other}\">"),
    };
    let (source, target) = (metric.at(field), metric.at(field).at("target"));
    let current = status.at(field).at("current");
    let known = status.str_at("type") == kind && !status.at(field).is_null();
    let name = source.str_at("metric/name");
    let (average, value) = (target.at("averageValue"), target.at("value"));
    match kind {
        "Pods" => format!(
            "\"{name}\" on pods:\t{} / {}",
            amount(known, current.at("averageValue")),
            go::text(average)
        ),
        "External" if !average.is_null() => {
            let current = amount(known && !current.at("averageValue").is_null(), current.at("averageValue"));
            format!("\"{name}\" (target average value):\t{current} / {}", go::text(average))
        }
        "External" => {
            format!(
                "\"{name}\" (target value):\t{} / {}",
                amount(known, current.at("value")),
                go::text(value)
            )
        }
        "Object" => {
            let object = source.at("describedObject");
            let what = format!("\"{name}\" on {}/{}", object.str_at("kind"), object.str_at("name"));
            match target.str_at("type") {
                "AverageValue" => {
                    let current = amount(known, current.at("averageValue"));
                    format!("{what} (target average value):\t{current} / {}", go::text(average))
                }
                _ => format!(
                    "{what} (target value):\t{} / {}",
                    amount(known, current.at("value")),
                    go::text(value)
                ),
            }
        }
        _ => resource(source, known, current),
    }
}

/// A metric of CPU or memory, of whole pods or of one container in each.
fn resource(source: &Value, known: bool, current: &Value) -> String {
    let container = match source.str_at("container") {
        "" => String::new(),
        container => format!(" of container \"{container}\""),
    };
    let what = format!("resource {}{container} on pods", source.str_at("name"));
    let (target, average) = (source.at("target"), current.at("averageValue"));
    if !target.at("averageValue").is_null() {
        return format!("{what}:\t{} / {}", amount(known, average), go::text(target.at("averageValue")));
    }
    let current = match current.int_at("averageUtilization") {
        Some(percent) if known => format!("{percent}% ({})", go::text(average)),
        _ => "<unknown>".into(),
    };
    let target = target.int_at("averageUtilization").map_or("<auto>".into(), |percent| format!("{percent}%"));
    format!("{what}  (as a percentage of request):\t{current} / {target}")
}

/// The current amount of a metric.
fn amount(known: bool, value: &Value) -> String {
    if known { value_or(value, "<nil>") } else { "<unknown>".into() }
}

/// The scaling rules of one direction.
fn rules(page: &mut Page, title: &str, rules: &Value) {
    if rules.is_null() {
        return;
    }
    page.line(1, format_args!("{title}:"));
    if let Some(seconds) = rules.int_at("stabilizationWindowSeconds") {
        page.line(2, format_args!("Stabilization Window: {seconds} seconds"));
    }
    let policies = rules.items_at("policies");
    if policies.is_empty() {
        return;
    }
    match rules.at("selectPolicy") {
        Value::Null => page.line(2, "Select Policy: Max"),
        policy => page.line(2, format_args!("Select Policy: {}", go::text(policy))),
    }
    page.line(2, "Policies:");
    for policy in policies {
        let number = |field: &str| policy.int_at(field).unwrap_or(0);
        let (kind, value, period) = (policy.str_at("type"), number("value"), number("periodSeconds"));
        page.line(3, format_args!("- Type: {kind}\tValue: {value}\tPeriod: {period} seconds"));
    }
}

fn conditions(page: &mut Page, conditions: &[Value]) {
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.line(1, "Type\tStatus\tReason\tMessage");
    page.line(1, "----\t------\t------\t-------");
    for condition in conditions {
        let text = |field: &str| condition.str_at(field).to_string();
        page.line(
            1,
            format_args!("{}\t{}\t{}\t{}", text("type"), text("status"), text("reason"), text("message")),
        );
    }
}
