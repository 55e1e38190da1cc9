//! Amazon EC2 Auto Scaling: groups, their sizes, their instances, what happened to them. The instances themselves come
//! and go by the actor `autoscaling` ([`crate::actors::cloud`]); here is what a request reads and changes at once.

mod actions;
mod activities;
mod capacity;
mod groups;
mod hooks;
mod instances;
mod limits;
mod membership;
mod policies;
mod refreshes;
mod scheduled;
mod tags;
mod warm_pools;

pub use actions::{Outcome, begin_actions, eks_continues, eks_drains, outcome};
pub use activities::{Activity, begin, cancel, cause_at, change_status, end, fail};
pub use capacity::set_size;
pub use groups::{ARN_SERVICE, NewGroup, create, group_arn};
pub use hooks::{Transition, notify};

pub use instances::{Lifecycle, in_group, in_pool, is_terminating, is_warm, of_group, take_out, told_of};
pub use refreshes::{begin as begin_refresh, running as running_refresh};
pub use scheduled::next_run;
pub use warm_pools::{WarmPool, end_pool};

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
    ("DescribeLifecycleHooks", hooks::describe),
    ("PutLifecycleHook", hooks::put),
    ("DeleteLifecycleHook", hooks::delete),
    ("CompleteLifecycleAction", actions::complete),
    ("RecordLifecycleActionHeartbeat", actions::heartbeat),
    ("PutWarmPool", warm_pools::put),
    ("DescribeWarmPool", warm_pools::describe),
    ("DeleteWarmPool", warm_pools::delete),
    ("DescribeLaunchConfigurations", groups::launch_configurations),
    ("DescribePolicies", policies::describe),
    ("PutScalingPolicy", policies::put),
    ("DeletePolicy", policies::delete),
    ("ExecutePolicy", policies::execute),
    ("DescribeScheduledActions", scheduled::describe),
    ("PutScheduledUpdateGroupAction", scheduled::put),
    ("DeleteScheduledAction", scheduled::delete),
    ("AttachInstances", membership::attach),
    ("DetachInstances", membership::detach),
    ("EnterStandby", membership::enter_standby),
    ("ExitStandby", membership::exit_standby),
    ("StartInstanceRefresh", refreshes::start),
    ("DescribeInstanceRefreshes", refreshes::describe),
    ("CancelInstanceRefresh", refreshes::cancel),
    ("DescribeAccountLimits", limits::account),
    ("DescribeAdjustmentTypes", limits::adjustments),
    ("DescribeScalingProcessTypes", limits::processes),
    ("DescribeTerminationPolicyTypes", limits::termination_policies),
    ("DescribeLifecycleHookTypes", limits::hooks),
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
