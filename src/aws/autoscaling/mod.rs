//! Amazon EC2 Auto Scaling: groups, their sizes, their instances, what happened to them. The instances themselves come
//! and go by the actor `autoscaling` ([`crate::actors::cloud`]); here is what a request reads and changes at once.

mod activities;
mod capacity;
mod groups;
mod instances;
mod tags;

pub use activities::{Activity, begin, cause_at, end};
pub use groups::{NewGroup, create, group_arn};
pub use instances::{Lifecycle, in_group, is_terminating};

use super::{Operations, Places, ServiceError};
use crate::machinery::Object;
use crate::store::Store;

/// The operations answered here.
pub(super) const OPERATIONS: Operations = &[
    ("DescribeAutoScalingGroups", groups::describe),
    ("CreateAutoScalingGroup", groups::create_by_request),
    ("UpdateAutoScalingGroup", groups::update),
    ("DeleteAutoScalingGroup", groups::delete),
    ("SetDesiredCapacity", capacity::set_desired),
    ("TerminateInstanceInAutoScalingGroup", capacity::terminate),
    ("DescribeAutoScalingInstances", instances::describe),
    ("SetInstanceHealth", instances::set_health),
    ("SetInstanceProtection", instances::set_protection),
    ("DescribeScalingActivities", activities::describe),
    ("DescribeTags", tags::describe),
    ("CreateOrUpdateTags", tags::create_or_update),
    ("DeleteTags", tags::delete),
    ("SuspendProcesses", groups::suspend),
    ("ResumeProcesses", groups::resume),
    ("DescribeLifecycleHooks", groups::lifecycle_hooks),
    ("DescribeLaunchConfigurations", groups::launch_configurations),
    ("DescribePolicies", groups::policies),
];

fn validation_error(message: impl Into<String>) -> ServiceError {
    ServiceError::invalid("ValidationError", message)
}

/// The group a request names, with its store.
fn named<'a>(places: &Places<'a>, name: &str) -> Result<(&'a Store, Object), ServiceError> {
    places
        .find(super::state::GROUP, name)
        .ok_or_else(|| validation_error("AutoScalingGroup name not found - null"))
}
