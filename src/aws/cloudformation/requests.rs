//! Requests that make, change and delete stacks.

use super::super::state::{self, CHANGE_SET, DELETED_STACK, STACK};
use super::super::{Places, ServiceError};
use super::functions::Scope;
use super::parameters;
use super::resources::OF_IAM;
use super::stack::{does_not_exist, named, of_region, stack_id, status};
use super::story::Story;
use super::template::{self, invalid};
use super::work::{Done, Kept, Work, remove_all};
use crate::json;
use crate::machinery::{Object, Value};
use std::collections::BTreeMap;

/// What a request wants a stack to be.
pub(super) struct Plan {
    /// The template.
    pub template: Value,
    /// Its text.
    pub body: String,
    /// Values of its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Members of the stack that the request gives.
    pub members: Value,
}

impl Plan {
    /// Reads a request. `before` is the stack as it is, for one that is to change.
    pub(super) fn of(input: &Value, before: Option<&Object>) -> Result<Plan, ServiceError> {
        let nothing = Value::Null;
        let old = before.map_or(&nothing, |stack| stack.at("spec/kubetick"));
        let body = match input.bool_at("UsePreviousTemplate") {
            true => old.str_at("template").to_string(),
            false => input.str_at("TemplateBody").to_string(),
        };
        let mut given = input.clone();
        given.set("TemplateBody", body.as_str());
        let template = template::read(&given)?;
        let parameters = parameters::given(&template, input, old.at("parameters"))?;
        check_capabilities(&template, input)?;
        let mut members = json!({
            "Capabilities": (input.items_at("Capabilities").to_vec()),
            "NotificationARNs": (input.items_at("NotificationARNs").to_vec()),
        });
        if let Some(tags) = input.get("Tags") {
            members.set("Tags", tags);
        }
        if !template.str_at("Description").is_empty() {
            members.set("Description", template.str_at("Description"));
        }
        Ok(Plan { template, body, parameters, members })
    }

    /// What is known when the work begins.
    pub(super) fn scope<'a>(
        &'a self,
        places: &'a Places<'a>,
        stack: (&'a str, &'a str),
    ) -> Result<Scope<'a>, ServiceError> {
        let mut meanings = BTreeMap::new();
        for (key, value) in &self.parameters {
            let kind = self.template.at("Parameters").get(key).map(|p| p.str_at("Type")).unwrap_or_default();
            meanings.insert(key.clone(), parameters::meaning(places, kind, value)?);
        }
        let exports = exports(places).into_iter().map(|(name, value, _)| (name, value)).collect();
        Ok(Scope {
            places,
            template: &self.template,
            stack,
            parameters: meanings,
            physical: BTreeMap::new(),
            attributes: BTreeMap::new(),
            exports,
        })
    }

    /// Whether a stack is already what the plan wants.
    pub(super) fn is_done(&self, stack: &Object) -> bool {
        let before = template::parse(stack.str_at("spec/kubetick/template")).ok();
        let values = stack.at("spec/kubetick/parameters");
        let same_values =
            self.parameters.iter().all(|(k, v)| values.map().get(k).and_then(Value::as_str) == Some(v));
        let tags = |v: &Value| v.items_at("Tags").to_vec();
        before.as_ref() == Some(&self.template)
            && same_values
            && tags(&self.members) == tags(stack.at("spec"))
    }
}

/// IAM resources need a word from whoever makes them.
fn check_capabilities(template: &Value, input: &Value) -> Result<(), ServiceError> {
    let has =
        |capability: &str| input.items_at("Capabilities").iter().any(|c| c.as_str() == Some(capability));
    let mut needed = "";
    for resource in template.at("Resources").map().values() {
        let Some((_, name)) = OF_IAM.iter().find(|(kind, _)| *kind == resource.str_at("Type")) else {
            continue;
        };
        let is_named = !name.is_empty() && resource.at("Properties").get(name).is_some();
        if is_named && !has("CAPABILITY_NAMED_IAM") {
            needed = "CAPABILITY_NAMED_IAM";
        } else if needed.is_empty() && !has("CAPABILITY_IAM") && !has("CAPABILITY_NAMED_IAM") {
            needed = "CAPABILITY_IAM";
        }
    }
    match needed {
        "" => Ok(()),
        needed => Err(ServiceError::invalid(
            "InsufficientCapabilitiesException",
            format!("Requires capabilities : [{needed}]"),
        )),
    }
}

/// Names, values and owners of what the region's stacks export.
pub(super) fn exports(places: &Places<'_>) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for stack in of_region(places, false) {
        for output in stack.items_at("spec/Outputs").iter().filter(|o| !o.str_at("ExportName").is_empty()) {
            let text = |member: &str| output.str_at(member).to_string();
            found.push((text("ExportName"), text("OutputValue"), stack_id(places, &stack)));
        }
    }
    found.sort();
    found
}

/// A stack's spec before anything is in it.
pub(super) fn blank(places: &Places<'_>, name: &str) -> Value {
    json!({
        "StackName": name, "CreationTime": (state::timestamp_milli(places.now())), "RollbackConfiguration": {},
        "StackStatus": "CREATE_IN_PROGRESS", "DisableRollback": false, "NotificationARNs": [], "Capabilities": [],
        "Tags": [], "EnableTerminationProtection": false,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        "kubetick": {
            "region": (places.region.as_str()), "id": (state::uuid(places.account, "stack")), "resources": [],
            "parameters": {},
        },
    })
}

/// A name that may be a stack's.
pub(super) fn check_name(name: &str) -> Result<(), ServiceError> {
    let is_fine = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 128
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_fine {
        return Ok(());
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    )))
}

/// The stack of a name that is not on its way out.
pub(super) fn alive(places: &Places<'_>, name: &str) -> Option<Object> {
    named(places, name).filter(|stack| state::find(places.account, STACK, stack.name()).is_some())
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("StackName");
    check_name(name)?;
    if named(places, name).is_some() {
        return Err(ServiceError::invalid(
            "AlreadyExistsException",
            format!("Stack [{name}] already exists"),
        ));
    }
    let plan = Plan::of(input, None)?;
    let mut spec = blank(places, name);
    spec.set("EnableTerminationProtection", input.bool_at("EnableTerminationProtection"));
    let on_failure = match (input.str_at("OnFailure"), input.bool_at("DisableRollback")) {
        (_, true) => "DO_NOTHING",
        ("", false) => "ROLLBACK",
        (said, false) => said,
    };
    spec.set("DisableRollback", on_failure == "DO_NOTHING");
    state::put(places.account, STACK, name, spec);
    let id = carry_out(places, name, &plan, on_failure)?;
    Ok(json!({"StackId": id}))
}

/// Makes a stack what a plan wants; answers its id.
pub(super) fn carry_out(
    places: &Places<'_>,
    name: &str,
    plan: &Plan,
    on_failure: &str,
) -> Result<String, ServiceError> {
    let stack = state::find(places.account, STACK, name).ok_or_else(|| does_not_exist(name))?;
    let id = stack_id(places, &stack);
    let before: Vec<Kept> = stack.items_at("spec/kubetick/resources").iter().map(Kept::read).collect();
    // One that was only reviewed has no template yet.
    let is_new = stack.str_at("spec/kubetick/template").is_empty();
    let verb = if is_new { "CREATE" } else { "UPDATE" };
    let mut story = Story::begin(places.now(), name, &id);
    story.phase(0, &format!("{verb}_IN_PROGRESS"), "User Initiated");
    let scope = plan.scope(places, (name, &id))?;
    let work = Work { scope, before: before.clone(), keep_failed: on_failure == "DO_NOTHING" };
    let done = work.carry_out(&mut story)?;
    let mut spec = stack.at("spec").clone();
    if done.failed.is_empty() {
        let gone: Vec<Kept> = before
            .iter()
            .filter(|old| !done.resources.iter().any(|k| k.logical == old.logical))
            .cloned()
            .collect();
        if is_new {
            story.phase(done.end + 1, "CREATE_COMPLETE", "");
        } else {
            story.phase(done.end + 1, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "");
            let end = remove_all(places, &gone, done.end + 1, &mut story);
            story.phase(end, "UPDATE_COMPLETE", "");
        }
        describe(&mut spec, plan, &done);
    } else {
        fail(&mut story, &done, is_new, on_failure);
        if is_new {
            spec.set("kubetick/template", plan.body.as_str());
        }
    }
    if !is_new {
        spec.set("LastUpdatedTime", state::timestamp_milli(places.now()));
    }
    spec.set("kubetick/resources", done.resources.iter().map(Kept::to_value).collect::<Vec<_>>());
    story.write(&mut spec);
    if is_new && !done.failed.is_empty() && on_failure == "DELETE" {
        state::remove(places.account, STACK, name);
        let key = spec.str_at("kubetick/id").to_string();
        state::put(places.account, DELETED_STACK, &key, spec);
    } else {
        state::put(places.account, STACK, name, spec);
    }
    Ok(id)
}

/// Writes down what a stack was made of, and what it gives.
fn describe(spec: &mut Value, plan: &Plan, done: &Done) {
    for (member, value) in plan.members.map().iter() {
        spec.set(member, value);
    }
    match done.outputs.is_empty() {
        true => drop(spec.remove("Outputs")),
        false => spec.set("Outputs", done.outputs.clone()),
    }
    spec.set("kubetick/template", plan.body.as_str());
    let values = plan.parameters.iter().map(|(key, value)| (key, value.as_str()));
    spec.set("kubetick/parameters", values.collect::<Value>());
    let shown = parameters::shown(&plan.template, &plan.parameters);
    match shown.is_empty() {
        true => drop(spec.remove("Parameters")),
        false => spec.set("Parameters", shown),
    }
}

/// What a stack goes through when not everything could be made.
fn fail(story: &mut Story, done: &Done, is_new: bool, on_failure: &str) {
    let list = done.failed.join(", ");
    let first = done.end;
    match (is_new, on_failure) {
        (true, "DO_NOTHING") => {
            story.phase(
                first + 1,
                "CREATE_FAILED",
                &format!("The following resource(s) failed to create: [{list}]. "),
            );
        }
        (true, "DELETE") => {
            let reason =
                format!("The following resource(s) failed to create: [{list}]. Delete requested by user.");
            story.phase(first + 1, "DELETE_IN_PROGRESS", &reason);
            story.phase(first + 3, "DELETE_COMPLETE", "");
        }
        (true, _) => {
            let reason =
                format!("The following resource(s) failed to create: [{list}]. Rollback requested by user.");
            story.phase(first + 1, "ROLLBACK_IN_PROGRESS", &reason);
            story.phase(first + 3, "ROLLBACK_COMPLETE", "");
        }
        (false, _) => {
            let reason = format!("The following resource(s) failed to update: [{list}]. ");
            story.phase(first + 1, "UPDATE_ROLLBACK_IN_PROGRESS", &reason);
            story.phase(first + 3, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "");
            story.phase(first + 4, "UPDATE_ROLLBACK_COMPLETE", "");
        }
    }
}

/// A stack can be changed when nothing is going on and it was made once.
pub(super) fn check_changeable(places: &Places<'_>, stack: &Object) -> Result<(), ServiceError> {
    let (now, ..) = status(places, stack);
    if now.ends_with("_IN_PROGRESS")
        || matches!(now.as_str(), "ROLLBACK_COMPLETE" | "CREATE_FAILED" | "DELETE_FAILED")
    {
        return Err(invalid(format!(
            "Stack:{} is in {now} state and can not be updated.",
            stack_id(places, stack)
        )));
    }
    Ok(())
}

pub(super) fn update(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("StackName");
    let stack = alive(places, name).ok_or_else(|| invalid(format!("Stack [{name}] does not exist")))?;
    check_changeable(places, &stack)?;
    let plan = Plan::of(input, Some(&stack))?;
    if plan.is_done(&stack) {
        return Err(invalid("No updates are to be performed."));
    }
    let on_failure = if input.bool_at("DisableRollback") { "DO_NOTHING" } else { "ROLLBACK" };
    let id = carry_out(places, stack.name(), &plan, on_failure)?;
    Ok(json!({"StackId": id}))
}

/// Deleting a stack that is not there succeeds.
pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let Some(stack) = alive(places, input.str_at("StackName")) else { return Ok(Value::Null) };
    let name = stack.name().to_string();
    if stack.bool_at("spec/EnableTerminationProtection") {
        return Err(invalid(format!(
            "Stack [{name}] cannot be deleted while TerminationProtection is enabled"
        )));
    }
    let all: Vec<Kept> = stack.items_at("spec/kubetick/resources").iter().map(Kept::read).collect();
    let mut story = Story::begin(places.now(), &name, &stack_id(places, &stack));
    story.phase(0, "DELETE_IN_PROGRESS", "User Initiated");
    let end = remove_all(places, &all, 2, &mut story);
    story.phase(end + 1, "DELETE_COMPLETE", "");
    let mut spec = stack.at("spec").clone();
    let key = match spec.str_at("kubetick/id") {
        "" => stack_id(places, &stack).rsplit('/').next().unwrap_or_default().to_string(),
        id => id.to_string(),
    };
    spec.set("kubetick/id", key.as_str());
    spec.set("DeletionTime", state::timestamp_milli(places.now()));
    story.write(&mut spec);
    state::remove(places.account, STACK, &name);
    state::put(places.account, DELETED_STACK, &key, spec);
    for set in state::list(places.account, CHANGE_SET) {
        if set.str_at("spec/StackName") == name {
            state::remove(places.account, CHANGE_SET, set.name());
        }
    }
    Ok(Value::Null)
}

pub(super) fn protect(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("StackName");
    let stack = alive(places, name).ok_or_else(|| invalid(format!("Stack [{name}] does not exist")))?;
    let on = input.bool_at("EnableTerminationProtection");
    state::modify(places.account, STACK, stack.name(), |spec| spec.set("EnableTerminationProtection", on));
    Ok(json!({"StackId": (stack_id(places, &stack))}))
}
