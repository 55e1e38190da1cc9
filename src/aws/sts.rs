//! Security Token Service: who is asking.

use super::{Caller, Operations, Places, ServiceError};
use crate::json;
use crate::machinery::{Value, names};

/// The id of the user who works here.
pub(super) fn user_id(places: &Places<'_>) -> String {
    let hex = names::hex(places.account.meta().seed, "user", 0, 17);
    format!("AIDA{}", hex.to_uppercase())
}

/// The operations answered here.
pub(super) const OPERATIONS: Operations =
    &[("GetCallerIdentity", |places, _| Ok(identity(places))), ("AssumeRole", assume)];

fn identity(places: &Places<'_>) -> Value {
    match &places.caller {
        Caller::User => json!({
            "UserId": (user_id(places)), "Account": (places.account_id()), "Arn": (places.iam_arn("user/admin")),
        }),
        Caller::Role { name, session } => json!({
            "UserId": (format!("{}:{session}", role_id(places, name))), "Account": (places.account_id()),
            "Arn": (places.caller.arn(places)),
        }),
        // Whom STS gave nothing is refused at the door.
        Caller::Refused(_) => Value::Null,
    }
}

fn assume(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (arn, session) = (input.str_at("RoleArn"), input.str_at("RoleSessionName"));
    let name = arn.rsplit('/').next().unwrap_or_default();
    if super::iam::role_arn(places, name).as_deref() != Some(arn) {
        return Err(ServiceError::new(
            403,
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                places.caller.arn(places)
            ),
        ));
    }
    let drawn =
        |what: &str, n| names::hex(places.account.meta().seed, &format!("{what} {arn} {session}"), 0, n);
    Ok(json!({
        "Credentials": {
            "AccessKeyId": (format!("ASIA{}", drawn("key", 16).to_uppercase())),
            "SecretAccessKey": (drawn("secret", 40)), "SessionToken": (drawn("token", 64)),
            "Expiration": (super::state::timestamp(places.now() + crate::machinery::Duration::from_hours(1))),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": (format!("{}:{session}", role_id(places, name))),
            "Arn": (format!("arn:aws:sts::{}:assumed-role/{name}/{session}", places.account_id())),
        },
    }))
}

fn role_id(places: &Places<'_>, name: &str) -> String {
    let role = super::state::find(places.account, super::state::ROLE, name);
    role.map(|r| r.str_at("spec/RoleId").to_string()).unwrap_or_default()
}
