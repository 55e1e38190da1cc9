//! One pass over a CronJob.

use super::{COMPONENT, CRON_JOBS, JOBS, jobs};
use crate::actors::Ctx;
use crate::actors::control_plane::pod_control::record;
use crate::api::{ApiError, Reason};
use crate::machinery::cron::{Missed, Schedule, most_recent_unmet, requeue_after};
use crate::machinery::{Duration, Object, Time, Value};

pub(super) fn sync(ctx: &Ctx<'_>, cron_job: &Object) -> Result<(), ApiError> {
    let mut owned = ctx.api.list_owned(JOBS, cron_job);
    owned.retain(|job| job.is_controlled_by(cron_job.uid()));
    let mut pass = Pass { ctx, read: cron_job, status: cron_job.at("status").clone(), jobs: owned };
    if !matches!(pass.status, Value::Map(_)) {
        pass.status = Value::object();
    }
    pass.look_at_jobs();
    let outcome = pass.start();
    let cleared = pass.clear_history();
    let status = pass.status;
    let (ns, name) = (cron_job.namespace(), cron_job.name());
    ctx.api.modify_status(CRON_JOBS, ns, name, |o| o.set("status", status))?;
    outcome.and(cleared)
}

struct Pass<'a> {
    ctx: &'a Ctx<'a>,
    read: &'a Object,
    status: Value,
    jobs: Vec<Object>,
}

impl Pass<'_> {
    fn tell(&self, kind: &str, reason: &str, message: &str) {
        record(self.ctx, self.read, COMPONENT, kind, reason, message);
    }

    fn is_active(&self, uid: &str) -> bool {
        self.status.items_at("active").iter().any(|r| r.str_at("uid") == uid)
    }

    fn drop_active(&mut self, uid: &str) {
        let mut left = self.status.items_at("active").to_vec();
        left.retain(|r| r.str_at("uid") != uid);
        match left.is_empty() {
            true => drop(self.status.remove("active")),
            false => self.status.set("active", left),
        }
    }

    /// Notes which Jobs ended, and which are not there any more.
    fn look_at_jobs(&mut self) {
        let jobs = std::mem::take(&mut self.jobs);
        for job in &jobs {
            let (name, active) = (job.name(), self.is_active(job.uid()));
            match jobs::end(job) {
                None if !active => {
                    let message = format!("Saw a job that the controller did not create or forgot: {name}");
                    self.tell("Warning", "UnexpectedJob", &message);
                }
                Some(end) if active => {
                    let form = self.ctx.api.version().cron_job_events_name_the_condition();
                    let what = if form { "condition" } else { "status" };
                    let message = format!("Saw completed job: {name}, {what}: {end}");
                    self.tell("Normal", "SawCompletedJob", &message);
                    self.drop_active(job.uid());
                }
                _ => {}
            }
            self.note_success(job);
        }
        for gone in self.status.items_at("active").to_vec() {
            if !jobs.iter().any(|job| job.uid() == gone.str_at("uid")) {
                let message = format!("Active job went missing: {}", gone.str_at("name"));
                self.tell("Normal", "MissingJob", &message);
                self.drop_active(gone.str_at("uid"));
            }
        }
        self.jobs = jobs;
    }

    fn note_success(&mut self, job: &Object) {
        let Some(at) = Time::parse(job.str_at("status/completionTime")) else { return };
        let before = Time::parse(self.status.str_at("lastSuccessfulTime"));
        if jobs::end(job) == Some("Complete") && before.is_none_or(|b| b < at) {
            self.status.set("lastSuccessfulTime", at.rfc3339());
        }
    }

    /// Starts the Job that is due, if one is and may be.
    fn start(&mut self) -> Result<(), ApiError> {
        let (ctx, read) = (self.ctx, self.read);
        if read.bool_at("spec/suspend") {
            return Ok(());
        }
        let (text, zone) = (read.str_at("spec/schedule"), read.str_at("spec/timeZone"));
        let schedule = match Schedule::parse_in_zone(text, zone) {
            Ok(schedule) => schedule,
            Err(e) => {
                let message = format!("unparseable schedule: {text} : {e}");
                self.tell("Warning", "UnparseableSchedule", &message);
                return Ok(());
            }
        };
        let now = ctx.now();
        let Some(created) = read.created() else { return Ok(()) };
        let since = Time::parse(self.status.str_at("lastScheduleTime")).unwrap_or(created);
        let deadline = read.int_at("spec/startingDeadlineSeconds").map(Duration::from_secs);
        let unmet = most_recent_unmet(&schedule, since, now, deadline);
        let outcome = match unmet {
            Err(e) => {
                let message = format!("invalid schedule: {text} : {e}");
                self.tell("Warning", "InvalidSchedule", &message);
                Ok(())
            }
            Ok(unmet) => {
                if unmet.missed == Missed::Many {
                    let message = "too many missed start times. Set or decrease \
                                   .spec.startingDeadlineSeconds or check clock skew";
                    self.tell("Warning", "TooManyMissedTimes", message);
                }
                unmet.time.map_or(Ok(()), |due| self.start_at(due, now, deadline))
            }
        };
        let since = Time::parse(self.status.str_at("lastScheduleTime")).unwrap_or(created);
        if let Some(after) = requeue_after(&schedule, since, now) {
            ctx.wake_in(&read.key(), after);
        }
        outcome
    }

    fn start_at(&mut self, due: Time, now: Time, deadline: Option<Duration>) -> Result<(), ApiError> {
        let (ctx, read) = (self.ctx, self.read);
        if deadline.is_some_and(|d| due + d < now) {
            let when = due.timestamp().strftime("%a, %d %b %Y %H:%M:%S +0000");
            self.tell("Warning", "MissSchedule", &format!("Missed scheduled time to start a job: {when}"));
            return Ok(());
        }
        let name = jobs::job_name(read, due);
        let active = self.status.items_at("active").to_vec();
        if active.iter().any(|r| r.str_at("name") == name) {
            return Ok(());
        }
        match read.str_at("spec/concurrencyPolicy") {
            "Forbid" if !active.is_empty() => {
                let message = "Not starting job because prior execution is running and concurrency policy is \
                               Forbid";
                self.tell("Normal", "JobAlreadyActive", message);
                return Ok(());
            }
            "Replace" => {
                for running in &active {
                    self.delete(running.str_at("name"), running.str_at("uid"))?;
                }
            }
            _ => {}
        }
        match ctx.api.create(jobs::new_job(read, due)) {
            Ok(made) => {
                self.tell("Normal", "SuccessfulCreate", &format!("Created job {name}"));
                self.status.at_mut("active").list_mut().push(jobs::reference(&made));
                self.status.set("lastScheduleTime", due.rfc3339());
                Ok(())
            }
            Err(e) if e.reason == Reason::AlreadyExists => {
                // Made by a pass whose status was lost, unless it is somebody else's.
                self.status.set("lastScheduleTime", due.rfc3339());
                Ok(())
            }
            Err(e) => {
                self.tell("Warning", "FailedCreate", &format!("Error creating job: {e}"));
                Err(e)
            }
        }
    }

    fn delete(&mut self, name: &str, uid: &str) -> Result<(), ApiError> {
        if let Err(e) = self.ctx.api.delete(JOBS, self.read.namespace(), name) {
            self.tell("Warning", "FailedDelete", &format!("Deleted job: {e}"));
            return Err(e);
        }
        self.drop_active(uid);
        self.tell("Normal", "SuccessfulDelete", &format!("Deleted job {name}"));
        Ok(())
    }

    /// Deletes the oldest ended Jobs beyond what is to be kept.
    fn clear_history(&mut self) -> Result<(), ApiError> {
        let jobs = std::mem::take(&mut self.jobs);
        for (kind, limit) in [("Complete", "successful"), ("Failed", "failed")] {
            let keep = self.read.int_at(&format!("spec/{limit}JobsHistoryLimit"));
            for job in jobs::surplus(&jobs, kind, keep) {
                self.delete(job.name(), job.uid())?;
            }
        }
        Ok(())
    }
}
