//! Security Token Service: who is asking, and in whose name else.

use super::iam::{self, WebIdentity};
use super::state::{self, ROLE};
use super::{Caller, Operations, Places, ServiceError};
use crate::api::token;
use crate::json;
use crate::machinery::{Duration, Value, names};

/// The id of the user who works here.
pub(super) fn user_id(places: &Places<'_>) -> String {
    let hex = names::hex(places.account.meta().seed, "user", 0, 17);
    format!("AIDA{}", hex.to_uppercase())
}

/// The operations answered here.
pub(super) const OPERATIONS: Operations = &[
    ("GetCallerIdentity", |places, _| Ok(identity(places))),
    ("AssumeRole", assume),
    ("AssumeRoleWithWebIdentity", assume_with_web_identity),
];

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
    let arn = input.str_at("RoleArn");
    let name = arn.rsplit('/').next().unwrap_or_default();
    if iam::role_arn(places, name).as_deref() != Some(arn) {
        return Err(ServiceError::new(
            403,
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                places.caller.arn(places)
            ),
        ));
    }
    session_of(places, name, input)
}

/// The credentials of a role's session, and whom they are taken for.
fn session_of(places: &Places<'_>, role: &str, input: &Value) -> Result<Value, ServiceError> {
    let session = input.str_at("RoleSessionName");
    let seconds = input.int_at("DurationSeconds").unwrap_or(3600);
    let kept = state::find(places.account, ROLE, role).unwrap_or_default();
    if seconds > kept.int_at("spec/MaxSessionDuration").unwrap_or(3600) {
        let text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(ServiceError::invalid("ValidationError", text));
    }
    let arn = iam::role_arn(places, role).unwrap_or_default();
    let drawn =
        |what: &str, n| names::hex(places.account.meta().seed, &format!("{what} {arn} {session}"), 0, n);
    Ok(json!({
        "Credentials": {
            "AccessKeyId": (format!("ASIA{}", drawn("key", 16).to_uppercase())),
            "SecretAccessKey": (drawn("secret", 40)), "SessionToken": (drawn("token", 64)),
            "Expiration": (state::timestamp(places.now() + Duration::from_secs(seconds))),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": (format!("{}:{session}", role_id(places, role))),
            "Arn": (format!("arn:aws:sts::{}:assumed-role/{role}/{session}", places.account_id())),
        },
    }))
}

/// A role for the bearer of a token that the issuer of a cluster signed.
fn assume_with_web_identity(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let text = input.str_at("WebIdentityToken");
    let bad = |message: String| ServiceError::invalid("InvalidIdentityToken", message);
    let Some(token) = token::read(text) else {
        return Err(bad(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
                .into(),
        ));
    };
    let identity = WebIdentity { issuer: &token.issuer, subject: &token.subject };
    let audience = iam::audience_of(places, &token.issuer, &token.audiences)?;
    let signed = places
        .clusters
        .iter()
        .any(|store| super::issuer(store) == token.issuer && token::is_signed_by(store, text));
    if !signed {
        return Err(bad("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements".into()));
    }
    if token.expires <= places.now() {
        return Err(ServiceError::invalid(
            "ExpiredTokenException",
            format!(
                "Token expired: current date/time {} must be before the expiration date/time {}",
                places.now().secs(),
                token.expires.secs()
            ),
        ));
    }
    let role = iam::assume_with_web_identity(places, input.str_at("RoleArn"), &identity)?;
    let mut answer = session_of(places, &role, input)?;
    answer.set("SubjectFromWebIdentityToken", token.subject.as_str());
    answer.set("Audience", audience);
    let host = token.issuer.strip_prefix("https://").unwrap_or(&token.issuer);
    answer.set("Provider", places.iam_arn(&format!("oidc-provider/{host}")));
    Ok(answer)
}

fn role_id(places: &Places<'_>, name: &str) -> String {
    let role = state::find(places.account, ROLE, name);
    role.map(|r| r.str_at("spec/RoleId").to_string()).unwrap_or_default()
}
