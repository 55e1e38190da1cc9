//! After the end of a process: whether it is started again, and after what delay.

use super::events;
use super::memory::{ContainerMemory, Role, Waiting};
use crate::actors::{Ctx, latency};
use crate::machinery::backoff::Backoff;
use crate::machinery::{Object, Time, Value};

/// Whether a container that ended so is started again.
pub(super) fn wanted(pod: &Object, role: Role, code: i32) -> bool {
    match (role, pod.str_at("spec/restartPolicy")) {
        (Role::Sidecar, _) => true,
        (Role::Init, "Never") => false,
        (Role::Init, _) => code != 0,
        (Role::Main, "Never") => false,
        (Role::Main, "OnFailure") => code != 0,
        (Role::Main, _) => true,
    }
}

/// Makes way for the next run when the last one has ended and its back-off is over.
pub(super) fn consider(pod: &Object, container: &Value, role: Role, c: &mut ContainerMemory, ctx: &Ctx<'_>) {
    let now = ctx.now();
    let Some(run) = c.run.clone().filter(|r| r.has_ended(now)) else { return };
    if !wanted(pod, role, run.code) {
        return;
    }
    let ended = Time(run.ended.unwrap_or(now.0));
    let entry = c.backoff.map(Waiting::as_backoff);
    if entry.is_some_and(|b| b.holds_since(ended, now, latency::BACKOFF_MAX)) {
        if !c.told_backoff {
            c.told_backoff = true;
            let name = container.str_at("name");
            events::container(pod, name, "Warning", "BackOff", &events::back_off(pod, name, ctx), ctx);
        }
        return;
    }
    c.backoff = Some(Backoff::next(entry, ended, now, latency::CRASH_BACKOFF, latency::BACKOFF_MAX).into());
    c.told_backoff = false;
    c.last = Some(run);
    c.run = None;
}
