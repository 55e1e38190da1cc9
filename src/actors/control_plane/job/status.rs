//! The status of a Job: conditions and counts.

use super::plan::End;
use crate::json;
use crate::machinery::{KubeVersion, Object, Time, Value};

/// Whether a Job ended, one way or the other.
pub(super) fn is_finished(job: &Object) -> bool {
    job.condition_true("Complete") || job.condition_true("Failed")
}

/// When a Job ended, in whole seconds.
pub(super) fn finished_at(job: &Object) -> Option<Time> {
    let ends = ["Complete", "Failed"].into_iter().filter(|kind| job.condition_true(kind));
    ends.filter_map(|kind| Time::parse(job.condition(kind)?.str_at("lastTransitionTime"))).next()
}

/// The end a Job announced before.
pub(super) fn announced(job: &Object) -> Option<End> {
    [("FailureTarget", false), ("SuccessCriteriaMet", true)].into_iter().find_map(|(kind, success)| {
        let condition = job.condition(kind).filter(|c| c.str_at("status") == "True")?;
        let text = |key: &str| condition.str_at(key).to_string();
        Some(End { success, reason: text("reason"), message: text("message") })
    })
}

/// Sets a condition; one that has the status already stays as it is. Whether it changed.
pub(super) fn set_condition(
    job: &mut Object,
    kind: &str,
    holds: bool,
    reason: &str,
    message: &str,
    now: Time,
) -> bool {
    let status = if holds { "True" } else { "False" };
    let old = job.condition(kind).map(|c| c.str_at("status").to_string());
    // That something does not hold is said only where it did before.
    if old.as_deref() == Some(status) || (old.is_none() && !holds) {
        return false;
    }
    let mut condition = json!({
        "type": kind, "status": status, "lastProbeTime": (now.rfc3339()), "lastTransitionTime": (now.rfc3339()),
    });
    for (key, text) in [("reason", reason), ("message", message)] {
        if !text.is_empty() {
            condition.set(key, text);
        }
    }
    let conditions = job.at_mut("status/conditions").list_mut();
    match conditions.iter_mut().find(|c| c.str_at("type") == kind) {
        Some(old) => *old = condition,
        None => conditions.push(condition),
    }
    true
}

/// Announces an end: pods are still being counted and deleted.
pub(super) fn announce(job: &mut Object, end: &End, version: KubeVersion, now: Time) {
    if version.jobs_announce_their_end() {
        let kind = if end.success { "SuccessCriteriaMet" } else { "FailureTarget" };
        set_condition(job, kind, true, &end.reason, &end.message, now);
    }
}

/// Writes down an end.
pub(super) fn finish(job: &mut Object, end: &End, version: KubeVersion, now: Time) {
    let (reason, message) = match end.success && !version.jobs_announce_their_end() {
        true => ("", ""),
        false => (end.reason.as_str(), end.message.as_str()),
    };
    let kind = if end.success { "Complete" } else { "Failed" };
    set_condition(job, kind, true, reason, message, now);
    if end.success {
        job.set("status/completionTime", now.rfc3339());
    }
}

/// Sets a number of the status that is left out when it is zero.
pub(super) fn set_count(job: &mut Object, key: &str, n: i64) {
    if n == 0 {
        job.at_mut("status").map_mut().remove(key);
    } else {
        job.at_mut("status").map_mut().insert(key, n);
    }
}

/// Sets a text of the status that is left out when it is empty.
pub(super) fn set_text(job: &mut Object, key: &str, text: String) {
    if text.is_empty() {
        job.at_mut("status").map_mut().remove(key);
    } else {
        job.at_mut("status").map_mut().insert(key, text);
    }
}

/// The uids of ended pods that are not counted yet.
pub(super) fn set_uncounted(job: &mut Object, succeeded: Vec<Value>, failed: Vec<Value>) {
    let mut uncounted = Value::object();
    for (key, uids) in [("succeeded", succeeded), ("failed", failed)] {
        if !uids.is_empty() {
            uncounted.set(key, uids);
        }
    }
    job.set("status/uncountedTerminatedPods", uncounted);
}
