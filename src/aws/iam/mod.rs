//! Identity and Access Management: policies, roles, OpenID Connect providers, instance profiles, and what a role may do.

mod federation;
mod inline;
mod links;
mod permissions;
mod policies;
mod profiles;
mod providers;
mod roles;

pub use federation::{WebIdentity, assume_for_pod, assume_with_web_identity};
pub use permissions::{Ask, allows};
pub use policies::policy_name;
pub use providers::{audience_of, create_provider, has_provider};
pub use roles::{NewRole, create_role, delete_role, role_arn};

use super::{Operations, Places, ServiceError};
use crate::json;
use crate::machinery::Value;

/// The operations answered here.
pub(super) const OPERATIONS: Operations = &[
    ("CreatePolicy", policies::create),
    ("GetPolicy", policies::get),
    ("DeletePolicy", policies::delete),
    ("ListPolicies", policies::list),
    ("CreateRole", roles::create),
    ("GetRole", roles::get),
    ("DeleteRole", roles::delete),
    ("ListRoles", roles::list),
    ("AttachRolePolicy", roles::attach),
    ("DetachRolePolicy", roles::detach),
    ("ListAttachedRolePolicies", roles::attached),
    ("PutRolePolicy", roles::put_inline),
    ("ListRolePolicies", inline::list),
    ("GetRolePolicy", inline::get),
    ("DeleteRolePolicy", inline::delete),
    ("UpdateAssumeRolePolicy", inline::update_trust),
    ("GetPolicyVersion", policies::version),
    ("ListPolicyVersions", policies::versions),
    ("ListEntitiesForPolicy", policies::entities),
    ("CreateServiceLinkedRole", roles::create_service_linked),
    ("CreateOpenIDConnectProvider", providers::create),
    ("GetOpenIDConnectProvider", providers::get),
    ("ListOpenIDConnectProviders", providers::list),
    ("DeleteOpenIDConnectProvider", providers::delete),
    ("CreateInstanceProfile", profiles::create),
    ("GetInstanceProfile", profiles::get),
    ("AddRoleToInstanceProfile", profiles::add_role),
    ("RemoveRoleFromInstanceProfile", profiles::remove_role),
    ("DeleteInstanceProfile", profiles::delete),
    ("ListInstanceProfiles", profiles::list),
    ("ListInstanceProfilesForRole", profiles::list_for_role),
    ("GetUser", get_user),
];

fn get_user(places: &Places<'_>, _: &Value) -> Result<Value, ServiceError> {
    Ok(json!({"User": {
        "Path": "/", "UserName": "admin", "UserId": (super::sts::user_id(places)),
        "Arn": (places.iam_arn("user/admin")), "CreateDate": (super::state::timestamp(places.account.now())),
    }}))
}

fn no_such_entity(message: String) -> ServiceError {
    ServiceError::new(404, "NoSuchEntity", message)
}

fn conflict(message: &str) -> ServiceError {
    ServiceError::new(409, "DeleteConflict", message)
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

/// A name that may be that of a policy, a role or a profile.
fn check_name(what: &str, name: &str) -> Result<(), ServiceError> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
    match name.bytes().all(fits) {
        true => Ok(()),
        false => Err(ServiceError::invalid(
            "ValidationError",
            format!(
                "The specified value for {what} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
            ),
        )),
    }
}

/// A document of what somebody may do: every statement says what, to what, and to what effect.
fn permissions_document(text: &str) -> Result<Value, ServiceError> {
    let document = document(text)?;
    let malformed = |what: &str| Err(ServiceError::invalid("MalformedPolicyDocument", what));
    let statements = permissions::one_or_many(document.at("Statement"));
    if document.get("Statement").is_none() {
        return malformed("Syntax errors in policy.");
    }
    for statement in statements {
        if !matches!(statement.str_at("Effect"), "Allow" | "Deny") {
            return malformed("Syntax errors in policy.");
        }
        if statement.get("Principal").is_some() || statement.get("NotPrincipal").is_some() {
            return malformed("Policy document should not specify a principal.");
        }
        let actions = statement.get("Action").or(statement.get("NotAction"));
        let Some(actions) = actions else { return malformed("Policy statement must contain actions.") };
        if statement.get("Resource").is_none() && statement.get("NotResource").is_none() {
            return malformed("Policy statement must contain resources.");
        }
        let has_vendor = |action: &Value| action.as_str().is_some_and(|a| a == "*" || a.contains(':'));
        if !permissions::one_or_many(actions).iter().all(has_vendor) {
            return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
        }
    }
    Ok(document)
}

/// A document of a request: it has to be JSON.
fn document(text: &str) -> Result<Value, ServiceError> {
    match Value::parse(text) {
        Ok(value) if value.as_map().is_some() => Ok(value),
        _ => Err(ServiceError::invalid("MalformedPolicyDocument", "Syntax errors in policy.")),
    }
}
