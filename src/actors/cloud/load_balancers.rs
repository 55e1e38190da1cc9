//! The service controller of the cloud controller manager: a Service of type LoadBalancer gets a load balancer of AWS, a
//! classic one or, where its annotation says so, a network one.

use crate::actors::{Actor, Ctx, latency};
use crate::api::{ApiError, EventSpec};
use crate::json;
use crate::machinery::{Object, Value, names};
use crate::store::{Change, Verb};

const SERVICES: &str = "services";
const NAME: &str = "service-controller";
/// Keeps a Service until its load balancer is gone.
const FINALIZER: &str = "service.kubernetes.io/load-balancer-cleanup";
/// `nlb` or `external` stand for network load balancers.
const TYPE: &str = "service.beta.kubernetes.io/aws-load-balancer-type";

/// Gives Services their load balancers; keys are `namespace/name`.
pub struct LoadBalancers;

impl Actor for LoadBalancers {
    fn name(&self) -> &'static str {
        NAME
    }

    fn rank(&self) -> u8 {
        73
    }

    fn watches(&self) -> &'static [&'static str] {
        &[SERVICES]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let service = &change.object;
        if change.verb == Verb::Deleted {
            ctx.forget_wake(&service.key());
        } else if wants(service) || has(service) {
            ctx.wake(&service.key());
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (ns, name) = key.split_once('/').unwrap_or(("", key));
        let Some(service) = ctx.api.find(SERVICES, ns, name) else { return Ok(()) };
        if wants(&service) { ensure(&service, ctx) } else { release(&service, ctx) }
    }
}

/// Whether a load balancer of this controller is asked for. Another controller serves classes.
fn wants(service: &Object) -> bool {
    service.str_at("spec/type") == "LoadBalancer"
        && service.str_at("spec/loadBalancerClass").is_empty()
        && !service.is_deleting()
}

fn has(service: &Object) -> bool {
    service.finalizers().any(|f| f == FINALIZER)
}

fn tell(service: &Object, reason: &str, message: &str, ctx: &Ctx<'_>) {
    let event = EventSpec { kind: "Normal", reason, message, component: NAME, ..EventSpec::default() };
    ctx.api.record(service, &event);
}

/// First the finalizer, and some seconds later the address.
fn ensure(service: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let (ns, name) = (service.namespace(), service.name());
    if !service.items_at("status/loadBalancer/ingress").is_empty() {
        return Ok(());
    }
    if !has(service) {
        tell(service, "EnsuringLoadBalancer", "Ensuring load balancer", ctx);
        ctx.api.modify(SERVICES, ns, name, |s| {
            s.at_mut("metadata/finalizers").list_mut().push(FINALIZER.into());
        })?;
        ctx.remember(&service.key(), ctx.now().0);
    }
    let begun = crate::machinery::Time(ctx.memory(&service.key()).as_i64().unwrap_or(ctx.now().0));
    let due = begun + latency::LOAD_BALANCER;
    if ctx.now() < due {
        ctx.wake_at(&service.key(), due);
        return Ok(());
    }
    let address = host_name(service, ctx);
    ctx.api.modify_status(SERVICES, ns, name, |s| {
        s.set("status/loadBalancer/ingress", vec![json!({"hostname": address})]);
    })?;
    tell(service, "EnsuredLoadBalancer", "Ensured load balancer", ctx);
    ctx.remember(&service.key(), Value::Null);
    Ok(())
}

/// `a<31 digits of the uid>-<number>.<region>.elb.amazonaws.com`; network load balancers are named a little otherwise.
fn host_name(service: &Object, ctx: &Ctx<'_>) -> String {
    let (region, seed) = {
        let meta = ctx.api.store().meta();
        (meta.region.clone(), meta.seed)
    };
    let uid = service.uid().replace('-', "");
    let name = format!("a{}", uid.get(..31).unwrap_or(&uid));
    if matches!(service.annotation(TYPE), Some("nlb" | "external" | "nlb-ip")) {
        let id = names::hex(seed, &format!("load balancer {name}"), 0, 16);
        return format!("{name}-{id}.elb.{region}.amazonaws.com");
    }
    let number = 100_000_000 + names::number(seed, &format!("load balancer {name}"), 0) % 1_900_000_000;
    format!("{name}-{number}.{region}.elb.amazonaws.com")
}

/// A Service that goes, or is exposed in another way now, loses its load balancer.
fn release(service: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    if !has(service) {
        return Ok(());
    }
    tell(service, "DeletingLoadBalancer", "Deleting load balancer", ctx);
    if !service.is_deleting() {
        ctx.api.modify_status(SERVICES, service.namespace(), service.name(), |s| {
            s.set("status/loadBalancer", Value::object());
        })?;
    }
    tell(service, "DeletedLoadBalancer", "Deleted load balancer", ctx);
    ctx.remember(&service.key(), Value::Null);
    ctx.api.modify(SERVICES, service.namespace(), service.name(), |s| {
        s.at_mut("metadata/finalizers").list_mut().retain(|f| f.as_str() != Some(FINALIZER));
    })?;
    Ok(())
}
