//! Stopping: a pod that is being deleted, or one container of a pod that goes on.

use super::memory::{ContainerMemory, PodMemory, Role, containers};
use super::{events, hooks, process};
use crate::actors::programs::{OnTerm, program_of};
use crate::actors::{Ctx, latency};
use crate::api::{ApiError, DeleteOptions, Reason};
use crate::machinery::{Duration, Object, Time, Value};

/// A hook leaves at least this much of the grace to the process.
const MINIMUM_GRACE: Duration = Duration::from_secs(2);

/// Sends SIGTERM when stopping is new, and notices what has ended since.
pub(super) fn advance(pod: &Object, m: &mut PodMemory, ctx: &Ctx<'_>) {
    let now = ctx.now();
    let first = m.stopping.is_none();
    m.stopping.get_or_insert(now.0);
    let mut turn = now;
    for (container, role) in in_order(pod) {
        let name = container.str_at("name");
        let Some(c) = m.containers.get_mut(name) else { continue };
        (c.pull, c.starting, c.image_backoff) = (None, None, None);
        super::run_due(pod, container, c, ctx);
        if c.run.as_ref().is_none_or(|r| r.ended.is_some()) {
            continue;
        }
        if first {
            let waits = if role == Role::Sidecar { turn } else { now };
            let grace = pod.int_at("metadata/deletionGracePeriodSeconds");
            stop(pod, container, c, &format!("Stopping container {name}"), grace, waits, ctx);
            turn = turn.max(c.ending.map_or(now, |(at, _)| Time(at)));
        } else if let Some(until) = pod.deletion_timestamp().map(|until| until.max(now))
            && c.ending.is_some_and(|(at, _)| at > until.0)
        {
            // A second deletion shortened the grace.
            c.ending = Some((until.0, 137));
        }
        super::run_due(pod, container, c, ctx);
    }
}

/// The containers of a pod in the order in which they stop: sidecars after the others, the last to start first.
fn in_order(pod: &Object) -> impl Iterator<Item = (&Value, Role)> {
    let all: Vec<_> = containers(pod).collect();
    let (sidecars, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, role)| *role == Role::Sidecar);
    others.into_iter().chain(sidecars.into_iter().rev())
}

/// Runs the preStop hook and sends SIGTERM; the process ends as its program takes that, or by SIGKILL.
pub(super) fn stop_container(
    pod: &Object,
    container: &Value,
    c: &mut ContainerMemory,
    message: &str,
    grace: Option<i64>,
    ctx: &Ctx<'_>,
) {
    stop(pod, container, c, message, grace, ctx.now(), ctx);
}

/// As [`stop_container`], with a SIGTERM that waits for its turn while the grace runs.
fn stop(
    pod: &Object,
    container: &Value,
    c: &mut ContainerMemory,
    message: &str,
    grace: Option<i64>,
    turn: Time,
    ctx: &Ctx<'_>,
) {
    let Some(run) = c.run.clone() else { return };
    let now = ctx.now();
    events::container(pod, container.str_at("name"), "Normal", "Killing", message, ctx);
    let grace = grace.or_else(|| pod.int_at("spec/terminationGracePeriodSeconds")).unwrap_or(30);
    let grace = Duration::from_secs(grace.max(0));
    let process = process(pod, container, &run, c.restarts, ctx);
    let program = program_of(&process);
    if !hooks::run(&process, container.at("lifecycle/preStop")) {
        let name = container.str_at("name");
        events::container(pod, name, "Warning", "FailedPreStopHook", "PreStopHook failed", ctx);
    }
    let signal = (now + pre_stop(container, grace)).max(turn.min(now + grace));
    let left = (grace - signal.since(now)).max(MINIMUM_GRACE.min(grace));
    let (after, code) = match program.terminate(&process) {
        OnTerm::Exit(after, code) if after <= left => (after, code),
        _ => (left, 137),
    };
    c.ending = Some(((signal + after).0, code));
    c.resume = None;
}

/// Ends a pod at once and for good.
pub(super) fn evict(pod: &Object, m: &mut PodMemory, message: String, ctx: &Ctx<'_>) {
    events::pod(pod, "Warning", "Evicted", &message, ctx);
    m.evicted = Some(message);
    m.stopping.get_or_insert(ctx.now().0);
    for (container, _) in containers(pod) {
        let name = container.str_at("name");
        let Some(c) = m.containers.get_mut(name) else { continue };
        (c.pull, c.starting, c.image_backoff) = (None, None, None);
        if c.run.as_ref().is_some_and(|r| r.ended.is_none()) {
            events::container(pod, name, "Normal", "Killing", &format!("Stopping container {name}"), ctx);
            super::end(c, ctx.now(), 137, "");
        }
    }
}

/// How long a preStop hook takes: what it sleeps.
fn pre_stop(container: &Value, grace: Duration) -> Duration {
    let hook = container.at("lifecycle/preStop");
    let seconds = hook.int_at("sleep/seconds").or_else(|| {
        let words: Vec<&str> = hook.items_at("exec/command").iter().filter_map(Value::as_str).collect();
        let text = words.join(" ");
        let rest = text.split("sleep ").nth(1)?;
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
    });
    Duration::from_secs(seconds.unwrap_or(0)).min(grace)
}

/// Whether everything has stopped, the last status is written, and its removal is due.
pub(super) fn is_over(m: &PodMemory, ctx: &Ctx<'_>) -> bool {
    m.finished.is_some_and(|at| Time(at) + latency::POD_REMOVAL <= ctx.now())
}

/// Whether no process is left, as far as the kubelet knows.
pub(super) fn has_stopped(m: &PodMemory, now: Time) -> bool {
    m.containers.values().all(|c| c.run.as_ref().is_none_or(|r| r.has_ended(now)))
}

/// Takes the pod away.
pub(super) fn remove(pod: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let Some(pods) = ctx.api.resource("pods") else { return Ok(()) };
    let options = DeleteOptions {
        grace_period_seconds: Some(0),
        uid: Some(pod.uid().to_string()),
        ..DeleteOptions::default()
    };
    match ctx.api.remove(&pods, pod.namespace(), pod.name(), &options) {
        Err(e) if e.reason == Reason::NotFound => Ok(()),
        other => other.map(|_| ()),
    }
}
