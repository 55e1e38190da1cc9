//! HorizontalPodAutoscalers between v1, which knows one CPU target, and v2, in which they are stored. What v1 has no
//! field for travels in annotations, as JSON in the shape (and the field order) of Go structs: that of v2beta1, whose
//! metrics are therefore read and written by the same rules.

use crate::api::defaults::hpa::cpu_utilization;
use crate::json;
use crate::machinery::go_text;
use crate::machinery::quantity::Quantity;
use crate::machinery::{Object, Value};

/// The name of the resource.
pub(super) const PLURAL: &str = "horizontalpodautoscalers";
/// The version they are stored in.
pub(super) const STORED: &str = "v2";

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

/// The CPU target of an autoscaler that has no metric at all.
const DEFAULT_CPU_PERCENT: i64 = 80;

/// Takes out the annotations only v1 shows: in storage their content has fields.
pub(crate) fn drop_annotations(hpa: &mut Object) {
    for key in [METRICS, BEHAVIOR, CURRENT_METRICS, CONDITIONS] {
        if hpa.annotation(key).is_some() {
            hpa.at_mut("metadata/annotations").map_mut().remove(key);
        }
    }
    if hpa.at("metadata/annotations").as_map().is_some_and(|m| m.is_empty()) {
        hpa.remove("metadata/annotations");
    }
}

/// Whether a metric, of a spec or of a status, is what v1 has a field for.
fn cpu_percent(metric: &Value, side: &Side) -> Option<i64> {
    let resource = metric.at("resource");
    (metric.str_at("type") == "Resource" && resource.str_at("name") == "cpu")
        .then(|| resource.at(side.holder).int_at("averageUtilization"))
        .flatten()
}

/// The v1 view of a stored autoscaler.
pub(crate) fn to_v1(hpa: &Object) -> Object {
    let mut v1 = Object::default();
    v1.set("apiVersion", "autoscaling/v1");
    v1.set("kind", hpa.kind());
    v1.set("metadata", hpa.at("metadata"));

    let (spec, status) = (hpa.at("spec"), hpa.at("status"));
    for key in ["scaleTargetRef", "minReplicas", "maxReplicas"] {
        if !spec.at(key).is_null() {
            v1.set(&format!("spec/{key}"), spec.at(key));
        }
    }
    let metrics = spec.items_at("metrics");
    if let Some(percent) = metrics.iter().find_map(|m| cpu_percent(m, &TARGET)) {
        v1.set("spec/targetCPUUtilizationPercentage", percent);
    }
    for key in ["currentReplicas", "desiredReplicas"] {
        v1.set(&format!("status/{key}"), status.int_at(key).unwrap_or(0));
    }
    for key in ["lastScaleTime", "observedGeneration"] {
        if !status.at(key).is_null() {
            v1.set(&format!("status/{key}"), status.at(key));
        }
    }
    let current = status.items_at("currentMetrics");
    if let Some(percent) = current.iter().filter_map(|m| cpu_percent(m, &CURRENT)).next_back() {
        v1.set("status/currentCPUUtilizationPercentage", percent);
    }

    let others = metrics.iter().filter(|m| cpu_percent(m, &TARGET).is_none());
    let mut annotate = |key: &str, items: Vec<String>| {
        if !items.is_empty() {
            v1.set_annotation(key, &format!("[{}]", items.join(",")));
        }
    };
    annotate(METRICS, others.map(|m| TARGET.metric_json(m)).collect());
    annotate(CURRENT_METRICS, current.iter().map(|m| CURRENT.metric_json(m)).collect());
    annotate(CONDITIONS, status.items_at("conditions").iter().map(condition_json).collect());
    if !spec.at("behavior").is_null() {
        v1.set_annotation(BEHAVIOR, &behavior_json(spec.at("behavior")));
    }
    v1
}

/// What a v1 autoscaler is stored as. Annotations that cannot be read are ignored, as the server ignores them.
pub(crate) fn from_v1(v1: &Object) -> Object {
    let mut hpa = Object::default();
    hpa.set("apiVersion", "autoscaling/v2");
    hpa.set("kind", v1.kind());
    hpa.set("metadata", v1.at("metadata"));

    let (spec, status) = (v1.at("spec"), v1.at("status"));
    for key in ["scaleTargetRef", "minReplicas", "maxReplicas"] {
        if !spec.at(key).is_null() {
            hpa.set(&format!("spec/{key}"), spec.at(key));
        }
    }
    // The CPU target comes last: writing an autoscaler back through v1 reorders its metrics.
    let mut metrics = annotated_metrics(v1, METRICS, &TARGET).unwrap_or_default();
    metrics.extend(spec.int_at("targetCPUUtilizationPercentage").map(cpu_utilization));
    if metrics.is_empty() {
        metrics.push(cpu_utilization(DEFAULT_CPU_PERCENT));
    }
    hpa.set("spec/metrics", metrics);
    if let Some(behavior) = annotation_json(v1, BEHAVIOR).and_then(|v| behavior_from_json(&v)) {
        hpa.set("spec/behavior", behavior);
    }

    hpa.set("status/desiredReplicas", status.int_at("desiredReplicas").unwrap_or(0));
    for key in ["currentReplicas", "lastScaleTime", "observedGeneration"] {
        if !status.at(key).is_empty_value() {
            hpa.set(&format!("status/{key}"), status.at(key));
        }
    }
    let cpu = status.int_at("currentCPUUtilizationPercentage").map(|percent| {
        json!({"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": percent}}})
    });
    let current = annotated_metrics(v1, CURRENT_METRICS, &CURRENT).or_else(|| cpu.map(|metric| vec![metric]));
    hpa.set("status/currentMetrics", current);
    if let Some(Value::List(conditions)) = annotation_json(v1, CONDITIONS) {
        hpa.set("status/conditions", Value::List(conditions));
    }
    drop_annotations(&mut hpa);
    hpa
}

/// The v2beta1 view of a stored autoscaler.
pub(crate) fn to_v2beta1(mut hpa: Object) -> Object {
    hpa.set("apiVersion", "autoscaling/v2beta1");
    let rewritten = |hpa: &Object, list: &str, side: &Side| -> Option<Value> {
        let metrics = hpa.at(list).as_list()?.iter();
        Some(metrics.filter_map(|m| Value::parse(&side.metric_json(m)).ok()).collect())
    };
    if let Some(metrics) = rewritten(&hpa, "spec/metrics", &TARGET) {
        hpa.set("spec/metrics", metrics);
    }
    // Unlike v2 this version writes all of a status.
    let current = rewritten(&hpa, "status/currentMetrics", &CURRENT).unwrap_or(Value::Null);
    hpa.set("status/currentMetrics", current);
    let conditions = hpa.at("status/conditions").clone();
    hpa.set("status/conditions", conditions);
    for key in ["status/currentReplicas", "status/desiredReplicas"] {
        let count = hpa.int_at(key).unwrap_or(0);
        hpa.set(key, count);
    }
    if let Some(behavior) = hpa.remove("spec/behavior") {
        hpa.set_annotation(BEHAVIOR, &behavior_json(&behavior));
    }
    hpa
}

/// What a v2beta1 autoscaler is stored as.
pub(crate) fn from_v2beta1(mut hpa: Object) -> Object {
    hpa.set("apiVersion", "autoscaling/v2");
    for (list, side) in [("spec/metrics", &TARGET), ("status/currentMetrics", &CURRENT)] {
        if let Some(metrics) = hpa.at(list).as_list() {
            let read: Value = metrics.iter().map(|m| side.metric_from_json(m)).collect();
            hpa.set(list, read);
        }
    }
    for key in ["status/currentReplicas", "status/conditions"] {
        if hpa.at(key).is_empty_value() {
            hpa.remove(key);
        }
    }
    if let Some(behavior) = annotation_json(&hpa, BEHAVIOR).and_then(|v| behavior_from_json(&v)) {
        hpa.set("spec/behavior", behavior);
    }
    drop_annotations(&mut hpa);
    hpa
}

fn annotation_json(hpa: &Object, key: &str) -> Option<Value> {
    hpa.annotation(key).and_then(|text| Value::parse(text).ok())
}

fn annotated_metrics(hpa: &Object, key: &str, side: &Side) -> Option<Vec<Value>> {
    let Value::List(metrics) = annotation_json(hpa, key)? else { return None };
    Some(metrics.iter().map(|m| side.metric_from_json(m)).collect())
}

/// How the shape in the annotations and in v2beta1 names things, for wanted and for measured values.
struct Side {
    /// Key of the values in v2.
    holder: &'static str,
    value: &'static str,
    average: &'static str,
    utilization: &'static str,
    /// Whether values that are not set are written as `"0"`: they are no pointers in Go.
    writes_zero: bool,
}

const TARGET: Side = Side {
    holder: "target",
    value: "targetValue",
    average: "targetAverageValue",
    utilization: "targetAverageUtilization",
    writes_zero: false,
};
const CURRENT: Side = Side {
    holder: "current",
    value: "currentValue",
    average: "currentAverageValue",
    utilization: "currentAverageUtilization",
    writes_zero: true,
};

/// Sources in the order of the Go struct.
const SOURCES: [&str; 5] = ["object", "pods", "resource", "containerResource", "external"];

impl Side {
    /// One metric of v2 as annotations and v2beta1 hold it.
    fn metric_json(&self, metric: &Value) -> String {
        let mut out = Fields::default();
        out.text("type", metric.str_at("type"));
        for source in SOURCES {
            let v = metric.at(source);
            if !v.is_null() {
                out.raw(source, &self.source_json(source, v));
            }
        }
        out.finish()
    }

    fn source_json(&self, source: &str, v: &Value) -> String {
        let values = v.at(self.holder);
        let (value, average) = (values.at("value"), values.at("averageValue"));
        let selector = v.at("metric/selector");
        let mut out = Fields::default();
        match source {
            "object" => {
                let object = v.at("describedObject");
                let mut reference = Fields::default();
                reference.text("kind", object.str_at("kind"));
                reference.text("name", object.str_at("name"));
                reference.some_text("apiVersion", object.at("apiVersion"));
                out.raw("target", &reference.finish());
                out.text("metricName", v.str_at("metric/name"));
                out.quantity(self.value, value, true);
                out.selector("selector", selector);
                out.quantity("averageValue", average, false);
            }
            "pods" => {
                out.text("metricName", v.str_at("metric/name"));
                out.quantity(self.average, average, true);
                out.selector("selector", selector);
            }
            "external" => {
                out.text("metricName", v.str_at("metric/name"));
                out.selector("metricSelector", selector);
                out.quantity(self.value, value, self.writes_zero);
                out.quantity(self.average, average, false);
            }
            _ => {
                out.text("name", v.str_at("name"));
                if let Some(percent) = values.int_at("averageUtilization") {
                    out.raw(self.utilization, &percent.to_string());
                }
                out.quantity(self.average, average, self.writes_zero);
                out.some_text("container", v.at("container"));
            }
        }
        out.finish()
    }

    /// One metric of an annotation as v2 holds it.
    fn metric_from_json(&self, metric: &Value) -> Value {
        let mut out = json!({"type": metric.str_at("type")});
        for source in SOURCES {
            let v = metric.at(source);
            if !v.is_null() {
                out.set(source, self.source_from_json(source, v));
            }
        }
        out
    }

    fn source_from_json(&self, source: &str, v: &Value) -> Value {
        let quantity = |key: &str| Quantity::from_value(v.at(key)).ok().map(Value::from);
        let (value, average) = (quantity(self.value), quantity(self.average));
        let mut out = Value::object();
        let mut values = Value::object();
        let kind = match source {
            "object" => {
                let average = quantity("averageValue");
                let kind = if average.is_some() { "AverageValue" } else { "Value" };
                // A target value stands there in any case, in Go: zero when the JSON has none.
                values.set("value", value.unwrap_or_else(|| "0".into()));
                set_some(&mut values, "averageValue", average);
                out.set("describedObject", v.at("target"));
                out.set("metric", metric_identifier(v, "selector"));
                kind
            }
            "pods" => {
                values.set("averageValue", average.unwrap_or_else(|| "0".into()));
                out.set("metric", metric_identifier(v, "selector"));
                "AverageValue"
            }
            "external" => {
                let kind = if value.is_some() { "Value" } else { "AverageValue" };
                set_some(&mut values, "value", value);
                set_some(&mut values, "averageValue", average);
                out.set("metric", metric_identifier(v, "metricSelector"));
                kind
            }
            _ => {
                let utilization = v.int_at(self.utilization).map(Value::from);
                let kind = if utilization.is_some() { "Utilization" } else { "AverageValue" };
                set_some(&mut values, "averageUtilization", utilization);
                set_some(&mut values, "averageValue", average);
                out.set("name", v.str_at("name"));
                if source == "containerResource" {
                    out.set("container", v.str_at("container"));
                }
                kind
            }
        };
        if self.holder == "target" {
            values.set("type", kind);
        }
        out.set(self.holder, values);
        out
    }
}

fn set_some(v: &mut Value, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        v.set(key, value);
    }
}

fn metric_identifier(v: &Value, selector: &str) -> Value {
    let mut out = json!({"name": v.str_at("metricName")});
    if !v.at(selector).is_null() {
        out.set("selector", v.at(selector));
    }
    out
}

fn condition_json(condition: &Value) -> String {
    let mut out = Fields::default();
    out.text("type", condition.str_at("type"));
    out.text("status", condition.str_at("status"));
    let time = condition.at("lastTransitionTime");
    out.raw("lastTransitionTime", &time.as_str().map_or("null".to_string(), string_json));
    out.some_text("reason", condition.at("reason"));
    out.some_text("message", condition.at("message"));
    out.finish()
}

/// `spec.behavior` with the field names of Go: the struct it is written from has no JSON names.
fn behavior_json(behavior: &Value) -> String {
    let mut out = Fields::default();
    for (key, direction) in [("ScaleUp", "scaleUp"), ("ScaleDown", "scaleDown")] {
        out.raw(key, &rules_json(behavior.at(direction)));
    }
    out.finish()
}

fn rules_json(rules: &Value) -> String {
    if rules.is_null() {
        return "null".to_string();
    }
    let policies = rules.at("policies").as_list().map(|policies| {
        let policy = |p: &Value| {
            let mut out = Fields::default();
            out.text("Type", p.str_at("type"));
            out.raw("Value", &p.at("value").to_json());
            out.raw("PeriodSeconds", &p.at("periodSeconds").to_json());
            out.finish()
        };
        format!("[{}]", policies.iter().map(policy).collect::<Vec<_>>().join(","))
    });
    let mut out = Fields::default();
    out.raw("StabilizationWindowSeconds", &rules.at("stabilizationWindowSeconds").to_json());
    out.raw("SelectPolicy", &rules.at("selectPolicy").to_json());
    out.raw("Policies", policies.as_deref().unwrap_or("null"));
    out.raw("Tolerance", &rules.at("tolerance").to_json());
    out.finish()
}

/// Go finds the fields of a struct without JSON names whatever the case of the keys.
fn any_case<'a>(v: &'a Value, name: &str) -> &'a Value {
    static NULL: Value = Value::Null;
    v.map().iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or(&NULL, |(_, value)| value)
}

fn behavior_from_json(json: &Value) -> Option<Value> {
    let mut behavior = Value::object();
    for direction in ["scaleUp", "scaleDown"] {
        let rules = any_case(json, direction);
        if !rules.is_null() {
            behavior.set(direction, rules_from_json(rules));
        }
    }
    (!behavior.map().is_empty()).then_some(behavior)
}

fn rules_from_json(rules: &Value) -> Value {
    let policy = |p: &Value| {
        let int = |name| any_case(p, name).as_i64().unwrap_or(0);
        let kind = any_case(p, "type").as_str().unwrap_or("");
        json!({"type": kind, "value": int("value"), "periodSeconds": int("periodSeconds")})
    };
    // Written out even when empty: v1 fills no policies in, validation refuses a direction without.
    let mut out = json!({
        "policies": any_case(rules, "policies").items().iter().map(policy).collect::<Value>(),
    });
    for key in ["stabilizationWindowSeconds", "selectPolicy"] {
        if !any_case(rules, key).is_null() {
            out.set(key, any_case(rules, key));
        }
    }
    set_some(&mut out, "tolerance", Quantity::from_value(any_case(rules, "tolerance")).ok().map(Value::from));
    out
}

/// A JSON object whose fields keep the order they are written in.
#[derive(Default)]
struct Fields(String);

impl Fields {
    fn raw(&mut self, key: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&string_json(key));
        self.0.push(':');
        self.0.push_str(json);
    }

    fn text(&mut self, key: &str, text: &str) {
        self.raw(key, &string_json(text));
    }

    /// A text that is left out when empty.
    fn some_text(&mut self, key: &str, text: &Value) {
        if let Some(text) = text.as_str().filter(|t| !t.is_empty()) {
            self.text(key, text);
        }
    }

    /// A quantity, or when there is none `"0"` or nothing.
    fn quantity(&mut self, key: &str, quantity: &Value, zero: bool) {
        match Quantity::from_value(quantity) {
            Ok(q) => self.text(key, &q.to_string()),
            Err(_) if zero => self.text(key, "0"),
            Err(_) => {}
        }
    }

    fn selector(&mut self, key: &str, selector: &Value) {
        if selector.is_null() {
            return;
        }
        let mut out = Fields::default();
        for part in ["matchLabels", "matchExpressions"] {
            if !selector.at(part).is_empty_value() {
                out.raw(part, &go_text::json(selector.at(part)));
            }
        }
        self.raw(key, &out.finish());
    }

    fn finish(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}

fn string_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    go_text::json_string(text, &mut out);
    out
}
