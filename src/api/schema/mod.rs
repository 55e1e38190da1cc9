//! What a built-in kind looks like: reading a body into its struct, strictly or not, and storing it the way the server
//! stores it (unknown fields dropped, `omitempty` applied, quantities and times in their canonical form).

mod custom;
mod decode;
mod document;
mod merge_rules;
mod outline;
mod scalars;
mod types;

pub(super) use custom::{schema_of, unknown_fields};
pub use decode::DecodeError;
pub use merge_rules::MergeRules;
pub use outline::Outline;

use super::admission::Lookup;
use super::{ApiError, FieldValidation, Resource};
use crate::machinery::{Object, Value};
use decode::Decoder;
use types::Type;

/// Reads a body. Answers the object as it is stored, and warnings about what was dropped.
pub fn decode(
    resource: &Resource,
    body: Value,
    validation: FieldValidation,
    cluster: &dyn Lookup,
) -> Result<(Object, Vec<String>), ApiError> {
    let body = named(resource, body)?;
    read(resource, &body, validation, cluster).map_err(|e| unreadable(resource, e))
}

/// As [`decode`], from the text of the body: so duplicate fields are seen, and unknown ones are named in their order.
pub fn decode_text(
    resource: &Resource,
    text: &str,
    validation: FieldValidation,
    cluster: &dyn Lookup,
) -> Result<(Object, Vec<String>), ApiError> {
    let unparsed = |e: serde_json::Error| {
        let why = document::go_syntax_error(text, &e);
        let shown = if text.is_empty() { "<empty>" } else { text };
        ApiError::bad_request(format!(
            "the object provided is unrecognized (must be of type {}): couldn't get version/kind; json parse error: \
             {why} ({shown})",
            resource.kind
        ))
    };
    let body = named(resource, Value::parse(text).map_err(unparsed)?)?;
    let Some(ty) = type_of(resource).filter(|_| validation != FieldValidation::Ignore) else {
        return read(resource, &body, validation, cluster).map_err(|e| unreadable(resource, e));
    };
    read(resource, &body, FieldValidation::Ignore, cluster)
        .and_then(|(object, _)| judge(object, document::unknown_and_duplicate(ty, text), validation))
        .map_err(|e| unreadable(resource, e))
}

/// Reads an object without saying what it was to be: for patches, whose errors read otherwise.
pub fn read(
    resource: &Resource,
    body: &Value,
    validation: FieldValidation,
    cluster: &dyn Lookup,
) -> Result<(Object, Vec<String>), DecodeError> {
    let Some(ty) = type_of(resource) else {
        let (object, found) = custom::read(resource, body, cluster)?;
        return judge(object, found, validation);
    };
    let mut decoder = Decoder::new();
    let value = decoder.structure(ty, body);
    match decoder.error {
        Some(error) => Err(error),
        None => judge(Object(value), decoder.unknown, validation),
    }
}

/// Why the `metadata` of a document is none; it is the same in every kind.
pub fn metadata_error(metadata: &Value) -> Option<DecodeError> {
    let mut decoder = Decoder::new();
    let mut body = Value::object();
    body.set("metadata", metadata.clone());
    // A kind that has little else.
    decoder.structure(Type::named("core/v1.ConfigMap")?, &body);
    decoder.error
}

fn judge(
    object: Object,
    found: Vec<String>,
    validation: FieldValidation,
) -> Result<(Object, Vec<String>), DecodeError> {
    match validation {
        FieldValidation::Strict if !found.is_empty() => Err(DecodeError::Strict(found)),
        FieldValidation::Ignore => Ok((object, Vec::new())),
        _ => Ok((object, found)),
    }
}

/// What the status of a new object of a built-in kind is; `None` for kinds without one.
pub(super) fn empty_status(resource: &Resource) -> Option<Value> {
    type_of(resource)?.fields.iter().find(|f| f.name == "status").map(|f| f.zero())
}

/// Whether a kind is not built in.
pub(super) fn is_custom(resource: &Resource) -> bool {
    type_of(resource).is_none()
}

fn type_of(resource: &Resource) -> Option<&'static Type> {
    Type::of_kind(&resource.group, &resource.version, &resource.kind)
}

/// Puts the kind into a body that does not say it, and turns down one that says another.
fn named(resource: &Resource, mut body: Value) -> Result<Value, ApiError> {
    if body.as_map().is_none() {
        return Ok(body);
    }
    let (kind, version) = (body.str_at("kind"), body.str_at("apiVersion"));
    if !kind.is_empty() && kind != resource.kind {
        let version = version.rsplit('/').next().unwrap_or("");
        let package = match resource.group.split('.').next() {
            Some("") | None => "core",
            Some(name) => name,
        };
        return Err(ApiError::bad_request(format!(
            "{kind} in version \"{version}\" cannot be handled as a {wanted}: converting ({version}.{kind}) to \
             ({package}.{wanted}): unknown conversion",
            wanted = resource.kind
        )));
    }
    if kind.is_empty() {
        body.set("kind", resource.kind.as_ref());
    }
    if body.str_at("apiVersion").is_empty() {
        body.set("apiVersion", resource.api_version());
    }
    Ok(body)
}

fn unreadable(resource: &Resource, error: DecodeError) -> ApiError {
    let (kind, version) = (&resource.kind, &resource.version);
    ApiError::bad_request(format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {error}"))
}

#[cfg(test)]
mod tests;
