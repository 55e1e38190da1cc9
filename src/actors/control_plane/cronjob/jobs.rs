//! The Jobs of a CronJob: how they are called and made, and which of them are cleared away.

use crate::json;
use crate::machinery::{Object, Time, Value};
use jiff::tz::TimeZone;

/// The annotation with the time a Job was due.
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// The name of the Job of a time: the same however often it is tried.
pub(super) fn job_name(cron_job: &Object, due: Time) -> String {
    format!("{}-{}", cron_job.name(), due.secs() / 60)
}

/// The Job that is due at a time.
pub(super) fn new_job(cron_job: &Object, due: Time) -> Object {
    let template = cron_job.at("spec/jobTemplate");
    let name = job_name(cron_job, due);
    let mut job = Object::new("batch/v1", "Job", cron_job.namespace(), &name);
    for key in ["labels", "annotations"] {
        if let Some(value) = template.at("metadata").get(key) {
            job.at_mut("metadata").map_mut().insert(key, value);
        }
    }
    job.set_annotation(SCHEDULED, &local(due, cron_job.str_at("spec/timeZone")));
    job.set("metadata/ownerReferences", vec![cron_job.as_controller_ref()]);
    job.set("spec", template.at("spec"));
    job
}

/// RFC 3339 in a time zone: `Z` for UTC, an offset elsewhere.
fn local(t: Time, zone: &str) -> String {
    match TimeZone::get(zone) {
        Ok(tz) if !matches!(zone, "" | "UTC" | "Etc/UTC") => {
            t.timestamp().to_zoned(tz).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
        }
        _ => t.rfc3339(),
    }
}

/// The entry of a Job in `status.active`.
pub(super) fn reference(job: &Object) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job", "name": (job.name()), "namespace": (job.namespace()),
        "resourceVersion": (job.str_at("metadata/resourceVersion")), "uid": (job.uid()),
    })
}

/// The end of a Job: `Complete` or `Failed`.
pub(super) fn end(job: &Object) -> Option<&'static str> {
    ["Complete", "Failed"].into_iter().find(|kind| job.condition_true(kind))
}

/// The Jobs of one kind of end that are more than the history keeps, oldest first.
pub(super) fn surplus<'a>(jobs: &'a [Object], kind: &str, keep: Option<i64>) -> Vec<&'a Object> {
    let Some(keep) = keep.map(|n| usize::try_from(n).unwrap_or(0)) else { return Vec::new() };
    let mut ended: Vec<&Object> = jobs.iter().filter(|job| end(job) == Some(kind)).collect();
    ended.sort_by_key(|job| (Time::parse(job.str_at("status/startTime")), job.name().to_string()));
    ended.truncate(ended.len().saturating_sub(keep));
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_named_by_its_minute() {
        let mut cron_job = Object::new("batch/v1", "CronJob", "shop", "batch-app");
        let due = Time::parse("2026-11-22T22:29:00Z").unwrap();
        let job = new_job(&cron_job, due);
        assert_eq!(job.name(), "batch-app-29923109");
        assert_eq!(job.annotation(SCHEDULED), Some("2026-11-22T22:29:00Z"));
        cron_job.set("spec/timeZone", "Asia/Seoul");
        assert_eq!(new_job(&cron_job, due).annotation(SCHEDULED), Some("2026-11-23T07:29:00+09:00"));
    }

    #[test]
    fn the_oldest_are_too_many() {
        let job = |name: &str, start: &str| {
            let mut job = Object::new("batch/v1", "Job", "shop", name);
            job.set(
                "status",
                json!({"startTime": start, "conditions": [{"type": "Complete", "status": "True"}]}),
            );
            job
        };
        let jobs = [job("b", "2026-01-02T00:00:00Z"), job("a", "2026-01-01T00:00:00Z")];
        let names =
            |keep| surplus(&jobs, "Complete", keep).iter().map(|j| j.name().to_string()).collect::<Vec<_>>();
        assert_eq!(names(Some(1)), ["a"]);
        assert!(names(Some(2)).is_empty() && names(None).is_empty());
        assert_eq!(names(Some(0)), ["a", "b"]);
    }
}
