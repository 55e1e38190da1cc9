//! What to do about a Job, from its spec, its pods, what was counted before and the clock alone.

use super::facts::{Counted, Fate, Pod, Wanted};
use super::indexes::Indexes;
use crate::machinery::backoff::exponential;
use crate::machinery::{Duration, Time};

/// First delay after a failed pod; doubles with each failure in a row.
const BACKOFF: Duration = Duration::from_secs(10);
/// Longest delay after a failed pod.
const BACKOFF_MAX: Duration = Duration::from_mins(10);
/// The most pods made, deleted or counted in one pass.
const BURST: usize = super::super::pod_control::BURST;

/// How a Job ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct End {
    pub success: bool,
    pub reason: String,
    pub message: String,
}

impl End {
    pub(super) fn completed() -> End {
        End {
            success: true,
            reason: "CompletionsReached".into(),
            message: "Reached expected number of succeeded pods".into(),
        }
    }

    pub(super) fn failed(reason: &str, message: &str) -> End {
        End { success: false, reason: reason.into(), message: message.into() }
    }
}

/// A Job's pods, sorted out.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub wanted: &'a Wanted,
    pub pods: &'a [Pod],
    /// With the pods that are not counted yet.
    pub counted: Counted,
    /// Pods that ended and are not counted yet.
    pub succeeded: Vec<&'a Pod>,
    pub failed: Vec<&'a Pod>,
}

impl<'a> View<'a> {
    pub(super) fn new(wanted: &'a Wanted, pods: &'a [Pod], counted: Counted) -> View<'a> {
        let mut view = View { wanted, pods, counted, succeeded: Vec::new(), failed: Vec::new() };
        let ended = |p: &&Pod| p.tracked && (p.noted || p.counts_as_failed || p.fate == Fate::Succeeded);
        for pod in pods.iter().filter(ended).take(BURST) {
            match pod.fate {
                Fate::Succeeded => view.count_success(pod),
                _ => view.count_failure(pod),
            }
        }
        view
    }

    fn count_success(&mut self, pod: &'a Pod) {
        self.succeeded.push(pod);
        if !self.wanted.indexed {
            self.counted.succeeded += 1;
        } else if let Some(index) = pod.index.filter(|i| *i < self.wanted.completions.unwrap_or(i64::MAX)) {
            self.counted.completed_indexes.insert(index);
            self.counted.succeeded = self.counted.completed_indexes.len();
        }
    }

    fn count_failure(&mut self, pod: &'a Pod) {
        self.failed.push(pod);
        if pod.ignored {
            return;
        }
        self.counted.failed += 1;
        if let (Some(limit), Some(index)) = (self.wanted.backoff_limit_per_index, pod.index)
            && (pod.index_failures >= limit || pod.fails_index)
            && !self.counted.completed_indexes.contains(index)
        {
            self.counted.failed_indexes.insert(index);
        }
    }

    /// Counts pods that still run as failed: the Job ends without them.
    pub(super) fn give_up_on_active(&mut self) {
        for pod in self.pods.iter().filter(|p| p.tracked && p.fate == Fate::Active) {
            self.failed.push(pod);
            self.counted.failed += 1;
        }
    }

    pub(super) fn of_fate(&self, fate: Fate) -> impl Iterator<Item = &'a Pod> {
        self.pods.iter().filter(move |p| p.fate == fate)
    }

    pub(super) fn count(&self, fate: Fate) -> i64 {
        self.of_fate(fate).count() as i64
    }

    pub(super) fn ready(&self) -> i64 {
        self.of_fate(Fate::Active).filter(|p| p.ready).count() as i64
    }

    /// Why the Job fails now, if it does.
    pub(super) fn failure(&self, started: Option<Time>, now: Time) -> Option<End> {
        let wanted = self.wanted;
        if let Some(why) = self.failed.iter().find_map(|p| p.fails_job.as_ref()) {
            return Some(End::failed("PodFailurePolicy", why));
        }
        let restarts: i64 = self.of_fate(Fate::Active).map(|p| p.restarts).sum();
        let restarted_too_often =
            wanted.restarts_in_place && restarts > 0 && restarts >= wanted.backoff_limit;
        let failed_again = !self.failed.is_empty() || wanted.backoff_limit == 0;
        if restarted_too_often || (failed_again && self.counted.failed > wanted.backoff_limit) {
            let why = "Job has reached the specified backoff limit";
            return Some(End::failed("BackoffLimitExceeded", why));
        }
        if self.overdue_at(started).is_some_and(|at| at <= now) {
            return Some(End::failed("DeadlineExceeded", "Job was active longer than specified deadline"));
        }
        let failed = &self.counted.failed_indexes;
        if wanted.max_failed_indexes.is_some_and(|most| failed.len() > most) {
            let why = "Job has exceeded the specified maximal number of failed indexes";
            return Some(End::failed("MaxFailedIndexesExceeded", why));
        }
        let done = failed.len() + self.counted.completed_indexes.len();
        if wanted.indexed && !failed.is_empty() && wanted.completions.is_some_and(|n| done >= n) {
            return Some(End::failed("FailedIndexes", "Job has failed indexes"));
        }
        None
    }

    /// When the deadline ends the Job.
    pub(super) fn overdue_at(&self, started: Option<Time>) -> Option<Time> {
        let deadline = self.wanted.deadline.filter(|_| !self.wanted.suspended)?;
        started.map(|at| at + deadline)
    }

    /// Whether the Job is complete with so many pods still active.
    pub(super) fn is_complete(&self, active: i64) -> bool {
        match self.wanted.completions {
            Some(n) => self.counted.succeeded >= n,
            None => self.counted.succeeded > 0 && active == 0,
        }
    }

    /// Pods to delete because there are too many, worst first; the others stay.
    pub(super) fn surplus(&self) -> Vec<&'a Pod> {
        let most = if self.wanted.suspended { 0 } else { self.wanted_active() };
        let mut active: Vec<&Pod> = self.of_fate(Fate::Active).collect();
        // Of an index that is done, not wanted, or held by another pod, no pod is needed.
        let mut held = Indexes::default();
        let needless = |pod: &Pod| {
            pod.index.is_some_and(|i| {
                i >= self.wanted.completions.unwrap_or(i64::MAX) || self.counted.completed_indexes.contains(i)
            })
        };
        active.sort_by(|a, b| a.worth.cmp(&b.worth).then_with(|| a.name.cmp(&b.name)));
        let mut stays = Vec::new();
        let mut surplus = Vec::new();
        for pod in active.into_iter().rev() {
            let doubled = pod.index.is_some_and(|i| held.contains(i));
            if let Some(i) = pod.index.filter(|_| self.wanted.indexed) {
                held.insert(i);
            }
            if self.wanted.indexed && (doubled || needless(pod)) || stays.len() as i64 >= most {
                surplus.push(pod);
            } else {
                stays.push(pod);
            }
        }
        surplus.reverse();
        surplus.truncate(BURST);
        surplus
    }

    /// How many pods are to be active.
    fn wanted_active(&self) -> i64 {
        let counted = &self.counted;
        let wanted = self.wanted;
        match wanted.completions {
            Some(n) => {
                let left = n - counted.succeeded - counted.failed_indexes.len();
                left.min(wanted.parallelism).max(0)
            }
            None if counted.succeeded > 0 => self.count(Fate::Active),
            None => wanted.parallelism,
        }
    }

    /// How many pods are missing.
    pub(super) fn missing(&self) -> usize {
        if self.wanted.suspended {
            return 0;
        }
        let leaving = if self.wanted.replace_only_failed { self.count(Fate::Terminating) } else { 0 };
        let missing = self.wanted_active() - self.count(Fate::Active) - leaving;
        usize::try_from(missing).unwrap_or(0).min(BURST)
    }

    /// The lowest indexes that need a pod, with how often each failed before.
    pub(super) fn missing_indexes(&self, count: usize) -> Vec<(i64, i64)> {
        let taken = |index: i64| {
            self.counted.completed_indexes.contains(index)
                || self.counted.failed_indexes.contains(index)
                || self.pods.iter().any(|p| {
                    let held = p.fate == Fate::Active
                        || p.fate == Fate::Terminating && self.wanted.replace_only_failed;
                    held && p.index == Some(index)
                })
        };
        let failures = |index: i64| {
            let failed =
                self.pods.iter().filter(|p| p.index == Some(index) && p.counts_as_failed && !p.ignored);
            failed.map(|p| p.index_failures + 1).max().unwrap_or(0)
        };
        let all = 0..self.wanted.completions.unwrap_or(0);
        all.filter(|i| !taken(*i)).take(count).map(|i| (i, failures(i))).collect()
    }

    /// Until when no pod may be made after the last failure.
    pub(super) fn backs_off_until(&self) -> Option<Time> {
        let success = self.of_fate(Fate::Succeeded).filter_map(|p| p.finished).max();
        let failures =
            self.pods.iter().filter(|p| p.counts_as_failed && !p.ignored).filter_map(|p| p.finished);
        let in_a_row: Vec<Time> = failures.filter(|at| success.is_none_or(|s| *at > s)).collect();
        let last = in_a_row.iter().max()?;
        let before = u32::try_from(in_a_row.len() - 1).unwrap_or(u32::MAX);
        Some(last.truncated() + exponential(BACKOFF, before, BACKOFF_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            parallelism: 2,
            completions: Some(3),
            indexed: false,
            suspended: false,
            backoff_limit: 2,
            backoff_limit_per_index: None,
            max_failed_indexes: None,
            deadline: None,
            replace_only_failed: false,
            restarts_in_place: false,
        }
    }

    fn pod(name: &str, fate: Fate, finished: i64) -> Pod {
        Pod {
            name: name.into(),
            uid: name.into(),
            fate,
            ready: true,
            counts_as_failed: matches!(fate, Fate::Failed | Fate::Terminating),
            ignored: false,
            fails_job: None,
            fails_index: false,
            tracked: true,
            noted: false,
            index: None,
            index_failures: 0,
            restarts: 0,
            finished: Some(Time::from_secs(finished)),
            worth: (true, true, true, None),
        }
    }

    #[test]
    fn pods_are_made_up_to_parallelism_and_what_is_left() {
        let wanted = wanted();
        assert_eq!(View::new(&wanted, &[], Counted::default()).missing(), 2);
        let pods = [pod("a", Fate::Succeeded, 1), pod("b", Fate::Succeeded, 1)];
        let view = View::new(&wanted, &pods, Counted::default());
        assert_eq!((view.counted.succeeded, view.missing()), (2, 1));
        let pods = [pod("c", Fate::Active, 0), pod("d", Fate::Active, 0)];
        let view = View::new(&wanted, &pods, Counted { succeeded: 2, ..Counted::default() });
        assert_eq!(view.surplus().len(), 1);
        assert!(!view.is_complete(2));
    }

    #[test]
    fn failures_in_a_row_wait_longer_each_time() {
        let wanted = wanted();
        let until = |pods: &[Pod]| View::new(&wanted, pods, Counted::default()).backs_off_until();
        assert_eq!(until(&[]), None);
        let mut pods = vec![pod("a", Fate::Failed, 2)];
        assert_eq!(until(&pods), Some(Time::from_secs(12)));
        pods.push(pod("b", Fate::Failed, 14));
        assert_eq!(until(&pods), Some(Time::from_secs(34)));
        pods.push(pod("c", Fate::Succeeded, 20));
        assert_eq!(until(&pods), None);
    }

    #[test]
    fn ends() {
        let reason = |wanted: &Wanted, pods: &[Pod], now: i64| {
            let counted = Counted { failed: 2, ..Counted::default() };
            let view = View::new(wanted, pods, counted);
            view.failure(Some(Time::from_secs(0)), Time::from_secs(now)).map(|end| end.reason)
        };
        assert_eq!(reason(&wanted(), &[], 100), None);
        let failed = [pod("a", Fate::Failed, 1)];
        assert_eq!(reason(&wanted(), &failed, 100).as_deref(), Some("BackoffLimitExceeded"));
        let mut late = wanted();
        late.deadline = Some(Duration::from_secs(8));
        assert_eq!(reason(&late, &[], 7), None);
        assert_eq!(reason(&late, &[], 8).as_deref(), Some("DeadlineExceeded"));
    }

    #[test]
    fn indexes_are_filled_from_the_lowest() {
        let indexed = Wanted { indexed: true, backoff_limit_per_index: Some(1), ..wanted() };
        let mut pods = vec![pod("j-0", Fate::Succeeded, 1), pod("j-1", Fate::Failed, 1)];
        for (i, pod) in pods.iter_mut().enumerate() {
            pod.index = Some(i as i64);
        }
        let view = View::new(&indexed, &pods, Counted::default());
        assert_eq!(view.missing_indexes(2), [(1, 1), (2, 0)]);
        pods[1].index_failures = 1;
        let view = View::new(&indexed, &pods, Counted::default());
        assert_eq!(view.counted.failed_indexes.to_string(), "1");
        assert_eq!(view.missing_indexes(2), [(2, 0)]);
    }
}
