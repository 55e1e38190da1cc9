//! OpenID Connect providers: by them the service accounts of a cluster take on roles.

use super::super::state::{self, OIDC_PROVIDER};
use super::super::{Places, ServiceError};
use super::{already_exists, no_such_entity};
use crate::json;
use crate::machinery::{Object, Value};

/// The certificate authority behind EKS' issuers, as its thumbprint.
const THUMBPRINT: &str = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280";

fn host(url: &str) -> &str {
    url.strip_prefix("https://").unwrap_or(url)
}

/// Whether a cluster's issuer is known to IAM.
pub fn has_provider(places: &Places<'_>, issuer: &str) -> bool {
    state::find(places.account, OIDC_PROVIDER, host(issuer)).is_some()
}

/// The audience of a token that its issuer's provider knows.
pub fn audience_of(places: &Places<'_>, issuer: &str, of: &[String]) -> Result<String, ServiceError> {
    let invalid = |text: String| ServiceError::invalid("InvalidIdentityToken", text);
    let Some(provider) = state::find(places.account, OIDC_PROVIDER, host(issuer)) else {
        return Err(invalid(format!("No OpenIDConnect provider found in your account for {issuer}")));
    };
    let known = provider.items_at("spec/ClientIDList");
    let found = of.iter().find(|audience| known.iter().any(|id| id == audience.as_str()));
    found.cloned().ok_or_else(|| invalid("Incorrect token audience".into()))
}

/// Makes the provider of a cluster's issuer, for pods that ask STS.
pub fn create_provider(places: &Places<'_>, issuer: &str, tags: Vec<Value>) {
    let spec = json!({
        "Url": (host(issuer)), "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": [THUMBPRINT],
        "CreateDate": (state::timestamp(places.now())), "Tags": tags,
    });
    state::put(places.account, OIDC_PROVIDER, host(issuer), spec);
}

fn arn(places: &Places<'_>, provider: &Object) -> String {
    places.iam_arn(&format!("oidc-provider/{}", provider.name()))
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let url = input.str_at("Url");
    if !url.starts_with("https://") {
        return Err(ServiceError::invalid("InvalidInput", "Invalid Open ID Connect Provider URL"));
    }
    if has_provider(places, url) {
        return Err(already_exists(format!("Provider with url {url} already exists.")));
    }
    let mut spec = json!({
        "Url": (host(url)), "ClientIDList": (input.items_at("ClientIDList").to_vec()),
        "ThumbprintList": (input.items_at("ThumbprintList").to_vec()),
        "CreateDate": (state::timestamp(places.now())),
    });
    if let Some(tags) = input.get("Tags") {
        spec.set("Tags", tags);
    }
    state::put(places.account, OIDC_PROVIDER, host(url), spec);
    let mut answer =
        json!({"OpenIDConnectProviderArn": (places.iam_arn(&format!("oidc-provider/{}", host(url))))});
    if let Some(tags) = input.get("Tags") {
        answer.set("Tags", tags);
    }
    Ok(answer)
}

fn named(places: &Places<'_>, input: &Value) -> Result<Object, ServiceError> {
    let wanted = input.str_at("OpenIDConnectProviderArn");
    let all = state::list(places.account, OIDC_PROVIDER);
    all.into_iter()
        .find(|p| arn(places, p) == wanted)
        .ok_or_else(|| no_such_entity(format!("OpenIDConnect Provider not found for arn {wanted}")))
}

pub(super) fn get(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    Ok(named(places, input)?.at("spec").clone())
}

pub(super) fn list(places: &Places<'_>, _: &Value) -> Result<Value, ServiceError> {
    let all = state::list(places.account, OIDC_PROVIDER);
    let found: Vec<Value> = all.iter().map(|p| json!({"Arn": (arn(places, p))})).collect();
    Ok(json!({"OpenIDConnectProviderList": found}))
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let provider = named(places, input)?;
    state::remove(places.account, OIDC_PROVIDER, provider.name());
    Ok(Value::Null)
}
