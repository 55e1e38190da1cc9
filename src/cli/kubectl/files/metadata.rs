//! What kubectl reads of every manifest as a struct, before it asks any server: `metadata`.

use crate::api::schema;
use crate::machinery::Value;
use crate::machinery::go_text::json_kind;

/// Why `metadata` cannot be read; none when it can, or when nobody will look because the object has no kind.
pub(super) fn error(document: &Value) -> Option<String> {
    if document.str_at("kind").is_empty() || document.str_at("apiVersion").is_empty() {
        return None;
    }
    let metadata = document.get("metadata").filter(|m| !matches!(m, Value::Null))?;
    if metadata.as_map().is_none() {
        return Some(format!(
            "json: cannot unmarshal {} into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta",
            json_kind(metadata)
        ));
    }
    schema::metadata_error(metadata).map(|e| e.to_string())
}
