use super::{begin, deploy, field, in_order, pods};
use crate::shell::Shell;

const PROBES: &str = "        readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 5}
        livenessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 5}
";

fn web() -> (Shell, String) {
    let shell = begin();
    deploy(&shell, "web", 1, "100m", PROBES);
    shell.must("kubectl expose deployment web --port=80");
    shell.must("kubetick tick 1m -q");
    let pod = pods(&shell, "web").remove(0);
    (shell, pod)
}

fn restarts(shell: &Shell, pod: &str) -> i64 {
    field(shell, &format!("pod {pod}"), "{.status.containerStatuses[0].restartCount}").parse().unwrap()
}

#[test]
fn a_process_that_ends_is_started_again_in_place() {
    let (shell, pod) = web();
    let node = field(&shell, &format!("pod {pod}"), "{.spec.nodeName}");
    assert_eq!(shell.must(&format!("kubetick fault pod/{pod} oom")), format!("fault oom on pod/{pod} set\n"));
    shell.must("kubetick tick 20s -q");
    assert_eq!((restarts(&shell, &pod), pods(&shell, "web")), (1, vec![pod.clone()]));
    assert_eq!(field(&shell, &format!("pod {pod}"), "{.spec.nodeName}"), node);
    let last = "{.status.containerStatuses[0].lastState.terminated}";
    let last = field(&shell, &format!("pod {pod}"), last);
    assert!(last.contains("\"exitCode\":137") && last.contains("\"reason\":\"OOMKilled\""), "{last}");
    assert_eq!(shell.must("kubetick fault list"), "Nothing fails on purpose.\n", "it has happened");
}

#[test]
fn one_that_keeps_ending_waits_longer_each_time() {
    let (shell, pod) = web();
    shell.must(&format!("kubetick fault pod/{pod} crash-loop --for 4m"));
    let waiting = "{.status.containerStatuses[0].state.waiting.message}";
    let mut seen = Vec::new();
    for _ in 0..48 {
        shell.must("kubetick tick 5s -q");
        let message = field(&shell, &format!("pod {pod}"), waiting);
        let delay = message.split(' ').nth(1).unwrap_or_default().to_string();
        if message.starts_with("back-off ") && seen.last() != Some(&delay) {
            seen.push(delay);
        }
    }
    assert_eq!(seen, ["10s", "20s", "40s", "1m20s", "2m40s"]);
    assert!(shell.must("kubectl get pods").contains("CrashLoopBackOff"));
    in_order(
        &shell,
        &[["kubelet", "pod/web-", "BackOff: Back-off restarting failed container main in pod web-"]],
    );
    shell.must("kubetick tick 4m -q");
    assert_eq!(field(&shell, &format!("pod {pod}"), "{.status.containerStatuses[0].ready}"), "true");
}

#[test]
fn a_failing_liveness_probe_restarts_the_container() {
    let (shell, pod) = web();
    shell.must(&format!("kubetick fault pod/{pod} unhealthy --for 20s"));
    shell.must("kubetick tick 1m -q");
    assert_eq!(restarts(&shell, &pod), 1);
    in_order(
        &shell,
        &[
            [
                "kubelet",
                "pod/web-",
                "Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 500",
            ],
            ["kubelet", "pod/web-", "Killing: Container main failed liveness probe, will be restarted"],
        ],
    );
    assert_eq!(field(&shell, &format!("pod {pod}"), "{.status.containerStatuses[0].ready}"), "true");
}

#[test]
fn a_failing_readiness_probe_takes_the_pod_out_of_the_service() {
    let (shell, pod) = web();
    let ready = "{.subsets[*].addresses[*].targetRef.name}";
    assert_eq!(field(&shell, "endpoints web", ready), pod);
    shell.must(&format!("kubetick fault pod/{pod} unready"));
    shell.must("kubetick tick 20s -q");
    let shown = shell.must("kubectl get pods");
    assert!(shown.contains("0/1     Running"), "{shown}");
    assert_eq!((restarts(&shell, &pod), field(&shell, "endpoints web", ready)), (0, String::new()));
    in_order(
        &shell,
        &[[
            "kubelet",
            "pod/web-",
            "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503",
        ]],
    );
    assert_eq!(
        shell.must(&format!("kubetick fault clear pod/{pod}")),
        format!("fault unready on pod/{pod} cleared\n")
    );
    shell.must("kubetick tick 10s -q");
    assert_eq!(field(&shell, "endpoints web", ready), pod);
}
