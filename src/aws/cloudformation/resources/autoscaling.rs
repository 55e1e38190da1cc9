//! Auto Scaling groups and what belongs to them.

use super::super::physical_name;
use super::{Asked, Made, Making, call, chosen, strings};
use crate::aws::{Places, ServiceError, autoscaling};
use crate::json;
use crate::machinery::Value;

/// Members of a group that a template writes as a request does.
const GROUP_MEMBERS: [&str; 9] = [
    "AvailabilityZones",
    "CapacityRebalance",
    "HealthCheckType",
    "LaunchTemplate",
    "MixedInstancesPolicy",
    "NewInstancesProtectedFromScaleIn",
    "Tags",
    "TargetGroupARNs",
    "TerminationPolicies",
];

pub(super) fn group(asked: &Asked<'_>) -> Making {
    let name = asked.name("AutoScalingGroupName", 255);
    let mut input = asked.input(&GROUP_MEMBERS);
    input.set("AutoScalingGroupName", name.as_str());
    numbers(asked.properties, &mut input, &GROUP_NUMBERS);
    if let Some(subnets) = asked.properties.get("VPCZoneIdentifier") {
        input.set("VPCZoneIdentifier", strings(subnets).join(","));
    }
    let operation = match asked.before {
        Some(before) if before == name => "UpdateAutoScalingGroup",
        _ => "CreateAutoScalingGroup",
    };
    call(asked.places, "autoscaling", operation, input)?;
    for hook in asked.properties.items_at("LifecycleHookSpecificationList") {
        put_hook(asked.places, &name, hook.str_at("LifecycleHookName"), hook)?;
    }
    let arn = autoscaling::group_arn(asked.places, &name);
    Ok(Made::new(name, json!({"Arn": arn})))
}

const GROUP_NUMBERS: [(&str, &str); 6] = [
    ("MinSize", "MinSize"),
    ("MaxSize", "MaxSize"),
    ("DesiredCapacity", "DesiredCapacity"),
    ("Cooldown", "DefaultCooldown"),
    ("HealthCheckGracePeriod", "HealthCheckGracePeriod"),
    ("MaxInstanceLifetime", "MaxInstanceLifetime"),
];

/// Templates write numbers as text.
fn numbers(properties: &Value, input: &mut Value, members: &[(&str, &str)]) {
    for (property, member) in members {
        let value = properties.at(property);
        let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        if let Some(number) = number {
            input.set(member, number);
        }
    }
}

pub(super) fn remove_group(places: &Places<'_>, name: &str, _: &Value) {
    let input = json!({"AutoScalingGroupName": name, "ForceDelete": true});
    let _ = call(places, "autoscaling", "DeleteAutoScalingGroup", input);
}

pub(super) fn scaling_policy(asked: &Asked<'_>) -> Making {
    let mut input = asked.input(&[
        "AutoScalingGroupName",
        "PolicyType",
        "AdjustmentType",
        "MetricAggregationType",
        "StepAdjustments",
        "TargetTrackingConfiguration",
    ]);
    let members = [
        ("ScalingAdjustment", "ScalingAdjustment"),
        ("Cooldown", "Cooldown"),
        ("EstimatedInstanceWarmup", "EstimatedInstanceWarmup"),
    ];
    numbers(asked.properties, &mut input, &members);
    input.set("PolicyName", physical_name(asked.places, asked.stack, asked.logical, 255));
    let made = call(asked.places, "autoscaling", "PutScalingPolicy", input)?;
    let arn = made.str_at("PolicyARN").to_string();
    Ok(Made::new(arn.clone(), json!({"Arn": arn})))
}

pub(super) fn remove_scaling_policy(places: &Places<'_>, arn: &str, properties: &Value) {
    let input = json!({"PolicyName": arn, "AutoScalingGroupName": (properties.at("AutoScalingGroupName"))});
    let _ = call(places, "autoscaling", "DeletePolicy", input);
}

pub(super) fn scheduled_action(asked: &Asked<'_>) -> Making {
    let name = asked.name("", 255);
    let mut input = asked.input(&["AutoScalingGroupName", "Recurrence", "StartTime", "EndTime", "TimeZone"]);
    numbers(asked.properties, &mut input, &GROUP_NUMBERS[..3]);
    input.set("ScheduledActionName", name.as_str());
    call(asked.places, "autoscaling", "PutScheduledUpdateGroupAction", input)?;
    Ok(Made::new(name.clone(), json!({"ScheduledActionName": name})))
}

pub(super) fn remove_scheduled_action(places: &Places<'_>, name: &str, properties: &Value) {
    let group = properties.at("AutoScalingGroupName");
    let input = json!({"ScheduledActionName": name, "AutoScalingGroupName": group});
    let _ = call(places, "autoscaling", "DeleteScheduledAction", input);
}

/// Puts a hook that a template describes on a group. What it notifies is of a stack as well, perhaps of this one.
fn put_hook(places: &Places<'_>, group: &str, name: &str, properties: &Value) -> Result<(), ServiceError> {
    let mut input = chosen(properties, &["LifecycleTransition", "NotificationMetadata", "DefaultResult"]);
    numbers(properties, &mut input, &[("HeartbeatTimeout", "HeartbeatTimeout")]);
    input.set("AutoScalingGroupName", group);
    input.set("LifecycleHookName", name);
    call(places, "autoscaling", "PutLifecycleHook", input)?;
    autoscaling::notify(places, group, name, &chosen(properties, &["NotificationTargetARN", "RoleARN"]));
    Ok(())
}

pub(super) fn lifecycle_hook(asked: &Asked<'_>) -> Making {
    let name = asked.name("LifecycleHookName", 255);
    put_hook(asked.places, asked.properties.str_at("AutoScalingGroupName"), &name, asked.properties)?;
    // A hook of the same name on another group is another hook.
    if let Some(before) = asked.before
        && asked.old.at("AutoScalingGroupName") != asked.properties.at("AutoScalingGroupName")
    {
        remove_lifecycle_hook(asked.places, before, asked.old);
    }
    Ok(Made::new(name, Value::object()))
}

pub(super) fn remove_lifecycle_hook(places: &Places<'_>, name: &str, properties: &Value) {
    let input =
        json!({"LifecycleHookName": name, "AutoScalingGroupName": (properties.at("AutoScalingGroupName"))});
    let _ = call(places, "autoscaling", "DeleteLifecycleHook", input);
}

pub(super) fn warm_pool(asked: &Asked<'_>) -> Making {
    let mut input = asked.input(&["AutoScalingGroupName", "PoolState"]);
    let sizes = [("MinSize", "MinSize"), ("MaxGroupPreparedCapacity", "MaxGroupPreparedCapacity")];
    numbers(asked.properties, &mut input, &sizes);
    if let Some(reuses) = asked.properties.at("InstanceReusePolicy").get("ReuseOnScaleIn") {
        let reuses = reuses.as_bool().unwrap_or_else(|| reuses.as_str() == Some("true"));
        input.set("InstanceReusePolicy", json!({"ReuseOnScaleIn": reuses}));
    }
    call(asked.places, "autoscaling", "PutWarmPool", input)?;
    Ok(Made::new(asked.properties.str_at("AutoScalingGroupName"), Value::object()))
}

pub(super) fn remove_warm_pool(places: &Places<'_>, group: &str, _: &Value) {
    let input = json!({"AutoScalingGroupName": group, "ForceDelete": true});
    let _ = call(places, "autoscaling", "DeleteWarmPool", input);
}
