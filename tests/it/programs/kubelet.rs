//! What the kubelet does around a program: volumes before it, hooks at both ends of it.

use super::Room;

const MOUNTS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: waits}
spec:
  containers:
  - name: c
    image: busybox:1.36
    command: [sh, -c, 'cat /etc/app/greeting; sleep infinity']
    volumeMounts: [{name: app, mountPath: /etc/app}, {name: key, mountPath: /etc/key}]
  volumes:
  - {name: app, configMap: {name: app}}
  - {name: key, secret: {secretName: key, optional: true}}
  - {name: unused, configMap: {name: nobody}}
";

#[test]
fn a_pod_waits_for_what_its_volumes_name() {
    let room = Room::new();
    room.apply(MOUNTS);
    room.tick("20s");
    assert_eq!(
        room.kubectl("get pod waits --no-headers").split_whitespace().nth(2),
        Some("ContainerCreating")
    );
    let events = |fields: &str| {
        room.kubectl(&format!(
            "get events --field-selector reason=FailedMount -o jsonpath={{range.items[*]}}{{{fields}}}{{end}}"
        ))
    };
    assert_eq!(
        events(".message"),
        "MountVolume.SetUp failed for volume \"app\" : configmap \"app\" not found"
    );
    // 0, 0.5, 1.5, 3.5, 7.5, 15.5 s.
    assert_eq!(events(".count"), "6");
    room.tick("2m");
    assert!(events(".message").contains(
        "Unable to attach or mount volumes: unmounted volumes=[app], unattached volumes=[], failed to process volumes=[]: \
         context deadline exceeded"
    ));
    room.run(&["kubectl", "create", "configmap", "app", "--from-literal=greeting=hello"]);
    room.tick("2m10s");
    assert_eq!(room.kubectl("logs waits").trim_end(), "hello");
    assert_eq!(room.field("pod/waits", ".status.phase"), "Running");
}

#[test]
fn hooks_run_at_both_ends() {
    let room = Room::new();
    room.apply(
        "\
apiVersion: v1
kind: Pod
metadata: {name: good}
spec:
  containers:
  - name: c
    image: busybox:1.36
    command: [sh, -c, 'sleep infinity']
    lifecycle:
      postStart: {exec: {command: [sh, -c, 'echo ready > /tmp/started']}}
      preStop: {exec: {command: [sh, -c, 'test -f /tmp/nothing']}}
---
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec:
  containers:
  - name: c
    image: nginx
    lifecycle:
      postStart: {exec: {command: [sh, -c, 'exit 1']}}
",
    );
    room.tick("12s");
    assert_eq!(room.kubectl("exec good -- cat /tmp/started"), "ready\n");
    let told = |pod: &str, reason: &str| {
        let chosen = format!(
            "get events --field-selector involvedObject.name={pod},reason={reason} -o jsonpath={{.items[0].message}}"
        );
        room.kubectl(&chosen)
    };
    assert_eq!(told("bad", "FailedPostStartHook"), "PostStartHook failed");
    assert_eq!(told("bad", "Killing"), "FailedPostStartHook");
    assert_ne!(room.field("pod/bad", ".status.containerStatuses[0].restartCount"), "0");
    room.kubectl("delete pod good --wait=false");
    assert_eq!(told("good", "FailedPreStopHook"), "PreStopHook failed");
}

const SIDECARS: &str = "\
apiVersion: batch/v1
kind: Job
metadata: {name: work}
spec:
  template:
    spec:
      restartPolicy: Never
      initContainers:
      - {name: proxy, image: nginx, restartPolicy: Always}
      - {name: log, image: 'busybox:1.36', restartPolicy: Always, command: [sh, -c, 'while true; do sleep 5; done']}
      containers:
      - {name: main, image: 'busybox:1.36', command: [sh, -c, 'sleep 10']}
";

#[test]
fn sidecars_are_stopped_when_the_work_is_done() {
    let room = Room::new();
    room.apply(SIDECARS);
    room.tick("25s");
    let pod = room.kubectl("get pod -l job-name=work -o name").trim().to_string();
    let state =
        |n: usize, what: &str| room.field(&pod, &format!(".status.initContainerStatuses[{n}].state.{what}"));
    // The shell ignores SIGTERM: the pod goes on until its grace is over.
    assert_eq!(room.field(&pod, ".status.phase"), "Running");
    assert_eq!(room.field(&pod, ".status.containerStatuses[0].state.terminated.exitCode"), "0");
    assert_eq!(room.field(&pod, ".status.conditions[?(@.type==\"Ready\")].reason"), "PodCompleted");
    assert_eq!(room.field("job/work", ".status.succeeded"), "");
    let told = room.kubectl("get events --field-selector reason=Killing -o jsonpath={.items[*].message}");
    assert!(told.contains("Stopping container proxy") && told.contains("Stopping container log"), "{told}");
    room.tick("30s");
    assert_eq!(room.field(&pod, ".status.phase"), "Succeeded");
    assert_eq!(state(1, "terminated.exitCode"), "137");
    assert_eq!(state(0, "terminated.exitCode"), "0");
    assert_eq!(room.field("job/work", ".status.succeeded"), "1");
    // The later sidecar is stopped first; the earlier one after it.
    assert!(state(0, "terminated.finishedAt") >= state(1, "terminated.finishedAt"));
}

#[test]
fn sidecars_of_a_deleted_pod_outlive_its_other_containers() {
    let room = Room::new();
    room.apply(
        "\
apiVersion: v1
kind: Pod
metadata: {name: both, finalizers: [example.com/kept]}
spec:
  terminationGracePeriodSeconds: 8
  initContainers:
  - {name: proxy, image: nginx, restartPolicy: Always}
  containers:
  - {name: main, image: 'busybox:1.36', command: [sleep, '1000']}
",
    );
    room.tick("15s");
    room.kubectl("delete pod both --wait=false");
    room.tick("4s");
    assert_ne!(room.field("pod/both", ".status.initContainerStatuses[0].state.running"), "");
    room.tick("20s");
    let ended =
        |list: &str| room.field("pod/both", &format!(".status.{list}[0].state.terminated.finishedAt"));
    assert!(ended("initContainerStatuses") >= ended("containerStatuses"));
    assert_ne!(ended("containerStatuses"), "");
}
