//! Tags of groups.

use super::super::filters::{Limit, page, pass};
use super::super::state::{self, GROUP};
use super::super::{Places, ServiceError};
use super::named;
use crate::json;
use crate::machinery::Value;

const LIMIT: Limit =
    Limit { size: "MaxRecords", token: "NextToken", default: 50, most: 100, bad_token: "InvalidNextToken" };

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut found = Vec::new();
    for group in places.list(GROUP) {
        for tag in group.items_at("spec/Tags") {
            let values_of = |name: &str| {
                let value = match name {
                    "auto-scaling-group" => tag.str_at("ResourceId").to_string(),
                    "key" => tag.str_at("Key").to_string(),
                    "value" => tag.str_at("Value").to_string(),
                    "propagate-at-launch" => tag.bool_at("PropagateAtLaunch").to_string(),
                    _ => return None,
                };
                Some(vec![value])
            };
            if pass(input.items_at("Filters"), values_of)? {
                found.push(tag.clone());
            }
        }
    }
    page(found, "Tags", input, LIMIT)
}

pub(super) fn create_or_update(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    for tag in input.items_at("Tags") {
        named(places, tag.str_at("ResourceId"))?;
    }
    for tag in input.items_at("Tags") {
        let name = tag.str_at("ResourceId");
        let (store, _) = named(places, name)?;
        let full = json!({
            "ResourceId": name, "ResourceType": "auto-scaling-group", "Key": (tag.at("Key")),
            "Value": (tag.str_at("Value")), "PropagateAtLaunch": (tag.bool_at("PropagateAtLaunch")),
        });
        state::modify(store, GROUP, name, |spec| {
            let tags = spec.at_mut("Tags").list_mut();
            tags.retain(|t| t.at("Key") != tag.at("Key"));
            tags.push(full);
            tags.sort_by(|a, b| a.str_at("Key").cmp(b.str_at("Key")));
        });
    }
    Ok(Value::Null)
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    for tag in input.items_at("Tags") {
        named(places, tag.str_at("ResourceId"))?;
    }
    for tag in input.items_at("Tags") {
        let name = tag.str_at("ResourceId");
        let (store, _) = named(places, name)?;
        state::modify(store, GROUP, name, |spec| {
            spec.at_mut("Tags").list_mut().retain(|t| t.at("Key") != tag.at("Key"));
        });
    }
    Ok(Value::Null)
}
