//! `--output text`: scalars separated by tabs, a line an object, nested lists on lines that begin with their key.

use crate::machinery::ordered::{self, Entries, Json};
use std::collections::BTreeSet;

/// The lines of a value.
pub(super) fn render(value: &Json) -> String {
    let mut out = String::new();
    write(value, None, None, &mut out);
    out
}

fn line(identifier: Option<&str>, fields: &[String], out: &mut String) {
    if let Some(identifier) = identifier {
        out.push_str(&identifier.to_uppercase());
        out.push('\t');
    }
    out.push_str(&fields.join("\t"));
    out.push('\n');
}

fn write(value: &Json, identifier: Option<&str>, keys: Option<&[&str]>, out: &mut String) {
    match value {
        Json::Map(entries) => write_map(entries, identifier, keys, out),
        Json::List(items) if items.is_empty() => {}
        Json::List(items) => write_list(items, identifier, out),
        scalar => line(None, &[ordered::str(scalar)], out),
    }
}

fn write_map(entries: &Entries, identifier: Option<&str>, keys: Option<&[&str]>, out: &mut String) {
    let sorted = entries.sorted_keys();
    let is_scalar = |key: &str| entries.get(key).is_some_and(|v| !v.is_container());
    let fields: Vec<String> = match keys {
        // One object of a list: a column for each key any of them has.
        Some(keys) => keys.iter().map(|key| entries.get(key).map_or(String::new(), ordered::str)).collect(),
        None => {
            sorted.iter().filter(|k| is_scalar(k)).filter_map(|k| entries.get(k).map(ordered::str)).collect()
        }
    };
    if !fields.is_empty() {
        line(identifier, &fields, out);
    }
    // A key that holds a scalar in a neighbour is a column, whatever it holds here.
    for key in sorted.into_iter().filter(|key| keys.is_none_or(|keys| !keys.contains(key))) {
        match entries.get(key) {
            Some(value) if value.is_container() => write(value, Some(key), None, out),
            _ => {}
        }
    }
}

fn write_list(items: &[Json], identifier: Option<&str>, out: &mut String) {
    if items.iter().any(|item| matches!(item, Json::Map(_))) {
        let maps = items.iter().filter_map(Json::entries);
        let keys: BTreeSet<&str> =
            maps.flat_map(|m| m.iter()).filter(|(_, v)| !v.is_container()).map(|(k, _)| k.as_ref()).collect();
        let keys: Vec<&str> = keys.into_iter().collect();
        return items.iter().for_each(|item| write(item, identifier, Some(&keys), out));
    }
    let scalars: Vec<String> = items.iter().filter(|i| !i.is_container()).map(ordered::str).collect();
    match identifier {
        _ if scalars.is_empty() => {}
        Some(_) => scalars.iter().for_each(|scalar| line(identifier, std::slice::from_ref(scalar), out)),
        None => line(None, &scalars, out),
    }
    items.iter().filter(|i| i.is_container()).for_each(|item| write(item, identifier, None, out));
}
