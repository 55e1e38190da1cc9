//! What holds of the whole service.

use super::super::state::GROUP;
use super::super::{Places, ServiceError};
use super::groups::PROCESSES;
use super::hooks::Transition;
use crate::json;
use crate::machinery::Value;

/// Entries of one member each.
fn entries(member: &str, values: &[&str]) -> Vec<Value> {
    let entry = |value: &&str| {
        let mut entry = Value::object();
        entry.set(member, *value);
        entry
    };
    values.iter().map(entry).collect()
}

fn texts(values: &[&str]) -> Vec<Value> {
    values.iter().map(|v| Value::from(*v)).collect()
}

pub(super) fn account(places: &Places<'_>, _: &Value) -> Result<Value, ServiceError> {
    Ok(json!({
        "MaxNumberOfAutoScalingGroups": 500, "MaxNumberOfLaunchConfigurations": 200,
        "NumberOfAutoScalingGroups": (places.list(GROUP).len() as i64), "NumberOfLaunchConfigurations": 0,
    }))
}

pub(super) fn adjustments(_: &Places<'_>, _: &Value) -> Result<Value, ServiceError> {
    let types = ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"];
    Ok(json!({"AdjustmentTypes": (entries("AdjustmentType", &types))}))
}

pub(super) fn processes(_: &Places<'_>, _: &Value) -> Result<Value, ServiceError> {
    let mut names = PROCESSES;
    names.sort_unstable();
    Ok(json!({"Processes": (entries("ProcessName", &names))}))
}

pub(super) fn termination_policies(_: &Places<'_>, _: &Value) -> Result<Value, ServiceError> {
    let types = [
        "AllocationStrategy",
        "ClosestToNextInstanceHour",
        "Default",
        "NewestInstance",
        "OldestInstance",
        "OldestLaunchConfiguration",
        "OldestLaunchTemplate",
    ];
    Ok(json!({"TerminationPolicyTypes": (texts(&types))}))
}

pub(super) fn hooks(_: &Places<'_>, _: &Value) -> Result<Value, ServiceError> {
    Ok(json!({"LifecycleHookTypes": (texts(&Transition::ALL.map(Transition::name)))}))
}
