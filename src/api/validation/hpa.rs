//! Validation of HorizontalPodAutoscalers (v2).

use super::fields::all_invalid;
use crate::api::{FieldError, Path};
use crate::machinery::quantity::Quantity;
use crate::machinery::validation as names;
use crate::machinery::{KubeVersion, Object, Value};

const MAX_WINDOW_SECONDS: i64 = 3600;
const MAX_PERIOD_SECONDS: i64 = 1800;

/// What is wrong with a new autoscaler.
pub(crate) fn validate_hpa(hpa: &Object, server: KubeVersion, errs: &mut Vec<FieldError>) {
    let check_group = server.hpa_targets_need_a_group();
    Spec { spec: hpa.at("spec"), least_min: 1, check_group }.validate(errs);
}

/// What is wrong with a changed autoscaler. What was let in once may stay.
pub(crate) fn validate_hpa_update(
    hpa: &Object,
    old: &Object,
    server: KubeVersion,
    errs: &mut Vec<FieldError>,
) {
    let kept = |path: &str| hpa.at(path) == old.at(path);
    let same_kind = kept("spec/scaleTargetRef/kind") && kept("spec/scaleTargetRef/apiVersion");
    let had_zero = old.int_at("spec/minReplicas") == Some(0);
    Spec {
        spec: hpa.at("spec"),
        least_min: if had_zero { 0 } else { 1 },
        check_group: server.hpa_targets_need_a_group() && !same_kind,
    }
    .validate(errs);
}

struct Spec<'a> {
    spec: &'a Value,
    /// The least `minReplicas`: zero needs a feature gate, or an object that has it.
    least_min: i64,
    /// Whether `scaleTargetRef.apiVersion` is looked at.
    check_group: bool,
}

impl Spec<'_> {
    fn validate(&self, errs: &mut Vec<FieldError>) {
        let path = Path::Root("spec");
        self.replicas(&path, errs);
        let target = self.spec.at("scaleTargetRef");
        let at = path.field("scaleTargetRef");
        reference(target, &at, errs);
        if self.check_group {
            api_version(target, &at, errs);
        }
        self.metrics(&path.field("metrics"), errs);
        let behavior = path.field("behavior");
        for direction in ["scaleUp", "scaleDown"] {
            let rules = self.spec.at("behavior").at(direction);
            if !rules.is_null() {
                scaling_rules(rules, &behavior.field(direction), errs);
            }
        }
    }

    fn replicas(&self, path: &Path, errs: &mut Vec<FieldError>) {
        let min = self.spec.int_at("minReplicas");
        let max = self.spec.int_at("maxReplicas").unwrap_or(0);
        if let Some(min) = min.filter(|min| *min < self.least_min) {
            let detail = format!("must be greater than or equal to {}", self.least_min);
            errs.push(FieldError::invalid(path.field("minReplicas"), min, detail));
        }
        let at = path.field("maxReplicas");
        if max == 0 {
            errs.push(FieldError::required(at, "must be set and greater than 0"));
        } else if max < 0 {
            errs.push(FieldError::invalid(at, max, "must be greater than or equal to 1"));
        }
        if min.is_some_and(|min| max < min) {
            errs.push(FieldError::invalid(at, max, "must be greater than or equal to `minReplicas`"));
        }
    }

    fn metrics(&self, path: &Path, errs: &mut Vec<FieldError>) {
        let metrics = self.spec.items_at("metrics");
        for (i, metric) in metrics.iter().enumerate() {
            validate_metric(metric, &path.index(i), errs);
        }
        let without_pods = |m: &Value| matches!(m.str_at("type"), "Object" | "External");
        if self.spec.int_at("minReplicas") == Some(0) && !metrics.iter().any(without_pods) {
            errs.push(FieldError::forbidden(
                path,
                "must specify at least one Object or External metric to support scaling to zero replicas",
            ));
        }
    }
}

fn reference(target: &Value, path: &Path, errs: &mut Vec<FieldError>) {
    for key in ["kind", "name"] {
        match target.str_at(key) {
            "" => errs.push(FieldError::required(path.field(key), "")),
            text => all_invalid(&path.field(key), text, names::path_segment_errors(text), errs),
        }
    }
}

/// Only replication controllers live in the core group.
fn api_version(target: &Value, path: &Path, errs: &mut Vec<FieldError>) {
    let text = target.str_at("apiVersion");
    let at = path.field("apiVersion");
    match text.matches('/').count() {
        0 if target.str_at("kind") == "ReplicationController" => {}
        0 => errs.push(FieldError::invalid(at, text, "apiVersion must specify API group")),
        1 if text.starts_with('/') => {
            errs.push(FieldError::invalid(at, text, "apiVersion must specify API group"));
        }
        1 => {}
        _ => {
            errs.push(FieldError::invalid(at, text, format!("unexpected GroupVersion string: {text}")));
        }
    }
}

/// The sources in the order they are looked at; only the first that is there is validated.
const SOURCES: [(&str, &str); 5] = [
    ("Object", "object"),
    ("External", "external"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
];

fn validate_metric(metric: &Value, path: &Path, errs: &mut Vec<FieldError>) {
    let kind = metric.str_at("type");
    let at = path.field("type");
    if kind.is_empty() {
        errs.push(FieldError::required(at, "must specify a metric source type"));
    }
    let expected = SOURCES.iter().find(|(name, _)| *name == kind).map(|(_, field)| *field);
    if expected.is_none() {
        let mut supported = SOURCES.map(|(name, _)| name);
        supported.sort_unstable();
        errs.push(FieldError::not_supported(at, kind, &supported));
    }
    let mut present: Vec<&str> =
        SOURCES.iter().map(|(_, field)| *field).filter(|field| !metric.at(field).is_null()).collect();
    if let Some(first) = present.first() {
        validate_source(first, metric.at(first), &path.field(first), errs);
    }
    if let Some(field) = expected.filter(|field| !present.contains(field)) {
        let detail = "must populate information for the given metric source";
        errs.push(FieldError::required(path.field(field), detail));
    }
    if present.len() > 1 {
        present.retain(|field| Some(*field) != expected);
        present.sort_unstable();
        for field in present {
            let detail = "must populate the given metric source only";
            errs.push(FieldError::forbidden(path.field(field), detail));
        }
    }
}

fn validate_source(field: &str, source: &Value, path: &Path, errs: &mut Vec<FieldError>) {
    let target = source.at("target");
    let at = path.field("target");
    let has = |key: &str| !target.at(key).is_null();
    let (average, utilization) = (at.field("averageValue"), at.field("averageUtilization"));
    match field {
        "object" => {
            reference(source.at("describedObject"), &path.field("describedObject"), errs);
            metric_name(source, path, errs);
            metric_target(target, &at, errs);
            if !has("value") && !has("averageValue") {
                errs.push(FieldError::required(average, "must set either a target value or averageValue"));
            }
        }
        "external" => {
            metric_name(source, path, errs);
            metric_target(target, &at, errs);
            let either = "must set either a target value for metric or a per-pod target";
            let both = "may not set both a target value for metric and a per-pod target";
            match (has("value"), has("averageValue")) {
                (false, false) => errs.push(FieldError::required(average, either)),
                (true, true) => errs.push(FieldError::forbidden(at.field("value"), both)),
                _ => {}
            }
        }
        "pods" => {
            metric_name(source, path, errs);
            metric_target(target, &at, errs);
            if !is_positive(target.at("averageValue")) {
                errs.push(FieldError::required(average, "must specify a positive target averageValue"));
            }
        }
        _ => {
            if source.str_at("name").is_empty() {
                errs.push(FieldError::required(path.field("name"), "must specify a resource name"));
            }
            if field == "containerResource" && source.str_at("container").is_empty() {
                errs.push(FieldError::required(path.field("container"), "must specify a container"));
            }
            metric_target(target, &at, errs);
            let either = "must set either a target raw value or a target utilization";
            let both = "may not set both a target raw value and a target utilization";
            match (has("averageValue"), has("averageUtilization")) {
                (false, false) => errs.push(FieldError::required(utilization, either)),
                (true, true) => errs.push(FieldError::forbidden(average, both)),
                _ => {}
            }
        }
    }
}

fn metric_name(source: &Value, path: &Path, errs: &mut Vec<FieldError>) {
    let metric = path.field("metric");
    let at = metric.field("name");
    match source.str_at("metric/name") {
        "" => errs.push(FieldError::required(at, "must specify a metric name")),
        name => all_invalid(&at, name, names::path_segment_errors(name), errs),
    }
}

fn metric_target(target: &Value, path: &Path, errs: &mut Vec<FieldError>) {
    let kind = target.str_at("type");
    let at = path.field("type");
    if kind.is_empty() {
        errs.push(FieldError::required(at, "must specify a metric target type"));
    }
    if !matches!(kind, "Utilization" | "Value" | "AverageValue") {
        errs.push(FieldError::invalid(at, kind, "must be either Utilization, Value, or AverageValue"));
    }
    for key in ["value", "averageValue"] {
        let value = target.at(key);
        if !value.is_null() && !is_positive(value) {
            errs.push(FieldError::invalid(path.field(key), value, "must be positive"));
        }
    }
    if let Some(percent) = target.int_at("averageUtilization").filter(|percent| *percent < 1) {
        errs.push(FieldError::invalid(path.field("averageUtilization"), percent, "must be greater than 0"));
    }
}

fn is_positive(quantity: &Value) -> bool {
    Quantity::from_value(quantity).is_ok_and(|q| q.sign() > 0)
}

fn scaling_rules(rules: &Value, path: &Path, errs: &mut Vec<FieldError>) {
    let window = path.field("stabilizationWindowSeconds");
    match rules.int_at("stabilizationWindowSeconds") {
        Some(n) if n < 0 => {
            errs.push(FieldError::invalid(window, n, "must be greater than or equal to zero"));
        }
        Some(n) if n > MAX_WINDOW_SECONDS => {
            let detail = format!("must be less than or equal to {MAX_WINDOW_SECONDS}");
            errs.push(FieldError::invalid(window, n, detail));
        }
        _ => {}
    }
    if let Some(policy) = rules.at("selectPolicy").as_str() {
        const SUPPORTED: [&str; 3] = ["Disabled", "Max", "Min"];
        if !SUPPORTED.contains(&policy) {
            errs.push(FieldError::not_supported(path.field("selectPolicy"), policy, &SUPPORTED));
        }
    }
    let at = path.field("policies");
    let policies = rules.items_at("policies");
    if policies.is_empty() {
        errs.push(FieldError::required(at, "must specify at least one Policy"));
    }
    for (i, policy) in policies.iter().enumerate() {
        scaling_policy(policy, &at.index(i), errs);
    }
    let tolerance = rules.at("tolerance");
    if Quantity::from_value(tolerance).is_ok_and(|q| q.sign() < 0) {
        let detail = "must be greater than or equal to 0";
        errs.push(FieldError::invalid(path.field("tolerance"), tolerance, detail));
    }
}

fn scaling_policy(policy: &Value, path: &Path, errs: &mut Vec<FieldError>) {
    const SUPPORTED: [&str; 2] = ["Percent", "Pods"];
    let kind = policy.str_at("type");
    if !SUPPORTED.contains(&kind) {
        errs.push(FieldError::not_supported(path.field("type"), kind, &SUPPORTED));
    }
    for key in ["value", "periodSeconds"] {
        let n = policy.int_at(key).unwrap_or(0);
        if n <= 0 {
            errs.push(FieldError::invalid(path.field(key), n, "must be greater than zero"));
        } else if key == "periodSeconds" && n > MAX_PERIOD_SECONDS {
            let detail = format!("must be less than or equal to {MAX_PERIOD_SECONDS}");
            errs.push(FieldError::invalid(path.field(key), n, detail));
        }
    }
}
