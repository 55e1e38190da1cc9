//! The scheduler on the agenda.

use crate::lab::{Lab, add_node, pod};
use kubetick::actors::control_plane::scheduler::Scheduler;
use kubetick::api::Server;
use kubetick::json;
use kubetick::machinery::{Duration, KubeVersion, Object};
use kubetick::sim::Engine;

fn engine(server: &Server) -> Engine<'_> {
    Engine::with(server, vec![Box::new(Scheduler::default())])
}

fn run(server: &Server, seconds: i64) {
    engine(server).run_until(server.now() + Duration::from_secs(seconds));
}

fn node_of(server: &Server, pod: &str) -> String {
    server.get("pods", "default", pod).unwrap().str_at("spec/nodeName").to_string()
}

fn events(server: &Server, pod: &str) -> Vec<(String, String)> {
    let of_pod = |e: &Object| e.str_at("involvedObject/name") == pod;
    let mut events: Vec<Object> = server.list("events", "default").into_iter().filter(of_pod).collect();
    events.sort_by_key(Object::resource_version);
    events.iter().map(|e| (e.str_at("reason").to_string(), e.str_at("message").to_string())).collect()
}

#[test]
fn a_pod_waits_for_room_across_processes() {
    let (lab, server) = Lab::new(KubeVersion::LATEST);
    add_node(&server, "small", "1", "4Gi");
    server.create(pod("big", json!({"cpu": "3"}))).unwrap();
    run(&server, 1);
    let waiting = server.get("pods", "default", "big").unwrap();
    let condition = waiting.condition("PodScheduled").unwrap();
    assert_eq!(condition.str_at("reason"), "Unschedulable");
    let server = lab.reopen(server);
    add_node(&server, "large", "4", "4Gi");
    run(&server, 1);
    assert_eq!(node_of(&server, "big"), "large");
    let told = events(&server, "big");
    assert_eq!(told[0].0, "FailedScheduling");
    assert!(told[0].1.starts_with("0/1 nodes are available: 1 Insufficient cpu."), "{}", told[0].1);
    assert_eq!(told[1], ("Scheduled".into(), "Successfully assigned default/big to large".into()));
    assert!(server.get("pods", "default", "big").unwrap().condition_true("PodScheduled"));
}

#[test]
fn a_room_is_made_for_the_more_important() {
    let (_lab, server) = Lab::new(KubeVersion::LATEST);
    add_node(&server, "only", "1", "4Gi");
    server.create(pod("low", json!({"cpu": "800m"}))).unwrap();
    run(&server, 1);
    let mut class = Object::new("scheduling.k8s.io/v1", "PriorityClass", "", "important");
    class.set("value", 1000);
    server.create(class).unwrap();
    let mut important = pod("high", json!({"cpu": "800m"}));
    important.set("spec/priorityClassName", "important");
    let important = server.create(important).unwrap();
    run(&server, 1);
    let preempted = format!("Preempted by pod {} on node only", important.uid());
    assert_eq!(events(&server, "low")[1], ("Preempted".into(), preempted));
    if server.find("pods", "default", "low").is_some() {
        // No kubelet here to end it.
        let pods = server.resource("pods").unwrap();
        let at_once = kubetick::api::DeleteOptions { grace_period_seconds: Some(0), ..Default::default() };
        server.remove(&pods, "default", "low", &at_once).unwrap();
    }
    run(&server, 1);
    assert_eq!(node_of(&server, "high"), "only");
}

#[test]
fn many_pods_spread_over_many_nodes() {
    let (_lab, server) = Lab::new(KubeVersion::LATEST);
    for i in 0..20 {
        add_node(&server, &format!("n{i:03}"), "16", "64Gi");
    }
    for i in 0..400 {
        server.create(pod(&format!("p{i:04}"), json!({"cpu": "100m", "memory": "64Mi"}))).unwrap();
    }
    run(&server, 60);
    let mut fewest = usize::MAX;
    for i in 0..20 {
        fewest = fewest.min(server.pods_on_node(&format!("n{i:03}")).len());
    }
    assert!(fewest >= 15, "{fewest}");
}
