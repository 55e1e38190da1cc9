//! Scaling policies of groups. They are kept with their group; those that adjust a size do so when they are executed.
//! Alarms belong to CloudWatch, which does not exist here: nothing tracks a target by itself.

use super::super::filters::{Limit, page};
use super::super::state::{self, GROUP};
use super::super::{Places, ServiceError};
use super::capacity::set_size;
use super::{ARN_SERVICE, named, validation_error};
use crate::json;
use crate::machinery::{Value, names};

const LIMIT: Limit =
    Limit { size: "MaxRecords", token: "NextToken", default: 50, most: 100, bad_token: "InvalidNextToken" };
const TYPES: [&str; 4] = ["SimpleScaling", "StepScaling", "TargetTrackingScaling", "PredictiveScaling"];
const ADJUSTMENTS: [&str; 3] = ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"];

fn arn(places: &Places<'_>, group: &str, policy: &str) -> String {
    let id = names::uid(0, &format!("scaling-policy {group} {policy}"), 0);
    places.arn(ARN_SERVICE, &format!("scalingPolicy:{id}:autoScalingGroupName/{group}:policyName/{policy}"))
}

/// The alarms that come with a policy which tracks a target.
fn alarms(places: &Places<'_>, group: &str, policy: &Value) -> Vec<Value> {
    if policy.str_at("PolicyType") != "TargetTrackingScaling" {
        return Vec::new();
    }
    let alarm = |what: &str| {
        let key = format!("alarm {group} {} {what}", policy.str_at("PolicyName"));
        let name = format!("TargetTracking-{group}-{what}-{}", names::uid(0, &key, 0));
        let arn = places.arn("cloudwatch", &format!("alarm:{name}"));
        json!({"AlarmName": name, "AlarmARN": arn})
    };
    let scales_in = !policy.bool_at("TargetTrackingConfiguration/DisableScaleIn");
    ["AlarmHigh", "AlarmLow"].into_iter().take(if scales_in { 2 } else { 1 }).map(alarm).collect()
}

pub(super) fn put(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, _) = named(places, name)?;
    let mut policy = input.clone();
    policy.remove("AutoScalingGroupName");
    let kind = match input.str_at("PolicyType") {
        "" => "SimpleScaling",
        kind => kind,
    };
    policy.set("PolicyType", kind);
    check(&policy)?;
    if policy.get("Enabled").is_none() {
        policy.set("Enabled", true);
    }
    if kind == "SimpleScaling" && policy.get("Cooldown").is_none() {
        policy.set("Cooldown", 300);
    }
    let key = input.str_at("PolicyName").to_string();
    let answer = json!({"PolicyARN": (arn(places, name, &key)), "Alarms": (alarms(places, name, &policy))});
    state::modify(store, GROUP, name, |spec| {
        let policies = spec.at_mut("kubetick/policies").list_mut();
        policies.retain(|p| p.str_at("PolicyName") != key);
        policies.push(policy);
        policies.sort_by(|a, b| a.str_at("PolicyName").cmp(b.str_at("PolicyName")));
    });
    Ok(answer)
}

fn check(policy: &Value) -> Result<(), ServiceError> {
    let kind = policy.str_at("PolicyType");
    if !TYPES.contains(&kind) {
        return Err(validation_error(format!(
            "Invalid PolicyType {kind}. Valid values are: [{}]",
            TYPES.join(", ")
        )));
    }
    let adjustment = policy.str_at("AdjustmentType");
    match kind {
        "TargetTrackingScaling" if policy.get("TargetTrackingConfiguration").is_none() => Err(
            validation_error("TargetTrackingConfiguration is required for TargetTrackingScaling policies."),
        ),
        "StepScaling" if policy.items_at("StepAdjustments").is_empty() => {
            Err(validation_error("At least one StepAdjustment must be specified for StepScaling policies."))
        }
        "SimpleScaling" if policy.get("ScalingAdjustment").is_none() => {
            Err(validation_error("ScalingAdjustment is required for SimpleScaling policies."))
        }
        "SimpleScaling" | "StepScaling" if !ADJUSTMENTS.contains(&adjustment) => Err(validation_error(
            format!("Invalid AdjustmentType {adjustment}. Valid values are: [{}]", ADJUSTMENTS.join(", ")),
        )),
        _ => Ok(()),
    }
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let wanted = input.str_at("AutoScalingGroupName");
    if !wanted.is_empty() {
        named(places, wanted)?;
    }
    let (names, types) = (input.items_at("PolicyNames"), input.items_at("PolicyTypes"));
    let mut found = Vec::new();
    for group in places.list(GROUP) {
        if !wanted.is_empty() && group.name() != wanted {
            continue;
        }
        for policy in group.items_at("spec/kubetick/policies") {
            let arn = arn(places, group.name(), policy.str_at("PolicyName"));
            let is_named = names.is_empty()
                || names.contains(policy.at("PolicyName"))
                || names.iter().any(|n| n.as_str() == Some(&arn));
            if is_named && (types.is_empty() || types.contains(policy.at("PolicyType"))) {
                let mut shown = policy.clone();
                shown.set("AutoScalingGroupName", group.name());
                shown.set("PolicyARN", arn);
                shown.set("Alarms", alarms(places, group.name(), policy));
                if shown.get("StepAdjustments").is_none() {
                    shown.set("StepAdjustments", Value::array());
                }
                found.push(shown);
            }
        }
    }
    page(found, "ScalingPolicies", input, LIMIT)
}

/// The group and the policy that a request names: by ARN, or by name and group.
fn chosen(places: &Places<'_>, input: &Value) -> Result<(String, Value), ServiceError> {
    let (wanted, group) = (input.str_at("PolicyName"), input.str_at("AutoScalingGroupName"));
    if !group.is_empty() {
        named(places, group)?;
    }
    for candidate in places.list(GROUP) {
        if !group.is_empty() && candidate.name() != group {
            continue;
        }
        for policy in candidate.items_at("spec/kubetick/policies") {
            let name = policy.str_at("PolicyName");
            if arn(places, candidate.name(), name) == wanted || (!group.is_empty() && name == wanted) {
                return Ok((candidate.name().to_string(), policy.clone()));
            }
        }
    }
    Err(validation_error("PolicyName not found"))
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (group, policy) = chosen(places, input)?;
    let (store, _) = named(places, &group)?;
    state::modify(store, GROUP, &group, |spec| {
        let policies = spec.at_mut("kubetick/policies").list_mut();
        policies.retain(|p| p.at("PolicyName") != policy.at("PolicyName"));
    });
    Ok(Value::Null)
}

/// Carries out a policy that adjusts the size, once.
pub(super) fn execute(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (name, policy) = chosen(places, input)?;
    let (store, group) = named(places, &name)?;
    let adjustment = match policy.str_at("PolicyType") {
        "SimpleScaling" => policy.int_at("ScalingAdjustment").unwrap_or(0),
        "StepScaling" => step(&policy, input)?,
        kind => return Err(validation_error(format!("Policies of type {kind} cannot be executed."))),
    };
    let size = |member: &str| group.int_at(&format!("spec/{member}")).unwrap_or(0);
    let before = size("DesiredCapacity");
    let wanted = match policy.str_at("AdjustmentType") {
        "ExactCapacity" => adjustment,
        "PercentChangeInCapacity" => {
            before + percent(before, adjustment, policy.int_at("MinAdjustmentMagnitude"))
        }
        _ => before + adjustment,
    };
    let after = wanted.clamp(size("MinSize"), size("MaxSize"));
    if after != before {
        let policy = policy.str_at("PolicyName");
        let cause = format!(
            "a user request executed policy {policy} changing the desired capacity from {before} to {after}"
        );
        set_size(store, &name, after, &cause);
    }
    Ok(Value::Null)
}

/// A share of the capacity: away from zero it is at least one, and at least the magnitude the policy asks for.
fn percent(capacity: i64, percent: i64, least: Option<i64>) -> i64 {
    let share = capacity * percent / 100;
    let share = if share == 0 { percent.signum() } else { share };
    match least {
        Some(least) if share.abs() < least => least * percent.signum(),
        _ => share,
    }
}

/// The adjustment of the step that a metric's value falls into.
fn step(policy: &Value, input: &Value) -> Result<i64, ServiceError> {
    let (Some(value), Some(threshold)) =
        (input.at("MetricValue").as_f64(), input.at("BreachThreshold").as_f64())
    else {
        return Err(validation_error(
            "MetricValue and BreachThreshold are required for StepScaling policies.",
        ));
    };
    let over = value - threshold;
    let holds = |step: &&Value| {
        step.at("MetricIntervalLowerBound").as_f64().is_none_or(|low| over >= low)
            && step.at("MetricIntervalUpperBound").as_f64().is_none_or(|high| over < high)
    };
    let found = policy.items_at("StepAdjustments").iter().find(holds);
    Ok(found.and_then(|step| step.int_at("ScalingAdjustment")).unwrap_or(0))
}
