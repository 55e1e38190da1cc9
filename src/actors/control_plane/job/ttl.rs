//! `ttlSecondsAfterFinished`: Jobs that ended go away by themselves, and their pods with them.

use super::{JOBS, status};
use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, DeleteOptions, Propagation, Reason};
use crate::machinery::{Duration, Object, Time};
use crate::store::{Change, Verb};

/// The controller as an actor.
#[derive(Debug, Default)]
pub struct TtlAfterFinished;

/// When a Job is to be deleted; none for one that stays.
fn expires(job: &Object) -> Option<Time> {
    let ttl = Duration::from_secs(job.int_at("spec/ttlSecondsAfterFinished")?);
    status::finished_at(job).filter(|_| !job.is_deleting()).map(|at| at + ttl)
}

impl Actor for TtlAfterFinished {
    fn name(&self) -> &'static str {
        "ttl-after-finished-controller"
    }

    fn rank(&self) -> u8 {
        31
    }

    fn watches(&self) -> &'static [&'static str] {
        &[JOBS]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let key = change.object.key();
        match expires(&change.object).filter(|_| change.verb != Verb::Deleted) {
            Some(at) => ctx.wake_at(&key, at),
            None => ctx.forget_wake(&key),
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (ns, name) = key.split_once('/').unwrap_or(("", key));
        let Some(job) = ctx.api.find(JOBS, ns, name) else { return Ok(()) };
        match expires(&job) {
            Some(at) if at <= ctx.now() => delete(ctx, &job),
            Some(at) => {
                // It was given more time.
                ctx.wake_at(key, at);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn delete(ctx: &Ctx<'_>, job: &Object) -> Result<(), ApiError> {
    let resource = ctx.api.resource(JOBS).ok_or_else(ApiError::no_such_resource)?;
    let options = DeleteOptions {
        propagation: Propagation::Foreground,
        uid: Some(job.uid().to_string()),
        ..DeleteOptions::default()
    };
    match ctx.api.remove(&resource, job.namespace(), job.name(), &options) {
        Err(e) if e.reason == Reason::NotFound => Ok(()),
        other => other.map(|_| ()),
    }
}
