//! The kubelet's eviction manager: when a node runs out of memory it says so, and ends pods until there is some again.
//!
//! It looks every ten seconds, but only while something is to be seen: the load controller has it look when the working
//! sets of a node may have reached its limit, and from then on it knows when to look again.

use super::orders::evict;
use crate::actors::load::samples::{NodeMemory, PodMemory, memory_of_node};
use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, EventSpec, Reason, Server, heartbeat, set_condition};
use crate::catalog::instance_types::EVICTION_MIB;
use crate::json;
use crate::machinery::quantity::{Format, Quantity};
use crate::machinery::{Duration, Object, Time, Value};
use crate::store::{Change, Verb};
use std::cmp::Reverse;

const NAME: &str = "eviction-manager";
const RANK: u8 = 61;
/// `memory.available` below which pods are evicted, in bytes.
const THRESHOLD: i64 = EVICTION_MIB << 20;
/// Time between two looks (`monitoringInterval`).
const PERIOD: Duration = Duration::from_secs(10);
/// How long a node stays under pressure after it was last short of memory (`--eviction-pressure-transition-period`).
const TRANSITION: Duration = Duration::from_mins(5);
/// Pods of this priority and above are not evicted (`system-cluster-critical`).
const CRITICAL: i64 = 2_000_000_000;

/// Evicts; keys are nodes.
pub struct EvictionManager;

/// Has the manager look at the memory of a node at its next turn.
pub fn look_at_memory(api: &Server, node: &str) {
    api.store().wake(NAME, RANK, node, api.now().next_turn(PERIOD));
}

/// How much memory the pods of a node may use, all in all, before some are evicted.
pub fn room_for_pods(node: &Object, beside: i64) -> i64 {
    capacity(node).map_or(i64::MAX, |bytes| bytes - THRESHOLD - beside)
}

/// The memory of a node; `None` where nothing is said of it.
fn capacity(node: &Object) -> Option<i64> {
    Some(Quantity::of(node.at("status/capacity/memory")).value()).filter(|bytes| *bytes > 0)
}

impl Actor for EvictionManager {
    fn name(&self) -> &'static str {
        NAME
    }

    fn rank(&self) -> u8 {
        RANK
    }

    fn watches(&self) -> &'static [&'static str] {
        &["nodes"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        if change.verb == Verb::Deleted {
            ctx.remember(change.object.name(), Value::Null);
            ctx.forget_wake(change.object.name());
        }
    }

    fn reconcile(&mut self, name: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let Some(node) = ctx.api.find("nodes", "", name) else { return Ok(()) };
        let now = ctx.now();
        if heartbeat::stopped(ctx.api, name).is_some() {
            ctx.wake_at(name, now.next_turn(PERIOD));
            return Ok(());
        }
        let memory = memory_of_node(ctx.api, name);
        let Some(capacity) = capacity(&node) else { return Ok(()) };
        // What is asked for beyond the machine nobody gets.
        let available = (capacity - memory.used).max(0);
        let pressed = node.condition_true("MemoryPressure");
        if available < THRESHOLD {
            ctx.remember(name, now.0);
            ctx.wake_at(name, now.next_turn(PERIOD));
            if !pressed {
                tell_condition(&node, true, ctx)?;
            }
            return reclaim(&node, &memory, available, ctx);
        }
        let next = time_left(&memory, available).map(|left| (now + left).next_turn(PERIOD));
        let calm = ctx.memory(name).as_i64().map_or(now, |last| Time(last) + TRANSITION);
        if pressed && now >= calm {
            tell_condition(&node, false, ctx)?;
            ctx.remember(name, Value::Null);
        }
        let release = (pressed && now < calm).then(|| (calm - Duration::from_nanos(1)).next_turn(PERIOD));
        if let Some(at) = next.into_iter().chain(release).min() {
            ctx.wake_at(name, at);
        }
        Ok(())
    }
}

/// When memory that grows reaches the threshold.
fn time_left(memory: &NodeMemory, available: i64) -> Option<Duration> {
    // A leak that takes longer than a day is looked at again by then.
    let day = Duration::from_hours(24);
    (memory.growth > 0).then(|| Duration::from_secs((available - THRESHOLD) / memory.growth).min(day))
}

/// Ends the pod that is first in line.
fn reclaim(node: &Object, memory: &NodeMemory, available: i64, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    tell(node, "Warning", "EvictionThresholdMet", "Attempting to reclaim memory", ctx);
    let mut line: Vec<&PodMemory> = memory.pods.iter().filter(|p| may_go(&p.pod)).collect();
    line.sort_by_key(|p| {
        let over = p.used() - p.requested();
        (over <= 0, priority(&p.pod), Reverse(over), p.pod.key())
    });
    let Some(first) = line.first() else { return Ok(()) };
    let message = message(first, available);
    let pod = &first.pod;
    let mark = |p: &mut Object| ctx.api.mark_disrupted(p, "TerminationByKubelet", &message);
    match ctx.api.modify_status("pods", pod.namespace(), pod.name(), mark) {
        Err(e) if e.reason != Reason::NotFound => return Err(e),
        _ => {}
    }
    evict(ctx.api, pod, &message);
    Ok(())
}

fn may_go(pod: &Object) -> bool {
    let over = matches!(pod.str_at("status/phase"), "Succeeded" | "Failed");
    let is_static = pod.annotation("kubernetes.io/config.mirror").is_some();
    !over && !is_static && !pod.is_deleting() && priority(pod) < CRITICAL
}

fn priority(pod: &Object) -> i64 {
    pod.int_at("spec/priority").unwrap_or(0)
}

/// What is told of an evicted pod.
fn message(pod: &PodMemory, available: i64) -> String {
    let quantity = |bytes: i64| {
        let parsed = Quantity::parse(&bytes.to_string());
        parsed.map_or_else(|_| bytes.to_string(), |q| q.with_format(Format::BinarySI).canonical())
    };
    let mut text = format!(
        "The node was low on resource: memory. Threshold quantity: {EVICTION_MIB}Mi, available: {}. ",
        quantity(available / 1024 * 1024)
    );
    for container in pod.containers.iter().filter(|c| c.used > c.requested) {
        text.push_str(&format!(
            "Container {} was using {}, request is {}, has larger consumption of memory. ",
            container.name,
            quantity(container.used / 1024 * 1024),
            quantity(container.requested)
        ));
    }
    text
}

/// The node says that it is short of memory, or no longer is.
fn tell_condition(node: &Object, pressed: bool, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let now = ctx.now().rfc3339();
    let (status, reason, message, event) = if pressed {
        (
            "True",
            "KubeletHasInsufficientMemory",
            "kubelet has insufficient memory available",
            "NodeHasInsufficientMemory",
        )
    } else {
        (
            "False",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
            "NodeHasSufficientMemory",
        )
    };
    let condition = json!({
        "type": "MemoryPressure", "status": status, "reason": reason, "message": message,
        "lastHeartbeatTime": (now.as_str()),
    });
    let name = node.name();
    match ctx.api.modify_status("nodes", "", name, |n| set_condition(n, condition, &now)) {
        Err(e) if e.reason == Reason::NotFound => return Ok(()),
        Err(e) => return Err(e),
        Ok(_) => tell(node, "Normal", event, &format!("Node {name} status is now: {event}"), ctx),
    }
    Ok(())
}

fn tell(node: &Object, kind: &str, reason: &str, message: &str, ctx: &Ctx<'_>) {
    let event =
        EventSpec { kind, reason, message, component: "kubelet", host: node.name(), ..EventSpec::default() };
    ctx.api.record(node, &event);
}
