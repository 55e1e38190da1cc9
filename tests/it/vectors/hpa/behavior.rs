//! Normalization of proposals, with and without `spec.behavior`.

use super::super::harness::{run, same};
use kubetick::actors::control_plane::hpa::*;
use kubetick::machinery::{Duration, Time, Value};
use kubetick::store::Remembered;

#[test]
fn normalizes_as_the_real_controller_does() {
    run("hpa/behavior.jsonl", check);
}

fn check(case: &Value) -> Result<(), String> {
    let input = case.at("input");
    let mut now = Time::from_secs(1_000_000_000);
    let int = |v: &Value, key: &str| i32::try_from(v.int_at(key).unwrap_or(0)).expect("a small number");
    let ms_ago = |v: &Value| now - Duration::from_millis(v.int_at("agoMs").unwrap_or(0));
    let events = |key: &str| -> Vec<ScaleEvent> {
        let event = |e: &Value| ScaleEvent { change: int(e, "change"), time: ms_ago(e), outdated: false };
        input.items_at(key).iter().map(event).collect()
    };
    let mut memory = Memory {
        recommendations: input
            .items_at("recommendations")
            .iter()
            .map(|r| Recommendation { replicas: int(r, "replicas"), time: ms_ago(r) })
            .collect(),
        scale_up_events: events("scaleUpEvents"),
        scale_down_events: events("scaleDownEvents"),
        ..Memory::default()
    };
    let behavior: Option<Behavior> = input.at("behaviorAfterDefaulting").read().map_err(|e| e.to_string())?;
    for (i, (step, expect)) in input.items_at("steps").iter().zip(case.items_at("expect/steps")).enumerate() {
        now = now + Duration::from_millis(step.int_at("advanceMs").unwrap_or(0));
        let normalizer = Normalizer {
            now,
            min: int(input, "minReplicas"),
            max: int(input, "maxReplicas"),
            behavior: behavior.as_ref(),
            downscale_stabilization: Duration::from_secs(
                input.int_at("downscaleStabilizationSeconds").unwrap_or(300),
            ),
        };
        let current = int(step, "currentReplicas");
        let normalized =
            normalizer.normalize(&mut memory, current, int(step, "desiredReplicas"), &mut Vec::new());
        if normalized.replicas != current {
            normalizer.remember_scale(&mut memory, current, normalized.replicas);
        }
        // What the controller remembers must survive the store.
        memory = Memory::from_value(&memory.to_value());

        let at = |what: &str| format!("step {i} {what}");
        same(&at("replicas"), normalized.replicas, int(expect, "replicas"))?;
        let condition = |c: &Condition| kubetick::json!({"type": &c.kind, "status": &c.status, "reason": &c.reason, "message": &c.message});
        let conditions = [condition(&normalized.able_to_scale), condition(&normalized.scaling_limited)];
        same(&at("conditions"), conditions.as_slice(), expect.items_at("conditions"))?;
        let age = |time: Time| i64::try_from(now.since(time).as_millis()).expect("an age");
        let recommendations: Vec<Value> = memory
            .recommendations
            .iter()
            .map(|r| kubetick::json!({"replicas": r.replicas, "agoMs": age(r.time)}))
            .collect();
        same(&at("recommendations"), &recommendations[..], expect.items_at("recommendationsAfter"))?;
        for (key, events) in [
            ("scaleUpEventsAfter", &memory.scale_up_events),
            ("scaleDownEventsAfter", &memory.scale_down_events),
        ] {
            let got: Vec<Value> =
                events.iter().map(|e| kubetick::json!({"change": e.change, "agoMs": age(e.time)})).collect();
            same(&at(key), &got[..], expect.items_at(key))?;
        }
    }
    Ok(())
}
