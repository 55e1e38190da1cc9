//! Instances as their group sees them.

use super::super::filters::{Limit, page};
use super::super::state::{self, INSTANCE};
use super::super::{Places, ServiceError};
use super::activities::{self, Activity};
use super::{named, validation_error};
use crate::json;
use crate::machinery::{Object, Value};
use crate::store::Store;

const LIMIT: Limit =
    Limit { size: "MaxRecords", token: "NextToken", default: 50, most: 50, bad_token: "InvalidNextToken" };

/// What the states of instances in a warm pool begin with.
const WARMED: &str = "Warmed:";

/// Where an instance of a group stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lifecycle {
    /// It starts.
    Pending,
    /// It is up and waits at the launching hooks of its group.
    PendingWait,
    /// The hooks let it go on.
    PendingProceed,
    /// It serves.
    InService,
    /// It is on its way out.
    Terminating,
    /// It is on its way out and waits at the terminating hooks of its group.
    TerminatingWait,
    /// It is on its way out, and nothing holds it any more.
    TerminatingProceed,
    /// It is gone.
    Terminated,
    /// It stands in the warm pool of its group, prepared.
    Warmed,
    /// It rests: it belongs to the group and counts for nothing.
    Standby,
}

impl Lifecycle {
    /// Reads it off an instance. What happens in a warm pool is told as in the group itself.
    pub fn of(instance: &Object) -> Lifecycle {
        let told = instance.str_at("spec/kubetick/lifecycle");
        match told.strip_prefix(WARMED).unwrap_or(told) {
            "Pending" => Lifecycle::Pending,
            "Pending:Wait" => Lifecycle::PendingWait,
            "Pending:Proceed" => Lifecycle::PendingProceed,
            "Terminating" => Lifecycle::Terminating,
            "Terminating:Wait" => Lifecycle::TerminatingWait,
            "Terminating:Proceed" => Lifecycle::TerminatingProceed,
            "Terminated" => Lifecycle::Terminated,
            "Standby" => Lifecycle::Standby,
            "Stopped" | "Running" | "Hibernated" => Lifecycle::Warmed,
            _ => Lifecycle::InService,
        }
    }
}

/// Whether an instance is on its way out, or gone.
pub fn is_terminating(instance: &Object) -> bool {
    use Lifecycle::{Terminated, Terminating, TerminatingProceed, TerminatingWait};
    matches!(Lifecycle::of(instance), Terminating | TerminatingWait | TerminatingProceed | Terminated)
}

/// Whether an instance stands in the warm pool of its group, or is on its way into or out of it.
pub fn is_warm(instance: &Object) -> bool {
    instance.str_at("spec/kubetick/lifecycle").starts_with(WARMED)
}

/// What an instance of a group says of itself, with what tells those of the warm pool from the others.
pub fn told_of(instance: &Object, lifecycle: &str) -> String {
    format!("{}{lifecycle}", if is_warm(instance) { WARMED } else { "" })
}

/// The instances of a group and of its warm pool, by id.
pub fn of_group(store: &Store, group: &str) -> Vec<Object> {
    let mut all = state::list(store, INSTANCE);
    all.retain(|i| i.str_at("spec/kubetick/group") == group && Lifecycle::of(i) != Lifecycle::Terminated);
    all
}

/// The instances a group lists, by id.
pub fn in_group(store: &Store, group: &str) -> Vec<Object> {
    let mut all = of_group(store, group);
    all.retain(|i| !is_warm(i));
    all
}

/// The instances in the warm pool of a group, by id.
pub fn in_pool(store: &Store, group: &str) -> Vec<Object> {
    let mut all = of_group(store, group);
    all.retain(is_warm);
    all
}

/// Takes an instance out of service: tells of it, gives a launch up that was under way, and has it end. Answers the id of
/// the activity.
pub fn take_out(store: &Store, instance: &Object, cause: String) -> String {
    let launch = instance.str_at("spec/kubetick/activity");
    if !launch.is_empty() {
        activities::end(store, launch, "Cancelled");
    }
    let id = instance.name();
    let activity = activities::begin(
        store,
        &Activity {
            group: instance.str_at("spec/kubetick/group"),
            description: format!("Terminating EC2 instance: {id}"),
            cause,
            status: "InProgress",
            zone: instance.str_at("spec/Placement/AvailabilityZone"),
        },
    );
    state::modify(store, INSTANCE, id, |spec| {
        spec.set("kubetick/lifecycle", told_of(instance, "Terminating"));
        spec.set("kubetick/activity", activity.as_str());
        spec.at_mut("kubetick").remove("actions");
    });
    activity
}

/// As `DescribeAutoScalingGroups` shows one.
pub(super) fn in_a_group(instance: &Object) -> Value {
    let spec = instance.at("spec");
    json!({
        "InstanceId": (spec.at("InstanceId")), "InstanceType": (spec.at("InstanceType")),
        "AvailabilityZone": (spec.at("Placement/AvailabilityZone")),
        "LifecycleState": (spec.at("kubetick/lifecycle")), "HealthStatus": (health(spec)),
        "LaunchTemplate": (spec.at("kubetick/launchTemplate")),
        "ProtectedFromScaleIn": (spec.bool_at("kubetick/protected")),
    })
}

fn health(spec: &Value) -> &'static str {
    if spec.bool_at("kubetick/unhealthy") { "Unhealthy" } else { "Healthy" }
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let ids = input.items_at("InstanceIds");
    let of_groups =
        |i: &Object| !i.str_at("spec/kubetick/group").is_empty() && Lifecycle::of(i) != Lifecycle::Terminated;
    let shown = |instance: Object| {
        let mut shown = in_a_group(&instance);
        shown.set("AutoScalingGroupName", instance.at("spec/kubetick/group"));
        shown.set("HealthStatus", health(instance.at("spec")).to_uppercase());
        shown
    };
    let found = places
        .list(INSTANCE)
        .into_iter()
        .filter(of_groups)
        .filter(|i| ids.is_empty() || ids.contains(i.at("spec/InstanceId")))
        .map(shown)
        .collect();
    page(found, "AutoScalingInstances", input, LIMIT)
}

fn managed<'a>(places: &Places<'a>, id: &str) -> Result<&'a Store, ServiceError> {
    let found = places.find(INSTANCE, id).filter(|(_, i)| !i.str_at("spec/kubetick/group").is_empty());
    found.map(|(store, _)| store).ok_or_else(|| {
        validation_error(format!("Instance Id not found - No managed instance found for instance ID {id}"))
    })
}

pub(super) fn set_health(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let id = input.str_at("InstanceId");
    let store = managed(places, id)?;
    let unhealthy = match input.str_at("HealthStatus") {
        "Healthy" => false,
        "Unhealthy" => true,
        _ => return Err(validation_error("Valid instance health states are: [Healthy, Unhealthy].")),
    };
    state::modify(store, INSTANCE, id, |spec| {
        spec.set("kubetick/unhealthy", unhealthy);
        spec.set("kubetick/reason", "a user health-check");
    });
    Ok(Value::Null)
}

pub(super) fn set_protection(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, _) = named(places, name)?;
    let ids: Vec<&str> = input.items_at("InstanceIds").iter().filter_map(Value::as_str).collect();
    let members = in_group(store, name);
    if let Some(stranger) = ids.iter().find(|id| !members.iter().any(|i| i.name() == **id)) {
        return Err(validation_error(format!(
            "The instance {stranger} is not part of Auto Scaling group {name}."
        )));
    }
    for id in ids {
        let protected = input.bool_at("ProtectedFromScaleIn");
        state::modify(store, INSTANCE, id, |spec| spec.set("kubetick/protected", protected));
    }
    Ok(Value::Null)
}
