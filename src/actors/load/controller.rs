//! Keeps the meters: when a container starts or ends, when pods become Ready, when a curve takes a step.

use super::demand::{self, Asking};
use super::distribution;
use super::meter::Meter;
use super::pod_meters::{ContainerMeter, PodMeters};
use super::profile::Profile;
use super::samples::NODE_MEMORY;
use super::sharing::{Claim, divide};
use crate::actors::node::{Ended, end_container, look_at_memory, room_for_pods};
use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, Server, program};
use crate::json;
use crate::machinery::quantity::Quantity;
use crate::machinery::{Duration, Object, Value};
use crate::store::{Change, Remembered, Verb};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

pub(super) const NAME: &str = "load-controller";
const RANK: u8 = 70;
/// Whose memories what the pods of a node ask for together is.
const NODES: &str = "meter-node";

/// A program needs a moment to touch the memory it asks for.
const ALLOCATION: Duration = Duration::from_secs(1);

/// Keeps the meters of all containers.
pub struct LoadController;

/// Has the load of a namespace looked at now.
pub(super) fn wake(api: &Server, ns: &str) {
    api.store().wake(NAME, RANK, &format!("ns {ns}"), api.now());
}

/// Has what the containers of a pod use looked at now.
pub fn look_again(api: &Server, pod: &Object) {
    api.store().wake(NAME, RANK, &format!("pod {}", pod.key()), api.now());
}

impl Actor for LoadController {
    fn name(&self) -> &'static str {
        NAME
    }

    fn rank(&self) -> u8 {
        RANK
    }

    fn watches(&self) -> &'static [&'static str] {
        &["pods", "services", program::RESOURCE]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        let now = ctx.now();
        match (change.resource.as_ref(), change.verb) {
            ("pods", Verb::Deleted) => ctx.wake_at(&format!("gone {}", object.uid()), now),
            (program::RESOURCE, _) => ctx.wake_at("programs", now),
            ("pods", _) if !matters(change.previous.as_ref(), object) => {}
            ("pods", _) => ctx.wake_at(&format!("pod {}", object.key()), now),
            _ => ctx.wake_in(&format!("ns {}", object.namespace()), distribution::GATHER),
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        match key.split_once(' ').unwrap_or((key, "")) {
            ("pod", key) => {
                let (ns, name) = key.split_once('/').unwrap_or(("", key));
                if let Some(pod) = ctx.api.find("pods", ns, name) {
                    meter_pod(&pod, ctx);
                }
            }
            ("memory", key) => {
                let (ns, name) = key.split_once('/').unwrap_or(("", key));
                if let Some(pod) = ctx.api.find("pods", ns, name) {
                    kill_over_memory(&pod, ctx);
                }
            }
            ("programs", _) => {
                for pod in ctx.api.list("pods", "") {
                    ctx.wake_at(&format!("pod {}", pod.key()), ctx.now());
                }
            }
            ("gone", uid) => forget(uid, ctx),
            ("ns", ns) => distribution::of_namespace(ns, ctx),
            ("demand", demand) => distribution::of_demand(demand, ctx),
            ("node", node) => share_node(node, ctx),
            _ => {}
        }
        Ok(())
    }
}

/// The kernel ends what grows past its memory limit.
fn kill_over_memory(pod: &Object, ctx: &Ctx<'_>) {
    let meters = PodMeters::read(ctx.api, pod.uid());
    watch_memory(&meters, Duration::from_secs(1), ctx);
    for ContainerMeter { name, run, meter } in &meters.containers {
        if meter.is_over_memory(ctx.now()) && run_of(pod, name).is_some_and(|now| *now == **run) {
            end_container(ctx.api, pod, name, Ended { code: 137, reason: "OOMKilled" });
        }
    }
}

/// Comes back when a container has grown past its limit, and at least so long after now.
fn watch_memory(meters: &PodMeters, least: Duration, ctx: &Ctx<'_>) {
    let over = meters.containers.iter().filter_map(|c| c.meter.over_memory_at(ctx.now())).min();
    if let Some(over) = over {
        ctx.wake_at(&format!("memory {}", meters.pod), over.max(ctx.now() + least));
    }
}

/// Whether a change of a pod concerns its meters or who gets load.
fn matters(before: Option<&Object>, pod: &Object) -> bool {
    before.is_none_or(|before| {
        before.at("status/containerStatuses") != pod.at("status/containerStatuses")
            || before.at("spec/containers") != pod.at("spec/containers")
            || before.labels() != pod.labels()
            || before.at("metadata/annotations") != pod.at("metadata/annotations")
            || before.is_deleting() != pod.is_deleting()
            || before.condition_true("Ready") != pod.condition_true("Ready")
    })
}

fn meter_pod(pod: &Object, ctx: &Ctx<'_>) {
    let before = PodMeters::read(ctx.api, pod.uid());
    let mut meters = PodMeters {
        pod: pod.key().into(),
        node: pod.str_at("spec/nodeName").into(),
        containers: Vec::new(),
        given: BTreeMap::new(),
    };
    let (mut client, mut changes) = (None, None);
    for (position, container) in pod.items_at("spec/containers").iter().enumerate() {
        let name = container.str_at("name");
        let Some(run) = run_of(pod, name) else { continue };
        let profile = Profile::of(ctx.api, pod, container);
        changes = changes.into_iter().chain(profile.until).min();
        let mut meter = match before.container(name) {
            Some(old) if *old.run == *run => old.meter.clone(),
            _ => Meter::new(ctx.now(), profile.base, profile.memory),
        };
        let milli = |path: &str| {
            Quantity::from_value(container.at(path)).ok().map(|q| q.milli_value().saturating_mul(1_000))
        };
        (meter.base, meter.base_memory, meter.growth) = (profile.base, profile.memory, profile.growth);
        meter.position = position as i64;
        meter.limit = milli("resources/limits/cpu");
        meter.request = milli("resources/requests/cpu").unwrap_or(0);
        meter.memory_limit =
            Quantity::from_value(container.at("resources/limits/memory")).ok().map(|q| q.value());
        client = client.or(profile.client);
        meters.containers.push(ContainerMeter { name: name.into(), run: run.into(), meter });
    }
    // A container that starts anew is asked again.
    if meters.serving_run() == before.serving_run() {
        meters.given = before.given.clone();
        meters.apply_given();
    }
    settle(pod.uid(), &before, meters, ctx);
    if let Some(at) = changes {
        ctx.wake_at(&format!("pod {}", pod.key()), at);
    }
    let asking: Option<Asking> = client.map(|client| demand::resolve(ctx.api, pod, &client));
    distribution::note_client(pod.uid(), asking, ctx);
    distribution::pod_changed(pod, &before, ctx);
}

/// Which run of a container is under way: none when it does not run.
fn run_of(pod: &Object, container: &str) -> Option<String> {
    let status = pod.items_at("status/containerStatuses").iter().find(|s| s.str_at("name") == container)?;
    let started = status.at("state/running/startedAt").as_str()?;
    Some(format!("{started}#{}", status.int_at("restartCount").unwrap_or(0)))
}

/// What the pods of a node ask for together.
#[derive(Clone, Copy, Default, PartialEq)]
struct NodeDemand {
    /// Millionths of a core.
    asked: i64,
    /// Whether that is, or was, more than the node has.
    crowded: bool,
    /// Bytes that do not grow by themselves.
    memory: i64,
}

impl NodeDemand {
    fn read(api: &Server, node: &str) -> Rc<NodeDemand> {
        api.store().recall(NODES, node).unwrap_or_default()
    }
}

impl Remembered for NodeDemand {
    fn to_value(&self) -> Value {
        json!({"asked": self.asked, "crowded": self.crowded, "memory": self.memory})
    }

    fn from_value(v: &Value) -> NodeDemand {
        NodeDemand {
            asked: v.int_at("asked").unwrap_or(0),
            crowded: v.bool_at("crowded"),
            memory: v.int_at("memory").unwrap_or(0),
        }
    }
}

/// Keeps changed meters of a pod and lets them run at their new rates.
pub(super) fn settle(uid: &str, before: &PodMeters, mut meters: PodMeters, ctx: &Ctx<'_>) {
    let node: Arc<str> = meters.node.clone();
    let known = *NodeDemand::read(ctx.api, &node);
    let asked = known.asked - before.demand() + meters.demand();
    let crowded = known.crowded || asked > capacity(ctx.api, &node);
    if !crowded {
        meters.set_rates(ctx.now(), Meter::demand);
    }
    let meters_memory = meters.memory();
    if meters != *before {
        watch_memory(&meters, ALLOCATION, ctx);
        meters.write(ctx.api, uid);
    }
    if !node.is_empty() {
        let ((before, _), (more, grows)) = (before.memory(), meters_memory);
        let memory = known.memory.saturating_add(more - before);
        if grows || memory > memory_for_pods(ctx.api, &node) {
            look_at_memory(ctx.api, &node);
        }
        let now = NodeDemand { asked, memory, ..known };
        if now != known {
            ctx.api.store().keep(NODES, &node, now);
        }
        if crowded {
            ctx.wake_at(&format!("node {node}"), ctx.now());
        }
    }
}

fn capacity(api: &Server, node: &str) -> i64 {
    let cpu = api.find("nodes", "", node).map(|n| Quantity::of(n.at("status/capacity/cpu")).milli_value());
    cpu.filter(|milli| *milli > 0).map_or(i64::MAX, |milli| milli.saturating_mul(1_000))
}

/// What the pods of a node may use of its memory.
fn memory_for_pods(api: &Server, node: &str) -> i64 {
    api.find("nodes", "", node).map_or(i64::MAX, |n| room_for_pods(&n, NODE_MEMORY))
}

/// Divides a node that is, or was, asked for more than it has.
fn share_node(node: &str, ctx: &Ctx<'_>) {
    let pods: Vec<(String, Rc<PodMeters>)> = ctx
        .api
        .pods_on_node(node)
        .iter()
        .map(|pod| (pod.uid().to_string(), PodMeters::read(ctx.api, pod.uid())))
        .filter(|(_, meters)| !meters.containers.is_empty())
        .collect();
    let claims: Vec<Claim> = pods
        .iter()
        .flat_map(|(_, meters)| &meters.containers)
        .map(|c| Claim { demand: c.meter.demand(), request: c.meter.request })
        .collect();
    let asked: i64 = claims.iter().map(|c| c.demand).sum();
    let capacity = capacity(ctx.api, node);
    let mut granted = divide(capacity, &claims).into_iter();
    for (uid, before) in &pods {
        let mut meters = PodMeters::clone(before);
        meters.set_rates(ctx.now(), |_| granted.next().unwrap_or(0));
        if meters != **before {
            meters.write(ctx.api, uid);
        }
    }
    let known = *NodeDemand::read(ctx.api, node);
    ctx.api.store().keep(NODES, node, NodeDemand { asked, crowded: asked > capacity, ..known });
}

fn forget(uid: &str, ctx: &Ctx<'_>) {
    let before = PodMeters::read(ctx.api, uid);
    if !before.containers.is_empty() {
        let gone = PodMeters { node: before.node.clone(), ..PodMeters::default() };
        settle(uid, &before, gone, ctx);
    }
    distribution::note_client(uid, None, ctx);
    distribution::pod_gone(&before, ctx);
}
