//! The Job controller: pods that run to their end, counted one by one.
//!
//! Changes of pods are answered in batches, a second after the first, so that a Job with many pods does not write its
//! status for each of them. A pod that ended keeps a finalizer until its uid is in the status: no pod is lost from the
//! count, whoever deletes it.

mod facts;
mod failure_policy;
mod indexes;
mod plan;
mod pods;
mod status;
mod sync;
mod ttl;

pub use ttl::TtlAfterFinished;

use super::pod_control::controller_key;
use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::machinery::{Duration, Object};
use crate::store::{Change, Verb};

const JOBS: &str = "jobs.batch";
const COMPONENT: &str = "job-controller";
/// How long changes of pods are gathered.
const BATCH: Duration = Duration::from_secs(1);

/// The controller as an actor. Keys are Jobs (`namespace/name`), and pods whose Job is gone (`namespace/name/pod`).
#[derive(Debug, Default)]
pub struct JobController;

impl Actor for JobController {
    fn name(&self) -> &'static str {
        COMPONENT
    }

    fn rank(&self) -> u8 {
        30
    }

    fn watches(&self) -> &'static [&'static str] {
        &[JOBS, "pods"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        if change.resource.as_ref() != JOBS {
            if let Some(key) = controller_key(object, "Job") {
                ctx.wake_in(&key, BATCH);
                if change.verb != Verb::Deleted && object.is_deleting() && is_tracked(object) {
                    ctx.wake(&format!("{key}/{}", object.name()));
                }
            }
            return;
        }
        let same_spec = |before: &Object| before.generation() == object.generation();
        match change.verb {
            Verb::Deleted => {
                ctx.forget_wake(&object.key());
                for pod in ctx.api.list_owned("pods", object).iter().filter(|p| is_tracked(p)) {
                    ctx.wake(&format!("{}/{}", object.key(), pod.name()));
                }
            }
            Verb::Modified if change.previous.as_ref().is_some_and(same_spec) => {
                ctx.wake_in(&object.key(), BATCH);
            }
            _ => ctx.wake(&object.key()),
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let mut parts = key.split('/');
        let (ns, name, pod) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next());
        let job = ctx.api.find(JOBS, ns, name);
        match (job, pod) {
            (job, Some(pod)) => release_orphan(ctx, job.as_ref(), ns, pod),
            (Some(job), None) => sync::sync(ctx, &job),
            (None, None) => Ok(()),
        }
    }
}

fn is_tracked(pod: &Object) -> bool {
    pod.finalizers().any(|f| f == facts::FINALIZER)
}

/// A pod that goes away is not held back for a Job that is gone or no longer counts.
fn release_orphan(ctx: &Ctx<'_>, job: Option<&Object>, ns: &str, pod: &str) -> Result<(), ApiError> {
    let Some(pod) = ctx.api.find("pods", ns, pod).filter(is_tracked) else { return Ok(()) };
    let counts =
        |job: &Object| pod.is_controlled_by(job.uid()) && !job.is_deleting() && !status::is_finished(job);
    if job.is_some_and(counts) {
        return Ok(());
    }
    sync::release(ctx, ns, pod.name())
}
