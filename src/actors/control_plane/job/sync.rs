//! One pass over a Job: pods made and deleted, ended pods counted, the end written down.

use super::facts::{Counted, FINALIZER, Fate, Pod, Wanted, mark_noted};
use super::failure_policy::FailurePolicy;
use super::indexes::Indexes;
use super::plan::{End, View};
use super::{COMPONENT, JOBS, pods, status};
use crate::actors::Ctx;
use crate::actors::control_plane::pod_control::{create_pod, delete_pod, record, slow_start};
use crate::api::{ApiError, Reason};
use crate::machinery::{Duration, Object, Time, Value};

/// Between the write that notes which pods ended and the one that counts them.
const NOTED: Duration = Duration::from_millis(10);

pub(super) fn sync(ctx: &Ctx<'_>, job: &Object) -> Result<(), ApiError> {
    if status::is_finished(job) {
        return Ok(());
    }
    let wanted = Wanted::read(job);
    let policy = FailurePolicy::read(job);
    let owned = ctx.api.list_owned("pods", job);
    let mut facts: Vec<Pod> = owned
        .iter()
        .filter(|p| p.is_controlled_by(job.uid()))
        .map(|p| Pod::read(p, &wanted, &policy))
        .collect();
    if job.is_deleting() {
        return facts.iter().filter(|p| p.tracked).try_for_each(|p| release(ctx, job.namespace(), &p.name));
    }
    let counted = Counted::read(job);
    mark_noted(&mut facts, job, &counted);
    let view = View::new(&wanted, &facts, counted);
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
        if self.view.pods.iter().any(|p| p.noted) {
            let complete = || self.view.is_complete(self.active).then(End::completed);
            let end = end.or_else(complete);
            return self.count(end);
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
        self.note(end)?;
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

    /// Writes down which pods ended; the next pass lets them go and counts them. When none did, an end that was waited
    /// for may be there.
    fn note(&mut self, end: Option<End>) -> Result<(), ApiError> {
        if let Some(end) = &end {
            status::announce(&mut self.job, end, self.ctx.api.version(), self.now);
        }
        self.set_numbers();
        let (ignored, counting): (Vec<&Pod>, Vec<&Pod>) = self.view.failed.iter().partition(|p| p.ignored);
        let ended = self.view.succeeded.len() + counting.len();
        let uids =
            |pods: &mut dyn Iterator<Item = &&Pod>| pods.map(|p| Value::from(p.uid.as_str())).collect();
        let mut failed: Vec<Value> = uids(&mut counting.iter());
        let mut succeeded: Vec<Value> = Vec::new();
        if self.view.wanted.indexed {
            self.set_indexes();
        } else {
            succeeded = uids(&mut self.view.succeeded.iter());
        }
        for list in [&mut failed, &mut succeeded] {
            list.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
        status::set_uncounted(&mut self.job, succeeded, failed);
        self.write()?;
        for pod in ignored {
            release(self.ctx, self.read.namespace(), &pod.name)?;
        }
        if ended > 0 {
            self.wake_at(Some(self.now + NOTED));
            return Ok(());
        }
        self.end(end)
    }

    /// Lets pods go whose end was written down, and counts them.
    fn count(mut self, end: Option<End>) -> Result<(), ApiError> {
        let ns = self.read.namespace();
        let unneeded = end.as_ref().is_some_and(|end| end.success);
        // Pods that a complete Job does not need any more do not count, and are not held back either.
        let needless = self.view.pods.iter().filter(|p| unneeded && p.tracked && p.fate == Fate::Active);
        for pod in self.view.succeeded.iter().chain(&self.view.failed).copied().chain(needless) {
            release(self.ctx, ns, &pod.name)?;
        }
        self.set_numbers();
        let counted = &self.view.counted;
        let job = &mut self.job;
        if !self.view.wanted.indexed {
            status::set_count(job, "succeeded", counted.succeeded);
        }
        status::set_count(job, "failed", counted.failed);
        if self.view.wanted.backoff_limit_per_index.is_some() {
            job.set("status/failedIndexes", counted.failed_indexes.to_string());
        }
        status::set_uncounted(job, Vec::new(), Vec::new());
        if self.may_end() { self.end(end) } else { self.write() }
    }

    fn set_numbers(&mut self) {
        let (active, ready, terminating) = (self.active, self.ready, self.terminating);
        let job = &mut self.job;
        status::set_count(job, "active", active);
        job.set("status/ready", ready);
        if self.ctx.api.version().jobs_have_pod_replacement_policy() {
            job.set("status/terminating", terminating);
        }
    }

    fn set_indexes(&mut self) {
        let counted = &self.view.counted;
        status::set_count(&mut self.job, "succeeded", counted.succeeded);
        status::set_text(&mut self.job, "completedIndexes", counted.completed_indexes.to_string());
    }

    /// A Job ends when nothing of it runs any more; one that does not announce its end does not wait.
    fn may_end(&self) -> bool {
        self.terminating == 0 || !self.ctx.api.version().jobs_announce_their_end()
    }

    /// Writes an end down and tells of it.
    fn end(&mut self, end: Option<End>) -> Result<(), ApiError> {
        let Some(end) = end.filter(|_| self.may_end()) else { return self.write() };
        status::finish(&mut self.job, &end, self.ctx.api.version(), self.now);
        self.write()?;
        let (kind, reason, message) = match end.success {
            true => ("Normal", "Completed", "Job completed"),
            false => ("Warning", end.reason.as_str(), end.message.as_str()),
        };
        record(self.ctx, self.read, COMPONENT, kind, reason, message);
        Ok(())
    }

    fn write(&self) -> Result<(), ApiError> {
        let status = self.job.at("status").clone();
        let (ns, name) = (self.read.namespace(), self.read.name());
        self.ctx.api.modify_status(JOBS, ns, name, |job| job.set("status", status)).map(|_| ())
    }
}
