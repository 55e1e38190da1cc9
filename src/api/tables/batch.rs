//! Jobs and CronJobs.

use super::cells::{NONE, age, container_images, container_names, int, or};
use super::{AGE, Cell, Context, NAME, Printer};
use crate::machinery::{KubeVersion, Object, Time, Value, duration::human_duration, selector};

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new(
        "batch",
        "Job",
        &[
            NAME,
            Cell::string("Status", |o, _| job_status(o).into()).when(KubeVersion::job_table_has_status),
            Cell::string("Completions", |o, _| completions(o).into()),
            Cell::string("Duration", |o, cx| job_duration(o, cx.now).into()),
            AGE,
            Cell::string("Containers", |o, _| container_names(o, "spec/template")).wide(),
            Cell::string("Images", |o, _| container_images(o, "spec/template")).wide(),
            Cell::string("Selector", |o, _| selector::format_label_selector(o.at("spec/selector")).into())
                .wide(),
        ],
    ),
    Printer::new(
        "batch",
        "CronJob",
        &[
            NAME,
            Cell::string("Schedule", |o, _| o.str_at("spec/schedule").into()),
            Cell::string("Timezone", |o, _| or(o.str_at("spec/timeZone"), NONE).into())
                .when(KubeVersion::cron_job_table_has_time_zone),
            Cell::boolean("Suspend", |o, _| if o.bool_at("spec/suspend") { "True" } else { "False" }.into()),
            Cell::integer("Active", |o, _| o.items_at("status/active").len().into()),
            Cell::string("Last Schedule", last_schedule),
            AGE,
            Cell::string("Containers", |o, _| container_names(o, "spec/jobTemplate/spec/template")).wide(),
            Cell::string("Images", |o, _| container_images(o, "spec/jobTemplate/spec/template")).wide(),
            Cell::string("Selector", |o, _| {
                selector::format_label_selector(o.at("spec/jobTemplate/spec/selector")).into()
            })
            .wide(),
        ],
    ),
];

fn job_status(job: &Object) -> &'static str {
    if job.condition_true("Complete") {
        "Complete"
    } else if job.condition_true("Failed") {
        "Failed"
    } else if job.is_deleting() {
        "Terminating"
    } else if job.condition_true("Suspended") {
        "Suspended"
    } else if job.condition_true("FailureTarget") {
        "FailureTarget"
    } else if job.condition_true("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

fn completions(job: &Object) -> String {
    let succeeded = int(job, "status/succeeded");
    match (job.int_at("spec/completions"), job.int_at("spec/parallelism")) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, Some(parallelism)) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    }
}

/// How long the job ran, or has been running; a failed job has no completion time and keeps counting.
fn job_duration(job: &Object, now: Time) -> String {
    let Some(start) = Time::parse(job.str_at("status/startTime")) else { return String::new() };
    let end = Time::parse(job.str_at("status/completionTime")).unwrap_or(now);
    human_duration(end.since(start))
}

fn last_schedule(job: &Object, cx: &Context) -> Value {
    match job.str_at("status/lastScheduleTime") {
        "" => NONE.into(),
        last => age(last, cx.now).into(),
    }
}
