//! `-o kyaml`: YAML in flow style, every string quoted, so that blanks and types cannot be misread.

use crate::machinery::{Map, Value, go_text};

pub(super) fn print(value: &Value) -> String {
    let mut out = String::from("---\n");
    write(value, 0, &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Map(map) if map.is_empty() => out.push_str("{}"),
        Value::Map(map) => write_map(map, depth, out),
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::List(items) => write_list(items, depth, out),
        Value::Str(text) => go_text::json_string(text, out),
        other => out.push_str(&go_text::json(other)),
    }
}

fn write_map(map: &Map, depth: usize, out: &mut String) {
    out.push_str("{\n");
    for (key, value) in map.iter() {
        indent(depth + 1, out);
        if is_plain_key(key) {
            out.push_str(key);
        } else {
            go_text::json_string(key, out);
        }
        out.push_str(": ");
        write(value, depth + 1, out);
        out.push_str(",\n");
    }
    indent(depth, out);
    out.push('}');
}

/// Items that are maps or lists stand bracket to bracket, scalars on lines of their own.
fn write_list(items: &[Value], depth: usize, out: &mut String) {
    let nested = |v: &Value| matches!(v, Value::Map(_) | Value::List(_));
    out.push('[');
    if items.iter().all(nested) {
        for (n, item) in items.iter().enumerate() {
            out.push_str(if n > 0 { ", " } else { "" });
            write(item, depth, out);
        }
    } else {
        out.push('\n');
        for item in items {
            indent(depth + 1, out);
            write(item, depth + 1, out);
            out.push_str(",\n");
        }
        indent(depth, out);
    }
    out.push(']');
}

fn indent(depth: usize, out: &mut String) {
    out.push_str(&"  ".repeat(depth));
}

/// A key that no YAML reader takes for anything but a string.
fn is_plain_key(key: &str) -> bool {
    let ambiguous = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];
    key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && !ambiguous.contains(&key.to_ascii_lowercase().as_str())
}
