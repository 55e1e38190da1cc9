//! Services of type LoadBalancer get an Elastic Load Balancer: the service controller of the cloud controller manager
//! (k8s.io/cloud-provider) with the AWS provider behind it.
//!
//! A Service waits with `<pending>` until its balancer is there; a finalizer holds it until the balancer is gone. What
//! names another controller (`loadBalancerClass`, the types `external` and `nlb-ip`) is left alone.

mod elastic;
mod task;

use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, EventSpec};
use crate::aws;
use crate::machinery::{Object, Value};
use crate::store::{Change, Verb};

const COMPONENT: &str = "service-controller";
const FINALIZER: &str = "service.kubernetes.io/load-balancer-cleanup";
/// The key that stands for the nodes behind all balancers.
const NODES: &str = "nodes";

/// Makes and deletes balancers; keys are Services (`namespace/name`), Services whose type changed
/// (`namespace/name OLD -> NEW`) and [`NODES`].
#[derive(Debug, Default)]
pub struct LoadBalancers;

impl Actor for LoadBalancers {
    fn name(&self) -> &'static str {
        COMPONENT
    }

    fn rank(&self) -> u8 {
        33
    }

    fn watches(&self) -> &'static [&'static str] {
        &["services", "nodes"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        if change.resource.as_ref() == "nodes" {
            if change.verb != Verb::Modified {
                ctx.wake(NODES);
            }
            return;
        }
        let before = change.previous.as_ref().filter(|_| change.verb == Verb::Modified);
        let wanted_before = before.is_some_and(is_wanted);
        if !is_wanted(object) && !wanted_before && !has_finalizer(object) {
            return;
        }
        match before {
            Some(old) if wanted_before != is_wanted(object) && !object.is_deleting() => {
                let types = format!("{} -> {}", old.str_at("spec/type"), object.str_at("spec/type"));
                ctx.wake(&format!("{} {types}", object.key()));
            }
            _ => ctx.wake(&object.key()),
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        if key == NODES {
            hosts_changed(ctx);
            return Ok(());
        }
        let (key, types) = key.split_once(' ').map_or((key, None), |(key, types)| (key, Some(types)));
        let (ns, name) = key.split_once('/').unwrap_or(("", key));
        let Some(service) = ctx.api.find("services", ns, name) else {
            ctx.remember(key, Value::Null);
            return Ok(());
        };
        if let Some(types) = types {
            record(ctx, &service, "Normal", "Type", types);
        }
        if is_wanted(&service) && !service.is_deleting() {
            task::ensure(ctx, &service)
        } else if has_finalizer(&service) {
            task::delete(ctx, &service)
        } else {
            ctx.remember(key, Value::Null);
            Ok(())
        }
    }
}

/// Whether a Service asks this controller for a balancer.
fn is_wanted(service: &Object) -> bool {
    service.str_at("spec/type") == "LoadBalancer"
        && service.str_at("spec/loadBalancerClass").is_empty()
        && !elastic::is_left_to_others(service)
}

fn has_finalizer(service: &Object) -> bool {
    service.finalizers().any(|f| f == FINALIZER)
}

fn record(ctx: &Ctx<'_>, service: &Object, kind: &str, reason: &str, message: &str) {
    let event = EventSpec { kind, reason, message, component: COMPONENT, ..EventSpec::default() };
    ctx.api.record(service, &event);
}

/// Tells of it at every Service whose balancer now has other hosts behind it.
fn hosts_changed(ctx: &Ctx<'_>) {
    let hosts = hosts(ctx);
    for (key, mut memory) in ctx.api.store().memories(COMPONENT) {
        let (ns, name) = key.split_once('/').unwrap_or(("", &key));
        let Some(service) = ctx.api.find("services", ns, name) else { continue };
        if memory.at("hosts").is_null() || memory.at("hosts") == &hosts {
            continue;
        }
        match hosts.items().is_empty() {
            true => {
                let message = "There are no available nodes for LoadBalancer";
                record(ctx, &service, "Warning", "UnAvailableLoadBalancer", message);
            }
            false => {
                let message = "Updated load balancer with new hosts";
                record(ctx, &service, "Normal", "UpdatedLoadBalancer", message);
            }
        }
        aws::put_balancer(ctx.api.store(), &service, memory.str_at("hostname"), &instances(ctx));
        memory.set("hosts", hosts.clone());
        ctx.remember(&key, memory);
    }
}

/// What is to be known of the nodes traffic may be sent to.
fn of_hosts<T>(ctx: &Ctx<'_>, what: impl Fn(&Object) -> T) -> Vec<T> {
    let mut found = Vec::new();
    ctx.api.store().for_each("nodes", "", |node| {
        if node.label("node.kubernetes.io/exclude-from-external-load-balancers").is_none() {
            found.push(what(node));
        }
    });
    found
}

/// The names of these nodes.
fn hosts(ctx: &Ctx<'_>) -> Value {
    of_hosts(ctx, |node| Value::from(node.name())).into()
}

/// The ids of their instances.
fn instances(ctx: &Ctx<'_>) -> Vec<String> {
    let id =
        |node: &Object| node.str_at("spec/providerID").rsplit('/').next().unwrap_or_default().to_string();
    let mut ids = of_hosts(ctx, id);
    // Machines of Fargate are no instances.
    ids.retain(|id| id.starts_with("i-"));
    ids.sort();
    ids
}
