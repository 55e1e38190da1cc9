//! JSON as Go writes the API's structs: fields stand as they are declared, `kind` before `apiVersion`. So do objects that
//! the client made itself, and what the server answers on the wire.

mod fields;

use crate::machinery::{Map, Value, go_text};

/// JSON with four blanks a level and a line end.
pub fn json(value: &Value) -> String {
    let mut out = String::new();
    write(value, "", 0, &mut out);
    out.push('\n');
    out
}

/// JSON on one line.
pub fn compact_json(value: &Value) -> String {
    let mut out = String::new();
    write_compact(value, "", &mut out);
    out
}

fn write_compact(value: &Value, field: &str, out: &mut String) {
    match value {
        Value::Map(map) => {
            out.push('{');
            for (n, key) in keys_of(map, field).into_iter().enumerate() {
                out.push_str(if n > 0 { "," } else { "" });
                go_text::json_string(key, out);
                out.push(':');
                write_compact(&value[key], key, out);
            }
            out.push('}');
        }
        Value::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n > 0 { "," } else { "" });
                write_compact(item, "", out);
            }
            out.push(']');
        }
        other => out.push_str(&go_text::json(other)),
    }
}

/// A list in the order of its struct, its items with sorted keys.
pub fn list_json(list: &Value) -> String {
    let mut out = String::from("{");
    for (n, key) in in_order(list.map(), "").into_iter().enumerate() {
        line(n, 1, &mut out);
        go_text::json_string(key, &mut out);
        out.push_str(": ");
        out.push_str(&go_text::json_indented(&list[key], "    ").replace('\n', "\n    "));
    }
    close(0, '}', &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, field: &str, depth: usize, out: &mut String) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            out.push('{');
            for (n, key) in keys_of(map, field).into_iter().enumerate() {
                line(n, depth + 1, out);
                go_text::json_string(key, out);
                out.push_str(": ");
                write(&value[key], key, depth + 1, out);
            }
            close(depth, '}', out);
        }
        Value::List(items) if !items.is_empty() => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                line(n, depth + 1, out);
                write(item, "", depth + 1, out);
            }
            close(depth, ']', out);
        }
        other => out.push_str(&go_text::json(other)),
    }
}

/// A Service's selector is a map, a Deployment's is a struct.
fn is_map(map: &Map, field: &str) -> bool {
    let struct_like = map.contains_key("matchLabels") || map.contains_key("matchExpressions");
    fields::MAPS.contains(&field) || (field == "selector" && !struct_like)
}

fn keys_of<'m>(map: &'m Map, field: &str) -> Vec<&'m str> {
    if is_map(map, field) { map.keys().collect() } else { in_order(map, field) }
}

fn in_order<'m>(map: &'m Map, field: &str) -> Vec<&'m str> {
    let order = fields::of(map, field);
    let mut keys: Vec<&str> = map.keys().collect();
    keys.sort_by_key(|key| order.iter().position(|o| o == key).unwrap_or(order.len()));
    keys
}

fn line(n: usize, depth: usize, out: &mut String) {
    out.push_str(if n > 0 { ",\n" } else { "\n" });
    out.push_str(&"    ".repeat(depth));
}

fn close(depth: usize, bracket: char, out: &mut String) {
    out.push('\n');
    out.push_str(&"    ".repeat(depth));
    out.push(bracket);
}
