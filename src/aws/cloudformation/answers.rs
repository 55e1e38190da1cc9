//! What is told of stacks and templates.

use super::super::filters::{Limit, page};
use super::super::{Places, ServiceError};
use super::parameters;
use super::requests;
use super::resources::{self, OF_IAM};
use super::stack::{does_not_exist, named, of_region, so_far, stack_id, status};
use super::template;
use crate::json;
use crate::machinery::{Object, Value};

const LIMIT: Limit =
    Limit { size: "none", token: "NextToken", default: 100, most: 100, bad_token: "ValidationError" };

/// The stack a request names.
fn wanted(places: &Places<'_>, input: &Value) -> Result<Object, ServiceError> {
    let name = input.str_at("StackName");
    named(places, name).ok_or_else(|| does_not_exist(name))
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let chosen = match input.str_at("StackName") {
        "" => of_region(places, false),
        _ => vec![wanted(places, input)?],
    };
    let shown = |stack: &Object| {
        let mut shown = stack.at("spec").clone();
        shown.remove("kubetick");
        let (now, reason, _) = status(places, stack);
        shown.set("StackStatus", now.as_str());
        if !reason.is_empty() && reason != "User Initiated" {
            shown.set("StackStatusReason", reason);
        }
        // Outputs come with the end of the work.
        if now == "CREATE_IN_PROGRESS" || now == "REVIEW_IN_PROGRESS" {
            shown.remove("Outputs");
        }
        shown.set("StackId", stack_id(places, stack));
        shown
    };
    page(chosen.iter().map(shown).collect(), "Stacks", input, LIMIT)
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let wanted = input.items_at("StackStatusFilter");
    let summary = |stack: &Object| {
        let spec = stack.at("spec");
        let (now, reason, _) = status(places, stack);
        let mut summary = json!({
            "StackId": (stack_id(places, stack)), "StackName": (spec.at("StackName")),
            "CreationTime": (spec.at("CreationTime")), "StackStatus": now,
            "DriftInformation": (spec.at("DriftInformation")),
        });
        for (member, from) in [
            ("TemplateDescription", "Description"),
            ("LastUpdatedTime", "LastUpdatedTime"),
            ("DeletionTime", "DeletionTime"),
        ] {
            if let Some(value) = spec.get(from) {
                summary.set(member, value);
            }
        }
        if !reason.is_empty() && reason != "User Initiated" {
            summary.set("StackStatusReason", reason);
        }
        summary
    };
    let mut all = of_region(places, false);
    all.extend(of_region(places, true));
    all.sort_by(|a, b| b.str_at("spec/CreationTime").cmp(a.str_at("spec/CreationTime")));
    let mut found: Vec<Value> = all.iter().map(summary).collect();
    found.retain(|s| wanted.is_empty() || wanted.contains(s.at("StackStatus")));
    page(found, "StackSummaries", input, LIMIT)
}

pub(super) fn events(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let stack = wanted(places, input)?;
    let id = stack_id(places, &stack);
    let mut found = Vec::new();
    for (i, told) in so_far(places, stack.items_at("spec/kubetick/events")).iter().enumerate() {
        let mut event = told.clone();
        let at = event.remove("at").unwrap_or_default();
        let logical = event.str_at("LogicalResourceId").to_string();
        let name =
            format!("{logical}-{}-{}", event.str_at("ResourceStatus"), at.as_str().unwrap_or_default());
        let of_stack = event.str_at("PhysicalResourceId") == id;
        let uid = crate::machinery::names::uid(0, &format!("event {id}"), i as u64);
        event.set("EventId", if of_stack { uid } else { name });
        event.set("StackId", id.as_str());
        event.set("StackName", stack.at("spec/StackName"));
        event.set("Timestamp", at);
        found.push(event);
    }
    found.reverse();
    page(found, "StackEvents", input, LIMIT)
}

/// The resources of a stack as they stand, the time under a member's name.
fn resources_of(places: &Places<'_>, stack: &Object, time: &str) -> Vec<Value> {
    let told = so_far(places, stack.items_at("spec/kubetick/events"));
    if stack.items_at("spec/kubetick/events").is_empty() {
        let whole = |resource: &Value| {
            let mut whole = resource.clone();
            whole.set(time, stack.at("spec/CreationTime"));
            whole.set("ResourceStatus", "CREATE_COMPLETE");
            whole.set("DriftInformation", json!({"StackResourceDriftStatus": "NOT_CHECKED"}));
            whole
        };
        return stack.items_at("spec/kubetick/resources").iter().map(whole).collect();
    }
    let mut found: Vec<Value> = Vec::new();
    for event in told.iter().filter(|e| e.str_at("ResourceType") != "AWS::CloudFormation::Stack") {
        let mut resource = event.clone();
        let at = resource.remove("at").unwrap_or_default();
        resource.set(time, at);
        resource.set("DriftInformation", json!({"StackResourceDriftStatus": "NOT_CHECKED"}));
        found.retain(|r| r.at("LogicalResourceId") != event.at("LogicalResourceId"));
        found.push(resource);
    }
    found.sort_by(|a, b| a.str_at("LogicalResourceId").cmp(b.str_at("LogicalResourceId")));
    found
}

/// Resources with the stack they are of.
fn with_stack(places: &Places<'_>, stack: &Object, time: &str) -> Vec<Value> {
    let mut found = resources_of(places, stack, time);
    for resource in &mut found {
        resource.set("StackName", stack.at("spec/StackName"));
        resource.set("StackId", stack_id(places, stack));
    }
    found
}

pub(super) fn resources(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (name, physical) = (input.str_at("StackName"), input.str_at("PhysicalResourceId"));
    if name.is_empty() && physical.is_empty() {
        return Err(template::invalid("At least one of StackName or PhysicalResourceId must be specified."));
    }
    let mut found = match name {
        "" => of_region(places, false)
            .iter()
            .map(|stack| with_stack(places, stack, "Timestamp"))
            .find(|all| all.iter().any(|r| r.str_at("PhysicalResourceId") == physical))
            .ok_or_else(|| does_not_exist(physical))?,
        _ => with_stack(places, &wanted(places, input)?, "Timestamp"),
    };
    let logical = input.str_at("LogicalResourceId");
    found.retain(|r| logical.is_empty() || r.str_at("LogicalResourceId") == logical);
    Ok(json!({"StackResources": found}))
}

pub(super) fn resource(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let stack = wanted(places, input)?;
    let logical = input.str_at("LogicalResourceId");
    let all = with_stack(places, &stack, "LastUpdatedTimestamp");
    let found = all.into_iter().find(|r| r.str_at("LogicalResourceId") == logical).ok_or_else(|| {
        template::invalid(format!(
            "Resource {logical} does not exist for stack {}",
            stack.str_at("spec/StackName")
        ))
    })?;
    Ok(json!({"StackResourceDetail": found}))
}

pub(super) fn list_resources(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let stack = wanted(places, input)?;
    page(resources_of(places, &stack, "LastUpdatedTimestamp"), "StackResourceSummaries", input, LIMIT)
}

pub(super) fn exports(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let entry = |(name, value, id): (String, String, String)| json!({"ExportingStackId": id, "Name": name, "Value": value});
    page(requests::exports(places).into_iter().map(entry).collect(), "Exports", input, LIMIT)
}

/// The text of a stack's template. One in JSON the client shows as what it says.
pub(super) fn template(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let stack = wanted(places, input)?;
    let body = stack.str_at("spec/kubetick/template");
    if body.is_empty() {
        return Err(template::invalid(format!(
            "kubetick keeps no template of stack {}",
            stack.str_at("spec/StackName")
        )));
    }
    Ok(json!({"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}))
}

/// Which word a template needs of whoever uses it, and why.
fn capabilities(template: &Value, answer: &mut Value) {
    let (mut needed, mut kinds) = ("", Vec::new());
    for resource in template.at("Resources").map().values() {
        let kind = resource.str_at("Type");
        let Some((_, name)) = OF_IAM.iter().find(|(of_iam, _)| *of_iam == kind) else { continue };
        let is_named = !name.is_empty() && resource.at("Properties").get(name).is_some();
        if is_named {
            needed = "CAPABILITY_NAMED_IAM";
        } else if needed.is_empty() {
            needed = "CAPABILITY_IAM";
        }
        if !kinds.iter().any(|k| k == kind) {
            kinds.push(kind.to_string());
        }
    }
    if !needed.is_empty() {
        answer.set("Capabilities", vec![Value::from(needed)]);
        let reason = format!("The following resource(s) require capabilities: [{}]", kinds.join(", "));
        answer.set("CapabilitiesReason", reason);
    }
}

pub(super) fn validate(_: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let read = template::read(input)?;
    let mut answer = json!({"Parameters": (parameters::declared(&read, false))});
    if !read.str_at("Description").is_empty() {
        answer.set("Description", read.str_at("Description"));
    }
    capabilities(&read, &mut answer);
    Ok(answer)
}

pub(super) fn summary(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut given = input.clone();
    if !input.str_at("StackName").is_empty() {
        let stack = wanted(places, input)?;
        let body = stack.str_at("spec/kubetick/template");
        if body.is_empty() {
            return Ok(json!({"Parameters": [], "ResourceTypes": []}));
        }
        given = json!({"TemplateBody": body});
    }
    let read = template::read(&given)?;
    let mut kinds: Vec<&str> = read.at("Resources").map().values().map(|r| r.str_at("Type")).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let kinds: Vec<Value> = kinds.into_iter().map(Value::from).collect();
    let mut answer = json!({"Parameters": (parameters::declared(&read, true)), "ResourceTypes": kinds});
    for (member, from) in [("Description", "Description"), ("Version", "AWSTemplateFormatVersion")] {
        if let Some(value) = read.get(from) {
            answer.set(member, value);
        }
    }
    capabilities(&read, &mut answer);
    let strange: Vec<&Value> = read
        .at("Resources")
        .map()
        .values()
        .map(|r| r.at("Type"))
        .filter(|kind| kind.as_str().is_some_and(|kind| !resources::is_simulated(kind)))
        .collect();
    if !strange.is_empty() {
        let list: Vec<&str> = strange.into_iter().filter_map(Value::as_str).collect();
        answer
            .set("Warnings/UnrecognizedResourceTypes", list.into_iter().map(Value::from).collect::<Vec<_>>());
    }
    Ok(answer)
}
