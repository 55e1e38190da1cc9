//! One pass over a Job: pods made and deleted, ended pods counted, the end written down.

use super::facts::{Counted, FINALIZER, Fate, Pod, Wanted};
use super::failure_policy::FailurePolicy;
use super::indexes::Indexes;
use super::plan::{End, View};
use super::{COMPONENT, JOBS, pods, status};
use crate::actors::Ctx;
use crate::actors::control_plane::pod_control::{create_pod, delete_pod, record, slow_start};
use crate::api::{ApiError, Reason};
use crate::machinery::{Object, Time, Value};

pub(super) fn sync(ctx: &Ctx<'_>, job: &Object) -> Result<(), ApiError> {
    if status::is_finished(job) {
        return Ok(());
    }
    let wanted = Wanted::read(job);
    let policy = FailurePolicy::read(job);
    let owned = ctx.api.list_owned("pods", job);
    let facts: Vec<Pod> = owned
        .iter()
        .filter(|p| p.is_controlled_by(job.uid()))
        .map(|p| Pod::read(p, &wanted, &policy))
        .collect();
    if job.is_deleting() {
        return facts.iter().filter(|p| p.tracked).try_for_each(|p| release(ctx, job.namespace(), &p.name));
    }
    let view = View::new(&wanted, &facts, Counted::read(job));
    Pass::new(ctx, job, view).run()
}

/// Takes the tracking finalizer off a pod.
pub(super) fn release(ctx: &Ctx<'_>, ns: &str, pod: &str) -> Result<(), ApiError> {
    let released = ctx.api.modify("pods", ns, pod, |p| {
        let finalizers = p.items_at("metadata/finalizers");
        let rest: Vec<Value> = finalizers.iter().filter(|f| *f != FINALIZER).cloned().collect();
        match rest.is_empty() {
            true => drop(p.remove("metadata/finalizers")),
            false => p.set("metadata/finalizers", rest),
        }
    });
    match released {
        Err(e) if e.reason == Reason::NotFound => Ok(()),
        other => other.map(|_| ()),
    }
}

struct Pass<'a> {
    ctx: &'a Ctx<'a>,
    now: Time,
    /// The Job as it was read, for events.
    read: &'a Object,
    /// The Job as it will be written.
    job: Object,
    view: View<'a>,
    active: i64,
    ready: i64,
    terminating: i64,
    /// When to look again though nothing changes.
    again: Option<Time>,
}

impl<'a> Pass<'a> {
    fn new(ctx: &'a Ctx<'a>, read: &'a Object, view: View<'a>) -> Pass<'a> {
        Pass {
            ctx,
            now: ctx.now(),
            read,
            job: read.clone(),
            active: view.count(Fate::Active),
            ready: view.ready(),
            terminating: view.count(Fate::Terminating),
            view,
            again: None,
        }
    }

    fn run(mut self) -> Result<(), ApiError> {
        if self.job.at("status/startTime").is_null() && !self.view.wanted.suspended {
            self.job.set("status/startTime", self.now.rfc3339());
        }
        let started = Time::parse(self.job.str_at("status/startTime"));
        let mut end = status::announced(self.read);
        if end.is_none() {
            end = self.view.failure(started, self.now);
            self.wake_at(self.view.overdue_at(started));
        }
        if end.is_none() {
            end = self.success_policy();
        }
        let outcome = match &end {
            Some(end) => {
                if !end.success {
                    self.view.give_up_on_active();
                }
                self.delete(self.view.of_fate(Fate::Active).collect())
            }
            None => {
                let outcome = self.manage();
                if self.view.is_complete(self.active) {
                    end = Some(End::completed());
                    self.delete(self.view.of_fate(Fate::Active).collect())?;
                } else {
                    self.note_suspension();
                }
                outcome
            }
        };
        self.count(end)?;
        if let Some(at) = self.again {
            self.ctx.wake_at(&self.read.key(), at);
        }
        outcome
    }

    fn wake_at(&mut self, at: Option<Time>) {
        let at = at.filter(|at| *at > self.now);
        self.again = [self.again, at].into_iter().flatten().min();
    }

    /// `spec.successPolicy`: some indexes are enough.
    fn success_policy(&self) -> Option<End> {
        let rules = self.read.items_at("spec/successPolicy/rules");
        let completed = &self.view.counted.completed_indexes;
        let met = rules.iter().position(|rule| {
            let indexes = Indexes::parse(rule.str_at("succeededIndexes"));
            let count = rule.int_at("succeededCount");
            match indexes.is_empty() {
                true => count.is_some_and(|n| completed.len() >= n),
                false => completed.common(&indexes) >= count.unwrap_or(indexes.len()),
            }
        })?;
        let message = format!("Matched rules at index {met}");
        Some(End { success: true, reason: "SuccessPolicy".into(), message })
    }

    fn delete(&mut self, pods: Vec<&Pod>) -> Result<(), ApiError> {
        for pod in pods {
            delete_pod(self.ctx, COMPONENT, self.read, &pod.name)?;
            self.active -= 1;
            self.ready -= i64::from(pod.ready);
            self.terminating += 1;
        }
        Ok(())
    }

    /// Brings the number of active pods to what is wanted.
    fn manage(&mut self) -> Result<(), ApiError> {
        let surplus = self.view.surplus();
        if !surplus.is_empty() {
            return self.delete(surplus);
        }
        let missing = self.view.missing();
        if missing == 0 {
            return Ok(());
        }
        let per_index = self.view.wanted.backoff_limit_per_index.is_some();
        if let Some(until) = self.view.backs_off_until().filter(|until| *until > self.now && !per_index) {
            self.wake_at(Some(until));
            return Ok(());
        }
        let (ctx, job, wanted) = (self.ctx, self.read, self.view.wanted);
        let fresh: Vec<Object> = if wanted.indexed {
            let indexes = self.view.missing_indexes(missing).into_iter();
            indexes
                .map(|(i, failures)| pods::indexed_pod(job, wanted, i, failures, ctx.api.version()))
                .collect()
        } else {
            vec![pods::new_pod(job); missing]
        };
        let (made, outcome) =
            slow_start(fresh.len(), |i| create_pod(ctx, COMPONENT, job, fresh[i].clone()).map(|_| ()));
        self.active += made as i64;
        outcome
    }

    fn note_suspension(&mut self) {
        let suspended = self.view.wanted.suspended;
        let (reason, message) = match suspended {
            true => ("JobSuspended", "Job suspended"),
            false => ("JobResumed", "Job resumed"),
        };
        if status::set_condition(&mut self.job, "Suspended", suspended, reason, message, self.now) {
            if !suspended {
                self.job.set("status/startTime", self.now.rfc3339());
            }
            record(self.ctx, self.read, COMPONENT, "Normal", reason.trim_start_matches("Job"), message);
        }
    }

    /// Writes down which pods ended, lets them go, and counts them.
    fn count(&mut self, end: Option<End>) -> Result<(), ApiError> {
        let uids = |pods: &[&Pod]| pods.iter().map(|p| Value::from(p.uid.as_str())).collect::<Vec<_>>();
        let version = self.ctx.api.version();
        if let Some(end) = &end {
            status::announce(&mut self.job, end, version, self.now);
        }
        let (active, ready, terminating) = (self.active, self.ready, self.terminating);
        let job = &mut self.job;
        status::set_count(job, "active", active);
        job.set("status/ready", ready);
        if version.jobs_have_pod_replacement_policy() {
            job.set("status/terminating", terminating);
        }
        let succeeded = if self.view.wanted.indexed { Vec::new() } else { uids(&self.view.newly_succeeded) };
        let failed: Vec<&Pod> = self.view.newly_failed.iter().copied().filter(|p| !p.ignored).collect();
        status::set_uncounted(job, succeeded, uids(&failed));
        if self.view.wanted.indexed {
            status::set_count(job, "succeeded", self.view.counted.succeeded);
            status::set_text(job, "completedIndexes", self.view.counted.completed_indexes.to_string());
        }
        self.write()?;
        for pod in self.view.newly_succeeded.iter().chain(&self.view.newly_failed) {
            release(self.ctx, self.read.namespace(), &pod.name)?;
        }
        if end.as_ref().is_some_and(|end| end.success) {
            // Pods that were not needed any more do not count, and are not held back.
            for pod in self.view.of_fate(Fate::Active).filter(|p| p.tracked) {
                release(self.ctx, self.read.namespace(), &pod.name)?;
            }
        }
        let counted = &self.view.counted;
        let job = &mut self.job;
        status::set_count(job, "succeeded", counted.succeeded);
        status::set_count(job, "failed", counted.failed);
        if self.view.wanted.backoff_limit_per_index.is_some() {
            job.set("status/failedIndexes", counted.failed_indexes.to_string());
        }
        status::set_uncounted(job, Vec::new(), Vec::new());
        let ended = end.filter(|_| self.terminating == 0);
        if let Some(end) = &ended {
            status::finish(job, end, version, self.now);
        }
        self.write()?;
        if let Some(end) = &ended {
            let (kind, reason, message) = match end.success {
                true => ("Normal", "Completed", "Job completed"),
                false => ("Warning", end.reason.as_str(), end.message.as_str()),
            };
            record(self.ctx, self.read, COMPONENT, kind, reason, message);
        }
        Ok(())
    }

    fn write(&self) -> Result<(), ApiError> {
        let status = self.job.at("status").clone();
        let (ns, name) = (self.read.namespace(), self.read.name());
        self.ctx.api.modify_status(JOBS, ns, name, |job| job.set("status", status)).map(|_| ())
    }
}
