//! Probes: a startup probe first, then readiness and liveness side by side.

use super::memory::{ContainerMemory, ProbeMemory};
use super::{events, process, terminate};
use crate::actors::Ctx;
use crate::actors::programs::{Health, ProbeKind, fails, program_of};
use crate::api::fault;
use crate::machinery::{Duration, Object, Time, Value};

const KINDS: [(ProbeKind, &str, &str); 3] = [
    (ProbeKind::Startup, "startupProbe", "Startup"),
    (ProbeKind::Readiness, "readinessProbe", "Readiness"),
    (ProbeKind::Liveness, "livenessProbe", "Liveness"),
];

/// Whether a container runs and its startup probe, if it has one, has passed.
pub(super) fn has_started(container: &Value, c: &ContainerMemory, now: Time) -> bool {
    c.run.as_ref().is_some_and(|r| r.is_running(now))
        && (container.at("startupProbe").is_null() || c.probes.get("startupProbe").is_some_and(|p| p.passed))
}

/// Whether a container is ready to serve.
pub(super) fn is_ready(container: &Value, c: &ContainerMemory, now: Time) -> bool {
    has_started(container, c, now)
        && (container.at("readinessProbe").is_null()
            || c.probes.get("readinessProbe").is_some_and(|p| p.passed))
}

/// Asks the probes that are due.
pub(super) fn advance(pod: &Object, container: &Value, c: &mut ContainerMemory, ctx: &Ctx<'_>) {
    let now = ctx.now();
    for (kind, key, title) in KINDS {
        let spec = container.at(key);
        let running =
            c.run.as_ref().is_some_and(|r| r.is_running(now) && r.ended.is_none()) && c.ending.is_none();
        if spec.is_null() || !running || (kind != ProbeKind::Startup && !has_started(container, c, now)) {
            continue;
        }
        let started = Time(c.run.as_ref().map_or(now.0, |r| r.started));
        let mut memory = c.probes.get(key).cloned().unwrap_or_else(|| ProbeMemory {
            next: Some(first(started, spec, now).0),
            passed: kind == ProbeKind::Liveness,
            ..ProbeMemory::default()
        });
        if kind == ProbeKind::Startup && memory.passed {
            continue;
        }
        let due = memory.next.is_some_and(|at| at <= now.0);
        // An answer that was to hold for longer than a period may have changed meanwhile.
        let holds = |at: i64| memory.successes > 0 && Time(at) > now + period(spec);
        if due || memory.next.is_none_or(holds) {
            let health = ask(pod, container, c, (kind, spec), ctx);
            let grid = |at: Time| on_grid(started, spec, at).0;
            match (&health.failure, due) {
                // An answer that held holds no more: the next probe will find out.
                (Some(_), false) => memory.next = Some(grid(now + Duration::from_nanos(1))),
                (None, false) => memory.next = health.until.map(|t| grid(t.max(now))),
                (None, true) => {
                    memory.failures = 0;
                    memory.successes += 1;
                    memory.passed |= memory.successes >= spec.int_at("successThreshold").unwrap_or(1);
                    memory.next = match health.until {
                        _ if !memory.passed => Some((now + period(spec)).0),
                        Some(until) => Some(grid(until.max(now + Duration::from_nanos(1)))),
                        None => None,
                    };
                }
                (Some(why), true) => {
                    memory.successes = 0;
                    memory.failures += 1;
                    memory.next = Some((now + period(spec)).0);
                    let text = format!("{title} probe failed: {why}");
                    events::container(pod, container.str_at("name"), "Warning", "Unhealthy", &text, ctx);
                    if memory.failures >= spec.int_at("failureThreshold").unwrap_or(3) {
                        memory.passed = false;
                        if kind != ProbeKind::Readiness {
                            restart(pod, container, c, (spec, title), ctx);
                        }
                    }
                }
            }
        }
        c.probes.insert(key.to_string(), memory);
    }
}

/// Asks the program of a container.
fn ask(
    pod: &Object,
    container: &Value,
    c: &ContainerMemory,
    (kind, spec): (ProbeKind, &Value),
    ctx: &Ctx<'_>,
) -> Health {
    let run = c.run.clone().unwrap_or_default();
    let process = process(pod, container, &run, c.restarts, ctx);
    match injected(pod, container, kind, ctx) {
        true => fails(&process, kind, spec),
        false => program_of(&process).probe(&process, kind, spec),
    }
}

/// Stops a container whose probe has failed for too long.
fn restart(
    pod: &Object,
    container: &Value,
    c: &mut ContainerMemory,
    (spec, title): (&Value, &str),
    ctx: &Ctx<'_>,
) {
    let (name, probe) = (container.str_at("name"), title.to_lowercase());
    let text = format!("Container {name} failed {probe} probe, will be restarted");
    terminate::stop_container(pod, container, c, &text, spec.int_at("terminationGracePeriodSeconds"), ctx);
}

/// Whether a fault has a probe fail.
fn injected(pod: &Object, container: &Value, kind: ProbeKind, ctx: &Ctx<'_>) -> bool {
    let fault = match kind {
        ProbeKind::Startup => return false,
        ProbeKind::Readiness => fault::Kind::Unready,
        ProbeKind::Liveness => fault::Kind::Unhealthy,
    };
    fault::fails_probe(ctx.api, pod.namespace(), pod.name(), container.str_at("name"), fault)
}

fn period(spec: &Value) -> Duration {
    Duration::from_secs(spec.int_at("periodSeconds").unwrap_or(10).max(1))
}

fn first(started: Time, spec: &Value, now: Time) -> Time {
    (started + Duration::from_secs(spec.int_at("initialDelaySeconds").unwrap_or(0))).max(now)
}

/// The first instant at or after `at` at which the probe asks: once a period from its first time on.
fn on_grid(started: Time, spec: &Value, at: Time) -> Time {
    let origin = started + Duration::from_secs(spec.int_at("initialDelaySeconds").unwrap_or(0));
    let step = period(spec).as_nanos() as i64;
    let past = at.since(origin).as_nanos() as i64;
    Time(
        origin.0
            + past.max(0).div_euclid(step) * step
            + if past.rem_euclid(step) == 0 || past < 0 { 0 } else { step },
    )
}
