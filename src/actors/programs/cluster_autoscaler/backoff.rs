//! Groups that failed to grow are left alone for a while.

use super::clock::process_time;
use super::flags::Flags;
use super::journal::Journal;
use crate::machinery::{Duration, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What went wrong.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Failure {
    /// `Other`, `OutOfResource`.
    pub class: String,
    /// `timeout`, ...
    pub code: String,
    /// The text.
    pub message: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Entry {
    until: Time,
    nanos: i64,
    failed: Time,
    failure: Failure,
}

/// By group.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Backoff(BTreeMap<String, Entry>);

impl Backoff {
    /// Takes note of a failure: the first one costs `--initial-node-group-backoff-duration`, one that comes after the
    /// last pause was over costs twice as much as that.
    pub fn fail(
        &mut self,
        group: &str,
        failure: Failure,
        flags: &Flags,
        now: Time,
        started: Time,
        journal: &mut Journal,
    ) {
        let known = self.0.get(group);
        let nanos = match known {
            Some(entry) if entry.until < now => {
                let most = flags.max_backoff.as_nanos() as i64;
                entry.nanos.saturating_mul(2).min(most)
            }
            Some(entry) => entry.nanos,
            None => flags.initial_backoff.as_nanos() as i64,
        };
        let until = now + Duration::from_nanos(nanos);
        journal.warn(
            "clusterstate.go:307",
            format!(
                "Disabling scale-up for node group {group} until {}; errorClass={}; errorCode={}",
                process_time(until, started),
                failure.class,
                failure.code
            ),
        );
        self.0.insert(group.to_string(), Entry { until, nanos, failed: now, failure });
    }

    /// What a group is left alone for, if it is.
    pub fn of(&self, group: &str, now: Time) -> Option<&Failure> {
        self.0.get(group).filter(|e| e.until >= now).map(|e| &e.failure)
    }

    /// Forgets failures of long ago.
    pub fn forget_old(&mut self, flags: &Flags, now: Time) {
        self.0.retain(|_, e| e.failed + flags.backoff_reset >= now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_only_after_they_were_over() {
        let (flags, mut journal) = (Flags::default(), Journal::default());
        let mut backoff = Backoff::default();
        let at = |secs: i64| Time::from_secs(secs);
        let mut fail = |backoff: &mut Backoff, secs| {
            backoff.fail("g", Failure::default(), &flags, at(secs), at(0), &mut journal);
        };
        fail(&mut backoff, 0);
        assert!(backoff.of("g", at(300)).is_some());
        assert!(backoff.of("g", at(301)).is_none());
        fail(&mut backoff, 100);
        assert!(backoff.of("g", at(400)).is_some());
        assert!(backoff.of("g", at(401)).is_none());
        fail(&mut backoff, 401);
        assert!(backoff.of("g", at(1001)).is_some());
        backoff.forget_old(&flags, at(401 + 3 * 3600 + 1));
        assert!(backoff.of("g", at(1001)).is_none());
    }
}
