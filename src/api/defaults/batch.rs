//! Jobs and what starts them.

use super::{each, fill, fill_empty, inside, pod};
use crate::machinery::{KubeVersion, Object};

/// A job without labels has those of its template. What the server adds to the template afterwards shows in them, too,
/// once the job is read back.
pub(super) fn job_labels(o: &mut Object) {
    let labels = o.at("spec/template/metadata/labels").clone();
    if o.labels().is_empty() && !labels.is_empty_value() {
        o.set("metadata/labels", labels);
    }
}

pub(super) fn job(o: &mut Object, version: KubeVersion) {
    job_labels(o);
    let spec = o.at_mut("spec");
    if spec["completions"].is_null() && spec["parallelism"].is_null() {
        fill(spec, "completions", 1);
    }
    fill(spec, "parallelism", 1);
    let retries = if spec["backoffLimitPerIndex"].is_null() { 6 } else { i64::from(i32::MAX) };
    fill(spec, "backoffLimit", retries);
    fill(spec, "completionMode", "NonIndexed");
    fill(spec, "suspend", false);
    if version.jobs_have_pod_replacement_policy() {
        let policy = if spec["podFailurePolicy"].is_null() { "TerminatingOrFailed" } else { "Failed" };
        fill(spec, "podReplacementPolicy", policy);
        fill(spec, "manualSelector", false);
    }
    if let Some(policy) = inside(spec, "podFailurePolicy") {
        each(policy, "rules", |rule| {
            each(rule, "onPodConditions", |condition| fill_empty(condition, "status", "True"));
        });
    }
    pod::template(spec, "template");
}

/// The job inside gets the defaults of its pods only; its own come when it is created.
pub(super) fn cron_job(o: &mut Object) {
    let spec = o.at_mut("spec");
    fill_empty(spec, "concurrencyPolicy", "Allow");
    fill(spec, "suspend", false);
    fill(spec, "successfulJobsHistoryLimit", 3);
    fill(spec, "failedJobsHistoryLimit", 1);
    pod::template(spec, "jobTemplate/spec/template");
}
