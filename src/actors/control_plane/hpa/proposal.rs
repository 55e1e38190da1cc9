//! The metrics of a spec, one after the other, and the size they ask for together.

use super::calculator::{Calculator, Proposal, Trace};
use super::cluster::{Event, ObjectRef, Scale};
use super::conditions::Condition;
use super::decision::{MetricDecision, Rule};
use super::metrics::Inputs;
use super::spec::{CustomSource, MetricSpec, ResourceSource};
use crate::machinery::Value;
use crate::machinery::quantity::{Format, Quantity};

/// What all metrics of a spec come to.
pub(super) struct Combined {
    /// Largest proposal and the name of its metric; nothing when the pass must stop.
    pub best: Option<(i32, String)>,
    /// `status.currentMetrics`.
    pub statuses: Vec<Value>,
    /// ScalingActive.
    pub condition: Condition,
    /// The complaint when a metric failed, whether the pass stops or not.
    pub error: Option<String>,
    /// A warning for each metric that failed.
    pub events: Vec<Event>,
    /// The record of each metric.
    pub metrics: Vec<MetricDecision>,
    /// How the metrics were combined.
    pub rules: Vec<Rule>,
}

/// A metric that has no value.
struct Failure {
    /// Reason of the event and of the condition.
    reason: &'static str,
    /// Text of the event and of the condition.
    message: String,
    /// Text within the complaint about all metrics.
    error: String,
}

/// A metric that has one.
struct Computed {
    proposal: Proposal,
    status: Value,
}

/// Computes every metric and takes the largest proposal. One that fails does not keep the others from growing the
/// target, but no shrinking is decided on half the evidence.
pub(super) fn combine(
    specs: &[MetricSpec],
    scale: &Scale,
    calculator: &Calculator,
    inputs: &Inputs,
) -> Combined {
    let mut best: (i32, &str) = (0, "");
    let (mut failures, mut statuses, mut metrics, mut rules) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let names: Vec<String> = specs.iter().map(name).collect();
    for (spec, name) in specs.iter().zip(&names) {
        let mut trace = Trace::default();
        let computed = compute(spec, scale, calculator, inputs, &mut trace);
        metrics.push(record(spec, name, calculator, trace, &computed));
        match computed {
            Ok(Computed { proposal, status }) => {
                statuses.push(status);
                if best.0 == 0 || proposal.replicas > best.0 {
                    best = (proposal.replicas, name);
                }
            }
            Err(failure) => {
                statuses.push(crate::json!({"type": ""}));
                failures.push(failure);
            }
        }
    }

    let (invalid, of) = (failures.len(), specs.len());
    let stops = invalid >= of || (invalid > 0 && best.0 < scale.spec_replicas);
    if invalid > 0 {
        rules.push(Rule::InvalidMetrics { invalid, of, stops });
    }
    let condition = match failures.first().filter(|_| stops) {
        Some(first) => Condition::cannot_compute(first.reason, &first.message),
        None => {
            rules.push(Rule::Largest { metric: best.1.to_string(), proposal: best.0 });
            let message =
                format!("the HPA was able to successfully calculate a replica count from {}", best.1);
            Condition::scaling_active(true, "ValidMetricFound", message)
        }
    };
    let error = failures.first().map(|first| {
        format!("invalid metrics ({invalid} invalid out of {of}), first error is: {}", first.error)
    });
    let best = (!stops).then(|| (best.0, best.1.to_string()));
    let events =
        failures.into_iter().map(|f| Event { warning: true, reason: f.reason, message: f.message }).collect();
    Combined { best, statuses, condition, error, events, metrics, rules }
}

/// The source a metric's `type` names.
enum Source<'a> {
    /// Resource, or with true ContainerResource.
    Resource(&'a ResourceSource, bool),
    Pods(&'a CustomSource),
    Object(&'a CustomSource),
    External(&'a CustomSource),
    Unknown,
}

fn source(spec: &MetricSpec) -> Source<'_> {
    let found = match spec.kind.as_str() {
        "Resource" => spec.resource.as_ref().map(|r| Source::Resource(r, false)),
        "ContainerResource" => spec.container_resource.as_ref().map(|r| Source::Resource(r, true)),
        "Pods" => spec.pods.as_ref().map(Source::Pods),
        "Object" => spec.object.as_ref().map(Source::Object),
        "External" => spec.external.as_ref().map(Source::External),
        _ => None,
    };
    found.unwrap_or(Source::Unknown)
}

/// The name of a metric in conditions and events.
fn name(spec: &MetricSpec) -> String {
    match source(spec) {
        Source::Resource(r, _) if r.target.average_value.is_some() => format!("{} resource", r.name),
        Source::Resource(r, true) => {
            format!("{} container resource utilization (percentage of request)", r.name)
        }
        Source::Resource(r, false) => format!("{} resource utilization (percentage of request)", r.name),
        Source::Pods(m) => format!("pods metric {}", m.metric.name),
        Source::Object(m) if m.target.kind == "Value" => {
            format!("{} metric {}", m.described_object.str_at("kind"), m.metric.name)
        }
        // An average over an object's value is named as if it were external.
        Source::Object(m) | Source::External(m) => {
            format!("external metric {}({})", m.metric.name, m.metric.selector_text())
        }
        Source::Unknown => spec.kind.clone(),
    }
}

fn compute(
    spec: &MetricSpec,
    scale: &Scale,
    calculator: &Calculator,
    inputs: &Inputs,
    trace: &mut Trace,
) -> Result<Computed, Failure> {
    match source(spec) {
        Source::Resource(r, in_container) => resource(r, in_container, scale, calculator, inputs, trace),
        Source::Pods(m) => pods(m, scale, calculator, inputs, trace),
        Source::Object(m) => object(m, scale, calculator, inputs, trace),
        Source::External(m) => external(m, scale, calculator, inputs, trace),
        Source::Unknown => {
            let message = format!("unknown metric source type {:?}", spec.kind);
            Err(Failure { reason: "InvalidMetricSourceType", error: message.clone(), message })
        }
    }
}

fn resource(
    source: &ResourceSource,
    in_container: bool,
    scale: &Scale,
    calculator: &Calculator,
    inputs: &Inputs,
    trace: &mut Trace,
) -> Result<Computed, Failure> {
    let name = &source.name;
    let (reason, prefix) = if in_container {
        let prefix = format!("failed to get {} container metric value", source.container);
        ("FailedGetContainerResourceMetric", prefix)
    } else {
        ("FailedGetResourceMetric", format!("failed to get {name} resource metric value"))
    };
    let wanted = (name.as_str(), source.container.as_str());
    let current = scale.spec_replicas;
    let proposal = match (source.target.average_value, source.target.average_utilization) {
        (Some(target), _) => calculator
            .resource_average(inputs, current, wanted, target.0, trace)
            .map_err(|e| format!("failed to get {name} usage: {e}")),
        (None, Some(target)) => calculator
            .resource_utilization(inputs, current, wanted, target, trace)
            .map_err(|e| format!("failed to get {name} utilization: {e}")),
        (None, None) => Err("invalid resource metric source: neither an average utilization target nor an \
                             average value (usage) target was set"
            .to_string()),
    };
    let proposal =
        proposal.map_err(|message| Failure { reason, error: format!("{prefix}: {message}"), message })?;
    let mut current = crate::json!({"averageValue": amount(proposal.usage, name, calculator)});
    if let Some(utilization) = proposal.utilization {
        current.set("averageUtilization", utilization);
    }
    let mut status = crate::json!({"name": name, "current": current});
    if in_container {
        status.set("container", &source.container);
        return Ok(Computed {
            proposal,
            status: crate::json!({"type": "ContainerResource", "containerResource": status}),
        });
    }
    Ok(Computed { proposal, status: crate::json!({"type": "Resource", "resource": status}) })
}

fn pods(
    source: &CustomSource,
    scale: &Scale,
    calculator: &Calculator,
    inputs: &Inputs,
    trace: &mut Trace,
) -> Result<Computed, Failure> {
    let target = source.target.average_value.map_or(0, |m| m.0);
    let proposal =
        calculator.pods(inputs, scale.spec_replicas, &source.metric, target, trace).map_err(|message| {
            Failure {
                reason: "FailedGetPodsMetric",
                error: format!("failed to get pods metric value: {message}"),
                message,
            }
        })?;
    let current = crate::json!({"averageValue": amount(proposal.usage, "", calculator)});
    let status = crate::json!({"metric": source.metric.to_value(), "current": current});
    Ok(Computed { proposal, status: crate::json!({"type": "Pods", "pods": status}) })
}

fn object(
    source: &CustomSource,
    scale: &Scale,
    calculator: &Calculator,
    inputs: &Inputs,
    trace: &mut Trace,
) -> Result<Computed, Failure> {
    let failure = |message: String, inner: String| Failure {
        reason: "FailedGetObjectMetric",
        error: format!("failed to get object metric value: {inner}"),
        message,
    };
    let described = &source.described_object;
    let object = ObjectRef {
        api_version: described.str_at("apiVersion").to_string(),
        kind: described.str_at("kind").to_string(),
        name: described.str_at("name").to_string(),
    };
    let wanted = (&object, &source.metric);
    let target = &source.target;
    let (field, proposal) = match (target.kind.as_str(), target.value, target.average_value) {
        ("Value", Some(value), _) => {
            let proposal = calculator.object_value(inputs, scale.spec_replicas, wanted, value.0, trace);
            ("value", proposal.map_err(|e| failure(e.clone(), e))?)
        }
        ("AverageValue", _, Some(average)) => {
            let proposal = calculator.object_average(inputs, scale.status_replicas, wanted, average.0, trace);
            let wrap = |e: String| {
                let inner = format!("failed to get {} object metric: {e}", source.metric.name);
                failure(e, inner)
            };
            ("averageValue", proposal.map_err(wrap)?)
        }
        _ => {
            let message = "invalid object metric source: neither a value target nor an average value target was \
                           set";
            return Err(failure(message.into(), message.into()));
        }
    };
    let mut current = Value::object();
    current.set(field, amount(proposal.usage, "", calculator));
    let status = crate::json!({
        "metric": source.metric.to_value(), "current": current, "describedObject": described,
    });
    Ok(Computed { proposal, status: crate::json!({"type": "Object", "object": status}) })
}

fn external(
    source: &CustomSource,
    scale: &Scale,
    calculator: &Calculator,
    inputs: &Inputs,
    trace: &mut Trace,
) -> Result<Computed, Failure> {
    let name = &source.metric.name;
    let failure = |message: String, inner: String| Failure {
        reason: "FailedGetExternalMetric",
        error: format!("failed to get {name} external metric value: {inner}"),
        message,
    };
    let (field, proposal) = match (source.target.average_value, source.target.value) {
        (Some(target), _) => {
            let replicas = scale.status_replicas;
            let proposal = calculator.external_average(inputs, replicas, &source.metric, target.0, trace);
            let wrap = |e: String| {
                let inner = format!("failed to get {name} external metric: {e}");
                failure(e, inner)
            };
            ("averageValue", proposal.map_err(wrap)?)
        }
        (None, Some(target)) => {
            let proposal =
                calculator.external_value(inputs, scale.spec_replicas, &source.metric, target.0, trace);
            let wrap = |e: String| {
                let inner = format!("failed to get external metric {name}: {e}");
                failure(e, inner)
            };
            ("value", proposal.map_err(wrap)?)
        }
        (None, None) => {
            let message =
                "invalid external metric source: neither a value target nor an average value target was set";
            return Err(failure(message.into(), message.into()));
        }
    };
    let mut current = Value::object();
    current.set(field, amount(proposal.usage, "", calculator));
    let status = crate::json!({"metric": source.metric.to_value(), "current": current});
    Ok(Computed { proposal, status: crate::json!({"type": "External", "external": status}) })
}

/// Thousandths as the status prints them.
fn amount(milli: i64, resource: &str, calculator: &Calculator) -> String {
    let binary = resource == "memory" && calculator.settings.version.hpa_memory_is_binary();
    let quantity = Quantity::from_milli(milli);
    if binary { quantity.with_format(Format::BinarySI).to_string() } else { quantity.to_string() }
}

/// The record of one metric.
fn record(
    spec: &MetricSpec,
    name: &str,
    calculator: &Calculator,
    trace: Trace,
    computed: &Result<Computed, Failure>,
) -> MetricDecision {
    let (resource, target) = match source(spec) {
        Source::Resource(r, _) => (r.name.as_str(), Some(&r.target)),
        Source::Pods(m) | Source::Object(m) | Source::External(m) => ("", Some(&m.target)),
        Source::Unknown => ("", None),
    };
    let target = target.map(|t| match (t.average_value.or(t.value), t.average_utilization) {
        (Some(milli), _) => amount(milli.0, resource, calculator),
        (None, Some(percent)) => format!("{percent}%"),
        (None, None) => String::new(),
    });
    MetricDecision {
        name: name.to_string(),
        resource: resource.to_string(),
        target: target.unwrap_or_default(),
        pods: trace.pods,
        rules: trace.rules,
        proposal: computed.as_ref().ok().map(|c| c.proposal.replicas),
        error: computed.as_ref().err().map(|f| f.message.clone()),
    }
}
