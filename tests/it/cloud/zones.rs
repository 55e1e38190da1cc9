//! Zones of a group: what has become uneven is evened out.

use super::World;
use kubetick::json;
use kubetick::machinery::Value;

/// How many instances of the group each zone has.
fn spread(world: &World) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for instance in world.group().items_at("Instances") {
        *counts.entry(instance.str_at("AvailabilityZone").to_string()).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

fn set(world: &World, operation: &str, more: Value) {
    let mut input = more;
    input.set("AutoScalingGroupName", world.group_name());
    world.call(&format!("autoscaling:{operation}"), input).unwrap();
}

/// Three zones with one each, two of which lose theirs to a zone that has two more then.
fn unbalanced(max: i64) -> World {
    let world = World::new();
    set(&world, "UpdateAutoScalingGroup", json!({"MinSize": 1, "DesiredCapacity": 5, "MaxSize": max.max(5)}));
    world.run(60);
    let first = spread(&world)[0].0.clone();
    for instance in world.group().items_at("Instances") {
        if instance.str_at("AvailabilityZone") != first {
            let input =
                json!({"InstanceId": (instance.at("InstanceId")), "ShouldDecrementDesiredCapacity": true});
            world.call("autoscaling:TerminateInstanceInAutoScalingGroup", input).unwrap();
        }
    }
    set(&world, "UpdateAutoScalingGroup", json!({"MaxSize": max}));
    world.run(200);
    assert_eq!(spread(&world), [(first, 2)]);
    world
}

fn causes(world: &World) -> Vec<String> {
    let answer = world.call("autoscaling:DescribeScalingActivities", Value::object()).unwrap();
    answer.items_at("Activities").iter().map(|a| a.str_at("Cause").to_string()).collect()
}

#[test]
fn an_uneven_group_launches_first_and_ends_what_is_too_much() {
    let world = unbalanced(2);
    world.run(410);
    assert_eq!(world.group().items_at("Instances").len(), 3, "beyond its largest size, by one");
    assert_eq!(world.group().int_at("DesiredCapacity"), Some(2));
    let told = &causes(&world)[0];
    assert!(told.contains(" had 2 0 0 instances respectively. An instance was launched to aid in balancing the group's zones."), "{told}");
    world.run(200);
    assert_eq!(spread(&world).iter().map(|(_, n)| *n).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(world.ready(), 2);
    let told = &causes(&world)[0];
    assert!(told.contains("instances were launched to balance instances in zones "), "{told}");
    assert!(told.contains("shrinking the capacity from 3 to 2."), "{told}");
    let count = causes(&world).len();
    world.run(1800);
    assert_eq!(causes(&world).len(), count, "it comes to rest");
}

#[test]
fn a_group_whose_rebalancing_is_suspended_stays_as_it_is() {
    let world = unbalanced(5);
    set(&world, "SuspendProcesses", json!({"ScalingProcesses": ["AZRebalance"]}));
    world.run(1800);
    assert_eq!(spread(&world).len(), 1);
    set(&world, "ResumeProcesses", json!({"ScalingProcesses": ["AZRebalance"]}));
    world.run(900);
    assert_eq!(spread(&world).len(), 2);
}

#[test]
fn a_difference_of_one_is_even() {
    let world = World::new();
    set(&world, "SetDesiredCapacity", json!({"DesiredCapacity": 4}));
    world.run(60);
    let before = world.group();
    world.run(1800);
    assert_eq!(world.group(), before);
}

#[test]
fn a_group_moves_to_the_zones_it_is_given() {
    let world = World::new();
    let template = json!({"LaunchTemplateName": "t", "LaunchTemplateData": {"ImageId": "ami-1", "InstanceType": "t3.micro"}});
    world.call("ec2:CreateLaunchTemplate", template).unwrap();
    let group = json!({
        "AutoScalingGroupName": "web", "MinSize": 2, "MaxSize": 2, "AvailabilityZones": ["ap-northeast-2a"],
        "LaunchTemplate": {"LaunchTemplateName": "t"},
    });
    world.call("autoscaling:CreateAutoScalingGroup", group).unwrap();
    world.run(30);
    let zones = json!({"AutoScalingGroupName": "web", "AvailabilityZones": ["ap-northeast-2b"]});
    world.call("autoscaling:UpdateAutoScalingGroup", zones).unwrap();
    world.run(1800);
    let answer = world
        .call("autoscaling:DescribeAutoScalingGroups", json!({"AutoScalingGroupNames": ["web"]}))
        .unwrap();
    let instances = answer.items_at("AutoScalingGroups")[0].items_at("Instances").to_vec();
    let zones: Vec<&str> = instances.iter().map(|i| i.str_at("AvailabilityZone")).collect();
    assert_eq!(zones, ["ap-northeast-2b", "ap-northeast-2b"]);
}
