//! Validation of an object's fields, with the server's messages.

mod hpa;

use super::admission::Lookup;
use super::{FieldError, Resource};
use crate::machinery::Object;

/// What is wrong with a new object.
pub(crate) fn validate_create(
    resource: &Resource,
    object: &Object,
    _cluster: &dyn Lookup,
) -> Vec<FieldError> {
    let mut errs = Vec::new();
    if let ("autoscaling", "HorizontalPodAutoscaler") = (resource.group.as_ref(), resource.kind.as_ref()) {
        hpa::validate_hpa(object, &mut errs);
    }
    errs
}

/// What is wrong with a changed object.
pub(crate) fn validate_update(
    resource: &Resource,
    new: &Object,
    old: &Object,
    _cluster: &dyn Lookup,
) -> Vec<FieldError> {
    let mut errs = Vec::new();
    if let ("autoscaling", "HorizontalPodAutoscaler") = (resource.group.as_ref(), resource.kind.as_ref()) {
        hpa::validate_hpa_update(new, old, &mut errs);
    }
    errs
}

/// What is wrong with a changed status.
pub(crate) fn validate_status_update(
    _resource: &Resource,
    _new: &Object,
    _old: &Object,
    _cluster: &dyn Lookup,
) -> Vec<FieldError> {
    Vec::new()
}
