//! Warm pools: instances that wait beside their group.

use super::World;
use kubetick::json;
use kubetick::machinery::Value;

fn put(world: &World, more: Value) {
    let mut input = more;
    input.set("AutoScalingGroupName", world.group_name());
    world.call("autoscaling:PutWarmPool", input).unwrap();
}

fn pool(world: &World) -> Value {
    world.call("autoscaling:DescribeWarmPool", json!({"AutoScalingGroupName": (world.group_name())})).unwrap()
}

/// The states of the instances in the pool, and their ids.
fn states(world: &World) -> Vec<(String, String)> {
    let told = |i: &Value| (i.str_at("LifecycleState").to_string(), i.str_at("InstanceId").to_string());
    pool(world).items_at("Instances").iter().map(told).collect()
}

fn all_are(world: &World, state: &str) -> bool {
    states(world).iter().all(|(told, _)| told == state)
}

fn resize(world: &World, desired: i64) {
    let input =
        json!({"AutoScalingGroupName": (world.group_name()), "MinSize": 1, "DesiredCapacity": desired});
    world.call("autoscaling:UpdateAutoScalingGroup", input).unwrap();
}

fn told(world: &World) -> Vec<String> {
    let answer = world.call("autoscaling:DescribeScalingActivities", Value::object()).unwrap();
    answer.items_at("Activities").iter().map(|a| a.str_at("Description").to_string()).collect()
}

#[test]
fn a_pool_holds_what_the_group_may_still_grow_by() {
    let world = World::new();
    assert!(pool(&world).get("WarmPoolConfiguration").is_none());
    put(&world, Value::object());
    world.run(30);
    assert_eq!(states(&world).len(), 3, "five may be, two are");
    world.run(60);
    assert!(all_are(&world, "Warmed:Stopped"), "{:?}", states(&world));
    assert_eq!(world.nodes().len(), 2, "none of them is a node");
    assert!(told(&world)[0].starts_with("Launching a new EC2 instance into warm pool: i-"));
    let group = world.group();
    assert_eq!((group.items_at("Instances").len(), group.int_at("WarmPoolSize")), (2, Some(3)));
    assert_eq!(*group.at("WarmPoolConfiguration"), json!({"MinSize": 0, "PoolState": "Stopped"}));
    put(&world, json!({"MaxGroupPreparedCapacity": 3, "PoolState": "Running"}));
    world.run(120);
    assert_eq!(states(&world).len(), 1, "prepared are no more than three in all");
    put(&world, json!({"MinSize": 2}));
    world.run(60);
    let running = states(&world).iter().filter(|(state, _)| state == "Warmed:Running").count();
    assert_eq!((states(&world).len(), running), (2, 1));
    assert_eq!(world.nodes().len(), 2);
}

#[test]
fn a_group_grows_from_its_pool_and_faster() {
    let world = World::new();
    put(&world, json!({"MaxGroupPreparedCapacity": 3}));
    world.run(90);
    let (_, id) = states(&world).remove(0);
    resize(&world, 4);
    world.run(6);
    assert!(
        told(&world).contains(&format!("Launching a new EC2 instance from warm pool: {id}")),
        "{:?}",
        told(&world)
    );
    world.run(18);
    assert_eq!(world.nodes().len(), 3, "it is a node while the other one starts");
    world.run(40);
    assert_eq!((world.ready(), world.group().items_at("Instances").len()), (4, 4));
    assert_eq!(states(&world).len(), 0);
}

#[test]
fn a_launch_into_the_pool_meets_the_hooks_as_one_out_of_it_does() {
    let world = World::new();
    let hook = json!({
        "AutoScalingGroupName": (world.group_name()), "LifecycleHookName": "init", "DefaultResult": "CONTINUE",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 30,
    });
    world.call("autoscaling:PutLifecycleHook", hook).unwrap();
    put(&world, json!({"MaxGroupPreparedCapacity": 3}));
    world.run(20);
    assert!(all_are(&world, "Warmed:Pending:Wait"), "{:?}", states(&world));
    world.run(32);
    assert!(all_are(&world, "Warmed:Pending:Proceed"), "{:?}", states(&world));
    world.run(60);
    assert!(all_are(&world, "Warmed:Stopped"));
    resize(&world, 3);
    world.run(20);
    let waiting = world
        .group()
        .items_at("Instances")
        .iter()
        .filter(|i| i.str_at("LifecycleState") == "Pending:Wait")
        .count();
    assert_eq!(waiting, 1);
}

#[test]
fn instances_go_back_to_the_pool_where_they_are_reused() {
    let world = World::new();
    put(&world, json!({"MaxGroupPreparedCapacity": 2, "InstanceReusePolicy": {"ReuseOnScaleIn": true}}));
    world.run(30);
    assert_eq!(states(&world).len(), 0, "two are in service");
    let before: Vec<String> =
        world.group().items_at("Instances").iter().map(|i| i.str_at("InstanceId").to_string()).collect();
    resize(&world, 1);
    world.run(180);
    let resting = states(&world);
    assert_eq!(resting.len(), 1);
    assert!(all_are(&world, "Warmed:Stopped") && before.contains(&resting[0].1), "{resting:?}");
    assert_eq!(world.nodes().len(), 1, "it left the cluster");
    resize(&world, 2);
    world.run(60);
    assert_eq!((world.ready(), states(&world).len()), (2, 0), "and came back");
}

#[test]
fn a_pool_goes_with_its_instances() {
    let world = World::new();
    let named = json!({"AutoScalingGroupName": (world.group_name())});
    assert_eq!(world.refused("autoscaling:DeleteWarmPool", named.clone()).0, "ValidationError");
    put(&world, json!({"MaxGroupPreparedCapacity": 3}));
    world.run(90);
    assert_eq!(world.refused("autoscaling:DeleteWarmPool", named.clone()).0, "ResourceInUse");
    let mut forced = named;
    forced.set("ForceDelete", true);
    world.call("autoscaling:DeleteWarmPool", forced).unwrap();
    assert_eq!(pool(&world).str_at("WarmPoolConfiguration/Status"), "PendingDelete");
    world.run(10);
    assert!(all_are(&world, "Warmed:Terminating"), "{:?}", states(&world));
    world.run(120);
    assert!(pool(&world).get("WarmPoolConfiguration").is_none());
    assert_eq!((world.nodes().len(), world.group().items_at("Instances").len()), (2, 2));
}

#[test]
fn a_node_group_that_is_deleted_takes_its_pool_along() {
    let world = World::new();
    put(&world, json!({"MinSize": 1}));
    world.run(90);
    world.call("eks:DeleteNodegroup", json!({"clusterName": "lab", "nodegroupName": "ng1"})).unwrap();
    world.run(1200);
    let answer = world.call("autoscaling:DescribeAutoScalingGroups", Value::object()).unwrap();
    assert!(answer.items_at("AutoScalingGroups").is_empty());
    let filter =
        json!({"Filters": [{"Name": "instance-state-name", "Values": ["running", "stopped", "pending"]}]});
    assert!(world.call("ec2:DescribeInstances", filter).unwrap().items_at("Reservations").is_empty());
}
