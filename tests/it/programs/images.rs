//! The images of workshops do what theirs do.

use super::{Room, pod};

#[test]
fn stress_images_use_what_their_flags_say() {
    let room = Room::with_metrics();
    let stress = [
        pod(
            "mem",
            "image: polinux/stress, command: [stress], args: [--vm, '1', --vm-bytes, 250M, --vm-hang, '1'], resources: {limits: {memory: 100Mi}}",
        ),
        pod(
            "cpu",
            "image: progrium/stress, args: [--cpu, '2', --timeout, 60s], resources: {limits: {cpu: 500m}}",
        ),
        pod("ng", "image: alexeiled/stress-ng, args: [--cpu, '1', --cpu-load, '30', --timeout, 90s]"),
        pod("vish", "image: vish/stress, args: [-cpus, '1', -mem-total, 50Mi]"),
        pod(
            "script",
            "image: containerstack/alpine-stress, command: [sh, -c, 'stress --vm 2 --vm-bytes 20M --vm-hang 0 --timeout 600']",
        ),
        pod("hog", "image: busybox, command: [sh, -c, 'yes > /dev/null'], resources: {limits: {cpu: 300m}}"),
        pod("idle", "image: 'registry.k8s.io/pause:3.9'"),
        pod("page", "image: nginx"),
    ];
    room.apply(&stress.concat());
    room.tick("45s");
    assert_eq!(room.field("pod/mem", ".status.containerStatuses[0].lastState.terminated.exitCode"), "137");
    assert_eq!(
        room.field("pod/mem", ".status.containerStatuses[0].lastState.terminated.reason"),
        "OOMKilled"
    );
    assert_eq!(room.kubectl("get pod mem --no-headers").split_whitespace().nth(2), Some("CrashLoopBackOff"));
    assert_eq!(room.kubectl("logs mem"), "stress: info: [1] dispatching hogs: 0 cpu, 0 io, 1 vm, 0 hdd\n");
    assert!(room.usage("cpu").starts_with("500m "));
    assert!(room.usage("ng").starts_with("301m "));
    assert_eq!(room.usage("vish").split(' ').nth(1), Some("58Mi"));
    assert_eq!(room.usage("script"), "1m 48Mi", "two workers hold what they have");
    assert!(room.usage("hog").starts_with("300m "));
    room.tick("30s");
    assert!(room.usage("page").starts_with("1m "));
    let log = room.kubectl("logs cpu -p");
    assert!(log.ends_with("stress: info: [1] successful run completed in 60s\n"), "{log}");
    assert_eq!(
        room.field("pod/cpu", ".status.containerStatuses[0].lastState.terminated.reason"),
        "Completed"
    );
    assert!(room.fails("exec idle -- sh").contains("exec: \"sh\": executable file not found in $PATH"));
}

#[test]
fn resource_consumer_takes_orders() {
    let room = Room::with_metrics();
    room.apply(
        &[
            pod("rc", "image: 'registry.k8s.io/e2e-test-images/resource-consumer:1.13', ports: [{containerPort: 8080}]"),
            pod("client", "image: curlimages/curl, command: [sleep, infinity]"),
        ]
        .concat(),
    );
    room.kubectl("expose pod rc --port 8080");
    room.tick("40s");
    let post = |path: &str, data: &str| {
        room.kubectl(&format!("exec client -- curl -s -d {data} http://rc:8080/{path}"))
    };
    assert_eq!(
        post("ConsumeCPU", "millicores=300&durationSec=120"),
        "ConsumeCPU\n300 millicores\n120 durationSec\n"
    );
    assert_eq!(
        post("ConsumeMem", "megabytes=200&durationSec=60"),
        "ConsumeMem\n200 megabytes\n60 durationSec\n"
    );
    assert_eq!(post("ConsumeCPU", "millicores=x&durationSec=1"), "incorrect function argument\n");
    assert_eq!(post("ConsumeCPU", "millicores=1"), "not given function argument\n");
    assert_eq!(
        room.kubectl("exec client -- curl -s http://rc:8080/ConsumeCPU"),
        "Bad request. Not a POST request\n"
    );
    room.tick("45s");
    assert_eq!(room.usage("rc"), "301m 209Mi");
    room.tick("60s");
    assert_eq!(room.usage("rc"), "301m 9Mi");
    room.tick("60s");
    assert_eq!(room.usage("rc"), "1m 9Mi");
}

#[test]
fn old_names_of_php_apache_answer_too() {
    let room = Room::with_metrics();
    room.apply(
        &[
            pod("php", "image: 'k8s.gcr.io/hpa-example', ports: [{containerPort: 80}]"),
            pod("loop", "image: 'busybox:1.28', command: [/bin/sh, -c, 'while sleep 0.01; do wget -q -O- http://php; done']"),
        ]
        .concat(),
    );
    room.kubectl("expose pod php --port 80");
    room.tick("90s");
    assert!(
        room.usage("php").starts_with("966m ") || room.usage("php").starts_with("967m "),
        "{}",
        room.usage("php")
    );
    let log = room.kubectl("logs loop");
    assert!(
        log.starts_with("wget: can't connect to remote host") && log.trim_end().ends_with("OK!"),
        "{log}"
    );
}

#[test]
fn the_job_of_the_documentation_ends() {
    let room = Room::new();
    let print = "print bpi(20)";
    let made = [
        "kubectl",
        "create",
        "job",
        "pi",
        "--image=perl:5.34.0",
        "--",
        "perl",
        "-Mbignum=bpi",
        "-wle",
        print,
    ];
    room.run(&made);
    room.kubectl("wait --for=condition=complete job/pi --timeout=120s");
    assert_eq!(room.kubectl("logs job/pi").trim_end(), "3.1415926535897932385");
}

#[test]
fn the_liveness_demonstration_ends_as_go_programs_do() {
    let room = Room::new();
    room.apply(&pod(
        "live",
        "image: 'registry.k8s.io/e2e-test-images/agnhost:2.40', args: [liveness], \
         livenessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 3}",
    ));
    room.tick("40s");
    let ended = |what: &str| {
        room.field("pod/live", &format!(".status.containerStatuses[0].lastState.terminated.{what}"))
    };
    assert_eq!((ended("exitCode"), ended("reason")), ("2".to_string(), "Error".to_string()));
}
