use super::Lab;
use kubetick::actors::Actor;
use kubetick::actors::control_plane::cronjob::CronJobController;
use kubetick::json;
use kubetick::machinery::{Duration, Object, Value};

fn controller() -> Box<dyn Actor> {
    Box::new(CronJobController)
}

fn cron_job(spec: Value) -> Value {
    let mut cron_job = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick", "namespace": "shop"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "app", "image": "registry.example/app:1.0"}]}}}}},
    });
    for (key, value) in spec.map().iter() {
        cron_job.at_mut("spec").map_mut().insert(key, value);
    }
    cron_job
}

fn run(lab: &Lab, seconds: i64) {
    lab.run(controller, Duration::from_secs(seconds), |_, _| {});
}

fn jobs(lab: &Lab) -> Vec<String> {
    lab.api.list("jobs.batch", "shop").iter().map(|j| j.name().to_string()).collect()
}

fn complete(lab: &Lab, job: &str) {
    let now = lab.api.now().rfc3339();
    let done = |o: &mut Object| {
        o.set("status/conditions", json!([{"type": "Complete", "status": "True"}]));
        let made = o.at("metadata/creationTimestamp").clone();
        o.set("status/startTime", made);
        o.set("status/completionTime", now);
    };
    lab.api.modify_status("jobs.batch", "shop", job, done).unwrap();
}

#[test]
fn a_job_a_minute_and_three_are_kept() {
    let lab = Lab::new();
    lab.post(cron_job(json!({})));
    run(&lab, 45);
    assert!(jobs(&lab).is_empty());
    run(&lab, 5);
    assert_eq!(jobs(&lab), ["tick-29923113"]);
    for minute in 0..4 {
        complete(&lab, &format!("tick-{}", 29923113 + minute));
        run(&lab, 60);
    }
    complete(&lab, "tick-29923117");
    run(&lab, 1);
    assert_eq!(jobs(&lab), ["tick-29923115", "tick-29923116", "tick-29923117"]);
    let status = lab.api.get("cronjobs.batch", "shop", "tick").unwrap().at("status").clone();
    assert_eq!(status.str_at("lastScheduleTime"), "2026-11-22T22:37:00Z");
    assert!(status.items_at("active").is_empty());
    let events = lab.events("tick");
    assert_eq!(
        events[..2],
        [
            "SuccessfulCreate Created job tick-29923113",
            "SawCompletedJob Saw completed job: tick-29923113, condition: Complete",
        ]
    );
}

#[test]
fn forbidden_starts_are_made_up_for_once() {
    let lab = Lab::new();
    lab.post(cron_job(json!({"concurrencyPolicy": "Forbid"})));
    run(&lab, 50 + 130);
    assert_eq!(jobs(&lab), ["tick-29923113"]);
    complete(&lab, "tick-29923113");
    run(&lab, 1);
    assert_eq!(jobs(&lab), ["tick-29923113", "tick-29923115"]);
    assert!(lab.events("tick").iter().any(|e| e.starts_with("JobAlreadyActive Not starting job because")));
}

#[test]
fn a_replaced_job_goes_first() {
    let lab = Lab::new();
    lab.post(cron_job(json!({"concurrencyPolicy": "Replace"})));
    run(&lab, 50 + 60);
    assert_eq!(jobs(&lab), ["tick-29923114"]);
    assert_eq!(lab.events("tick")[1], "SuccessfulDelete Deleted job tick-29923113");
}

#[test]
fn suspended_means_never() {
    let lab = Lab::new();
    lab.post(cron_job(json!({"suspend": true})));
    run(&lab, 200);
    assert!(jobs(&lab).is_empty());
}
