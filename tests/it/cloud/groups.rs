use super::World;
use kubetick::json;
use kubetick::machinery::{Object, Value};

fn states(world: &World) -> Vec<String> {
    let instances = world.group().items_at("Instances").to_vec();
    instances.iter().map(|i| i.str_at("LifecycleState").to_string()).collect()
}

#[test]
fn a_managed_group_is_what_eks_makes() {
    let world = World::new();
    let group = world.group();
    assert!(group.str_at("AutoScalingGroupName").starts_with("eks-ng1-"));
    let sizes = ["MinSize", "DesiredCapacity", "MaxSize"].map(|m| group.int_at(m).unwrap());
    assert_eq!(sizes, [2, 2, 5]);
    assert_eq!(states(&world), ["InService", "InService"]);
    let keys: Vec<&str> = group.items_at("Tags").iter().map(|t| t.str_at("Key")).collect();
    assert_eq!(
        keys,
        [
            "eks:cluster-name",
            "eks:nodegroup-name",
            "k8s.io/cluster-autoscaler/enabled",
            "k8s.io/cluster-autoscaler/lab",
            "kubernetes.io/cluster/lab"
        ]
    );
    let filter = json!({"Filters": [{"Name": "tag:Name", "Values": ["lab-ng1-*"]}]});
    let answer = world.call("ec2:DescribeInstances", filter).unwrap();
    assert_eq!(answer.items_at("Reservations").len(), 2);
    let provider_ids: Vec<String> = world
        .nodes()
        .iter()
        .map(|n| n.str_at("spec/providerID").rsplit('/').next().unwrap().into())
        .collect();
    for instance in world.group().items_at("Instances") {
        assert!(provider_ids.iter().any(|id| id == instance.str_at("InstanceId")));
    }
}

#[test]
fn more_capacity_becomes_nodes_within_a_minute() {
    let world = World::new();
    let name = world.group_name();
    let input = json!({"AutoScalingGroupName": (name.as_str()), "DesiredCapacity": 4});
    world.call("autoscaling:SetDesiredCapacity", input).unwrap();
    assert_eq!(world.group().items_at("Instances").len(), 2, "instances follow at the next evaluation");
    world.run(6);
    assert_eq!(states(&world).iter().filter(|s| *s == "Pending").count(), 2);
    world.run(50);
    assert_eq!((world.nodes().len(), world.ready()), (4, 4));
    assert!(states(&world).iter().all(|s| s == "InService"));
    let answer = world.call("autoscaling:DescribeScalingActivities", Value::object()).unwrap();
    let activities = answer.items_at("Activities");
    assert_eq!(activities.len(), 2);
    assert!(activities.iter().all(|a| a.str_at("StatusCode") == "Successful"));
    assert!(activities[0].str_at("Description").starts_with("Launching a new EC2 instance: i-"));
    assert!(activities[0].str_at("Cause").contains(
        "a user request explicitly set group desired capacity changing the desired capacity from 2 to 4."
    ));
}

#[test]
fn sizes_that_do_not_fit_are_refused_and_change_nothing() {
    let world = World::new();
    let name = world.group_name();
    let before = world.group();
    let error = |operation: &str, input: Value| world.call(operation, input).unwrap_err().message;
    let update = "autoscaling:UpdateAutoScalingGroup";
    assert_eq!(
        error(update, json!({"AutoScalingGroupName": (name.as_str()), "DesiredCapacity": 10})),
        "Desired capacity:10 must be between the specified min size:2 and max size:5"
    );
    assert_eq!(
        error(update, json!({"AutoScalingGroupName": "none", "MinSize": 1})),
        "AutoScalingGroup name not found - null"
    );
    assert_eq!(
        error(
            "autoscaling:SetDesiredCapacity",
            json!({"AutoScalingGroupName": (name.as_str()), "DesiredCapacity": 6})
        ),
        "New SetDesiredCapacity value 6 is above max value 5 for the AutoScalingGroup."
    );
    assert_eq!(
        error(
            "eks:UpdateNodegroupConfig",
            json!({"clusterName": "lab", "nodegroupName": "ng1", "scalingConfig": {"minSize": 4}})
        ),
        "Minimum capacity 4 can't be greater than desired size 2"
    );
    assert_eq!(world.group(), before);
}

#[test]
fn a_managed_group_drains_what_it_ends() {
    let world = World::new();
    let mut deployment = Object::new("apps/v1", "Deployment", "default", "web");
    deployment.set(
        "spec",
        json!({
            "replicas": 4, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "nginx"}]},
            },
        }),
    );
    world.api.create(deployment).unwrap();
    world.call("eks:UpdateNodegroupConfig", json!({
        "clusterName": "lab", "nodegroupName": "ng1", "scalingConfig": {"minSize": 1, "desiredSize": 1},
    })).unwrap();
    world.run(8);
    let cordoned = world.nodes().iter().filter(|n| n.bool_at("spec/unschedulable")).count();
    assert_eq!(cordoned, 1, "Ready,SchedulingDisabled while it is drained");
    world.run(240);
    assert_eq!((world.nodes().len(), world.group().items_at("Instances").len()), (1, 1));
    let pods = world.api.list("pods", "default");
    let here = world.nodes()[0].name().to_string();
    assert_eq!(pods.iter().filter(|p| p.str_at("spec/nodeName") == here).count(), 4);
}

#[test]
fn an_instance_ended_by_hand_is_replaced() {
    let world = World::new();
    let id = world.group().items_at("Instances")[0].str_at("InstanceId").to_string();
    world.call("ec2:TerminateInstances", json!({"InstanceIds": [(id.as_str())]})).unwrap();
    world.run(120);
    let instances = world.group().items_at("Instances").to_vec();
    assert_eq!(instances.len(), 2);
    assert!(instances.iter().all(|i| i.str_at("InstanceId") != id));
    assert_eq!(world.ready(), 2);
    let answer = world.call("autoscaling:DescribeScalingActivities", Value::object()).unwrap();
    let causes: String =
        answer.items_at("Activities").iter().map(|a| a.str_at("Cause").to_string()).collect();
    assert!(causes.contains("an EC2 health check indicating it has been terminated or stopped"), "{causes}");
}

#[test]
fn ending_one_with_its_place_shrinks_the_group() {
    let world = World::new();
    let id = world.group().items_at("Instances")[0].str_at("InstanceId").to_string();
    let input = json!({"InstanceId": (id.as_str()), "ShouldDecrementDesiredCapacity": true});
    let refused = world.call("autoscaling:TerminateInstanceInAutoScalingGroup", input.clone()).unwrap_err();
    assert!(refused.message.starts_with("Currently, desiredSize equals minSize (2)."), "{}", refused.message);
    let name = world.group_name();
    world
        .call(
            "autoscaling:UpdateAutoScalingGroup",
            json!({"AutoScalingGroupName": (name.as_str()), "MinSize": 1}),
        )
        .unwrap();
    let answer = world.call("autoscaling:TerminateInstanceInAutoScalingGroup", input).unwrap();
    assert!(answer.str_at("Activity/Cause").contains("shrinking the capacity from 2 to 1"));
    world.run(300);
    assert_eq!((world.group().int_at("DesiredCapacity"), world.nodes().len()), (Some(1), 1));
}

#[test]
fn labels_of_a_node_group_reach_its_nodes() {
    let world = World::new();
    let change = |labels: Value| {
        let input = json!({"clusterName": "lab", "nodegroupName": "ng1", "labels": labels});
        world.call("eks:UpdateNodegroupConfig", input).unwrap();
        world.run(2);
    };
    let with = |world: &World| world.nodes().iter().filter(|n| n.label("tier") == Some("web")).count();
    change(json!({"addOrUpdateLabels": {"tier": "web"}}));
    assert_eq!(with(&world), 2);
    let grow = json!({"AutoScalingGroupName": (world.group_name()), "DesiredCapacity": 3});
    world.call("autoscaling:SetDesiredCapacity", grow).unwrap();
    world.run(60);
    assert_eq!(with(&world), 3, "one to come has it, too");
    change(json!({"removeLabels": ["tier"]}));
    assert_eq!(with(&world), 0);
}
