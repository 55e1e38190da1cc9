//! The CronJob controller: Jobs made when the clock says so, and the old ones cleared away.

mod jobs;
mod sync;

use super::pod_control::controller_key;
use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::store::{Change, Verb};

const CRON_JOBS: &str = "cronjobs.batch";
const JOBS: &str = "jobs.batch";
const COMPONENT: &str = "cronjob-controller";

/// The controller as an actor.
#[derive(Debug, Default)]
pub struct CronJobController;

impl Actor for CronJobController {
    fn name(&self) -> &'static str {
        COMPONENT
    }

    fn rank(&self) -> u8 {
        29
    }

    fn watches(&self) -> &'static [&'static str] {
        &[CRON_JOBS, JOBS]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        if change.resource.as_ref() != CRON_JOBS {
            if let Some(key) = controller_key(&change.object, "CronJob") {
                ctx.wake(&key);
            }
        } else if change.verb == Verb::Deleted {
            ctx.forget_wake(&change.object.key());
        } else {
            ctx.wake(&change.object.key());
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (ns, name) = key.split_once('/').unwrap_or(("", key));
        match ctx.api.find(CRON_JOBS, ns, name) {
            Some(cron_job) if !cron_job.is_deleting() => sync::sync(ctx, &cron_job),
            _ => Ok(()),
        }
    }
}
