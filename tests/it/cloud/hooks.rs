//! Lifecycle hooks: instances wait before they serve and before they end.

use super::World;
use kubetick::json;
use kubetick::machinery::Value;

const LAUNCHING: &str = "autoscaling:EC2_INSTANCE_LAUNCHING";
const TERMINATING: &str = "autoscaling:EC2_INSTANCE_TERMINATING";

fn put(world: &World, hook: &str, transition: &str, more: Value) {
    let mut input = more;
    input.set("AutoScalingGroupName", world.group_name());
    input.set("LifecycleHookName", hook);
    input.set("LifecycleTransition", transition);
    world.call("autoscaling:PutLifecycleHook", input).unwrap();
}

fn resize(world: &World, desired: i64) {
    let input =
        json!({"AutoScalingGroupName": (world.group_name()), "MinSize": 1, "DesiredCapacity": desired});
    world.call("autoscaling:UpdateAutoScalingGroup", input).unwrap();
}

/// The instances of the group that are in a state.
fn in_state(world: &World, state: &str) -> Vec<String> {
    let group = world.group();
    let all = group.items_at("Instances").iter();
    all.filter(|i| i.str_at("LifecycleState") == state).map(|i| i.str_at("InstanceId").to_string()).collect()
}

fn about(world: &World, hook: &str, id: &str) -> Value {
    json!({"AutoScalingGroupName": (world.group_name()), "LifecycleHookName": hook, "InstanceId": id})
}

fn complete(world: &World, hook: &str, id: &str, result: &str) {
    let mut input = about(world, hook, id);
    input.set("LifecycleActionResult", result);
    world.call("autoscaling:CompleteLifecycleAction", input).unwrap();
}

fn activities(world: &World) -> Vec<Value> {
    world
        .call("autoscaling:DescribeScalingActivities", Value::object())
        .unwrap()
        .items_at("Activities")
        .to_vec()
}

#[test]
fn hooks_are_kept_with_their_group() {
    let world = World::new();
    let names = |world: &World| {
        let input = json!({"AutoScalingGroupName": (world.group_name())});
        let answer = world.call("autoscaling:DescribeLifecycleHooks", input).unwrap();
        answer
            .items_at("LifecycleHooks")
            .iter()
            .map(|h| h.str_at("LifecycleHookName").to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&world), ["Launch-LC-Hook", "Terminate-LC-Hook"], "what EKS puts there");
    put(&world, "init", LAUNCHING, json!({"HeartbeatTimeout": 60}));
    assert_eq!(names(&world), ["Launch-LC-Hook", "Terminate-LC-Hook", "init"]);
    let input = json!({"AutoScalingGroupName": (world.group_name()), "LifecycleHookNames": ["init"]});
    let answer = world.call("autoscaling:DescribeLifecycleHooks", input).unwrap();
    let wanted = json!({
        "AutoScalingGroupName": (world.group_name()), "LifecycleHookName": "init", "LifecycleTransition": LAUNCHING,
        "HeartbeatTimeout": 60, "GlobalTimeout": 6000, "DefaultResult": "ABANDON",
    });
    assert_eq!(answer.items_at("LifecycleHooks"), [wanted]);
    let named = json!({"AutoScalingGroupName": (world.group_name()), "LifecycleHookName": "init"});
    world.call("autoscaling:DeleteLifecycleHook", named.clone()).unwrap();
    assert_eq!(world.refused("autoscaling:DeleteLifecycleHook", named).0, "ValidationError");
    let mut told = json!({"LifecycleHookName": "x", "LifecycleTransition": LAUNCHING, "RoleARN": "r", "NotificationTargetARN": "t"});
    told.set("AutoScalingGroupName", world.group_name());
    let (_, message) = world.refused("autoscaling:PutLifecycleHook", told);
    assert!(
        message.starts_with("Unable to publish test message to notification target t using IAM role r."),
        "{message}"
    );
}

#[test]
fn a_launch_waits_for_its_hook() {
    let world = World::new();
    put(&world, "init", LAUNCHING, Value::object());
    resize(&world, 3);
    world.run(60);
    let waiting = in_state(&world, "Pending:Wait");
    assert_eq!((waiting.len(), in_state(&world, "InService").len()), (1, 2));
    assert_eq!(world.ready(), 3, "the machine is up and a node meanwhile");
    let detach = json!({
        "AutoScalingGroupName": (world.group_name()), "InstanceIds": [(waiting[0].as_str())],
        "ShouldDecrementDesiredCapacity": true,
    });
    assert_eq!(world.refused("autoscaling:DetachInstances", detach).0, "ValidationError");
    assert_eq!(activities(&world)[0].str_at("StatusCode"), "MidLifecycleAction");
    complete(&world, "init", &waiting[0], "CONTINUE");
    world.run(1);
    assert_eq!(in_state(&world, "Pending:Proceed"), waiting);
    world.run(5);
    assert_eq!(in_state(&world, "InService").len(), 3);
    assert_eq!(activities(&world)[0].str_at("StatusCode"), "Successful");
    let mut again = about(&world, "init", &waiting[0]);
    again.set("LifecycleActionResult", "CONTINUE");
    let (_, message) = world.refused("autoscaling:CompleteLifecycleAction", again);
    assert_eq!(message, format!("No active Lifecycle Action found with instance ID {}", waiting[0]));
}

#[test]
fn a_launch_that_nobody_answers_is_given_up_and_replaced() {
    let world = World::new();
    put(&world, "init", LAUNCHING, json!({"HeartbeatTimeout": 60}));
    resize(&world, 3);
    world.run(60);
    let waiting = in_state(&world, "Pending:Wait");
    world.call("autoscaling:RecordLifecycleActionHeartbeat", about(&world, "init", &waiting[0])).unwrap();
    world.run(50);
    assert_eq!(in_state(&world, "Pending:Wait"), waiting, "it was heard of");
    world.run(40);
    let told = activities(&world);
    let launch = told.iter().find(|a| a.str_at("StatusCode") == "Cancelled").unwrap();
    assert!(launch.str_at("StatusMessage").ends_with("was abandoned: Heartbeat Timeout"), "{launch:?}");
    assert!(
        launch.str_at("Description").contains(&format!("{}.  Status Reason: Instance failed", waiting[0]))
    );
    assert!(told.iter().any(|a| {
        a.str_at("Cause").ends_with("an instance was taken out of service in response to a launch failure.")
    }));
    let next = in_state(&world, "Pending:Wait");
    assert_eq!(next.len(), 1, "another is launched");
    assert_ne!(next, waiting);
    complete(&world, "init", &next[0], "ABANDON");
    world.run(30);
    assert_ne!(in_state(&world, "Pending:Wait"), next);
}

#[test]
fn an_instance_that_goes_waits_for_its_hook_as_well_as_for_eks() {
    let world = World::new();
    put(&world, "save", TERMINATING, json!({"HeartbeatTimeout": 600}));
    resize(&world, 1);
    world.run(120);
    let waiting = in_state(&world, "Terminating:Wait");
    assert_eq!(waiting.len(), 1);
    assert!(world.nodes().iter().any(|n| n.bool_at("spec/unschedulable")), "EKS has drained it");
    assert_eq!(activities(&world)[0].str_at("StatusCode"), "InProgress");
    complete(&world, "save", &waiting[0], "CONTINUE");
    world.run(5);
    assert_eq!(in_state(&world, "Terminating:Proceed"), waiting);
    world.run(120);
    assert_eq!((world.nodes().len(), world.group().items_at("Instances").len()), (1, 1));
}

#[test]
fn what_waits_for_a_hook_that_is_deleted_goes_on() {
    let world = World::new();
    put(&world, "save", TERMINATING, Value::object());
    resize(&world, 1);
    world.run(120);
    assert_eq!(in_state(&world, "Terminating:Wait").len(), 1);
    let named = json!({"AutoScalingGroupName": (world.group_name()), "LifecycleHookName": "save"});
    world.call("autoscaling:DeleteLifecycleHook", named).unwrap();
    world.run(120);
    assert_eq!(world.group().items_at("Instances").len(), 1);
}

#[test]
fn an_instance_ended_from_outside_stays_listed_while_its_hook_waits() {
    let world = World::new();
    put(&world, "save", TERMINATING, json!({"HeartbeatTimeout": 300}));
    let id = world.group().items_at("Instances")[0].str_at("InstanceId").to_string();
    world.call("ec2:TerminateInstances", json!({"InstanceIds": [(id.as_str())]})).unwrap();
    world.run(200);
    assert_eq!(in_state(&world, "Terminating:Wait"), [id]);
    assert_eq!(in_state(&world, "InService").len(), 2, "it is replaced already");
    world.run(200);
    assert_eq!(world.group().items_at("Instances").len(), 2);
}

#[test]
fn hooks_may_come_with_a_new_group() {
    let world = World::new();
    let template = json!({"LaunchTemplateName": "t", "LaunchTemplateData": {"ImageId": "ami-1", "InstanceType": "t3.micro"}});
    world.call("ec2:CreateLaunchTemplate", template).unwrap();
    let group = |timeout: i64| {
        json!({
            "AutoScalingGroupName": "web", "MinSize": 1, "MaxSize": 2, "AvailabilityZones": ["ap-northeast-2a"],
            "LaunchTemplate": {"LaunchTemplateName": "t"},
            "LifecycleHookSpecificationList": [{
                "LifecycleHookName": "init", "LifecycleTransition": LAUNCHING, "HeartbeatTimeout": timeout,
                "DefaultResult": "CONTINUE",
            }],
        })
    };
    assert_eq!(world.refused("autoscaling:CreateAutoScalingGroup", group(5)).0, "ValidationError");
    world.call("autoscaling:CreateAutoScalingGroup", group(30)).unwrap();
    let state = |world: &World| {
        let input = json!({"AutoScalingGroupNames": ["web"]});
        let answer = world.call("autoscaling:DescribeAutoScalingGroups", input).unwrap();
        answer.items_at("AutoScalingGroups")[0].items_at("Instances")[0].str_at("LifecycleState").to_string()
    };
    world.run(20);
    assert_eq!(state(&world), "Pending:Wait");
    world.run(40);
    assert_eq!(state(&world), "InService", "the default is to go on");
}
