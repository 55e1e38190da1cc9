//! The injector: it makes what a user wants to fail fail ([`crate::api::fault`]), by the means by which it would: kubelets
//! stop, instances stop or are taken back, processes are killed. Level-triggered as everyone else: each look compares what
//! is to fail with what it has made fail.

use super::node::{Ended, end_container, nudge, start_kubelet, stop_kubelet, tell_readiness};
use super::{Actor, Ctx};
use crate::api::fault::{self, Fault, INJECTOR, INJECTOR_RANK, Kind, SHORT_RUN, Target};
use crate::api::{ApiError, Server};
use crate::aws::state::{self, INSTANCE};
use crate::aws::{self, provision};
use crate::machinery::{Duration, Object, Time, Value, well_known};
use crate::store::{Change, Verb};

/// What was done to a node, by its name.
const EFFECTS: &str = "fault-effects";
/// How soon an instance that is still stopping is looked at again.
const AGAIN: Duration = Duration::from_secs(1);

/// Makes things fail; keys are targets.
pub struct FaultInjector;

impl Actor for FaultInjector {
    fn name(&self) -> &'static str {
        INJECTOR
    }

    fn rank(&self) -> u8 {
        INJECTOR_RANK
    }

    fn watches(&self) -> &'static [&'static str] {
        &["nodes", "pods"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let store = ctx.api.store();
        if fault::none(store) {
            return;
        }
        let object = &change.object;
        let target = match change.resource.as_ref() {
            "nodes" => Target::Node(object.name().into()),
            _ => Target::Pod(object.namespace().into(), object.name().into()),
        };
        let concerned = match change.verb {
            // A node that comes into a zone that is out is out.
            Verb::Added if object.kind() == "Node" => true,
            _ => !fault::of(store, &target).is_empty(),
        };
        if concerned {
            ctx.wake_at(&target.key(), ctx.now());
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let Some(target) = Target::of_key(key) else { return Ok(()) };
        let store = ctx.api.store();
        let mut faults = fault::of(store, &target);
        if !exists(&target, ctx.api) {
            faults.clear();
        }
        faults.retain(|f| f.holds(ctx.now()));
        fault::keep(store, &target, &faults);
        match &target {
            Target::Node(name) => node(name, ctx),
            Target::Pod(ns, name) => pod(ns, name, &target, faults.clone(), ctx),
            Target::Zone(name) => zone(name, ctx),
        }
        if let Some(until) = faults.iter().filter_map(|f| f.until).min() {
            ctx.wake_at(key, until);
        }
        Ok(())
    }
}

/// What goes takes its faults along.
fn exists(target: &Target, api: &Server) -> bool {
    match target {
        Target::Node(name) => api.find("nodes", "", name).is_some(),
        Target::Pod(ns, name) => {
            let over = |p: &Object| matches!(p.str_at("status/phase"), "Succeeded" | "Failed");
            api.find("pods", ns, name).is_some_and(|pod| !over(&pod))
        }
        Target::Zone(_) => true,
    }
}

/// All that is in a zone; groups may launch elsewhere, or again here.
fn zone(zone: &str, ctx: &Ctx<'_>) {
    for node in ctx.api.list("nodes", "") {
        if node.label(well_known::ZONE) == Some(zone) {
            ctx.wake_at(&Target::Node(node.name().into()).key(), ctx.now());
        }
    }
    super::cloud::look_at_groups(ctx.api);
}

fn node(name: &str, ctx: &Ctx<'_>) {
    let (api, store) = (ctx.api, ctx.api.store());
    let mut effects = store.memory(EFFECTS, name);
    let Some(node) = api.find("nodes", "", name) else {
        store.remember(EFFECTS, name, Value::Null);
        return;
    };
    if effects.is_null() {
        effects = Value::object();
    }
    let instance = provision::instance_of(store, &node);
    let state = instance.as_ref().map_or("running", |i| i.str_at("spec/State/Name"));
    let silent = fault::is_silent(api, name);
    if silent && !effects.bool_at("silent") {
        stop_kubelet(api, name, false);
    } else if !silent && effects.bool_at("silent") && state == "running" {
        start_kubelet(api, name);
    }
    note(&mut effects, "silent", silent);
    let unready = fault::has(api, name, Kind::NotReady);
    if unready != effects.bool_at("unready") {
        tell_readiness(api, name);
    }
    note(&mut effects, "unready", unready);
    if let Some(instance) = &instance {
        let stopped = machine(instance, state, name, effects.bool_at("stopped"), ctx);
        note(&mut effects, "stopped", stopped);
    }
    let nothing = effects.map().is_empty();
    store.remember(EFFECTS, name, if nothing { Value::Null } else { effects });
}

fn note(effects: &mut Value, what: &str, holds: bool) {
    if holds {
        effects.set(what, true);
    } else {
        effects.remove(what);
    }
}

/// What befalls the instance of a node; answers whether it is stopped by a fault now.
fn machine(instance: &Object, state: &str, node: &str, stopped: bool, ctx: &Ctx<'_>) -> bool {
    let (api, store, id) = (ctx.api, ctx.api.store(), instance.name());
    mark(instance, "impaired", fault::impaired_since(api, node), ctx);
    let interrupted = fault::has(api, node, Kind::SpotInterruption);
    let noticed = instance.int_at("spec/kubetick/interrupted").map(Time);
    mark(instance, "interrupted", interrupted.then(|| noticed.unwrap_or(ctx.now())), ctx);
    match (fault::has(api, node, Kind::Stop), stopped, state) {
        (true, false, "running") => {
            aws::set_state(store, id, "stopping", "User initiated");
            true
        }
        (false, true, "stopping") => {
            ctx.wake_in(&Target::Node(node.into()).key(), AGAIN);
            true
        }
        (false, true, "stopped") => {
            // Its group may have it end already.
            if !aws::is_terminating(instance) {
                aws::set_state(store, id, "pending", "");
            }
            false
        }
        (wanted, stopped, _) => wanted && stopped,
    }
}

/// Writes, or takes away, since when something is the matter with an instance.
fn mark(instance: &Object, what: &str, since: Option<Time>, ctx: &Ctx<'_>) {
    let path = format!("kubetick/{what}");
    if instance.at("spec").int_at(&path) == since.map(|t| t.0) {
        return;
    }
    state::modify(ctx.api.store(), INSTANCE, instance.name(), |spec| match since {
        Some(since) => spec.set(&path, since.0),
        None => drop(spec.remove(&path)),
    });
}

fn pod(ns: &str, name: &str, target: &Target, mut faults: Vec<Fault>, ctx: &Ctx<'_>) {
    let Some(pod) = ctx.api.find("pods", ns, name) else { return };
    for fault in faults.clone().iter().filter(|f| matches!(f.kind, Kind::CrashLoop | Kind::Oom)) {
        let how = match fault.kind {
            Kind::Oom => Ended { code: 137, reason: "OOMKilled" },
            _ => Ended { code: 1, reason: "" },
        };
        for status in pod.items_at("status/containerStatuses") {
            let container = status.str_at("name");
            let Some(started) = Time::parse(status.str_at("state/running/startedAt")) else { continue };
            if !fault.concerns(container) {
                continue;
            }
            if ctx.now() < started + SHORT_RUN {
                ctx.wake_at(&target.key(), started + SHORT_RUN);
                continue;
            }
            end_container(ctx.api, &pod, container, how);
            if fault.once {
                faults.retain(|f| f.kind != fault.kind);
                fault::keep(ctx.api.store(), target, &faults);
            }
        }
    }
    // Probes that answered for good may answer otherwise.
    nudge(ctx.api, &pod);
}
