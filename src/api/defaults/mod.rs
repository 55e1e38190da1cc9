//! Defaulting: what the server fills in.

use super::Resource;
use crate::machinery::Object;

/// Fills in the defaults of an object's kind, in its storage version.
pub(crate) fn apply(_resource: &Resource, _object: &mut Object) {}
