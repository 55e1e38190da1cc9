//! metrics-server acts while its pod does.

use super::Room;

const POD: &str = "pods -n kube-system -l k8s-app=metrics-server";

fn ready(room: &Room) -> String {
    room.field(POD, ".items[*].status.containerStatuses[0].ready")
}

fn condition(room: &Room, field: &str) -> String {
    room.field("apiservice/v1beta1.metrics.k8s.io", &format!(".status.conditions[0].{field}"))
}

fn set_args(room: &Room, args: &str) {
    let patch = format!(
        "[{{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/0/args\",\"value\":{args}}}]"
    );
    room.kubectl("scale deploy metrics-server -n kube-system --replicas=0");
    room.tick("3s");
    room.run(&[
        "kubectl",
        "patch",
        "deploy",
        "metrics-server",
        "-n",
        "kube-system",
        "--type=json",
        "-p",
        &patch,
    ]);
    room.kubectl("scale deploy metrics-server -n kube-system --replicas=1");
}

#[test]
fn it_is_ready_when_it_has_scraped_twice() {
    let room = Room::with_metrics();
    room.tick("18s");
    assert_eq!(ready(&room), "false", "the probe waits 20 s");
    assert_eq!(room.fails("top node"), "error: Metrics API not available\n");
    assert_eq!(condition(&room, "reason"), "MissingEndpoints");
    assert_eq!(
        condition(&room, "message"),
        "endpoints for service/metrics-server in \"kube-system\" have no addresses with port name \"https\""
    );
    room.tick("12s");
    assert_eq!(ready(&room), "true");
    assert_eq!(condition(&room, "message"), "all checks passed");
    assert_eq!(room.kubectl("top node --no-headers").lines().count(), 3);
    let log = room.kubectl("logs -n kube-system deploy/metrics-server");
    assert!(
        log.lines().next().is_some_and(
            |l| l.ends_with("Generated self-signed cert (/tmp/apiserver.crt, /tmp/apiserver.key)")
        )
    );
    assert!(log.contains("       1 secure_serving.go:211] Serving securely on [::]:10250\n"), "{log}");
}

#[test]
fn its_flags_count() {
    let room = Room::with_metrics();
    set_args(&room, "[\"--secure-port=10250\",\"--metric-resolution=60s\"]");
    room.tick("60s");
    assert_eq!(ready(&room), "false", "two scrapes take a minute");
    let log = room.kubectl("logs -n kube-system deploy/metrics-server");
    assert!(
        log.contains("\"Failed probe\" probe=\"metric-storage-ready\" err=\"no metrics to serve\""),
        "{log}"
    );
    room.tick("20s");
    assert_eq!(ready(&room), "true");

    set_args(&room, "[\"--secure-port=10250\",\"--metric-resolution=5s\"]");
    room.tick("10s");
    let reason = room.field(POD, ".items[0].status.containerStatuses[0].state.waiting.reason");
    assert_eq!(reason, "CrashLoopBackOff");
    assert_eq!(
        room.kubectl("logs -n kube-system deploy/metrics-server"),
        "Error: metric-resolution should be a time duration at least 10s, but value 5s provided\n"
    );
    set_args(&room, "[\"--secure-port=4443\"]");
    room.tick("40s");
    let events = room.kubectl(
        "get events -n kube-system --field-selector reason=Unhealthy -o jsonpath={.items[*].message}",
    );
    assert!(
        events.contains(":10250/readyz\": dial tcp ") && events.contains("connect: connection refused"),
        "{events}"
    );
}

#[test]
fn without_it_autoscalers_see_nothing() {
    let room = Room::with_metrics();
    room.kubectl("apply -f https://k8s.io/examples/application/php-apache.yaml");
    room.kubectl("autoscale deployment php-apache --cpu=50% --min=1 --max=10");
    room.tick("90s");
    assert!(room.kubectl("get hpa").contains("cpu: 0%/50%"));
    room.kubectl("scale deployment metrics-server -n kube-system --replicas=0");
    room.tick("20s");
    assert!(room.kubectl("get hpa").contains("cpu: <unknown>/50%"));
    assert_eq!(condition(&room, "reason"), "MissingEndpoints");
    assert_eq!(
        room.field("hpa/php-apache", ".status.conditions[?(@.type==\"ScalingActive\")].message"),
        "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource \
         cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get \
         pods.metrics.k8s.io)"
    );
    let events = room.kubectl(
        "get events --field-selector reason=FailedGetResourceMetric -o jsonpath={.items[*].message}",
    );
    assert!(
        events.contains("the server is currently unable to handle the request (get pods.metrics.k8s.io)"),
        "{events}"
    );
}

#[test]
fn an_api_nobody_serves_fails_discovery() {
    let room = Room::new();
    room.kubectl("apply -f https://k8s.io/examples/application/php-apache.yaml");
    let api = |group: &str, service: &str| {
        format!(
            "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {{name: v1.{group}}}\nspec: {{group: {group}, version: v1, \
         groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true, service: {{name: {service}, namespace: default, port: 80}}}}\n---\n"
        )
    };
    let wrong = "apiVersion: v1\nkind: Service\nmetadata: {name: wrong}\nspec: {selector: {run: php-apache}, ports: [{port: 80, targetPort: 81}]}\n";
    room.apply(&(api("a.io", "php-apache") + &api("b.io", "wrong") + wrong));
    room.tick("30s");
    let address = room.field("pods", ".items[0].status.podIP");
    assert_eq!(room.field("apiservice/v1.a.io", ".status.conditions[0].reason"), "Passed");
    assert_eq!(room.field("apiservice/v1.b.io", ".status.conditions[0].reason"), "FailedDiscoveryCheck");
    let url = format!("https://{address}:81/apis/b.io/v1");
    assert_eq!(
        room.field("apiservice/v1.b.io", ".status.conditions[0].message"),
        format!(
            "failing or missing response from {url}: Get \"{url}\": dial tcp {address}:81: connect: connection refused"
        )
    );
}
