//! Tags of EC2's things.

use super::super::filters::{Limit, page, pass};
use super::super::state::{self, INSTANCE, Kind, SPOT_REQUEST, TEMPLATE};
use super::super::{Places, ServiceError};
use super::pages_of;
use crate::json;
use crate::machinery::Value;
use crate::store::Store;

const LIMIT: Limit = pages_of(1000);

/// Kinds with tags: the type in answers and the member that holds the id.
const TAGGED: [(Kind, &str, &str); 3] = [
    (INSTANCE, "instance", "InstanceId"),
    (TEMPLATE, "launch-template", "LaunchTemplateId"),
    (SPOT_REQUEST, "spot-instances-request", "SpotInstanceRequestId"),
];

/// The tags a request gives to what it makes of a type.
pub(super) fn specified(input: &Value, resource_type: &str) -> Vec<Value> {
    let specifications = input.items_at("TagSpecifications").iter();
    let of_type = specifications.filter(|s| s.str_at("ResourceType") == resource_type);
    of_type.flat_map(|s| s.items_at("Tags")).cloned().collect()
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut found = Vec::new();
    for (kind, kind_name, id_member) in TAGGED {
        for object in places.list(kind) {
            let id = object.at("spec").str_at(id_member).to_string();
            for tag in object.items_at("spec/Tags") {
                let (key, value) = (tag.str_at("Key").to_string(), tag.str_at("Value").to_string());
                let values = |filter: &str| match filter {
                    "resource-id" => Some(vec![id.clone()]),
                    "resource-type" => Some(vec![kind_name.to_string()]),
                    "key" => Some(vec![key.clone()]),
                    "value" => Some(vec![value.clone()]),
                    _ => {
                        let wanted = filter.strip_prefix("tag:")?;
                        Some(if wanted == key { vec![value.clone()] } else { Vec::new() })
                    }
                };
                if pass(input.items_at("Filters"), values)? {
                    found.push(json!({
                        "Key": (key.as_str()), "ResourceId": (id.as_str()), "ResourceType": kind_name,
                        "Value": (value.as_str()),
                    }));
                }
            }
        }
    }
    page(found, "Tags", input, LIMIT)
}

/// The thing of an id: its store, its kind, its name there.
fn tagged<'a>(places: &Places<'a>, id: &str) -> Result<(&'a Store, Kind, String), ServiceError> {
    for (kind, _, member) in TAGGED {
        for object in places.list(kind) {
            if object.at("spec").str_at(member) == id
                && let Some((store, _)) = places.find(kind, object.name())
            {
                return Ok((store, kind, object.name().to_string()));
            }
        }
    }
    let (prefix, code) = match id.split_once('-') {
        Some(("i", _)) => ("instance", "InvalidInstanceID.NotFound"),
        _ => ("resource", "InvalidID"),
    };
    Err(ServiceError::invalid(code, format!("The {prefix} ID '{id}' does not exist")))
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    change(places, input, |tags, given| {
        tags.retain(|t| t.at("Key") != given.at("Key"));
        tags.push(given.clone());
    })
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    change(places, input, |tags, given| {
        // A tag given with a value goes only if it has that value.
        let fits = |t: &Value| {
            t.at("Key") == given.at("Key") && given.get("Value").is_none_or(|v| t.at("Value") == v)
        };
        tags.retain(|t| !fits(t));
    })
}

fn change(
    places: &Places<'_>,
    input: &Value,
    each: impl Fn(&mut Vec<Value>, &Value),
) -> Result<Value, ServiceError> {
    let ids: Vec<&str> = input.items_at("Resources").iter().filter_map(Value::as_str).collect();
    let mut things = Vec::new();
    for id in ids {
        things.push(tagged(places, id)?);
    }
    for (store, kind, name) in things {
        state::modify(store, kind, &name, |spec| {
            for tag in input.items_at("Tags") {
                each(spec.at_mut("Tags").list_mut(), tag);
            }
        });
    }
    Ok(Value::Null)
}
