//! AWS Fargate: profiles come and go; a pod that one of them took gets a machine of its own, which is its node and goes with it.

use crate::actors::control_plane::scheduler::pod_requests;
use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, EventSpec};
use crate::aws;
use crate::aws::state::{self, FARGATE_PROFILE};
use crate::catalog::bootstrap::{self, Machines};
use crate::catalog::cluster_config::ClusterConfig;
use crate::catalog::fargate::{Machine, Size};
use crate::json;
use crate::machinery::{Duration, Object, Time, Value, names, well_known};
use crate::store::{Change, Verb};

/// From a pod to the registration of its node (published events: 40 to 60 s until it is scheduled).
const MACHINE_START: Duration = Duration::from_secs(32);
/// The words before the key of a profile.
const PROFILE: &str = "profile ";

/// The scheduler of Fargate and the keeper of its profiles; keys are pods and profiles.
pub struct Fargate;

impl Actor for Fargate {
    fn name(&self) -> &'static str {
        well_known::FARGATE_SCHEDULER
    }

    fn rank(&self) -> u8 {
        74
    }

    fn watches(&self) -> &'static [&'static str] {
        &["pods", "nodes", FARGATE_PROFILE.resource]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        match object.kind() {
            "Pod"
                if object.str_at("spec/schedulerName") == well_known::FARGATE_SCHEDULER
                    && change.verb != Verb::Modified =>
            {
                ctx.wake(&key(object));
            }
            "Node"
                if object.label(well_known::COMPUTE_TYPE) == Some("fargate")
                    && takes_pods(object)
                    && !change.previous.as_ref().is_some_and(takes_pods) =>
            {
                // A node that nobody made for a pod has none to wait for it.
                if let Some(pod) = ctx.memory(object.name()).as_str() {
                    ctx.wake(pod);
                }
            }
            "FargateProfile" if change.verb != Verb::Deleted && object.str_at("spec/status") != "ACTIVE" => {
                ctx.wake(&format!("{PROFILE}{}", object.name()));
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        if let Some(name) = key.strip_prefix(PROFILE) {
            return profile(name, ctx);
        }
        let (namespace, name) = key.split_once('/').unwrap_or_default();
        match ctx.api.find("pods", namespace, name) {
            Some(pod) if pod.str_at("spec/nodeName").is_empty() && !pod.is_deleting() => {
                place(&pod, key, ctx)
            }
            Some(_) => Ok(()),
            None => release(key, ctx),
        }
    }
}

/// Whether a machine is ready, and no taint says otherwise any more.
fn takes_pods(node: &Object) -> bool {
    let keeps_off = |taint: &Value| taint.str_at("key").starts_with("node.kubernetes.io/");
    node.condition_true("Ready") && !node.items_at("spec/taints").iter().any(keeps_off)
}

fn key(pod: &Object) -> String {
    format!("{}/{}", pod.namespace(), pod.name())
}

fn tell(pod: &Object, kind: &str, reason: &str, message: &str, ctx: &Ctx<'_>) {
    let event =
        EventSpec { kind, reason, message, component: well_known::FARGATE_SCHEDULER, ..EventSpec::default() };
    ctx.api.record(pod, &event);
}

/// Takes a profile on: from its making to its use; at its end its pods are deleted, and it goes when its time is up.
fn profile(name: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let store = ctx.api.store();
    let Some(profile) = state::find(store, FARGATE_PROFILE, name) else { return Ok(()) };
    let until = Time(profile.int_at("spec/kubetick/until").unwrap_or(0));
    if profile.str_at("spec/status") == "DELETING" {
        let of_profile =
            |pod: &&Object| pod.label(well_known::FARGATE_PROFILE) == Some(name) && !pod.is_deleting();
        for pod in ctx.api.list("pods", "").iter().filter(of_profile) {
            ctx.api.delete("pods", pod.namespace(), pod.name())?;
        }
    }
    if ctx.now() < until {
        ctx.wake_at(&format!("{PROFILE}{name}"), until);
        return Ok(());
    }
    match profile.str_at("spec/status") {
        "CREATING" => {
            if aws::authentication_mode(store).asks_config_map() {
                let arn = profile.str_at("spec/podExecutionRoleArn");
                bootstrap::admit_role(ctx.api, arn, Machines::Fargate)?;
            }
            state::modify(store, FARGATE_PROFILE, name, |spec| spec.set("status", "ACTIVE"));
        }
        "DELETING" => drop(state::remove(store, FARGATE_PROFILE, name)),
        _ => {}
    }
    Ok(())
}

/// Gets a pod its machine, and binds it when the machine is ready.
fn place(pod: &Object, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let requests = pod_requests(pod);
    let Some(size) = Size::of(requests.milli_cpu, requests.memory) else {
        let message =
            "Pod not supported on Fargate: requested resources exceed the largest Fargate configuration";
        tell(pod, "Warning", "FailedScheduling", message, ctx);
        return Ok(());
    };
    let mut kept = ctx.memory(key);
    if !kept.is_null() && kept.str_at("uid") != pod.uid() {
        // One of the same name was here before.
        release(key, ctx)?;
        kept = Value::Null;
    }
    if kept.is_null() {
        let message = "Disabled logging because aws-logging configmap was not found. configmap \"aws-logging\" not found";
        tell(pod, "Warning", "LoggingDisabled", message, ctx);
        let starts = ctx.now() + MACHINE_START;
        let (zone, ip) = address(ctx);
        ctx.remember(key, json!({"zone": zone, "ip": ip, "starts": (starts.0), "uid": (pod.uid())}));
        ctx.wake_at(key, starts);
        return Ok(());
    }
    let starts = Time(kept.int_at("starts").unwrap_or(0));
    if ctx.now() < starts {
        ctx.wake_at(key, starts);
        return Ok(());
    }
    let (seed, region) = {
        let meta = ctx.api.store().meta();
        (meta.seed, meta.region.clone())
    };
    let machine = Machine { ip: kept.str_at("ip"), region: &region, zone: kept.str_at("zone"), size, seed };
    let name = machine.name();
    let Some(node) = ctx.api.find("nodes", "", &name) else {
        ctx.remember(&name, key);
        ctx.api.create(machine.node(ctx.api.version(), ctx.now()))?;
        return Ok(());
    };
    if takes_pods(&node) {
        ctx.api.modify("pods", pod.namespace(), pod.name(), |pod| {
            pod.set_annotation("CapacityProvisioned", &size.annotation());
            pod.set_annotation("Logging", "LoggingDisabled: LOGGING_CONFIGMAP_NOT_FOUND");
        })?;
        let bound = ctx.api.bind(pod.namespace(), pod.name(), &name)?;
        tell(&bound, "Normal", "Scheduled", &format!("Successfully assigned {key} to {name}"), ctx);
    }
    Ok(())
}

/// The zone and the address of the next machine, in the private subnet of the zone. None comes twice until all were there.
fn address(ctx: &Ctx<'_>) -> (String, String) {
    /// Blocks of a private subnet, and the addresses of one that machines get.
    const BLOCKS: u64 = 32;
    const HOSTS: u64 = 248;
    /// Leads around all of them: it shares no divisor with their number.
    const STRIDE: u64 = 3571;
    let store = ctx.api.store();
    let zones = ClusterConfig::from_value(&store.meta().config).map(|c| c.zones).unwrap_or_default();
    let n = store.draw("fargate-ip");
    let i = if zones.is_empty() { 0 } else { n as usize % zones.len() };
    let zone = zones.get(i).cloned().unwrap_or_else(|| format!("{}a", store.meta().region));
    // The private subnets begin after the public ones.
    let first = BLOCKS * (zones.len() + i) as u64;
    let start = names::number(store.meta().seed, "fargate", 0) % (BLOCKS * HOSTS);
    let at = (start + n % (BLOCKS * HOSTS) * STRIDE) % (BLOCKS * HOSTS);
    (zone, format!("192.168.{}.{}", (first + at / HOSTS) % 256, 4 + at % HOSTS))
}

/// The machine goes when its pod is gone.
fn release(key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let nodes = ctx.api.list("nodes", "");
    let of_pod = |node: &&Object| {
        node.label(well_known::COMPUTE_TYPE) == Some("fargate")
            && ctx.memory(node.name()).as_str() == Some(key)
    };
    if let Some(node) = nodes.iter().find(of_pod) {
        ctx.remember(node.name(), Value::Null);
        ctx.api.delete("nodes", "", node.name())?;
    }
    ctx.remember(key, Value::Null);
    Ok(())
}
