//! JSON patch (RFC 6902), by the crate of that name.

use crate::machinery::Value;

/// Why a JSON patch cannot be applied.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JsonPatchError {
    /// It is no list of operations.
    #[error("json: cannot unmarshal {0} into Go value of type []handlers.jsonPatchOp")]
    Shape(&'static str),
    /// A path leads nowhere or a test fails.
    #[error("{0}")]
    Operation(String),
}

/// The value after a JSON patch.
pub fn apply_json_patch(current: &Value, patch: &Value) -> Result<Value, JsonPatchError> {
    let shape = match patch {
        Value::List(_) => None,
        Value::Map(_) => Some("object"),
        Value::Str(_) => Some("string"),
        Value::Bool(_) => Some("bool"),
        Value::Int(_) | Value::Float(_) => Some("number"),
        Value::Null => return Ok(current.clone()),
    };
    if let Some(found) = shape {
        return Err(JsonPatchError::Shape(found));
    }
    let failed = |e: &dyn std::fmt::Display| JsonPatchError::Operation(e.to_string());
    let patch: json_patch::Patch = serde_json::from_str(&patch.to_json()).map_err(|e| failed(&e))?;
    let mut document: serde_json::Value = serde_json::from_str(&current.to_json()).map_err(|e| failed(&e))?;
    json_patch::patch(&mut document, &patch).map_err(|e| failed(&e))?;
    Value::parse(&document.to_string()).map_err(|e| failed(&e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn operations_apply_in_order_or_not_at_all() {
        let current = json!({"data": {"a": "1"}, "list": [1, 2]});
        let patch = json!([
            {"op": "test", "path": "/data/a", "value": "1"},
            {"op": "add", "path": "/list/-", "value": 3},
            {"op": "remove", "path": "/data/a"},
        ]);
        assert_eq!(apply_json_patch(&current, &patch).unwrap(), json!({"data": {}, "list": [1, 2, 3]}));
        let missing = json!([{"op": "remove", "path": "/data/zz"}]);
        assert!(matches!(apply_json_patch(&current, &missing), Err(JsonPatchError::Operation(_))));
        assert_eq!(
            apply_json_patch(&current, &json!({})).unwrap_err().to_string(),
            "json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
        );
    }
}
