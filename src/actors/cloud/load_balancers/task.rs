//! The two things done for a Service, each over some seconds: its balancer is made, or deleted.
//!
//! What is under way is remembered: `phase` (`ensuring`, `there`, `failed`, `deleting`), `until` when it lasts, `wanted` that a
//! balancer was made for, `hostname` and `hosts` of the one that is there, `failures` in a row.

use super::{FINALIZER, elastic, has_finalizer, hosts, instances, record};
use crate::actors::{Ctx, latency};
use crate::api::{ApiError, Reason};
use crate::aws;
use crate::json;
use crate::machinery::{Duration, Object, Time, Value};

/// First and longest delay before a balancer is tried again (service controller).
const RETRY_MIN: Duration = Duration::from_secs(5);
const RETRY_MAX: Duration = Duration::from_secs(300);

/// Makes the balancer of a Service, or brings the one that is there up to date.
pub(super) fn ensure(ctx: &Ctx<'_>, service: &Object) -> Result<(), ApiError> {
    let key = service.key();
    let memory = ctx.memory(&key);
    let wanted = wanted(service);
    let same = memory.at("wanted") == &wanted;
    match memory.str_at("phase") {
        "there" if same => Ok(()),
        phase @ ("ensuring" | "failed") if same => match remaining(&memory, ctx.now()) {
            Some(wait) => {
                ctx.wake_in(&key, wait);
                Ok(())
            }
            None if phase == "failed" => begin(ctx, service, memory, wanted),
            None => finish(ctx, service, memory),
        },
        _ => begin(ctx, service, memory, wanted),
    }
}

fn begin(ctx: &Ctx<'_>, service: &Object, mut memory: Value, wanted: Value) -> Result<(), ApiError> {
    let key = service.key();
    record(ctx, service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer");
    if !has_finalizer(service) {
        ctx.api.modify("services", service.namespace(), service.name(), |s| {
            s.at_mut("metadata/finalizers").list_mut().push(FINALIZER.into());
        })?;
    }
    let known = memory.at("hostname").clone();
    let failures = if memory.at("wanted") == &wanted { memory.int_at("failures").unwrap_or(0) } else { 0 };
    memory = json!({"phase": "ensuring", "wanted": wanted, "hostname": known});
    if let Some(why) = elastic::refusal(service) {
        let message = format!("Error syncing load balancer: failed to ensure load balancer: {why}");
        record(ctx, service, "Warning", "SyncLoadBalancerFailed", &message);
        memory.set("phase", "failed");
        memory.set("failures", failures + 1);
        let delay = RETRY_MIN.saturating_mul(1 << failures.min(10)).min(RETRY_MAX);
        memory.set("until", (ctx.now() + delay).0);
        ctx.remember(&key, memory);
        ctx.wake_in(&key, delay);
        return Ok(());
    }
    memory.set("until", (ctx.now() + latency::LOAD_BALANCER_CREATION).0);
    ctx.remember(&key, memory);
    ctx.wake_in(&key, latency::LOAD_BALANCER_CREATION);
    Ok(())
}

fn finish(ctx: &Ctx<'_>, service: &Object, mut memory: Value) -> Result<(), ApiError> {
    let hostname = match memory.str_at("hostname") {
        "" => elastic::hostname(ctx, service),
        known => known.to_string(),
    };
    memory.set("phase", "there");
    memory.set("hostname", hostname.as_str());
    memory.set("hosts", hosts(ctx));
    ctx.remember(&service.key(), memory);
    aws::put_balancer(ctx.api.store(), service, &hostname, &instances(ctx));
    record(ctx, service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer");
    let (ns, name) = (service.namespace(), service.name());
    ctx.api.modify_status("services", ns, name, |s| {
        s.set("status/loadBalancer", json!({"ingress": [{"hostname": hostname}]}));
    })?;
    Ok(())
}

/// Deletes the balancer of a Service that goes away or needs none any more, then lets the Service go.
pub(super) fn delete(ctx: &Ctx<'_>, service: &Object) -> Result<(), ApiError> {
    let key = service.key();
    let mut memory = ctx.memory(&key);
    let exists = !memory.str_at("hostname").is_empty() || memory.str_at("phase") == "ensuring";
    if exists && memory.str_at("phase") != "deleting" {
        record(ctx, service, "Normal", "DeletingLoadBalancer", "Deleting load balancer");
        memory.set("phase", "deleting");
        memory.set("until", (ctx.now() + latency::LOAD_BALANCER_DELETION).0);
        aws::remove_balancer(ctx.api.store(), memory.str_at("hostname"));
        ctx.remember(&key, memory);
        ctx.wake_in(&key, latency::LOAD_BALANCER_DELETION);
        return Ok(());
    }
    if let Some(wait) = remaining(&memory, ctx.now()) {
        ctx.wake_in(&key, wait);
        return Ok(());
    }
    ctx.remember(&key, Value::Null);
    let (ns, name) = (service.namespace(), service.name());
    let released = ctx.api.modify("services", ns, name, |s| {
        let finalizers = s.items_at("metadata/finalizers");
        let rest: Vec<Value> = finalizers.iter().filter(|f| *f != FINALIZER).cloned().collect();
        match rest.is_empty() {
            true => drop(s.remove("metadata/finalizers")),
            false => s.set("metadata/finalizers", rest),
        }
    });
    record(ctx, service, "Normal", "DeletedLoadBalancer", "Deleted load balancer");
    // A Service that only changed its type is still there, and shows no address any more.
    let cleared = released.and_then(|_| {
        ctx.api.modify_status("services", ns, name, |s| s.set("status/loadBalancer", Value::object()))
    });
    match cleared {
        Err(e) if e.reason != Reason::NotFound => Err(e),
        _ => Ok(()),
    }
}

fn remaining(memory: &Value, now: Time) -> Option<Duration> {
    memory.int_at("until").map(Time).filter(|until| *until > now).map(|until| until.since(now))
}

/// What of a Service its balancer is made from.
fn wanted(service: &Object) -> Value {
    let spec = service.at("spec");
    let of_spec = [
        "ports",
        "sessionAffinity",
        "loadBalancerIP",
        "loadBalancerSourceRanges",
        "externalIPs",
        "externalTrafficPolicy",
        "healthCheckNodePort",
    ];
    let mut wanted: Value =
        of_spec.into_iter().filter(|key| !spec[*key].is_null()).map(|key| (key, spec[key].clone())).collect();
    let annotations = service.annotations().iter().filter(|(key, _)| key.starts_with("service.beta."));
    wanted.set("annotations", annotations.map(|(k, v)| (k, v.clone())).collect::<Value>());
    wanted
}
