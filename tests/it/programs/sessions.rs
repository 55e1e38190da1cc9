//! `kubectl run -it`, and processes that cannot be started.

use super::{Room, pod};

#[test]
fn a_session_ends_with_its_process_though_the_container_is_started_again() {
    let room = Room::new();
    let output = room.output(&[
        "kubectl",
        "run",
        "tmp",
        "-it",
        "--rm",
        "--image=busybox",
        "--",
        "sh",
        "-c",
        "echo hi; exit 3",
    ]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "hi\nSession ended, resume using 'kubectl attach tmp -c tmp -i -t' command when the pod is running\n\
         pod \"tmp\" deleted from default namespace\n"
    );
    assert!(output.status.success());
}

#[test]
fn a_command_that_is_not_there_is_no_process() {
    let room = Room::new();
    room.apply(&pod("wrong", "image: 'busybox:1.36', command: [nosuchcommand, now]"));
    room.tick("30s");
    let ended = |what: &str| {
        room.field("pod/wrong", &format!(".status.containerStatuses[0].lastState.terminated.{what}"))
    };
    assert_eq!(ended("reason"), "StartError");
    assert_eq!(ended("exitCode"), "128");
    assert_eq!(ended("startedAt"), "1970-01-01T00:00:00Z");
    let why = "exec: \"nosuchcommand\": executable file not found in $PATH: unknown";
    assert!(ended("message").ends_with(why), "{}", ended("message"));
    assert_eq!(
        room.kubectl("get pod wrong --no-headers").split_whitespace().nth(2),
        Some("CrashLoopBackOff")
    );
    let events = |reason: &str| {
        room.kubectl(&format!(
            "get events --field-selector reason={reason} -o jsonpath={{.items[*].message}}"
        ))
    };
    assert!(events("Failed").starts_with("Error: failed to create containerd task:"), "{}", events("Failed"));
    assert_eq!(events("Started"), "");
    assert_ne!(events("Created"), "");
    // A shell that does not know a command is a process that ends.
    room.apply(&pod("shell", "image: 'busybox:1.36', command: [sh, -c, nosuchcommand]"));
    room.tick("5s");
    assert_ne!(room.field("pod/shell", ".status.containerStatuses[0].lastState.terminated.exitCode"), "128");
}

#[test]
fn a_pod_that_runs_once_fails_when_its_command_is_not_there() {
    let room = Room::new();
    room.apply(
        &pod("wrong", "image: 'busybox:1.36', command: [nosuchcommand]")
            .replace("spec:", "spec:\n  restartPolicy: Never"),
    );
    room.tick("10s");
    assert_eq!(room.kubectl("get pod wrong --no-headers").split_whitespace().nth(2), Some("StartError"));
    assert_eq!(room.field("pod/wrong", ".status.phase"), "Failed");
}

#[test]
fn a_drain_that_runs_out_of_time_asks_as_often_as_it_can() {
    let room = Room::new();
    room.kubectl("create deployment web --image=nginx --replicas=3");
    room.kubectl("create pdb web --selector=app=web --min-available=3");
    room.tick("20s");
    let node = room.kubectl("get pod -l app=web -o jsonpath={.items[0].spec.nodeName}");
    let output = room.output(&["kubectl", "drain", &node, "--ignore-daemonsets", "--timeout=20s"]);
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // At 0, 5, 10 and 15 seconds, and once more when the time is up.
    assert_eq!(said.matches("evicting pod default/web").count(), 5, "{said}");
    assert_eq!(told.matches("will retry after 5s").count(), 4, "{told}");
    assert!(told.contains("global timeout reached: 20s"), "{told}");
}
