//! Identity and Access Management: policies, roles, OpenID Connect providers, instance profiles, and what a role may do.

mod permissions;
mod policies;
mod profiles;
mod providers;
mod roles;

pub use permissions::{Ask, allows};
pub use policies::policy_name;
pub use providers::{create_provider, has_provider};
pub use roles::{NewRole, create_role, delete_role, role_arn};

use super::{Places, Request, ServiceError};
use crate::json;
use crate::machinery::Value;

/// Answers a request.
pub(super) fn call(places: &Places<'_>, request: &Request) -> Result<Value, ServiceError> {
    let input = &request.input;
    match request.operation.as_str() {
        "CreatePolicy" => policies::create(places, input),
        "GetPolicy" => policies::get(places, input),
        "DeletePolicy" => policies::delete(places, input),
        "ListPolicies" => policies::list(places, input),
        "CreateRole" => roles::create(places, input),
        "GetRole" => roles::get(places, input),
        "DeleteRole" => roles::delete(places, input),
        "ListRoles" => roles::list(places, input),
        "AttachRolePolicy" => roles::attach(places, input),
        "DetachRolePolicy" => roles::detach(places, input),
        "ListAttachedRolePolicies" => roles::attached(places, input),
        "PutRolePolicy" => roles::put_inline(places, input),
        "CreateServiceLinkedRole" => roles::create_service_linked(places, input),
        "CreateOpenIDConnectProvider" => providers::create(places, input),
        "GetOpenIDConnectProvider" => providers::get(places, input),
        "ListOpenIDConnectProviders" => providers::list(places),
        "DeleteOpenIDConnectProvider" => providers::delete(places, input),
        "CreateInstanceProfile" => profiles::create(places, input),
        "GetInstanceProfile" => profiles::get(places, input),
        "AddRoleToInstanceProfile" => profiles::add_role(places, input),
        "ListInstanceProfilesForRole" => profiles::list_for_role(places, input),
        "GetUser" => Ok(json!({"User": {
            "Path": "/", "UserName": "admin", "UserId": (super::sts::user_id(places)),
            "Arn": (places.iam_arn("user/admin")), "CreateDate": (super::state::timestamp(places.account.now())),
        }})),
        _ => Err(request.not_simulated()),
    }
}

fn no_such_entity(message: String) -> ServiceError {
    ServiceError::new(404, "NoSuchEntity", message)
}

fn already_exists(message: String) -> ServiceError {
    ServiceError::new(409, "EntityAlreadyExists", message)
}

/// One page of a list, with IAM's `Marker` and `IsTruncated`.
fn page(items: Vec<Value>, member: &str, input: &Value) -> Value {
    let start = input.str_at("Marker").parse::<usize>().unwrap_or(0);
    let size = input.int_at("MaxItems").unwrap_or(100).clamp(1, 1000) as usize;
    let more = items.len() > start + size;
    let mut answer = Value::object();
    answer.set(member, items.into_iter().skip(start).take(size).collect::<Vec<_>>());
    answer.set("IsTruncated", more);
    if more {
        answer.set("Marker", (start + size).to_string());
    }
    answer
}

/// The path a name is made under: `/` unless the request has one.
fn path(input: &Value) -> &str {
    match input.str_at("Path") {
        "" => "/",
        path => path,
    }
}

/// JSON as IAM sends documents: percent-encoded.
fn encoded(document: &str) -> String {
    let mut text = String::new();
    for byte in document.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(byte as char),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// A document of a request: it has to be JSON.
fn document(text: &str) -> Result<Value, ServiceError> {
    match Value::parse(text) {
        Ok(value) if value.as_map().is_some() => Ok(value),
        _ => Err(ServiceError::invalid("MalformedPolicyDocument", "Syntax errors in policy.")),
    }
}
