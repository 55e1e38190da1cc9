//! Proposals of single metrics.

use super::super::harness::{run, same};
use super::world::{self, World};
use kubetick::actors::control_plane::hpa::*;
use kubetick::machinery::selector::LabelSelector;
use kubetick::machinery::{Duration, KubeVersion, Time, Value};

#[test]
fn proposes_what_the_real_calculator_proposes() {
    run("hpa/replica_calculator.jsonl", |case| {
        let expect = case.at("expect");
        match compute(case.at("input")) {
            Err(error) => same("error", error.as_str(), expect.str_at("error")),
            Ok(proposal) => {
                same("replicas", Some(proposal.replicas.into()), expect.int_at("replicas"))?;
                same("utilization", proposal.utilization.map(i64::from), expect.int_at("utilization"))?;
                same("usage", Some(proposal.usage), expect.int_at("usage"))
            }
        }
    });
}

fn compute(input: &Value) -> Result<Proposal, String> {
    let now = Time::from_secs(1_000_000_000);
    let seconds = |key| Duration::from_secs(input.int_at(key).unwrap_or(0));
    let number = |key: &str| input.at(key).as_f64().unwrap_or(0.0);
    let settings = Settings {
        cpu_initialization_period: seconds("cpuInitializationPeriod"),
        initial_readiness_delay: seconds("initialReadinessDelay"),
        ..Settings::new(KubeVersion::LATEST)
    };
    let error = world::text(input, "metricsError");
    let values = [("qps".to_string(), world::values(input.at("values"), now))];
    let world = World {
        pods: world::pods(input.at("pods"), now),
        pod_metrics: world::pod_metrics(input.at("podMetrics"), now),
        pod_metrics_error: error.clone(),
        custom: values.clone().into(),
        custom_error: error.clone(),
        external: values.into(),
        external_error: error,
        ..World::default()
    };
    let selector = LabelSelector::parse("app=web").map_err(|e| e.to_string())?;
    let inputs = Inputs::new(&world, "ns", &selector);
    let calculator = Calculator {
        settings: &settings,
        tolerances: Tolerances { down: number("toleranceDown"), up: number("toleranceUp") },
        now,
    };
    let current = i32::try_from(input.int_at("currentReplicas").unwrap_or(0)).expect("replicas");
    let target = input.int_at("target").unwrap_or(0);
    let resource = (input.str_at("resource"), input.str_at("container"));
    let object = ObjectRef { api_version: "v1".into(), kind: "Service".into(), name: "svc".into() };
    let metric = MetricRef { name: "qps".into(), selector: Value::Null };
    let series = MetricRef { selector: kubetick::json!({"matchLabels": {"q": "a"}}), ..metric.clone() };
    let trace = &mut Trace::default();
    match input.str_at("method") {
        "resource_utilization" => {
            let percent = i32::try_from(target).expect("percent");
            calculator.resource_utilization(&inputs, current, resource, percent, trace)
        }
        "resource_average" => calculator.resource_average(&inputs, current, resource, target, trace),
        "pods" => calculator.pods(&inputs, current, &metric, target, trace),
        "object_value" => calculator.object_value(&inputs, current, (&object, &metric), target, trace),
        "object_average" => calculator.object_average(&inputs, current, (&object, &metric), target, trace),
        "external_value" => calculator.external_value(&inputs, current, &series, target, trace),
        "external_average" => calculator.external_average(&inputs, current, &series, target, trace),
        other => Err(format!("no method {other}")),
    }
}
