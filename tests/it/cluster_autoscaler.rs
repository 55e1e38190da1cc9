//! Cluster Autoscaler as a process in a pod: what it needs, how it starts, how it ends.

use crate::vectors::ca::timelines::world::{PROGRAM, World};
use kubetick::json;
use kubetick::machinery::Value;

fn case(flags: &[&str]) -> Value {
    json!({
        "scenario": {
            "nodeGroups": [{"name": "ng", "type": "m5.large", "min": 1, "max": 5, "desired": 1}],
            "initialWorkloads": [{"name": "web", "replicas": 1, "cpu": "500m", "memory": "512Mi"}],
            "instanceBootSeconds": 20,
        },
        "nodeShapes": {"m5.large": {
            "allocatable": {"cpu": "1930m", "memory": "7220184Ki", "pods": 29},
            "capacity": {"cpu": "2", "memory": "7910360Ki"},
        }},
        "flags": (flags.to_vec()),
    })
}

const FLAGS: [&str; 3] = [
    "--v=4",
    "--cloud-provider=aws",
    "--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled",
];

fn scale(world: &World, replicas: i64) {
    world.act(&json!({"do": "scale", "name": "web", "replicas": replicas}));
}

fn terminated(world: &World) -> Option<i64> {
    let pod = world.api.get("pods", "kube-system", PROGRAM).unwrap();
    let status = &pod.items_at("status/containerStatuses")[0];
    ["state", "lastState"].iter().find_map(|s| status.at(s).int_at("terminated/exitCode"))
}

#[test]
fn an_unknown_flag_ends_it() {
    let case = case(&[]);
    let world = World::prepared(&case, true);
    world.add_program(PROGRAM, &[Value::from("--scale-down-utilisation=0.5")]);
    world.pass(20.0);
    let log = world.log(PROGRAM);
    assert_eq!(log[0], "unknown flag: --scale-down-utilisation");
    assert_eq!(log[1], "Usage of ./cluster-autoscaler:");
    assert_eq!(terminated(&world), Some(2));
}

#[test]
fn without_rights_it_sees_nothing() {
    let case = case(&FLAGS);
    let world = World::prepared(&case, false);
    world.add_program(PROGRAM, case.items_at("flags"));
    scale(&world, 9);
    world.pass(60.0);
    let log = world.log(PROGRAM);
    let refusal = "error retrieving resource lock kube-system/cluster-autoscaler: leases.coordination.k8s.io \"cluster-autoscaler\" is forbidden: User \"system:serviceaccount:kube-system:default\" cannot get resource \"leases\" in API group \"coordination.k8s.io\" in the namespace \"kube-system\"";
    assert!(log.iter().any(|l| l.ends_with(refusal)), "{log:#?}");
    assert!(world.cloud.borrow().changes.is_empty());
}

#[test]
fn without_a_role_it_ends() {
    let case = case(&FLAGS);
    let world = World::prepared(&case, true);
    world.cloud.borrow_mut().refused = "DescribeAutoScalingGroups";
    world.add_program(PROGRAM, case.items_at("flags"));
    world.pass(20.0);
    let log = world.log(PROGRAM);
    assert!(log.iter().any(|l| l.contains("Failed to create AWS Manager: AccessDenied: User: ")), "{log:#?}");
    assert_eq!(terminated(&world), Some(255));
}

#[test]
fn a_refused_scale_up_backs_off() {
    let case = case(&FLAGS);
    let world = World::new(&case);
    world.cloud.borrow_mut().refused = "SetDesiredCapacity";
    scale(&world, 9);
    world.run_to(40.0);
    let log = world.log(PROGRAM);
    let has = |text: &str| log.iter().any(|l| l.contains(text));
    assert!(has("Failed to scale up: failed to increase node group size: AccessDenied: "), "{log:#?}");
    assert!(has(
        "Node group ng is not ready for scaleup - backoff with status: {true {Other cloudProviderError"
    ));
    assert!(world.cloud.borrow().changes.is_empty());
    let events = world.api.list("events", "kube-system");
    assert!(events.iter().any(|e| e.str_at("reason") == "FailedToScaleUpGroup"));
}

#[test]
fn one_of_two_works_and_the_other_takes_over() {
    let case = case(&FLAGS);
    let world = World::new(&case);
    world.add_program("cluster-autoscaler-1", case.items_at("flags"));
    world.run_to(60.0);
    let follower = world.log("cluster-autoscaler-1");
    assert!(!follower.iter().any(|l| l.contains("successfully acquired lease")), "{follower:#?}");
    world.api.delete("pods", "kube-system", PROGRAM).unwrap();
    world.run_to(90.0);
    let follower = world.log("cluster-autoscaler-1");
    assert!(follower.iter().any(|l| l.contains("successfully acquired lease")), "{follower:#?}");
    scale(&world, 9);
    world.run_to(130.0);
    assert_eq!(world.cloud.borrow().changes.len(), 1);
}

#[test]
fn commands_in_between_change_nothing() {
    let flags =
        [&FLAGS[..], &["--scale-down-delay-after-add=30s", "--scale-down-unneeded-time=40s"]].concat();
    let case = case(&flags);
    let run = |step: f64| {
        let world = World::new(&case);
        world.run_to(12.0);
        scale(&world, 9);
        let mut t = 12.0;
        while t < 240.0 {
            t += step;
            world.run_to(t.min(240.0));
            if (100.0..100.0 + step).contains(&t) {
                scale(&world, 1);
            }
        }
        world.log(PROGRAM)
    };
    // Every step is a new engine, with actors that know nothing.
    let (fine, coarse) = (run(4.0), run(44.0));
    assert!(fine.len() > 100);
    assert_eq!(fine, coarse);
}
