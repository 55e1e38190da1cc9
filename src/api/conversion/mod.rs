//! Between the version a client speaks and the one version an object is stored in.

mod hpa;

use super::{Registry, Resource};
use crate::machinery::Object;

/// The name a resource's objects are stored under. Both versions of HorizontalPodAutoscaler share one.
pub fn stored_under(resource: &Resource) -> String {
    match (resource.group.as_ref(), resource.plural.as_ref()) {
        ("events.k8s.io", "events") => "events".to_string(),
        _ => resource.qualified(),
    }
}

/// The resource in the version its objects are stored in.
pub(crate) fn storage_resource(resource: &Resource, registry: &Registry) -> Resource {
    registry.by_qualified(&stored_under(resource)).unwrap_or(resource).clone()
}

/// An object of a client's version, as it is stored.
pub(crate) fn to_storage(mut object: Object, resource: &Resource) -> Object {
    match (resource.qualified().as_str(), resource.version.as_ref()) {
        ("horizontalpodautoscalers.autoscaling", "v1") => hpa::from_v1(&object),
        ("horizontalpodautoscalers.autoscaling", _) => {
            hpa::drop_annotations(&mut object);
            object
        }
        _ => object,
    }
}

/// A stored object, in a client's version.
pub(crate) fn to_version(object: Object, resource: &Resource) -> Object {
    match (resource.qualified().as_str(), resource.version.as_ref()) {
        ("horizontalpodautoscalers.autoscaling", "v1") => hpa::to_v1(&object),
        _ => object,
    }
}
