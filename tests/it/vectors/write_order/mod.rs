//! Scenarios that ran on a real control plane, for the controllers whose every write can be told in advance: the same
//! steps here, and the writes and events of each object compared one by one, in order and roughly in time.

mod compare;
mod kubelet;
mod reduce;
mod scenario;

use super::harness;
use kubetick::machinery::Value;

fn replay(id: &str) {
    let file = format!("timelines/{id}.json");
    let recorded = Value::parse(&harness::text(&file)).expect("a scenario");
    let ours = scenario::run(&recorded);
    harness::run_cases(&format!("write-order/{id}"), &[recorded], |recorded| {
        compare::compare(recorded, &ours)
    });
}

#[test]
fn job_complete() {
    replay("job-complete");
}

#[test]
fn job_backofflimit() {
    replay("job-backofflimit");
}

#[test]
fn job_deadline_suspend() {
    replay("job-deadline-suspend");
}

#[test]
fn cronjob_forbid_replace() {
    replay("cronjob-forbid-replace");
}

#[test]
fn cronjob_history() {
    replay("cronjob-history");
}

#[test]
fn statefulset_lifecycle() {
    replay("statefulset-lifecycle");
}

#[test]
fn statefulset_parallel() {
    replay("statefulset-parallel");
}

#[test]
fn daemonset_rolling_update() {
    replay("daemonset-rolling-update");
}
