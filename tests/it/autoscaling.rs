//! An autoscaler, its workload, the load and the metrics, over time.

use crate::lab::{FakeKubelet, Lab, add_node};
use kubetick::actors::control_plane::api_availability::AvailabilityController;
use kubetick::actors::control_plane::endpoints::EndpointsController;
use kubetick::actors::control_plane::hpa::{HpaController, decisions};
use kubetick::actors::control_plane::scheduler::Scheduler;
use kubetick::actors::control_plane::statefulset::StatefulSetController;
use kubetick::actors::load::LoadController;
use kubetick::actors::load::curve::Curve;
use kubetick::actors::load::samples::MetricsApi;
use kubetick::actors::load::source::{self, Source};
use kubetick::api::Server;
use kubetick::json;
use kubetick::machinery::{Duration, KubeVersion, Object, Value};
use kubetick::sim::Engine;
use std::collections::BTreeMap;

fn engine(server: &Server) -> Engine<'_> {
    Engine::with(
        server,
        vec![
            Box::new(AvailabilityController),
            Box::new(EndpointsController),
            Box::new(FakeKubelet),
            Box::new(HpaController::default()),
            Box::new(LoadController),
            Box::new(Scheduler::default()),
            Box::new(StatefulSetController),
        ],
    )
}

fn run(server: &Server, seconds: i64) {
    engine(server).run_until(server.now() + Duration::from_secs(seconds));
}

fn metrics_server(server: &Server) {
    server.create(Object::new("v1", "Namespace", "", "kube-system")).unwrap();
    let mut pod = Object::new("v1", "Pod", "kube-system", "metrics-server-0");
    pod.set("metadata/labels", json!({"k8s-app": "metrics-server"}));
    pod.set(
        "spec/containers",
        json!([{
            "name": "metrics-server", "image": "registry.k8s.io/metrics-server/metrics-server:v0.7.2",
            "args": ["--secure-port=10250", "--metric-resolution=15s"], "ports": [{"name": "https", "containerPort": 10250}],
        }]),
    );
    server.create(pod).unwrap();
    let mut service = Object::new("v1", "Service", "kube-system", "metrics-server");
    service.set(
        "spec",
        json!({
            "selector": {"k8s-app": "metrics-server"},
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": "https"}],
        }),
    );
    server.create(service).unwrap();
    let mut api = Object::new("apiregistration.k8s.io/v1", "APIService", "", "v1beta1.metrics.k8s.io");
    api.set(
        "spec",
        json!({
            "group": "metrics.k8s.io", "version": "v1beta1",
            "service": {"name": "metrics-server", "namespace": "kube-system", "port": 443},
        }),
    );
    server.create(api).unwrap();
}

fn php_apache(server: &Server) {
    let mut set = Object::new("apps/v1", "StatefulSet", "default", "php-apache");
    set.set(
        "spec",
        json!({
            "replicas": 1, "podManagementPolicy": "Parallel", "serviceName": "php-apache",
            "selector": {"matchLabels": {"run": "php-apache"}},
            "template": {
                "metadata": {"labels": {"run": "php-apache"}},
                "spec": {"containers": [{
                    "name": "php-apache", "image": "registry.k8s.io/hpa-example",
                    "resources": {"requests": {"cpu": "200m"}},
                }]},
            },
        }),
    );
    server.create(set).unwrap();
    let mut service = Object::new("v1", "Service", "default", "php-apache");
    service.set("spec", json!({"selector": {"run": "php-apache"}, "ports": [{"port": 80}]}));
    server.create(service).unwrap();
    let mut hpa = Object::new("autoscaling/v2", "HorizontalPodAutoscaler", "default", "php-apache");
    hpa.set(
        "spec",
        json!({
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "php-apache"},
            "minReplicas": 1, "maxReplicas": 10,
            "metrics": [{"type": "Resource", "resource": {
                "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50},
            }}],
        }),
    );
    server.create(hpa).unwrap();
}

fn cluster() -> (Lab, Server) {
    let (lab, server) = Lab::new(KubeVersion::LATEST);
    server.aggregate(Box::new(MetricsApi));
    for name in ["a", "b"] {
        add_node(&server, name, "8", "16Gi");
    }
    (lab, server)
}

fn hpa(server: &Server) -> Object {
    server.get("horizontalpodautoscalers.autoscaling", "default", "php-apache").unwrap()
}

fn utilization(server: &Server) -> Option<i64> {
    hpa(server).items_at("status/currentMetrics").first()?.int_at("resource/current/averageUtilization")
}

fn replicas(server: &Server) -> i64 {
    server.get("statefulsets.apps", "default", "php-apache").unwrap().int_at("spec/replicas").unwrap()
}

fn loader() -> Object {
    let mut pod = Object::new("v1", "Pod", "default", "load-generator");
    pod.set(
        "spec/containers",
        json!([{
            "name": "load-generator", "image": "busybox:1.28",
            "command": ["/bin/sh", "-c", "while sleep 0.01; do wget -q -O- http://php-apache; done"],
        }]),
    );
    pod
}

/// What `kubectl get hpa -w` would print: utilization and replicas whenever they change.
fn watch(server: &Server, seconds: i64) -> Vec<(i64, i64)> {
    let mut rows = Vec::new();
    for _ in 0..seconds {
        run(server, 1);
        let hpa = hpa(server);
        let row = (utilization(server).unwrap_or(-1), hpa.int_at("status/currentReplicas").unwrap_or(0));
        if rows.last() != Some(&row) {
            rows.push(row);
        }
    }
    rows
}

#[test]
fn without_metrics_the_autoscaler_complains() {
    let (_lab, server) = cluster();
    php_apache(&server);
    run(&server, 20);
    let stuck = hpa(&server);
    let condition = stuck.condition("ScalingActive").unwrap();
    assert_eq!(condition.str_at("reason"), "FailedGetResourceMetric");
    assert_eq!(
        condition.str_at("message"),
        "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for \
         resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested \
         resource (get pods.metrics.k8s.io)"
    );
}

#[test]
fn a_loop_of_requests_scales_up_to_ten_and_its_end_back_to_one() {
    let (lab, server) = cluster();
    metrics_server(&server);
    php_apache(&server);
    run(&server, 90);
    assert_eq!(utilization(&server), Some(0));
    server.create(loader()).unwrap();
    assert_eq!(watch(&server, 120), [(0, 1), (483, 1), (483, 4), (73, 8), (52, 10), (46, 10)]);
    let server = lab.reopen(server);
    server.aggregate(Box::new(MetricsApi));
    run(&server, 120);
    assert_eq!((utilization(&server), replicas(&server)), (Some(46), 10));
    server.delete("pods", "default", "load-generator").unwrap();
    run(&server, 300);
    assert_eq!((utilization(&server), replicas(&server)), (Some(0), 10));
    run(&server, 60);
    assert_eq!(replicas(&server), 1);
    let last = decisions(&server, "default", "php-apache");
    assert_eq!(last.iter().filter(|d| d.rescaled).count(), 4);
}

#[test]
fn a_curve_loads_what_is_ready_and_custom_metrics_follow_curves() {
    let (_lab, server) = cluster();
    metrics_server(&server);
    php_apache(&server);
    run(&server, 60);
    let points = vec![(Duration::ZERO, 150.0), (Duration::from_secs(60), 20.0)];
    let curves = BTreeMap::from([
        ("cpu".to_string(), Curve { ramp: false, points }),
        ("metric/rps".to_string(), Curve::constant(5_000.0)),
    ]);
    let source = Source {
        namespace: "default".into(),
        kind: "statefulset".into(),
        name: "php-apache".into(),
        start: server.now(),
        curves,
        ..Source::default()
    };
    source::set(&server, source);
    assert_eq!(watch(&server, 60), [(0, 1), (75, 1), (75, 2), (38, 2)]);
    let rps: Value = json!({"type": "Pods", "pods": {
        "metric": {"name": "rps"}, "target": {"type": "AverageValue", "averageValue": "1"},
    }});
    let changed = server.modify("horizontalpodautoscalers.autoscaling", "default", "php-apache", |h| {
        h.set("spec/metrics", vec![rps]);
    });
    changed.unwrap();
    run(&server, 60);
    assert_eq!(replicas(&server), 5);
}

#[test]
fn commands_of_ours_speak_of_the_namespace_of_the_context() {
    let shell = crate::shell::Shell::new();
    shell.must("kubectl create namespace shop");
    shell.must("kubectl create deployment web --image=nginx -n shop");
    shell.must("kubectl config set-context --current --namespace=shop");
    assert_eq!(shell.must("kubetick load set deployment/web --cpu 100m"), "load on deployment/web set\n");
    assert!(shell.must("kubetick load show").contains("shop"));
    shell.must("kubectl autoscale deployment web --max=3 --cpu=50%");
    shell.must("kubetick tick 30s -q");
    assert!(shell.must("kubetick explain hpa/web").contains("shop/web"));
    let elsewhere = shell.run("kubetick load clear deployment/web -n default");
    assert_eq!((elsewhere.rc, elsewhere.stderr.contains("in namespace default")), (1, true));
    shell.must("kubetick load clear deployment/web");
}

#[test]
fn load_generators_drive_the_autoscaler_and_end_when_they_say() {
    let shell = crate::shell::Shell::new();
    for manifest in [
        "https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml",
        "https://k8s.io/examples/application/php-apache.yaml",
        "https://k8s.io/examples/application/hpa/php-apache.yaml",
    ] {
        shell.must(&format!("kubectl apply -f {manifest}"));
    }
    shell.must("kubetick tick 2m -q");
    let replicas = || {
        let text = shell.must("kubectl get deployment php-apache -o jsonpath={.spec.replicas}");
        text.parse::<i32>().unwrap()
    };
    let phase = |pod: &str| shell.must(&format!("kubectl get pod {pod} -o jsonpath={{.status.phase}}"));
    shell.must("kubectl run hey --image=williamyeh/hey --restart=Never -- -z 5m -c 10 http://php-apache");
    shell.must("kubetick tick 4m -q");
    assert_eq!((phase("hey"), replicas()), ("Running".to_string(), 10));
    shell.must("kubetick tick 10m -q");
    assert_eq!((phase("hey"), replicas()), ("Succeeded".to_string(), 1));
    // 600 requests of a third of a CPU second each, of ten pods with half a core each in the end.
    shell.must("kubectl run ab --image=jordi/ab --restart=Never -- -n 600 -c 10 http://php-apache/");
    shell.must("kubetick tick 1m -q");
    assert_eq!(phase("ab"), "Running");
    shell.must("kubetick tick 5m -q");
    assert_eq!(phase("ab"), "Succeeded");
    shell.must("kubetick tick 10m -q");
    shell.must("kubectl run curl --image=curlimages/curl --restart=Never -- sh -c 'while true; do curl -s http://php-apache; done'");
    shell.must("kubectl run lost --image=fortio/fortio --restart=Never -- load http://nobody/");
    shell.must("kubetick tick 4m -q");
    assert_eq!((phase("curl").as_str(), phase("lost").as_str()), ("Running", "Failed"));
    assert!(replicas() > 1);
}
