//! Fargate profiles: which pods run on machines of their own.

use super::super::ec2::subnets;
use super::super::state::{self, FARGATE_PROFILE};
use super::super::{Places, ServiceError};
use super::access_entries::{admit_fargate_role, authentication_mode};
use super::{in_use, invalid_parameter, named, not_found, page};
use crate::json;
use crate::machinery::{Duration, Object, Value, names};
use crate::store::Store;

/// How long the first profile of a cluster takes, and each one after it.
const TAKES: (Duration, Duration) = (Duration::from_secs(130), Duration::from_secs(18));

fn found(store: &Store, name: &str) -> Result<Object, ServiceError> {
    state::find(store, FARGATE_PROFILE, name)
        .ok_or_else(|| not_found(format!("No Fargate Profile found with name: {name}.")))
}

fn shown(places: &Places<'_>, store: &Store, profile: &Object) -> Value {
    let mut shown = profile.at("spec").clone();
    let (cluster, name) = (store.meta().name.clone(), profile.name());
    let id = names::uid(0, &format!("fargate profile {cluster} {name}"), 0);
    shown.set("fargateProfileArn", places.arn("eks", &format!("fargateprofile/{cluster}/{name}/{id}")));
    shown.set("fargateProfileName", name);
    shown.set("clusterName", cluster);
    shown.remove("kubetick");
    shown
}

/// One profile comes or goes at a time.
fn none_is_under_way(store: &Store, verb: &str, name: &str) -> Result<(), ServiceError> {
    let busy = state::list(store, FARGATE_PROFILE)
        .into_iter()
        .find(|p| matches!(p.str_at("spec/status"), "CREATING" | "DELETING"));
    match busy {
        Some(other) => Err(in_use(format!(
            "Cannot {verb} Fargate Profile {name} because cluster {} currently has Fargate profile {} in status {}",
            store.meta().name,
            other.name(),
            other.str_at("spec/status")
        ))),
        None => Ok(()),
    }
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let names = state::list(store, FARGATE_PROFILE).iter().map(|p| Value::from(p.name())).collect();
    page(names, "fargateProfileNames", input)
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let profile = found(store, input.str_at("fargateProfileName"))?;
    Ok(json!({"fargateProfile": (shown(places, store, &profile))}))
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let name = input.str_at("fargateProfileName");
    if state::find(store, FARGATE_PROFILE, name).is_some() {
        return Err(in_use(format!(
            "A Fargate Profile already exists with this name in this cluster: {name}"
        )));
    }
    none_is_under_way(store, "create", name)?;
    let selectors = input.items_at("selectors");
    if selectors.is_empty() {
        return Err(invalid_parameter("Fargate Profile must have at least one selector."));
    }
    if selectors.len() > 5 {
        return Err(invalid_parameter("Fargate Profile cannot have more than 5 selectors."));
    }
    let (public, private): (Vec<_>, Vec<_>) = subnets(store).into_iter().partition(|s| s.public);
    let given = input.items_at("subnets");
    let is_public = |id: &&Value| public.iter().any(|s| id.as_str() == Some(&s.id));
    if let Some(id) = given.iter().find(is_public) {
        return Err(invalid_parameter(format!(
            "Subnet {} provided in Fargate Profile is not a private subnet",
            id.as_str().unwrap_or_default()
        )));
    }
    let subnet_ids = match given {
        [] => private.into_iter().map(|s| Value::from(s.id)).collect(),
        given => given.to_vec(),
    };
    let is_first = state::list(store, FARGATE_PROFILE).is_empty();
    let until = store.now() + if is_first { TAKES.0 } else { TAKES.1 };
    let role = input.str_at("podExecutionRoleArn");
    let spec = json!({
        "createdAt": (state::timestamp_milli(store.now())), "podExecutionRoleArn": role, "subnets": subnet_ids,
        "selectors": (selectors.to_vec()), "status": "CREATING",
        "tags": (input.get("tags").cloned().unwrap_or_else(Value::object)), "kubetick": {"until": (until.0)},
    });
    state::put(store, FARGATE_PROFILE, name, spec);
    if authentication_mode(store).asks_entries() {
        admit_fargate_role(store, role);
    }
    describe(places, input)
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let name = input.str_at("fargateProfileName");
    found(store, name)?;
    none_is_under_way(store, "delete", name)?;
    let until = store.now() + TAKES.1;
    state::modify(store, FARGATE_PROFILE, name, |spec| {
        spec.set("status", "DELETING");
        spec.set("kubetick/until", until.0);
    });
    describe(places, input)
}
