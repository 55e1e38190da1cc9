//! Per-kind rules around a write: what of the object the writer does not decide (status of new objects, generation,
//! cluster IPs).

mod hpa;
mod job;
mod pod;
mod service;
mod service_ips;

use super::admission::Lookup;
use super::{ApiError, Resource, schema};
use crate::json;
use crate::machinery::{KubeVersion, Object, Value};

/// Prepares a new object: no status of the writer's, generation 1, and what only the server sets.
pub(crate) fn prepare_create(resource: &Resource, object: &mut Object, cluster: &dyn Lookup) {
    if has_generation(resource, cluster.version()) {
        object.set("metadata/generation", 1);
    } else {
        object.remove("metadata/generation");
    }
    reset_status(resource, object);
    match (resource.group.as_ref(), resource.kind.as_ref()) {
        ("", "Pod") => pod::prepare_create(object, &cluster.now().rfc3339()),
        ("", "Namespace") => {
            object.set("spec/finalizers", json!(["kubernetes"]));
            object.set("status/phase", "Active");
        }
        ("", "PersistentVolumeClaim" | "PersistentVolume") => object.set("status/phase", "Pending"),
        ("", "Service") => service::prepare_create(object),
        ("apps", "DaemonSet") => object.set_annotation(TEMPLATE_GENERATION, "1"),
        ("autoscaling", _) => hpa::prepare(object, None, cluster.version()),
        ("batch", "Job") => job::prepare_create(object, cluster.version()),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => establish(object, &cluster.now().rfc3339()),
        ("apiregistration.k8s.io", "APIService") if object.at("spec/service").is_null() => {
            let condition = json!({
                "type": "Available", "status": "True", "lastTransitionTime": cluster.now().rfc3339(),
                "reason": "Local", "message": "Local APIServices are always available",
            });
            object.set("status/conditions", vec![condition]);
        }
        _ => {}
    }
}

/// Prepares a changed object: what was given out stays, and its generation rises when what it asks for changed.
pub(crate) fn prepare_update(resource: &Resource, object: &mut Object, old: &Object, cluster: &dyn Lookup) {
    match (resource.group.as_ref(), resource.kind.as_ref()) {
        ("", "Namespace") => keep(object, old, "spec/finalizers"),
        ("", "Service") => service::prepare_update(object, old),
        ("", "Secret") if object.str_at("type").is_empty() => keep(object, old, "type"),
        ("apps", "DaemonSet") => count_template(object, old),
        ("autoscaling", _) => hpa::prepare(object, Some(old), cluster.version()),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let now = cluster.now().rfc3339();
            keep(object, old, "status");
            accept_names(object, &now);
        }
        _ => {}
    }
    if has_generation(resource, cluster.version()) && asks_for_something_else(resource, object, old) {
        object.set("metadata/generation", old.generation() + 1);
    }
}

/// Gives out what only the server may: cluster IPs and node ports of services.
pub(crate) fn allocate(
    resource: &Resource,
    object: &mut Object,
    old: Option<&Object>,
    cluster: &dyn Lookup,
) -> Result<(), ApiError> {
    if resource.group.is_empty() && resource.kind == "Service" {
        let errors = service_ips::allocate(object, old, cluster);
        if !errors.is_empty() {
            return Err(ApiError::invalid_object(resource, object.name(), errors));
        }
    }
    Ok(())
}

/// The annotation that carries a field of DaemonSets which is no longer one.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

fn count_template(object: &mut Object, old: &Object) {
    let before: i64 = old.annotation(TEMPLATE_GENERATION).and_then(|a| a.parse().ok()).unwrap_or(0);
    let changed = object.at("spec/template") != old.at("spec/template");
    object.set_annotation(TEMPLATE_GENERATION, &(before + i64::from(changed)).to_string());
}

/// Whether objects of a kind count the changes of what they ask for.
fn has_generation(resource: &Resource, server: KubeVersion) -> bool {
    match (resource.group.as_ref(), resource.kind.as_ref()) {
        ("", "Pod") => server.pods_have_generation(),
        ("", kind) => kind == "ReplicationController",
        ("apps", kind) => kind != "ControllerRevision",
        ("networking.k8s.io", kind) => !matches!(kind, "IPAddress" | "ServiceCIDR"),
        (
            "autoscaling"
            | "rbac.authorization.k8s.io"
            | "apiregistration.k8s.io"
            | "coordination.k8s.io"
            | "events.k8s.io"
            | "certificates.k8s.io"
            | "node.k8s.io"
            | "storage.k8s.io",
            _,
        ) => false,
        _ => true,
    }
}

fn asks_for_something_else(resource: &Resource, object: &Object, old: &Object) -> bool {
    let differs = |path: &str| object.at(path) != old.at(path);
    match (resource.group.as_ref(), resource.kind.as_ref()) {
        ("apps", "Deployment") => differs("spec") || differs("metadata/annotations"),
        ("discovery.k8s.io", "EndpointSlice") => {
            differs_outside(object, old, &["metadata"]) || differs("metadata/labels")
        }
        ("scheduling.k8s.io", _) => false,
        ("admissionregistration.k8s.io", _) => differs_outside(object, old, &["metadata"]),
        (group, _) if schema::is_custom(resource) || group.is_empty() && object.at("spec").is_null() => {
            let apart: &[&str] = if resource.status { &["metadata", "status"] } else { &["metadata"] };
            differs_outside(object, old, apart)
        }
        _ => differs("spec"),
    }
}

fn differs_outside(object: &Object, old: &Object, apart: &[&str]) -> bool {
    let rest = |o: &Object| {
        let mut map = o.map().clone();
        map.retain(|key, _| !apart.contains(&key));
        map
    };
    rest(object) != rest(old)
}

/// The status of a new object is empty, whatever the writer says; nodes come with theirs.
fn reset_status(resource: &Resource, object: &mut Object) {
    if resource.kind == "Node" && resource.group.is_empty() {
        return;
    }
    match schema::empty_status(resource) {
        Some(status) => object.set("status", status),
        None if resource.status => {
            object.remove("status");
        }
        None => {}
    }
}

/// A field that an update leaves as it was.
fn keep(object: &mut Object, old: &Object, path: &str) {
    match old.at(path) {
        Value::Null => {
            object.remove(path);
        }
        value => object.set(path, value),
    }
}

/// A new definition is served at once: its names are free, or admission would have said so.
fn establish(object: &mut Object, now: &str) {
    let stored: Value = object
        .items_at("spec/versions")
        .iter()
        .filter(|v| v.bool_at("storage"))
        .map(|v| v["name"].clone())
        .collect::<Vec<_>>()
        .into();
    object.set("status", json!({"storedVersions": stored}));
    accept_names(object, now);
}

fn accept_names(object: &mut Object, now: &str) {
    let names = object.at("spec/names").clone();
    object.set("status/acceptedNames", names);
    if object.condition_true("Established") {
        return;
    }
    let condition = |kind: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": "True", "lastTransitionTime": now, "reason": reason, "message": message,
        })
    };
    let conditions = vec![
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ];
    object.set("status/conditions", conditions);
}
