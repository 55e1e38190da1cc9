//! Keeps the meters: when a container starts or ends, when pods become Ready, when a curve takes a step.

use super::demand::{self, Asking, Extra};
use super::meter::Meter;
use super::profile::Profile;
use super::samples::NODE_MEMORY;
use super::sharing::{Claim, divide};
use super::source;
use crate::actors::node::{Ended, end_container, look_at_memory, room_for_pods};
use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, Server, program};
use crate::json;
use crate::machinery::quantity::Quantity;
use crate::machinery::{Duration, Object, Time, Value};
use crate::store::{Change, Verb};
use std::collections::{BTreeMap, BTreeSet};

const NAME: &str = "load-controller";
const RANK: u8 = 70;
/// Memories: meters by pod uid; what the pods of a node ask for together; client pods; pods with load by namespace.
const METERS: &str = "meter";
const NODES: &str = "meter-node";
const ASKING: &str = "load-client";
const LOADED: &str = "load-pods";
/// Changes within so short a time are answered together.
const GATHER: Duration = Duration::from_millis(20);

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

/// The meters of a pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PodMeters {
    /// `namespace/name`.
    pub pod: String,
    pub node: String,
    /// By container: the run it belongs to, and the meter.
    pub containers: BTreeMap<String, (String, Meter)>,
}

impl PodMeters {
    pub fn read(api: &Server, uid: &str) -> PodMeters {
        let v = api.store().memory(METERS, uid);
        let containers = v.map_at("containers").iter();
        PodMeters {
            pod: v.str_at("pod").to_string(),
            node: v.str_at("node").to_string(),
            containers: containers
                .map(|(name, m)| (name.to_string(), (m.str_at("run").to_string(), Meter::from_value(m))))
                .collect(),
        }
    }

    fn write(&self, api: &Server, uid: &str) {
        if self.containers.is_empty() {
            api.store().remember(METERS, uid, Value::Null);
            return;
        }
        let meter = |(name, (run, meter)): (&String, &(String, Meter))| {
            let mut v = meter.to_value();
            v.set("run", run);
            (name.clone(), v)
        };
        let containers: Value = self.containers.iter().map(meter).collect();
        api.store().remember(
            METERS,
            uid,
            json!({
                "pod": &self.pod, "node": &self.node, "containers": containers,
            }),
        );
    }

    fn demand(&self) -> i64 {
        self.containers.values().map(|(_, m)| m.demand()).sum()
    }

    /// Memory that does not grow, and whether some does.
    fn memory(&self) -> (i64, bool) {
        let meters = || self.containers.values().map(|(_, m)| m);
        let bytes = meters().map(|m| m.base_memory.saturating_add(m.extra_memory));
        (bytes.fold(0, i64::saturating_add), meters().any(|m| m.growth > 0))
    }
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
            ("pods", Verb::Deleted) => {
                let (uid, ns, node) = (object.uid(), object.namespace(), object.str_at("spec/nodeName"));
                ctx.wake_at(&format!("gone {uid} {ns} {node}"), now);
            }
            (program::RESOURCE, _) => ctx.wake_at("programs", now),
            ("pods", _) if !matters(change.previous.as_ref(), object) => {}
            ("pods", _) => ctx.wake_at(&format!("pod {}", object.key()), now),
            _ => ctx.wake_in(&format!("ns {}", object.namespace()), GATHER),
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        match key.split(' ').collect::<Vec<_>>()[..] {
            ["pod", key] => {
                let (ns, name) = key.split_once('/').unwrap_or(("", key));
                if let Some(pod) = ctx.api.find("pods", ns, name) {
                    meter_pod(&pod, ctx);
                }
            }
            ["memory", key] => {
                let (ns, name) = key.split_once('/').unwrap_or(("", key));
                if let Some(pod) = ctx.api.find("pods", ns, name) {
                    kill_over_memory(&pod, ctx);
                }
            }
            ["programs"] => {
                for pod in ctx.api.list("pods", "") {
                    ctx.wake_at(&format!("pod {}", pod.key()), ctx.now());
                }
            }
            ["gone", uid, ns, ..] => forget(uid, ns, ctx),
            ["ns", ns] => load_namespace(ns, ctx),
            ["node", node] => share_node(node, ctx),
            _ => {}
        }
        Ok(())
    }
}

/// The kernel ends what grows past its memory limit.
fn kill_over_memory(pod: &Object, ctx: &Ctx<'_>) {
    let meters = PodMeters::read(ctx.api, pod.uid());
    watch_memory(&meters, Duration::from_secs(1), ctx);
    for (name, (run, meter)) in meters.containers {
        if meter.is_over_memory(ctx.now()) && run_of(pod, &name).is_some_and(|now| now == run) {
            end_container(ctx.api, pod, &name, Ended { code: 137, reason: "OOMKilled" });
        }
    }
}

/// Comes back when a container has grown past its limit, and at least so long after now.
fn watch_memory(meters: &PodMeters, least: Duration, ctx: &Ctx<'_>) {
    let over = meters.containers.values().filter_map(|(_, m)| m.over_memory_at(ctx.now())).min();
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
        pod: pod.key(),
        node: pod.str_at("spec/nodeName").to_string(),
        containers: BTreeMap::new(),
    };
    let (mut client, mut changes) = (None, None);
    for (position, container) in pod.items_at("spec/containers").iter().enumerate() {
        let name = container.str_at("name");
        let Some(run) = run_of(pod, name) else { continue };
        let profile = Profile::of(ctx.api, pod, container);
        changes = changes.into_iter().chain(profile.until).min();
        let mut meter = match before.containers.get(name) {
            Some((old, meter)) if *old == run => meter.clone(),
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
        meters.containers.insert(name.to_string(), (run, meter));
    }
    settle(pod.uid(), &before, meters, ctx);
    if let Some(at) = changes {
        ctx.wake_at(&format!("pod {}", pod.key()), at);
    }
    let asking = client.map(|client| demand::resolve(ctx.api, pod, &client));
    note_client(pod.uid(), asking.as_ref(), ctx);
    if is_loaded(pod.namespace(), ctx) {
        ctx.wake_in(&format!("ns {}", pod.namespace()), GATHER);
    }
}

/// Which run of a container is under way: none when it does not run.
fn run_of(pod: &Object, container: &str) -> Option<String> {
    let status = pod.items_at("status/containerStatuses").iter().find(|s| s.str_at("name") == container)?;
    let started = status.at("state/running/startedAt").as_str()?;
    Some(format!("{started}#{}", status.int_at("restartCount").unwrap_or(0)))
}

/// Keeps changed meters of a pod and lets them run at their new rates.
fn settle(uid: &str, before: &PodMeters, mut meters: PodMeters, ctx: &Ctx<'_>) {
    let node = ctx.api.store().memory(NODES, &meters.node);
    let asked = node.int_at("asked").unwrap_or(0) - before.demand() + meters.demand();
    let capacity = capacity(ctx.api, &meters.node);
    let crowded = asked > capacity || node.bool_at("crowded");
    if !crowded {
        for (_, meter) in meters.containers.values_mut() {
            meter.set_rate(meter.demand(), ctx.now());
        }
    }
    if meters != *before {
        meters.write(ctx.api, uid);
        watch_memory(&meters, ALLOCATION, ctx);
    }
    if !meters.node.is_empty() {
        let ((memory, _), (more, grows)) = (before.memory(), meters.memory());
        let memory = node.int_at("memory").unwrap_or(0).saturating_add(more - memory);
        let state = json!({"asked": asked, "crowded": node.bool_at("crowded"), "memory": memory});
        if grows || memory > memory_for_pods(ctx.api, &meters.node) {
            look_at_memory(ctx.api, &meters.node);
        }
        ctx.api.store().remember(NODES, &meters.node, state);
        if crowded {
            ctx.wake_at(&format!("node {}", meters.node), ctx.now());
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
    let mut pods: Vec<(String, PodMeters)> = ctx
        .api
        .pods_on_node(node)
        .iter()
        .map(|pod| (pod.uid().to_string(), PodMeters::read(ctx.api, pod.uid())))
        .filter(|(_, meters)| !meters.containers.is_empty())
        .collect();
    let claims: Vec<Claim> = pods
        .iter()
        .flat_map(|(_, meters)| meters.containers.values())
        .map(|(_, m)| Claim { demand: m.demand(), request: m.request })
        .collect();
    let asked: i64 = claims.iter().map(|c| c.demand).sum();
    let capacity = capacity(ctx.api, node);
    let mut granted = divide(capacity, &claims).into_iter();
    for (uid, meters) in &mut pods {
        let before = meters.clone();
        for (_, meter) in meters.containers.values_mut() {
            meter.set_rate(granted.next().unwrap_or(0), ctx.now());
        }
        if *meters != before {
            meters.write(ctx.api, uid);
        }
    }
    let mut state = ctx.api.store().memory(NODES, node);
    state.set("asked", asked);
    state.set("crowded", asked > capacity);
    ctx.api.store().remember(NODES, node, state);
}

fn forget(uid: &str, ns: &str, ctx: &Ctx<'_>) {
    let before = PodMeters::read(ctx.api, uid);
    if !before.containers.is_empty() {
        let gone = PodMeters { node: before.node.clone(), ..PodMeters::default() };
        settle(uid, &before, gone, ctx);
    }
    note_client(uid, None, ctx);
    if is_loaded(ns, ctx) {
        ctx.wake_in(&format!("ns {ns}"), GATHER);
    }
}

fn note_client(uid: &str, asking: Option<&Asking>, ctx: &Ctx<'_>) {
    let store = ctx.api.store();
    let before = store.memory(ASKING, uid);
    let after = asking.map_or(Value::Null, |a| {
        json!({"namespace": &a.namespace, "service": &a.service, "parallel": a.parallel, "think": a.think})
    });
    if before == after {
        return;
    }
    store.remember(ASKING, uid, after);
    for ns in [before.str_at("namespace"), asking.map_or("", |a| &a.namespace)] {
        if !ns.is_empty() {
            ctx.wake_in(&format!("ns {ns}"), GATHER);
        }
    }
}

fn clients(api: &Server) -> Vec<Asking> {
    let memories = api.store().memories(ASKING);
    let read = |v: &Value| Asking {
        namespace: v.str_at("namespace").into(),
        service: v.str_at("service").into(),
        parallel: v.int_at("parallel").unwrap_or(1),
        think: v.at("think").as_f64().unwrap_or(0.0),
    };
    memories.iter().map(|(_, v)| read(v)).collect()
}

/// Whether anything is asked of the pods of a namespace.
fn is_loaded(ns: &str, ctx: &Ctx<'_>) -> bool {
    clients(ctx.api).iter().any(|c| c.namespace == ns)
        || source::all(ctx.api).iter().any(|s| s.namespace == ns)
        || !ctx.api.store().memory(LOADED, ns).is_null()
}

/// Gives the pods of a namespace what is asked of them now, and comes back when that changes by itself.
fn load_namespace(ns: &str, ctx: &Ctx<'_>) {
    let now = ctx.now();
    let extras = demand::of_namespace(ctx.api, ns, &clients(ctx.api), now);
    let store = ctx.api.store();
    let before = store.memory(LOADED, ns);
    let mut concerned: BTreeSet<&str> = before.items().iter().filter_map(Value::as_str).collect();
    concerned.extend(extras.keys().map(String::as_str));
    for uid in concerned {
        let old = PodMeters::read(ctx.api, uid);
        let extra = extras.get(uid).copied().unwrap_or_default();
        let mut new = old.clone();
        give(&mut new, extra);
        if new != old {
            settle(uid, &old, new, ctx);
        }
    }
    let loaded: Value = extras.keys().map(String::as_str).collect();
    store.remember(LOADED, ns, if extras.is_empty() { Value::Null } else { loaded });
    let next: Option<Time> =
        source::of_namespace(ctx.api, ns).iter().filter_map(|s| s.next_change(now)).min();
    if let Some(next) = next {
        ctx.wake_at(&format!("ns {ns}"), next);
    }
}

/// The first container of a pod serves.
fn give(meters: &mut PodMeters, extra: Extra) {
    if let Some((_, meter)) = meters.containers.values_mut().min_by_key(|(_, m)| m.position) {
        meter.extra = extra.cpu;
        meter.extra_memory = extra.memory;
    }
}
