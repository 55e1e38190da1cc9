//! Stacks as they are kept: those of templates, and those eksctl leaves behind.

use super::super::state::{self, DELETED_STACK, STACK};
use super::super::{Places, ServiceError};
use crate::json;
use crate::machinery::{Object, Value, names};

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

/// The ARN of a stack.
pub(super) fn stack_id(places: &Places<'_>, stack: &Object) -> String {
    let name = stack.str_at("spec/StackName");
    let id = match stack.str_at("spec/kubetick/id") {
        "" => names::uid(0, &format!("stack {name}"), 0),
        id => id.to_string(),
    };
    places.arn("cloudformation", &format!("stack/{name}/{id}"))
}

/// The stacks of the region, newest first, as the service lists them; `gone` are those that were deleted.
pub(super) fn of_region(places: &Places<'_>, gone: bool) -> Vec<Object> {
    let mut all = state::list(places.account, if gone { DELETED_STACK } else { STACK });
    all.retain(|s| s.str_at("spec/kubetick/region") == places.region);
    all.sort_by(|a, b| {
        (b.str_at("spec/CreationTime"), a.name()).cmp(&(a.str_at("spec/CreationTime"), b.name()))
    });
    all
}

pub(super) fn does_not_exist(name: &str) -> ServiceError {
    ServiceError::invalid("ValidationError", format!("Stack with id {name} does not exist"))
}

/// The stack of a name or an id. A name is a stack's until it is gone, an id for ever.
pub(super) fn named(places: &Places<'_>, name: &str) -> Option<Object> {
    let is_it = |s: &Object| s.str_at("spec/StackName") == name || stack_id(places, s) == name;
    let alive = of_region(places, false).into_iter().find(is_it);
    alive.or_else(|| {
        let going = |s: &Object| stack_id(places, s) == name || status(places, s).0 == "DELETE_IN_PROGRESS";
        of_region(places, true).into_iter().filter(is_it).find(going)
    })
}

/// The phase a stack is in: its status, the reason for it, and when it began.
pub(super) fn status(places: &Places<'_>, stack: &Object) -> (String, String, String) {
    let phases = stack.items_at("spec/kubetick/phases");
    let shown = |p: &Value| {
        (p.str_at("status").to_string(), p.str_at("reason").to_string(), p.str_at("at").to_string())
    };
    match so_far(places, phases).last() {
        Some(phase) => shown(phase),
        None => (stack.str_at("spec/StackStatus").to_string(), String::new(), String::new()),
    }
}

/// What of a story that was told ahead has happened. The account's stacks may have been made by the clock of another
/// cluster, which went before this one's: then everything has.
pub(super) fn so_far<'v>(places: &Places<'_>, told: &'v [Value]) -> &'v [Value] {
    let now = state::timestamp_milli(places.now());
    let happened = told.iter().take_while(|entry| entry.str_at("at") <= now.as_str()).count();
    if happened == 0 { told } else { &told[..happened] }
}
