//! Amazon EC2 Auto Scaling: groups, their sizes, their instances, what happened to them. The instances themselves come
//! and go by the actor `autoscaling` ([`crate::actors::cloud`]); here is what a request reads and changes at once.

mod activities;
mod capacity;
mod groups;
mod instances;
mod tags;

pub use activities::{Activity, begin, cause_at, end};
pub use groups::{ARN_SERVICE, NewGroup, create, group_arn};
pub use instances::{Lifecycle, in_group, is_terminating};

use super::{Places, Request, ServiceError};
use crate::machinery::{Object, Value};
use crate::store::Store;

/// Answers a request.
pub(super) fn call(places: &Places<'_>, request: &Request) -> Result<Value, ServiceError> {
    let input = &request.input;
    match request.operation.as_str() {
        "DescribeAutoScalingGroups" => groups::describe(places, input),
        "CreateAutoScalingGroup" => groups::create_by_request(places, input),
        "UpdateAutoScalingGroup" => groups::update(places, input),
        "DeleteAutoScalingGroup" => groups::delete(places, input),
        "SetDesiredCapacity" => capacity::set_desired(places, input),
        "TerminateInstanceInAutoScalingGroup" => capacity::terminate(places, input),
        "DescribeAutoScalingInstances" => instances::describe(places, input),
        "SetInstanceHealth" => instances::set_health(places, input),
        "SetInstanceProtection" => instances::set_protection(places, input),
        "DescribeScalingActivities" => activities::describe(places, input),
        "DescribeTags" => tags::describe(places, input),
        "CreateOrUpdateTags" => tags::create_or_update(places, input),
        "DeleteTags" => tags::delete(places, input),
        "SuspendProcesses" => groups::suspend(places, input),
        "ResumeProcesses" => groups::resume(places, input),
        "DescribeLaunchConfigurations" => Ok(crate::json!({"LaunchConfigurations": []})),
        "DescribeLifecycleHooks" => groups::lifecycle_hooks(places, input),
        "DescribePolicies" => Ok(crate::json!({"ScalingPolicies": []})),
        _ => Err(request.not_simulated()),
    }
}

fn validation_error(message: impl Into<String>) -> ServiceError {
    ServiceError::invalid("ValidationError", message)
}

/// The group a request names, with its store.
fn named<'a>(places: &Places<'a>, name: &str) -> Result<(&'a Store, Object), ServiceError> {
    places
        .find(super::state::GROUP, name)
        .ok_or_else(|| validation_error("AutoScalingGroup name not found - null"))
}
