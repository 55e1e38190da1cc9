//! Instance profiles: how an instance gets a role.

use super::super::state::{self, INSTANCE_PROFILE, ROLE};
use super::super::{Places, ServiceError};
use super::{already_exists, no_such_entity, page, path, roles};
use crate::json;
use crate::machinery::{Object, Value};

fn shown(places: &Places<'_>, profile: &Object) -> Value {
    let mut shown = profile.at("spec").clone();
    shown.remove("kubetick");
    shown.set(
        "Arn",
        places.iam_arn(&format!("instance-profile{}{}", profile.str_at("spec/Path"), profile.name())),
    );
    let role = |name: &Value| {
        let input = json!({"RoleName": name});
        roles::get(places, &input).ok().map(|answer| answer.at("Role").clone())
    };
    let roles: Vec<Value> = profile.items_at("spec/kubetick/roles").iter().filter_map(role).collect();
    shown.set("Roles", roles);
    shown
}

fn named(places: &Places<'_>, name: &str) -> Result<Object, ServiceError> {
    state::find(places.account, INSTANCE_PROFILE, name)
        .ok_or_else(|| no_such_entity(format!("Instance Profile {name} cannot be found.")))
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("InstanceProfileName");
    if state::find(places.account, INSTANCE_PROFILE, name).is_some() {
        return Err(already_exists(format!("Instance Profile {name} already exists.")));
    }
    let spec = json!({
        "InstanceProfileName": name, "Path": (path(input)), "CreateDate": (state::timestamp(places.now())),
        "InstanceProfileId": (format!("AIPA{}", state::upper(places.account, "instance-profile", 17))),
        "kubetick": {"roles": []},
    });
    state::put(places.account, INSTANCE_PROFILE, name, spec);
    get(places, input)
}

pub(super) fn get(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let profile = named(places, input.str_at("InstanceProfileName"))?;
    Ok(json!({"InstanceProfile": (shown(places, &profile))}))
}

pub(super) fn add_role(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let profile = named(places, input.str_at("InstanceProfileName"))?;
    let role = input.str_at("RoleName");
    if state::find(places.account, ROLE, role).is_none() {
        return Err(no_such_entity(format!("The role with name {role} cannot be found.")));
    }
    if !profile.items_at("spec/kubetick/roles").is_empty() {
        return Err(ServiceError::new(
            409,
            "LimitExceeded",
            "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
        ));
    }
    state::modify(places.account, INSTANCE_PROFILE, profile.name(), |spec| {
        spec.at_mut("kubetick/roles").list_mut().push(role.into());
    });
    Ok(Value::Null)
}

pub(super) fn list_for_role(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let role = input.str_at("RoleName");
    let all = state::list(places.account, INSTANCE_PROFILE);
    let of_role = |p: &&Object| p.items_at("spec/kubetick/roles").iter().any(|r| r.as_str() == Some(role));
    Ok(page(all.iter().filter(of_role).map(|p| shown(places, p)).collect(), "InstanceProfiles", input))
}

pub(super) fn remove_role(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let profile = named(places, input.str_at("InstanceProfileName"))?;
    let role = input.str_at("RoleName");
    if !profile.items_at("spec/kubetick/roles").iter().any(|r| r.as_str() == Some(role)) {
        return Err(no_such_entity(format!("The role with name {role} cannot be found.")));
    }
    state::modify(places.account, INSTANCE_PROFILE, profile.name(), |spec| {
        spec.at_mut("kubetick/roles").list_mut().retain(|r| r.as_str() != Some(role));
    });
    Ok(Value::Null)
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let profile = named(places, input.str_at("InstanceProfileName"))?;
    if !profile.items_at("spec/kubetick/roles").is_empty() {
        return Err(ServiceError::new(
            409,
            "DeleteConflict",
            "Cannot delete entity, must remove roles from instance profile first.",
        ));
    }
    state::remove(places.account, INSTANCE_PROFILE, profile.name());
    Ok(Value::Null)
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let all = state::list(places.account, INSTANCE_PROFILE);
    Ok(page(all.iter().map(|p| shown(places, p)).collect(), "InstanceProfiles", input))
}
