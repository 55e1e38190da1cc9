//! Tags of a cluster and of what belongs to it, by ARN.

use super::super::state::{
    self, ACCESS_ENTRY, ADDON, CLUSTER, FARGATE_PROFILE, Kind, NODE_GROUP, POD_IDENTITY,
};
use super::super::{Places, ServiceError};
use super::not_found;
use crate::json;
use crate::machinery::Value;
use crate::store::Store;

/// What an ARN stands for: the cluster's store, and where the thing is kept in it.
fn by_arn<'a>(places: &Places<'a>, arn: &str) -> Result<(&'a Store, Kind, String), ServiceError> {
    let gone = || not_found(format!("Resource does not exist for arn: {arn}"));
    let rest = arn.strip_prefix(&places.arn("eks", "")).ok_or_else(gone)?;
    let parts: Vec<&str> = rest.split('/').collect();
    let (kind, key) = match parts.as_slice() {
        ["cluster", name] => (CLUSTER, name.to_string()),
        ["nodegroup", _, name, _] => (NODE_GROUP, name.to_string()),
        ["addon", _, name, _] => (ADDON, name.to_string()),
        ["fargateprofile", _, name, _] => (FARGATE_PROFILE, name.to_string()),
        ["podidentityassociation", _, id] => (POD_IDENTITY, id.to_string()),
        // A role may stand below a path.
        ["access-entry", _, what, account, name @ .., _] if !name.is_empty() => {
            let principal = format!("arn:aws:iam::{account}:{what}/{}", name.join("/"));
            (ACCESS_ENTRY, super::access_entries::key_of(places, &principal))
        }
        _ => return Err(gone()),
    };
    let store = places.cluster(parts[1]).filter(|store| state::find(store, kind, &key).is_some());
    Ok((store.ok_or_else(gone)?, kind, key))
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (store, kind, key) = by_arn(places, input.str_at("resourceArn"))?;
    let tags = state::find(store, kind, &key).map(|o| o.at("spec/tags").clone());
    Ok(json!({"tags": (tags.filter(|t| !t.is_null()).unwrap_or_else(Value::object))}))
}

pub(super) fn tag(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (store, kind, key) = by_arn(places, input.str_at("resourceArn"))?;
    state::modify(store, kind, &key, |spec| {
        for (key, value) in input.map_at("tags").iter() {
            spec.at_mut("tags").map_mut().insert(key, value);
        }
    });
    Ok(Value::Null)
}

pub(super) fn untag(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (store, kind, key) = by_arn(places, input.str_at("resourceArn"))?;
    state::modify(store, kind, &key, |spec| {
        for key in input.items_at("tagKeys").iter().filter_map(Value::as_str) {
            spec.at_mut("tags").map_mut().remove(key);
        }
    });
    Ok(Value::Null)
}
