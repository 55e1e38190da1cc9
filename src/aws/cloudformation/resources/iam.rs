//! Roles, policies, instance profiles, OpenID Connect providers.

use super::{Asked, Made, Making, call, strings};
use crate::aws::iam::{NewRole, create_role, delete_role, role_arn};
use crate::aws::state::{self, POLICY, ROLE};
use crate::aws::{Places, ServiceError};
use crate::json;
use crate::machinery::Value;

/// A policy document of a template: an object, or JSON as text.
fn document_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_json(), str::to_string)
}

pub(super) fn role(asked: &Asked<'_>) -> Making {
    let (places, properties) = (asked.places, asked.properties);
    let name = asked.name("RoleName", 64);
    if let Some(before) = asked.before {
        if before == name {
            return change_role(asked, &name);
        }
        delete_role(places, before);
    }
    if state::find(places.account, ROLE, &name).is_some() {
        return Err(ServiceError::new(
            409,
            "EntityAlreadyExists",
            format!("Role with name {name} already exists."),
        ));
    }
    let path = match properties.str_at("Path") {
        "" => "/",
        path => path,
    };
    let trust = document_text(properties.at("AssumeRolePolicyDocument"));
    let trust = Value::parse(&trust).unwrap_or_default();
    let new = NewRole {
        name: name.clone(),
        path: path.to_string(),
        trust,
        policies: Vec::new(),
        tags: properties.items_at("Tags").to_vec(),
    };
    create_role(places, &new);
    give_policies(asked, &name).inspect_err(|_| delete_role(places, &name))?;
    Ok(role_made(places, name))
}

fn give_policies(asked: &Asked<'_>, role: &str) -> Result<(), ServiceError> {
    for arn in strings(asked.properties.at("ManagedPolicyArns")) {
        attach(asked.places, role, &arn)?;
    }
    for policy in asked.properties.items_at("Policies") {
        put_inline(asked.places, role, policy.str_at("PolicyName"), policy.at("PolicyDocument"))?;
    }
    Ok(())
}

/// A role that stays: what its last version had and this one has not goes, what others gave it stays.
fn change_role(asked: &Asked<'_>, name: &str) -> Making {
    let trust = document_text(asked.properties.at("AssumeRolePolicyDocument"));
    let arns = strings(asked.old.at("ManagedPolicyArns"));
    state::modify(asked.places.account, ROLE, name, |spec| {
        spec.set("kubetick/trust", Value::parse(&trust).unwrap_or_default());
        let attached = spec.at_mut("kubetick/attached").list_mut();
        attached.retain(|arn| arn.as_str().is_none_or(|arn| !arns.iter().any(|a| a == arn)));
        for policy in asked.old.items_at("Policies") {
            spec.at_mut("kubetick/inline").map_mut().remove(policy.str_at("PolicyName"));
        }
    });
    give_policies(asked, name)?;
    Ok(role_made(asked.places, name.to_string()))
}

fn role_made(places: &Places<'_>, name: String) -> Made {
    let id = state::find(places.account, ROLE, &name).unwrap_or_default().str_at("spec/RoleId").to_string();
    let arn = role_arn(places, &name).unwrap_or_default();
    Made::new(name, json!({"Arn": arn, "RoleId": id}))
}

fn attach(places: &Places<'_>, role: &str, arn: &str) -> Result<Value, ServiceError> {
    call(places, "iam", "AttachRolePolicy", json!({"RoleName": role, "PolicyArn": arn}))
}

fn put_inline(places: &Places<'_>, role: &str, name: &str, document: &Value) -> Result<Value, ServiceError> {
    let input = json!({"RoleName": role, "PolicyName": name, "PolicyDocument": (document_text(document))});
    call(places, "iam", "PutRolePolicy", input)
}

pub(super) fn managed_policy(asked: &Asked<'_>) -> Making {
    let places = asked.places;
    let before = asked.before.and_then(|arn| arn.rsplit('/').next());
    let name = Asked { before, ..*asked }.name("ManagedPolicyName", 128);
    if let (Some(arn), Some(before)) = (asked.before, before) {
        if before == name {
            let document = document_text(asked.properties.at("PolicyDocument"));
            state::modify(places.account, POLICY, &name, |spec| {
                spec.set("kubetick/document", Value::parse(&document).unwrap_or_default());
            });
            return Ok(Made::new(arn, json!({"PolicyArn": arn})));
        }
        remove_managed_policy(places, arn, asked.old);
    }
    let mut input = asked.input(&["Path", "Description"]);
    input.set("PolicyName", name);
    input.set("PolicyDocument", document_text(asked.properties.at("PolicyDocument")));
    let made = call(places, "iam", "CreatePolicy", input)?;
    let arn = made.str_at("Policy/Arn").to_string();
    for role in strings(asked.properties.at("Roles")) {
        attach(places, &role, &arn)?;
    }
    Ok(Made::new(arn.clone(), json!({"PolicyArn": arn, "PolicyId": (made.at("Policy/PolicyId"))})))
}

pub(super) fn remove_managed_policy(places: &Places<'_>, arn: &str, _: &Value) {
    for role in state::list(places.account, ROLE) {
        let _ = call(places, "iam", "DetachRolePolicy", json!({"RoleName": (role.name()), "PolicyArn": arn}));
    }
    let _ = call(places, "iam", "DeletePolicy", json!({"PolicyArn": arn}));
}

pub(super) fn policy(asked: &Asked<'_>) -> Making {
    let physical = asked.name("", 128);
    remove_policy(asked.places, "", asked.old);
    for role in strings(asked.properties.at("Roles")) {
        let name = asked.properties.str_at("PolicyName");
        put_inline(asked.places, &role, name, asked.properties.at("PolicyDocument"))?;
    }
    Ok(Made::new(physical.clone(), json!({"Id": physical})))
}

pub(super) fn remove_policy(places: &Places<'_>, _: &str, properties: &Value) {
    let name = properties.str_at("PolicyName");
    for role in strings(properties.at("Roles")) {
        state::modify(places.account, ROLE, &role, |spec| {
            spec.at_mut("kubetick/inline").map_mut().remove(name);
        });
    }
}

pub(super) fn instance_profile(asked: &Asked<'_>) -> Making {
    let name = asked.name("InstanceProfileName", 128);
    let mut input = asked.input(&["Path"]);
    input.set("InstanceProfileName", name.as_str());
    let made = call(asked.places, "iam", "CreateInstanceProfile", input)?;
    for role in strings(asked.properties.at("Roles")) {
        let input = json!({"InstanceProfileName": (name.as_str()), "RoleName": role});
        call(asked.places, "iam", "AddRoleToInstanceProfile", input)?;
    }
    Ok(Made::new(name, json!({"Arn": (made.at("InstanceProfile/Arn"))})))
}

pub(super) fn remove_instance_profile(places: &Places<'_>, name: &str, _: &Value) {
    state::remove(places.account, state::INSTANCE_PROFILE, name);
}

pub(super) fn provider(asked: &Asked<'_>) -> Making {
    let mut input = asked.input(&["Url", "ThumbprintList", "Tags"]);
    input.set("ClientIDList", asked.properties.at("ClientIdList"));
    let made = call(asked.places, "iam", "CreateOpenIDConnectProvider", input)?;
    let arn = made.str_at("OpenIDConnectProviderArn").to_string();
    Ok(Made::new(arn.clone(), json!({"Arn": arn})))
}

pub(super) fn remove_provider(places: &Places<'_>, arn: &str, _: &Value) {
    let _ = call(places, "iam", "DeleteOpenIDConnectProvider", json!({"OpenIDConnectProviderArn": arn}));
}

pub(super) fn remove_role(places: &Places<'_>, name: &str, _: &Value) {
    delete_role(places, name);
}
