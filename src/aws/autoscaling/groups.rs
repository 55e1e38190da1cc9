//! Auto Scaling groups themselves.

use super::super::filters::{Limit, page, pass, tag_values};
use super::super::state::{self, GROUP};
use super::super::{Places, ServiceError};
use super::{hooks, instances, named, validation_error, warm_pools};
use crate::json;
use crate::machinery::{Object, Value, names};
use crate::store::Store;

/// The service's name in ARNs.
pub const ARN_SERVICE: &str = "autoscaling";

const LIMIT: Limit =
    Limit { size: "MaxRecords", token: "NextToken", default: 50, most: 100, bad_token: "InvalidNextToken" };

/// The members a request may set, as the API names them.
const SETTABLE: [&str; 12] = [
    "MixedInstancesPolicy",
    "LaunchTemplate",
    "DefaultCooldown",
    "AvailabilityZones",
    "HealthCheckType",
    "HealthCheckGracePeriod",
    "VPCZoneIdentifier",
    "TerminationPolicies",
    "NewInstancesProtectedFromScaleIn",
    "CapacityRebalance",
    "MaxInstanceLifetime",
    "DefaultInstanceWarmup",
];

/// A group to be made.
pub struct NewGroup {
    /// Its name.
    pub name: String,
    /// Smallest, wanted, largest size.
    pub sizes: (i64, i64, i64),
    /// Members of the API beside name, sizes and tags.
    pub members: Value,
    /// `Key` and `Value`.
    pub tags: Vec<(String, String)>,
    /// The eksctl node group it was made for: what its instances become as nodes. Null for a group of no cluster.
    pub node_group: Value,
}

/// Makes a group; its instances follow.
pub fn create(store: &Store, group: NewGroup) {
    let (min, desired, max) = group.sizes;
    let mut spec = json!({
        "AutoScalingGroupName": (group.name.as_str()), "MinSize": min, "MaxSize": max, "DesiredCapacity": desired,
        "DefaultCooldown": 300, "LoadBalancerNames": [], "TargetGroupARNs": [], "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 15, "SuspendedProcesses": [], "EnabledMetrics": [], "TrafficSources": [],
        "TerminationPolicies": ["Default"], "NewInstancesProtectedFromScaleIn": false,
        "CreatedTime": (state::timestamp_milli(store.now())),
    });
    for (member, value) in group.members.map().iter() {
        spec.set(member, value);
    }
    let tag = |(key, value): (String, String)| {
        json!({
            "ResourceId": (group.name.as_str()), "ResourceType": "auto-scaling-group",
            "Key": key, "Value": value, "PropagateAtLaunch": true,
        })
    };
    let mut tags: Vec<Value> = group.tags.into_iter().map(tag).collect();
    tags.sort_by(|a, b| a.str_at("Key").cmp(b.str_at("Key")));
    spec.set("Tags", tags);
    if !group.node_group.is_null() {
        spec.set("kubetick/nodeGroup", group.node_group);
    }
    spec.set("kubetick/cause", "created");
    state::put(store, GROUP, &group.name, spec);
}

/// The ARN of a group.
pub fn group_arn(places: &Places<'_>, name: &str) -> String {
    let id = names::uid(0, &format!("auto-scaling-group {name}"), 0);
    places.arn(ARN_SERVICE, &format!("autoScalingGroup:{id}:autoScalingGroupName/{name}"))
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let names = input.items_at("AutoScalingGroupNames");
    let mut found = Vec::new();
    for object in places.list(GROUP) {
        let group = object.at("spec");
        let named = names.is_empty() || names.contains(group.at("AutoScalingGroupName"));
        let tags = group.items_at("Tags");
        if named && pass(input.items_at("Filters"), |name| tag_values(tags, name))? {
            found.push(shown(places, &object));
        }
    }
    page(found, "AutoScalingGroups", input, LIMIT)
}

/// A group as an answer shows it.
fn shown(places: &Places<'_>, object: &Object) -> Value {
    let mut group = object.at("spec").clone();
    group.remove("kubetick");
    let name = object.name();
    group.set("AutoScalingGroupARN", group_arn(places, name));
    let role = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
    group.set("ServiceLinkedRoleARN", places.iam_arn(role));
    let store = places.find(GROUP, name).map(|(store, _)| store);
    let instances: Vec<Value> = store
        .map(|store| instances::in_group(store, name).iter().map(instances::in_a_group).collect())
        .unwrap_or_default();
    group.set("Instances", instances);
    if let Some(store) = store {
        warm_pools::show(&mut group, object, store);
    }
    group
}

pub(super) fn create_by_request(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    if places.find(GROUP, name).is_some() {
        return Err(ServiceError::invalid(
            "AlreadyExists",
            "AutoScalingGroup by this name already exists - A group with the name ".to_string()
                + name
                + " already exists",
        ));
    }
    let size = |member: &str| input.int_at(member);
    let (min, max) = (size("MinSize").unwrap_or(0), size("MaxSize").unwrap_or(0));
    let desired = size("DesiredCapacity").unwrap_or(min);
    check_sizes(min, desired, max)?;
    if input.at("LaunchTemplate").is_null()
        && input.at("MixedInstancesPolicy").is_null()
        && input.str_at("LaunchConfigurationName").is_empty()
        && input.str_at("InstanceId").is_empty()
    {
        return Err(validation_error(
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.",
        ));
    }
    for given in [
        input.at("LaunchTemplate"),
        input.at("MixedInstancesPolicy/LaunchTemplate/LaunchTemplateSpecification"),
    ] {
        if !given.is_null()
            && let Err(e) = super::super::ec2::named_template(places, given)
        {
            return Err(validation_error(format!(
                "You must use a valid fully-formed launch template. {}",
                e.message
            )));
        }
    }
    if input.str_at("VPCZoneIdentifier").is_empty() && input.items_at("AvailabilityZones").is_empty() {
        return Err(validation_error("At least one Availability Zone or VPC Subnet is required."));
    }
    let hooks = hooks::specified(places, input)?;
    let mut members = Value::object();
    members.set_given(input, &SETTABLE);
    if !hooks.is_empty() {
        members.set("kubetick/hooks", hooks);
    }
    let tag = |t: &Value| (t.str_at("Key").to_string(), t.str_at("Value").to_string());
    create(
        places.home(),
        NewGroup {
            name: name.to_string(),
            sizes: (min, desired, max),
            members,
            tags: input.items_at("Tags").iter().map(tag).collect(),
            node_group: Value::Null,
        },
    );
    Ok(Value::Null)
}

/// What AWS says of sizes that do not fit each other.
fn check_sizes(min: i64, desired: i64, max: i64) -> Result<(), ServiceError> {
    if min > max {
        return Err(validation_error(format!(
            "Max bound, {max}, must be greater than or equal to min bound, {min}"
        )));
    }
    if !(min..=max).contains(&desired) {
        return Err(validation_error(format!(
            "Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}"
        )));
    }
    Ok(())
}

pub(super) fn update(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, object) = named(places, name)?;
    let group = object.at("spec");
    let old = |member: &str| group.int_at(member).unwrap_or(0);
    let min = input.int_at("MinSize").unwrap_or_else(|| old("MinSize"));
    let max = input.int_at("MaxSize").unwrap_or_else(|| old("MaxSize"));
    // A size nobody asks for gives way to new bounds.
    let desired = match input.int_at("DesiredCapacity") {
        Some(desired) => desired,
        None if min <= max => old("DesiredCapacity").clamp(min, max),
        None => old("DesiredCapacity"),
    };
    check_sizes(min, desired, max)?;
    let before = old("DesiredCapacity");
    state::modify(store, GROUP, name, |spec| {
        spec.set_given(input, &SETTABLE);
        spec.set("MinSize", min);
        spec.set("MaxSize", max);
        spec.set("DesiredCapacity", desired);
        if desired != before {
            spec.set(
                "kubetick/cause",
                format!(
                    "a user request update of AutoScalingGroup constraints to min: {min}, max: {max}, desired: {desired} changing the desired capacity from {before} to {desired}"
                ),
            );
            spec.set("kubetick/changed", state::timestamp(store.now()));
        }
    });
    Ok(Value::Null)
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, _) = named(places, name)?;
    if instances::of_group(store, name).is_empty() {
        state::remove(store, GROUP, name);
        return Ok(Value::Null);
    }
    if !input.bool_at("ForceDelete") {
        return Err(ServiceError::invalid(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.",
        ));
    }
    state::modify(store, GROUP, name, |spec| {
        spec.set("Status", "Delete in progress");
        for size in ["MinSize", "MaxSize", "DesiredCapacity"] {
            spec.set(size, 0);
        }
    });
    super::end_pool(store, name);
    Ok(Value::Null)
}

/// The processes of a group that can be suspended.
pub(super) const PROCESSES: [&str; 9] = [
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
];

pub(super) fn suspend(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (store, chosen) = processes(places, input)?;
    let at = state::timestamp(places.now());
    state::modify(store, GROUP, input.str_at("AutoScalingGroupName"), |spec| {
        for process in chosen {
            let listed = spec.at_mut("SuspendedProcesses").list_mut();
            if !listed.iter().any(|p| p.str_at("ProcessName") == process) {
                listed.push(json!({
                    "ProcessName": process, "SuspensionReason": (format!("User suspended at {at}")),
                }));
            }
        }
    });
    Ok(Value::Null)
}

pub(super) fn resume(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (store, chosen) = processes(places, input)?;
    state::modify(store, GROUP, input.str_at("AutoScalingGroupName"), |spec| {
        let listed = spec.at_mut("SuspendedProcesses").list_mut();
        listed.retain(|p| !chosen.iter().any(|c| c == p.str_at("ProcessName")));
    });
    Ok(Value::Null)
}

/// The processes a request names; all when it names none.
fn processes<'a>(places: &Places<'a>, input: &Value) -> Result<(&'a Store, Vec<String>), ServiceError> {
    let (store, _) = named(places, input.str_at("AutoScalingGroupName"))?;
    let given: Vec<String> =
        input.items_at("ScalingProcesses").iter().filter_map(Value::as_str).map(str::to_string).collect();
    if let Some(unknown) = given.iter().find(|p| !PROCESSES.contains(&p.as_str())) {
        return Err(validation_error(format!("Unknown process type: {unknown}")));
    }
    let all = || PROCESSES.iter().map(ToString::to_string).collect();
    Ok((store, if given.is_empty() { all() } else { given }))
}

/// Groups here are made of launch templates: there are no launch configurations.
pub(super) fn launch_configurations(_: &Places<'_>, _: &Value) -> Result<Value, ServiceError> {
    Ok(json!({"LaunchConfigurations": []}))
}
