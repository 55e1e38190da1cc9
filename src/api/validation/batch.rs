//! Jobs and what starts them.

use super::fields::{
    Errors, at_least, immutable, label_selector, not_negative, one_of, one_of_if_given, required,
    selector_matches_template,
};
use super::pod;
use crate::api::{FieldError, Path};
use crate::machinery::cron::Schedule;
use crate::machinery::{Object, Value};

const SPEC: Path = Path::Root("spec");

pub(super) fn job(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    job_spec(spec, &SPEC, errs);
    if spec["selector"].is_null() {
        errs.push(FieldError::required(SPEC.field("selector"), ""));
        return;
    }
    label_selector(&spec["selector"], &SPEC.field("selector"), errs);
    selector_matches_template(&spec["selector"], &spec["template"], &SPEC.field("template"), errs);
}

pub(super) fn job_update(new: &Object, old: &Object, errs: &mut Errors) {
    let (spec, before) = (new.at("spec"), old.at("spec"));
    let indexed = spec.str_at("completionMode") == "Indexed";
    if !(indexed && spec["completions"] == spec["parallelism"]) {
        immutable(&spec["completions"], &before["completions"], &SPEC.field("completions"), errs);
    }
    immutable(&spec["selector"], &before["selector"], &SPEC.field("selector"), errs);
    // Where a suspended job will run may still be changed.
    let suspended = before.bool_at("suspend") && old.at("status/startTime").is_null();
    let (mut template, mut template_before) = (spec["template"].clone(), before["template"].clone());
    if suspended {
        for open in ["metadata/labels", "metadata/annotations"] {
            template.remove(open);
            template_before.remove(open);
        }
        for open in ["nodeSelector", "affinity", "tolerations", "schedulingGates"] {
            template.remove(&format!("spec/{open}"));
            template_before.remove(&format!("spec/{open}"));
        }
    }
    if template != template_before {
        let shown = super::internal_pod::template(&spec["template"]);
        errs.push(FieldError::invalid(SPEC.field("template"), shown, super::fields::IMMUTABLE));
    }
    immutable(&spec["completionMode"], &before["completionMode"], &SPEC.field("completionMode"), errs);
    immutable(&spec["podFailurePolicy"], &before["podFailurePolicy"], &SPEC.field("podFailurePolicy"), errs);
    let per_index = "backoffLimitPerIndex";
    immutable(&spec[per_index], &before[per_index], &SPEC.field(per_index), errs);
    immutable(&spec["managedBy"], &before["managedBy"], &SPEC.field("managedBy"), errs);
}

fn job_spec(spec: &Value, path: &Path, errs: &mut Errors) {
    for field in
        ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"]
    {
        not_negative(spec, field, path, errs);
    }
    not_negative(spec, "backoffLimitPerIndex", path, errs);
    not_negative(spec, "maxFailedIndexes", path, errs);
    one_of_if_given(spec, "completionMode", &["NonIndexed", "Indexed"], path, errs);
    if spec.str_at("completionMode") == "Indexed" {
        if spec["completions"].is_null() {
            let why = "when completion mode is Indexed";
            errs.push(FieldError::required(path.field("completions"), why));
        }
        const MOST_PARALLEL: i64 = 100_000;
        if let Some(n) = spec.int_at("parallelism").filter(|n| *n > MOST_PARALLEL) {
            let why =
                format!("must be less than or equal to {MOST_PARALLEL} when completion mode is Indexed");
            errs.push(FieldError::invalid(path.field("parallelism"), n, why));
        }
    } else if !spec["backoffLimitPerIndex"].is_null() {
        let why = "requires indexed completion mode";
        errs.push(FieldError::invalid(
            path.field("backoffLimitPerIndex"),
            &spec["backoffLimitPerIndex"],
            why,
        ));
    }
    one_of_if_given(spec, "podReplacementPolicy", &["Failed", "TerminatingOrFailed"], path, errs);
    let template = path.field("template");
    pod::template(&spec["template"], &template, errs);
    let pod_path = template.field("spec");
    let policy = pod_path.field("restartPolicy");
    match spec.str_at("template/spec/restartPolicy") {
        // Defaults have made "nothing" into Always.
        "" | "Always" => {
            errs.push(FieldError::required(policy, "valid values: \"OnFailure\", \"Never\""));
        }
        "OnFailure" | "Never" => {}
        other => errs.push(FieldError::not_supported(policy, other, &["OnFailure", "Never"])),
    }
}

pub(super) fn cron_job(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    if required(spec, "schedule", &SPEC, errs) {
        schedule(spec, errs);
    }
    not_negative(spec, "startingDeadlineSeconds", &SPEC, errs);
    time_zone(&spec["timeZone"], errs);
    one_of(spec, "concurrencyPolicy", &["Allow", "Forbid", "Replace"], &SPEC, errs);
    let template = SPEC.field("jobTemplate");
    let path = template.field("spec");
    if spec.bool_at("jobTemplate/spec/manualSelector") {
        errs.push(FieldError::not_supported(path.field("manualSelector"), true, &["nil", "false"]));
    }
    if !spec.at("jobTemplate/spec/selector").is_null() {
        let why = "`selector` will be auto-generated";
        errs.push(FieldError::invalid(path.field("selector"), spec.at("jobTemplate/spec/selector"), why));
    }
    job_spec(spec.at("jobTemplate/spec"), &path, errs);
    at_least(0, spec, "successfulJobsHistoryLimit", &SPEC, errs);
    at_least(0, spec, "failedJobsHistoryLimit", &SPEC, errs);
}

/// A job's name is this one's and eleven characters more.
pub(super) fn cron_job_name(o: &Object, errs: &mut Errors) {
    if o.name().len() > 52 {
        errs.push(FieldError::invalid("metadata.name", o.name(), "must be no more than 52 characters"));
    }
}

fn schedule(spec: &Value, errs: &mut Errors) {
    let text = spec.str_at("schedule");
    let path = SPEC.field("schedule");
    if text.contains("TZ") {
        let why = if spec["timeZone"].is_null() {
            "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        } else {
            "cannot use both timeZone field and TZ or CRON_TZ in schedule"
        };
        errs.push(FieldError::invalid(path, text, why));
    } else if let Err(why) = Schedule::parse(text) {
        errs.push(FieldError::invalid(path, text, why));
    }
}

fn time_zone(zone: &Value, errs: &mut Errors) {
    let path = SPEC.field("timeZone");
    match zone.as_str() {
        None => {}
        Some("") => errs.push(FieldError::invalid(path, "", "timeZone must be nil or non-empty string")),
        Some(name) if name.eq_ignore_ascii_case("local") => {
            let why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
            errs.push(FieldError::invalid(path, name, why));
        }
        Some(name) if jiff::tz::TimeZone::get(name).is_err() => {
            errs.push(FieldError::invalid(path, name, format!("unknown time zone {name}")));
        }
        Some(_) => {}
    }
}
