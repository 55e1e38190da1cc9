//! Volumes of a pod that hold ConfigMaps and Secrets: the kubelet waits for what they name, and tells of it. Volumes are
//! mounted before the sandbox is made; a mount that fails is tried again after 500 ms, 1 s, ... up to 2 m 2 s (kubelet
//! 1.36, `goroutinemap/exponentialbackoff`).

use super::events;
use super::memory::PodMemory;
use crate::actors::programs::environment;
use crate::actors::{Ctx, latency};
use crate::machinery::{Duration, Object, Time};

const FIRST_RETRY: Duration = Duration::from_millis(500);
const LONGEST_RETRY: Duration = Duration::from_secs(122);
/// How long the kubelet waits for all volumes before it says so (`podAttachAndMountTimeout`).
const PATIENCE: Duration = Duration::from_secs(123);
/// From one such saying to the next: the pod's worker rests in between.
const NEXT_PATIENCE: Duration = Duration::from_secs(135);

/// Whether everything is mounted; what is not is looked for again later.
pub(super) fn are_ready(pod: &Object, m: &mut PodMemory, ctx: &Ctx<'_>) -> bool {
    let now = ctx.now();
    if m.mounted {
        return true;
    }
    if m.mount_retry > now.0 {
        tell_of_waiting(pod, m, ctx);
        return false;
    }
    let missing = environment::missing_volumes(ctx.api, pod);
    if missing.is_empty() {
        m.mounted = true;
        if m.mount_delay > 0 {
            m.sandbox = (now + latency::SANDBOX).0;
        }
        return true;
    }
    for (volume, why) in &missing {
        let text = format!("MountVolume.SetUp failed for volume \"{volume}\" : {why}");
        events::pod(pod, "Warning", "FailedMount", &text, ctx);
    }
    let longest = LONGEST_RETRY.as_nanos() as i64;
    m.mount_delay = match m.mount_delay {
        0 => FIRST_RETRY.as_nanos() as i64,
        delay => (delay * 2).min(longest),
    };
    m.mount_retry = now.0 + m.mount_delay;
    if m.mount_told == 0 {
        m.mount_told = (Time(m.seen) + PATIENCE).0;
    }
    tell_of_waiting(pod, m, ctx);
    false
}

/// Says which volumes hold the pod up, when the kubelet's patience is over.
fn tell_of_waiting(pod: &Object, m: &mut PodMemory, ctx: &Ctx<'_>) {
    let now = ctx.now();
    if m.mount_told == 0 || m.mount_told > now.0 {
        return;
    }
    let missing = environment::missing_volumes(ctx.api, pod);
    let names: Vec<&str> = missing.iter().map(|(volume, _)| volume.as_str()).collect();
    let why = if ctx.api.version().waits_end_in_deadlines() {
        "context deadline exceeded"
    } else {
        "timed out waiting for the condition"
    };
    let text = format!(
        "Unable to attach or mount volumes: unmounted volumes=[{}], unattached volumes=[], failed to process volumes=[]: {why}",
        names.join(" ")
    );
    events::pod(pod, "Warning", "FailedMount", &text, ctx);
    m.mount_told = (Time(m.mount_told) + NEXT_PATIENCE).0;
}
