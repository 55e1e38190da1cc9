//! Access policies: the permissions in a cluster that EKS keeps ready for access entries.

use super::super::state::{self, ACCESS_ENTRY};
use super::super::{Places, ServiceError};
use super::access_entries::{asked, found, standard};
use super::{invalid_parameter, not_found, page};
use crate::json;
use crate::machinery::Value;
use crate::store::Store;

/// The policies there are.
const POLICIES: [&str; 14] = [
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSBlockStorageClusterPolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSComputeClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSLoadBalancingClusterPolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingClusterPolicy",
    "AmazonEKSNetworkingPolicy",
    "AmazonEKSViewPolicy",
];

fn arn(name: &str) -> String {
    format!("arn:aws:eks::aws:cluster-access-policy/{name}")
}

/// Gives an entry a policy within a scope; one it has already gets the new scope.
pub(super) fn grant(store: &Store, entry: &str, policy: &str, scope: Value) -> Value {
    let (arn, now) = (arn(policy), state::timestamp_milli(store.now()));
    let mut granted = json!({
        "policyArn": (arn.as_str()), "accessScope": scope, "associatedAt": (now.as_str()), "modifiedAt": (now.as_str()),
    });
    state::modify(store, ACCESS_ENTRY, entry, |spec| {
        let policies = spec.at_mut("kubetick/policies").list_mut();
        match policies.iter_mut().find(|p| p.str_at("policyArn") == arn) {
            Some(kept) => {
                granted.set("associatedAt", kept.at("associatedAt").clone());
                *kept = granted.clone();
            }
            None => policies.push(granted.clone()),
        }
    });
    granted
}

pub(super) fn list(_: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let all = POLICIES.iter().map(|name| json!({"name": *name, "arn": (arn(name))})).collect();
    page(all, "accessPolicies", input)
}

/// The name of the policy a request is about.
fn policy_of(input: &Value) -> Result<&'static str, ServiceError> {
    let given = input.str_at("policyArn");
    let known = POLICIES.iter().find(|name| arn(name) == given);
    known.copied().ok_or_else(|| invalid_parameter("The specified policyArn is invalid: invalid policy."))
}

pub(super) fn associate(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = asked(places, input)?;
    let principal = input.str_at("principalArn");
    let entry = found(places, store, principal)?;
    standard(&entry)?;
    let policy = policy_of(input)?;
    let namespaces = input.items_at("accessScope/namespaces");
    let kind = input.str_at("accessScope/type");
    if kind == "namespace" && namespaces.is_empty() {
        return Err(invalid_parameter("The accessScope namespaces must be provided for type namespace."));
    }
    let scope = json!({"type": kind, "namespaces": (namespaces.to_vec())});
    let granted = grant(store, entry.name(), policy, scope);
    Ok(json!({
        "clusterName": (store.meta().name.as_str()), "principalArn": principal, "associatedAccessPolicy": granted,
    }))
}

pub(super) fn disassociate(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = asked(places, input)?;
    let entry = found(places, store, input.str_at("principalArn"))?;
    let given = input.str_at("policyArn");
    if !entry.items_at("spec/kubetick/policies").iter().any(|p| p.str_at("policyArn") == given) {
        return Err(not_found(
            "The specified policyArn is not associated with the access entry.".to_string(),
        ));
    }
    state::modify(store, ACCESS_ENTRY, entry.name(), |spec| {
        spec.at_mut("kubetick/policies").list_mut().retain(|p| p.str_at("policyArn") != given);
    });
    Ok(json!({}))
}

pub(super) fn associated(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let store = asked(places, input)?;
    let principal = input.str_at("principalArn");
    let entry = found(places, store, principal)?;
    let policies = entry.items_at("spec/kubetick/policies").to_vec();
    let mut answer = page(policies, "associatedAccessPolicies", input)?;
    answer.set("clusterName", store.meta().name.as_str());
    answer.set("principalArn", principal);
    Ok(answer)
}
