//! What the client checks before it sends anything: types, required members, least lengths and values.

use super::timestamp::is_timestamp;
use crate::aws::model::{Kind, Service, Shape};
use crate::machinery::ordered::{self, Entries, Json};

/// Checks an input; the error is the whole report.
pub(in crate::cli::aws) fn validate(service: Service, shape: &Shape, input: &Json) -> Result<(), String> {
    let mut report = Vec::new();
    check(service, shape, input, "", &mut report);
    match report.is_empty() {
        true => Ok(()),
        false => Err(format!("Parameter validation failed:\n{}", report.join("\n"))),
    }
}

/// The place in messages about members: `input` at the top.
fn place(name: &str) -> &str {
    if name.is_empty() { "input" } else { name }
}

fn check(service: Service, shape: &Shape, value: &Json, name: &str, report: &mut Vec<String>) {
    let allowed: &[&str] = match (shape.kind, value) {
        (Kind::Structure | Kind::Map, Json::Map(_)) | (Kind::List, Json::List(_)) => &[],
        (Kind::String, Json::Str(_)) | (Kind::Boolean, Json::Bool(_)) => &[],
        // In Python a boolean is a number.
        (Kind::Integer, Json::Int(_) | Json::Bool(_)) => &[],
        (Kind::Float, Json::Int(_) | Json::Float(_) | Json::Bool(_)) | (Kind::Blob, Json::Str(_)) => &[],
        (Kind::Timestamp, Json::Str(text)) if is_timestamp(text) => &[],
        (Kind::Timestamp, Json::Int(_) | Json::Float(_)) => &[],
        (Kind::Structure | Kind::Map, _) => &["dict"],
        (Kind::List, _) => &["list", "tuple"],
        (Kind::String, _) => &["str"],
        (Kind::Boolean, _) => &["bool"],
        (Kind::Integer, _) => &["int"],
        (Kind::Float, _) => &["float", "decimal.Decimal", "int"],
        (Kind::Blob, _) => &["bytes", "bytearray", "file-like object"],
        (Kind::Timestamp, _) => {
            return report.push(format!(
                "Invalid type for parameter {name}, value: {}, type: <class '{}'>, valid types: <class \
                 'datetime.datetime'>, timestamp-string",
                ordered::str(value),
                ordered::python_type(value)
            ));
        }
    };
    if !allowed.is_empty() {
        let classes: Vec<String> = allowed
            .iter()
            .map(|c| if c.contains(' ') { c.to_string() } else { format!("<class '{c}'>") })
            .collect();
        let (shown, own) = (ordered::str(value), ordered::python_type(value));
        return report.push(format!(
            "Invalid type for parameter {}, value: {shown}, type: <class '{own}'>, valid types: {}",
            place(name),
            classes.join(", ")
        ));
    }
    least(shape, value, name, report);
    let dotted = |member: &str| if name.is_empty() { member.to_string() } else { format!("{name}.{member}") };
    match value {
        Json::Map(entries) if shape.kind == Kind::Structure => {
            check_names(shape, entries, name, report);
            for member in &shape.members {
                if let Some(value) = entries.get(&member.name) {
                    check(service, &service.shape(&member.shape), value, &dotted(&member.name), report);
                }
            }
        }
        Json::Map(entries) => {
            let below = service.shape(shape.value.as_deref().unwrap_or(""));
            entries.iter().for_each(|(key, value)| check(service, &below, value, &dotted(key), report));
        }
        Json::List(items) => {
            let below = service.shape(shape.item.as_deref().unwrap_or(""));
            for (i, item) in items.iter().enumerate() {
                check(service, &below, item, &format!("{name}[{i}]"), report);
            }
        }
        _ => {}
    }
}

/// Required members must be there, and no others than the structure has.
fn check_names(shape: &Shape, entries: &Entries, name: &str, report: &mut Vec<String>) {
    for member in shape.members.iter().filter(|m| m.required && entries.get(&m.name).is_none()) {
        report.push(format!("Missing required parameter in {}: \"{}\"", place(name), member.name));
    }
    let known: Vec<&str> = shape.members.iter().map(|m| m.name.as_str()).collect();
    for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.as_ref())) {
        let known = known.join(", ");
        report.push(format!("Unknown parameter in {}: \"{key}\", must be one of: {known}", place(name)));
    }
}

/// The least length or value.
fn least(shape: &Shape, value: &Json, name: &str, report: &mut Vec<String>) {
    let Some(min) = shape.min else { return };
    let shown = ordered::str(&if min.fract() == 0.0 { Json::Int(min as i128) } else { Json::Float(min) });
    let length = match value {
        Json::Str(text) if shape.kind == Kind::String => text.chars().count(),
        Json::List(items) => items.len(),
        Json::Map(entries) if shape.kind == Kind::Map => entries.len(),
        Json::Int(i) => {
            if (*i as f64) < min {
                report.push(format!(
                    "Invalid value for parameter {name}, value: {i}, valid min value: {shown}"
                ));
            }
            return;
        }
        _ => return,
    };
    if (length as f64) < min {
        report
            .push(format!("Invalid length for parameter {name}, value: {length}, valid min length: {shown}"));
    }
}
