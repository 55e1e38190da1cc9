//! Change sets: what a request would do to a stack, kept until somebody has it done.

use super::super::filters::{Limit, page};
use super::super::state::{self, CHANGE_SET, STACK};
use super::super::{Places, ServiceError};
use super::parameters;
use super::requests::{Plan, alive, blank, carry_out, check_changeable, check_name};
use super::stack::{does_not_exist, stack_id, status};
use super::story::Story;
use super::template::invalid;
use super::work::Kept;
use crate::json;
use crate::machinery::{Duration, Object, Value};

/// A change set is there after so long.
const MAKING: Duration = Duration::from_secs(4);
const NO_CHANGES: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";
const LIMIT: Limit =
    Limit { size: "none", token: "NextToken", default: 100, most: 100, bad_token: "ValidationError" };

fn not_found(name: &str) -> ServiceError {
    ServiceError::new(404, "ChangeSetNotFound", format!("ChangeSet [{name}] does not exist"))
}

fn arn(places: &Places<'_>, set: &Object) -> String {
    let (name, id) = (set.str_at("spec/ChangeSetName"), set.str_at("spec/kubetick/id"));
    places.arn("cloudformation", &format!("changeSet/{name}/{id}"))
}

/// The change set a request names by its ARN, or by its name and its stack.
fn named(places: &Places<'_>, input: &Value) -> Result<Object, ServiceError> {
    let (name, stack) = (input.str_at("ChangeSetName"), input.str_at("StackName"));
    if stack.is_empty() && !name.starts_with("arn:") {
        return Err(invalid("StackName must be specified if ChangeSetName is not specified as an ARN."));
    }
    if !stack.is_empty() && alive(places, stack).is_none() {
        return Err(invalid(format!("Stack [{stack}] does not exist")));
    }
    let all = state::list(places.account, CHANGE_SET);
    let is_it = |set: &Object| {
        arn(places, set) == name
            || set.str_at("spec/ChangeSetName") == name
                && alive(places, stack).is_some_and(|s| s.name() == set.str_at("spec/StackName"))
    };
    all.into_iter().find(is_it).ok_or_else(|| not_found(name))
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (name, set) = (input.str_at("StackName"), input.str_at("ChangeSetName"));
    let is_new = input.str_at("ChangeSetType") == "CREATE";
    let stack = alive(places, name);
    match (&stack, is_new) {
        (None, false) => return Err(invalid(format!("Stack [{name}] does not exist"))),
        (None, true) => check_name(name)?,
        (Some(stack), true) if status(places, stack).0 != "REVIEW_IN_PROGRESS" => {
            return Err(invalid(format!(
                "Stack [{name}] already exists and cannot be created again with the changeSet [{set}]."
            )));
        }
        (Some(stack), false) => check_changeable(places, stack)?,
        _ => {}
    }
    let key = format!("{name}/{set}");
    if state::find(places.account, CHANGE_SET, &key).is_some() {
        return Err(ServiceError::invalid(
            "AlreadyExistsException",
            format!("ChangeSet {set} cannot be created due to a name conflict."),
        ));
    }
    let plan = Plan::of(input, stack.as_ref())?;
    if stack.is_none() {
        let mut spec = blank(places, name);
        spec.set("StackStatus", "REVIEW_IN_PROGRESS");
        let mut story = Story::begin(places.now(), name, "");
        story.phase(0, "REVIEW_IN_PROGRESS", "User Initiated");
        story.write(&mut spec);
        state::put(places.account, STACK, name, spec);
        let made = alive(places, name).unwrap_or_default();
        let id = stack_id(places, &made);
        state::modify(places.account, STACK, name, |spec| {
            spec.at_mut("kubetick/events")
                .list_mut()
                .iter_mut()
                .for_each(|e| e.set("PhysicalResourceId", id.as_str()));
        });
    }
    let stack = alive(places, name).ok_or_else(|| does_not_exist(name))?;
    let changes = changes(places, &stack, &plan)?;
    let mut spec = json!({
        "ChangeSetName": set, "StackName": name, "CreationTime": (state::timestamp_milli(places.now())),
        "NotificationARNs": [], "RollbackConfiguration": {}, "Capabilities": (input.items_at("Capabilities").to_vec()),
        "Tags": (input.items_at("Tags").to_vec()), "IncludeNestedStacks": false, "Changes": changes,
        "kubetick": {
            "id": (state::uuid(places.account, "change-set")), "input": input, "new": is_new,
            "ready": (state::timestamp_milli(places.now() + MAKING)),
            "empty": (!is_new && plan.is_done(&stack)),
        },
    });
    spec.set_given(input, &["Description"]);
    let shown = parameters::shown(&plan.template, &plan.parameters);
    if !shown.is_empty() {
        spec.set("Parameters", shown);
    }
    state::put(places.account, CHANGE_SET, &key, spec);
    let made = state::find(places.account, CHANGE_SET, &key).unwrap_or_default();
    Ok(json!({"Id": (arn(places, &made)), "StackId": (stack_id(places, &stack))}))
}

/// What the plan would do to the stack's resources.
fn changes(places: &Places<'_>, stack: &Object, plan: &Plan) -> Result<Vec<Value>, ServiceError> {
    let before: Vec<Kept> = stack.items_at("spec/kubetick/resources").iter().map(Kept::read).collect();
    let id = stack_id(places, stack);
    let mut scope = plan.scope(places, (stack.name(), &id))?;
    for kept in &before {
        scope.physical.insert(kept.logical.clone(), kept.physical.clone());
        scope.attributes.insert(kept.logical.clone(), kept.attributes.clone());
    }
    let change = |action: &str, logical: &str, kind: &str, physical: &str| {
        let mut change = json!({
            "Action": action, "LogicalResourceId": logical, "ResourceType": kind, "Scope": [], "Details": [],
        });
        if !physical.is_empty() {
            change.set("PhysicalResourceId", physical);
        }
        if action == "Modify" {
            change.set("Replacement", "False");
            change.set("Scope", vec![Value::from("Properties")]);
        }
        json!({"Type": "Resource", "ResourceChange": change})
    };
    let mut found = Vec::new();
    for (logical, resource) in plan.template.at("Resources").map().iter() {
        let condition = resource.str_at("Condition");
        if !condition.is_empty() && !scope.condition(condition)? {
            continue;
        }
        let kind = resource.str_at("Type");
        match before.iter().find(|k| k.logical == logical && k.kind == kind) {
            None => found.push(change("Add", logical, kind, "")),
            Some(old) => {
                let properties = scope.value(resource.at("Properties")).ok();
                let properties = properties.map(|p| if p.is_null() { Value::object() } else { p });
                if properties.as_ref() != Some(&old.properties) {
                    found.push(change("Modify", logical, kind, &old.physical));
                }
            }
        }
    }
    for old in &before {
        if plan.template.at("Resources").map().get(&old.logical).is_none() {
            found.push(change("Remove", &old.logical, &old.kind, &old.physical));
        }
    }
    Ok(found)
}

/// Status, reason and whether it can be executed.
fn standing(places: &Places<'_>, set: &Object) -> (&'static str, &'static str, &'static str) {
    if set.bool_at("spec/kubetick/executed") {
        return ("CREATE_COMPLETE", "", "EXECUTE_COMPLETE");
    }
    let now = state::timestamp_milli(places.now());
    // One made by the clock of another cluster is ready.
    if now.as_str() < set.str_at("spec/kubetick/ready") && now.as_str() >= set.str_at("spec/CreationTime") {
        return ("CREATE_IN_PROGRESS", "", "UNAVAILABLE");
    }
    match set.bool_at("spec/kubetick/empty") {
        true => ("FAILED", NO_CHANGES, "UNAVAILABLE"),
        false => ("CREATE_COMPLETE", "", "AVAILABLE"),
    }
}

fn shown(places: &Places<'_>, set: &Object) -> Value {
    let mut shown = set.at("spec").clone();
    shown.remove("kubetick");
    let (status, reason, execution) = standing(places, set);
    shown.set("Status", status);
    shown.set("ExecutionStatus", execution);
    if !reason.is_empty() {
        shown.set("StatusReason", reason);
    }
    if status == "CREATE_IN_PROGRESS" {
        shown.set("Changes", Value::array());
    }
    shown.set("ChangeSetId", arn(places, set));
    if let Some(stack) = alive(places, set.str_at("spec/StackName")) {
        shown.set("StackId", stack_id(places, &stack));
    }
    shown
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    Ok(shown(places, &named(places, input)?))
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("StackName");
    let stack = alive(places, name).ok_or_else(|| invalid(format!("Stack [{name}] does not exist")))?;
    let all = state::list(places.account, CHANGE_SET);
    let of_stack = all.iter().filter(|set| set.str_at("spec/StackName") == stack.name());
    let summary = |set: &Object| {
        let mut summary = shown(places, set);
        for member in
            ["Changes", "Capabilities", "Tags", "NotificationARNs", "RollbackConfiguration", "Parameters"]
        {
            summary.remove(member);
        }
        summary
    };
    page(of_stack.map(summary).collect(), "Summaries", input, LIMIT)
}

pub(super) fn execute(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let set = named(places, input)?;
    let (status, _, execution) = standing(places, &set);
    if execution != "AVAILABLE" {
        return Err(ServiceError::invalid(
            "InvalidChangeSetStatus",
            format!(
                "ChangeSet [{}] cannot be executed in its current status of [{status}]",
                arn(places, &set)
            ),
        ));
    }
    let name = set.str_at("spec/StackName").to_string();
    let stack = alive(places, &name).ok_or_else(|| does_not_exist(&name))?;
    let is_new = set.bool_at("spec/kubetick/new");
    let plan = Plan::of(set.at("spec/kubetick/input"), Some(&stack))?;
    let on_failure = if input.bool_at("DisableRollback") { "DO_NOTHING" } else { "ROLLBACK" };
    let id = arn(places, &set);
    state::modify(places.account, STACK, &name, |spec| {
        spec.set("ChangeSetId", id);
        if is_new {
            spec.set("CreationTime", state::timestamp_milli(places.now()));
        }
    });
    carry_out(places, &name, &plan, on_failure)?;
    state::modify(places.account, CHANGE_SET, set.name(), |spec| spec.set("kubetick/executed", true));
    Ok(Value::object())
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    if let Ok(set) = named(places, input) {
        state::remove(places.account, CHANGE_SET, set.name());
    }
    Ok(Value::object())
}
