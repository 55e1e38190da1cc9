//! The kubelet of every node: it runs the containers of the pods bound to its node, probes them, restarts them, stops
//! them, and writes what it sees into the pods' status (kubelet 1.36; what older ones say differently is in `events`).
//!
//! A pod moves through instants: the sandbox stands, an image arrives, a process starts, a relist notices it, a probe
//! asks. [`Kubelet::reconcile`] does whatever is due, writes one status, and asks to be woken at the next instant. Nothing
//! is polled: a probe whose answer holds is not asked again before something is nudged.

mod bring_up;
mod events;
mod hooks;
pub(super) mod images;
mod memory;
mod mounts;
mod probes;
mod register;
mod restart;
mod status;
mod terminate;

use super::orders::{KUBELET, KUBELET_RANK, pod_key, take_end, take_eviction};
use crate::actors::programs::shell::volumes;
use crate::actors::programs::{Next, Process, program_of};
use crate::actors::{Actor, Ctx, latency};
use crate::api::{ApiError, Reason, heartbeat};
use crate::machinery::{Object, Time, Value};
use crate::store::{Change, Verb};
use memory::{ContainerMemory, PodMemory, Role, Run, containers};

/// The kubelets of all nodes. Keys: `pod NAMESPACE/NAME`, `node NAME` (its images changed), `ready NAME`.
pub struct Kubelet;

impl Actor for Kubelet {
    fn name(&self) -> &'static str {
        KUBELET
    }

    fn rank(&self) -> u8 {
        KUBELET_RANK
    }

    fn watches(&self) -> &'static [&'static str] {
        &["nodes", "pods"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        if change.resource.as_ref() == "nodes" {
            register::react(change, ctx);
            return;
        }
        let pod = &change.object;
        if pod.str_at("spec/nodeName").is_empty() {
            return;
        }
        if change.verb == Verb::Deleted {
            forget(pod, ctx);
            return;
        }
        // Its own writes change the status alone, and so do those of others that need no answer.
        let news = change.previous.as_ref().is_none_or(|old| {
            old.at("spec") != pod.at("spec")
                || old.at("metadata/deletionTimestamp") != pod.at("metadata/deletionTimestamp")
        });
        if news {
            ctx.wake(&pod_key(pod));
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        if let Some(node) = key.strip_prefix("node ") {
            images::report(node, ctx);
            return Ok(());
        }
        if let Some(node) = key.strip_prefix("ready ") {
            return register::ready(node, ctx);
        }
        let Some((ns, name)) = key.strip_prefix("pod ").and_then(|k| k.split_once('/')) else {
            return Ok(());
        };
        match ctx.api.find("pods", ns, name) {
            // A kubelet that has stopped sees nothing; it looks again when it starts.
            Some(pod) if heartbeat::stopped(ctx.api, pod.str_at("spec/nodeName")).is_some() => Ok(()),
            Some(pod) if !pod.str_at("spec/nodeName").is_empty() => sync(&pod, ctx),
            _ => Ok(()),
        }
    }
}

/// Does what is due for a pod.
fn sync(pod: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let known = ctx.recall::<PodMemory>(pod.uid());
    let over = matches!(pod.str_at("status/phase"), "Succeeded" | "Failed");
    if over && known.as_ref().is_none_or(|m| m.finished.is_some()) && !pod.is_deleting() {
        return Ok(());
    }
    let mut m = match &known {
        Some(memory) => PodMemory::clone(memory),
        None => bring_up::admit(pod, ctx),
    };
    if let Some(message) = take_eviction(ctx.api, pod) {
        terminate::evict(pod, &mut m, message, ctx);
    }
    let goes_on = m.refused.is_none() && m.evicted.is_none();
    if !pod.is_deleting() && goes_on && m.stopping.is_none() {
        advance(&with_address(pod, &m), &mut m, ctx);
    }
    if pod.is_deleting()
        || (goes_on && (m.stopping.is_some() || (running(&m) && is_done(pod, &m, ctx.now()))))
    {
        terminate::advance(pod, &mut m, ctx);
    }
    let status = status::of(pod, &m, ctx);
    if matches!(status.str_at("phase"), "Succeeded" | "Failed") && m.finished.is_none() && !running(&m) {
        m.finished = Some(ctx.now().0);
    }
    if status != *pod.at("status") {
        match ctx.api.modify_status("pods", pod.namespace(), pod.name(), |p| p.set("status", status)) {
            Err(e) if e.reason == Reason::NotFound => return Ok(()),
            other => other?,
        };
    }
    let over = pod.is_deleting() && terminate::is_over(&m, ctx);
    let next = next_instant(pod, &m, ctx.now());
    if known.as_deref() != Some(&m) {
        ctx.keep(pod.uid(), m);
    }
    if over {
        return terminate::remove(pod, ctx);
    }
    if let Some(next) = next {
        ctx.wake_at(&pod_key(pod), next);
    }
    Ok(())
}

/// The pod with its address, which the kubelet knows before the status shows it.
fn with_address(pod: &Object, m: &PodMemory) -> Object {
    let mut pod = pod.clone();
    if pod.str_at("status/podIP").is_empty() && !m.ip.is_empty() {
        pod.set("status/podIP", m.ip.as_str());
    }
    pod
}

fn running(m: &PodMemory) -> bool {
    m.containers.values().any(|c| c.run.as_ref().is_some_and(|r| r.ended.is_none()))
}

/// Whether a pod has done its work, or failed to get to it: what still runs are sidecars, and they are stopped.
fn is_done(pod: &Object, m: &PodMemory, now: Time) -> bool {
    let over = |container: &Value, role: Role| {
        let run = m.containers.get(container.str_at("name")).and_then(|c| c.run.as_ref());
        run.filter(|r| r.has_ended(now) && !restart::wanted(pod, role, r.code)).map(|r| r.code)
    };
    let failed =
        |(container, role)| role == Role::Init && over(container, role).is_some_and(|code| code != 0);
    let mut mains = containers(pod).filter(|(_, role)| *role == Role::Main);
    mains.all(|(container, role)| over(container, role).is_some()) || containers(pod).any(failed)
}

/// Containers in their order: the running ones do what is due, the others come up one after the other.
fn advance(pod: &Object, m: &mut PodMemory, ctx: &Ctx<'_>) {
    if !mounts::are_ready(pod, m, ctx) || m.sandbox > ctx.now().0 {
        return;
    }
    let mut blocked = false;
    for (container, role) in containers(pod) {
        let name = container.str_at("name");
        let mut c = m.containers.remove(name).unwrap_or_default();
        run_due(pod, container, &mut c, ctx);
        if !blocked {
            restart::consider(pod, container, role, &mut c, ctx);
            bring_up::advance(pod, container, &mut c, ctx);
        }
        probes::advance(pod, container, &mut c, ctx);
        blocked = blocked
            || match role {
                Role::Init => !completed(&c, ctx.now()),
                Role::Sidecar => !probes::has_started(container, &c, ctx.now()),
                Role::Main => c.pull.is_some() || c.starting.is_some(),
            };
        m.containers.insert(name.to_string(), c);
    }
}

/// Whether an init container has done its work.
fn completed(c: &ContainerMemory, now: Time) -> bool {
    c.run.as_ref().is_some_and(|r| r.has_ended(now) && r.code == 0)
}

/// What a running process does by itself, or what is done to it.
fn run_due(pod: &Object, container: &Value, c: &mut ContainerMemory, ctx: &Ctx<'_>) {
    let now = ctx.now();
    let Some(run) = c.run.as_ref().filter(|r| r.ended.is_none()) else { return };
    if let Some((code, reason)) = take_end(ctx.api, pod, container.str_at("name")) {
        end(c, now, code, &reason);
    } else if let Some((at, code)) = c.ending.filter(|(at, _)| *at <= now.0) {
        end(c, Time(at), code, "");
    } else if c.resume.is_some_and(|at| at <= now.0) {
        let process = process(pod, container, run, c.restarts, ctx);
        let next = program_of(&process).resume(&process);
        follow(c, next, now);
    }
}

/// Takes note of what a program wants to do next.
fn follow(c: &mut ContainerMemory, next: Next, now: Time) {
    c.resume = match next {
        Next::Forever => None,
        Next::At(at) => Some(at.max(now).0),
        Next::Exit(code) => {
            end(c, now, code, "");
            None
        }
    };
}

/// A process has ended; the next relist notices.
fn end(c: &mut ContainerMemory, at: Time, code: i32, reason: &str) {
    if let Some(run) = &mut c.run {
        run.ended = Some(at.0);
        run.end_noticed = (at + latency::RELIST).0.max(run.noticed);
        run.code = code;
        run.reason = match (reason, code) {
            ("", 0) => "Completed".into(),
            ("", _) => "Error".into(),
            (reason, _) => reason.into(),
        };
    }
    c.resume = None;
    c.ending = None;
    c.probes.clear();
}

fn process<'a>(
    pod: &'a Object,
    container: &'a Value,
    run: &Run,
    restarts: i64,
    ctx: &Ctx<'a>,
) -> Process<'a> {
    Process { api: ctx.api, pod, container, started: Time(run.started), restarts }
}

/// The next instant at which something is due.
fn next_instant(pod: &Object, m: &PodMemory, now: Time) -> Option<Time> {
    let mut instants = vec![m.sandbox];
    if !m.mounted {
        instants.extend([m.mount_retry, m.mount_told]);
    }
    for c in m.containers.values() {
        instants.extend(c.pull.iter().map(|p| p.done));
        instants.extend(c.starting);
        instants.extend(c.resume);
        instants.extend(c.ending.map(|(at, _)| at));
        instants.extend(c.probes.values().filter_map(|p| p.next));
        instants.extend(c.image_backoff.map(|b| b.updated + b.delay));
        instants.extend(c.image_backoff.map(|b| (Time(b.updated) + latency::PULL_ERROR_SHOWN).0));
        if let Some(run) = &c.run {
            instants.push(run.noticed);
            if let Some(ended) = run.ended {
                instants.push(run.end_noticed);
                instants.extend(c.backoff.map(|b| ended + b.delay));
            }
        }
    }
    if pod.is_deleting() {
        instants.extend(m.finished.map(|at| (Time(at) + latency::POD_REMOVAL).0));
    }
    instants.into_iter().filter(|at| *at > now.0).min().map(Time)
}

/// A pod has gone: so has everything kept of it.
fn forget(pod: &Object, ctx: &Ctx<'_>) {
    ctx.remember(pod.uid(), Value::Null);
    ctx.forget_wake(&pod_key(pod));
    for (container, _) in containers(pod) {
        crate::actors::programs::forget(ctx.api, pod, container.str_at("name"));
    }
    volumes::forget_pod(ctx.api, pod);
}
