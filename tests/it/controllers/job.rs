use super::{Lab, obedient};
use kubetick::actors::Actor;
use kubetick::actors::control_plane::job::JobController;
use kubetick::json;
use kubetick::machinery::{Duration, Object, Time, Value};

const JOBS: &str = "jobs.batch";

fn controller() -> Box<dyn Actor> {
    Box::new(JobController)
}

fn job(spec: Value) -> Value {
    let mut job = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "batch", "namespace": "shop"},
        "spec": {"template": {"metadata": {"labels": {"app": "batch"}}, "spec": {
            "restartPolicy": "Never", "containers": [{"name": "app", "image": "registry.example/app:1.0"}]}}},
    });
    for (key, value) in spec.map().iter() {
        job.at_mut("spec").map_mut().insert(key, value);
    }
    job
}

fn seconds(n: i64) -> Duration {
    Duration::from_secs(n)
}

fn read(lab: &Lab) -> Object {
    lab.api.get(JOBS, "shop", "batch").unwrap()
}

fn conditions(job: &Object) -> Vec<&str> {
    job.items_at("status/conditions").iter().map(|c| c.str_at("type")).collect()
}

/// Pods that run for a while, then end.
fn ending(after: i64, phase: &'static str) -> impl Fn(&Lab, &Object) {
    move |lab, pod| {
        let since = pod.condition("Ready").map(|c| Time::parse(c.str_at("lastTransitionTime")).unwrap());
        let ended = matches!(pod.str_at("status/phase"), "Failed" | "Succeeded");
        match since {
            Some(since) if !ended && lab.api.now().since(since) >= seconds(after) => {
                lab.pod_status(pod, phase, false);
            }
            _ if ended && !pod.is_deleting() => {}
            _ => obedient(lab, pod),
        }
    }
}

#[test]
fn pods_are_counted_and_the_job_completes() {
    let lab = Lab::new();
    lab.post(job(json!({"completions": 3, "parallelism": 2})));
    lab.run(controller, seconds(1), ending(4, "Succeeded"));
    assert_eq!(read(&lab).int_at("status/active"), Some(2));
    lab.run(controller, seconds(20), ending(4, "Succeeded"));
    let done = read(&lab);
    assert_eq!(conditions(&done), ["SuccessCriteriaMet", "Complete"]);
    assert_eq!(done.int_at("status/succeeded"), Some(3));
    assert!(done.at("status/active").is_null());
    assert!(lab.api.list("pods", "shop").iter().all(|p| p.finalizers().next().is_none()));
    assert_eq!(lab.events("batch").last().unwrap(), "Completed Job completed");
}

#[test]
fn failures_are_retried_after_a_while_until_the_limit() {
    let lab = Lab::new();
    let start = lab.api.now();
    lab.post(job(json!({"backoffLimit": 2})));
    lab.run(controller, seconds(60), ending(1, "Failed"));
    let done = read(&lab);
    assert_eq!(conditions(&done), ["FailureTarget", "Failed"]);
    assert_eq!(done.int_at("status/failed"), Some(3));
    let mut made: Vec<i64> =
        lab.api.list("pods", "shop").iter().map(|p| p.created().unwrap().since(start).as_secs()).collect();
    made.sort();
    assert_eq!(made, [0, 11, 32]);
    let last = lab.events("batch").pop().unwrap();
    assert_eq!(last, "BackoffLimitExceeded Job has reached the specified backoff limit");
}

#[test]
fn a_deadline_ends_what_still_runs() {
    let lab = Lab::new();
    lab.post(job(json!({"activeDeadlineSeconds": 8})));
    lab.run(controller, seconds(20), obedient);
    let done = read(&lab);
    assert_eq!(conditions(&done), ["FailureTarget", "Failed"]);
    assert_eq!(done.str_at("status/conditions/1/reason"), "DeadlineExceeded");
    assert_eq!(done.int_at("status/failed"), Some(1));
    assert!(lab.pods().is_empty());
}

#[test]
fn a_suspended_job_waits() {
    let lab = Lab::new();
    lab.post(job(json!({"suspend": true})));
    lab.run(controller, seconds(3), obedient);
    assert!(lab.pods().is_empty());
    assert!(read(&lab).at("status/startTime").is_null());
    assert_eq!(lab.events("batch"), ["Suspended Job suspended"]);
    lab.api.modify(JOBS, "shop", "batch", |o| o.set("spec/suspend", false)).unwrap();
    lab.run(controller, seconds(3), obedient);
    assert_eq!(lab.pods().len(), 1);
    let resumed = read(&lab);
    assert_eq!(resumed.str_at("status/conditions/0/reason"), "JobResumed");
    assert!(!resumed.at("status/startTime").is_null());
}

#[test]
fn every_index_gets_its_pod() {
    let lab = Lab::new();
    lab.post(job(json!({"completions": 3, "parallelism": 3, "completionMode": "Indexed"})));
    lab.run(controller, seconds(10), ending(2, "Succeeded"));
    let done = read(&lab);
    assert_eq!(done.str_at("status/completedIndexes"), "0-2");
    assert_eq!(conditions(&done).last(), Some(&"Complete"));
    let mut hostnames: Vec<String> =
        lab.api.list("pods", "shop").iter().map(|p| p.str_at("spec/hostname").to_string()).collect();
    hostnames.sort();
    assert_eq!(hostnames, ["batch-0", "batch-1", "batch-2"]);
}

#[test]
fn a_pod_whose_job_is_gone_is_not_held_back() {
    let lab = Lab::new();
    lab.post(job(json!({})));
    lab.run(controller, seconds(2), obedient);
    lab.api.delete(JOBS, "shop", "batch").unwrap();
    for pod in lab.pods() {
        lab.api.delete("pods", "shop", &pod).unwrap();
    }
    lab.run(controller, seconds(2), obedient);
    assert!(lab.pods().is_empty());
}
