//! AWS CloudFormation: stacks, as eksctl leaves them behind.

use super::filters::Limit;
use super::state::{self, STACK};
use super::{Operations, Places, ServiceError};
use crate::json;
use crate::machinery::{Object, Value, names};

/// The operations answered here.
pub(super) const OPERATIONS: Operations = &[
    ("DescribeStacks", describe),
    ("ListStacks", list),
    ("DeleteStack", delete),
    ("DescribeStackResources", resources),
    ("ListStackResources", list_resources),
];

/// A stack to be made.
pub struct NewStack {
    /// Its name.
    pub name: String,
    /// What it says of itself.
    pub description: String,
    /// `CAPABILITY_IAM` or `CAPABILITY_NAMED_IAM`; empty for none.
    pub capability: &'static str,
    /// Output keys and values.
    pub outputs: Vec<(String, String)>,
    /// Keys and values.
    pub tags: Vec<(String, String)>,
    /// Logical id, physical id and type of what is in it.
    pub resources: Vec<(String, String, String)>,
}

/// Makes a stack that is complete.
pub fn create_stack(places: &Places<'_>, stack: &NewStack) {
    let pairs = |pairs: &[(String, String)], key: &str, value: &str| {
        let mut list = Vec::new();
        for (k, v) in pairs {
            let mut pair = Value::object();
            pair.set(key, k.as_str());
            pair.set(value, v.as_str());
            list.push(pair);
        }
        list
    };
    let resource = |(logical, physical, kind): &(String, String, String)| {
        json!({
            "LogicalResourceId": (logical.as_str()), "PhysicalResourceId": (physical.as_str()),
            "ResourceType": (kind.as_str()),
        })
    };
    let resources: Vec<Value> = stack.resources.iter().map(resource).collect();
    let mut spec = json!({
        "StackName": (stack.name.as_str()), "Description": (stack.description.as_str()),
        "CreationTime": (state::timestamp_milli(places.now())), "RollbackConfiguration": {},
        "StackStatus": "CREATE_COMPLETE", "DisableRollback": false, "NotificationARNs": [],
        "Capabilities": (if stack.capability.is_empty() { Vec::new() } else { vec![Value::from(stack.capability)] }),
        "Tags": (pairs(&stack.tags, "Key", "Value")), "EnableTerminationProtection": false,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        "kubetick": {"region": (places.region.as_str()), "resources": resources},
    });
    if !stack.outputs.is_empty() {
        spec.set("Outputs", pairs(&stack.outputs, "OutputKey", "OutputValue"));
    }
    state::put(places.account, STACK, &stack.name, spec);
}

/// Removes a stack; the caller removes what is in it.
pub fn delete_stack(places: &Places<'_>, name: &str) -> Option<Object> {
    state::remove(places.account, STACK, name)
}

/// The value of a stack's output.
pub fn output(stack: &Object, key: &str) -> String {
    let outputs = stack.items_at("spec/Outputs");
    let found = outputs.iter().find(|o| o.str_at("OutputKey") == key);
    found.map(|o| o.str_at("OutputValue").to_string()).unwrap_or_default()
}

/// The value of a stack's tag.
pub fn tag<'s>(stack: &'s Object, key: &str) -> Option<&'s str> {
    let found = stack.items_at("spec/Tags").iter().find(|t| t.str_at("Key") == key)?;
    Some(found.str_at("Value"))
}

/// The name CloudFormation gives a thing of a stack: cut so that the whole has at most `limit` characters.
pub fn physical_name(places: &Places<'_>, stack: &str, logical: &str, limit: usize) -> String {
    let random = state::upper(places.account, "stack-resource", 13);
    let room = limit.saturating_sub(logical.len() + random.len() + 2);
    format!("{}-{logical}-{random}", stack.get(..room.min(stack.len())).unwrap_or(stack))
}

fn stack_id(places: &Places<'_>, name: &str) -> String {
    places.arn("cloudformation", &format!("stack/{name}/{}", names::uid(0, &format!("stack {name}"), 0)))
}

fn of_region(places: &Places<'_>) -> Vec<Object> {
    let mut all = state::list(places.account, STACK);
    all.retain(|s| s.str_at("spec/kubetick/region") == places.region);
    // Newest first, as the service lists them.
    all.sort_by(|a, b| {
        (b.str_at("spec/CreationTime"), a.name()).cmp(&(a.str_at("spec/CreationTime"), b.name()))
    });
    all
}

fn does_not_exist(name: &str) -> ServiceError {
    ServiceError::invalid("ValidationError", format!("Stack with id {name} does not exist"))
}

/// The stack of a name or an id.
fn named(places: &Places<'_>, name: &str) -> Option<Object> {
    of_region(places).into_iter().find(|s| s.name() == name || stack_id(places, s.name()) == name)
}

fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("StackName");
    let chosen = match name {
        "" => of_region(places),
        name => vec![named(places, name).ok_or_else(|| does_not_exist(name))?],
    };
    let shown = |stack: Object| {
        let mut shown = stack.at("spec").clone();
        shown.remove("kubetick");
        shown.set("StackId", stack_id(places, stack.name()));
        shown
    };
    Ok(json!({"Stacks": (chosen.into_iter().map(shown).collect::<Vec<_>>())}))
}

fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let wanted = input.items_at("StackStatusFilter");
    let summary = |stack: &Object| {
        let spec = stack.at("spec");
        json!({
            "StackId": (stack_id(places, stack.name())), "StackName": (stack.name()),
            "TemplateDescription": (spec.at("Description")), "CreationTime": (spec.at("CreationTime")),
            "StackStatus": (spec.at("StackStatus")), "DriftInformation": (spec.at("DriftInformation")),
        })
    };
    let found = of_region(places)
        .iter()
        .filter(|s| wanted.is_empty() || wanted.contains(s.at("spec/StackStatus")))
        .map(summary)
        .collect();
    let limit =
        Limit { size: "none", token: "NextToken", default: 100, most: 100, bad_token: "ValidationError" };
    super::filters::page(found, "StackSummaries", input, limit)
}

/// Deleting a stack that is not there succeeds.
fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    if let Some(stack) = named(places, input.str_at("StackName")) {
        for resource in stack.items_at("spec/kubetick/resources") {
            if resource.str_at("ResourceType") == "AWS::IAM::Role" {
                super::delete_role(places, resource.str_at("PhysicalResourceId"));
            }
        }
        delete_stack(places, stack.name());
    }
    Ok(Value::Null)
}

fn resources_of(places: &Places<'_>, input: &Value, time: &str) -> Result<Vec<Value>, ServiceError> {
    let name = input.str_at("StackName");
    let stack = named(places, name).ok_or_else(|| does_not_exist(name))?;
    let whole = |resource: &Value| {
        let mut whole = resource.clone();
        whole.set(time, stack.at("spec/CreationTime"));
        whole.set("ResourceStatus", "CREATE_COMPLETE");
        whole.set("DriftInformation", json!({"StackResourceDriftStatus": "NOT_CHECKED"}));
        whole
    };
    Ok(stack.items_at("spec/kubetick/resources").iter().map(whole).collect())
}

fn resources(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut found = resources_of(places, input, "Timestamp")?;
    let name = input.str_at("StackName");
    for resource in &mut found {
        resource.set("StackName", name);
        resource.set("StackId", stack_id(places, name));
    }
    Ok(json!({"StackResources": found}))
}

fn list_resources(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    Ok(json!({"StackResourceSummaries": (resources_of(places, input, "LastUpdatedTimestamp")?)}))
}
