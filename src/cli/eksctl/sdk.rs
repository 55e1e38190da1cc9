//! Structures of the API as a program in Go prints them as JSON: every member, by its exported name, in order of names.

use crate::aws::model::{Kind, Service};
use crate::machinery::Value;
use crate::machinery::ordered::{Entries, Json};

/// An object with its members in this order.
pub(super) fn record<const N: usize>(members: [(&str, Json); N]) -> Json {
    let mut entries = Entries::new();
    for (name, value) in members {
        entries.insert(name, value);
    }
    Json::map(entries)
}

/// A value of a shape. What is absent is null, an absent word of an enumeration is empty.
pub(super) fn structure(service: &str, shape: &str, value: &Value) -> Json {
    match Service::find(service) {
        Some(service) => write(service, shape, value),
        None => Json::from(value),
    }
}

fn write(service: Service, name: &str, value: &Value) -> Json {
    let shape = service.shape(name);
    match shape.kind {
        Kind::String if value.is_null() && !shape.choices.is_empty() => Json::str(""),
        Kind::Boolean if value.is_null() && name == "Boolean" => Json::Bool(false),
        _ if value.is_null() => Json::Null,
        Kind::Structure => {
            let mut members: Vec<(String, Json)> = shape
                .members
                .iter()
                .map(|m| (exported(&m.name), write(service, &m.shape, value.at(&m.name))))
                .collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            let mut entries = Entries::new();
            for (name, value) in members {
                entries.insert(name, value);
            }
            Json::map(entries)
        }
        Kind::List => {
            let item = shape.item.clone().unwrap_or_default();
            Json::list(value.items().iter().map(|v| write(service, &item, v)).collect())
        }
        _ => Json::from(value),
    }
}

fn exported(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
