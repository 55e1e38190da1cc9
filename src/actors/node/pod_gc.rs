//! Pods of nodes that no longer exist are removed (pod-garbage-collector-controller).

use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, DeleteOptions, Reason};
use crate::machinery::{Duration, Time};
use crate::store::{Change, Verb};

/// Time between two rounds.
const ROUND: Duration = Duration::from_secs(20);
/// How long a node must be missing.
const QUARANTINE: Duration = Duration::from_secs(40);

/// Removes; keys are names of nodes.
pub struct PodGarbageCollector;

impl Actor for PodGarbageCollector {
    fn name(&self) -> &'static str {
        "pod-garbage-collector"
    }

    fn rank(&self) -> u8 {
        40
    }

    fn watches(&self) -> &'static [&'static str] {
        &["nodes"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        if change.verb == Verb::Deleted {
            let round = ROUND.as_nanos() as i64;
            let next = Time((ctx.now().0.div_euclid(round) + 1) * round);
            ctx.wake_at(change.object.name(), next + QUARANTINE);
        }
    }

    fn reconcile(&mut self, node: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        if ctx.api.find("nodes", "", node).is_some() {
            return Ok(());
        }
        let Some(pods) = ctx.api.resource("pods") else { return Ok(()) };
        for pod in ctx.api.pods_on_node(node) {
            let marked = ctx.api.modify_status("pods", pod.namespace(), pod.name(), |p| {
                if !matches!(p.str_at("status/phase"), "Succeeded" | "Failed") {
                    p.set("status/phase", "Failed");
                    ctx.api.mark_disrupted(p, "DeletionByPodGC", "PodGC: node no longer exists");
                }
            });
            let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
            let removed = marked.and_then(|_| ctx.api.remove(&pods, pod.namespace(), pod.name(), &options));
            match removed {
                Err(e) if e.reason != Reason::NotFound => return Err(e),
                _ => {}
            }
        }
        Ok(())
    }
}
