//! How long a virtual hour takes in a large cluster. Run it by hand, optimized:
//! `cargo test --release --test it -- --ignored --nocapture an_hour`.

// What is measured is real time.
#![allow(clippy::disallowed_methods)]

use super::world::World;
use kubetick::json;
use std::time::SystemTime;

#[test]
#[ignore = "measures time"]
fn an_hour_with_a_hundred_nodes() {
    let flags = [
        "--v=4",
        "--cloud-provider=aws",
        "--skip-nodes-with-local-storage=false",
        "--expander=least-waste",
        "--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled",
    ];
    let case = json!({
        "scenario": {
            "nodeGroups": [{"name": "big", "type": "m5.xlarge", "min": 3, "max": 200, "desired": 100}],
            "initialWorkloads": [
                {"name": "kube-proxy", "ns": "kube-system", "daemonset": true, "cpu": "100m", "tolerations": [{"operator": "Exists"}]},
                {"name": "base", "replicas": 2900, "cpu": "110m", "memory": "200Mi"},
            ],
            "instanceBootSeconds": 40,
        },
        "nodeShapes": {"m5.xlarge": {
            "allocatable": {"cpu": "3920m", "memory": "15147868Ki", "pods": 58},
            "capacity": {"cpu": "4", "memory": "16164700Ki"},
        }},
        "flags": (flags.to_vec()),
    });
    let begun = SystemTime::now();
    let lap = |what: &str| println!("{:6.1} s {what}", begun.elapsed().unwrap().as_secs_f64());
    let world = World::new(&case);
    lap("started");
    world.run_to(120.0);
    lap("quiet for 2 minutes");
    world.run_to(720.0);
    lap("quiet for 10 minutes more");
    world.act(
        &json!({"do": "deploy", "spec": {"name": "more", "replicas": 300, "cpu": "500m", "memory": "512Mi"}}),
    );
    world.run_to(1200.0);
    lap("300 pods more");
    world.act(&json!({"do": "delete", "name": "more"}));
    world.run_to(3600.0);
    lap("and gone, an hour in all");
    println!(
        "{:?} nodes, {:?} left",
        world.api.list("nodes", "").len() - 1,
        world.cloud.borrow().removed.len()
    );
}
