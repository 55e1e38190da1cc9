//! Per-kind rules around a write: what of the object the writer does not decide (status of new objects, generation,
//! cluster IPs).

use super::admission::Lookup;
use super::{ApiError, Resource};
use crate::machinery::Object;

/// Prepares a new object: no status, generation 1.
pub(crate) fn prepare_create(_resource: &Resource, object: &mut Object) {
    object.set("metadata/generation", 1);
}

/// Prepares a changed object: its generation rises when its spec changed.
pub(crate) fn prepare_update(_resource: &Resource, object: &mut Object, old: &Object) {
    if object.at("spec") != old.at("spec") {
        object.set("metadata/generation", old.generation() + 1);
    }
}

/// Gives out what only the server may: cluster IPs and node ports of services.
pub(crate) fn allocate(
    _resource: &Resource,
    _object: &mut Object,
    _old: Option<&Object>,
    _cluster: &dyn Lookup,
) -> Result<(), ApiError> {
    Ok(())
}
