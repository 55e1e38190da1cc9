//! Requests and limits.

use super::super::fields::{Errors, NOT_NEGATIVE, all_invalid};
use crate::api::{FieldError, Path};
use crate::machinery::validation::qualified_name_errors;
use crate::machinery::{Quantity, Value};

/// Resources of containers without a domain in their name.
const CONTAINER: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

pub(super) fn validate(resources: &Value, path: &Path, errs: &mut Errors) {
    let (limits, requests) = (path.field("limits"), path.field("requests"));
    for (name, amount) in resources["limits"].map().iter() {
        let path = limits.key(name);
        container_resource(name, &path, errs);
        quantity(name, amount, &path, errs);
    }
    for (name, amount) in resources["requests"].map().iter() {
        let path = requests.key(name);
        container_resource(name, &path, errs);
        quantity(name, amount, &path, errs);
        let amount = Quantity::of(amount);
        match resources["limits"].get(name).map(Quantity::of) {
            Some(limit) if !overcommits(name) && amount != limit => {
                let why = format!("must be equal to {name} limit of {limit}");
                errs.push(FieldError::invalid(requests, amount.to_string(), why));
            }
            Some(limit) if amount > limit => {
                let why = format!("must be less than or equal to {name} limit of {limit}");
                errs.push(FieldError::invalid(requests, amount.to_string(), why));
            }
            None if !overcommits(name) => {
                let why = "Limit must be set for non overcommitable resources";
                errs.push(FieldError::required(limits, why));
            }
            _ => {}
        }
    }
}

/// Amounts by resource, as the overhead of a pod has them.
pub(super) fn list(resources: &Value, path: &Path, errs: &mut Errors) {
    for (name, amount) in resources.map().iter() {
        let path = path.key(name);
        container_resource(name, &path, errs);
        quantity(name, amount, &path, errs);
    }
}

fn container_resource(name: &str, path: &Path, errs: &mut Errors) {
    let broken = qualified_name_errors(name);
    if !broken.is_empty() {
        all_invalid(path, name, broken, errs);
        return;
    }
    let native = !name.contains('/');
    if native && !CONTAINER.contains(&name) && !name.starts_with("hugepages-") {
        if !is_standard(name) {
            let why = "must be a standard resource type or fully qualified";
            errs.push(FieldError::invalid(path, name, why));
        }
        errs.push(FieldError::invalid(path, name, "must be a standard resource for containers"));
    } else if !native && !name.contains("kubernetes.io/") && name.starts_with("requests.") {
        let why = "doesn't follow extended resource name standard";
        errs.push(FieldError::invalid(path, name, why));
    }
}

/// Names without a domain that mean something somewhere.
fn is_standard(name: &str) -> bool {
    matches!(
        name,
        "storage"
            | "pods"
            | "services"
            | "replicationcontrollers"
            | "resourcequotas"
            | "secrets"
            | "configmaps"
            | "persistentvolumeclaims"
            | "requests.cpu"
            | "requests.memory"
            | "requests.storage"
            | "requests.ephemeral-storage"
            | "limits.cpu"
            | "limits.memory"
            | "limits.ephemeral-storage"
            | "services.nodeports"
            | "services.loadbalancers"
    )
}

fn quantity(name: &str, amount: &Value, path: &Path, errs: &mut Errors) {
    let amount = Quantity::of(amount);
    if amount.nano() < 0 {
        errs.push(FieldError::invalid(path, amount.to_string(), NOT_NEGATIVE));
    }
    if name.contains('/') && !name.contains("kubernetes.io/") && amount.milli_value() % 1000 != 0 {
        errs.push(FieldError::invalid(path, amount.to_string(), "must be an integer"));
    }
}

/// Whether more may be promised than there is.
fn overcommits(name: &str) -> bool {
    let native = !name.contains('/') || name.contains("kubernetes.io/");
    native && !name.starts_with("hugepages-")
}
