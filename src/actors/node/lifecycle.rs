//! The node controller: it finds lost nodes, marks their pods as not ready and taints nodes so that pods leave
//! (`NoExecute`). It looks every five seconds, but only while something is to be seen.

use super::zones::{Zones, zone_of};
use super::{cloud, heart, taints};
use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, EventSpec, Reason, Server, heartbeat, set_condition};
use crate::json;
use crate::machinery::{Duration, Object, Time, Value};
use crate::store::{Change, Verb};

const NAME: &str = "node-controller";
const RANK: u8 = 19;
/// Time between two looks (nodeMonitorPeriod).
const PERIOD: Duration = Duration::from_secs(5);
/// Time between two turns of the worker that taints.
const TAINT_TICK: Duration = Duration::from_millis(100);
const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// Watches over nodes; keys are their names.
pub struct NodeLifecycle;

/// Has the controller look at a node at its next turn.
pub(super) fn look_at(api: &Server, node: &str) {
    let now = api.now();
    let at = match heart::last_renewal(api, node) {
        Some(renewed) => (renewed + grace(api)).next_turn(PERIOD),
        None => now.next_turn(PERIOD),
    };
    api.store().wake(NAME, RANK, node, at.max(now));
}

/// How long a node may be silent (nodeMonitorGracePeriod).
fn grace(api: &Server) -> Duration {
    Duration::from_secs(if api.version().nodes_may_be_silent_for_longer() { 50 } else { 40 })
}

impl Actor for NodeLifecycle {
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
        let node = &change.object;
        match change.verb {
            Verb::Deleted => {
                heartbeat::start(ctx.api, node.name());
                // The next look misses it.
                ctx.forget_wake(node.name());
                ctx.wake_at(node.name(), ctx.now().next_turn(PERIOD));
            }
            Verb::Added => look_at(ctx.api, node.name()),
            _ => {
                let before = change.previous.as_ref().map(|old| ready_status(old).to_string());
                if before.as_deref() != Some(ready_status(node)) || current_taint(node) != wanted_taint(node)
                {
                    ctx.wake_at(node.name(), ctx.now().next_turn(PERIOD));
                }
            }
        }
    }

    fn reconcile(&mut self, name: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let known = ctx.memory(name);
        let Some(mut node) = ctx.api.find("nodes", "", name) else {
            if !known.is_null() {
                let mut gone = Object::new("v1", "Node", "", name);
                gone.set("metadata/uid", known.str_at("uid"));
                let message = format!("Node {name} event: Removing Node {name} from Controller");
                tell(&gone, "RemovingNode", &message, ctx);
                ctx.remember(name, Value::Null);
            }
            return Ok(());
        };
        if known.is_null() {
            let message = format!("Node {name} event: Registered Node {name} in Controller");
            tell(&node, "RegisteredNode", &message, ctx);
        }
        if known.str_at("uid") != node.uid() {
            ctx.remember(name, json!({"uid": (node.uid())}));
        }
        cloud::taint_while_stopped(&node, ctx)?;
        let mut just_lost = false;
        if let Some(renewed) = heart::last_renewal(ctx.api, name) {
            let lost = renewed + grace(ctx.api);
            if ctx.now() <= lost {
                ctx.wake_at(name, lost.next_turn(PERIOD));
            } else if ready_status(&node) != "Unknown" {
                // Of a kubelet that said itself that it was not ready, pods and people have heard already.
                let was_ready = ready_status(&node) == "True";
                node = ctx.api.modify_status("nodes", "", name, |n| lose(n, ctx.now()))?;
                if was_ready {
                    tell(&node, "NodeNotReady", &format!("Node {name} status is now: NodeNotReady"), ctx);
                    unready_pods(name, ctx)?;
                }
                just_lost = true;
            } else if cloud::has_removed(&node, ctx)? {
                return Ok(());
            }
            if ready_status(&node) == "Unknown" {
                ctx.wake_at(name, ctx.now().next_turn(PERIOD));
            }
        }
        if just_lost {
            // Another worker of the controller sets the taint.
            ctx.wake_in(name, TAINT_TICK);
            return Ok(());
        }
        taint(&node, ctx)
    }
}

/// All four conditions become unknown; the last heartbeat stays.
fn lose(node: &mut Object, now: Time) {
    let mut conditions = node.items_at("status/conditions").to_vec();
    for condition in &mut conditions {
        condition.set("status", "Unknown");
        condition.set("reason", "NodeStatusUnknown");
        condition.set("message", "Kubelet stopped posting node status.");
        condition.set("lastTransitionTime", now.rfc3339());
    }
    node.set("status/conditions", conditions);
}

/// The pods of a node that is not ready are not ready either.
fn unready_pods(node: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    for pod in ctx.api.pods_on_node(node) {
        let Some(ready) = pod.condition("Ready").filter(|c| c.str_at("status") == "True") else { continue };
        let mut condition = ready.clone();
        condition.set("status", "False");
        let now = ctx.now().rfc3339();
        match ctx
            .api
            .modify_status("pods", pod.namespace(), pod.name(), |p| set_condition(p, condition, &now))
        {
            Err(e) if e.reason != Reason::NotFound => return Err(e),
            _ => {}
        }
        let event = EventSpec {
            kind: "Warning",
            reason: "NodeNotReady",
            message: "Node is not ready",
            component: NAME,
            ..EventSpec::default()
        };
        ctx.api.record(&pod, &event);
    }
    Ok(())
}

/// Sets or removes the taint that makes pods leave.
fn taint(node: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let zones = Zones::of(ctx.api);
    let wanted = if zones.are_all_lost() { None } else { wanted_taint(node) };
    if wanted == current_taint(node) {
        return Ok(());
    }
    if wanted.is_some() {
        let Some(interval) = zones.taint_interval(zone_of(node)) else {
            ctx.wake_at(node.name(), ctx.now().next_turn(PERIOD));
            return Ok(());
        };
        let zone = format!("zone {}", zone_of(node));
        let free = ctx.memory(&zone).as_i64().map_or(ctx.now(), |last| Time(last) + interval);
        if free > ctx.now() {
            ctx.wake_at(node.name(), free);
            return Ok(());
        }
        ctx.remember(&zone, ctx.now().0);
    }
    taints::modify(ctx, node.name(), |node| {
        let mut taints = node.items_at("spec/taints").to_vec();
        taints.retain(|t| {
            t.str_at("effect") != "NoExecute" || !matches!(t.str_at("key"), NOT_READY | UNREACHABLE)
        });
        if let Some(key) = wanted {
            taints.push(json!({"key": key, "effect": "NoExecute", "timeAdded": (ctx.now().rfc3339())}));
        }
        taints
    })
}

/// `True`, `False`, `Unknown`, or empty when the node has said nothing.
pub(super) fn ready_status(node: &Object) -> &str {
    node.condition("Ready").map_or("", |c| c.str_at("status"))
}

fn wanted_taint(node: &Object) -> Option<&'static str> {
    match ready_status(node) {
        "False" => Some(NOT_READY),
        "Unknown" => Some(UNREACHABLE),
        _ => None,
    }
}

fn current_taint(node: &Object) -> Option<&'static str> {
    let mut taints = node.items_at("spec/taints").iter().filter(|t| t.str_at("effect") == "NoExecute");
    taints.find_map(|t| match t.str_at("key") {
        NOT_READY => Some(NOT_READY),
        UNREACHABLE => Some(UNREACHABLE),
        _ => None,
    })
}

fn tell(node: &Object, reason: &str, message: &str, ctx: &Ctx<'_>) {
    ctx.api.record(
        node,
        &EventSpec { kind: "Normal", reason, message, component: NAME, ..EventSpec::default() },
    );
}
