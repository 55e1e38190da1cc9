//! Instances that leave a group, rest, come back.

use super::super::state::{self, INSTANCE};
use super::super::{Places, ServiceError};
use super::capacity::set_size;
use super::{Activity, Lifecycle, activities, begin, cause_at, end, in_group, named, validation_error};
use crate::json;
use crate::machinery::{Object, Value};
use crate::store::Store;

/// The instances a request names, each once.
fn ids(input: &Value) -> Vec<&str> {
    let mut ids = Vec::new();
    for id in input.items_at("InstanceIds").iter().filter_map(Value::as_str) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// The members of a group that a request names; they have to be in one of these states.
fn members(
    store: &Store,
    name: &str,
    input: &Value,
    states: &[Lifecycle],
) -> Result<Vec<Object>, ServiceError> {
    let all = in_group(store, name);
    let mut found = Vec::new();
    for id in ids(input) {
        let Some(member) = all.iter().find(|i| i.name() == id) else {
            return Err(validation_error(format!(
                "The instance {id} is not part of Auto Scaling group {name}."
            )));
        };
        if !states.contains(&Lifecycle::of(member)) {
            let names: Vec<String> = states.iter().map(|state| format!("{state:?}")).collect();
            return Err(validation_error(format!("The instance {id} is not in {}.", names.join(" or "))));
        }
        found.push(member.clone());
    }
    Ok(found)
}

fn size(group: &Object, member: &str) -> i64 {
    group.int_at(&format!("spec/{member}")).unwrap_or(0)
}

/// A group cannot become smaller than its least size by what leaves it.
fn check_least(group: &Object, count: i64, what: &str) -> Result<(), ServiceError> {
    let (min, max, desired) =
        (size(group, "MinSize"), size(group, "MaxSize"), size(group, "DesiredCapacity"));
    if desired - count >= min {
        return Ok(());
    }
    Err(validation_error(format!(
        "AutoScalingGroup {} has min-size={min}, max-size={max}, and desired-size={desired}. {what} {count} instance, please update the AutoScalingGroup sizes appropriately.",
        group.name()
    )))
}

/// How an instance changes its standing in the group.
struct Move {
    /// `Detaching EC2 instance: `.
    description: &'static str,
    /// `detached`.
    verb: &'static str,
    /// By how much the wanted size changes with each: -1, 0 or 1.
    change: i64,
}

/// Tells of a move, carries it out, and changes the wanted size with it.
fn carry_out(
    places: &Places<'_>,
    store: &Store,
    group: &Object,
    moved: &[Object],
    how: &Move,
    change: impl Fn(&mut Value),
) -> Value {
    let name = group.name();
    let before = size(group, "DesiredCapacity");
    let after = before + how.change * moved.len() as i64;
    let direction = match how.change {
        0 => String::new(),
        c if c < 0 => format!(", shrinking the capacity from {before} to {after}"),
        _ => format!(", increasing the capacity from {before} to {after}"),
    };
    if after != before {
        set_size(store, name, after, "");
    }
    let mut told = Vec::new();
    for instance in moved {
        let id = instance.name();
        let clause = format!("instance {id} was {} in response to a user request{direction}", how.verb);
        let activity = begin(
            store,
            &Activity {
                group: name,
                description: format!("{}{id}", how.description),
                cause: cause_at(store.now(), &clause),
                status: "InProgress",
                zone: instance.str_at("spec/Placement/AvailabilityZone"),
            },
        );
        told.push(activities::shown(places, store, &activity));
        end(store, &activity, "Successful");
        state::modify(store, INSTANCE, id, &change);
    }
    json!({"Activities": told})
}

/// How instances go out of service without ending.
struct Leaving {
    /// `To detach`.
    what: &'static str,
    /// Where they have to stand.
    from: &'static [Lifecycle],
    /// `Detaching EC2 instance: `.
    description: &'static str,
    /// `detached`.
    verb: &'static str,
}

/// Takes the instances of a request out of service, and their places with them if it says so.
fn leave(
    places: &Places<'_>,
    input: &Value,
    leaving: &Leaving,
    change: impl Fn(&mut Value),
) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, group) = named(places, name)?;
    let moved = members(store, name, input, leaving.from)?;
    let decrement = input.bool_at("ShouldDecrementDesiredCapacity");
    if decrement {
        check_least(&group, moved.len() as i64, leaving.what)?;
    }
    let how =
        Move { description: leaving.description, verb: leaving.verb, change: if decrement { -1 } else { 0 } };
    Ok(carry_out(places, store, &group, &moved, &how, change))
}

pub(super) fn detach(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let leaving = Leaving {
        what: "To detach",
        from: &[Lifecycle::InService, Lifecycle::Standby],
        description: "Detaching EC2 instance: ",
        verb: "detached",
    };
    leave(places, input, &leaving, |spec| {
        spec.remove("kubetick/group");
        spec.at_mut("Tags").list_mut().retain(|t| t.str_at("Key") != "aws:autoscaling:groupName");
    })
}

pub(super) fn attach(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, group) = named(places, name)?;
    let mut moved = Vec::new();
    for id in ids(input) {
        let Some(instance) = state::find(store, INSTANCE, id) else {
            return Err(validation_error(format!("Invalid Instance ID(s): [{id}] specified")));
        };
        let owner = instance.str_at("spec/kubetick/group");
        if !owner.is_empty() {
            return Err(validation_error(format!(
                "Instance {id} is already part of AutoScalingGroup:{owner}"
            )));
        }
        if instance.str_at("spec/State/Name") != "running" {
            return Err(validation_error(format!("Instance {id} is not in correct state to be attached")));
        }
        moved.push(instance);
    }
    let (desired, max) = (size(&group, "DesiredCapacity"), size(&group, "MaxSize"));
    let wanted = desired + moved.len() as i64;
    if wanted > max {
        return Err(validation_error(format!(
            "AutoScalingGroup {name} has max-size={max} and desired-size={desired}. To attach {} instance, please update the AutoScalingGroup sizes appropriately.",
            moved.len()
        )));
    }
    let how = Move { description: "Attaching an existing EC2 instance: ", verb: "attached", change: 1 };
    carry_out(places, store, &group, &moved, &how, |spec| {
        spec.set("kubetick/group", name);
        spec.set("kubetick/lifecycle", "InService");
        spec.at_mut("Tags").list_mut().push(json!({"Key": "aws:autoscaling:groupName", "Value": name}));
    });
    Ok(Value::Null)
}

pub(super) fn enter_standby(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let leaving = Leaving {
        what: "To place into standby",
        from: &[Lifecycle::InService],
        description: "Moving EC2 instance to Standby: ",
        verb: "moved to standby",
    };
    leave(places, input, &leaving, |spec| spec.set("kubetick/lifecycle", "Standby"))
}

pub(super) fn exit_standby(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, group) = named(places, name)?;
    let moved = members(store, name, input, &[Lifecycle::Standby])?;
    let (desired, max) = (size(&group, "DesiredCapacity"), size(&group, "MaxSize"));
    if desired + moved.len() as i64 > max {
        return Err(validation_error(format!(
            "AutoScalingGroup {name} has min-size={}, max-size={max}, and desired-size={desired}. To move {} instance out of standby, please update the AutoScalingGroup sizes appropriately.",
            size(&group, "MinSize"),
            moved.len()
        )));
    }
    let how =
        Move { description: "Moving EC2 instance out of Standby: ", verb: "moved out of standby", change: 1 };
    Ok(carry_out(places, store, &group, &moved, &how, |spec| spec.set("kubetick/lifecycle", "InService")))
}
