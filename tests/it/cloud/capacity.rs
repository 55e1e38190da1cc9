//! What changes the size of a group beside a request for it: policies, schedules, refreshes, instances that come and go.

use super::World;
use kubetick::json;
use kubetick::machinery::Value;

fn desired(world: &World) -> i64 {
    world.group().int_at("DesiredCapacity").unwrap()
}

fn ids(world: &World) -> Vec<String> {
    let group = world.group();
    group.items_at("Instances").iter().map(|i| i.str_at("InstanceId").to_string()).collect()
}

fn newest_activity(world: &World) -> Value {
    let answer = world.call("autoscaling:DescribeScalingActivities", Value::object()).unwrap();
    answer.items_at("Activities")[0].clone()
}

#[test]
fn a_simple_policy_adjusts_the_size_when_it_is_executed() {
    let world = World::new();
    let name = world.group_name();
    let put = json!({
        "AutoScalingGroupName": (name.as_str()), "PolicyName": "more", "AdjustmentType": "ChangeInCapacity",
        "ScalingAdjustment": 2,
    });
    let made = world.call("autoscaling:PutScalingPolicy", put).unwrap();
    let arn = made.str_at("PolicyARN");
    assert!(arn.ends_with(&format!(":autoScalingGroupName/{name}:policyName/more")), "{arn}");
    for wanted in [4, 5, 5] {
        world.call("autoscaling:ExecutePolicy", json!({"PolicyName": arn})).unwrap();
        assert_eq!(desired(&world), wanted, "never beyond the largest size");
    }
    let tracking = json!({
        "AutoScalingGroupName": (name.as_str()), "PolicyName": "cpu50", "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": {
            "TargetValue": 50.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
        },
    });
    let made = world.call("autoscaling:PutScalingPolicy", tracking).unwrap();
    assert_eq!(made.items_at("Alarms").len(), 2);
    let listed = world.call("autoscaling:DescribePolicies", Value::object()).unwrap();
    let names: Vec<&str> =
        listed.items_at("ScalingPolicies").iter().map(|p| p.str_at("PolicyName")).collect();
    assert_eq!(names, ["cpu50", "more"]);
    let bad = json!({"AutoScalingGroupName": (name.as_str()), "PolicyName": "x", "PolicyType": "Clever"});
    assert_eq!(world.refused("autoscaling:PutScalingPolicy", bad).0, "ValidationError");
    let gone = json!({"AutoScalingGroupName": (name.as_str()), "PolicyName": "more"});
    world.call("autoscaling:DeletePolicy", gone.clone()).unwrap();
    let again = world.refused("autoscaling:DeletePolicy", gone);
    assert_eq!(again, ("ValidationError".into(), "PolicyName not found".into()));
}

#[test]
fn a_scheduled_action_comes_when_its_time_has_come() {
    let world = World::new();
    let name = world.group_name();
    // The world begins at midnight.
    let nightly = json!({
        "AutoScalingGroupName": (name.as_str()), "ScheduledActionName": "morning", "Recurrence": "5 0 * * *",
        "DesiredCapacity": 4,
    });
    world.call("autoscaling:PutScheduledUpdateGroupAction", nightly).unwrap();
    let listed = world.call("autoscaling:DescribeScheduledActions", Value::object()).unwrap();
    let action = &listed.items_at("ScheduledUpdateGroupActions")[0];
    assert_eq!(action.str_at("StartTime"), "2024-06-03T00:05:00Z");
    world.run(299);
    assert_eq!(desired(&world), 2);
    world.run(2);
    assert_eq!(desired(&world), 4);
    world.run(60);
    assert_eq!(world.ready(), 4);
    assert!(newest_activity(&world).str_at("Cause").contains("a scheduled action morning"));
    let listed = world.call("autoscaling:DescribeScheduledActions", Value::object()).unwrap();
    let action = &listed.items_at("ScheduledUpdateGroupActions")[0];
    assert_eq!(action.str_at("StartTime"), "2024-06-04T00:05:00Z", "it comes again the next day");

    let past = json!({
        "AutoScalingGroupName": (name.as_str()), "ScheduledActionName": "past", "StartTime": "2024-06-01T00:00:00Z",
        "DesiredCapacity": 3,
    });
    let refused = world.refused("autoscaling:PutScheduledUpdateGroupAction", past);
    assert_eq!(refused, ("ValidationError".into(), "Given start time is in the past".into()));
    let odd = json!({
        "AutoScalingGroupName": (name.as_str()), "ScheduledActionName": "odd", "Recurrence": "now and then",
        "DesiredCapacity": 3,
    });
    let refused = world.refused("autoscaling:PutScheduledUpdateGroupAction", odd);
    assert_eq!(refused.1, "Given recurrence string:now and then is invalid");
}

#[test]
fn a_refresh_replaces_every_instance_and_can_be_cancelled() {
    let world = World::new();
    let name = world.group_name();
    let group = || json!({"AutoScalingGroupName": (name.as_str())});
    let before = ids(&world);
    let refused = world.refused("autoscaling:CancelInstanceRefresh", group());
    assert_eq!(
        refused,
        (
            "ActiveInstanceRefreshNotFound".into(),
            format!("No in progress or pending Instance Refresh found for Auto Scaling group {name}")
        )
    );
    world.call("autoscaling:StartInstanceRefresh", group()).unwrap();
    let refused = world.refused("autoscaling:StartInstanceRefresh", group());
    assert_eq!(refused.0, "InstanceRefreshInProgress");
    let mut least = 2;
    for _ in 0..80 {
        world.run(10);
        let group = world.group();
        let serves = |i: &&Value| i.str_at("LifecycleState") == "InService";
        least = least.min(group.items_at("Instances").iter().filter(serves).count());
    }
    assert_eq!(least, 1, "one at a time");
    let told = world.call("autoscaling:DescribeInstanceRefreshes", group()).unwrap();
    let refresh = &told.items_at("InstanceRefreshes")[0];
    assert_eq!((refresh.str_at("Status"), refresh.int_at("PercentageComplete")), ("Successful", Some(100)));
    let after = ids(&world);
    assert_eq!((after.len(), world.ready()), (2, 2));
    assert!(after.iter().all(|id| !before.contains(id)), "{before:?} {after:?}");

    world.call("autoscaling:StartInstanceRefresh", group()).unwrap();
    world.call("autoscaling:CancelInstanceRefresh", group()).unwrap();
    world.run(300);
    assert_eq!(ids(&world), after);
}

#[test]
fn a_node_group_gets_new_nodes_with_a_new_version() {
    let world = World::new();
    let before = ids(&world);
    let input = json!({"clusterName": "lab", "nodegroupName": "ng1"});
    let update = world.call("eks:UpdateNodegroupVersion", input.clone()).unwrap();
    let id = update.str_at("update/id").to_string();
    let status = |world: &World| {
        let group = world.call("eks:DescribeNodegroup", input.clone()).unwrap();
        let update = json!({"name": "lab", "updateId": (id.as_str()), "nodegroupName": "ng1"});
        let update = world.call("eks:DescribeUpdate", update).unwrap();
        (group.str_at("nodegroup/status").to_string(), update.str_at("update/status").to_string())
    };
    assert_eq!(status(&world), ("UPDATING".into(), "InProgress".into()));
    let refused = world.refused("eks:UpdateNodegroupVersion", input.clone());
    assert_eq!(refused.0, "ResourceInUseException");
    world.run(900);
    assert_eq!(status(&world), ("ACTIVE".into(), "Successful".into()));
    assert!(ids(&world).iter().all(|id| !before.contains(id)));
}

#[test]
fn instances_rest_leave_and_come_back() {
    let world = World::new();
    let name = world.group_name();
    let grow = json!({"AutoScalingGroupName": (name.as_str()), "DesiredCapacity": 3});
    world.call("autoscaling:SetDesiredCapacity", grow).unwrap();
    world.run(60);
    let id = ids(&world)[0].clone();
    let one = |decrement: bool| {
        json!({
            "AutoScalingGroupName": (name.as_str()), "InstanceIds": [(id.as_str())],
            "ShouldDecrementDesiredCapacity": decrement,
        })
    };
    let told = world.call("autoscaling:EnterStandby", one(true)).unwrap();
    let activity = &told.items_at("Activities")[0];
    assert_eq!(activity.str_at("Description"), format!("Moving EC2 instance to Standby: {id}"));
    assert!(activity.str_at("Cause").ends_with(&format!(
        "instance {id} was moved to standby in response to a user request, shrinking the capacity from 3 to 2."
    )));
    world.run(120);
    assert_eq!(
        (desired(&world), ids(&world).len(), world.ready()),
        (2, 3, 3),
        "it rests and is not replaced"
    );
    let refused = world.refused("autoscaling:DetachInstances", one(true));
    assert_eq!(
        refused.1,
        format!(
            "AutoScalingGroup {name} has min-size=2, max-size=5, and desired-size=2. To detach 1 instance, please update the AutoScalingGroup sizes appropriately."
        )
    );
    let back = json!({"AutoScalingGroupName": (name.as_str()), "InstanceIds": [(id.as_str())]});
    world.call("autoscaling:ExitStandby", back.clone()).unwrap();
    assert_eq!(desired(&world), 3);
    world.call("autoscaling:DetachInstances", one(true)).unwrap();
    world.run(120);
    assert_eq!((desired(&world), ids(&world).len(), world.ready()), (2, 2, 3), "the machine goes on");
    world.call("autoscaling:AttachInstances", back).unwrap();
    assert_eq!((desired(&world), ids(&world).len()), (3, 3));
    let strange = json!({"AutoScalingGroupName": (name.as_str()), "InstanceIds": ["i-0123456789abcdef0"]});
    let refused = world.refused("autoscaling:ExitStandby", strange);
    assert_eq!(
        refused.1,
        format!("The instance i-0123456789abcdef0 is not part of Auto Scaling group {name}.")
    );
}

#[test]
fn a_suspended_process_does_nothing_until_it_is_resumed() {
    let world = World::new();
    let name = world.group_name();
    let launch = json!({"AutoScalingGroupName": (name.as_str()), "ScalingProcesses": ["Launch"]});
    world.call("autoscaling:SuspendProcesses", launch.clone()).unwrap();
    let grow = json!({"AutoScalingGroupName": (name.as_str()), "DesiredCapacity": 4});
    world.call("autoscaling:SetDesiredCapacity", grow).unwrap();
    world.run(120);
    assert_eq!(ids(&world).len(), 2);
    world.call("autoscaling:ResumeProcesses", launch).unwrap();
    world.run(60);
    assert_eq!(world.ready(), 4);
    let unknown = json!({"AutoScalingGroupName": (name.as_str()), "ScalingProcesses": ["Dance"]});
    let refused = world.refused("autoscaling:SuspendProcesses", unknown);
    assert_eq!(refused.0, "ValidationError");
}

#[test]
fn a_node_group_that_is_deleted_during_its_update_goes() {
    let world = World::new();
    let (input, name) = (json!({"clusterName": "lab", "nodegroupName": "ng1"}), world.group_name());
    world.call("eks:UpdateNodegroupVersion", input.clone()).unwrap();
    let sizes = json!({"scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 3}});
    let mut resize = input.clone();
    resize.set("scalingConfig", sizes.at("scalingConfig"));
    assert_eq!(world.refused("eks:UpdateNodegroupConfig", resize).0, "ResourceInUseException");
    // EKS replaces its nodes by itself: it is no instance refresh of the group.
    let group = json!({"AutoScalingGroupName": name});
    assert_eq!(
        world.refused("autoscaling:CancelInstanceRefresh", group.clone()).0,
        "ActiveInstanceRefreshNotFound"
    );
    let refreshes = world.call("autoscaling:DescribeInstanceRefreshes", group).unwrap();
    assert!(refreshes.items_at("InstanceRefreshes").is_empty());
    world.run(60);
    world.call("eks:DeleteNodegroup", input.clone()).unwrap();
    world.run(1200);
    assert_eq!(world.refused("eks:DescribeNodegroup", input).0, "ResourceNotFoundException");
}

#[test]
fn an_instance_named_twice_leaves_once() {
    let world = World::new();
    let id = ids(&world)[0].clone();
    let name = world.group_name();
    let mut input = json!({"AutoScalingGroupName": name, "ShouldDecrementDesiredCapacity": false});
    input.set("InstanceIds", json!([(id.as_str()), (id.as_str())]));
    let told = world.call("autoscaling:EnterStandby", input).unwrap();
    assert_eq!(told.items_at("Activities").len(), 1);
}
