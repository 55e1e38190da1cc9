//! Pod identity associations: roles that pods of a service account get through the agent on their node.

use super::super::state::{self, POD_IDENTITY};
use super::super::{Places, ServiceError};
use super::{in_use, invalid_parameter, named, not_found, page};
use crate::json;
use crate::machinery::{Object, Value};
use crate::store::Store;

/// The trust policy of a role for pods.
pub fn trust_of_pods() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }],
    })
}

/// The association of a service account.
pub fn association_of(store: &Store, namespace: &str, account: &str) -> Option<Object> {
    let of_account =
        |a: &Object| a.str_at("spec/namespace") == namespace && a.str_at("spec/serviceAccount") == account;
    state::list(store, POD_IDENTITY).into_iter().find(of_account)
}

fn found(store: &Store, id: &str) -> Result<Object, ServiceError> {
    state::find(store, POD_IDENTITY, id).ok_or_else(|| {
        not_found(format!("Association with id {id} does not exist for cluster {}", store.meta().name))
    })
}

fn shown(places: &Places<'_>, store: &Store, association: &Object) -> Value {
    let mut shown = association.at("spec").clone();
    let (cluster, id) = (store.meta().name.clone(), association.name());
    shown.set("associationArn", places.arn("eks", &format!("podidentityassociation/{cluster}/{id}")));
    shown.set("associationId", id);
    shown.set("clusterName", cluster);
    shown
}

/// The association after a change of it.
fn answer(places: &Places<'_>, store: &Store, id: &str) -> Result<Value, ServiceError> {
    Ok(json!({"association": (shown(places, store, &found(store, id)?))}))
}

pub(super) fn list(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let fits = |association: &Value| {
        ["namespace", "serviceAccount"]
            .iter()
            .all(|member| input.get(member).is_none_or(|wanted| association.at(member) == wanted))
    };
    let summary = |association: &Object| {
        let whole = shown(places, store, association);
        let members = ["clusterName", "namespace", "serviceAccount", "associationArn", "associationId"];
        members.iter().map(|member| (*member, whole.at(member).clone())).collect::<Value>()
    };
    let all: Vec<Value> = state::list(store, POD_IDENTITY).iter().map(summary).filter(fits).collect();
    page(all, "associations", input)
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    answer(places, store, input.str_at("associationId"))
}

fn check_role(arn: &str) -> Result<(), ServiceError> {
    match arn.starts_with("arn:aws:iam::") && arn.contains(":role/") {
        true => Ok(()),
        false => Err(invalid_parameter("The provided role ARN is not valid.")),
    }
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    check_role(input.str_at("roleArn"))?;
    if let Some(kept) = association_of(store, input.str_at("namespace"), input.str_at("serviceAccount")) {
        return Err(in_use(format!("Association already exists: {}", kept.name())));
    }
    let now = state::timestamp_milli(store.now());
    let id = format!("a-{}", state::upper(store, "pod-identity", 17).to_lowercase());
    let mut spec = json!({
        "tags": (input.get("tags").cloned().unwrap_or_else(Value::object)), "createdAt": (now.as_str()),
        "modifiedAt": (now.as_str()), "disableSessionTags": (input.bool_at("disableSessionTags")),
    });
    spec.set_given(input, &["namespace", "serviceAccount", "roleArn", "targetRoleArn", "policy"]);
    state::put(store, POD_IDENTITY, &id, spec);
    answer(places, store, &id)
}

pub(super) fn update(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let id = input.str_at("associationId");
    found(store, id)?;
    if let Some(arn) = input.get("roleArn") {
        check_role(arn.as_str().unwrap_or_default())?;
    }
    let now = state::timestamp_milli(store.now());
    state::modify(store, POD_IDENTITY, id, |spec| {
        spec.set_given(input, &["roleArn", "disableSessionTags", "targetRoleArn", "policy"]);
        spec.set("modifiedAt", now);
    });
    answer(places, store, id)
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = named(places, input.str_at("clusterName"))?;
    let id = input.str_at("associationId");
    let gone = answer(places, store, id)?;
    state::remove(store, POD_IDENTITY, id);
    Ok(gone)
}
