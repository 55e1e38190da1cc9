//! Changing how many instances a group has.

use super::super::state::{self, GROUP, INSTANCE};
use super::super::{Places, ServiceError};
use super::{Lifecycle, activities, cause_at, named, take_out, validation_error};
use crate::json;
use crate::machinery::{Duration, Time, Value};
use crate::store::Store;

pub(super) fn set_desired(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, object) = named(places, name)?;
    let group = object.at("spec");
    let size = |member: &str| group.int_at(member).unwrap_or(0);
    let desired = input.int_at("DesiredCapacity").unwrap_or(0);
    if desired > size("MaxSize") {
        return Err(validation_error(format!(
            "New SetDesiredCapacity value {desired} is above max value {} for the AutoScalingGroup.",
            size("MaxSize")
        )));
    }
    if desired < size("MinSize") {
        return Err(validation_error(format!(
            "New SetDesiredCapacity value {desired} is below min value {} for the AutoScalingGroup.",
            size("MinSize")
        )));
    }
    let changed = Time::parse(group.str_at("kubetick/changed"));
    let cooldown = Duration::from_secs(size("DefaultCooldown"));
    if input.bool_at("HonorCooldown") && changed.is_some_and(|at| store.now() < at + cooldown) {
        return Err(ServiceError::invalid(
            "ScalingActivityInProgress",
            format!(
                "Scaling activity already in progress for the group {name}. It is in its cooldown period."
            ),
        ));
    }
    let before = size("DesiredCapacity");
    if desired != before {
        let cause = format!(
            "a user request explicitly set group desired capacity changing the desired capacity from {before} to {desired}"
        );
        set_size(store, name, desired, &cause);
    }
    Ok(Value::Null)
}

/// Wants another size of a group. Without a cause the change has been told of already.
pub fn set_size(store: &Store, name: &str, desired: i64, cause: &str) {
    let now = state::timestamp(store.now());
    state::modify(store, GROUP, name, |spec| {
        spec.set("DesiredCapacity", desired);
        if !cause.is_empty() {
            spec.set("kubetick/cause", cause);
            spec.set("kubetick/changed", now);
        }
    });
}

/// Ends one instance, and with it the place it filled or not.
pub(super) fn terminate(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let id = input.str_at("InstanceId");
    let found = places.find(INSTANCE, id).filter(|(_, i)| {
        !i.str_at("spec/kubetick/group").is_empty() && Lifecycle::of(i) != Lifecycle::Terminated
    });
    let Some((store, instance)) = found else {
        return Err(validation_error(format!(
            "Instance Id not found - No managed instance found for instance ID {id}"
        )));
    };
    let name = instance.str_at("spec/kubetick/group").to_string();
    let (_, group) = named(places, &name)?;
    let decrement = input.bool_at("ShouldDecrementDesiredCapacity");
    let desired = group.int_at("spec/DesiredCapacity").unwrap_or(0);
    let min = group.int_at("spec/MinSize").unwrap_or(0);
    if decrement && desired <= min {
        return Err(validation_error(format!(
            "Currently, desiredSize equals minSize ({min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size."
        )));
    }
    let now = store.now();
    let mut clause = format!("instance {id} was taken out of service in response to a user request");
    if decrement {
        clause.push_str(&format!(", shrinking the capacity from {desired} to {}", desired - 1));
        state::modify(store, GROUP, &name, |spec| {
            spec.set("DesiredCapacity", desired - 1);
        });
    }
    let activity = take_out(store, &instance, cause_at(now, &clause));
    Ok(json!({"Activity": (activities::shown(places, store, &activity))}))
}
