//! Custom objects, judged by the OpenAPI schema of their definition.

use super::fields::Errors;
use crate::api::admission::Lookup;
use crate::api::{FieldError, Path, Resource, schema};
use crate::json;
use crate::machinery::{Object, Time, Value};
use std::net::IpAddr;

pub(super) fn validate(resource: &Resource, o: &Object, cluster: &dyn Lookup, errs: &mut Errors) {
    let schema = schema::schema_of(resource, cluster);
    if schema.as_map().is_some() {
        check(&schema, o, &Path::Root(""), true, errs);
    }
}

/// `root` is the object itself, whose metadata has been judged already.
pub(super) fn check(schema: &Value, value: &Value, path: &Path, root: bool, errs: &mut Errors) {
    if value.is_null() && schema.bool_at("nullable") {
        return;
    }
    if !has_type(schema, value) {
        wrong_type(schema, value, path, errs);
        return;
    }
    enumeration(schema, value, path, errs);
    match value {
        Value::Map(_) => map(schema, value, path, root, errs),
        Value::List(_) => list(schema, value, path, errs),
        Value::Str(text) => string(schema, text, path, errs),
        Value::Int(_) | Value::Float(_) => number(schema, value, path, errs),
        _ => {}
    }
    combinations(schema, value, path, errs);
}

fn has_type(schema: &Value, value: &Value) -> bool {
    if schema.bool_at("x-kubernetes-int-or-string") {
        return matches!(value, Value::Int(_) | Value::Str(_));
    }
    match schema.str_at("type") {
        "object" => matches!(value, Value::Map(_)),
        "array" => matches!(value, Value::List(_)),
        "string" => matches!(value, Value::Str(_)),
        "boolean" => matches!(value, Value::Bool(_)),
        "integer" => value.as_i64().is_some(),
        "number" => value.as_f64().is_some(),
        _ => true,
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

/// The messages of the schema say where they are once more: `spec.size in body must be ...`.
fn in_body(path: &Path, rule: impl std::fmt::Display) -> String {
    format!("{path} in body {rule}")
}

fn wrong_type(schema: &Value, value: &Value, path: &Path, errs: &mut Errors) {
    let found = type_name(value);
    if schema.bool_at("x-kubernetes-int-or-string") {
        let why = in_body(path, format!("must be of type integer,string: \"{found}\""));
        errs.push(FieldError::type_invalid(path, found, why));
        return;
    }
    let why = in_body(path, format!("must be of type {}: \"{found}\"", schema.str_at("type")));
    errs.push(FieldError::type_invalid(path, found, why));
}

fn enumeration(schema: &Value, value: &Value, path: &Path, errs: &mut Errors) {
    let words = schema.items_at("enum");
    if words.is_empty() || words.contains(value) {
        return;
    }
    let words: Vec<String> =
        words.iter().map(|w| w.as_str().map_or_else(|| w.to_json(), str::to_string)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    errs.push(FieldError::not_supported(path, value, &words));
}

fn map(schema: &Value, value: &Value, path: &Path, root: bool, errs: &mut Errors) {
    let properties = schema["properties"].map();
    let additional = &schema["additionalProperties"];
    for (key, child) in value.map().iter() {
        if root && ["metadata", "apiVersion", "kind"].contains(&key) {
            continue;
        }
        if let Some(below) = properties.get(key) {
            check(below, child, &path.field(key), false, errs);
        } else if additional.as_map().is_some() {
            check(additional, child, &path.field(key), false, errs);
        }
    }
    for key in schema.items_at("required").iter().filter_map(Value::as_str) {
        if value.get(key).is_none() {
            errs.push(FieldError::required(path.field(key), ""));
        }
    }
    let count = value.map().len() as i64;
    if let Some(most) = schema.int_at("maxProperties").filter(|most| count > *most) {
        errs.push(FieldError::too_many(path, count as usize, most as usize));
    }
    if let Some(least) = schema.int_at("minProperties").filter(|least| count < *least) {
        let why = in_body(path, format!("should have at least {least} properties"));
        errs.push(FieldError::invalid(path, value, why));
    }
}

fn list(schema: &Value, value: &Value, path: &Path, errs: &mut Errors) {
    let items = value.items();
    for (i, item) in items.iter().enumerate() {
        check(&schema["items"], item, &path.index(i), false, errs);
    }
    let count = items.len() as i64;
    if let Some(most) = schema.int_at("maxItems").filter(|most| count > *most) {
        errs.push(FieldError::too_many(path, items.len(), most as usize));
    }
    if let Some(least) = schema.int_at("minItems").filter(|least| count < *least) {
        let why = in_body(path, format!("should have at least {least} items"));
        errs.push(FieldError::invalid(path, count, why));
    }
    let set = schema.str_at("x-kubernetes-list-type") == "set" || schema.bool_at("uniqueItems");
    let keys = schema.items_at("x-kubernetes-list-map-keys");
    for (i, item) in items.iter().enumerate() {
        let same_keys =
            |other: &&Value| keys.iter().filter_map(Value::as_str).all(|key| other[key] == item[key]);
        if set && items[..i].contains(item) {
            errs.push(FieldError::duplicate(path.index(i), item));
        } else if !keys.is_empty() && items[..i].iter().find(same_keys).is_some() {
            let shown: Value =
                keys.iter().filter_map(Value::as_str).map(|key| (key, item[key].clone())).collect();
            errs.push(FieldError::duplicate(path.index(i), shown));
        }
    }
}

fn string(schema: &Value, text: &str, path: &Path, errs: &mut Errors) {
    let length = text.chars().count() as i64;
    if let Some(most) = schema.int_at("maxLength").filter(|most| length > *most) {
        errs.push(FieldError::too_long(path, most as usize));
    }
    if let Some(least) = schema.int_at("minLength").filter(|least| length < *least) {
        let why = in_body(path, format!("should be at least {least} chars long"));
        errs.push(FieldError::invalid(path, text, why));
    }
    let pattern = schema.str_at("pattern");
    if !pattern.is_empty() && regex_lite::Regex::new(pattern).is_ok_and(|re| !re.is_match(text)) {
        let why = in_body(path, format!("should match '{pattern}'"));
        errs.push(FieldError::invalid(path, text, why));
    }
    let format = schema.str_at("format");
    if !format_holds(format, text) {
        let why = in_body(path, format!("must be of type {format}: {}", json!(text).to_json()));
        errs.push(FieldError::invalid(path, text, why));
    }
}

fn format_holds(format: &str, text: &str) -> bool {
    match format {
        "date-time" => Time::parse(text).is_some(),
        "ipv4" => matches!(text.parse::<IpAddr>(), Ok(IpAddr::V4(_))),
        "ipv6" => matches!(text.parse::<IpAddr>(), Ok(IpAddr::V6(_))),
        "duration" => crate::machinery::duration::parse_go_duration(text).is_ok(),
        _ => true,
    }
}

fn number(schema: &Value, value: &Value, path: &Path, errs: &mut Errors) {
    let n = value.as_f64().unwrap_or(0.0);
    let mut refuse = |rule: String| errs.push(FieldError::invalid(path, value, in_body(path, rule)));
    if let Some(most) = schema["maximum"].as_f64() {
        if schema.bool_at("exclusiveMaximum") && n >= most {
            refuse(format!("should be less than {}", schema["maximum"].to_json()));
        } else if n > most {
            refuse(format!("should be less than or equal to {}", schema["maximum"].to_json()));
        }
    }
    if let Some(least) = schema["minimum"].as_f64() {
        if schema.bool_at("exclusiveMinimum") && n <= least {
            refuse(format!("should be greater than {}", schema["minimum"].to_json()));
        } else if n < least {
            refuse(format!("should be greater than or equal to {}", schema["minimum"].to_json()));
        }
    }
    if let Some(step) = schema["multipleOf"].as_f64().filter(|step| *step != 0.0 && n % step != 0.0) {
        refuse(format!("should be a multiple of {step}"));
    }
    let fits = match schema.str_at("format") {
        "int32" => i32::try_from(value.as_i64().unwrap_or(0)).is_ok(),
        _ => true,
    };
    if !fits {
        let why = in_body(path, format!("must be of type int32: \"{}\"", value.to_json()));
        errs.push(FieldError::invalid(path, value, why));
    }
}

fn combinations(schema: &Value, value: &Value, path: &Path, errs: &mut Errors) {
    let holds = |s: &Value| {
        let mut wrong = Errors::new();
        check(s, value, path, false, &mut wrong);
        wrong.is_empty()
    };
    for part in schema.items_at("allOf") {
        check(part, value, path, false, errs);
    }
    let any = schema.items_at("anyOf");
    if !any.is_empty() && !any.iter().any(holds) && !schema.bool_at("x-kubernetes-int-or-string") {
        let why = in_body(path, "must validate at least one schema (anyOf)");
        errs.push(FieldError::invalid(path, "", why));
        for part in any.iter().take(1) {
            check(part, value, path, false, errs);
        }
    }
    let one = schema.items_at("oneOf");
    if !one.is_empty() && one.iter().filter(|s| holds(s)).count() != 1 {
        let why = in_body(path, "must validate one and only one schema (oneOf)");
        let mut details = String::new();
        match one.iter().filter(|s| holds(s)).count() {
            0 => details.push_str(". Found none valid"),
            n => details.push_str(&format!(". Found {n} valid alternatives")),
        }
        errs.push(FieldError::invalid(path, "", format!("{why}{details}")));
    }
    if schema["not"].as_map().is_some() && holds(&schema["not"]) {
        let why = in_body(path, "must not validate the schema (not)");
        errs.push(FieldError::invalid(path, "", why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_errors_read_as_those_of_the_server() {
        let schema = json!({"type": "object", "properties": {"spec": {
            "type": "object", "required": ["size"], "properties": {
                "size": {"type": "string", "enum": ["S", "M"]},
                "replicas": {"type": "integer", "minimum": 1, "maximum": 5},
                "name": {"type": "string", "pattern": "^a+$", "maxLength": 3},
                "list": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            },
        }}});
        let said = |spec: &str| {
            let object = json!({"spec": Value::parse(spec).unwrap()});
            let mut errs = Errors::new();
            check(&schema, &object, &Path::Root(""), true, &mut errs);
            errs.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            said(r#"{"size":"X","replicas":9}"#),
            [
                "spec.replicas: Invalid value: 9: spec.replicas in body should be less than or equal to 5",
                "spec.size: Unsupported value: \"X\": supported values: \"S\", \"M\"",
            ]
        );
        assert_eq!(said("{}"), ["spec.size: Required value"]);
        assert_eq!(
            said(r#"{"size":"S","replicas":"x"}"#),
            [
                "spec.replicas: Invalid value: \"string\": spec.replicas in body must be of type integer: \"string\""
            ]
        );
        assert_eq!(
            said(r#"{"size":"S","name":"b","list":[]}"#),
            [
                "spec.list: Invalid value: 0: spec.list in body should have at least 1 items",
                "spec.name: Invalid value: \"b\": spec.name in body should match '^a+$'",
            ]
        );
    }
}
