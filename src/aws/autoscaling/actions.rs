//! Lifecycle actions: an instance waits at the hooks of its group until each is answered, or its time is up.

use super::super::state::{self, GROUP, INSTANCE};
use super::super::{Places, ServiceError};
use super::hooks::{self, Transition, check_result};
use super::{instances, named, validation_error};
use crate::json;
use crate::machinery::{Duration, Object, Time, Value};
use crate::store::Store;

/// What the actions of an instance amount to.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// One is not answered; the first falls to its default result at this instant.
    Waiting(Time),
    /// All were answered CONTINUE.
    Continue,
    /// One was abandoned, for this reason: the others do not matter any more.
    Abandoned(String),
}

/// Has an instance wait at the hooks of its group; answers whether there is any. EKS hears of a launch and answers at once;
/// it drains what still runs.
pub fn begin_actions(store: &Store, instance: &Object, transition: Transition) -> bool {
    let Some(group) = state::find(store, GROUP, instance.str_at("spec/kubetick/group")) else { return false };
    let runs = instance.str_at("spec/State/Name") == "running";
    let mut hooks = hooks::met(&group, transition);
    hooks.retain(|hook| {
        !hooks::is_of_eks(&group, hook.str_at("LifecycleHookName"))
            || (transition == Transition::Terminating && runs)
    });
    if hooks.is_empty() {
        return false;
    }
    let now = store.now();
    let action = |hook: &Value| {
        json!({
            "hook": hook, "token": (state::uuid(store, "lifecycle-action")), "begun": (now.0), "beat": (now.0),
            "transition": (transition.name()),
        })
    };
    let actions: Vec<Value> = hooks.iter().map(action).collect();
    state::modify(store, INSTANCE, instance.name(), |spec| spec.set("kubetick/actions", actions));
    true
}

/// Whether an instance waits at the hook with which EKS drains its node.
pub fn eks_drains(store: &Store, instance: &Object) -> bool {
    let group = state::find(store, GROUP, instance.str_at("spec/kubetick/group")).unwrap_or_default();
    let of_eks =
        |action: &Value| is_open(action) && hooks::is_of_eks(&group, action.str_at("hook/LifecycleHookName"));
    instance.items_at("spec/kubetick/actions").iter().any(of_eks)
}

/// EKS is done with an instance.
pub fn eks_continues(store: &Store, instance: &Object) {
    let group = state::find(store, GROUP, instance.str_at("spec/kubetick/group")).unwrap_or_default();
    answer(store, instance.name(), "CONTINUE", |action| {
        hooks::is_of_eks(&group, action.str_at("hook/LifecycleHookName"))
    });
}

fn is_open(action: &Value) -> bool {
    action.str_at("result").is_empty()
}

/// When an action falls to its default result: nobody was heard of for the heartbeat's time, or it takes too long in all.
fn due(action: &Value) -> Time {
    let after = |from: &str, timeout: &str| {
        Time(action.int_at(from).unwrap_or(0)) + Duration::from_secs(action.int_at(timeout).unwrap_or(0))
    };
    after("beat", "hook/HeartbeatTimeout").min(after("begun", "hook/GlobalTimeout"))
}

/// Where the actions of a waiting instance stand.
pub fn outcome(store: &Store, instance: &Object) -> Outcome {
    let mut waiting = None;
    for action in instance.items_at("spec/kubetick/actions") {
        let (result, why) = match action.str_at("result") {
            "" if store.now() < due(action) => {
                waiting = Some(waiting.map_or(due(action), |at: Time| at.min(due(action))));
                continue;
            }
            "" => (action.str_at("hook/DefaultResult"), "Heartbeat Timeout"),
            given => (given, "Lifecycle Action Completed with ABANDON Result"),
        };
        if result == "ABANDON" {
            let token = action.str_at("token");
            return Outcome::Abandoned(format!(
                "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {token} was abandoned: {why}"
            ));
        }
    }
    waiting.map_or(Outcome::Continue, Outcome::Waiting)
}

/// Answers the open actions of a waiting instance that are meant.
fn answer(store: &Store, id: &str, result: &str, is_meant: impl Fn(&Value) -> bool) {
    state::modify(store, INSTANCE, id, |spec| {
        for action in spec.at_mut("kubetick/actions").list_mut() {
            if is_open(action) && is_meant(action) {
                action.set("result", result);
            }
        }
    });
}

/// A hook goes: who waits at it gives a launch up, and ends what was ending.
pub(super) fn complete_all(store: &Store, group: &str, hook: &str) {
    let waits = |instance: &Object| !instance.items_at("spec/kubetick/actions").is_empty();
    for instance in instances::of_group(store, group).into_iter().filter(waits) {
        for (transition, result) in
            [(Transition::Launching, "ABANDON"), (Transition::Terminating, "CONTINUE")]
        {
            answer(store, instance.name(), result, |action| {
                action.str_at("hook/LifecycleHookName") == hook
                    && action.str_at("transition") == transition.name()
            });
        }
    }
}

/// The open action a request names, by its token or by its instance.
fn chosen<'a>(places: &Places<'a>, input: &Value) -> Result<(&'a Store, Object, Value), ServiceError> {
    let name =
        input.str_at("AutoScalingGroupName").rsplit("autoScalingGroupName/").next().unwrap_or_default();
    let (store, _) = named(places, name)?;
    let (token, id) = (input.str_at("LifecycleActionToken"), input.str_at("InstanceId"));
    if token.is_empty() && id.is_empty() {
        return Err(validation_error("Either LifecycleActionToken or InstanceId must be specified."));
    }
    let is_meant = |action: &Value| {
        is_open(action)
            && store.now() < due(action)
            && action.str_at("hook/LifecycleHookName") == input.str_at("LifecycleHookName")
            && (token.is_empty() || action.str_at("token") == token)
    };
    for instance in instances::of_group(store, name) {
        let action =
            instance.items_at("spec/kubetick/actions").iter().find(|action| is_meant(action)).cloned();
        if let Some(action) = action.filter(|_| id.is_empty() || instance.name() == id) {
            return Ok((store, instance, action));
        }
    }
    Err(validation_error(if token.is_empty() {
        format!("No active Lifecycle Action found with instance ID {id}")
    } else {
        format!("No active Lifecycle Action found with token {token}")
    }))
}

pub(super) fn complete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let result = input.str_at("LifecycleActionResult");
    check_result(result)?;
    let (store, instance, action) = chosen(places, input)?;
    answer(store, instance.name(), result, |a| a.at("token") == action.at("token"));
    Ok(Value::Null)
}

pub(super) fn heartbeat(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (store, instance, action) = chosen(places, input)?;
    let now = store.now();
    state::modify(store, INSTANCE, instance.name(), |spec| {
        for open in spec.at_mut("kubetick/actions").list_mut() {
            if open.at("token") == action.at("token") {
                open.set("beat", now.0);
            }
        }
    });
    Ok(Value::Null)
}
