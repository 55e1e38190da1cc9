//! PATCH: JSON, merge and strategic patches of an object, its status or its scale.

use super::update::Part;
use super::{ApiError, Resource, Server, WriteOptions};
use crate::api::{conversion, schema};
use crate::machinery::patch::{self, JsonPatchError};
use crate::machinery::{Object, Value, go_text};

/// A patch by its media type.
#[derive(Clone, Debug)]
pub enum Patch {
    /// `application/json-patch+json` (RFC 6902).
    Json(Value),
    /// `application/merge-patch+json` (RFC 7386).
    Merge(Value),
    /// `application/strategic-merge-patch+json`: built-in kinds only.
    Strategic(Value),
}

impl Patch {
    /// The patch applied to a value of a resource's kind.
    pub fn apply(&self, resource: &Resource, current: &Value) -> Result<Value, ApiError> {
        match self {
            Patch::Merge(patch) if patch.as_map().is_none() => {
                Err(ApiError::bad_request(format!("error decoding patch: {}", no_map(patch))))
            }
            Patch::Strategic(patch) if patch.as_map().is_none() => Err(ApiError::bad_request(no_map(patch))),
            Patch::Merge(patch) => Ok(patch::apply_merge_patch(current, patch)),
            Patch::Json(patch) => patch::apply_json_patch(current, patch).map_err(|e| match e {
                JsonPatchError::Shape(_) => ApiError::bad_request(format!("error decoding patch: {e}")),
                JsonPatchError::Operation(_) => ApiError::rejected(),
            }),
            Patch::Strategic(patch) => {
                patch::apply_strategic(current, patch, schema::MergeRules::of(resource))
                    .map_err(|e| ApiError::internal(e.to_string()))
            }
        }
    }
}

impl Patch {
    /// Why what a patch makes cannot be read: a strategic patch is copied into the object's struct field by field, the
    /// others are read from JSON.
    fn unreadable(&self, patched: &Value, error: &schema::DecodeError) -> ApiError {
        match self {
            Patch::Strategic(patch) => {
                ApiError::unreadable_patch(&go_text::plain(&spent(patch)), error.conversion_text())
            }
            _ => ApiError::unreadable_patch(&patched.to_json(), error),
        }
    }
}

/// Go's words for JSON that is no object.
fn no_map(patch: &Value) -> String {
    let found = go_text::json_kind(patch);
    format!("json: cannot unmarshal {found} into Go value of type map[string]interface {{}}")
}

/// What is left of a strategic patch once it was applied: lists whose order it states are taken out on the way, and errors
/// show the rest.
fn spent(patch: &Value) -> Value {
    let Value::Map(map) = patch else { return patch.clone() };
    let ordered = |key: &str| map.contains_key(&format!("$setElementOrder/{key}"));
    map.iter()
        .filter(|(key, _)| {
            let field =
                key.rsplit_once('/').filter(|_| key.starts_with('$')).map_or(*key, |(_, field)| field);
            *key != "$retainKeys" && !ordered(field)
        })
        .map(|(key, value)| (key, spent(value)))
        .collect()
}

impl Server {
    /// Answers a client's PATCH to an object or its `/status`.
    pub fn patch(
        &self,
        resource: &Resource,
        ns: &str,
        name: &str,
        patch: &Patch,
        part: Part,
        options: &WriteOptions,
    ) -> Result<Object, ApiError> {
        if matches!(patch, Patch::Strategic(_)) && !self.registry().is_builtin(resource) {
            return Err(ApiError::unsupported_media_type(&[
                "application/json-patch+json",
                "application/merge-patch+json",
                "application/apply-patch+yaml",
            ]));
        }
        let current = self.read(resource, ns, name)?;
        let patched = patch.apply(resource, &current)?;
        let (object, warnings) = schema::read(resource, &patched, options.field_validation, self)
            .map_err(|e| patch.unreadable(&patched, &e))?;
        self.warn(warnings);
        if object.name() != name {
            return Err(ApiError::bad_request(format!(
                "the name of the object ({}) does not match the name on the URL ({name})",
                object.name()
            )));
        }
        let object = conversion::to_storage(object, resource, &self.registry());
        let stored = self.replace(resource, object, part, options)?;
        Ok(conversion::to_version(stored, resource))
    }
}
