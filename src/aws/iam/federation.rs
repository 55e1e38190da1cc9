//! Roles for service accounts: who may take on a role with the token of a cluster's OpenID Connect issuer, and which roles
//! EKS may take on for pods.

use super::super::state::{self, ROLE};
use super::super::{Places, ServiceError};
use super::has_provider;
use super::permissions::{hold, one_or_many};
use crate::machinery::{Object, Value, wildcard};

/// The action a trust policy has to allow.
const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// Who takes on the roles of pod identity associations, and what it has to be allowed.
const PODS: (&str, [&str; 2]) = ("pods.eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"]);

/// A token as STS reads it.
pub struct WebIdentity<'a> {
    /// Who issued it: `https://oidc.eks.REGION.amazonaws.com/id/...`.
    pub issuer: &'a str,
    /// Whom it is about: `system:serviceaccount:NAMESPACE:NAME`.
    pub subject: &'a str,
}

/// The name of the role that a token's owner gets who asks for this ARN.
///
/// A document shows the ARNs of its author's account. Where the role it names was never made, and a role was made for
/// the very service account that asks, the latter is what the author's role stands for. So does the provider of EKS
/// that a trust policy names and that this account does not have: it stands for the cluster's.
pub fn assume_with_web_identity(
    places: &Places<'_>,
    arn: &str,
    token: &WebIdentity<'_>,
) -> Result<String, ServiceError> {
    if !has_provider(places, token.issuer) {
        let text = format!("No OpenIDConnect provider found in your account for {}", token.issuer);
        return Err(ServiceError::invalid("InvalidIdentityToken", text));
    }
    let name = arn.rsplit('/').next().unwrap_or_default();
    let role = match state::find(places.account, ROLE, name) {
        Some(role) => Some(role).filter(|role| trusts(places, role, token)),
        None => state::list(places.account, ROLE).into_iter().find(|role| trusts(places, role, token)),
    };
    match role {
        Some(role) => Ok(role.name().to_string()),
        None => Err(ServiceError::new(403, "AccessDenied", format!("Not authorized to perform {ACTION}"))),
    }
}

/// The name of the role of this ARN, if EKS may take it on for a pod.
pub fn assume_for_pod(places: &Places<'_>, arn: &str) -> Option<String> {
    let role = state::find(places.account, ROLE, arn.rsplit('/').next().unwrap_or_default())?;
    let statements = one_or_many(role.at("spec/kubetick/trust/Statement"));
    let (service, actions) = PODS;
    let says = |effect: &str, action: &str| {
        statements.iter().any(|statement| {
            let has = |path: &str, fits: &dyn Fn(&str) -> bool| {
                one_or_many(statement.at(path)).iter().filter_map(Value::as_str).any(fits)
            };
            statement.str_at("Effect") == effect
                && has("Principal/Service", &|named| named == service)
                && has("Action", &|pattern| wildcard::fits(&pattern.to_lowercase(), &action.to_lowercase()))
        })
    };
    let may = |action: &&str| says("Allow", action) && !says("Deny", action);
    actions.iter().all(may).then(|| role.name().to_string())
}

/// Whether a role's trust policy lets the owner of a token in.
fn trusts(places: &Places<'_>, role: &Object, token: &WebIdentity<'_>) -> bool {
    let host = token.issuer.strip_prefix("https://").unwrap_or(token.issuer);
    let statements = one_or_many(role.at("spec/kubetick/trust/Statement"));
    let (mut trusted, mut denied) = (false, false);
    for statement in statements.iter().filter(|s| lets_in(places, s, host, token.subject)) {
        match statement.str_at("Effect") {
            "Allow" => trusted = true,
            _ => denied = true,
        }
    }
    trusted && !denied
}

fn lets_in(places: &Places<'_>, statement: &Value, host: &str, subject: &str) -> bool {
    let texts =
        |path: &str| one_or_many(statement.at(path)).iter().filter_map(Value::as_str).collect::<Vec<_>>();
    let acts = |action: &&str| wildcard::fits(&action.to_lowercase(), &ACTION.to_lowercase());
    // The account's number in a document's provider is its author's.
    let stands_for = |of: &str| of == host || of.starts_with("oidc.eks.") && !has_provider(places, of);
    texts("Action").iter().any(acts)
        && texts("Principal/Federated").iter().any(|arn| {
            let Some((_, of)) = arn.split_once("oidc-provider/").filter(|(_, of)| stands_for(of)) else {
                return false;
            };
            hold(statement.at("Condition"), &|key| match key.strip_prefix(of)? {
                ":sub" => Some(subject.to_string()),
                ":aud" => Some("sts.amazonaws.com".to_string()),
                _ => None,
            })
        })
}
