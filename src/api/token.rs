//! Tokens of service accounts: JSON Web Tokens in the name of the cluster's issuer, as the API server signs them.

use super::Server;
use crate::json;
use crate::machinery::{Duration, Object, Time, Value, base64, names};
use crate::store::Store;

/// Whom the API server lets in: the audience of tokens that ask for none.
const API_SERVER: &str = "https://kubernetes.default.svc";

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Who signed it.
    pub issuer: String,
    /// Whom it is about: `system:serviceaccount:NAMESPACE:NAME`.
    pub subject: String,
    /// Who may take it.
    pub audiences: Vec<String>,
    /// When it is worth nothing any more.
    pub expires: Time,
}

/// Signs a token of a service account from an instant on; without audiences it is for the API server.
pub fn issue(
    store: &Store,
    issuer: &str,
    account: &Object,
    audiences: &[String],
    from: Time,
    lifetime: Duration,
) -> String {
    let audiences = if audiences.is_empty() { &[API_SERVER.to_string()] } else { audiences };
    let (ns, name) = (account.namespace(), account.name());
    let claims = json!({
        "aud": (audiences.to_vec()), "iss": issuer, "iat": (from.secs()), "nbf": (from.secs()),
        "exp": ((from + lifetime).secs()), "sub": (format!("system:serviceaccount:{ns}:{name}")),
        "kubernetes.io": {"namespace": ns, "serviceaccount": {"name": name, "uid": (account.uid())}},
    });
    let part = |text: &str| base64::encode_for_url(text);
    let signed = format!("{}.{}", part(r#"{"alg":"RS256","typ":"JWT"}"#), part(&claims.to_json()));
    format!("{signed}.{}", part(&signature(store, &signed)))
}

/// The token a pod finds in a volume: the kubelet has it renewed when four fifths of its time are over.
pub fn in_pod(api: &Server, issuer: &str, pod: &Object, source: &Value) -> Option<String> {
    let account = api.find("serviceaccounts", pod.namespace(), pod.str_at("spec/serviceAccountName"))?;
    let lifetime = source.int_at("expirationSeconds").unwrap_or(3600).max(1);
    let begun = pod.created()?;
    let turn = (lifetime * 4 / 5).max(1);
    let from = begun + Duration::from_secs(api.now().since(begun).as_secs() / turn * turn);
    let audience = source.str_at("audience");
    let audiences: Vec<String> = Some(audience.to_string()).into_iter().filter(|a| !a.is_empty()).collect();
    Some(issue(api.store(), issuer, &account, &audiences, from, Duration::from_secs(lifetime)))
}

fn signature(store: &Store, signed: &str) -> String {
    names::hex(store.meta().seed, &format!("token {signed}"), 0, 64)
}

/// What a token says, whoever signed it; `None` for a text that is none.
pub fn read(text: &str) -> Option<Token> {
    let mut parts = text.split('.');
    let (_, claims, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    let claims = Value::parse(&String::from_utf8(base64::decode_from_url(claims)?).ok()?).ok()?;
    let audience = claims.at("aud");
    let audiences = match audience.as_str() {
        Some(one) => vec![one.to_string()],
        None => audience.items().iter().filter_map(Value::as_str).map(str::to_string).collect(),
    };
    Some(Token {
        issuer: claims.get("iss")?.as_str()?.to_string(),
        subject: claims.get("sub")?.as_str()?.to_string(),
        audiences,
        expires: Time::from_secs(claims.get("exp")?.as_i64()?),
    })
}

/// Whether the cluster of a store signed a token.
pub fn is_signed_by(store: &Store, text: &str) -> bool {
    text.rsplit_once('.').is_some_and(|(signed, by)| by == base64::encode_for_url(signature(store, signed)))
}
