//! Scheduled actions: sizes that a group takes on at an instant, or again and again.

use super::super::filters::{Limit, page};
use super::super::state::{self, GROUP};
use super::super::{Places, ServiceError};
use super::{ARN_SERVICE, named, validation_error};
use crate::json;
use crate::machinery::cron::Schedule;
use crate::machinery::{Time, Value, names};

const LIMIT: Limit =
    Limit { size: "MaxRecords", token: "NextToken", default: 50, most: 100, bad_token: "InvalidNextToken" };
const SIZES: [&str; 3] = ["MinSize", "MaxSize", "DesiredCapacity"];

/// When an action is due after an instant; none when it is over.
pub fn next_run(action: &Value, after: Time) -> Option<Time> {
    let at = |member: &str| Time::parse(action.str_at(member));
    let next = match action.str_at("Recurrence") {
        "" => at("StartTime").filter(|start| *start > after)?,
        text => {
            let zone = action.str_at("TimeZone");
            let zone = if zone.is_empty() { "UTC" } else { zone };
            let schedule = Schedule::parse_in_zone(text, zone).ok()?;
            // The first run may fall on the start itself.
            let from = at("StartTime")
                .map_or(after, |start| after.max(start - crate::machinery::Duration::from_secs(1)));
            schedule.next(from)?
        }
    };
    at("EndTime").is_none_or(|end| next <= end).then_some(next)
}

pub(super) fn put(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, group) = named(places, name)?;
    let key = input.str_at("ScheduledActionName");
    let old =
        group.items_at("spec/kubetick/scheduled").iter().find(|a| a.str_at("ScheduledActionName") == key);
    let mut action = old.cloned().unwrap_or_else(|| json!({"ScheduledActionName": key}));
    action.set_given(input, &SIZES);
    action.set_given(input, &["StartTime", "EndTime", "Recurrence", "TimeZone"]);
    // `Time` is the old name of `StartTime`.
    if let Some(time) = input.get("Time").filter(|_| input.get("StartTime").is_none()) {
        action.set("StartTime", time);
    }
    check(&action, store.now())?;
    if action.str_at("Recurrence").is_empty() && action.str_at("StartTime").is_empty() {
        return Err(validation_error("Either recurrence or start time must be specified."));
    }
    action.remove("next");
    if let Some(next) = next_run(&action, store.now()) {
        action.set("next", next.rfc3339());
    }
    state::modify(store, GROUP, name, |spec| {
        let actions = spec.at_mut("kubetick/scheduled").list_mut();
        actions.retain(|a| a.str_at("ScheduledActionName") != key);
        actions.push(action);
        actions.sort_by(|a, b| a.str_at("ScheduledActionName").cmp(b.str_at("ScheduledActionName")));
    });
    Ok(Value::Null)
}

fn check(action: &Value, now: Time) -> Result<(), ServiceError> {
    if SIZES.iter().all(|size| action.get(size).is_none()) {
        return Err(validation_error(
            "At least one of MinSize, MaxSize, or DesiredCapacity must be specified for a scheduled action.",
        ));
    }
    let size = |member: &str| action.int_at(member);
    if let (Some(min), Some(max)) = (size("MinSize"), size("MaxSize"))
        && min > max
    {
        return Err(validation_error(format!(
            "Max bound, {max}, must be greater than or equal to min bound, {min}"
        )));
    }
    if let Some(desired) = size("DesiredCapacity")
        && (size("MinSize").is_some_and(|min| desired < min)
            || size("MaxSize").is_some_and(|max| desired > max))
    {
        return Err(validation_error(format!(
            "Desired capacity:{desired} must be between the specified min size:{} and max size:{}",
            size("MinSize").unwrap_or(0),
            size("MaxSize").unwrap_or(desired)
        )));
    }
    let recurrence = action.str_at("Recurrence");
    if !recurrence.is_empty() && Schedule::parse(recurrence).is_err() {
        return Err(validation_error(format!("Given recurrence string:{recurrence} is invalid")));
    }
    if recurrence.is_empty() && Time::parse(action.str_at("StartTime")).is_some_and(|start| start <= now) {
        return Err(validation_error("Given start time is in the past"));
    }
    Ok(())
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let wanted = input.str_at("AutoScalingGroupName");
    if !wanted.is_empty() {
        named(places, wanted)?;
    }
    let names_wanted = input.items_at("ScheduledActionNames");
    let mut found = Vec::new();
    for group in places.list(GROUP) {
        if !wanted.is_empty() && group.name() != wanted {
            continue;
        }
        for action in group.items_at("spec/kubetick/scheduled") {
            let key = action.str_at("ScheduledActionName");
            if !names_wanted.is_empty() && !names_wanted.iter().any(|n| n.as_str() == Some(key)) {
                continue;
            }
            let mut shown = action.clone();
            let next = shown.remove("next");
            if let Some(start) = next.or_else(|| shown.get("StartTime").cloned()) {
                shown.set("StartTime", &start);
                shown.set("Time", start);
            }
            let id = names::uid(0, &format!("scheduled-action {} {key}", group.name()), 0);
            let rest = format!(
                "scheduledUpdateGroupAction:{id}:autoScalingGroupName/{}:scheduledActionName/{key}",
                group.name()
            );
            shown.set("ScheduledActionARN", places.arn(ARN_SERVICE, &rest));
            shown.set("AutoScalingGroupName", group.name());
            found.push(shown);
        }
    }
    page(found, "ScheduledUpdateGroupActions", input, LIMIT)
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (name, key) = (input.str_at("AutoScalingGroupName"), input.str_at("ScheduledActionName"));
    let (store, group) = named(places, name)?;
    let known =
        group.items_at("spec/kubetick/scheduled").iter().any(|a| a.str_at("ScheduledActionName") == key);
    if !known {
        return Err(validation_error("Scheduled action name not found"));
    }
    state::modify(store, GROUP, name, |spec| {
        spec.at_mut("kubetick/scheduled").list_mut().retain(|a| a.str_at("ScheduledActionName") != key);
    });
    Ok(Value::Null)
}
