//! Between the version a client speaks and the one version an object is stored in.

mod event;
mod hpa;

use super::{Registry, Resource};
use crate::machinery::Object;

/// The name a resource's objects are stored under: all versions of a kind share one, and so do both groups of events.
pub fn stored_under(resource: &Resource) -> String {
    match (resource.group.as_ref(), resource.plural.as_ref()) {
        ("events.k8s.io", "events") => "events".to_string(),
        _ => resource.qualified(),
    }
}

/// The resource in the version its objects are stored in: the preferred one, but for autoscalers, which are v2 even
/// where that is not served yet.
pub(crate) fn storage_resource(resource: &Resource, registry: &Registry) -> Resource {
    let preferred = registry.by_qualified(&stored_under(resource)).unwrap_or(resource).clone();
    match (preferred.group.as_ref(), preferred.plural.as_ref()) {
        ("autoscaling", hpa::PLURAL) => Resource { version: hpa::STORED.into(), ..preferred },
        _ => preferred,
    }
}

/// An object of a client's version, as it is stored.
pub(crate) fn to_storage(mut object: Object, resource: &Resource, registry: &Registry) -> Object {
    match (resource.group.as_ref(), resource.plural.as_ref(), resource.version.as_ref()) {
        ("autoscaling", hpa::PLURAL, "v1") => hpa::from_v1(&object),
        ("autoscaling", hpa::PLURAL, "v2beta1") => hpa::from_v2beta1(object),
        ("autoscaling", hpa::PLURAL, _) => {
            hpa::drop_annotations(&mut object);
            in_version(object, &storage_resource(resource, registry))
        }
        ("events.k8s.io", "events", _) => event::to_core(object),
        _ => in_version(object, &storage_resource(resource, registry)),
    }
}

/// A stored object, in a client's version.
pub(crate) fn to_version(object: Object, resource: &Resource) -> Object {
    match (resource.group.as_ref(), resource.plural.as_ref(), resource.version.as_ref()) {
        ("autoscaling", hpa::PLURAL, "v1") => hpa::to_v1(&object),
        ("autoscaling", hpa::PLURAL, "v2beta1") => hpa::to_v2beta1(object),
        ("events.k8s.io", "events", _) => in_version(event::from_core(object), resource),
        _ => in_version(object, resource),
    }
}

/// Versions that differ in nothing but their name.
fn in_version(mut object: Object, resource: &Resource) -> Object {
    let (group, version) = object.api_version().split_once('/').unwrap_or(("", object.api_version()));
    if group != resource.group || version != resource.version {
        object.set("apiVersion", resource.api_version());
    }
    object
}
