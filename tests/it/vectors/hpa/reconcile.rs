//! Whole passes, step after step.

use super::super::harness::{run, same};
use super::world::{self, World};
use kubetick::actors::control_plane::hpa::*;
use kubetick::machinery::selector::LabelSelector;
use kubetick::machinery::{Duration, KubeVersion, Object, Time, Value};
use kubetick::store::Remembered;

#[test]
fn reconciles_as_the_real_controller_does() {
    run("hpa/reconcile.jsonl", check);
}

fn settings(input: &Value) -> Settings {
    let flags = input.at("flags");
    let seconds = |key| Duration::from_secs(flags.int_at(key).unwrap_or(0));
    Settings {
        sync_period: seconds("syncPeriod"),
        downscale_stabilization: seconds("downscaleStabilization"),
        tolerance: flags.at("tolerance").as_f64().unwrap_or(0.1),
        cpu_initialization_period: seconds("cpuInitializationPeriod"),
        initial_readiness_delay: seconds("initialReadinessDelay"),
        scale_to_zero: input.bool_at("featureGates/HPAScaleToZero"),
        version: KubeVersion::LATEST,
    }
}

fn world(step: &Value, now: Time) -> World {
    let target = step.at("target");
    let int = |key| i32::try_from(target.int_at(key).unwrap_or(0)).expect("replicas");
    World {
        scale: Scale {
            spec_replicas: int("specReplicas"),
            status_replicas: int("statusReplicas"),
            selector: target.str_at("selector").to_string(),
        },
        missing: target.bool_at("missing"),
        update_error: world::text(target, "updateError"),
        status_error: world::text(step, "statusUpdateError"),
        pods: world::pods(step.at("pods"), now),
        pod_metrics: world::pod_metrics(step.at("podMetrics"), now),
        pod_metrics_error: world::text(step, "podMetricsError"),
        custom: world::metrics(step.at("customMetrics"), now),
        custom_error: world::text(step, "customMetricsError"),
        external: world::metrics(step.at("externalMetrics"), now),
        external_error: world::text(step, "externalMetricsError"),
        ..World::default()
    }
}

fn check(case: &Value) -> Result<(), String> {
    let input = case.at("input");
    let settings = settings(input);
    let mut hpa = Object(input.at("hpa").clone());
    let mut memory = Memory::default();
    let others: Vec<(String, LabelSelector)> = input
        .items_at("otherHPAs")
        .iter()
        .map(|o| (Object(o.clone()).key(), LabelSelector::parse("app=web").expect("a selector")))
        .collect();
    let mut now = Time::parse("2000-01-02T00:00:00Z").expect("a time");
    for (i, (step, expect)) in input.items_at("steps").iter().zip(case.items_at("expect/steps")).enumerate() {
        now = now + Duration::from_secs(step.int_at("advanceSeconds").unwrap_or(0));
        let mut world = world(step, now);
        world.others = others.clone();
        if step.bool_at("recreateHPA") {
            memory = Memory::default();
            hpa.remove("status");
        }
        for (key, value) in step.map_at("editSpec").iter() {
            hpa.set(&format!("spec/{key}"), value.clone());
        }
        let outcome = reconcile(&hpa, &mut memory, &settings, now, &mut world);
        memory = Memory::from_value(&memory.to_value());
        let updated = world.status.is_some();
        if let Some(status) = world.status {
            hpa.set("status", status);
        }

        let at = |what: &str| format!("step {i} {what}");
        same(&at("now"), now.rfc3339().as_str(), expect.str_at("now"))?;
        same(&at("error"), outcome.error.as_deref().unwrap_or(""), expect.str_at("error"))?;
        same(&at("status"), hpa.at("status"), expect.at("status"))?;
        same(&at("statusUpdated"), updated, expect.bool_at("statusUpdated"))?;
        let updates: Value = world.scale_updates.iter().copied().collect();
        same(&at("scaleUpdates"), &updates, expect.at("scaleUpdates"))?;
        let event = |e: &Event| {
            kubetick::json!({
                "type": if e.warning { "Warning" } else { "Normal" }, "reason": e.reason, "message": &e.message,
            })
        };
        let events: Vec<Value> = world.events.iter().map(event).collect();
        same(&at("events"), &events[..], expect.items_at("events"))?;

        // The record must survive the store and agree with what was done.
        let decision = Decision::from_value(&outcome.decision.to_value());
        same(&at("decision"), &decision, &outcome.decision)?;
        same(&at("rescaled"), decision.rescaled, !world.scale_updates.is_empty())?;
        if let Some(replicas) = world.scale_updates.first() {
            same(&at("desired"), decision.desired_replicas, *replicas)?;
        }
    }
    Ok(())
}
