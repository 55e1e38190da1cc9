//! Nodes and what runs on them, on the whole control plane: a new cluster, the life of pods, lost and deleted nodes.

use kubetick::actors::node::{start_kubelet, stop_kubelet};
use kubetick::api::Server;
use kubetick::aws::provision;
use kubetick::catalog::bootstrap;
use kubetick::catalog::cluster_config::ClusterConfig;
use kubetick::json;
use kubetick::machinery::{Duration, KubeVersion, Object, Time, Value};
use kubetick::sim::Engine;
use kubetick::store::Store;

struct Cluster {
    _dir: tempfile::TempDir,
    api: Server,
}

impl Cluster {
    fn new() -> Cluster {
        Cluster::of(&ClusterConfig::default())
    }

    fn of(config: &ClusterConfig) -> Cluster {
        let dir = tempfile::tempdir().unwrap();
        let start = Time::parse("2026-06-03T00:00:00Z").unwrap();
        let store = Store::create(&dir.path().join("c.db"), bootstrap::meta(config, 1, start)).unwrap();
        let cluster = Cluster { _dir: dir, api: Server::new(store) };
        bootstrap::fill(&cluster.api, config);
        cluster.run_to(start - bootstrap::NODES_AGE);
        provision::join(&cluster.api, config);
        cluster.run_to(start);
        cluster
    }

    fn run_to(&self, at: Time) {
        Engine::new(&self.api).run_until(at);
    }

    fn run(&self, time: Duration) {
        self.run_to(self.api.now() + time);
    }

    fn pod(&self, name: &str) -> Object {
        self.api.find("pods", "default", name).unwrap()
    }

    fn create(&self, name: &str, spec: Value) {
        let mut pod = Object::new("v1", "Pod", "default", name);
        pod.set("spec", spec);
        let resource = self.api.resource("pods").unwrap();
        self.api.post(&resource, "default", pod.0, &Default::default()).unwrap();
    }

    fn messages(&self, about: &str, reason: &str) -> Vec<String> {
        let mut events = self.api.list("events", "");
        events.retain(|e| e.str_at("involvedObject/name") == about && e.str_at("reason") == reason);
        events.iter().map(|e| e.str_at("message").to_string()).collect()
    }
}

#[test]
fn every_version_comes_with_its_pods() {
    for minor in KubeVersion::OLDEST.minor..=KubeVersion::LATEST.minor {
        let version = format!("1.{minor}");
        let mut config = ClusterConfig::default();
        config.set_version(&version).unwrap();
        let cluster = Cluster::of(&config);
        let pods = cluster.api.list("pods", "kube-system");
        let running = pods.iter().filter(|p| p.condition_true("Ready")).count();
        assert_eq!((pods.len(), running), (8, 8), "{version}");
    }
}

fn seconds(n: i64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn a_new_cluster_is_settled() {
    let cluster = Cluster::new();
    let nodes = cluster.api.list("nodes", "");
    assert_eq!(nodes.len(), 3);
    for node in &nodes {
        assert!(node.condition_true("Ready") && node.items_at("spec/taints").is_empty(), "{}", node.name());
    }
    let pods = cluster.api.list("pods", "kube-system");
    assert_eq!(pods.len(), 8);
    assert!(pods.iter().all(|p| p.condition_true("Ready")));
    let zones: Vec<&str> = nodes.iter().filter_map(|n| n.label("topology.kubernetes.io/zone")).collect();
    assert_eq!(zones.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
}

#[test]
fn a_pod_runs_fails_its_probe_and_stops() {
    let cluster = Cluster::new();
    let script = "touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600";
    cluster.create(
        "live",
        json!({"containers": [{
            "name": "main", "image": "busybox:1.36", "command": ["sh", "-c", script],
            "livenessProbe": {"exec": {"command": ["cat", "/tmp/healthy"]}, "initialDelaySeconds": 5, "periodSeconds": 5},
        }]}),
    );
    cluster.run(seconds(10));
    let pod = cluster.pod("live");
    assert!(pod.condition_true("Ready"));
    assert!(pod.str_at("status/podIP").starts_with("192.168."));
    cluster.run(seconds(80));
    let pod = cluster.pod("live");
    assert_eq!(pod.items_at("status/containerStatuses")[0].int_at("restartCount"), Some(1));
    assert_eq!(
        cluster.messages("live", "Unhealthy"),
        ["Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory\n"]
    );
    cluster.api.delete("pods", "default", "live").unwrap();
    cluster.run(seconds(29));
    assert!(cluster.pod("live").is_deleting(), "a shell takes no notice of SIGTERM");
    cluster.run(seconds(4));
    assert!(cluster.api.find("pods", "default", "live").is_none());
}

#[test]
fn a_crashing_container_waits_longer_each_time() {
    let cluster = Cluster::new();
    cluster.create(
        "crash",
        json!({"containers": [{"name": "c", "image": "busybox:1.36", "command": ["sh", "-c", "echo on my way; exit 3"]}]}),
    );
    cluster.run(seconds(170));
    let pod = cluster.pod("crash");
    let status = &pod.items_at("status/containerStatuses")[0];
    assert_eq!(status.int_at("restartCount"), Some(5));
    assert_eq!(status.int_at("lastState/terminated/exitCode"), Some(3));
    let message = format!("back-off 2m40s restarting failed container=c pod=crash_default({})", pod.uid());
    assert_eq!(status.str_at("state/waiting/message"), message);
}

#[test]
fn a_lost_node_loses_its_pods() {
    let cluster = Cluster::new();
    let resource = cluster.api.resource("deployments.apps").unwrap();
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}],
                "tolerations": [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
                    "tolerationSeconds": 30}]}}},
    });
    cluster.api.post(&resource, "default", deployment, &Default::default()).unwrap();
    cluster.run(seconds(30));
    let pods = cluster.api.list("pods", "default");
    assert!(pods.len() == 3 && pods.iter().all(|p| p.condition_true("Ready")));
    let node = pods[0].str_at("spec/nodeName").to_string();
    stop_kubelet(&cluster.api, &node, false);
    cluster.run(seconds(40));
    assert!(cluster.api.find("nodes", "", &node).unwrap().condition_true("Ready"), "not yet");
    cluster.run(seconds(18));
    let lost = cluster.api.find("nodes", "", &node).unwrap();
    assert_eq!(lost.condition("Ready").unwrap().str_at("status"), "Unknown");
    let keys: Vec<&str> = lost.items_at("spec/taints").iter().map(|t| t.str_at("effect")).collect();
    assert_eq!(keys, ["NoSchedule", "NoExecute"]);
    assert_eq!(cluster.messages(pods[0].name(), "NodeNotReady"), ["Node is not ready"]);
    cluster.run(seconds(60));
    assert!(cluster.api.find("pods", "default", pods[0].name()).unwrap().is_deleting());
    let ready = cluster.api.list("pods", "default").iter().filter(|p| p.condition_true("Ready")).count();
    assert_eq!(ready, 3);
    start_kubelet(&cluster.api, &node);
    cluster.run(seconds(40));
    let back = cluster.api.find("nodes", "", &node).unwrap();
    assert!(back.condition_true("Ready") && back.items_at("spec/taints").is_empty());
    assert!(cluster.api.find("pods", "default", pods[0].name()).is_none());
}

#[test]
fn pods_of_a_deleted_node_are_collected() {
    let cluster = Cluster::new();
    cluster.create("stray", json!({"containers": [{"name": "c", "image": "nginx:1.27"}]}));
    cluster.run(seconds(20));
    let node = cluster.pod("stray").str_at("spec/nodeName").to_string();
    stop_kubelet(&cluster.api, &node, true);
    cluster.run(seconds(70));
    assert!(cluster.api.find("nodes", "", &node).is_none(), "the cloud controller removes what is gone");
    cluster.run(seconds(60));
    assert!(cluster.api.find("pods", "default", "stray").is_none());
}

#[test]
fn heartbeats_are_told_by_the_clock() {
    let cluster = Cluster::new();
    let before = cluster.api.store().meta().revision;
    cluster.run(Duration::from_hours(1));
    let nodes = cluster.api.resource("nodes").unwrap();
    let leases = cluster.api.resource("leases.coordination.k8s.io").unwrap();
    let name = cluster.api.list("nodes", "")[0].name().to_string();
    let node = cluster.api.read(&nodes, "", &name).unwrap();
    let beat = Time::parse(node.condition("Ready").unwrap().str_at("lastHeartbeatTime")).unwrap();
    assert!(cluster.api.now().since(beat) < Duration::from_mins(5));
    let lease = cluster.api.read(&leases, "kube-node-lease", &name).unwrap();
    let renewed = Time::parse(lease.str_at("spec/renewTime")).unwrap();
    assert!(cluster.api.now().since(renewed) < seconds(10));
    assert!(cluster.api.store().meta().revision - before < 50, "an idle cluster is idle");
}

#[test]
fn a_node_short_of_memory_ends_the_greediest_pod() {
    let cluster = Cluster::new();
    let node = cluster.api.list("nodes", "")[0].name().to_string();
    let pod = |name: &str, command: Value, requests: Value| {
        cluster.create(
            name,
            json!({
                "nodeName": (node.as_str()), "restartPolicy": "Always",
                "containers": [{
                    "name": "main", "image": "polinux/stress", "command": command, "resources": {"requests": requests},
                }],
            }),
        );
    };
    let hog = |bytes: &str| json!(["stress", "--vm", "1", "--vm-bytes", bytes, "--vm-hang", "1"]);
    pod("modest", hog("500M"), json!({"memory": "1Gi"}));
    pod("greedy", hog("1000M"), json!({"memory": "64Mi"}));
    cluster.run(seconds(60));
    assert!(cluster.pod("greedy").condition_true("Ready"), "there is room for both");
    pod("late", hog("2000M"), json!({"memory": "2Gi"}));
    cluster.run(seconds(60));
    let evicted = cluster.pod("greedy");
    assert_eq!((evicted.str_at("status/phase"), evicted.str_at("status/reason")), ("Failed", "Evicted"));
    let message = evicted.str_at("status/message");
    assert!(
        message.starts_with("The node was low on resource: memory. Threshold quantity: 100Mi, available: "),
        "{message}"
    );
    assert!(
        message.ends_with(
            "Container main was using 1008Mi, request is 64Mi, has larger consumption of memory. "
        ),
        "{message}"
    );
    assert_eq!(cluster.messages("greedy", "Evicted"), [message]);
    assert_eq!(evicted.condition("DisruptionTarget").unwrap().str_at("reason"), "TerminationByKubelet");
    let ended = &evicted.items_at("status/containerStatuses")[0];
    assert_eq!(ended.int_at("state/terminated/exitCode"), Some(137));
    for stays in ["modest", "late"] {
        assert!(cluster.pod(stays).condition_true("Ready"), "{stays}");
    }
    let of_node = |cluster: &Cluster| cluster.api.find("nodes", "", &node).unwrap();
    assert!(of_node(&cluster).condition_true("MemoryPressure"));
    assert_eq!(
        of_node(&cluster).items_at("spec/taints")[0].str_at("key"),
        "node.kubernetes.io/memory-pressure"
    );
    assert_eq!(cluster.messages(&node, "EvictionThresholdMet"), ["Attempting to reclaim memory"]);
    assert_eq!(cluster.messages(&node, "NodeHasInsufficientMemory").len(), 1);
    cluster.run(Duration::from_mins(5));
    assert!(!of_node(&cluster).condition_true("MemoryPressure"));
    assert!(of_node(&cluster).items_at("spec/taints").is_empty());
}

#[test]
fn a_leak_is_noticed_when_it_matters() {
    let cluster = Cluster::new();
    let mut pod = Object::new("v1", "Pod", "default", "leak");
    pod.set_annotation("kubetick.dev/program", "memory: 100Mi\nmemoryGrowthPerMinute: 600Mi\n");
    pod.set("spec", json!({"containers": [{"name": "main", "image": "acme/leak:1"}]}));
    let resource = cluster.api.resource("pods").unwrap();
    cluster.api.post(&resource, "default", pod.0, &Default::default()).unwrap();
    cluster.run(Duration::from_mins(4));
    assert!(cluster.pod("leak").condition_true("Ready"));
    cluster.run(Duration::from_mins(3));
    assert_eq!(cluster.pod("leak").str_at("status/reason"), "Evicted");
}
