//! Instance profiles: how an instance gets a role.

use super::super::state::{self, INSTANCE_PROFILE};
use super::super::{Places, ServiceError};
use super::links::ROLES_OF_PROFILE;
use super::{already_exists, conflict, no_such_entity, page, path, roles};
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
    let roles: Vec<Value> = ROLES_OF_PROFILE.of(profile).iter().filter_map(role).collect();
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
    let role = roles::named(places, input.str_at("RoleName"))?;
    if !ROLES_OF_PROFILE.of(&profile).is_empty() {
        return Err(ServiceError::new(
            409,
            "LimitExceeded",
            "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
        ));
    }
    ROLES_OF_PROFILE.add(places, &profile, role.name());
    Ok(Value::Null)
}

pub(super) fn list_for_role(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    Ok(listed(places, &ROLES_OF_PROFILE.all_with(places, input.str_at("RoleName")), input))
}

pub(super) fn remove_role(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let profile = named(places, input.str_at("InstanceProfileName"))?;
    let role = input.str_at("RoleName");
    ROLES_OF_PROFILE.remove(places, &profile, role, || roles::unknown(role))
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let profile = named(places, input.str_at("InstanceProfileName"))?;
    if !ROLES_OF_PROFILE.of(&profile).is_empty() {
        return Err(conflict("Cannot delete entity, must remove roles from instance profile first."));
    }
    state::remove(places.account, INSTANCE_PROFILE, profile.name());
    Ok(Value::Null)
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    Ok(listed(places, &state::list(places.account, INSTANCE_PROFILE), input))
}

fn listed(places: &Places<'_>, profiles: &[Object], input: &Value) -> Value {
    page(profiles.iter().map(|p| shown(places, p)).collect(), "InstanceProfiles", input)
}
