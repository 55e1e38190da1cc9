//! Validation of an object's fields, with the server's messages.

use super::{FieldError, Resource};
use crate::machinery::Object;

/// What is wrong with a new object.
pub(crate) fn validate_create(_resource: &Resource, _object: &Object) -> Vec<FieldError> {
    Vec::new()
}

/// What is wrong with a changed object.
pub(crate) fn validate_update(_resource: &Resource, _new: &Object, _old: &Object) -> Vec<FieldError> {
    Vec::new()
}

/// What is wrong with a changed status.
pub(crate) fn validate_status_update(_resource: &Resource, _new: &Object, _old: &Object) -> Vec<FieldError> {
    Vec::new()
}
