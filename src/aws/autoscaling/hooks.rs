//! Lifecycle hooks of groups: at what instances wait before they serve and before they end. They are kept with their group;
//! the waiting itself is [`super::actions`].

use super::super::state::{self, GROUP, STACK};
use super::super::{Places, ServiceError};
use super::{named, validation_error};
use crate::json;
use crate::machinery::{Object, Value};

/// How many hooks a group may have.
const MOST: usize = 50;
/// The hook with which EKS hears of a new instance of a managed group.
const LAUNCH_HOOK_OF_EKS: &str = "Launch-LC-Hook";
/// The hook with which EKS drains the node of one that ends.
const TERMINATE_HOOK_OF_EKS: &str = "Terminate-LC-Hook";

/// The two ways an instance goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transition {
    /// Into the group.
    Launching,
    /// Out of it.
    Terminating,
}

impl Transition {
    /// Both.
    pub const ALL: [Transition; 2] = [Transition::Launching, Transition::Terminating];

    /// As the API names it.
    pub fn name(self) -> &'static str {
        match self {
            Transition::Launching => "autoscaling:EC2_INSTANCE_LAUNCHING",
            Transition::Terminating => "autoscaling:EC2_INSTANCE_TERMINATING",
        }
    }
}

/// The hooks of a group, by name. Those of a managed group are what EKS puts there, until somebody changes them.
fn of(group: &Object) -> Vec<Value> {
    if let Some(kept) = group.at("spec/kubetick").get("hooks") {
        return kept.items().to_vec();
    }
    if !group.bool_at("spec/kubetick/nodeGroup/managed") {
        return Vec::new();
    }
    let of_eks =
        [(LAUNCH_HOOK_OF_EKS, Transition::Launching), (TERMINATE_HOOK_OF_EKS, Transition::Terminating)];
    let hook = |(name, transition): (&str, Transition)| {
        json!({
            "LifecycleHookName": name, "LifecycleTransition": (transition.name()), "HeartbeatTimeout": 1800,
            "GlobalTimeout": 172_800, "DefaultResult": "CONTINUE",
        })
    };
    of_eks.map(hook).to_vec()
}

/// The hooks that an instance of a group meets on its way.
pub(super) fn met(group: &Object, transition: Transition) -> Vec<Value> {
    let mut hooks = of(group);
    hooks.retain(|hook| hook.str_at("LifecycleTransition") == transition.name());
    hooks
}

/// Whether EKS answers to a hook: it is one it puts on its managed groups.
pub(super) fn is_of_eks(group: &Object, hook: &str) -> bool {
    group.bool_at("spec/kubetick/nodeGroup/managed")
        && matches!(hook, LAUNCH_HOOK_OF_EKS | TERMINATE_HOOK_OF_EKS)
}

/// A hook as a request asks for it, on top of what stands there.
fn asked(places: &Places<'_>, old: Option<&Value>, input: &Value) -> Result<Value, ServiceError> {
    let mut hook = old.cloned().unwrap_or_else(|| {
        json!({"LifecycleHookName": (input.at("LifecycleHookName")), "HeartbeatTimeout": 3600, "DefaultResult": "ABANDON"})
    });
    hook.set_given(
        input,
        &["LifecycleTransition", "NotificationMetadata", "HeartbeatTimeout", "DefaultResult"],
    );
    let transition = hook.str_at("LifecycleTransition");
    if !Transition::ALL.iter().any(|t| t.name() == transition) {
        return Err(validation_error(format!(
            "Invalid lifecycle transition: {transition}. Valid values are: [{}]",
            Transition::ALL.map(Transition::name).join(", ")
        )));
    }
    let heartbeat = hook.int_at("HeartbeatTimeout").unwrap_or(0);
    if !(30..=7200).contains(&heartbeat) {
        return Err(validation_error("HeartbeatTimeout must be between 30 and 7200 seconds."));
    }
    check_result(hook.str_at("DefaultResult"))?;
    hook.set("GlobalTimeout", (100 * heartbeat).min(172_800));
    // Topics and queues are here as far as stacks hold them.
    let target = input.str_at("NotificationTargetARN");
    if !target.is_empty() && !stack_holds(places, target) {
        return Err(validation_error(format!(
            "Unable to publish test message to notification target {target} using IAM role {}. Please check your target and role configuration and try to put lifecycle hook again.",
            input.str_at("RoleARN")
        )));
    }
    for member in ["NotificationTargetARN", "RoleARN"] {
        match input.get(member).and_then(Value::as_str) {
            Some("") => drop(hook.remove(member)),
            Some(given) => hook.set(member, given),
            None => {}
        }
    }
    Ok(hook)
}

/// Whether a stack holds what has this ARN.
fn stack_holds(places: &Places<'_>, arn: &str) -> bool {
    let has_it = |kept: &Value| {
        ["PhysicalResourceId", "attributes/Arn", "attributes/TopicArn"]
            .iter()
            .any(|at| kept.str_at(at) == arn)
    };
    state::list(places.account, STACK)
        .iter()
        .any(|stack| stack.items_at("spec/kubetick/resources").iter().any(has_it))
}

/// Has a hook tell whom its stack says, who may be in the making as well.
pub fn notify(places: &Places<'_>, group: &str, hook: &str, whom: &Value) {
    let Some((store, object)) = places.find(GROUP, group).filter(|_| !whom.map().is_empty()) else { return };
    let mut hooks = of(&object);
    for kept in hooks.iter_mut().filter(|kept| kept.str_at("LifecycleHookName") == hook) {
        for (member, value) in whom.map().iter() {
            kept.set(member, value);
        }
    }
    state::modify(store, GROUP, group, |spec| spec.set("kubetick/hooks", hooks));
}

/// What a hook may come to.
pub(super) fn check_result(result: &str) -> Result<(), ServiceError> {
    match result {
        "CONTINUE" | "ABANDON" => Ok(()),
        _ => Err(validation_error(format!(
            "Invalid lifecycle action result: {result}. Valid values are: [CONTINUE, ABANDON]"
        ))),
    }
}

/// The hooks that come with a new group.
pub(super) fn specified(places: &Places<'_>, input: &Value) -> Result<Vec<Value>, ServiceError> {
    let mut hooks = Vec::new();
    for given in input.items_at("LifecycleHookSpecificationList") {
        add(places, &mut hooks, given)?;
    }
    Ok(hooks)
}

/// Adds a hook, or changes the one of its name.
fn add(places: &Places<'_>, hooks: &mut Vec<Value>, input: &Value) -> Result<(), ServiceError> {
    let name = input.at("LifecycleHookName");
    let place = hooks.iter().position(|hook| hook.at("LifecycleHookName") == name);
    let hook = asked(places, place.and_then(|i| hooks.get(i)), input)?;
    hooks.retain(|hook| hook.at("LifecycleHookName") != name);
    if hooks.len() >= MOST {
        return Err(ServiceError::invalid(
            "LimitExceeded",
            format!("You've reached the limit of {MOST} lifecycle hooks for this Auto Scaling group."),
        ));
    }
    hooks.push(hook);
    hooks.sort_by(|a, b| a.str_at("LifecycleHookName").cmp(b.str_at("LifecycleHookName")));
    Ok(())
}

pub(super) fn put(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (store, group) = named(places, name)?;
    let mut hooks = of(&group);
    add(places, &mut hooks, input)?;
    state::modify(store, GROUP, name, |spec| spec.set("kubetick/hooks", hooks));
    Ok(Value::Null)
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (name, hook) = (input.str_at("AutoScalingGroupName"), input.str_at("LifecycleHookName"));
    let (store, group) = named(places, name)?;
    let mut hooks = of(&group);
    let Some(place) = hooks.iter().position(|h| h.str_at("LifecycleHookName") == hook) else {
        return Err(validation_error(format!("No Lifecycle Hook found with name: {hook}")));
    };
    hooks.remove(place);
    state::modify(store, GROUP, name, |spec| spec.set("kubetick/hooks", hooks));
    super::actions::complete_all(store, name, hook);
    Ok(Value::Null)
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("AutoScalingGroupName");
    let (_, group) = named(places, name)?;
    let wanted = input.items_at("LifecycleHookNames");
    let mut hooks = of(&group);
    hooks.retain(|hook| wanted.is_empty() || wanted.contains(hook.at("LifecycleHookName")));
    for hook in &mut hooks {
        hook.set("AutoScalingGroupName", name);
    }
    Ok(json!({"LifecycleHooks": hooks}))
}
