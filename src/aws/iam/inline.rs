//! What is written into a role itself: its inline policies, and whom it trusts.

use super::super::state::{self, ROLE};
use super::super::{Places, ServiceError};
use super::{document, encoded, no_such_entity, page, roles};
use crate::json;
use crate::machinery::{Object, Value};

/// The inline policy a request names.
fn policy<'r>(role: &'r Object, name: &str) -> Result<&'r Value, ServiceError> {
    role.map_at("spec/kubetick/inline")
        .get(name)
        .ok_or_else(|| no_such_entity(format!("The role policy with name {name} cannot be found.")))
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let role = roles::named(places, input.str_at("RoleName"))?;
    let names = role.map_at("spec/kubetick/inline").keys().map(Value::from).collect();
    Ok(page(names, "PolicyNames", input))
}

pub(super) fn get(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let role = roles::named(places, input.str_at("RoleName"))?;
    let name = input.str_at("PolicyName");
    let text = policy(&role, name)?.to_json();
    Ok(json!({"RoleName": (role.name()), "PolicyName": name, "PolicyDocument": (encoded(&text))}))
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let role = roles::named(places, input.str_at("RoleName"))?;
    let name = input.str_at("PolicyName");
    policy(&role, name)?;
    state::modify(places.account, ROLE, role.name(), |spec| {
        spec.at_mut("kubetick/inline").map_mut().remove(name);
    });
    Ok(Value::Null)
}

pub(super) fn update_trust(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let role = roles::named(places, input.str_at("RoleName"))?;
    let trust = document(input.str_at("PolicyDocument"))?;
    state::modify(places.account, ROLE, role.name(), |spec| spec.set("kubetick/trust", trust));
    Ok(Value::Null)
}
