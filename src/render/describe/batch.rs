//! Jobs and CronJobs.

use super::meta::{name_and_namespace, or, value_or};
use super::{Page, View, events, go, meta, template};
use crate::machinery::duration::human_duration;
use crate::machinery::selector::format_label_selector;
use crate::machinery::{Time, Value};

/// Lists of completed indexes are cut after this many characters, at the next comma.
const INDEXES: usize = 50;

pub(super) fn job(page: &mut Page, view: &View<'_>) {
    let job = view.object;
    let (spec, status) = (job.at("spec"), job.at("status"));
    name_and_namespace(page, view);
    match spec.at("selector") {
        Value::Null => page.field(0, "Selector", ""),
        selector => page.field(0, "Selector", format_label_selector(selector)),
    }
    meta::labels_and_annotations(page, view);
    meta::controlled_by(page, view);
    page.field_unless_empty(0, "Parallelism", &go::text(spec.at("parallelism")));
    page.field(0, "Completions", value_or(spec.at("completions"), "<unset>"));
    page.field_unless_empty(0, "Completion Mode", spec.str_at("completionMode"));
    if view.client().describe_job_shows_suspend_and_limits() {
        for (title, field) in [
            ("Suspend", "suspend"),
            ("Backoff Limit", "backoffLimit"),
            ("TTL Seconds After Finished", "ttlSecondsAfterFinished"),
        ] {
            page.field_unless_empty(0, title, &go::text(spec.at(field)));
        }
    }
    times(page, view, status);
    if let Some(seconds) = spec.int_at("activeDeadlineSeconds") {
        page.field(0, "Active Deadline Seconds", format_args!("{seconds}s"));
    }
    let count = |field: &str| status.int_at(field).unwrap_or(0);
    let ready = status.int_at("ready").map_or(String::new(), |ready| format!(" ({ready} Ready)"));
    let (active, succeeded, failed) = (count("active"), count("succeeded"), count("failed"));
    page.field(
        0,
        "Pods Statuses",
        format_args!("{active} Active{ready} / {succeeded} Succeeded / {failed} Failed"),
    );
    if spec.str_at("completionMode") == "Indexed" {
        page.field(0, "Completed Indexes", or(&completed(status.str_at("completedIndexes")), "<none>"));
    }
    template::write(page, view, spec.at("template"));
    events::write(page, view);
}

fn times(page: &mut Page, view: &View<'_>, status: &Value) {
    let (start, end) = (status.at("startTime"), status.at("completionTime"));
    for (title, time) in [("Start Time", start), ("Completed At", end)] {
        if !time.is_null() {
            page.field(0, title, view.time(time));
        }
    }
    let instant = |time: &Value| Time::parse(time.as_str().unwrap_or(""));
    if let (Some(start), Some(end)) = (instant(start), instant(end)) {
        page.field(0, "Duration", human_duration(end - start));
    }
}

fn completed(indexes: &str) -> String {
    match indexes.as_bytes().iter().skip(INDEXES).position(|&byte| byte == b',') {
        Some(comma) => format!("{}...", &indexes[..=INDEXES + comma]),
        None => indexes.to_string(),
    }
}

pub(super) fn cron_job(page: &mut Page, view: &View<'_>) {
    let spec = view.object.at("spec");
    let job = spec.at("jobTemplate/spec");
    name_and_namespace(page, view);
    meta::labels_and_annotations(page, view);
    page.field(0, "Schedule", spec.str_at("schedule"));
    page.field(0, "Concurrency Policy", spec.str_at("concurrencyPolicy"));
    page.field(0, "Suspend", spec.at("suspend").as_bool().map_or("<unset>", go::title_bool));
    if view.client().describe_cron_job_shows_the_time_zone() {
        page.field(0, "Time Zone", value_or(spec.at("timeZone"), "<unset>"));
    }
    page.field(0, "Successful Job History Limit", value_or(spec.at("successfulJobsHistoryLimit"), "<unset>"));
    page.field(0, "Failed Job History Limit", value_or(spec.at("failedJobsHistoryLimit"), "<unset>"));
    let seconds = |value: &Value| value.as_i64().map(|seconds| format!("{seconds}s"));
    let deadline = seconds(spec.at("startingDeadlineSeconds"));
    page.field(0, "Starting Deadline Seconds", deadline.as_deref().unwrap_or("<unset>"));
    match job.at("selector") {
        Value::Null => page.field(0, "Selector", "<unset>"),
        selector => page.field(0, "Selector", format_label_selector(selector)),
    }
    page.field(0, "Parallelism", value_or(job.at("parallelism"), "<unset>"));
    page.field(0, "Completions", value_or(job.at("completions"), "<unset>"));
    page.field_unless_empty(
        0,
        "Active Deadline Seconds",
        &seconds(job.at("activeDeadlineSeconds")).unwrap_or_default(),
    );
    template::write(page, view, job.at("template"));
    match view.object.at("status/lastScheduleTime") {
        Value::Null => page.field(0, "Last Schedule Time", "<unset>"),
        time => page.field(0, "Last Schedule Time", view.time(time)),
    }
    let active: Vec<&str> =
        view.object.items_at("status/active").iter().map(|job| job.str_at("name")).collect();
    page.field(0, "Active Jobs", or(&active.join(", "), "<none>"));
    events::write(page, view);
}
