//! Custom kinds: the defaults their schema declares.

use crate::api::Resource;
use crate::api::admission::Lookup;
use crate::api::schema;
use crate::machinery::{Object, Value};

pub(super) fn apply(resource: &Resource, o: &mut Object, cluster: &dyn Lookup) {
    let schema = schema::schema_of(resource, cluster);
    if schema.as_map().is_some() {
        fill(&schema, &mut o.0);
    }
}

/// Fills in the defaults below a value. A default is only reached when what contains it is there, or has a default
/// of its own; a null where null is not allowed gives way to a default.
fn fill(schema: &Value, value: &mut Value) {
    if !has_default(schema) {
        return;
    }
    match value {
        Value::Map(_) => {
            for (name, below) in schema["properties"].map().iter() {
                let default = &below["default"];
                let missing = match value.get(name) {
                    None => true,
                    Some(found) => found.is_null() && !below.bool_at("nullable"),
                };
                if missing && !default.is_null() {
                    value.map_mut().insert(name, default);
                }
                if value.get(name).is_some_and(|v| !v.is_null())
                    && let Some(child) = value.map_mut().get_mut(name)
                {
                    fill(below, child);
                }
            }
            let additional = &schema["additionalProperties"];
            if additional.as_map().is_some() && has_default(additional) {
                let named = schema["properties"].map();
                for (_, child) in value.map_mut().iter_mut().filter(|(key, _)| !named.contains_key(key)) {
                    fill(additional, child);
                }
            }
        }
        Value::List(_) if has_default(&schema["items"]) => {
            value.list_mut().iter_mut().for_each(|item| fill(&schema["items"], item));
        }
        _ => {}
    }
}

/// Whether a default stands anywhere in a schema: what has none is not walked.
fn has_default(schema: &Value) -> bool {
    schema["properties"].map().values().any(|p| !p["default"].is_null() || has_default(p))
        || schema["additionalProperties"].as_map().is_some() && has_default(&schema["additionalProperties"])
        || schema["items"].as_map().is_some() && has_default(&schema["items"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn defaults_reach_as_far_as_the_object_does() {
        let schema = json!({"properties": {"spec": {"properties": {
            "size": {"type": "string", "default": "S"},
            "deep": {"type": "object", "properties": {"n": {"type": "integer", "default": 1}}},
            "made": {"type": "object", "default": {}, "properties": {"n": {"type": "integer", "default": 2}}},
            "list": {"type": "array", "items": {"properties": {"x": {"default": "y"}}}},
        }}}});
        let mut object = json!({"spec": {"list": [{}, {"x": "z"}]}});
        fill(&schema, &mut object);
        assert_eq!(object.to_json(), r#"{"spec":{"list":[{"x":"y"},{"x":"z"}],"made":{"n":2},"size":"S"}}"#);
        let mut empty = json!({});
        fill(&schema, &mut empty);
        assert_eq!(empty.to_json(), "{}");
    }
}
