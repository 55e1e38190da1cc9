//! Custom kinds: their metadata is that of every kind, the rest is what the definition's schema says.

use super::decode::{DecodeError, Decoder};
use super::types::Type;
use crate::api::Resource;
use crate::api::admission::Lookup;
use crate::machinery::{Map, Object, Value};

const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// The OpenAPI schema a custom kind declares for its version; null when it declares none, or is not custom.
pub(in crate::api) fn schema_of(resource: &Resource, cluster: &dyn Lookup) -> Value {
    let Some(crd) = cluster.get(DEFINITIONS, "", &resource.qualified()) else { return Value::Null };
    let versions = crd.items_at("spec/versions");
    let version = versions.iter().find(|v| v.str_at("name") == resource.version);
    version.map_or(Value::Null, |v| v.at("schema/openAPIV3Schema").clone())
}

/// Reads an object of a custom kind: what its schema does not know is dropped and named.
pub(super) fn read(
    resource: &Resource,
    body: &Value,
    cluster: &dyn Lookup,
) -> Result<(Object, Vec<String>), DecodeError> {
    let mut object = Object(body.clone());
    let mut decoder = Decoder::below("metadata");
    if let Some(ty) = Type::named("meta/v1.ObjectMeta") {
        let metadata = decoder.structure(ty, &body["metadata"]);
        if metadata != body["metadata"] {
            object.set("metadata", metadata);
        }
    }
    if let Some(error) = decoder.error {
        return Err(error);
    }
    let mut unknown = Vec::new();
    let schema = schema_of(resource, cluster);
    if schema.as_map().is_some() {
        let kept = prune_object(&schema, &object, "", true, &mut unknown);
        object = Object(kept);
    }
    unknown.sort();
    let mut found = decoder.unknown;
    found.extend(unknown.into_iter().map(|path| format!("unknown field \"{path}\"")));
    Ok((object, found))
}

/// The paths of the fields a schema does not know, in order.
pub(in crate::api) fn unknown_fields(schema: &Value, value: &Value) -> Vec<String> {
    let mut unknown = Vec::new();
    prune(schema, value, "", &mut unknown);
    unknown.sort();
    unknown
}

/// A value without the fields its schema does not name, whose paths are collected.
fn prune(schema: &Value, value: &Value, path: &str, unknown: &mut Vec<String>) -> Value {
    match value {
        Value::Map(_) => prune_object(schema, value, path, false, unknown),
        Value::List(items) => {
            let below = &schema["items"];
            let prune_item =
                |(i, item): (usize, &Value)| prune(below, item, &format!("{path}[{i}]"), unknown);
            items.iter().enumerate().map(prune_item).collect()
        }
        other => other.clone(),
    }
}

fn prune_object(schema: &Value, value: &Value, path: &str, root: bool, unknown: &mut Vec<String>) -> Value {
    let embedded = root || schema.bool_at("x-kubernetes-embedded-resource");
    let preserve = schema.bool_at("x-kubernetes-preserve-unknown-fields");
    let additional = &schema["additionalProperties"];
    let mut kept = Map::new();
    for (key, child) in value.map().iter() {
        let path = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        if embedded && ["apiVersion", "kind", "metadata"].contains(&key) {
            kept.insert(key, child);
        } else if let Some(below) = schema["properties"].get(key) {
            kept.insert(key, prune(below, child, &path, unknown));
        } else if additional.as_map().is_some() {
            kept.insert(key, prune(additional, child, &path, unknown));
        } else if preserve || additional.as_bool() == Some(true) {
            kept.insert(key, child);
        } else {
            unknown.push(path);
        }
    }
    kept.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn pruning_keeps_what_the_schema_names() {
        let schema = json!({"type": "object", "properties": {
            "spec": {"type": "object", "properties": {
                "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
                "map": {"type": "object", "additionalProperties": {"type": "string"}},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            }},
        }});
        let object = json!({"kind": "W", "metadata": {"name": "x"}, "extra": 1, "spec": {
            "list": [{"a": "1"}, {"a": "2", "b": 3}], "map": {"k": "v"}, "free": {"deep": {"er": 1}}, "no": true,
        }});
        let mut unknown = Vec::new();
        let kept = prune_object(&schema, &object, "", true, &mut unknown);
        assert_eq!(unknown, ["extra", "spec.list[1].b", "spec.no"]);
        assert_eq!(
            kept.to_json(),
            r#"{"kind":"W","metadata":{"name":"x"},"spec":{"free":{"deep":{"er":1}},"list":[{"a":"1"},{"a":"2"}],"map":{"k":"v"}}}"#
        );
    }
}
